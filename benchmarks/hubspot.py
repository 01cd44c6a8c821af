"""`make bench`: a whole sync of 100,000 contacts with 40 properties beside a bare floor, in one run.

Compared in the same minute on the same machine: floor, sync, floor, sync, …, and the pairs' ratios; then
the peak memory of 50,000 and of 200,000 records. Nothing here passes or fails by a time.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measured import Measured, emptied, run
from sandbox.hubspot import TOKEN
from warehouse import embedded

console = Console()


def main() -> None:
    """Run the comparison and print it."""
    arguments = parsed()
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as home, private_home(home) as warehouse:
        with sandbox(arguments.contacts, arguments.properties) as url:
            pairs = []
            for number in range(arguments.pairs):
                console.print(f"pair {number + 1} of {arguments.pairs}: floor, then sync")
                pairs.append((floor(url, warehouse), sync(url, warehouse, home)))
        show_speed(arguments, pairs)
        peaks = {}
        for contacts in (arguments.contacts // 2, arguments.contacts * 2):
            console.print(f"memory: {contacts:,} contacts")
            with sandbox(contacts, arguments.properties) as url:
                peaks[contacts] = sync(url, warehouse, home).peak_mb
        show_memory(peaks)


def parsed() -> argparse.Namespace:
    """The sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--properties", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=3)
    return parser.parse_args()


@contextmanager
def private_home(home: str) -> Iterator[str]:
    """An embedded PostgreSQL of its own, stopped at the end."""
    import os

    os.environ["CRM_SYNC_HOME"] = home
    try:
        yield embedded.start()
    finally:
        embedded.stop()


@contextmanager
def sandbox(contacts: int, properties: int) -> Iterator[str]:
    """A sandbox HubSpot in its own process, its pages serialised beforehand."""
    command = [sys.executable, "-m", "sandbox.hubspot", "--port", "0", "--fast"]
    command += ["--contacts", str(contacts), "--properties", str(properties)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def floor(url: str, warehouse: str) -> Measured:
    """The bare way."""
    return run("benchmarks.floor", url, warehouse, env={"HUBSPOT_API_TOKEN": TOKEN})


def sync(url: str, warehouse: str, home: str) -> Measured:
    """The flow, into an empty warehouse, with a rate limit that nobody feels."""
    emptied(warehouse, "hubspot")
    config = Path(home, "crm-sync.toml")
    # The floor reads contacts alone, and so does what is measured beside it.
    config.write_text(
        "[hubspot]\nrate_limit = { requests = 1000000, seconds = 1 }\nassociations = false\n"
    )
    env = {
        "HUBSPOT_API_TOKEN": TOKEN,
        "HUBSPOT_BASE_URL": url,
        "HUBSPOT_SEARCHES_PER_SECOND": "1000000",
        "WAREHOUSE_URL": warehouse,
        "CRM_SYNC_CONFIG": str(config),
        "PREFECT_HOME": str(Path(home, "prefect")),
    }
    return run("benchmarks.whole_sync", "hubspot", "contacts", env=env)


def show_speed(arguments: argparse.Namespace, pairs: list[tuple[Measured, Measured]]) -> None:
    """Seconds side by side, and where the sync's went."""
    table = Table(title=f"{arguments.contacts:,} contacts, {arguments.properties} properties")
    for name in ("pair", "floor s", "sync s", "ratio", "sync cpu s"):
        table.add_column(name, justify="right")
    ratios = []
    for number, (bare, whole) in enumerate(pairs, start=1):
        seconds, base = whole.said["seconds"], bare.said["seconds"]
        ratios.append(seconds / base)
        cells = (
            f"{base:.2f}",
            f"{seconds:.2f}",
            f"{ratios[-1]:.2f}",
            f"{whole.said['cpu_seconds']:.1f}",
        )
        table.add_row(str(number), *cells)
    console.print(table)
    console.print(f"median ratio: {statistics.median(ratios):.2f} (aim: at most 2)")
    stages = pairs[-1][1].said["stages"]
    total = sum(stages.values())
    shares = ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in stages.items())
    console.print(f"stages of the last sync (they overlap): {shares}")


def show_memory(peaks: dict[int, float]) -> None:
    """Peak memory of a small and a large sync."""
    small, large = peaks
    console.print(
        f"peak memory: {peaks[small]:.0f} MB at {small:,}, {peaks[large]:.0f} MB at {large:,}:"
        f" ratio {peaks[large] / peaks[small]:.2f} (aim: at most 1.2)"
    )


if __name__ == "__main__":
    main()
