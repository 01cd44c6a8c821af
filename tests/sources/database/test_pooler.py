"""Behind a pooler, what one says of its session becomes other people's: nothing is said there."""

from dataclasses import replace
from pathlib import Path

import psycopg
import sqlalchemy as sa

from tests.sources.database.places import (
    Place,
    config_of,
    described,
    in_ranges,
    opened,
    records,
)
from tests.warehouse.pooler import pooler

SETTINGS = (
    "default_transaction_read_only",
    "transaction_read_only",
    "timezone",
    "intervalstyle",
    "statement_timeout",
    "application_name",
)


def settings(url: str) -> dict[str, str]:
    """What somebody else finds in a session."""
    with psycopg.connect(url, autocommit=True) as connection:
        return {
            name: str((connection.execute(f"show {name}").fetchone() or [""])[0])
            for name in SETTINGS
        }


async def test_a_table_is_read_through_a_pooler_and_leaves_no_trace(
    postgresql: Place, tmp_path: Path
):
    postgresql.execute(
        "alter database "
        + str(sa.make_url(postgresql.url).database)
        + " set timezone = 'Asia/Tokyo'"
    )
    postgresql.make(
        "things",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True)),
    )
    postgresql.execute(
        "insert into things select g, '2026-02-03 04:05:06+00' from generate_series(1, 20) g"
    )

    with pooler(postgresql.url, backends=2, order="in turn") as url:
        before = settings(url)
        async with opened(url, config_of(tmp_path, "rows_per_range = 6")) as client:
            entity = replace(await described(client), page_size=3)
            found = await records(client, entity)
            ranges = await in_ranges(client, entity)
        after = [settings(url), settings(url)]

    assert {one["at"] for one in found} == {"2026-02-03 04:05:06+00:00"}
    assert len(found) == sum(map(len, ranges)) == 20
    assert after == [before, before]
