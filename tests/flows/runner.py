"""Syncs in processes of their own, which can be killed: run as a program, it forks one for each order."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.hubspot import Call

PASSED_ON = ("WAREHOUSE_URL", "CRM_SYNC_CONFIG", "CRM_SYNC_HOME")


@dataclass
class Run:
    """A sync under way in its own process."""

    pid: int
    end: threading.Event = field(default_factory=threading.Event)
    status: int = 0

    def kill(self, number: int = signal.SIGKILL) -> None:
        if not self.end.is_set():
            os.kill(self.pid, number)

    def wait(self, timeout: float = 60) -> int:
        """The exit status, negative for a signal."""
        assert self.end.wait(timeout), "the run does not end"
        return self.status


class Nursery:
    """Starts syncs; everything is imported before, so that one begins within milliseconds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.homes = 0
        self.program = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.runner"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "errors").open("w"),
            text=True,
        )

    def start(self, *entities: str, chunk: int = 5000, work: str = "sync", **options: Any) -> Run:
        """Begin a sync (or a drain) with this process's environment and an emptied disk."""
        self.homes += 1
        home = self.folder / f"home{self.homes}"
        home.mkdir()
        environment = {
            name: value
            for name, value in os.environ.items()
            if name in PASSED_ON or name.startswith("HUBSPOT_")
        }
        environment["CRM_SYNC_HOME"] = str(home)
        order = {
            "work": work,
            "entities": entities,
            "options": options,
            "chunk": chunk,
            "env": environment,
        }
        assert self.program.stdin
        assert self.program.stdout
        self.program.stdin.write(json.dumps(order) + "\n")
        self.program.stdin.flush()
        run = Run(int(self.program.stdout.readline()))
        threading.Thread(target=self._await, args=(run,), daemon=True).start()
        return run

    def run(self, *entities: str, **how: Any) -> int:
        """A whole sync; its exit status."""
        return self.start(*entities, **how).wait()

    def errors(self) -> str:
        return (self.folder / "errors").read_text()

    def _await(self, run: Run) -> None:
        assert self.program.stdout
        run.status = int(self.program.stdout.readline())
        run.end.set()

    def close(self) -> None:
        assert self.program.stdin
        self.program.stdin.close()
        self.program.wait(10)


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """A nursery, closed afterwards."""
    opened = Nursery(folder)
    try:
        yield opened
    finally:
        opened.close()


class Killer:
    """A hook that kills a run some milliseconds after the sandbox's n-th request from here."""

    def __init__(self, requests: int, then: float, number: int = signal.SIGKILL) -> None:
        self.left = requests
        self.then = then
        self.number = number
        self.run: Run | None = None
        self.known = threading.Event()

    def aim(self, run: Run) -> None:
        self.run = run
        self.known.set()

    def __call__(self, _call: Call) -> None:
        self.left -= 1
        if self.left == 0 and self.known.wait(5):
            assert self.run
            threading.Timer(self.then, self.run.kill, (self.number,)).start()


def serve() -> None:
    """Fork a sync for each line on stdin; say its process id, then how it ended."""
    import flows.drain_asked
    import tasks.fetch
    import warehouse.upgrade  # noqa: F401 - what a run imports late costs each fork
    from flows.drain import drain
    from flows.options import SyncOptions
    from flows.sync import sync_source
    from sources.hubspot.source import open_hubspot  # noqa: F401
    from tasks.steps import PLAIN

    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        if pid := os.fork():
            print(pid, flush=True)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
            continue
        try:
            os.environ.update(order["env"])
            tasks.fetch.CHUNK_RECORDS = order["chunk"]
            if order["work"] == "drain":
                flows.drain_asked.ASK_AT_ONCE = order["chunk"]
                results = asyncio.run(drain(steps=PLAIN))
                os._exit(int(any(result.outcome != "success" for result in results)))
            state = asyncio.run(
                sync_source("hubspot", order["entities"], SyncOptions(**order["options"]), PLAIN)
            )
            os._exit(int(state.is_failed()))
        except BaseException:
            traceback.print_exc()
            os._exit(70)


if __name__ == "__main__":
    serve()
