"""prefect.yaml and automations.yaml: of one mind with the code, and with each other."""

import json
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from prefect.events.schemas.automations import AutomationCore

from flows.deploying.automations import as_json
from flows.deploying.plan import chosen, key_of, pool_of, read, source_of
from flows.failure import FAILED, FAILED_AGAIN, MISCONFIGURED
from flows.registry import FLOWS
from sources.errors import ConfigError
from tests.deploy.servers import ROOT

CONTENT = read(ROOT / "prefect.yaml")
STANZAS = CONTENT["deployments"]
AUTOMATIONS = {one["name"]: one for one in read(ROOT / "automations.yaml")["automations"]}
EVENT = "prefect.flow-run."


def trigger(name: str) -> dict[str, Any]:
    return AUTOMATIONS[f"crm-sync: {name}"]["trigger"]


def test_every_source_has_a_delta_by_schedule_and_each_deployment_a_name_of_its_own():
    deltas = {source_of(one) for one in STANZAS if one["name"] == "delta"}

    assert deltas == set(FLOWS)
    assert len({key_of(one) for one in STANZAS}) == len(STANZAS)


@pytest.mark.parametrize("stanza", STANZAS, ids=lambda one: f"{one['entrypoint']} {one['name']}")
def test_a_deployment_says_what_it_does_and_never_runs_twice_at_once(stanza: dict[str, Any]):
    # One that events start has no schedule, and each of its runs must come to its turn.
    if "triggers" not in stanza:
        assert stanza["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
    assert stanza["description"].endswith(".")
    assert stanza["work_pool"] == CONTENT["definitions"]["work_pools"]["process"]
    assert all(one["slug"] and one["timezone"] == "UTC" for one in stanza.get("schedules", ()))
    module, _, name = stanza["entrypoint"].partition(":")
    assert f"def {name}(" in (ROOT / module).read_text()


def test_only_what_a_source_is_named_for_is_deployed_with_what_looks_after_all():
    of_two = chosen(CONTENT, ["hubspot", "callrail"])

    assert {source_of(one) for one in of_two} - {None} == {"hubspot", "callrail"}
    assert chosen(CONTENT, []) == STANZAS
    assert [one for one in STANZAS if source_of(one) is None and one not in of_two] == []


def test_a_second_account_is_chosen_by_its_own_name():
    emea = STANZAS[0] | {"name": "emea-delta", "parameters": {"source": "hubspot_emea"}}

    assert chosen({"deployments": [*STANZAS, emea]}, ["hubspot_emea"])[-1] is emea


def test_an_unknown_source_is_named_with_those_there_are():
    with pytest.raises(ConfigError, match="no deployment of hubspt.*Did you mean 'hubspot'"):
        chosen(CONTENT, ["hubspt"])


def test_a_deployment_that_automations_would_not_know_is_refused():
    with pytest.raises(ConfigError, match="lacks the tag crm-sync"):
        chosen({"deployments": [STANZAS[0] | {"tags": ["mine"]}]}, [])


def test_a_missing_or_broken_file_is_named(tmp_path: Path):
    broken = tmp_path / "prefect.yaml"
    broken.write_text("a: [")

    with pytest.raises(ConfigError, match="is not YAML"):
        read(broken)
    with pytest.raises(ConfigError, match="there is no"):
        read(tmp_path / "nothing.yaml")


def test_a_pool_may_be_of_another_type_and_name():
    pool = pool_of(CONTENT, "docker", "crm-sync-in-containers")

    assert (pool.name, pool.type) == ("crm-sync-in-containers", "docker")
    assert pool.stanza["job_variables"]["image"] == CONTENT["definitions"]["image"]
    assert "working_dir" not in pool.stanza["job_variables"]
    with pytest.raises(ConfigError, match="it has: process, docker, kubernetes"):
        pool_of(CONTENT, "ecs", None)


def test_automations_are_such_as_prefect_takes():
    for stanza in AUTOMATIONS.values():
        actions = [
            {key: value for key, value in action.items() if key != "block"}
            | ({"block_document_id": "0" * 32} if "block" in action else {})
            for action in stanza["actions"]
        ]
        made = AutomationCore.model_validate({**stanza, "actions": actions})

        assert made.name.startswith("crm-sync: ")
        assert "crm-sync" in made.tags
        assert made.description


def test_only_failures_that_time_may_cure_are_run_again():
    again = {*trigger("run again soon")["after"], *trigger("run again later")["after"]}

    assert again == {EVENT + name for name in (FAILED, FAILED_AGAIN, "Crashed")}
    assert EVENT + MISCONFIGURED not in again


def test_whatever_is_run_again_is_counted_and_ends_when_it_has_been_tried_four_times():
    giving_up = trigger("give up")
    again = {*trigger("run again soon")["after"], *trigger("run again later")["after"]}
    [action] = AUTOMATIONS["crm-sync: give up"]["actions"]

    assert set(giving_up["after"]) == set(giving_up["expect"]) == again
    # The first opens the count, three more fill it.
    assert giving_up["threshold"] == 3
    for name in ("run again soon", "run again later"):
        assert EVENT + action["name"] in trigger(name)["expect"]


def test_a_run_is_taken_for_dead_only_after_three_heartbeats_or_more():
    [beat] = {
        one["work_pool"]["job_variables"]["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]
        for one in STANZAS
    }

    assert trigger("find dead runs")["within"] >= 3 * int(beat)


def test_automations_heed_our_runs_alone():
    ours = {"prefect.resource.id": "prefect.tag.crm-sync", "prefect.resource.role": "tag"}
    for name, stanza in AUTOMATIONS.items():
        declared = stanza["trigger"]
        related = declared.get("match_related")
        if declared["match"]["prefect.resource.id"] != "crm-sync.*":
            assert ours in (related if isinstance(related, list) else [related])
        one_for_all = name.endswith("silence")
        assert declared["for_each"] == ([] if one_for_all else ["prefect.resource.id"])


@pytest.mark.parametrize("name", ["tell of alerts", "tell of silence"])
def test_a_webhook_is_told_the_words_of_a_notification_as_json(name: str):
    [action] = AUTOMATIONS[f"crm-sync: {name}"]["actions"]
    said = {
        "source": "hubspot",
        "entity": "deals",
        "rule": "volume",
        "message": 'a "word"\n{{ 1 }}',
    }

    template = Environment().from_string(as_json(action))

    told = json.loads(template.render(event={"payload": said}))
    assert told.keys() == {"subject", "body"}
    assert told["body"] == (said["message"] if name == "tell of alerts" else action["body"])
    assert ("hubspot deals: volume" in told["subject"]) is (name == "tell of alerts")
