"""Falco's configuration file, as far as it concerns events of this plugin."""
