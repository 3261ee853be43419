"""People who asked to be told: who they are, what they agreed to, and how they leave."""
