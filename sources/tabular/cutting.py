"""Text cut into records that every reader takes apart alike, and the lines that are none.

Nearly all lines of nearly all files are such records, and are found all at once. Only at those that are not
does anybody look closer.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from sources.tabular.encoding import is_utf8
from sources.tabular.grammar import LINE_END, Field
from sources.tabular.lines import line_ends, lines_of, unused
from sources.tabular.records import MEANINGLESS, RAGGED, UNCLOSED, Cut, Form, Piece, Refused


def cut(
    text: bytes,
    form: Form,
    line: int,
    *,
    final: bool,
    most: int,
    wary: bool = False,
    insists: bool = False,
) -> Cut:
    """Cut at most about `most` lines from a text that begins in `line`.

    Unless the text is `final`, a record that does not end in it is left for later; who `insists` gets on
    nevertheless.
    """
    # Old systems end their files with this; and the last CR may be the first half of a line end.
    bare = text.rstrip(b"\x1a") if final else text.removesuffix(b"\r")
    found = _cut_at_lines(bare, form, line, final=final, most=most)
    if found is None:
        cutter = _Cutter(bare, form, line, final, most, wary)
        cutter.cut_all(insists=insists)
        found = cutter.found
    if final and found.end == len(bare):
        found.end = len(text)
    return found


def _cut_at_lines(text: bytes, form: Form, line: int, *, final: bool, most: int) -> Cut | None:
    """The records of a text without quotes in which every line is one; None where that is not so."""
    if form.width == 1 or not form.grammar.is_simple(text) or not is_utf8(text):
        return None
    end_of_line = b"\n" if b"\n" in text else b"\r"
    end = len(text) if final else text.rfind(end_of_line) + 1
    if text.count(end_of_line, 0, end) > most:
        end = len(text) - len(text.split(end_of_line, most)[most])
    piece = text if end == len(text) else text[:end]
    if end_of_line == b"\n" and b"\r" in piece:
        piece = piece.replace(b"\r\n", b"\n")
        if b"\r" in piece:
            return None
    shape = piece.translate(None, _all_but(form.grammar.delimiter + end_of_line))
    if not piece.endswith(end_of_line):
        shape += end_of_line
    record = form.grammar.delimiter * (form.width - 1) + end_of_line
    lines = len(shape) // len(record)
    if shape != record * lines:
        return None
    return Cut([Piece(piece, line, lines)], end=end, line=line + lines, sign=form.grammar.quote)


@lru_cache(maxsize=64)
def _all_but(kept: bytes) -> bytes:
    return bytes(set(range(256)) - set(kept))


class _Cutter:
    """A text, and how far it has been cut."""

    def __init__(
        self, text: bytes, form: Form, line: int, final: bool, most: int, wary: bool
    ) -> None:
        self._text, self._form, self._grammar = text, form, form.grammar
        self._final, self._most = final, line + most
        self._lines = lines_of(text, form.grammar, form.width, final=final)
        self.found = Cut(line=line, wary=wary, sign=form.grammar.quote or unused(text))

    def cut_all(self, *, insists: bool) -> None:
        while self.found.end < len(self._text) and self.found.line < self._most:
            if self._run() or self._blank_line() or self._record():
                continue
            if not self._final and self._goes_on(insists=insists and self.found.end == 0):
                return
            self._refuse_line(UNCLOSED)
            self.found.wary = True

    def _run(self) -> bool:
        """Take the lines that are records in themselves, up to the first that is not."""
        starts, doubtful = self._lines
        first = bisect_left(starts, self.found.end)
        nearest = bisect_left(doubtful, first)
        last = doubtful[nearest] if nearest < len(doubtful) else len(starts) - 1
        last = min(last, first + self._most - self.found.line)
        if last <= first:
            return False
        self._accept(self._text[starts[first] : starts[last]], last - first)
        self.found.end = starts[last]
        self.found.wary = False
        return True

    def _blank_line(self) -> bool:
        line = LINE_END.search(self._text, self.found.end)
        if line is None and not self._final:
            return False
        begin, end = line.span() if line else (len(self._text), len(self._text))
        if self._text[self.found.end : begin].strip(b" \t"):
            return False
        self.found.end = end
        self.found.line += 1
        return True

    def _record(self) -> bool:
        """Take a record that is not strict or has several lines, or refuse it; False where there is none."""
        record = self._grammar.tolerable(final=self._final).match(self._text, self.found.end)
        if record is None:
            return False
        body, whole = record["body"], record[0]
        fields = self._grammar.fields(body)
        if len(fields) != self._form.width:
            self._refuse_ragged(whole, body, len(fields))
        elif not is_utf8(body):
            self._refuse(whole, MEANINGLESS.format(encoding=self._form.encoding))
        elif self._has_stray_quotes(fields) and self.found.wary:
            self._refuse_line(UNCLOSED)
        else:
            self._accept(self._strictly(fields) + b"\n", line_ends(body) + 1)
            self.found.end += len(whole)
        return True

    def _accept(self, piece: bytes, lines: int) -> None:
        self.found.pieces.append(Piece(piece, self.found.line, lines))
        self.found.line += lines

    def _refuse_ragged(self, whole: bytes, body: bytes, fields: int) -> None:
        first = LINE_END.search(body)
        if first and self._are_records(whole[first.end() :]):
            # A quote that was left open has run on to the next one, through lines that are in order.
            self._refuse_line(UNCLOSED)
            self.found.wary = True
        else:
            self._refuse(whole, RAGGED.format(fields=fields, width=self._form.width))

    def _are_records(self, text: bytes) -> bool:
        """Whether most lines of a text are records in themselves."""
        starts, doubtful = lines_of(text, self._grammar, self._form.width, final=True)
        return len(doubtful) * 2 < len(starts) - 1

    def _has_stray_quotes(self, fields: Sequence[Field]) -> bool:
        quote = self._grammar.quote
        return bool(quote) and any(
            quote in one.spelled and not one.spelled.startswith(quote) for one in fields
        )

    def _strictly(self, fields: Sequence[Field]) -> bytes:
        """A record spelled so that everybody reads it alike."""
        sign = self.found.sign
        return self._grammar.delimiter.join(
            b""
            if one.spelled in self._form.null
            else sign + one.value.replace(sign, sign * 2) + sign
            for one in fields
        )

    def _goes_on(self, *, insists: bool) -> bool:
        """Whether the record may end behind the text; who `insists` only cares for its first line."""
        if LINE_END.search(self._text, self.found.end) is None:
            return True
        return not insists and bool(self._grammar.begun().match(self._text, self.found.end))

    def _refuse_line(self, reason: str) -> None:
        end = LINE_END.search(self._text, self.found.end)
        self._refuse(self._text[self.found.end : end.end() if end else len(self._text)], reason)

    def _refuse(self, raw: bytes, reason: str) -> None:
        self.found.refused.append(Refused(self.found.line, raw, reason))
        self.found.line += max(line_ends(raw), 1)
        self.found.end += len(raw)
