"""HubSpot asked for pages: https://developers.hubspot.com/docs/api-reference/crm-objects."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sources.entity import Entity
from sources.errors import BadAnswer, NoProgress
from sources.http import Http
from sources.hubspot.discovery import described
from sources.hubspot.settings import BATCH_LIMIT, LIST_LIMIT, SEARCH_LIMIT, api_path
from sources.page import Account, Page, Reading, Record, Window
from sources.policy import Reply, server_date

# Longer addresses are refused with 414; 15,000 characters are known to pass.
LONGEST_PROPERTY_LIST = 12_000
# A search from the epoch itself ends in a 500.
EARLIEST_SEARCH_MS = 1000
SEARCH = ("search",)


class Hubspot:
    """One HubSpot account; holds a connection and no state of any reading."""

    def __init__(
        self, http: Http, version: str, sensitivities: Sequence[str] = ("non_sensitive",)
    ) -> None:
        self._http = http
        self._version = version
        self._sensitivities = sensitivities

    async def account(self) -> Account:
        """Check the credential and read HubSpot's clock."""
        reply = await self._http.request(
            "GET",
            "/account-info/v3/details",
            # A credential that may not see the account's details may still read its records.
            accept=(200, 403, 404),
            expect_json=False,
        )
        details = reply.details()
        return Account(str(details.get("portalId", "")), server_date(reply), self._version)

    async def describe(self, entity: Entity) -> Entity:
        """The entity with the fields of the account's own properties."""
        properties: list[Record] = []
        for sensitivity in self._sensitivities:
            reply = await self._http.request(
                "GET",
                api_path(self._version, "properties", entity.path),
                params={"archived": "false", "dataSensitivity": sensitivity},
            )
            properties += _results(reply)
        return described(entity, properties)

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page; `deletes` is the walk of the archived list, `count` gives only a total."""
        match reading:
            case "changes" if window.since is None:
                return await self._list(entity, cursor, archived=False)
            case "changes":
                return await self._search(entity, window, cursor)
            case "deletes":
                return await self._list(entity, cursor, archived=True)
            case "by_id":
                return Page(await self._read(entity, keys, archived=False))
            case "count":
                return await self._count(entity, window)
            case _:
                raise ValueError(f"HubSpot has no reading {reading!r} of {entity.name}")

    async def _list(self, entity: Entity, cursor: str | None, *, archived: bool) -> Page:
        names = asked_properties(entity)
        joined = ",".join(names)
        fits = len(joined) <= LONGEST_PROPERTY_LIST
        reply = await self._http.request(
            "GET",
            self._objects(entity),
            params={
                "limit": str(min(entity.page_size, LIST_LIMIT)),
                "archived": str(archived).lower(),
                "properties": joined if fits else "hs_object_id",
                **({"after": cursor} if cursor else {}),
            },
        )
        records = _results(reply)
        after = _after(reply)
        if after is not None and after == cursor:
            raise NoProgress(f"HubSpot's list of {entity.name} leads from {cursor} back to itself")
        if not fits and records:
            records = await self._read(
                entity, [record["id"] for record in records], archived=archived
            )
        return Page(records, after)

    async def _search(self, entity: Entity, window: Window, cursor: str | None) -> Page:
        """Keyset by id: no cap of 10,000 results, and a record that changes meanwhile does not move."""
        last, _, offset = (cursor or "").partition("~")
        filters = [_filter(entity.changed_property, "GTE", _search_from(window))]
        if last:
            filters.append(_filter("hs_object_id", "GT", last))
        limit = SEARCH_LIMIT if entity.page_size >= LIST_LIMIT else entity.page_size
        reply = await self._ask(entity, filters, limit, asked_properties(entity), offset or "0")
        records = _results(reply)
        total = reply.json().get("total")
        more = _after(reply)
        if not records:
            # An empty page may still have a next one; only the offset can lead there.
            return Page([], f"{last}~{more}" if more and more != offset else None, total)
        reached = str(records[-1]["id"])
        if last and int(reached) <= int(last):
            raise NoProgress(
                f"HubSpot's search of {entity.name} after id {last} came back to {reached}"
            )
        ended = more is None and (total is None or int(total) <= len(records))
        return Page(records, None if ended else reached, total)

    async def _count(self, entity: Entity, window: Window) -> Page:
        """How many live records the window holds now; everything that existed at `until` for a full one."""
        if window.since is None:
            filters = [_filter(entity.created_property, "LTE", str(_milliseconds(window.until)))]
        else:
            filters = [
                _filter(entity.changed_property, "GTE", _search_from(window)),
                _filter(entity.changed_property, "LTE", str(_milliseconds(window.until))),
            ]
        reply = await self._ask(entity, filters, 1, ["hs_object_id"], "0")
        return Page([], None, reply.json().get("total"))

    async def _ask(
        self,
        entity: Entity,
        filters: list[Record],
        limit: int,
        properties: Sequence[str],
        offset: str,
    ) -> Reply:
        return await self._http.request(
            "POST",
            f"{self._objects(entity)}/search",
            json={
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": list(properties),
                "limit": limit,
                "after": offset,
            },
            buckets=SEARCH,
        )

    async def _read(self, entity: Entity, keys: Sequence[str], *, archived: bool) -> list[Record]:
        """Records by id; those HubSpot does not have are simply not among them (207)."""
        records: list[Record] = []
        for begin in range(0, len(keys), BATCH_LIMIT):
            reply = await self._http.request(
                "POST",
                f"{self._objects(entity)}/batch/read",
                params={"archived": str(archived).lower()},
                json={
                    "inputs": [{"id": str(key)} for key in keys[begin : begin + BATCH_LIMIT]],
                    "properties": list(asked_properties(entity)),
                    "propertiesWithHistory": [],
                },
                accept=(200, 207),
            )
            _refuse_other_gaps(entity, reply.json())
            records += _results(reply)
        return records

    def _objects(self, entity: Entity) -> str:
        return api_path(self._version, "objects", entity.path)


def asked_properties(entity: Entity) -> list[str]:
    """The properties to name in a request: the fields' own, then those for `extra`."""
    own = (
        f.path.removeprefix("properties.")
        for f in entity.fields
        if f.path.startswith("properties.")
    )
    return list(dict.fromkeys((*own, *entity.asked)))


def _refuse_other_gaps(entity: Entity, answer: Record) -> None:
    """In a 207, only records that do not exist may be missing."""
    for error in answer.get("errors") or ():
        if error.get("category") != "OBJECT_NOT_FOUND":
            raise BadAnswer(
                f"HubSpot read {entity.name} by id only in part: {error.get('category')}"
            )


def _filter(name: str, operator: str, value: str) -> Record:
    return {"propertyName": name, "operator": operator, "value": value}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _search_from(window: Window) -> str:
    since = EARLIEST_SEARCH_MS if window.since is None else _milliseconds(window.since)
    return str(max(since, EARLIEST_SEARCH_MS))


def _results(reply: Reply) -> list[Record]:
    answer: Any = reply.json()
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list):
        raise BadAnswer("HubSpot's answer has no list of results")
    return results


def _after(reply: Reply) -> str | None:
    """Where the next page begins. `link` is never followed: it may name another API version."""
    following = (reply.json().get("paging") or {}).get("next") or {}
    after = following.get("after")
    return None if after is None else str(after)
