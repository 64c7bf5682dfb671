"""Falco compares bytes, values here are text: the bridge, and the ASCII-only case folding of the C locale."""

from __future__ import annotations

_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def encode(text: str) -> bytes:
    """Return the bytes of a value; bytes that are no UTF-8 travel in text as lone surrogates."""
    return text.encode("utf-8", "surrogateescape")


def decode(octets: bytes) -> str:
    """Return the text of a value's bytes; the inverse of `encode`."""
    return octets.decode("utf-8", "surrogateescape")


def lower(text: str) -> str:
    """Return the text with A-Z in lower case and every other letter as it is."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def upper(text: str) -> str:
    """Return the text with a-z in upper case and every other letter as it is."""
    return text.upper() if text.isascii() else text.translate(_UPPER)


def length(text: str) -> int:
    """Return how many bytes the value has."""
    return len(text) if text.isascii() else len(encode(text))
