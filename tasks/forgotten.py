"""Records that were erased on demand and must not come back: left out of every merge, by their tombstones."""

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from sources.entity import Companion
from sources.privacy import Privacy, WrongKey
from tasks.batch import Batch, Reject
from warehouse import tombstones
from warehouse.connection import Connection
from warehouse.keys import spelled, spelled_columns
from warehouse.merge_spec import Merge
from warehouse.merged import Merged

if TYPE_CHECKING:
    from tasks.load import Target

KEY_BYTES = 32


def made_key(conn: Connection, privacy: Privacy) -> bytes:
    """The key of the hashes, made when something is forgotten for the first time; raises WrongKey."""
    sealed = tombstones.sealed_key(conn)
    if sealed is None:
        sealed = tombstones.keep_key(conn, privacy.seal(secrets.token_bytes(KEY_BYTES)))
    return privacy.open(sealed)


def renew_key(conn: Connection, privacy: Privacy) -> None:
    """Seal the key of the hashes with the newest of ours, so that older ones can be thrown away."""
    sealed = tombstones.sealed_key(conn)
    if sealed is not None and (renewed := privacy.renewed(sealed)) != sealed:
        tombstones.reseal_key(conn, sealed, renewed)


def forgotten(
    conn: Connection, privacy: Privacy, crm_source: str, entity: str, keys: Iterable[str]
) -> dict[str, bytes]:
    """Those of some keys that have tombstones, with their hashes; for an entity that has any."""
    sealed = tombstones.sealed_key(conn)
    if sealed is None:
        # A new one would fit none of them, and bring everybody back.
        raise WrongKey(
            "the key of the tombstones is missing in ingestion_tombstone_key: restore it"
        )
    key = privacy.open(sealed)
    macs = {tombstones.mac(key, crm_source, entity, text): text for text in keys}
    found = tombstones.among(conn, crm_source, entity, list(macs))
    return {macs[one]: one for one in found}


def without_forgotten(
    target: "Target", batch: Batch, rows: pl.DataFrame, merge: Merge
) -> tuple[pl.DataFrame, list[Reject], Merged]:
    """What of a batch may be stored, and by how much the rest moves the run's counters."""
    conn, source, entity = target.conn, target.crm_source, batch.entity
    if merge.refresh or not tombstones.exist(conn, source, entity.name):
        return rows, batch.rejects, Merged()
    texts = _texts(rows, entity.key)
    keys = [*texts, *(reject.key for reject in batch.rejects)]
    found = forgotten(conn, target.privacy, source, entity.name, keys)
    if not found:
        return rows, batch.rejects, Merged()
    met = tombstones.note_suppressed(conn, target.run_id, found.values(), **merge.flags)
    kept = rows.filter(pl.Series([text not in found for text in texts], dtype=pl.Boolean))
    return kept, [r for r in batch.rejects if r.key not in found], Merged(unchanged=met)


def without_forgotten_ends(
    target: "Target", companion: Companion, entity: str, rows: pl.DataFrame
) -> pl.DataFrame:
    """What is read beside records, without the rows that speak of forgotten ones, from either side."""
    erased = tombstones.entities(target.conn, target.crm_source)
    if not erased or rows.is_empty():
        return rows
    ends = [(pl.lit(entity), companion.owner)]
    swapped = {a: b for pair in companion.mirrored for a, b in (pair, pair[::-1])}
    if companion.part in swapped and companion.owner in swapped:
        ends.append((pl.col(companion.part), swapped[companion.owner]))
    for named, column in ends:
        rows = _without(target, rows, named, column, erased)
    return rows


def _without(
    target: "Target", rows: pl.DataFrame, named: pl.Expr, column: str, erased: Iterable[str]
) -> pl.DataFrame:
    """The rows in which `column` holds no key of a forgotten record of the entity that `named` names."""
    key = pl.col(column).cast(pl.String)
    for entity in erased:
        keys = rows.filter(named == entity).select(key.unique()).to_series().to_list()
        found = forgotten(target.conn, target.privacy, target.crm_source, entity, keys)
        if found:
            rows = rows.filter(~((named == entity) & key.is_in(list(found))))
    return rows


def _texts(rows: pl.DataFrame, key: tuple[str, ...]) -> list[str]:
    return [spelled(parts) for parts in spelled_columns(rows, key).iter_rows()]
