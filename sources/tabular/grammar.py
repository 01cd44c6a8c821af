"""What a record looks like in bytes: patterns made from a delimiter, a quote and an escape.

A *strict* record is one that every reader of CSV takes apart alike: quotes only around whole fields and
doubled within them, exactly the right number of fields. A *tolerable* one may have quotes in the middle of a
field that does not begin with one, and escapes. Quantifiers are possessive: a pattern either goes on or
fails, and no text makes it try again.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

LINE_END = re.compile(rb"\r\n|\n|\r")
_END_WITHIN = rb"(?:\r\n|\n|\r)"
_END_AT_LAST = rb"(?:\r\n|\n|\r|\Z)"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of one record: its bytes without quotes and escapes, and as they stood between delimiters."""

    value: bytes
    spelled: bytes


@dataclass(frozen=True, slots=True)
class Grammar:
    """The three characters that give a text its shape, each one byte or none."""

    delimiter: bytes
    quote: bytes
    escape: bytes

    def strict_line(self, width: int, mark: bytes) -> str:
        """A line that is a strict record, for Polars; its end may have left a `mark`."""
        return _strict_line(self, width, mark)

    def tolerable(self, *, final: bool) -> re.Pattern[bytes]:
        """One record with any number of fields; `body` is what is before its line end."""
        return _tolerable(self, final)

    def begun(self) -> re.Pattern[bytes]:
        """The beginning of a record that goes on behind the end of the text."""
        return _begun(self)

    def is_simple(self, text: bytes) -> bool:
        """Whether every line of the text is a record, and every delimiter between two fields."""
        return not (self.quote and self.quote in text) and not (self.escape and self.escape in text)

    def fields(self, body: bytes) -> list[Field]:
        """The fields of one tolerable record, given without its line end."""
        found = []
        for match in _field(self).finditer(body):
            found.append(Field(self._value(match), match["whole"]))
            if match.end("whole") == len(body):
                break
        return found

    def _value(self, match: re.Match[bytes]) -> bytes:
        inner = match["inner"]
        if inner is None:
            return self._without_escapes(match["whole"])
        if self.escape and self.escape in inner:
            return _doubled_or_escaped(self).sub(rb"\1", inner)
        return inner.replace(self.quote * 2, self.quote)

    def _without_escapes(self, text: bytes) -> bytes:
        if not self.escape or self.escape not in text:
            return text
        return re.sub(re.escape(self.escape) + rb"([\s\S])", rb"\1", text)


def _but(*signs: bytes) -> bytes:
    return b"[^" + b"".join(re.escape(sign) for sign in signs) + b"]"


def _inside(of: Grammar) -> bytes:
    """What may be between two quotes."""
    q, e = re.escape(of.quote), re.escape(of.escape)
    inner = _but(of.quote, of.escape) + b"*+"
    more = q + q + (b"|" + e + rb"[\s\S]" if e else b"")
    return inner + b"(?:(?:" + more + b")" + inner + b")*+"


def _bare(of: Grammar) -> bytes:
    """A field without quotes around it; there may be some in it, but not at its beginning."""
    e = re.escape(of.escape)
    plain = _but(of.delimiter, of.escape, b"\r", b"\n") + b"*+"
    more = b"(?:" + e + rb"[\s\S]" + plain + b")*+" if e else b""
    first = b"(?!" + re.escape(of.quote) + b")" if of.quote else b""
    return first + plain + more


def _tolerable_field(of: Grammar) -> bytes:
    if not of.quote:
        return _bare(of)
    q = re.escape(of.quote)
    return b"(?:" + q + _inside(of) + q + b"|" + _bare(of) + b")"


@lru_cache(maxsize=64)
def _strict_line(of: Grammar, width: int, mark: bytes) -> str:
    d, m = _hex(of.delimiter), _hex(mark)
    bare = f"[^{d}{_hex(of.quote)}{_hex(of.escape)}{m}]" + ("*" if width > 1 else "+")
    field = bare
    if of.quote:
        q = _hex(of.quote)
        field = f"(?:{q}(?:[^{q}{_hex(of.escape)}]|{q}{q})*{q}|{bare})"
    return f"^{field}(?:{d}{field}){{{width - 1}}}{m}?$"


def _hex(sign: bytes) -> str:
    """A byte of ASCII in a pattern for Polars, inside of brackets and outside."""
    return f"\\x{ord(sign):02x}" if sign else ""


@lru_cache(maxsize=64)
def _tolerable(of: Grammar, final: bool) -> re.Pattern[bytes]:
    field, end = _tolerable_field(of), _END_AT_LAST if final else _END_WITHIN
    return re.compile(b"(?P<body>%b(?:%b%b)*+)%b" % (field, re.escape(of.delimiter), field, end))


@lru_cache(maxsize=64)
def _begun(of: Grammar) -> re.Pattern[bytes]:
    field, d, e = _tolerable_field(of), re.escape(of.delimiter), re.escape(of.escape)
    cut = (e + b"?" if e else b"") + rb"\r?\Z"
    opened = re.escape(of.quote) + _inside(of) + cut + b"|" if of.quote else b""
    return re.compile(b"(?:%b%b)*+(?:%b%b%b)" % (field, d, opened, field, cut))


@lru_cache(maxsize=64)
def _field(of: Grammar) -> re.Pattern[bytes]:
    d, bare = re.escape(of.delimiter), _bare(of)
    quoted = b"(?P<inner>(?!))"
    if of.quote:
        q = re.escape(of.quote)
        quoted = q + b"(?P<inner>" + _inside(of) + b")" + q
    return re.compile(b"(?P<whole>" + quoted + b"|" + bare + b")(?:" + d + rb"|\Z)")


@lru_cache(maxsize=64)
def _doubled_or_escaped(of: Grammar) -> re.Pattern[bytes]:
    q, e = re.escape(of.quote), re.escape(of.escape)
    return re.compile(b"(?:" + q + b"(?=" + q + b")|" + e + rb")([\s\S])")
