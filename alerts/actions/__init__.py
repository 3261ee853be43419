"""Defenders, their consent, and urgent actions from first draft to withdrawal."""
