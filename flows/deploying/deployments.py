"""Deployments, by `prefect deploy --all`; what is done here is to say what that changed."""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterTags,
    FlowFilter,
    FlowFilterId,
)
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound

from flows.cli.ends import NotReady
from flows.deploying.automations import all_automations
from flows.deploying.change import Change, done
from flows.deploying.plan import DEPLOYMENTS, OURS, Pool, Stanza, all_of, key_of

Key = tuple[str, str]

# What a deployment is told; the rest the server adds by itself, or counts while it is at work.
TOLD = {
    "concurrency_options",
    "description",
    "enforce_parameter_schema",
    "job_variables",
    "parameter_openapi_schema",
    "parameters",
    "paused",
    "pull_steps",
    "tags",
    "work_pool_name",
    "work_queue_name",
}
PAGE = 200
SAID = 20  # lines of what a failed command said


async def set_up_pool(client: PrefectClient, pool: Pool) -> Change:
    """Make the work pool where it is missing; one that is there stays as people have set it."""
    try:
        found = await client.read_work_pool(pool.name)
    except ObjectNotFound:
        prefect("work-pool", "create", pool.name, "--type", pool.type)
        return Change("work pool", pool.name, "created", f"of type {pool.type}")
    if found.type != pool.type:
        raise NotReady(
            f"the work pool {pool.name!r} is there, but of type {found.type!r}, not {pool.type!r}:"
            f" give --type {found.type}, or --pool with another name"
        )
    return Change("work pool", pool.name, "unchanged", "paused" if found.is_paused else "")


async def set_up_deployments(
    client: PrefectClient, content: Stanza, stanzas: Sequence[Stanza], pool: Pool
) -> list[Change]:
    """Deploy, and tell what became of each, also of those that are no longer declared."""
    before = await _ours(client)
    paused = {key for key, one in before.items() if one.paused}
    switched_off = await _switched_off(client)
    wanted = [
        # `prefect deploy` would let a deployment run on that somebody has paused, and so with what follows.
        {
            "paused": key_of(stanza) in paused,
            **stanza,
            "schedules": _as_switched(stanza, before.get(key_of(stanza))),
            "triggers": [
                {**trigger, "enabled": f"{stanza['name']}__automation_{number}" not in switched_off}
                for number, trigger in enumerate(stanza.get("triggers") or (), start=1)
            ],
            "work_pool": pool.stanza,
        }
        for stanza in stanzas
    ]
    _deploy({**content, "definitions": None, "deployments": wanted})
    after = await _ours(client)
    return _changes(content, stanzas, before, after, await _flow_names(client, after.values()))


def _as_switched(stanza: Stanza, found: DeploymentResponse | None) -> list[Stanza]:
    """The schedules, each on or off as it is on the server, if it is there."""
    known = {one.slug: one.active for one in found.schedules} if found else {}
    return [
        {**one, "active": known.get(one.get("slug"), one.get("active", True))}
        for one in stanza.get("schedules") or ()
    ]


async def _switched_off(client: PrefectClient) -> set[str]:
    """The names of automations that somebody has switched off."""
    return {one.name for one in await all_automations(client) if not one.enabled}


def _changes(
    content: Stanza,
    stanzas: Sequence[Stanza],
    before: Mapping[Key, DeploymentResponse],
    after: Mapping[Key, DeploymentResponse],
    flows: Mapping[UUID, str],
) -> list[Change]:
    changes = []
    for key in map(key_of, stanzas):
        was, one = before.get(key), after[key]
        what = done(was and _essence(was), _essence(one))
        changes.append(Change("deployment", f"{flows[one.flow_id]}/{one.name}", what, _note(one)))
    declared = set(map(key_of, all_of(content)))
    for name in [
        f"{flows[after[key].flow_id]}/{after[key].name}" for key in after.keys() - declared
    ]:
        remedy = f"`prefect deployment delete {name}` removes it"
        changes.append(Change("deployment", name, "left", f"no longer declared; {remedy}"))
    return changes


def _note(deployment: DeploymentResponse) -> str:
    if deployment.paused:
        return "paused"
    off = [str(one.slug or one.schedule) for one in deployment.schedules if not one.active]
    return f"schedule {', '.join(off)} is switched off" if off else ""


def _deploy(content: Stanza) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, DEPLOYMENTS.name)
        file.write_text(yaml.safe_dump(content))
        prefect("deploy", "--all", "--prefect-file", str(file))


async def _ours(client: PrefectClient) -> dict[Key, DeploymentResponse]:
    """All deployments on the server with our tag."""
    tagged = DeploymentFilter(tags=DeploymentFilterTags(all_=[OURS]))
    found: list[DeploymentResponse] = []
    while page := await client.read_deployments(
        deployment_filter=tagged, limit=PAGE, offset=len(found)
    ):
        found += page
    return {(one.entrypoint or "", one.name): one for one in found}


async def _flow_names(
    client: PrefectClient, deployments: Iterable[DeploymentResponse]
) -> dict[UUID, str]:
    ids = {one.flow_id for one in deployments}
    flows = await client.read_flows(flow_filter=FlowFilter(id=FlowFilterId(any_=list(ids))))
    return {flow.id: flow.name for flow in flows}


def _essence(deployment: DeploymentResponse) -> dict[str, Any]:
    """What a deployment is told to do, without what the server counts and stamps."""
    kept = deployment.model_dump(mode="json", include=TOLD)
    limit = deployment.global_concurrency_limit
    schedules = [
        one.model_dump(mode="json", include={"schedule", "active", "slug", "parameters"})
        for one in deployment.schedules
    ]
    return {**kept, "limit": limit and limit.limit, "schedules": schedules}


def prefect(*words: str) -> None:
    """Run a command of Prefect's, which asks nothing; what it says matters where it fails."""
    ran = subprocess.run(
        [sys.executable, "-m", "prefect", "--no-prompt", *words],
        check=False,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        said = (ran.stdout + ran.stderr).strip().splitlines()
        raise NotReady(f"`prefect {' '.join(words)}` failed:\n" + "\n".join(said[-SAID:]))
