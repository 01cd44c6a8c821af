import subprocess
import sys

from flows.webhooks.incoming import buried, incoming
from sources.hooks import Event
from sources.privacy import Privacy


def event(**changes: object) -> Event:
    usual = {
        "key": "k",
        "type": "x",
        "entity": "contacts",
        "record_key": "5",
        "action": "changed",
        "occurred_at": None,
        "payload": b"{}",
    }
    return Event(**(usual | changes))  # type: ignore[arg-type]


def test_a_name_too_long_for_an_entity_is_none():
    row = incoming("salesforce", event(entity="E" * 101), Privacy())

    assert (row.entity, row.status) == (None, "ignored")
    assert incoming("salesforce", event(entity="E" * 100), Privacy()).entity == "E" * 100


def test_what_is_buried_keeps_its_payload_and_a_key_of_its_own():
    first, second = (
        incoming("hubspot", event(record_key=key), Privacy()) for key in ("a\0", "b\0")
    )

    grave = buried(first, "no")

    assert (grave.status, grave.payload, grave.record_key) == ("dead", b"P{}", None)
    assert grave.event_key != buried(second, "no").event_key


def test_a_receiver_does_not_wait_for_prefect():
    code = "import sys, flows.webhooks.app, flows.cli.webhooks; assert 'prefect' not in sys.modules"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
