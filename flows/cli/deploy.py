"""`crm-sync deploy`: what runs when, set up on a Prefect server or in a workspace of Prefect Cloud."""

from collections.abc import Sequence

from flows.cli.api import URL, configured_server, prepare_prefect
from flows.cli.ends import SUCCESS, NotReady
from flows.cli.screen import console


def deploy(sources: Sequence[str], type: str, pool: str | None) -> int:
    """Deploy to the configured server."""
    if configured_server() is None:
        raise NotReady(
            f"{URL} is not set: name the server, or `prefect cloud login`, and deploy again"
        )
    prepare_prefect()
    # Only now: whatever imports Prefect must come after its settings.
    from flows.deploying.deploy import deploy as set_up

    set_up(sources, type, pool, console())
    return SUCCESS
