"""`python -m benchmarks.tables`: a million rows from PostgreSQL, SQLite and a CSV file beside a bare floor.

For each source, in the same minute on the same machine: floor, sync, floor, sync, …, and the pairs' ratios;
then the peak memory of a tenth of the rows. Nothing here passes or fails by a time.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.hubspot import private_home
from benchmarks.made import COLUMNS, TABLE, make
from benchmarks.measured import Measured, emptied, run

console = Console()

# How the file's columns are declared; the tables say it themselves.
KINDS = {"bigint": "integer", "numeric(12, 2)": "decimal", "timestamptz": "datetime"}
FLOORS_AIM, MEMORY_AIM = 1.6, 1.3


def main() -> None:
    """Run the comparisons and print them."""
    arguments = parsed()
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as home, private_home(home) as warehouse:
        console.print(f"making {arguments.rows:,} rows")
        places = make(warehouse, Path(home), arguments.rows)
        pairs: dict[str, list[tuple[Measured, Measured]]] = {name: [] for name in arguments.sources}
        for number in range(arguments.pairs):
            for name, done in pairs.items():
                console.print(f"{name}, pair {number + 1} of {arguments.pairs}: floor, then sync")
                bare = run("benchmarks.floor_tables", name, places[name], warehouse, env={})
                done.append((bare, sync(name, places[name], warehouse, home)))
        console.print(f"making {arguments.rows // 10:,} rows")
        places = make(warehouse, Path(home), arguments.rows // 10)
        small = {name: sync(name, places[name], warehouse, home).peak_mb for name in pairs}
    show(arguments.rows, pairs, small)


def parsed() -> argparse.Namespace:
    """The sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    names = ("postgresql", "sqlite", "csv")
    parser.add_argument("--sources", nargs="+", choices=names, default=names)
    return parser.parse_args()


def sync(name: str, place: str, warehouse: str, home: str) -> Measured:
    """The flow, into an empty warehouse."""
    emptied(warehouse, "mirror", "floor")
    config = Path(home, "crm-sync.toml")
    config.write_text(from_file(place) if name == "csv" else from_table(name))
    address = f"sqlite:///{place}" if name == "sqlite" else place
    env = {
        "DATABASE_MIRROR_URL": address.replace("postgresql://", "postgresql+psycopg://"),
        "WAREHOUSE_URL": warehouse,
        "CRM_SYNC_CONFIG": str(config),
        "PREFECT_HOME": str(Path(home, "prefect")),
    }
    return run("benchmarks.whole_sync", "mirror", TABLE, env=env)


def from_table(name: str) -> str:
    """The table, as its database describes it, with the checks of a contact's fields."""
    schema = 'schema = "made"' if name == "postgresql" else ""
    return f"""
[mirror]
kind = "database"
{schema}
[mirror.{TABLE}.fields]
email = {{ name = "email", kind = "email" }}
phone = {{ name = "phone", kind = "phone" }}
zip = {{ name = "zip", kind = "zip_code" }}
"""


def from_file(place: str) -> str:
    """The file, with the kinds that a table's columns have by themselves."""
    said = {name: kind for name, kind in COLUMNS.items() if name not in {"id", "updated_at"}}
    kinds = {name: KINDS.get(kind, kind) for name, kind in said.items() if kind != "text"}
    kinds |= {"email": "email", "phone": "phone", "zip": "zip_code"}
    fields = "\n".join(
        f'{name} = {{ name = "{name}", kind = "{kind}" }}' for name, kind in kinds.items()
    )
    return f"""
[mirror]
kind = "csv"
path = {json.dumps(place)}
[mirror.{TABLE}]
key = "id"
updated_at = "updated_at"
[mirror.{TABLE}.fields]
id = {{ name = "id", kind = "integer" }}
{fields}
"""


def show(
    rows: int, pairs: dict[str, list[tuple[Measured, Measured]]], small: dict[str, float]
) -> None:
    """Seconds and memory side by side, and where the syncs' seconds went."""
    table = Table(title=f"{rows:,} rows, {len(COLUMNS)} columns, into an empty table")
    heads = ("source", "floor s", "sync s", "ratio", "rows/s", f"MB at {rows // 10:,}", "MB")
    for head in (*heads, "ratio"):
        table.add_column(head, justify="right")
    for name, done in pairs.items():
        bare = statistics.median(one.said["seconds"] for one, _ in done)
        whole = statistics.median(one.said["seconds"] for _, one in done)
        ratio = statistics.median(b.said["seconds"] / a.said["seconds"] for a, b in done)
        peak = max(one.peak_mb for _, one in done)
        cells = (f"{bare:.2f}", f"{whole:.2f}", f"{ratio:.2f}", f"{rows / whole:,.0f}")
        memory = (f"{small[name]:.0f}", f"{peak:.0f}", f"{peak / small[name]:.2f}")
        table.add_row(name, *cells, *memory)
    console.print(table)
    console.print(f"aims: at most {FLOORS_AIM} times the floor, and {MEMORY_AIM} times the memory")
    for name, done in pairs.items():
        stages = done[-1][1].said["stages"]
        shares = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in stages.items())
        console.print(f"{name}: {shares} (they overlap)")


if __name__ == "__main__":
    main()
