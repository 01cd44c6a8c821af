"""Column names: given once to each field of a source, kept for good, never shared."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import NamedTuple

from warehouse.connection import Connection
from warehouse.errors import WarehouseError

LONGEST = 63  # bytes, PostgreSQL's limit
LONGEST_ENTITY = 45  # what the bookkeeping tables hold, less a number behind it
# Where the names of a source's own entities are kept, beside those of each entity's columns.
ENTITIES = "*"
# What mirrors have of their own, and what PostgreSQL keeps for itself.
RESERVED = frozenset(
    {"created_at", "updated_at", "deleted_at", "merged_into", "extra", "sync_history_id"}
    | {"tableoid", "xmin", "xmax", "cmin", "cmax", "ctid"}
)


class NameTaken(WarehouseError):
    """A declared column name already belongs to another field."""


class Wanted(NamedTuple):
    """A field that needs a column; an `exact` name is declared, others are made to fit."""

    path: str
    preferred: str
    kind: str
    exact: bool = False


class Named(NamedTuple):
    """The column a field has."""

    column: str
    kind: str


def snake_case(text: str) -> str:
    """A label as a column name: lower case, '_' between words, no accents, at most 63 bytes."""
    plain = "".join(_plain(text))
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", plain))
    name = re.sub(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+", "_", words.casefold()).strip("_")
    if name[:1].isdigit():
        name = f"_{name}"
    return cut(name).rstrip("_") or "column"


def cut(name: str, longest: int = LONGEST) -> str:
    """At most `longest` bytes of a name, whole characters only."""
    return name.encode()[:longest].decode(errors="ignore")


def stable_names(
    conn: Connection,
    crm_source: str,
    entity: str,
    wanted: Sequence[Wanted],
    reserved: Collection[str] = (),
    *,
    filled: bool = True,
    store: bool = True,
) -> dict[str, Named]:
    """The column of each field by its path: the stored one, or a new one that nobody else has.

    Declared names are as declared. `filled=False` marks new columns as waiting to be filled;
    `store=False`, for a dry run, only says what the names would be.
    """
    fields = {field.path: field for field in wanted}
    _refuse_twins(fields.values())
    stored = _stored(conn, crm_source, entity)
    new = _new_names(fields, stored, reserved)
    if new and store:
        with conn.transaction():
            # Processes that meet the same new fields take turns, and so name them alike.
            conn.execute(
                "select pg_advisory_xact_lock(hashtextextended(%s, 0))",
                (f"crm-sync names of {crm_source}.{entity}",),
            )
            new = _new_names(fields, _stored(conn, crm_source, entity), reserved)
            _store(conn, crm_source, entity, new, filled)
            stored = _stored(conn, crm_source, entity)
    return {path: (stored if store else {**stored, **new})[path] for path in fields}


def entity_names(
    conn: Connection,
    crm_source: str,
    found: Mapping[str, str],
    taken: Collection[str],
    *,
    store: bool = True,
) -> dict[str, str]:
    """The tables of entities that only the account knows, by their places: a name once given stays theirs."""
    wanted = [
        Wanted(place, cut(snake_case(name), LONGEST_ENTITY), "entity")
        for place, name in found.items()
    ]
    names = stable_names(conn, crm_source, ENTITIES, wanted, taken, store=store)
    return {place: named.column for place, named in names.items()}


def known_entities(conn: Connection, crm_source: str) -> dict[str, str]:
    """The tables of entities that were found in an account before, by their places."""
    return {place: named.column for place, named in _stored(conn, crm_source, ENTITIES).items()}


def places(conn: Connection, crm_source: str, entity: str) -> list[str]:
    """The places of all fields that were ever given a column."""
    return sorted(_stored(conn, crm_source, entity))


def unfilled(conn: Connection, crm_source: str, entity: str) -> set[str]:
    """Columns that rows stored before them still wait for."""
    rows = conn.execute(
        """
        select column_name from ingestion_column_name
        where crm_source = %s and entity = %s and not filled
        """,
        (crm_source, entity),
    )
    return {name for (name,) in rows}


def mark_filled(
    conn: Connection, crm_source: str, entity: str, columns: Iterable[str], *, filled: bool
) -> None:
    """Note whether columns are filled for every stored row."""
    conn.execute(
        """
        update ingestion_column_name set filled = %s
        where crm_source = %s and entity = %s and column_name = any(%s)
        """,
        (filled, crm_source, entity, list(columns)),
    )


def mark_behind(conn: Connection, crm_source: str, entity: str, present: Iterable[str]) -> None:
    """Note that all columns but the `present` ones miss what changes from now on."""
    conn.execute(
        """
        update ingestion_column_name set filled = false
        where crm_source = %s and entity = %s and filled and column_name <> all(%s)
        """,
        (crm_source, entity, list(present)),
    )


def _plain(text: str) -> Iterator[str]:
    """The text's letters and digits, in ASCII where they have a base letter; '_' for all else."""
    for char in unicodedata.normalize("NFC", text):
        base = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
        # Marks are a part of the word in scripts that write vowels with them.
        part_of_word = char.isalnum() or unicodedata.category(char).startswith("M")
        yield base or (char if part_of_word else "_")


