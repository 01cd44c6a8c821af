"""CallRail's addresses, its two styles of paging, and what all its answers have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from sources.callrail.extras import extra_fields
from sources.callrail.settings import API_VERSION, PER_PAGE
from sources.entity import Entity
from sources.errors import BadAnswer, NoProgress
from sources.http import Http
from sources.page import Record
from sources.policy import Reply, server_date

# What the list in an answer is called, where it is not called like the address.
LIST_NAMES = {"a": "accounts", "text-messages": "conversations"}
# A page of this size is enough to be told a total.
FEW = 10


class Listed(NamedTuple):
    """A page of a list: its records, whether there are more, the total if told, and the server's time."""

    records: list[Record]
    more: bool
    total: int | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """The connection of one key."""

    http: Http

    async def page(
        self, entity: Entity, account: str, number: int, params: Mapping[str, str], size: int = 0
    ) -> Listed:
        """A page counted from 1, with totals."""
        paging = {"page": str(number), "per_page": str(size or entity.page_size)}
        reply = await self._ask(entity, account, {**paging, **params})
        answer = _object(reply)
        records = _records(entity, answer)
        _refuse_standstill(entity, number, answer.get("page"))
        pages, total = _whole(answer, "total_pages"), _whole(answer, "total_records")
        return Listed(records, number < pages, total, server_date(reply))

    async def few(
        self, entity: Entity, account: str, number: int, params: Mapping[str, str]
    ) -> Listed:
        """A short page of what every record has anyway, with totals."""
        return await self.page(replace(entity, fields=(), asked=()), account, number, params, FEW)

    async def total(self, entity: Entity, account: str, params: Mapping[str, str]) -> int:
        """How many records a list has, by the style of paging that tells it."""
        return (await self.few(entity, account, 1, params)).total or 0

    async def relative(
        self, entity: Entity, account: str, offset: int, params: Mapping[str, str]
    ) -> Listed:
        """A page counted from 0, of a list that does not say how long it is.

        `next_page` is an address that may be anyone's: it is looked at, never followed with the key.
        """
        paging = {
            "relative_pagination": "true",
            "offset": str(offset),
            "per_page": str(entity.page_size),
        }
        answer = _object(await self._ask(entity, account, {**paging, **params}))
        records = _records(entity, answer)
        if not isinstance(answer.get("has_next_page"), bool):
            raise BadAnswer(f"CallRail's answer does not say whether there are more {entity.name}")
        following = _offset(str(answer.get("next_page") or ""))
        if answer["has_next_page"] and following is not None and following <= offset:
            raise NoProgress(f"CallRail's page {offset} of {entity.name} leads back to {following}")
        return Listed(records, answer["has_next_page"])

    async def messages(self, account: str, conversation: str) -> list[Record]:
        """Every message of a conversation; its pages are counted inside it."""
        found: list[Record] = []
        number = 1
        path = f"/{API_VERSION}/a/{account}/text-messages/{quote(conversation, safe='')}.json"
        while True:
            params = {"page": str(number), "per_page": str(PER_PAGE)}
            answer = _object(await self.http.request("GET", path, params=params))
            found += _list(answer, "messages")
            if number >= _whole(answer, "total_pages"):
                return found
            number += 1

    async def _ask(self, entity: Entity, account: str, params: Mapping[str, str]) -> Reply:
        below = f"a/{account}/{entity.path}" if account else entity.path
        fields = ",".join(extra_fields(entity))
        more = {"fields": fields} if fields else {}
        return await self.http.request(
            "GET", f"/{API_VERSION}/{below}.json", params={**params, **more}
        )


def marked(record: Record, **marks: Any) -> Record:
    """A record with what stands beside it; what is no record is rejected later, with the others."""
    return {**record, **marks} if isinstance(record, dict) else record


def _object(reply: Reply) -> dict[str, Any]:
    answer: Any = reply.json()
    if not isinstance(answer, dict):
        raise BadAnswer("CallRail's answer is no object")
    return answer


def _records(entity: Entity, answer: Mapping[str, Any]) -> list[Record]:
    return _list(answer, LIST_NAMES.get(entity.path, entity.path))


def _list(answer: Mapping[str, Any], name: str) -> list[Record]:
    found = answer.get(name)
    if not isinstance(found, list):
        raise BadAnswer(f"CallRail's answer has no list of {name}")
    return found


def _refuse_standstill(entity: Entity, asked: int, answered: Any) -> None:
    if answered is not None and str(answered) != str(asked):
        raise NoProgress(f"asked for page {asked} of {entity.name}, CallRail answered {answered}")


def _whole(answer: Mapping[str, Any], name: str) -> int:
    """A number that every list in this style has; without it nobody knows where it ends."""
    found = answer.get(name)
    if not isinstance(found, int):
        raise BadAnswer(f"CallRail's answer has no {name}")
    return found


def _offset(address: str) -> int | None:
    """The number of the page an address leads to, where it says so."""
    try:
        [said] = parse_qs(urlsplit(address).query)["offset"]
        return int(said)
    except (KeyError, ValueError):
        return None
