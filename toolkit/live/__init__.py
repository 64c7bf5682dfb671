"""A source that does not end, rules, outputs, and the life of the process around them."""
