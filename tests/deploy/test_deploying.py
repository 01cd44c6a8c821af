"""`crm-sync deploy` on a real server: what is missing is made, what differs is mended, the rest stays."""

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.dockerfile import copied
from tests.deploy.fleet import make_block
from tests.deploy.servers import Prefect, checkout, prefect_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

DEPLOY = "crm-sync deploy callrail"
TELLS = ("tell of alerts", "tell of silence")
PUSHED = "pushed__automation_1"  # the trigger of a deployment
NAMES = ("run again soon", "run again later", "give up", "find dead runs", *TELLS)


@pytest.fixture(scope="module")
def prefect() -> Iterator[Prefect]:
    """A server of this module's own, on which nothing has been set up."""
    with (
        tempfile.TemporaryDirectory(prefix="prefect-") as home,
        prefect_server(Path(home)) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def app(prefect: Prefect) -> Path:
    return checkout(prefect.home / "deploying", copied())


def deployed(prefect: Prefect, app: Path, command: str = DEPLOY) -> dict[str, str]:
    """What became of each thing, by its name."""
    lines = prefect.shell(command, app).splitlines()
    found = (
        re.match(r"[✓·] +(work pool|deployment|automation) +(.*?)  +(\w+)", line) for line in lines
    )
    return {match[2]: match[3] for match in found if match}


def automations(prefect: Prefect) -> dict[str, dict[str, Any]]:
    found = prefect.ask("POST", "/automations/filter", {})
    return {one["name"].removeprefix("crm-sync: "): one for one in found}


def deployment(prefect: Prefect, name: str) -> dict[str, Any]:
    return prefect.ask("GET", f"/deployments/name/callrail-sync/{name}")


@pytest.fixture(scope="module")
def first(prefect: Prefect, app: Path) -> dict[str, str]:
    return deployed(prefect, app)


def test_everything_is_made_on_a_server_that_has_nothing(prefect: Prefect, first: dict[str, str]):
    made = {"crm-sync", "callrail-sync/delta", "callrail-sync/full"}

    assert {name for name, done in first.items() if done == "created"} >= made
    assert {one["name"] for one in prefect.ask("POST", "/work_pools/filter", {})} == {"crm-sync"}
    assert automations(prefect).keys() == {*NAMES, PUSHED} - set(TELLS)


def test_alerts_wait_for_a_block_to_go_through(prefect: Prefect, app: Path, first: dict[str, str]):
    waiting = [f"crm-sync: {name}" for name in TELLS]
    assert [first[name] for name in waiting] == ["waits", "waits"]

    make_block(prefect, "http://127.0.0.1:9/")
    again = deployed(prefect, app)

    assert [again.pop(name) for name in waiting] == ["created", "created"]
    assert set(again.values()) == {"unchanged"}


def test_what_people_have_paused_or_switched_off_stays_so(
    prefect: Prefect, app: Path, first: dict[str, str]
):
    delta = deployment(prefect, "delta")
    prefect.ask("PATCH", f"/deployments/{delta['id']}", {"paused": True})
    full = deployment(prefect, "full")
    [weekly] = full["schedules"]
    prefect.ask("PATCH", f"/deployments/{full['id']}/schedules/{weekly['id']}", {"active": False})
    off = ("find dead runs", PUSHED)
    for name in off:
        prefect.ask("PATCH", f"/automations/{automations(prefect)[name]['id']}", {"enabled": False})

    said = prefect.shell(DEPLOY, app)

    assert "created" not in said
    assert "updated" not in said
    assert re.search(r"callrail-sync/full +unchanged +schedule weekly is switched off", said)
    assert deployment(prefect, "delta")["paused"] is True
    assert not deployment(prefect, "full")["schedules"][0]["active"]
    assert [automations(prefect)[name]["enabled"] for name in off] == [False, False]


def test_a_schedule_that_people_have_switched_on_goes_on(prefect: Prefect, app: Path):
    command = "crm-sync deploy csv"
    prefect.shell(command, app)
    made = prefect.ask("GET", "/deployments/name/csv-sync/delta")
    [schedule] = made["schedules"]
    assert not schedule["active"]
    prefect.ask("PATCH", f"/deployments/{made['id']}/schedules/{schedule['id']}", {"active": True})

    prefect.shell(command, app)

    again = prefect.ask("GET", "/deployments/name/csv-sync/delta")
    assert [one["active"] for one in again["schedules"]] == [True]


def test_what_differs_is_mended_and_what_is_no_longer_declared_is_left_and_named(
    prefect: Prefect, app: Path, first: dict[str, str]
):
    change(app / "prefect.yaml", 'cron: "7 * * * *"', 'cron: "17 * * * *"')
    change(app / "automations.yaml", "within: 900", "within: 1800")
    change(app / "automations.yaml", '"crm-sync: give up"', '"crm-sync: stop"')
    stanzas = (app / "prefect.yaml").read_text()
    begin = stanzas.index("  - name: full\n    description: Reads all that CallRail")
    (app / "prefect.yaml").write_text(stanzas[:begin])

    said = prefect.shell(DEPLOY, app)
    done = deployed(prefect, app)

    assert re.search(r"callrail-sync/delta +updated", said)
    assert re.search(r"crm-sync: run again later +updated", said)
    assert re.search(r"crm-sync: stop +created", said)
    assert "`prefect deployment delete callrail-sync/full` removes it" in said
    assert '`prefect automation delete "crm-sync: give up"` removes it' in said
    assert {name for name, one in done.items() if one == "left"} >= {
        "callrail-sync/full",
        "crm-sync: give up",
    }
    assert deployment(prefect, "delta")["schedules"][0]["schedule"]["cron"] == "17 * * * *"
    assert deployment(prefect, "full")["schedules"]


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_pool_of_another_type_is_refused_and_nothing_is_changed(
    prefect: Prefect, app: Path, first: dict[str, str]
):
    before = deployment(prefect, "delta")["updated"]

    with pytest.raises(AssertionError, match="of type 'process', not 'docker'"):
        prefect.shell(f"{DEPLOY} --type docker", app)

    assert deployment(prefect, "delta")["updated"] == before


def test_the_form_reads_well_and_refuses_what_it_can(prefect: Prefect, first: dict[str, str]):
    delta = deployment(prefect, "delta")
    schema = delta["parameter_openapi_schema"]["properties"]

    def asked(**parameters: Any) -> str:
        try:
            prefect.ask(
                "POST", f"/deployments/{delta['id']}/create_flow_run", {"parameters": parameters}
            )
        except Exception as error:  # whatever the client makes of the answer
            return error.response.json()["detail"]
        return ""

    assert schema["entities"]["items"]["enum"][0] == "accounts"
    assert all(one["description"] for one in schema.values())
    assert "'maybe' is not of type 'boolean'" in asked(full="maybe")
    assert "'dealz' is not one of ['accounts'" in asked(entities=["dealz"])
    assert "-1 is less than the minimum of 0" in asked(max_records=-1)


def test_nothing_on_the_server_is_secret(prefect: Prefect, first: dict[str, str]):
    kept = [
        prefect.ask("POST", f"/{kind}/filter", {})
        for kind in ("deployments", "automations", "work_pools")
    ]

    assert not re.search(r"(?i)token|password|api_key|credential", json.dumps(kept))
