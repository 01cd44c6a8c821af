"""What crm-sync.toml may ask of a database: one SELECT, which becomes a part of ours."""

import re

READS = ("select", "with")
_QUOTED = {"'": "'", '"': '"', "`": "`"}
_DOLLAR = re.compile(r"\$(?:[A-Za-z_]\w*)?\$")
_WORD = re.compile(r"[A-Za-z_]\w*")
_COLON = re.compile(":")


class NotOneSelect(ValueError):
    """A query that is not one SELECT; the message says what it is."""


def one_select(query: str, *, backslashes: bool = False) -> str:
    """The query without what ends it, fit to stand in parentheses; raises NotOneSelect.

    `backslashes`: in its texts, as MySQL has them, a backslash takes the meaning from what follows.
    """
    bare = _Bare(query, backslashes=backslashes).text
    code = bare.rstrip()
    while code.endswith(";"):
        code = code[:-1].rstrip()
    first = _WORD.search(code.lstrip("( \t\r\n"))
    if not first or first.group().lower() not in READS or code.lstrip("( \t\r\n")[:1] == ";":
        raise NotOneSelect("begins with neither SELECT nor WITH")
    if ";" in code:
        raise NotOneSelect("holds more than one statement")
    _refuse_open_ends(code)
    return query[: len(code)].strip()


def as_text(query: str) -> str:
    """The query for SQLAlchemy's `text`, which would take a colon for the beginning of a parameter.

    What closes the parentheses around it stands on a line of its own: the query may end in a comment.
    """
    return _COLON.sub(r"\:", query) + "\n"


def _refuse_open_ends(code: str) -> None:
    depth = 0
    for char in code:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            break
    if depth:
        raise NotOneSelect("has parentheses that do not match")


class _Bare:
    """A query with marks in place of its quoted parts and blanks in place of its comments, as long as it was."""

    def __init__(self, query: str, *, backslashes: bool) -> None:
        self._query = query
        self._backslashes = backslashes
        self._kept: list[str] = []
        place = 0
        while place < len(query):
            end = self._skipped(place)
            if end > place:
                comment = query.startswith(("--", "/*"), place)
                self._kept.append((" " if comment else "?") * (end - place))
                place = end
            else:
                self._kept.append(query[place])
                place += 1
        self.text = "".join(self._kept)

    def _skipped(self, place: int) -> int:
        """Where the quoted part or comment ends that begins at a place; the place itself if none does."""
        query = self._query
        if query.startswith("--", place):
            return self._after("\n", place)
        if query.startswith("/*", place):
            return self._closed("*/", place + 2)
        if dollar := _DOLLAR.match(query, place):
            return self._closed(dollar.group(), dollar.end())
        if mark := _QUOTED.get(query[place]):
            return self._quoted(mark, place)
        return place

    def _after(self, mark: str, place: int) -> int:
        found = self._query.find(mark, place)
        return len(self._query) if found < 0 else found

    def _closed(self, mark: str, place: int) -> int:
        found = self._query.find(mark, place)
        if found < 0:
            raise NotOneSelect(f"has no {mark} where one should be")
        return found + len(mark)

    def _quoted(self, mark: str, place: int) -> int:
        """Behind a quoted part; a doubled mark in it reads as the next part, which is as well."""
        escapes = mark == "'" and (self._backslashes or self._query[:place].endswith(("e", "E")))
        end = place + 1
        while end < len(self._query):
            if escapes and self._query[end] == "\\":
                end += 2
            elif self._query[end] == mark:
                return end + 1
            else:
                end += 1
        raise NotOneSelect(f"has a {mark} too few")
