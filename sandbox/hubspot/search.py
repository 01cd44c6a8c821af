"""`POST …/search`: the limits of the API, and the answer from the lagging index."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from sandbox.hubspot.errors import invalid
from sandbox.hubspot.filters import (
    Test,
    compile_filter,
    parse_bound,
    property_of,
    reading,
)
from sandbox.hubspot.records import Record, Shelf

MOST_RESULTS = 10_000
LONGEST_PAGE = 200
LONGEST_QUERY = 3_000
MOST_GROUPS, MOST_FILTERS_A_GROUP, MOST_FILTERS = 5, 6, 18
BODY_KEYS = {"filterGroups", "sorts", "query", "limit", "after", "properties"}
REMEMBERED = 16
EVERYTHING = (0, 1 << 63)

Group = list[dict[str, Any]]


@dataclass(frozen=True)
class Found:
    """A page of a search."""

    total: int
    records: list[Record]
    after: str | None


def search(shelf: Shelf, body: dict[str, Any]) -> Found:
    """Answer a search as the index stands."""
    if unknown := body.keys() - BODY_KEYS:
        raise invalid(f"Unrecognized field: {', '.join(sorted(unknown))}")
    limit, offset = _page(body)
    ids = _matching(shelf, _groups(body), _sort(shelf, body), _query(body))
    end = offset + limit
    return Found(
        total=len(ids),
        records=[shelf.index.seen[number] for number in ids[offset:end]],
        after=str(end) if end < len(ids) else None,
    )


def _page(body: dict[str, Any]) -> tuple[int, int]:
    limit, after = body.get("limit", 10), body.get("after") or "0"
    if not isinstance(limit, int) or not 1 <= limit <= LONGEST_PAGE:
        raise invalid(f"limit must be between 1 and {LONGEST_PAGE}", "INVALID_INTEGER", "limit")
    if not str(after).isdecimal():
        raise invalid(f"after: {after} is not an integer", "INVALID_INTEGER", "after")
    if int(after) + limit > MOST_RESULTS:
        raise invalid(f"A search reaches at most {MOST_RESULTS} results")
    return limit, int(after)


def _groups(body: dict[str, Any]) -> list[Group]:
    groups = [_dicts(group, "filters") for group in _dicts(body, "filterGroups")]
    if len(groups) > MOST_GROUPS:
        raise invalid(f"At most {MOST_GROUPS} filterGroups are allowed")
    if any(len(group) > MOST_FILTERS_A_GROUP for group in groups):
        raise invalid(f"At most {MOST_FILTERS_A_GROUP} filters are allowed in a group")
    if sum(map(len, groups)) > MOST_FILTERS:
        raise invalid(f"At most {MOST_FILTERS} filters are allowed in all")
    return groups


def _dicts(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    found = body.get(key) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise invalid(f"{key} must be a list of objects")
    return found


def _sort(shelf: Shelf, body: dict[str, Any]) -> tuple[str, bool]:
    """The property to sort by and whether downwards; a plain name as a sort is an assumption."""
    sorts = body.get("sorts") or [{"propertyName": shelf.kind.created}]
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise invalid("Only one sort is allowed, in a list")
    sort = sorts[0]
    if isinstance(sort, str):
        return sort.removeprefix("-"), sort.startswith("-")
    if not isinstance(sort, dict):
        raise invalid("A sort must be an object")
    direction = sort.get("direction") or "ASCENDING"
    if direction not in ("ASCENDING", "DESCENDING"):
        raise invalid(f"Invalid sort direction: {direction}")
    return str(sort.get("propertyName")), direction == "DESCENDING"


def _query(body: dict[str, Any]) -> str:
    query = str(body.get("query") or "")
    if len(query) > LONGEST_QUERY:
        raise invalid(f"query is longer than {LONGEST_QUERY} characters")
    return query.lower()


def _matching(shelf: Shelf, groups: list[Group], sort: tuple[str, bool], query: str) -> list[int]:
    """The ids that match, in order.

    A walk along `hs_object_id > last` asks the same question again and again: that bound is applied
    to a remembered answer, so a page costs no search through all records.
    """
    low, high = EVERYTHING
    if len(groups) == 1:
        groups, (low, high) = [_without_bounds(groups[0])], _bounds(shelf, groups[0])
    key = (msgspec.json.encode(groups), sort, query)
    remembered = shelf.index.answers
    if key not in remembered:
        if len(remembered) >= REMEMBERED:
            remembered.clear()
        remembered[key] = _select(shelf, groups, sort, query)
    ids = remembered[key]
    if (low, high) == EVERYTHING:
        return ids
    if sort == ("hs_object_id", False):
        return ids[bisect_left(ids, low) : bisect_right(ids, high)]
    return [number for number in ids if low <= number <= high]


def _is_bound(wanted: dict[str, Any]) -> bool:
    return wanted.get("propertyName") == "hs_object_id" and wanted.get("operator") in (
        "GT",
        "GTE",
        "LT",
        "LTE",
    )


def _without_bounds(group: Group) -> Group:
    return [wanted for wanted in group if not _is_bound(wanted)]


def _bounds(shelf: Shelf, group: Group) -> tuple[int, int]:
    low, high = EVERYTHING
    for wanted in filter(_is_bound, group):
        compile_filter(shelf, wanted)  # refuses what is malformed
        bound = int(parse_bound(shelf.properties["hs_object_id"], wanted["value"]))
        if wanted["operator"].startswith("GT"):
            low = max(low, bound + (wanted["operator"] == "GT"))
        else:
            high = min(high, bound - (wanted["operator"] == "LT"))
    return low, high


def _select(shelf: Shelf, groups: list[Group], sort: tuple[str, bool], query: str) -> list[int]:
    tests = [[compile_filter(shelf, wanted) for wanted in group] for group in groups]
    records: Iterable[Record] = shelf.index.seen.values()
    if tests:
        records = [record for record in records if _passes(record, tests)]
    if query:
        records = [record for record in records if _mentions(shelf, record, query)]
    name, downwards = sort
    read = reading(shelf, property_of(shelf, name))
    ordered = sorted((record.id for record in records), reverse=downwards)
    if name == "hs_object_id":
        return ordered
    seen = shelf.index.seen
    with_value = [number for number in ordered if read(seen[number]) is not None]
    without = [number for number in ordered if read(seen[number]) is None]  # assumed to come last
    return sorted(with_value, key=lambda number: read(seen[number]), reverse=downwards) + without


def _passes(record: Record, tests: list[list[Test]]) -> bool:
    return any(all(test(record) for test in group) for group in tests)


def _mentions(shelf: Shelf, record: Record, query: str) -> bool:
    """Whether every word of the query starts a word somewhere; the exact rule is an assumption."""
    text = " ".join(record.properties.get(name, "") for name in shelf.kind.searchable).lower()
    return all(f" {word}" in f" {text}" for word in query.split())
