"""`python -m sandbox.github`: the look-alike as a process; it prints its URL, then serves."""

import argparse

from sandbox.github.sandbox import LARGE, SMALL, GithubSandbox
from sandbox.server import run, serve


def build(arguments: list[str] | None = None) -> tuple[GithubSandbox, str, int]:
    """Read the command line and fill a sandbox."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.github", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument(
        "--small", type=int, default=SMALL, help="bytes; above, blobs come raw only"
    )
    parser.add_argument("--large", type=int, default=LARGE, help="bytes; above, blobs do not come")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)
    sandbox = GithubSandbox.seeded(asked.seed, small=asked.small, large=asked.large)
    return sandbox, asked.host, asked.port


if __name__ == "__main__":
    sandbox, host, port = build()
    with serve(sandbox.objects.app, host) as sandbox.objects.url:
        run(sandbox.app, host, port)
