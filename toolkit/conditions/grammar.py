"""The words of the condition language, in the order in which Falco tries and lists them."""

from __future__ import annotations

import re

EXISTS = "exists"
NUMBER_OPERATORS = ("<=", "<", ">=", ">")
SYMBOL_OPERATORS = ("==", "=", "!=")
WORD_OPERATORS = (
    "glob",
    "iglob",
    "contains",
    "icontains",
    "bcontains",
    "startswith",
    "bstartswith",
    "endswith",
    "regex",
)
LIST_OPERATORS = ("intersects", "in", "pmatch")
OPERATORS = (EXISTS, *NUMBER_OPERATORS, *SYMBOL_OPERATORS, *WORD_OPERATORS, *LIST_OPERATORS)
"""Every operator, in the order of Falco's messages."""

MODIFIERS = ("oneof", "anyof", "allof")

SIMPLE_TRANSFORMERS = ("tolower", "toupper", "b64", "basename", "len")
"""Transformers of one operand."""

MULTIPLE_TRANSFORMERS = ("join", "concat", "getopt")
"""Transformers of several arguments."""

TRANSFORMERS = (*SIMPLE_TRANSFORMERS, *MULTIPLE_TRANSFORMERS)
VAL = "val"
"""The word that makes a right-hand word a field; it changes nothing else."""

BLANKS = " \t\n\r\b"
"""What may separate words. Form feed and vertical tab are not among them, yet end a bare string."""

_SPACE = " \\t\\n\\v\\f\\r"
IDENTIFIER = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
FIELD_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*+(?:\.[a-zA-Z][a-zA-Z0-9_]*+)+")
BARE_ARGUMENT = re.compile(rf"[^\[\]\"'{_SPACE}]+")
HEX = re.compile(r"0[xX][0-9a-fA-F]+")
NUMBER = re.compile(r"[+-]?[0-9]+\.?[0-9]*(?:[eE][+-][0-9]+)?")
BARE_STRING = re.compile(rf"[^()\"'=,{_SPACE}]+")
NOT_AND_BLANKS = re.compile(rf"not[{_SPACE}]+")
BOOLEAN_WORD = re.compile(r"(?:and|or|not)(?![a-zA-Z0-9])")


def quoted_words(words: tuple[str, ...]) -> str:
    """Return the words as Falco lists them in a message: `'a', 'b'`."""
    return ", ".join(f"'{word}'" for word in words)


_TRANSFORMER_WORDS = quoted_words((VAL, *TRANSFORMERS))
EXPECTED_OPERATOR = f"expected a valid check operator: one of {quoted_words(OPERATORS)}"
EXPECTED_STRING = f"expected a string value or a field with a valid transformer: {_TRANSFORMER_WORDS}"
EXPECTED_NUMBER = f"expected a number value or a field with a valid transformer: {_TRANSFORMER_WORDS}"
EXPECTED_LIST = f"expected a list, an identifier, or a field with a valid transformer: {_TRANSFORMER_WORDS}"
EXPECTED_ELEMENT = "expected a string value"
EXPECTED_CHECK = "expected a '(' token, a field check, or an identifier"
EXPECTED_CLOSING = "expected a ')' token"
EXPECTED_CALL_CLOSING = "expected a ')' token closing the transformer"
EXPECTED_INLINE_CLOSING = "expected ')'"
EXPECTED_FIELD_ARGUMENT = "expected a valid field argument: a quoted string or a bare string"
EXPECTED_BRACKET = "expected a ']' token"
EXPECTED_VAL_FIELD = "expected a field within 'val' transformer"
EXPECTED_CALL_ARGUMENT = (
    "expected field transformer argument: field, transformer, quoted string, number, or transformer list"
)
EXPECTED_INLINE_ITEM = "expected transformer list argument: field, transformer, quoted string, or number"
