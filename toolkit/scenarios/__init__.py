"""Scenario files: what a client does to an API server, and which rules must fire because of it."""
