"""Events and a rule set become alerts."""
