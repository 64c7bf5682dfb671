"""Plays steps, ties every recorded line to its step, proves that none is missing."""
