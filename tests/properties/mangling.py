"""Text that people wrote, damaged: bytes, words, and whole parts of YAML and of conditions changed at random."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

HOSTILE: tuple[bytes, ...] = (
    b"9" * 25, b"9" * 5000, b"-1", b"1e999", b"-0", b"0x" + b"f" * 5000, b"0777", b"1_000", b"12:30:45", b".inf",
    b".nan",
    b"2026-01-02", b"2001-99-99 99:99:99", b"~", b"null", b"true", b"yes", b"''", b'""', b"[]", b"{}", b"<NA>",
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xc2\x85",
    b"\r", b"\r\n", b"\n", b"\t", b"\x1b[2J", b"\x7f", b'"\\ud800"', b'"\\U0010FFFF"', b'"\\x00"', b"\\", b"'", b'"',
    b"&a ", b"*a", b"&a [*a]", b"{<<: *a}", b"<<: *a\n", b"!!binary aGk=", b"!!python/object:os.system x", b"!!int x",
    b"!!float 1e999", b"!!set {a, b}", b"!t ", b"? ", b": ", b"- ", b"---\n", b"...\n", b"%YAML 9.9\n---\n", b"|\n",
    b">-\n",
    b"#", b",", b"[", b"]", b"{", b"}", b"(", b")", b"[" * 600, b"{a: " * 100, b"(" * 300, b"not " * 300, b"not(" * 300,
    b"tolower(" * 600, b"a" * 3000, b" " * 2000, b"a/" * 2000, b"${", b"${A}", b"$${A}", b"../" * 50, b"/dev/zero",
    b".", b"..", b"/", b"\xe2\x80\xae", b"=", b"%", b"%5000000000kar.verb", b"%" + b"9" * 5000 + b"kar.verb",
)  # fmt: skip
"""What breaks programs that trust their input."""

CONDITION_WORDS: tuple[bytes, ...] = (
    b" and ", b" or ", b" not ", b"not(", b"and(", b"or(", b"(", b")", b" exists", b" = ", b" != ", b" < ", b" >= ",
    b" in ", b" intersects ", b" pmatch ", b" contains ", b" startswith ", b" glob ", b" iglob ", b" regex ",
    b" anyof ",
    b" oneof ", b" allof ", b"val(", b"tolower(", b"b64(", b"basename(", b"len(", b"join(", b"concat(", b"getopt(",
    b",",
    b"kar.verb", b"kar.user.groups", b"kar.req.pod.containers.image", b"kar.req.pod.containers.image[0]",
    b"kar.req.pod.containers.image[99999999999999999999999]", b"kar.req.pod.containers.image[" + b"9" * 5000 + b"]",
    b"kar.req.pod.run_as_user", b"kar.req.configmap.obj", b"jevt.value[/request/object]", b"jevt.value[/a~2/~]",
    b"jevt.value[" + b"/a" * 500 + b"]", b"json.value[/a]", b"evt.num", b"evt.time", b"evt.rawtime", b"kar.label[a b]",
    b"(((a{0,100}){0,100}){0,100})", b"[[:alpha:]", b"(?P<n>", b"\\p{Greek}", b"a{1001}", b"[z-a]", b"*" * 40,
    b"[!]a-z]",
    b"[[.a.]-[=b=]]", b"[a-", b"\\Q", b"x{0,1000}", b"%kar.verb", b"%evt.time", b"%kar.req.pod.containers.image[1]",
)  # fmt: skip
"""Words of the condition language, and arguments that its operators may choke on."""

_TOKEN = re.compile(rb"[A-Za-z0-9_.\-/]+|[^\sA-Za-z0-9]")
_NUMBER = re.compile(rb"\d+")
LONGEST = 60_000
"""What grows beyond so many bytes is cut, so that no input is large by itself."""


class Mangler:
    """Damages texts; `samples` are where parts are borrowed from, `words` what is put in."""

    def __init__(self, source: random.Random, samples: Sequence[bytes], words: Sequence[bytes] = ()) -> None:
        self._random = source
        self._samples = samples
        self._words = (*HOSTILE, *words)
        self._ways: tuple[Callable[[bytes], bytes], ...] = (
            self._flipped, self._cut, self._without_slice, self._with_slice_again, self._with_word, self._with_word,
            self._word_for_token, self._word_for_token, self._token_for_token, self._number_changed, self._block_again,
            self._without_block, self._block_from_elsewhere, self._block_from_elsewhere, self._blocks_swapped,
            self._indented,
            self._repeated_often, self._value_changed, self._value_changed, self._aliased,
        )  # fmt: skip

    def text(self) -> bytes:
        """Return a sample, damaged between once and eight times."""
        text = self._random.choice(self._samples)
        for _ in range(self._random.choice((1, 1, 2, 2, 3, 5, 8))):
            text = self._random.choice(self._ways)(text)[:LONGEST]
        return text

    def damaged(self, text: bytes) -> bytes:
        """Return the text with bytes or words of it changed, its parts where they were."""
        return self._random.choice(self._ways[:10])(text)[:LONGEST]

    def _at(self, text: bytes) -> int:
        return self._random.randrange(len(text) + 1)

    def _slice(self, text: bytes) -> tuple[int, int]:
        start = self._at(text)
        return start, min(len(text), start + int(self._random.expovariate(1 / 30)))

    def _word(self) -> bytes:
        return self._random.choice(self._words)

    def _flipped(self, text: bytes) -> bytes:
        if not text:
            return text
        at = self._random.randrange(len(text))
        return text[:at] + bytes([text[at] ^ 1 << self._random.randrange(8)]) + text[at + 1 :]

    def _cut(self, text: bytes) -> bytes:
        return text[: self._at(text)] if self._random.random() < 0.3 else text

    def _without_slice(self, text: bytes) -> bytes:
        start, end = self._slice(text)
        return text[:start] + text[end:]

    def _with_slice_again(self, text: bytes) -> bytes:
        start, end = self._slice(text)
        at = self._at(text)
        return text[:at] + text[start:end] + text[at:]

    def _with_word(self, text: bytes) -> bytes:
        at = self._at(text)
        return text[:at] + self._word() + text[at:]

    def _word_for_token(self, text: bytes) -> bytes:
        return self._put_in(text, _TOKEN, self._word())

    def _token_for_token(self, text: bytes) -> bytes:
        tokens = _TOKEN.findall(self._random.choice((text, self._random.choice(self._samples))))
        return self._put_in(text, _TOKEN, self._random.choice(tokens)) if tokens else text

    def _number_changed(self, text: bytes) -> bytes:
        return self._put_in(text, _NUMBER, self._random.choice((b"0", b"-1", b"9" * 25, b"9" * 5000, b"1e999", b"")))

    def _put_in(self, text: bytes, pattern: re.Pattern[bytes], word: bytes) -> bytes:
        found = list(pattern.finditer(text))
        if not found:
            return text
        place = self._random.choice(found)
        return text[: place.start()] + word + text[place.end() :]

    def _block(self, lines: Sequence[bytes]) -> tuple[int, int]:
        """Return a line's number, and the number of the first behind it that is not indented further."""
        first = self._random.randrange(len(lines))
        end = first + 1
        while end < len(lines) and (not lines[end].strip() or _indent(lines[end]) > _indent(lines[first])):
            end += 1
        return first, end

    def _block_again(self, text: bytes) -> bytes:
        lines = text.splitlines(keepends=True) or [b""]
        first, end = self._block(lines)
        return b"".join([*lines[:end], *(lines[first:end] * self._random.choice((1, 1, 1, 20))), *lines[end:]])

    def _without_block(self, text: bytes) -> bytes:
        lines = text.splitlines(keepends=True) or [b""]
        first, end = self._block(lines)
        return b"".join([*lines[:first], *lines[end:]])

    def _block_from_elsewhere(self, text: bytes) -> bytes:
        lines = text.splitlines(keepends=True) or [b""]
        other = self._random.choice(self._samples).splitlines(keepends=True) or [b""]
        first, end = self._block(lines)
        start, stop = self._block(other)
        change = b" " * _indent(lines[first])
        taken = [change + line[_indent(other[start]) :] for line in other[start:stop]]
        return b"".join([*lines[:first], *taken, *lines[end if self._random.random() < 0.7 else first :]])

    def _blocks_swapped(self, text: bytes) -> bytes:
        lines = text.splitlines(keepends=True) or [b""]
        (first, end), (start, stop) = sorted((self._block(lines), self._block(lines)))
        if end > start:
            return text
        return b"".join([*lines[:first], *lines[start:stop], *lines[end:start], *lines[first:end], *lines[stop:]])

    def _indented(self, text: bytes) -> bytes:
        lines = text.splitlines(keepends=True) or [b""]
        first, end = self._block(lines)
        change = self._random.choice((b" ", b"  ", b"\t", b"- "))
        return b"".join([*lines[:first], *(change + line for line in lines[first:end]), *lines[end:]])

    def _repeated_often(self, text: bytes) -> bytes:
        start, end = self._slice(text)
        return text[:end] + text[start:end] * self._random.choice((10, 100, 1000)) + text[end:]

    def _value_changed(self, text: bytes) -> bytes:
        """Put something else behind a colon, as YAML has its values."""
        return self._put_in(text, re.compile(rb"(?<=: )[^\n]*"), self._word())

    def _aliased(self, text: bytes) -> bytes:
        """Give one value an anchor, and put its alias in the place of another."""
        anchored = self._put_in(text, re.compile(rb"(?<=: )(?=[^\n]*)"), b"&a ")
        return self._put_in(anchored, re.compile(rb"(?<=: )[^\n&]+|(?<=- )[^\n&]+"), b"*a")


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" "))
