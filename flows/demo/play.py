"""`crm-sync demo`: a CRM's look-alike synced twice, with everything there is to see."""

import os
import shlex
import signal
import sys
import time
from types import FrameType

from rich.console import Console
from rich.text import Text

from flows.cli.api import prepare_prefect
from flows.cli.ends import FAILED, SUCCESS, USAGE, leave, worst
from flows.cli.history import print_history
from flows.cli.screen import PIPE_WIDTH, console, table
from flows.demo.place import Place, prepare_place
from flows.demo.story import STORIES, Story, story_of
from sandbox.process import Remote, running
from warehouse import embedded, past, rejects, sample
from warehouse.connection import Connection, connect

INTRODUCTION = "{}'s look-alike into an embedded PostgreSQL; nothing leaves this machine."


def demo(source: str) -> int:
    """Play the demo from an empty database."""
    if source not in STORIES:
        leave(f"there is no demo of {source!r} (known: {', '.join(STORIES)})", USAGE)
    signal.signal(signal.SIGTERM, _end)
    started = time.monotonic()
    screen = console()
    # A server of its own, even where one is configured: the demo's runs are nobody's business.
    prepare_prefect(private=True)
    story = story_of(source)
    screen.print(INTRODUCTION.format(story.vendor))
    step(screen, 1, "Start an empty PostgreSQL and the look-alike")
    place = prepare_place(source, story.config)
    with running(story.module, *story.arguments) as remote:
        status = _play(screen, story, place, remote)
    say(
        screen, f"Done in {time.monotonic() - started:.0f} s. The database still runs; look around:"
    )
    _farewell(screen, story, place)
    return status


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


def _play(screen: Console, story: Story, place: Place, remote: Remote) -> int:
    held = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in story.counts.items())
    screen.print(f"{held}; some are badly entered" if held else "Some records are badly entered")
    os.environ |= story.variables(remote.url)
    step(screen, 2, f"Sync; {story.remark}" if story.remark else "Sync everything")
    first = _sync(screen, story, place)
    with connect(os.environ["WAREHOUSE_URL"]) as conn:
        step(screen, 3, f"Meanwhile, in {story.vendor}")
        screen.print(story.change(remote, rejects.open_rejects(conn, story.source)))
        step(screen, 4, "Sync again: only what changed")
        second = _sync(screen, story, place)
        _show(screen, story, conn)
    return max(first, second)


def _sync(screen: Console, story: Story, place: Place) -> int:
    """Run the flow with bars on stderr and its log in a file; 1 if anything failed."""
    # Only now: whatever imports Prefect must come after its settings.
    from flows.cli.outcome import print_results
    from flows.cli.run import run_flow
    from flows.registry import flow_of

    with place.log.open("a") as file:
        log = Console(file=file, width=PIPE_WIDTH, markup=False, highlight=False, soft_wrap=True)
        flow = flow_of(story.source)
        results = run_flow(flow, console(stderr=True), log, source=story.source)
    print_results(results, screen)
    # That some records are rejected is the point here, not a failure.
    return FAILED if worst(result.outcome for result in results) == FAILED else SUCCESS


def _show(screen: Console, story: Story, conn: Connection) -> None:
    step(screen, 5, "SyncHistory, which alone decides where the next sync begins")
    print_history(past.runs(conn, story.source), screen)
    step(screen, 6, f"{story.source}.{story.table}, the rows last written")
    rows = sample.last_written(conn, story.source, story.table, story.columns, 12)
    screen.print(table(story.columns, [(str(row[0]), *row[1:]) for row in rows], screen.width))
    number = 7
    if story.answer:
        step(screen, number, story.question)
        _show_answer(screen, story.answer(conn))
        number += 1
    open_ones = rejects.open_rejects(conn, story.source)
    if not open_ones:
        return
    step(
        screen,
        number,
        "Rejected records, kept until a good copy lands: that of the corrected one has",
    )
    cells = [
        (str(row["id"]), f"{row['crm_source']}.{row['entity']}", row["record_key"], row["reason"])
        for row in open_ones
    ]
    screen.print(table(("id", "entity", "key", "reason"), cells, screen.width, fold=("reason",)))


def _show_answer(screen: Console, answer: sample.Answer) -> None:
    screen.print(Text(answer.query, style="dim"))
    screen.print(
        table(answer.columns, answer.rows, screen.width, right=("amount",), fold=("contacts",))
    )


def _farewell(screen: Console, story: Story, place: Place) -> None:
    for line in (
        embedded.psql_line(),
        f"export CRM_SYNC_HOME={shlex.quote(str(place.folder))}",
        "crm-sync history",
        f"crm-sync rejects list {story.source}",
        f"less {shlex.quote(str(place.log))}",
        "crm-sync db stop",
    ):
        screen.print(Text(f"  {line}", style="cyan"))


def step(screen: Console, number: int, text: str) -> None:
    """Say what comes next."""
    say(screen, f"{number}. {text}")


def say(screen: Console, text: str) -> None:
    """A line of its own."""
    screen.print()
    screen.print(Text(text, style="bold"))
