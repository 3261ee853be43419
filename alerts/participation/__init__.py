"""Acting on a case: one press, one person, one act, and the way back."""
