"""Failures made on purpose: each fault at each point, on real processes, and what became of every single mail."""
