"""Pushed events: what is kept of one, what was delivered, and what it takes to believe who sent it."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

from pydantic import SecretStr

from sources.config import SourceConfig
from sources.errors import SourceError

Action = Literal["changed", "deleted", "restored", "merged", "privacy_deleted", "linked", "record"]
Status = Literal["pending", "ignored", "dead"]

# How far a stamp may be from our clock, either way.
FRESH = timedelta(minutes=5)
MEGABYTE = 1_000_000
LONGEST_KEY, LONGEST_TYPE = 300, 200
_SHOWN = 60


class Untrusted(SourceError):
    """A delivery is not from whom it should be, or is too old; the sender is told no more than that."""


class Unintelligible(SourceError):
    """A delivery that can be believed, and not understood; the message says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a vendor says happened to one record.

    `entity` is its name, or the vendor's for its type where only the account knows the name. `record_key`
    is spelled as the API is asked by id, `payload` the event as JSON (of `record`: the record itself).
    `ignored` are events that nothing here is about, `dead` those that nobody understands; the `reason`
    says why.
    """

    key: str
    type: str
    entity: str | None
    record_key: str | None
    action: Action
    occurred_at: datetime | None
    payload: bytes = field(repr=False)
    status: Status = "pending"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it came: its body untouched, its address as the sender knows it.

    `event` is what the path names behind the endpoint; header names are in lower case.
    """

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    uri: str = field(default="", repr=False)
    method: str = "POST"
    event: str = ""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a vendor wants to hear when its events are safe."""

    body: bytes = b""
    media_type: str = "text/plain"


class Hook(Protocol):
    """The receiving end of one source."""

    def verify(self, delivery: Delivery) -> None:
        """Raise Untrusted unless it comes from whom it should."""
        ...

    def events(self, delivery: Delivery) -> Sequence[Event]:
        """What the delivery says, whoever sent it; raises Unintelligible."""
        ...


HookSecrets = Mapping[str, SecretStr]


@dataclass(frozen=True, slots=True)
class HookKind:
    """How a kind of source is listened to: the variables it takes (without prefix), and what opens it.

    `path` is the variable of a part of the address that only the sender knows; `unsigned` deliveries are
    believed for little else. `account` is the place in a payload of the account it is from, as the source's own `account()` names it.
    """

    variables: tuple[str, ...]
    open: Callable[[SourceConfig, HookSecrets], Hook]
    max_body: int = MEGABYTE
    acknowledgement: Acknowledgement = Acknowledgement()
    account: str = ""
    path: str = "WEBHOOK_PATH"
    unsigned: bool = False


def keys_in(secret: SecretStr) -> tuple[bytes, ...]:
    """The keys in a variable: the whole of it, and the parts between commas, for while one is changed."""
    text = secret.get_secret_value().strip()
    parts = [part for part in map(str.strip, text.split(",")) if part]
    # Commas alone would be a key that anybody guesses.
    return tuple(dict.fromkeys(part.encode() for part in (text, *parts))) if parts else ()


def among(given: str, accepted: Iterable[bytes]) -> bool:
    """Whether a text is one of the `accepted`, compared in a time that tells nothing of them."""
    bare = given.encode("utf-8", "surrogateescape")
    # The list is made to its end: which of them fits must not show either.
    return True in [hmac.compare_digest(bare, one) for one in accepted]


def refuse_stale(stamp: str, delivery: Delivery, *, milliseconds: bool) -> None:
    """Raise Untrusted for a stamp (seconds or milliseconds since 1970) that is not of these minutes."""
    # No more digits than a moment needs: the longest numbers cost the most.
    if not re.fullmatch(r"[0-9]{1,16}", stamp):
        raise Untrusted("the stamp is missing or no number")
    sent = moment(int(stamp), per_second=1000 if milliseconds else 1)
    if sent is None or abs(delivery.now - sent) > FRESH:
        raise Untrusted(f"the stamp is more than {FRESH // timedelta(minutes=1)} minutes off")


def moment(since_1970: float, *, per_second: int = 1) -> datetime | None:
    """A moment in seconds, or parts of seconds, since 1970; None where there is no such."""
    try:
        return datetime.fromtimestamp(since_1970 / per_second, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def when(value: Any) -> datetime | None:
    """What a body says of a moment: ISO 8601 (UTC when unsaid), or milliseconds since 1970; else None."""
    if isinstance(value, int) and not isinstance(value, bool):
        return moment(value, per_second=1000)
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value.strip().replace(" UTC", "+00:00"))
        return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def key_of(*parts: object) -> str:
    """A key made of some parts, a hash in place of most of it where it gets long."""
    text = ":".join(_escaped(part) for part in parts)
    return text if len(text) <= LONGEST_KEY else f"{text[:_SHOWN]}#{digest(text.encode())}"


def digest(body: bytes) -> str:
    """A body's fingerprint."""
    return hashlib.sha256(body).hexdigest()


def text_of(value: Any) -> str | None:
    """An id as text; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def at(value: Any, place: str) -> Any:
    """What is at a dotted place of a body; None where there is nothing."""
    for step in place.split(".") if place else ():
        value = value.get(step) if isinstance(value, dict) else None
    return value


def dead(delivery: Delivery, reason: str) -> Event:
    """A delivery that can be believed and not understood, kept for someone to look at."""
    key = key_of("dead", delivery.event, digest(delivery.body))
    kind = delivery.event or "unknown"
    return Event(
        key, kind[:LONGEST_TYPE], None, None, "changed", None, delivery.body, "dead", reason
    )


def _escaped(part: object) -> str:
    text = "" if part is None else str(part)
    return text.replace("\\", "\\\\").replace(":", "\\:")


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list, or the only one; raises Unintelligible for what is neither."""
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, dict):
            raise Unintelligible("the body has something that is no JSON object")
        yield one
