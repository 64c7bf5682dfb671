"""Scenario files become steps with expectations."""
