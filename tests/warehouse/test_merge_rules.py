"""The rules of merging, held against a small model in Python."""

import copy
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.mirror import Record, at, counts, prepared, stored, versions
from warehouse.connection import Connection
from warehouse.merge import compare_rows, merge_rows, newest_in_key_order, note_failed
from warehouse.merged import Merged
from warehouse.tables import Column, Table, ensure_table

TABLE = Table(
    "crm",
    "contacts",
    (
        Column("id", "bigint"),
        Column("name", "text"),
        Column("amount", "numeric"),
        Column("visits", "text", compared=False),
        Column("ssn", "text", compared=False),
        Column("ssn_hmac", "text"),
        Column("updated_at", "timestamptz"),
    ),
    ("id",),
)
COLUMNS = [column.name for column in TABLE.columns]
COMPARED = [column.name for column in TABLE.columns if column.compared]
REFUSED = "not a number"
LETTERS = {"created": "c", "updated": "u", "unchanged": "n", "failed": "f"}


@dataclass
class Chunk:
    """Some records of one pass, and keys that were rejected before they met PostgreSQL."""

    records: list[Record]
    rejected: list[int]
    reading: str = "changes"
    overwrite: bool = False
    refresh: bool = False

    @property
    def flags(self) -> dict[str, bool]:
        return {"listed": self.reading == "changes", "archived": self.reading == "deletes"}


@dataclass
class Model:
    """What the table and the run's counters should be."""

    rows: dict[int, Record] = field(default_factory=dict)
    outcomes: dict[int, str] = field(default_factory=dict)
    lists: dict[int, set[str]] = field(default_factory=dict)
    deleted: int = 0

    def load(self, chunk: Chunk) -> None:
        refused = set(chunk.rejected)
        for key, record in newest(chunk.records).items():
            if record.get("amount") == REFUSED:
                refused.add(key)
            else:
                self.land(key, record, chunk)
        for key in refused:
            if not chunk.refresh:
                self.count(key, "failed", chunk)

    def land(self, key: int, record: Record, chunk: Chunk) -> None:
        have = self.rows.get(key)
        if chunk.refresh:
            if have and (chunk.overwrite or not stale(have, record)):
                changed = after(have, record, deleted_at=have["deleted_at"])
                self.rows[key] = changed if differs(have, changed) else have
            return
        if have is None:
            blank = dict.fromkeys(COLUMNS) | {"extra": {}}
            self.rows[key] = after(blank, record, deleted_at=record.get("deleted_at"))
            self.count(key, "created", chunk)
            return
        changed = after(have, record, deleted_at=record.get("deleted_at"))
        if stale(have, record) and not chunk.overwrite or not differs(have, changed):
            self.count(key, "unchanged", chunk)
            return
        self.deleted += bool(changed["deleted_at"] and not have["deleted_at"])
        self.rows[key] = changed
        self.count(key, "updated", chunk)

    def count(self, key: int, outcome: str, chunk: Chunk) -> None:
        order = ["unchanged", "updated", "created"]
        before = self.outcomes.get(key, "failed")
        if "failed" not in (before, outcome):
            outcome = max(before, outcome, key=order.index)
        self.outcomes[key] = outcome
        lists = self.lists.setdefault(key, set())
        lists |= {name for name, is_in in chunk.flags.items() if is_in}

    @property
    def tally(self) -> tuple[int, int, int, int]:
        of = Counter(self.outcomes.values())
        return of["created"], of["updated"], of["unchanged"], of["failed"]

    @property
    def content(self) -> list[tuple[Any, ...]]:
        names = [*COLUMNS, "deleted_at", "extra"]
        return [tuple(row[name] for name in names) for _, row in sorted(self.rows.items())]


def newest(records: list[Record]) -> dict[int, Record]:
    found: dict[int, Record] = {}
    for record in records:
        other = found.get(record["id"])
        if other is None or older(other, record):
            found[record["id"]] = record
    return found


def older(one: Record, other: Record) -> bool:
    """Whether `other`, which comes later, replaces `one`: a missing stamp is the oldest."""
    have, comes = one.get("updated_at"), other.get("updated_at")
    return have is None or (comes is not None and comes >= have)


def stale(have: Record, record: Record) -> bool:
    stamps = have["updated_at"], record.get("updated_at")
    return None not in stamps and stamps[0] > stamps[1]


def after(have: Record, record: Record, deleted_at: Any) -> Record:
    row = {name: record.get(name, have[name]) for name in COLUMNS}
    spoken_of = {*(name for name in COLUMNS if name in record), *record["extra"]}
    kept = {name: value for name, value in have["extra"].items() if name not in spoken_of}
    new = {name: value for name, value in record["extra"].items() if value is not None}
    return row | {"extra": kept | new, "deleted_at": deleted_at}


def differs(have: Record, row: Record) -> bool:
    return any(have[name] != row[name] for name in (*COMPARED, "extra", "deleted_at"))


KEYS = st.integers(1, 5)
MOMENTS = st.none() | st.integers(1, 4).map(at)
WORDS = st.sampled_from([None, "a", "b"])


