"""Records to a typed Polars frame: mapping, kinds, and the values that no column can hold."""

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from sources.entity import Entity, Field, mac_of
from sources.kinds import KINDS
from sources.page import Record, Records
from sources.rows import Rows
from tasks.batch import Batch, Chunk, Problem
from tasks.columns import taken_columns
from tasks.mapping import Mapping, Taken, Values, as_json, encode, text_series
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
    batch = await in_thread(transform, entity, chunk.records)
    batch.unreadable = chunk.unreadable
    return batch


def transform(entity: Entity, records: Records) -> Batch:
    """Turn records into a typed frame; what a column cannot hold goes to `extra`."""
    mapping = Mapping(entity)
    problems: list[Problem] = []
    if not isinstance(records, Rows):
        taken = mapping.columns(records)
        rows = _typed_frame(mapping, taken, 0, problems)
        return Batch(entity, rows, taken.shapes, records, problems)
    frames, shapes, begin = [], [], 0
    for number, frame in enumerate(records.frames):
        taken = taken_columns(mapping, frame, number)
        frames.append(_typed_frame(mapping, taken, begin, problems))
        shapes += taken.shapes
        begin += frame.height
    if not frames:
        return transform(entity, [])
    return Batch(entity, pl.concat(frames), shapes, records, problems)


def _typed_frame(
    mapping: Mapping, taken: Taken, begin: int, problems: list[Problem]
) -> pl.DataFrame:
    """The columns of records of which the first has the number `begin`; adds what they cannot hold."""
    columns: list[pl.Series] = []
    found: list[Problem] = []
    for field in (*mapping.entity.fields, DELETED):
        typed, lost = _typed(field, _text(field, taken.values[field.name]))
        columns.append(typed)
        found += lost
        if field.encrypt:
            columns.append(text_series(mac_of(field.name), taken.values[mac_of(field.name)]))
    extras = taken.extras
    for problem in found:
        original = taken.values[problem.column][problem.row]
        name = mapping.names[problem.column]
        extras[problem.row] = (extras[problem.row] or {}) | {name: original}
        problem.row += begin
    columns += (
        _encoded(extras),
        pl.Series("_shape", taken.numbers, dtype=pl.Int32),
        pl.int_range(begin, begin + len(extras), eager=True).alias("_row"),
    )
    problems += found
    return pl.DataFrame(columns)


def _encoded(extras: list[Record | None]) -> pl.Series:
    if not any(extras):
        return pl.repeat(None, len(extras), dtype=pl.String, eager=True).alias("extra")
    return pl.Series("extra", [encode(e) if e else None for e in extras], dtype=pl.String)


def _text(field: Field, values: Values) -> pl.Series:
    if field.kind == "json" and not field.encrypt:
        return text_series(field.name, [as_json(value) for value in values])
    return text_series(field.name, values)


def _typed(field: Field, text: pl.Series) -> tuple[pl.Series, list[Problem]]:
    """The values as the column's type, and those that it cannot hold."""
    kind = KINDS[field.kind]
    if field.encrypt or kind.is_text:
        return text, []
    typed = kind.parse(text).alias(field.name)
    if typed.null_count() == text.null_count():
        return typed, []
    # Blanks are as empty as '' for a number or a date.
    bare = text.str.strip_chars()
    typed = kind.parse(bare).alias(field.name)
    lost = (typed.is_null() & (bare != "")).arg_true().to_list()
    message = f"not a value of kind {field.kind}"
    return typed, [Problem(row, field.name, text[row], message, parsed=False) for row in lost]
