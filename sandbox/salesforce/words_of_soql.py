"""The words of a SOQL query, one after the other."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from sandbox.salesforce.errors import malformed

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"
TOKENS = re.compile(
    rf"""\s*(?:
        (?P<datetime>{MOMENT}) | (?P<date>\d{{4}}-\d\d-\d\d(?![\dT])) |
        (?P<number>-?\d+(?:\.\d+)?(?![\w-])) | (?P<string>'(?:[^'\\]|\\.)*') |
        (?P<name>[A-Za-z_][\w.]*) | (?P<sign><=|>=|!=|<>|[=<>(),])
    )""",
    re.VERBOSE | re.DOTALL,
)


@dataclass
class Words:
    """The words of a query, taken one after the other."""

    text: str
    tokens: list[tuple[str, str, int]] = field(default_factory=list)
    place: int = 0

    def __post_init__(self) -> None:
        at, end = 0, len(self.text.rstrip())
        while at < end:
            found = TOKENS.match(self.text, at)
            if found is None:
                self.stuck(at)
            kind = str(found.lastgroup)
            self.tokens.append((kind, found.group(kind), found.start(kind)))
            at = found.end()

    def stuck(self, at: int | None = None) -> NoReturn:
        """Refuse what comes next."""
        if at is None and self.place < len(self.tokens):
            at = self.tokens[self.place][2]
        shown = self.text[at:].split()[0] if at is not None and self.text[at:].strip() else "<EOF>"
        column = len(self.text) if at is None else at + 1
        raise malformed(f"ERROR at Row:1:Column:{column}\nunexpected token: '{shown}'")

    def peek(self) -> str:
        """The next word, signs as they are and names in capitals; '' at the end."""
        if self.place == len(self.tokens):
            return ""
        kind, text, _ = self.tokens[self.place]
        return text.upper() if kind == "name" else text if kind == "sign" else kind

    def take(self, *kinds: str) -> tuple[str, str]:
        """The next word, which must be of one of these kinds."""
        if self.place == len(self.tokens) or self.tokens[self.place][0] not in kinds:
            self.stuck()
        kind, text, _ = self.tokens[self.place]
        self.place += 1
        return kind, text

    def skip(self, *words: str) -> bool:
        """Pass over some words if they come next, all of them."""
        before = self.place
        for word in words:
            if self.peek() != word:
                self.place = before
                return False
            self.place += 1
        return True

    def need(self, *words: str) -> None:
        """Pass over words that must come next."""
        if not self.skip(*words):
            self.stuck()

    def several(self, one: Callable[[], str]) -> list[str]:
        """A list with commas."""
        found = [one()]
        while self.skip(","):
            found.append(one())
        return found
