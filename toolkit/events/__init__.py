"""Lines of a log become admission reviews with a place; nothing is dropped silently."""
