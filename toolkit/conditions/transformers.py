"""What the transformers make of present values; a missing value never reaches them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from toolkit.conditions.octets import decode, encode, length, lower, upper

Scalar = str | int | bool
Present = Scalar | list[str]


def on_text(change: Callable[[str], str | None], value: Present) -> Present | None:
    """Apply a change to a string, or to each string of a list; missing where one of them is."""
    if isinstance(value, str):
        return change(value)
    assert isinstance(value, list)
    changed = [change(element) for element in value]
    return None if None in changed else [element for element in changed if element is not None]


def basename(text: str) -> str:
    """Return what stands behind the last slash."""
    return text.rpartition("/")[2]


def b64(text: str) -> str | None:
    """Decode base64 of the standard alphabet, padded or not; None where it is none. Ends at the first NUL."""
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % 4)
    if text not in (bare, padded):
        return None
    try:
        octets = base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        return None
    # Bits left over behind the last byte have to be zero.
    return decode(octets.partition(b"\0")[0]) if base64.b64encode(octets).decode() == padded else None


def size(value: Present) -> int:
    """Return the number of a list's elements, or of a string's bytes."""
    return len(value) if isinstance(value, list) else length(str(value))


TEXT_CHANGES: dict[str, Callable[[str], str | None]] = {
    "tolower": lower,
    "toupper": upper,
    "basename": basename,
    "b64": b64,
}
"""The transformers that change strings, alone or in a list."""


def inline_list(*items: Present) -> list[str]:
    """Return the texts of a list written inside a transformer; lists in it give all their elements."""
    return [text for item in items for text in (item if isinstance(item, list) else [_word(item)])]


def _word(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def join(separator: Scalar, elements: list[str]) -> str:
    """Return the elements with the separator between them."""
    return _word(separator).join(elements)


def concat(*parts: str) -> str:
    """Return the parts one behind the other."""
    return "".join(parts)


def getopt(words: list[str], options: str) -> list[str]:
    """Return each short option of a command line, each followed by its argument if it takes one.

    `options` is as for getopt(3): a colon behind a letter says that it takes an argument. An unknown option is `?`,
    an argument that is not there the empty string.
    """
    return [text for letter, argument in _options(words, options) for text in (letter, argument) if text is not None]


def selected_option(words: list[str], options: str, selector: str) -> str | None:
    """Return the argument of the last occurrence of an option, its letter if it takes none, None if it is absent."""
    found: str | None = None
    for letter, argument in _options(words, options):
        if letter == selector and letter != "?":
            found = letter if argument is None else argument
    return found


def _options(words: list[str], options: str) -> list[tuple[str, str | None]]:
    found: list[tuple[str, str | None]] = []
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        if word == "--" or len(word) < 2 or word[0] != "-":
            break
        if not word.startswith("--"):
            found += _cluster(word[1:], options, waiting)
    return found


def _cluster(letters: str, options: str, waiting: list[str]) -> list[tuple[str, str | None]]:
    """Read the options of one word; the last may take the next word for its argument."""
    found: list[tuple[str, str | None]] = []
    rest = letters
    while rest:
        letter, rest = rest[0], rest[1:]
        known = options.find(letter) if letter != ":" else -1
        if known < 0:
            found += [("?", None)] * len(encode(letter))
        elif options[known + 1 : known + 2] != ":":
            found.append((letter, None))
        else:
            found.append((letter, rest or (waiting.pop() if waiting else "")))
            rest = ""
    return found
