"""How far a run is: bars on a terminal, now and then a line elsewhere."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from flows import progress
from flows.result import Result

LINE_EVERY = 10.0  # seconds


class Collector(progress.Listener):
    """Keeps the results of the runs it hears of."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    def concluded(self, results: Sequence[Result]) -> None:
        """Keep them."""
        self.results += results


class Bars(Collector):
    """A bar per entity; without a known total it only moves. The first one says that Prefect is starting."""

    def __init__(self, bars: Progress) -> None:
        super().__init__()
        self.bars = bars
        self.tasks: dict[tuple[str, str], TaskID] = {}
        self.waiting = bars.add_task("getting ready", total=None)

    def started(self, source: str, entity: str, total: int | None) -> None:
        """Show a bar, or give it its total."""
        self.bars.update(self.waiting, visible=False)
        known = self.tasks.get((source, entity))
        if known is None:
            self.tasks[source, entity] = self.bars.add_task(f"{source} {entity}", total=total)
        elif total is not None:
            self.bars.update(known, total=total)

    def advanced(self, source: str, entity: str, records: int) -> None:
        """Move a bar; further passes read beyond the total, which then grows."""
        bar = self.tasks.get((source, entity))
        if bar is None:
            return
        self.bars.advance(bar, records)
        task = self.bars.tasks[bar]
        if task.total is not None and task.completed > task.total:
            self.bars.update(bar, total=task.completed)

    def finished(self, source: str, entity: str, status: str) -> None:
        """Fill the bar, or leave it where the run ended."""
        bar = self.tasks.get((source, entity))
        if bar is not None and status in {"success", "partial", "preview"}:
            done = max(self.bars.tasks[bar].completed, 1)
            self.bars.update(bar, total=done, completed=done)


class Ticker(Collector):
    """A line every ten seconds per entity: a log shows that something happens."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console
        self.read: dict[str, int] = {}
        self.said: dict[str, float] = {}

    def advanced(self, source: str, entity: str, records: int) -> None:
        """Count, and say so now and then."""
        name, now = f"{source} {entity}", time.monotonic()
        self.read[name] = self.read.get(name, 0) + records
        if now - self.said.setdefault(name, now) >= LINE_EVERY:
            self.said[name] = now
            self.console.print(Text(f"{name}: {self.read[name]:,} records so far"))


class _Count(ProgressColumn):
    """`1,200 of 2,000 records`."""

    def render(self, task: Task) -> Text:
        read = f"{int(task.completed):,}"
        whole = f" of {int(task.total):,}" if task.total and not task.finished else ""
        return Text(
            f"{read}{whole} records" if task.completed > 1 or task.total != 1 else "", style="cyan"
        )


@contextmanager
def following(console: Console) -> Iterator[Collector]:
    """Follow the runs while this lasts, in the way that suits where the console leads."""
    if not console.is_terminal:
        with progress.listening(ticker := Ticker(console)):
            yield ticker
        return
    columns = (
        SpinnerColumn(finished_text=Text("✓", style="green")),
        TextColumn("{task.description}", markup=False),
        BarColumn(24),
        _Count(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        listener = Bars(bars)
        with progress.listening(listener):
            yield listener
