"""`crm-sync sandbox serve`: a look-alike in the foreground, with the lines that point a sync at it."""

import signal
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Any

from flows.cli.ends import FAILED, SUCCESS, USAGE, leave

KNOWN = ("hubspot",)


def serve(source: str, *, host: str, port: int, seed: int, links: bool, **counts: int) -> int:
    """Serve so many records of each type until Ctrl-C or SIGTERM."""
    if source not in KNOWN:
        leave(f"there is no sandbox of {source!r} (known: {', '.join(KNOWN)})", USAGE)
    from sandbox.hubspot import TOKEN, HubspotSandbox

    how: dict[str, Any] = {"seed": seed, "links": links, **counts}
    sandbox = HubspotSandbox.seeded(**how)
    told = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        with sandbox.serve(host, port) as url:
            print(f"A look-alike of HubSpot with {held(counts)}; Ctrl-C ends it.", flush=True)
            print("Point a sync at it, in another terminal:", flush=True)
            print(f"  export HUBSPOT_BASE_URL={url} HUBSPOT_API_TOKEN={TOKEN}", flush=True)
            print("  crm-sync sync hubspot", flush=True)
            told.wait()
    except OSError as error:
        leave(
            f"cannot listen on {host} port {port}: {error.strerror}; --port chooses another", FAILED
        )
    return SUCCESS


def held(counts: Mapping[str, int]) -> str:
    """What there is, in words."""
    told = [f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count]
    return ", ".join(told) or "nothing in it"
