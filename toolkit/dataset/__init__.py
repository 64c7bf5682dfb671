"""Captured datasets on disk, and the manifest that vouches for them."""
