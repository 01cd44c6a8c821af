"""`crm-sync sandbox serve`: each CRM's look-alike, with the lines that point a sync at it."""

import re
import signal
import subprocess
import sys

import pytest

from flows.demo.story import STORIES, story_of
from sandbox.process import Remote
from sources.config import SourceConfig
from sources.registry import KINDS, missing_variables


def serving(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "flows.cli", "sandbox", "serve", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("source", STORIES)
def test_a_look_alike_tells_what_a_sync_needs_to_know(source: str):
    with serving(source, "--port", "0") as running:
        assert running.stdout is not None
        shown = [running.stdout.readline() for _ in range(4)]
        running.send_signal(signal.SIGINT)
        running.communicate()

    assert running.returncode == 0
    assert story_of(source).vendor in shown[0]
    told = set(re.findall(r"([A-Z_]+)=", shown[2]))
    assert missing_variables(SourceConfig(source, source), told) == []
    assert f"crm-sync sync {source}" in shown[3]


def test_every_source_by_http_has_a_look_alike_and_a_demo():
    addresses = {"BASE_URL", "INSTANCE_URL"}
    by_http = {name for name, kind in KINDS.items() if addresses & set(kind.variables)}

    # A database of its own has one too: it is a file made on the spot.
    assert by_http | {"salespro"} == STORIES.keys()


def test_a_look_alike_of_files_tells_what_to_configure():
    with serving("github_csv", "--port", "0") as running:
        assert running.stdout is not None
        shown = "".join(running.stdout.readline() for _ in range(12))
        running.send_signal(signal.SIGINT)

    assert "with these lines in crm-sync.toml:" in shown
    assert 'path = "data/*.csv"' in shown


def test_what_may_be_asked_for_is_the_look_alike_s_own_affair():
    few = ("--contacts", "3", "--companies", "0", "--deals", "2", "--line-items", "4", "--links")
    with serving("hubspot", "--port", "0", *few) as running:
        assert running.stdout is not None
        shown = [running.stdout.readline() for _ in range(4)]
        [url] = re.findall(r"http://\S+", shown[2])
        linked = Remote(url).links("line_items")
        running.send_signal(signal.SIGINT)

    assert len(linked) == 4
