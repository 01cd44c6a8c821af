"""`crm-sync sandbox serve`: a look-alike in the foreground, with the lines that point a sync at it."""

import signal
import threading
from types import FrameType

from flows.cli.ends import FAILED, SUCCESS, USAGE, leave

KNOWN = ("hubspot",)


def serve(source: str, *, host: str, port: int, seed: int, **counts: int) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    if source not in KNOWN:
        leave(f"there is no sandbox of {source!r} (known: {', '.join(KNOWN)})", USAGE)
    from sandbox.hubspot import TOKEN, HubspotSandbox

    sandbox = HubspotSandbox.seeded(seed=seed, **counts)
    told = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        with sandbox.serve(host, port) as url:
            held = ", ".join(f"{count:,} {name}" for name, count in counts.items())
            print(f"A look-alike of HubSpot with {held}; Ctrl-C ends it.", flush=True)
            print("Point a sync at it, in another terminal:", flush=True)
            print(f"  export HUBSPOT_BASE_URL={url} HUBSPOT_API_TOKEN={TOKEN}", flush=True)
            print("  crm-sync sync hubspot", flush=True)
            told.wait()
    except OSError as error:
        leave(
            f"cannot listen on {host} port {port}: {error.strerror}; --port chooses another", FAILED
        )
    return SUCCESS
