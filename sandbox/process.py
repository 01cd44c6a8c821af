"""A look-alike as a process of its own, and its remote control."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STOP_TIMEOUT = 5.0


class Remote:
    """A running look-alike, told to change from outside through `/_sandbox/…`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def do(self, action: str, /, **body: Any) -> dict[str, Any]:
        """Create, update, archive, associate, …: see `sandbox.hubspot.control`."""
        return self._ask(
            urllib.request.Request(f"{self.url}/_sandbox/{action}", json.dumps(body).encode())
        )

    def truth(self, kind: str) -> dict[str, Any]:
        """Every live record of a type, by id."""
        return self._look(f"truth/{kind}")

    def links(self, kind: str) -> set[tuple[Any, ...]]:
        """Every link from a live record of a type: id, other type and id, category, number, label."""
        return {tuple(link) for link in self._look(f"links/{kind}")["links"]}

    def history(self, kind: str, name: str) -> list[tuple[Any, ...]]:
        """The values a property had in each live record: id, value, moment, source."""
        return [tuple(value) for value in self._look(f"history/{kind}/{name}")["history"]]

    def owners(self) -> dict[str, Any]:
        """Every owner, by id."""
        return self._look("owners")

    def _look(self, path: str) -> dict[str, Any]:
        return self._ask(urllib.request.Request(f"{self.url}/_sandbox/{path}"))

    def _ask(self, request: urllib.request.Request) -> dict[str, Any]:
        # Not through a proxy: it is this machine's own.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def running(module: str, *arguments: str) -> Iterator[Remote]:
    """Run `python -m module` while the block lasts; it prints its URL when it answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url:
            raise RuntimeError(f"{module} did not start")
        yield Remote(url)
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
