"""Where values are in a record, and what is left of it when they are taken out."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sources.entity import Entity
from sources.page import Record

ABSENT: Any = object()
# What is taken from under a key: all of it, all members of an object, or some members.
ALL: Any = object()
MEMBERS: Any = object()


class Place(NamedTuple):
    """Where a value is: the container ('' for the record itself), the key in it, the steps below that."""

    container: str
    key: str
    steps: tuple[str, ...] = ()


def place_of(entity: Entity, path: str) -> Place:
    """The place that a dotted path means."""
    first, *steps = entity.steps(path)
    if steps and first in entity.flatten:
        return Place(first, steps[0])
    return Place("", first, tuple(steps))


def walk(part: Record, place: Place) -> Any:
    """The value at a place; ABSENT where the answer does not speak of it."""
    value: Any = part.get(place.key, ABSENT)
    for step in place.steps:
        if value is None or value is ABSENT:
            return value
        value = value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
    return value


def taken_places(entity: Entity, places: Iterable[Place]) -> dict[str, dict[str, Any]]:
    """By container, what columns and declared repeats take from under each key."""
    trees: dict[str, dict[str, Any]] = {"": dict.fromkeys(entity.flatten, MEMBERS)}
    trees.update((container, {}) for container in entity.flatten)
    for container, key, steps in places:
        tree, last = trees[container], key
        for step in steps:
            if tree.get(last) is ALL:
                break
            tree, last = tree.setdefault(last, {}), step
        else:
            tree[last] = ALL
    return trees


def rest_of(value: Any, taken: Any) -> Any:
    """What is left of a value when what columns hold is taken out; ABSENT where that is nothing."""
    if taken is ALL:
        return ABSENT
    if taken is None or not isinstance(value, dict):
        return value
    if taken is MEMBERS:
        return ABSENT
    rest = {key: rest_of(member, taken.get(key)) for key, member in value.items()}
    return {key: member for key, member in rest.items() if member is not ABSENT} or ABSENT
