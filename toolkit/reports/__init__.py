"""Verdicts in the dress that a reader wants."""
