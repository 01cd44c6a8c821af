"""Who belongs to whom: the links between records, as they are made, dropped, inherited and read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from sandbox.hubspot.association_types import PRIMARY
from sandbox.hubspot.definitions import Definition, Definitions
from sandbox.hubspot.records import Link, Shelf

Shelves = Mapping[str, Shelf]


def inline_name(ours: Shelf, theirs: Shelf, link: Link, known: list[Definition]) -> str:
    """What a link is called where a record lists its associations."""
    plain = f"{ours.kind.singular}_to_{theirs.kind.singular}"
    if link.label and link.label != PRIMARY:
        return link.label.lower().replace(" ", "_")
    has_primary = any(one.label == PRIMARY for one in known)
    return plain if link.label or not has_primary else f"{plain}_unlabeled"


def associate(
    definitions: Definitions, ours: Shelf, from_id: int, theirs: Shelf, link: Link
) -> None:
    """Let a record belong to another in one direction; doing so again changes nothing.

    A link nobody defined defines itself; one without a label has that of its definition.
    """
    names = ours.kind.name, theirs.kind.name
    known = definitions.find(*names, link.type_id, link.category)
    if known is None:
        definitions.add_one_way(*names, Definition(link.type_id, link.label, link.category))
    elif link.label is None:
        link = replace(link, label=known.label)
    links = ours.links.setdefault((from_id, theirs.kind.name), [])
    if link not in links:
        links.append(link)


def dissociate(
    definitions: Definitions,
    ours: Shelf,
    from_id: int,
    theirs: Shelf,
    to_id: int,
    type_id: int | None = None,
    category: str | None = None,
) -> None:
    """Part two records, in both directions; with a type only as far as that one tells."""
    known = [
        one
        for one in definitions.between(ours.kind.name, theirs.kind.name)
        if one.type_id == type_id and category in (None, one.category)
    ]
    there = {(one.type_id, one.category) for one in known}
    back = {(one.back, one.category) for one in known}
    everything = type_id is None
    _drop(ours, from_id, theirs, to_id, lambda link: everything or _type(link) in there)
    _drop(theirs, to_id, ours, from_id, lambda link: everything or _type(link) in back)


def _type(link: Link) -> tuple[int | None, str]:
    return link.type_id, link.category


def _drop(
    ours: Shelf, from_id: int, theirs: Shelf, to_id: int, ends: Callable[[Link], bool]
) -> None:
    links = ours.links.get((from_id, theirs.kind.name), [])
    links[:] = [link for link in links if link.to_id != to_id or not ends(link)]


def targets(ours: Shelf, theirs: Shelf, record_id: int) -> dict[int, list[Link]]:
    """The links of a record by the id they lead to; live records only, on both ends."""
    found: dict[int, list[Link]] = {}
    if record_id not in ours.live:
        return found
    for link in ours.links.get((record_id, theirs.kind.name), ()):
        if link.to_id in theirs.live:
            found.setdefault(link.to_id, []).append(link)
    return dict(sorted(found.items()))


def live_links(shelves: Shelves, ours: Shelf) -> Iterator[tuple[int, str, Link]]:
    """Every link that leads from a live record of a type to a live record."""
    for (record_id, theirs), links in ours.links.items():
        if record_id in ours.live:
            live = shelves[theirs].live
            yield from ((record_id, theirs, link) for link in links if link.to_id in live)


def inherit(shelves: Shelves, shelf: Shelf, winner: int, loser: int) -> None:
    """Give a merged-away record's links to the one that remains, whose primary ones stay alone.

    How the vendor settles this is not documented.
    """
    name = shelf.kind.name
    for theirs in shelves:
        for link in shelf.links.pop((loser, theirs), []):
            _inherit(shelf, winner, theirs, link)
    for other in shelves.values():
        for (record_id, theirs), links in list(other.links.items()):
            if theirs != name or not any(link.to_id == loser for link in links):
                continue
            moved = [replace(link, to_id=winner) for link in links if link.to_id == loser]
            links[:] = [link for link in links if link.to_id != loser]
            for link in moved:
                _inherit(other, record_id, name, link)


def _inherit(shelf: Shelf, record_id: int, theirs: str, link: Link) -> None:
    links = shelf.links.setdefault((record_id, theirs), [])
    itself = theirs == shelf.kind.name and link.to_id == record_id
    second = link.label == PRIMARY and any(one.label == PRIMARY for one in links)
    if link not in links and not second and not itself:
        links.append(link)