def _refuse_twins(fields: Iterable[Wanted]) -> None:
    holders: dict[str, str] = {}
    for field in fields:
        other = holders.setdefault(field.preferred, field.path) if field.exact else field.path
        if other != field.path:
            raise NameTaken(
                f"{other} and {field.path} are both declared as column {field.preferred!r}"
            )


def _new_names(
    fields: dict[str, Wanted], stored: dict[str, Named], reserved: Collection[str]
) -> dict[str, Named]:
    """The names to store: declared ones that differ from the stored, and those of new fields."""
    exact = {field.preferred: field for field in fields.values() if field.exact}
    for path, named in stored.items():
        holder = exact.get(named.column)
        if holder and holder.path != path and not _moves(fields.get(path), named):
            raise NameTaken(
                f"column {named.column!r} is declared for {holder.path}, but belongs to {path}"
                " already: give one of the two another name in crm-sync.toml"
            )
    declared = {field.path: Named(name, field.kind) for name, field in exact.items()}
    new = {path: named for path, named in declared.items() if stored.get(path) != named}
    taken = {*RESERVED, *reserved, *exact, *(named.column for named in stored.values())}
    for path in sorted(fields.keys() - stored.keys() - declared.keys()):
        name = _free(snake_case(fields[path].preferred), taken)
        taken.add(name)
        new[path] = Named(name, fields[path].kind)
    return new


def _moves(field: Wanted | None, named: Named) -> bool:
    """Whether a stored field is declared under another name now, which makes room for others."""
    return field is not None and field.exact and field.preferred != named.column


def _free(name: str, taken: Collection[str]) -> str:
    """The name, or the first with a number behind it that is not taken."""
    numbered = (cut(name, LONGEST - len(f"_{n}")) + f"_{n}" for n in count(2))
    return name if name not in taken else next(n for n in numbered if n not in taken)


def _stored(conn: Connection, crm_source: str, entity: str) -> dict[str, Named]:
    rows = conn.execute(
        """
        select source_path, column_name, kind from ingestion_column_name
        where crm_source = %s and entity = %s
        """,
        (crm_source, entity),
    )
    return {path: Named(column, kind) for path, column, kind in rows}


def _store(
    conn: Connection, crm_source: str, entity: str, new: dict[str, Named], filled: bool
) -> None:
    with conn.cursor() as cursor:
        # Fields that change columns leave the old ones first: two of them may swap.
        cursor.executemany(
            """
            delete from ingestion_column_name
            where crm_source = %s and entity = %s and source_path = %s and column_name <> %s
            """,
            [(crm_source, entity, path, named.column) for path, named in new.items()],
        )
        cursor.executemany(
            """
            insert into ingestion_column_name
                (crm_source, entity, source_path, column_name, kind, filled)
            values (%s, %s, %s, %s, %s, %s)
            on conflict (crm_source, entity, source_path) do update set kind = excluded.kind
            """,
            [(crm_source, entity, path, *named, filled) for path, named in new.items()],
        )
