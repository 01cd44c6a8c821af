"""Pandera's word on a batch: what lands, what is rejected, and what deserves a warning."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandera.errors
import pandera.polars as pa
import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from sources.entity import Entity, Field
from sources.exact_json import cleaned
from sources.kinds import KINDS
from sources.page import Unreadable
from sources.privacy import PROTECTED
from tasks.batch import Batch, Problem, Reject
from tasks.mapping import encode
from tasks.report import Reporter
from tasks.threads import in_thread
from warehouse.keys import spelled, spelled_columns

NO_KEY = "record has no {field}, which is its key"
NUL = "\\u0000"  # as JSON spells what PostgreSQL does not take
NO_OBJECT = "record is not an object"

# Why a row is rejected: the field at fault, where it is one, and the reason.
Fault = tuple[str | None, str]


class UnexpectedFailure(Exception):
    """Pandera found something wrong that is not in any row: the batch is not what was declared."""


@task(
    name="validate",
    task_run_name="validate {batch.entity.name}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def validate_batch(batch: Batch, reporter: Reporter, *, strict: bool = False) -> Batch:
    """Sort a batch into rows that land and records that are rejected, and report what was found."""
    return await in_thread(validate, batch, reporter, strict=strict)


def validate(batch: Batch, reporter: Reporter, *, strict: bool = False) -> Batch:
    """Sort a batch into rows that land and records that are rejected, and report what was found."""
    faults = _keyless(batch)
    problems = [p for p in (*batch.problems, *_failed_checks(batch)) if p.row not in faults]
    broken = [p for p in _broken_rules(batch) if p.row not in faults]
    for row, (_, reason) in faults.items():
        reporter.refused(batch, row, reason, "kept as a rejected record")
    reporter.found(batch, problems, broken, strict=strict)
    if strict:
        for problem in problems:
            reason = f"Field '{problem.column}': {problem.message}"
            faults.setdefault(problem.row, (problem.column, reason))
        for problem in broken:
            faults.setdefault(problem.row, (None, problem.message))
    rows, rejects = _sorted_out(batch, faults)
    rejects += [_unreadable(piece) for piece in batch.unreadable]
    for piece in batch.unreadable:
        reporter.unreadable(piece.place, piece.reason)
    return Batch(batch.entity, rows, batch.shapes, batch.records, problems, rejects)


@lru_cache(maxsize=64)
def schema(entity: Entity) -> pa.DataFrameSchema:
    """Make the Pandera schema that follows from an entity's declaration."""
    return pa.DataFrameSchema({field.name: _column(field) for field in entity.fields}, strict=False)


def _column(field: Field) -> pa.Column:
    kind = KINDS["text" if field.encrypt else field.kind]
    return pa.Column(kind.dtype, kind.checks(), nullable=not field.required)


def _keyless(batch: Batch) -> dict[int, Fault]:
    """Rows without a usable key."""
    unparsed = {(p.row, p.column): p.message for p in batch.problems}
    faults: dict[int, Fault] = {}
    for name in batch.entity.key:
        for row in batch.rows.filter(pl.col(name).is_null())["_row"].to_list():
            message = unparsed.get((row, name))
            reason = f"Field '{name}': {message}" if message else NO_KEY.format(field=name)
            if not isinstance(batch.records[row], dict):
                reason = NO_OBJECT
            faults.setdefault(row, (name, reason))
    return faults


def _failed_checks(batch: Batch) -> list[Problem]:
    try:
        schema(batch.entity).validate(batch.rows, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        return _problems(batch, errors.failure_cases)
    return []


def _problems(batch: Batch, cases: pl.DataFrame) -> list[Problem]:
    """Pandera's failures by record; raises UnexpectedFailure where one belongs to no record."""
    homeless = cases.filter(pl.col("index").is_null())
    if not homeless.is_empty():
        column, check = homeless.row(0, named=True)["column"], homeless["check"][0]
        raise UnexpectedFailure(f"{batch.entity.name}: {check} failed for column {column}")
    unparsed = {(problem.row, problem.column) for problem in batch.problems}
    found = []
    rows = batch.rows["_row"].to_list()
    for (column,), failed in cases.group_by("column", maintain_order=True):
        values = batch.rows[str(column)]
        for index, check in failed.select("index", "check").iter_rows():
            if (row := rows[index], column) in unparsed:
                continue
            message = "is required" if check == "not_nullable" else check
            value = None if values[index] is None else str(values[index])
            found.append(Problem(row, str(column), value, message, parsed=True))
    return found


def _broken_rules(batch: Batch) -> list[Problem]:
    columns = set(batch.rows.columns)
    return [
        Problem(row, rule.needs[0], None, rule.message, parsed=True)
        for rule in batch.entity.rules
        if columns.issuperset(rule.needs)
        for row in batch.rows.filter(rule.broken())["_row"].to_list()
    ]


def _sorted_out(batch: Batch, faults: dict[int, Fault]) -> tuple[pl.DataFrame, list[Reject]]:
    """Rows without a fault, and the rejects of the others."""
    if not faults:
        return batch.rows, []
    at_fault = pl.col("_row").is_in(list(faults))
    bad = batch.rows.filter(at_fault)
    keys = spelled_columns(bad, batch.entity.key).iter_rows()
    texts = {row: _joined(parts) for row, parts in zip(bad["_row"], keys, strict=True)}
    rejects = [
        _reject(batch.records[row], texts[row], reason, field)
        for row, (field, reason) in faults.items()
    ]
    return batch.rows.filter(~at_fault), rejects


def reject(batch: Batch, row: int, reason: str, field: str | None = None) -> Reject:
    """Make the reject of one record, under its key or, where it has none, a hash of its raw form."""
    return _reject(batch.records[row], key_text(batch, row), reason, field)


def _reject(record: Any, key: str | None, reason: str, field: str | None) -> Reject:
    raw = encode(record)
    if NUL in raw:
        raw = encode(cleaned(record))
    return Reject(key or digest(encode(_lasting(record))), raw, reason, field)


def _lasting(value: Any) -> Any:
    """The value without what an encryption makes anew each time."""
    if isinstance(value, dict):
        if value.keys() == PROTECTED:
            return value["mac"]
        return {key: _lasting(member) for key, member in value.items()}
    return [_lasting(member) for member in value] if isinstance(value, list) else value


def _unreadable(piece: Unreadable) -> Reject:
    """Make the reject of what could not be taken apart, known by its place: a protected text never looks the same twice."""
    found = {"_file": piece.part, "place": piece.place, "raw": piece.raw}
    key = digest(encode({"_file": piece.part, "place": piece.place}))
    return _reject(found, key, f"{piece.place}: {piece.reason}", None)


def key_text(batch: Batch, row: int) -> str | None:
    """Spell the record's key as `ingestion_seen_key` does; None where a part is missing."""
    key = spelled_columns(batch.rows.filter(pl.col("_row") == row), batch.entity.key)
    return _joined(key.row(0)) if key.height else None


def _joined(parts: Sequence[Any]) -> str | None:
    return None if any(part is None for part in parts) else spelled(parts)


def digest(raw: str) -> str:
    """Make what stands for the key of a record without one."""
    return "#" + hashlib.sha256(raw.encode()).hexdigest()[:32]
