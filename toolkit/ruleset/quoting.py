"""The one thing that Falco does about values with a space before it puts them into a condition's text."""

from __future__ import annotations


def quoted_if_spaced(value: str) -> str:
    """Put double quotes around a value with a space that does not begin with a quote; nothing is escaped."""
    return f'"{value}"' if " " in value and not value.startswith(('"', "'")) else value
