"""`crm-sync sandbox serve`: a look-alike in the foreground, with the lines that point a sync at it."""

import shlex
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib import import_module
from textwrap import indent
from types import FrameType

from flows.cli.ends import FAILED, SUCCESS, USAGE, leave
from flows.demo.story import STORIES, story_of
from sources.registry import KINDS

PORT = ("--port", "8700")


def serve(source: str, options: Sequence[str]) -> int:
    """Serve until Ctrl-C or SIGTERM; `options` are those of `python -m sandbox.SOURCE`."""
    if source not in STORIES:
        leave(f"there is no sandbox of {source!r} (known: {', '.join(STORIES)})", USAGE)
    story = story_of(source)
    sandbox, host, port = import_module(f"{story.module}.__main__").build([*PORT, *options])
    told = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    with ExitStack() as serving:
        try:
            url = serving.enter_context(sandbox.serve(host, port))
        except OSError as error:
            reason = f"cannot listen on {host} port {port}: {error.strerror}"
            leave(f"{reason}; --port chooses another", FAILED)
        print("\n".join(_told(source, url)), flush=True)
        told.wait()
    return SUCCESS


def _told(source: str, url: str) -> Iterator[str]:
    story = story_of(source)
    named = " ".join(f"{k}={shlex.quote(v)}" for k, v in story.variables(url).items())
    yield f"A look-alike of {story.vendor}; Ctrl-C ends it."
    yield "Point a sync at it, in another terminal:"
    yield f"  export {named}"
    yield f"  crm-sync sync {source}"
    if not KINDS[source].entities:
        yield "with these lines in crm-sync.toml:"
        yield indent(story.config, "  ").rstrip("\n")
