"""SalesRabbit's answers to records: lists, the object keyed by lead, and leads in either of their forms."""

from collections.abc import Iterator
from typing import Any

from sources.entity import Entity
from sources.errors import BadAnswer
from sources.page import Record
from sources.salesrabbit.entities import LEAD_STATUS_HISTORIES, LEADS

# Members that some accounts send as objects of their own, others among the lead's own.
NESTED = {
    "address": ("street1", "street2", "city", "state", "zip", "country"),
    "coordinates": ("latitude", "longitude"),
}


def records_of(entity: Entity, answer: Any) -> tuple[list[Record], int]:
    """The records of a page, and how many things it counts as; raises BadAnswer where there are none."""
    content = answer.get("data") if isinstance(answer, dict) else None
    if entity.name == LEAD_STATUS_HISTORIES.name:
        return _visits(content)
    if not isinstance(content, list):
        raise BadAnswer("SalesRabbit's answer has no list of records")
    if entity.name == LEADS.name:
        return [lead(record) for record in content], len(content)
    return content, len(content)


def lead(record: Record) -> Record:
    """A lead in its flat form; empty custom fields may come as the empty list PHP makes of them."""
    if not isinstance(record, dict):
        # What is no record is rejected later, with the others.
        return record
    flat = dict(record)
    for container, names in NESTED.items():
        inner = flat.get(container)
        if isinstance(inner, dict):
            rest = {name: value for name, value in inner.items() if name not in names}
            lifted = {name: inner[name] for name in names if name in inner and name not in flat}
            flat |= {container: rest or None, **lifted}
    if flat.get("customFields") == []:
        flat["customFields"] = {}
    return flat


def _visits(content: Any) -> tuple[list[Record], int]:
    """The rows of an object by lead id, which stands nowhere else; a page counts leads."""
    if content == []:
        return [], 0
    if not isinstance(content, dict):
        raise BadAnswer("SalesRabbit's answer has no status histories by lead")
    rows = [
        {**visit, "lead_id": key} if isinstance(visit, dict) else visit
        for key, visits in content.items()
        for visit in _each(visits)
    ]
    return rows, len(content)


def _each(visits: Any) -> Iterator[Any]:
    """The visits of one lead: a list, an object of them as PHP makes of a list with gaps, or a single one."""
    if visits is None:
        return
    if isinstance(visits, list):
        yield from visits
    elif isinstance(visits, dict) and "statusUpdated" not in visits:
        yield from visits.values()
    else:
        yield visits
