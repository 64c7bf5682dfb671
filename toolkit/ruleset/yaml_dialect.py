"""PyYAML's parser, taught to accept and refuse what yaml-cpp does, since that is what reads rules files for Falco."""

# PyYAML has no types for what a dialect of it needs.
# mypy: disallow-untyped-calls=False, warn-return-any=False
from __future__ import annotations

from typing import TYPE_CHECKING

from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError, SimpleKey
from yaml.tokens import (
    AliasToken,
    AnchorToken,
    BlockEndToken,
    DirectiveToken,
    DocumentEndToken,
    DocumentStartToken,
    FlowEntryToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    KeyToken,
    ScalarToken,
    StreamEndToken,
    Token,
)

if TYPE_CHECKING:
    from yaml.error import Mark
    from yaml.events import Event, ScalarEvent

MAX_DEPTH = 500
"""How deep collections may nest."""

_BLANKS = " \t"
_BREAKS = "\r\n"
_END = "\0"
_LONGEST_KEY = 1024
_ANCHOR_ENDS = frozenset(_END + _BLANKS + _BREAKS + "[]{},")


class Dialect(Reader, Scanner, Parser):
    """Events of a text whose marks count from 0; a character of the text is a byte of the file."""

    ESCAPE_REPLACEMENTS = Scanner.ESCAPE_REPLACEMENTS | {"'": "'"}  # type: ignore[misc]

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        self._sequence_columns: set[int] = set()
        self._key_opens_block = False
        self._brackets: list[type[Token]] = []

    def check_printable(self, data: str) -> None:
        """Accept control characters."""

    def scan_to_next_token(self) -> None:
        """Skip blanks, comments and line breaks; a tab may stand between tokens, but no key after it."""
        while True:
            while self.peek() in _BLANKS:
                if self.peek() == "\t" and not self.flow_level:
                    self.allow_simple_key = False
                self.forward()
            if self.peek() == "#":
                self._skip_line()
            if not self.scan_line_break():
                return
            self.possible_simple_keys.pop(self.flow_level, None)
            if not self.flow_level:
                self.allow_simple_key = True

    def fetch_block_entry(self) -> None:
        """Take a `-`, and note where a sequence begins; a possible key stays one."""
        if self.flow_level:
            raise ScannerError(None, None, "a list with dashes cannot stand in brackets", self.get_mark())
        before, key = self.indent, self.possible_simple_keys.get(self.flow_level)
        super().fetch_block_entry()
        if self.indent != before:
            self._sequence_columns.add(self.indent)
        if key:
            self.possible_simple_keys[self.flow_level] = key

    def fetch_flow_collection_start(self, token_class: type[Token]) -> None:
        """Take an opening bracket, and note which."""
        if len(self._brackets) >= MAX_DEPTH:
            raise ScannerError(None, None, "collections are nested too deep", self.get_mark())
        self._brackets.append(token_class)
        super().fetch_flow_collection_start(token_class)

    def fetch_flow_collection_end(self, token_class: type[Token]) -> None:
        """Take a closing bracket; refuse one that closes nothing, or not what was opened last."""
        opened = self._brackets.pop() if self._brackets else None
        if opened is not (FlowSequenceStartToken if token_class is FlowSequenceEndToken else FlowMappingStartToken):
            raise ScannerError(None, None, "this bracket does not close what was opened", self.get_mark())
        super().fetch_flow_collection_end(token_class)

    def fetch_flow_entry(self) -> None:
        """Take a comma between brackets; outside of them it begins nothing."""
        if not self.flow_level:
            raise ScannerError(None, None, "a comma outside of brackets", self.get_mark())
        super().fetch_flow_entry()

    def fetch_value(self) -> None:
        """Take a `:`, and the key before it where that stands on the same line."""
        key = self.possible_simple_keys.get(self.flow_level)
        if key and (key.line != self.line or self.index - key.index > _LONGEST_KEY):
            del self.possible_simple_keys[self.flow_level]
        super().fetch_value()

    def fetch_stream_end(self) -> None:
        """End the text; a word in the column of the keys before it is a key without a value."""
        key = self.possible_simple_keys.get(0)
        if key and not self.flow_level and not self._key_opens_block:
            self.tokens.insert(key.token_number - self.tokens_taken, KeyToken(key.mark, key.mark))
        super().fetch_stream_end()

    def stale_possible_simple_keys(self) -> None:
        """Keep possible keys until a `:` or a line break outside of scalars tells."""

    def unwind_indent(self, column: int) -> None:
        """End the blocks that are indented further, and a sequence in whose column something else begins."""
        key = self.possible_simple_keys.get(0)
        if key and not self.flow_level and self._key_opens_block and column < key.column:
            del self.possible_simple_keys[0]
        super().unwind_indent(column)
        self._sequence_columns = {begun for begun in self._sequence_columns if begun <= self.indent}
        if self.flow_level or column != self.indent or column not in self._sequence_columns:
            return
        if not (self.peek() == "-" and self.check_block_entry()):
            self.indent = self.indents.pop()
            self.tokens.append(BlockEndToken(self.get_mark(), self.get_mark()))

    def save_possible_simple_key(self) -> None:
        """Note that a key may begin here; where its `:` does not come, the parser says so, at the key."""
        if not self.allow_simple_key or self.flow_level in self.possible_simple_keys:
            return
        if not self.flow_level:
            self._key_opens_block = self.column > self.indent
        number = self.tokens_taken + len(self.tokens)
        key = SimpleKey(number, False, self.index, self.line, self.column, self.get_mark())
        self.possible_simple_keys[self.flow_level] = key

    def scan_plain(self) -> ScalarToken:
        """Read a plain scalar; behind a possible key it ends where the key's column is reached again."""
        before, key = self.indent, self.possible_simple_keys.get(self.flow_level)
        if key and not self.flow_level and key.index != self.index:
            self.indent = max(before, key.column)
        try:
            return super().scan_plain()
        finally:
            self.indent = before

    def scan_flow_scalar(self, style: str) -> ScalarToken:
        """Read a quoted scalar; one that never ends holds the rest of the text, if that ends with a line break."""
        start, double, quote = self.get_mark(), style == '"', self.peek()
        self.forward()
        chunks = self.scan_flow_scalar_non_spaces(double, start)
        line = self.line
        while self.peek() != quote and not (self.peek() == _END and self.line > line):
            line = self.line
            chunks += self.scan_flow_scalar_spaces(double, start)
            chunks += self.scan_flow_scalar_non_spaces(double, start)
        if self.peek() == quote:
            self.forward()
        return ScalarToken("".join(chunks), False, start, self.get_mark(), style)

    def scan_plain_spaces(self, indent: int, _start_mark: Mark) -> list[str] | None:
        """Read what stands between two words of a plain scalar: blanks, tabs among them, or folded lines."""
        blanks = self._take_blanks()
        if self.peek() not in _BREAKS:
            return [blanks] if blanks else []
        self.scan_line_break()
        self.allow_simple_key = True
        breaks: list[str] = []
        while not self._at_document_mark():
            self._refuse_tabs(indent)
            self._take_blanks()
            if self.peek() not in _BREAKS:
                return breaks or [" "]
            breaks.append(self.scan_line_break())
        return None

    def scan_block_scalar_indentation(self) -> tuple[list[str], int, Mark]:
        """Find the indentation of a block scalar; a tab cannot make it."""
        found: tuple[list[str], int, Mark] = super().scan_block_scalar_indentation()
        self._refuse_tabs(max(self.indent + 1, 1, found[1]))
        return found

    def scan_block_scalar_breaks(self, indent: int) -> tuple[list[str], Mark]:
        """Skip to the next line of a block scalar; a tab cannot indent it."""
        found: tuple[list[str], Mark] = super().scan_block_scalar_breaks(indent)
        self._refuse_tabs(indent)
        return found

    def scan_anchor(self, token_class: type[AliasToken | AnchorToken]) -> AliasToken | AnchorToken:
        """Read an anchor's or alias's name: anything up to a blank or a bracket."""
        start = self.get_mark()
        self.forward()
        length = 0
        while self.peek(length) not in _ANCHOR_ENDS:
            length += 1
        if not length:
            raise ScannerError(None, None, "expected a name", self.get_mark())
        name = self.prefix(length)
        self.forward(length)
        return token_class(name, start, self.get_mark())

    def parse_document_start(self) -> Event:
        """Begin a document; what follows a document's end without a marker begins one too."""
        while self.check_token(DocumentEndToken):
            self.get_token()
        if self.check_token(DirectiveToken, DocumentStartToken, StreamEndToken):
            return super().parse_document_start()
        return super().parse_implicit_document_start()

    def parse_node(self, block: bool = False, indentless_sequence: bool = False) -> Event:
        """Return a node's event; between two commas is one without a value."""
        if not block and self.check_token(FlowEntryToken):
            self.state = self.states.pop()
            return self.process_empty_scalar(self.peek_token().start_mark)
        return super().parse_node(block, indentless_sequence)

    def process_empty_scalar(self, _mark: Mark) -> ScalarEvent:
        """Return the event of a value that is not there; it stands where the next token begins."""
        return super().process_empty_scalar(self.peek_token().start_mark)

    def _skip_line(self) -> None:
        while self.peek() not in _END + _BREAKS:
            self.forward()

    def _take_blanks(self) -> str:
        length = 0
        while self.peek(length) in _BLANKS:
            length += 1
        blanks = self.prefix(length)
        self.forward(length)
        return blanks

    def _refuse_tabs(self, indent: int) -> None:
        while self.peek() == " " and self.column < indent:
            self.forward()
        if self.peek() == "\t" and self.column < indent and not self.flow_level:
            raise ScannerError(None, None, "illegal tab when looking for indentation", self.get_mark())

    def _at_document_mark(self) -> bool:
        if self.column or self.prefix(3) not in ("---", "..."):
            return False
        return self.peek(3) in _END + _BLANKS + _BREAKS
