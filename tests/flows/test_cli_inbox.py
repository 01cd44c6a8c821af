"""The commands for pushed events and for erasure: what they say, and how they end."""

import json

import pytest

from flows.cli.app import run
from tests.flows.harness import Bench
from tests.flows.hooked import drained, said, statuses
from tests.flows.test_cli import command, ended


def person(bench: Bench) -> str:
    key = bench.sandbox.create("contacts", {"email": "li@example.org", "lastname": "Li"})
    bench.sync("contacts")
    return key


def given_up(bench: Bench, key: str) -> None:
    drained(said("propertyChange", key, propertyName="city", propertyValue="Ulm"))
    bench.execute("update ingestion_webhook_event set status = 'dead', attempts = 10, error = 'no'")


def test_events_are_listed_shown_and_retried(bench: Bench, capsys: pytest.CaptureFixture[str]):
    key = person(bench)
    given_up(bench, key)

    assert run(["webhooks", "list", "hubspot"]) == 0
    listed = capsys.readouterr().out
    assert run(["webhooks", "show", "1"]) == 0
    shown = capsys.readouterr().out
    assert run(["webhooks", "list", "--status", "done"]) == 0
    done = capsys.readouterr().out
    assert run(["webhooks", "list", "--json"]) == 0
    [event] = json.loads(capsys.readouterr().out)["events"]

    assert ("hubspot.contacts" in listed, key in listed, "dead" in listed) == (True, True, True)
    assert json.loads(shown[shown.index("{") :])["propertyValue"] == "Ulm"
    assert done == "No such events.\n"
    assert (event["record_key"], event["status"]) == (key, "dead")
    assert run(["webhooks", "show", "99"]) == 1
    assert run(["webhooks", "retry", "--id", "99"]) == 1
    assert run(["webhooks", "retry", "hubspot"]) == 0
    assert statuses(bench) == ["pending"]


def test_an_erased_payload_is_shown_as_such(bench: Bench, capsys: pytest.CaptureFixture[str]):
    given_up(bench, person(bench))
    bench.execute("update ingestion_webhook_event set payload = null")

    assert run(["webhooks", "show", "1"]) == 0

    assert "(erased)" in capsys.readouterr().out


def test_records_are_erased_and_allowed_again_by_hand(bench: Bench, capsys):
    key = person(bench)

    assert run(["privacy", "forget", "hubspot", "contacts", key]) == 0
    erased = capsys.readouterr().out
    bench.sync("contacts", full=True)
    gone = bench.live()
    assert run(["privacy", "allow", "hubspot", "contacts", key]) == 0
    bench.sync("contacts", full=True)

    assert "1 row(s) erased" in erased
    assert "1 new tombstone(s)" in erased
    assert gone == set()
    assert bench.live() == {int(key)}
    assert run(["privacy", "allow", "hubspot", "contacts", key]) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["webhooks"], "required: COMMAND"),
        (["webhooks", "drain", "nobody"], "unknown source"),
        (["webhooks", "drain", "--limit", "0"], "1 or more"),
        (["webhooks", "list", "--status", "lost"], "invalid choice"),
        (["privacy", "forget", "hubspot", "contacts"], "KEY"),
        (["privacy", "forget", "hubspot", "contatcs", "1"], "has no entity contatcs"),
    ],
)
def test_what_is_asked_wrongly_ends_with_2(words: list[str], told: str, bench: Bench, capsys):
    assert ended(*words) == 2

    assert told in capsys.readouterr().err


def test_the_command_drains_by_the_flow_that_a_deployment_runs(bench: Bench, capsys):
    assert run(["webhooks", "drain"]) == 0
    assert capsys.readouterr().out == "No events are due.\n"
    key = person(bench)
    drained(said("propertyChange", key))
    bench.execute("update ingestion_webhook_event set status = 'pending', attempts = 0")
    bench.sandbox.update("contacts", key, {"lastname": "Chen"})

    done = command("webhooks", "drain", "hubspot", "contacts")

    assert done.returncode == 0, done.stderr
    assert done.stdout == "hubspot.contacts: events: 1 dealt with\n"
    assert "Traceback" not in done.stderr
    assert bench.one("select last_name from hubspot.contacts") == "Chen"
