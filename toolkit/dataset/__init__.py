"""Captured events as files: written whole or not at all, read and held against their manifest."""
