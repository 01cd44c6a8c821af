"""Records to a typed Polars frame: mapping, kinds, and the values that no column can hold."""

from typing import Any

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from sources.entity import Entity, Field, mac_of
from sources.kinds import KINDS
from sources.page import Record
from tasks.batch import Batch, Chunk, Problem
from tasks.mapping import Mapping, as_json, encode, text_series
from tasks.threads import in_thread

DELETED = Field("deleted_at", "datetime")


@task(
    name="transform",
    task_run_name="transform {entity.name}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def transform_chunk(entity: Entity, chunk: Chunk) -> Batch:
    """Turn a chunk's records into a typed frame; what a column cannot hold goes to `extra`."""
    return await in_thread(transform, entity, chunk.records)


def transform(entity: Entity, records: list[Record]) -> Batch:
    """Turn records into a typed frame; what a column cannot hold goes to `extra`."""
    mapping = Mapping(entity)
    values, numbers, shapes = mapping.columns(records)
    columns: list[pl.Series] = []
    problems: list[Problem] = []
    for field in (*entity.fields, DELETED):
        text = _text(field, values[field.name])
        typed, lost = _typed(field, text)
        columns.append(typed)
        problems += lost
        if field.encrypt:
            columns.append(text_series(mac_of(field.name), values[mac_of(field.name)]))
    extras = values["extra"]
    for problem in problems:
        original = values[problem.column][problem.row]
        extras[problem.row] = (extras[problem.row] or {}) | {
            mapping.names[problem.column]: original
        }
    columns += (
        pl.Series("extra", [encode(e) if e else None for e in extras], dtype=pl.String),
        pl.Series("_shape", numbers, dtype=pl.Int32),
        pl.Series("_row", range(len(records)), dtype=pl.Int64),
    )
    return Batch(entity, pl.DataFrame(columns), shapes, records, problems)


def _text(field: Field, values: list[Any]) -> pl.Series:
    if field.kind == "json" and not field.encrypt:
        return text_series(field.name, [as_json(value) for value in values])
    return text_series(field.name, values)


def _typed(field: Field, text: pl.Series) -> tuple[pl.Series, list[Problem]]:
    """The values as the column's type, and those that it cannot hold."""
    kind = KINDS[field.kind]
    if field.encrypt or kind.is_text:
        return text, []
    # Blanks are as empty as '' for a number or a date.
    bare = text.str.strip_chars()
    typed = kind.parse(bare).alias(field.name)
    if typed.null_count() == text.null_count():
        return typed, []
    lost = (typed.is_null() & (bare != "")).arg_true().to_list()
    message = f"not a value of kind {field.kind}"
    return typed, [Problem(row, field.name, text[row], message, parsed=False) for row in lost]
