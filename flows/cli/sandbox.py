"""`crm-sync sandbox serve`: a look-alike in the foreground, with the lines that point a sync at it."""

import shlex
import signal
import threading
from collections.abc import Sequence
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
    try:
        with sandbox.serve(host, port) as url:
            named = " ".join(f"{k}={shlex.quote(v)}" for k, v in story.variables(url).items())
            print(f"A look-alike of {story.vendor}; Ctrl-C ends it.", flush=True)
            print("Point a sync at it, in another terminal:", flush=True)
            print(f"  export {named}", flush=True)
            print(f"  crm-sync sync {source}", flush=True)
            if not KINDS[source].entities:
                print("with these lines in crm-sync.toml:", flush=True)
                print(indent(story.config, "  "), end="", flush=True)
            told.wait()
    except OSError as error:
        leave(
            f"cannot listen on {host} port {port}: {error.strerror}; --port chooses another", FAILED
        )
    return SUCCESS
