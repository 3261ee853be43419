"""Launching mail to an audience, and an exact ledger of what became of each delivery."""
