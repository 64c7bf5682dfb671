"""Rule files become lists, macros, rules and exceptions; every fault has a place."""
