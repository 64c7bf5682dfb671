"""Plays scenarios on an API server, and makes of what was recorded a dataset that is complete and canonical."""
