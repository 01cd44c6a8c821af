"""compose.yaml, as far as it can be judged without an engine."""

import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from flows.cli.words import parser
from sandbox.hubspot import TOKEN
from tests.deploy.dockerfile import environment, instructions
from tests.deploy.servers import ROOT

TEXT = (ROOT / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = {name: one for name, one in SERVICES.items() if one["image"] == "crm-sync:latest"}


def test_the_whole_thing_is_there():
    assert SERVICES.keys() >= {"warehouse", "prefect-database", "server", "worker", "sandbox"}


def test_whoever_is_waited_for_exists_and_can_become_what_is_waited_for():
    for name, one in SERVICES.items():
        for needed, how in one.get("depends_on", {}).items():
            there = SERVICES[needed]
            if how["condition"] == "service_healthy":
                assert "test" in there["healthcheck"], (name, needed)
            if how["condition"] == "service_completed_successfully":
                assert there["restart"] == "no", (name, needed)


def test_what_runs_once_or_serves_no_worker_has_not_the_images_health_check():
    for name, one in OURS.items():
        checked = one.get("healthcheck", {})
        assert checked.get("disable") or "test" in checked or name == "worker"


def test_only_the_ui_is_reachable_and_only_from_this_machine():
    ports = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}

    assert ports == {"server": ["127.0.0.1:4200:4200"]}


def test_passwords_are_for_a_trial_and_may_be_given():
    assert set(re.findall(r"PASSWORD:-([^}]+)\}", TEXT)) == {"only-for-a-trial"}
    assert re.search(r"HUBSPOT_API_TOKEN:-(.*?)\}", TEXT)[1] == TOKEN


def test_our_commands_are_such_as_the_command_line_takes():
    for one in OURS.values():
        words = one.get("command", ["prefect"])
        if words[0] == "crm-sync":
            assert parser().parse_args(words[1:]).run


def test_every_volume_and_the_images_own_settings_fit():
    last = max(one.stage for one in instructions())
    named = {volume.split(":")[0] for one in SERVICES.values() for volume in one.get("volumes", ())}

    assert named == set(yaml.safe_load(TEXT)["volumes"])
    # Where the worker runs, its folder is the image's own: nobody mounts over it.
    assert environment(last)["CRM_SYNC_HOME"] not in TEXT


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="there is no docker-compose here")
def test_compose_itself_has_nothing_against_it():
    done = subprocess.run(
        ["docker-compose", "--file", str(ROOT / "compose.yaml"), "config", "--quiet"],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )

    assert done.returncode == 0, done.stderr
