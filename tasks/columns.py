"""Records that come as columns of text, to what a batch is made of: no row is taken apart."""

import polars as pl

from sources.entity import Entity
from sources.page import Record
from tasks.mapping import Mapping, Taken, Values
from warehouse.merge_spec import Shape


def taken_columns(mapping: Mapping, frame: pl.DataFrame, number: int) -> Taken:
    """What a frame's records say; they all speak of the same columns, so they have one shape."""
    places = _places(mapping.entity)
    nothing = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    values: dict[str, Values] = {"deleted_at": nothing}
    for name, place in places.items():
        values[name] = frame[place] if place in frame.columns else nothing
    left_over = [
        name for name in frame.columns if name not in {*places.values(), *mapping.entity.ignore}
    ]
    absent = {name for name, place in places.items() if place not in frame.columns}
    spoken_of = {mapping.names[name] for name in places if name not in absent}
    shape = Shape(frozenset(absent - {"deleted_at"}), tuple(sorted({*spoken_of, *left_over})))
    return Taken(values, _extras(frame, left_over), [number] * frame.height, [shape])


def _places(entity: Entity) -> dict[str, str]:
    places = {field.name: field.path for field in entity.fields}
    return places | ({"deleted_at": entity.deleted} if entity.deleted else {})


def _extras(frame: pl.DataFrame, left_over: list[str]) -> list[Record | None]:
    """What no column takes, without the empty values."""
    if not left_over:
        return [None] * frame.height
    # By name: what is asked for as an expression may be taken for a pattern.
    rest = pl.DataFrame([frame[name] for name in left_over])
    return [
        {name: value for name, value in row.items() if value} or None
        for row in rest.iter_rows(named=True)
    ]
