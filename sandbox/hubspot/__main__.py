"""`python -m sandbox.hubspot`: the look-alike as a process; it prints its URL, then serves."""

import argparse

from sandbox.hubspot.sandbox import HubspotSandbox
from sandbox.server import run


def build(arguments: list[str] | None = None) -> tuple[HubspotSandbox, str, int]:
    """Read the command line and fill a sandbox."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.hubspot", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--contacts", type=int)
    parser.add_argument("--companies", type=int, default=300)
    parser.add_argument("--deals", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--fast", action="store_true", help="contacts only, from prepared bytes")
    parser.add_argument("--properties", type=int, default=40, help="with --fast")
    parser.add_argument("--no-limits", action="store_true", help="no rate limits")
    parser.add_argument("--index-lag", type=float, default=0.0, help="seconds")
    asked = parser.parse_args(arguments)
    how = {"limits": None} if asked.no_limits else {}
    if asked.fast:
        count = 100_000 if asked.contacts is None else asked.contacts
        sandbox = HubspotSandbox.fast(count, asked.properties, asked.seed, **how)
    else:
        count = 2000 if asked.contacts is None else asked.contacts
        sandbox = HubspotSandbox.seeded(count, asked.companies, asked.deals, asked.seed, **how)
    sandbox.index_lag = asked.index_lag
    return sandbox, asked.host, asked.port


if __name__ == "__main__":
    sandbox, host, port = build()
    run(sandbox.app, host, port)
