"""What there is: accounts, the records of each, and the messages of conversations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import Any

from sandbox.callrail.fields import BY_TABLE
from sandbox.clock import Clock

PREFIXES = {
    "accounts": "ACC",
    "companies": "COM",
    "users": "USR",
    "trackers": "TRK",
    "calls": "CAL",
    "form_submissions": "FOR",
    "text_messages": "K",
}
FIRST_TAG, FIRST_MESSAGE, FIRST_NUMERIC = 77, 901, 227_799_611


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A record: `values` are members as the API calls them; `at` is the moment it is dated by."""

    id: str | int
    account: str
    at: datetime
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One text of a conversation."""

    id: int
    conversation: str
    at: datetime
    content: str
    direction: str = "incoming"


@dataclass
class Store:
    """All accounts; `shelves` by the name of the table, then by id as text."""

    clock: Clock
    shelves: dict[str, dict[str, Row]] = field(
        default_factory=lambda: {name: {} for name in (*PREFIXES, "tags")}
    )
    messages: dict[str, list[Message]] = field(default_factory=dict)  # by conversation
    lock: RLock = field(default_factory=RLock)
    _given: int = 0

    def put(
        self,
        kind: str,
        values: Mapping[str, Any],
        account: str,
        id: str | None,
        at: datetime | None,
    ) -> str:
        """Take in a record and return its id."""
        known = BY_TABLE[kind]
        if unknown := values.keys() - known.usual.keys() - known.extra.keys():
            raise ValueError(f"{kind} have no {', '.join(sorted(unknown))}")
        with self.lock:
            key: str | int = self._number(kind) if id is None else id
            if kind == "tags":
                key = int(key)
            account = str(key) if kind == "accounts" else account
            made = Row(id=key, account=account, at=at or self.clock(), values=dict(values))
            self.shelves[kind][str(key)] = made
            return str(key)

    def change(self, kind: str, id: str, values: Mapping[str, Any], at: datetime | None) -> None:
        """Change some members; there is no stamp that would tell."""
        with self.lock:
            row = self.shelves[kind][id]
            self.shelves[kind][id] = replace(row, values={**row.values, **values}, at=at or row.at)

    def say(self, conversation: str, content: str, at: datetime | None, direction: str) -> str:
        """Add a message to a conversation, which moves the conversation to that moment."""
        with self.lock:
            moment = at or self.clock()
            self._given += 1
            number = FIRST_MESSAGE + self._given
            made = Message(
                id=number,
                conversation=conversation,
                at=moment,
                content=content,
                direction=direction,
            )
            self.messages.setdefault(conversation, []).append(made)
            row = self.shelves["text_messages"][conversation]
            latest = max(one.at for one in self.messages[conversation])
            self.shelves["text_messages"][conversation] = replace(row, at=latest)
            return str(number)

    def remove(self, kind: str, id: str) -> None:
        """Leave nothing of a record."""
        with self.lock:
            del self.shelves[kind][id]
            self.messages.pop(id, None)

    def of(self, kind: str, account: str) -> Iterator[Row]:
        """An account's records of one kind."""
        return (row for row in self.shelves[kind].values() if row.account == account)

    def _number(self, kind: str) -> str:
        self._given += 1
        if kind == "tags":
            return str(FIRST_TAG + self._given)
        if kind == "text_messages":
            return f"K{self._given:x}aQ"
        return f"{PREFIXES[kind]}0193c0{self._given:08x}"