@st.composite
def records(draw: st.DrawFn) -> Record:
    secret = draw(st.sampled_from([None, "x", "y"]))
    whole = {
        "name": draw(WORDS),
        "amount": draw(st.sampled_from([None, "1", "2.50", REFUSED])),
        "visits": draw(WORDS),
        # Two encryptions of one value differ, their hashes do not.
        "ssn": secret and draw(st.sampled_from(["token 1", "token 2"])),
        "ssn_hmac": secret,
        "updated_at": draw(MOMENTS),
    }
    present = draw(st.sets(st.sampled_from(["name", "amount", "visits", "ssn", "updated_at"])))
    present |= {"ssn_hmac"} if "ssn" in present else set()
    extra = draw(
        st.dictionaries(st.sampled_from(["a", "b", "name"]), st.none() | st.integers(1, 2))
    )
    return {
        "id": draw(KEYS),
        **{name: value for name, value in whole.items() if name in present},
        "extra": extra,
        "deleted_at": draw(st.none() | st.just(at(9))),
    }


CHUNKS = st.builds(
    Chunk,
    st.lists(records(), min_size=1, max_size=6),
    st.lists(KEYS, max_size=2),
    st.sampled_from(["changes", "deletes", "by_id"]),
    st.booleans(),
    st.sampled_from([False, False, False, True]),
)


@st.composite
def runs(draw: st.DrawFn) -> list[Chunk]:
    """Chunks in any order, some of them repeated later."""
    chunks = draw(st.lists(CHUNKS, min_size=1, max_size=4))
    return [*chunks, *draw(st.lists(st.sampled_from(chunks), max_size=2))]


@pytest.fixture
def contacts(warehouse: Connection) -> Connection:
    ensure_table(warehouse, TABLE)
    return warehouse


def load(conn: Connection, chunk: Chunk, run_id: int) -> Merged:
    """A chunk as the load task has it: what lands, what is refused, and what was rejected before."""
    how, rows = merge_of(chunk, run_id)
    with conn.transaction():
        merged = merge_rows(conn, how, rows)
        refused = [chunk.records[refusal.row]["id"] for refusal in merged.refused]
        if not chunk.refresh:
            failed = (str(key) for key in (*refused, *chunk.rejected))
            merged += note_failed(conn, run_id, failed, chunk.flags)
    return merged


def merge_of(chunk: Chunk, run_id: int) -> Any:
    how, rows = prepared(
        TABLE,
        chunk.records,
        run_id=run_id,
        reading=chunk.reading,
        overwrite=chunk.overwrite,
        refresh=chunk.refresh,
    )
    return how, newest_in_key_order(rows, TABLE.key, TABLE.changed)


def content(conn: Connection) -> list[tuple[Any, ...]]:
    rows = stored(conn, TABLE, *COLUMNS, "deleted_at", "extra")
    amount = COLUMNS.index("amount")
    return [
        (*row[:amount], None if row[amount] is None else str(row[amount]), *row[amount + 1 :])
        for row in rows
    ]


def seen(conn: Connection, run_id: int) -> dict[int, tuple[str, set[str]]]:
    rows = conn.execute(
        """
        select key, outcome, listed, archived from ingestion_seen_key where sync_history_id = %(run)s
        union all
        select created.key, 'c', true, false
        from ingestion_created_keys c, unnest(c.keys) created (key)
        where c.sync_history_id = %(run)s and not exists (
            select from ingestion_seen_key k
            where k.sync_history_id = %(run)s and k.key = created.key)
        """,
        {"run": run_id},
    )
    return {
        int(key): (outcome, {name for name, is_in in lists.items() if is_in})
        for key, outcome, listed, archived in rows
        for lists in [{"listed": listed, "archived": archived}]
    }


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=st.lists(CHUNKS, max_size=1), chunks=runs())
def test_table_counters_and_seen_keys_are_what_the_rules_say(
    contacts: Connection, before: list[Chunk], chunks: list[Chunk]
) -> None:
    contacts.execute("truncate crm.contacts, ingestion_seen_key, ingestion_created_keys")
    model = Model()
    for chunk in before:  # an earlier run's
        load(contacts, chunk, 1)
        model.load(chunk)
    model.outcomes, model.lists, model.deleted = {}, {}, 0
    total = Merged()

    for chunk in chunks:
        total += load(contacts, chunk, 2)
        model.load(chunk)

        assert content(contacts) == model.content
        assert counts(total) == model.tally
        assert total.processed == len(model.outcomes) == sum(model.tally)
        assert total.deleted == model.deleted
        assert seen(contacts, 2) == {
            key: (LETTERS[outcome], model.lists[key]) for key, outcome in model.outcomes.items()
        }


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(chunks=st.lists(CHUNKS, min_size=1, max_size=3))
def test_a_chunk_repeated_after_a_lost_answer_changes_nothing(
    contacts: Connection, chunks: list[Chunk]
) -> None:
    contacts.execute("truncate crm.contacts, ingestion_seen_key, ingestion_created_keys")
    for chunk in chunks:
        load(contacts, chunk, 1)
        before = versions(contacts, TABLE), seen(contacts, 1)

        again = load(contacts, copy.deepcopy(chunk), 1)

        assert counts(again) == (0, 0, 0, 0)
        assert (again.deleted, again.refreshed) == (0, 0)
        assert (versions(contacts, TABLE), seen(contacts, 1)) == before


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(before=st.lists(CHUNKS, max_size=2), chunk=CHUNKS)
def test_a_comparison_foretells_the_merge(
    contacts: Connection, before: list[Chunk], chunk: Chunk
) -> None:
    contacts.execute("truncate crm.contacts, ingestion_seen_key, ingestion_created_keys")
    for earlier in before:
        load(contacts, earlier, 1)
    chunk.refresh = False
    how, rows = merge_of(chunk, 2)

    said = compare_rows(contacts, how, rows)
    done = merge_rows(contacts, how, rows)

    assert said == done
