"""Salesforce's outbound messages: what they are about is read again, with deletes and mergers as they stand."""

import asyncio

from flows.drain import drain
from flows.result import Result
from sandbox.salesforce import ManualClock
from tasks.steps import PLAIN
from tests.flows.hooked import statuses
from tests.flows.salesforce.test_sync import HOUR
from tests.flows.salesforce.truth import assert_right, stored
from tests.flows.vendor import VendorBench

ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>
<notifications xmlns="http://soap.sforce.com/2005/09/outbound">
<OrganizationId>00D000000000001EAA</OrganizationId><ActionId>04k000000000001AAA</ActionId>
<SessionId>secret</SessionId>{}</notifications></soapenv:Body></soapenv:Envelope>"""
NOTIFICATION = """<Notification><Id>04l{number:012d}AAA</Id>
<sObject xsi:type="sf:{kind}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>{key}</sf:Id></sObject>
</Notification>"""


def told(kind: str, *keys: str) -> list[Result]:
    """An outbound message about some records, and a drain."""
    said = (NOTIFICATION.format(number=n, kind=kind, key=key) for n, key in enumerate(keys, 1))
    body = ENVELOPE.format("".join(said))
    given = {"source": "salesforce", "body": body}
    return asyncio.run(drain(events=given, steps=PLAIN))


def test_changed_deleted_purged_and_merged_records_are_read_again(
    bench: VendorBench, clock: ManualClock
):
    bench.sync("accounts", "contacts")
    clock.advance(HOUR)
    sandbox = bench.sandbox
    changed, deleted, purged, winner, loser = sorted(sandbox.truth("Account"))[:5]
    sandbox.update("Account", changed, {"Name": "Changed"})
    sandbox.delete("Account", deleted)
    sandbox.purge("Account", purged)
    sandbox.merge("Account", winner, loser)
    new = sandbox.create("Account", {"Name": "New"})
    clock.advance(60)

    [result] = told("Account", changed, deleted, purged, winner, loser, new)

    rows = stored(bench, "accounts")
    assert set(statuses(bench)) == {"done"}, bench.rows("select error from ingestion_webhook_event")
    assert result.outcome == "success"
    assert rows[changed]["name"] == "Changed"
    assert rows[new]["name"] == "New"
    assert rows[deleted]["deleted_at"] is not None
    assert rows[purged]["deleted_at"] is not None
    assert rows[loser]["master_record_id"] == winner


def test_an_undeleted_record_is_alive_again(bench: VendorBench, clock: ManualClock):
    key = next(iter(bench.sandbox.deleted("Contact")))
    bench.sync("contacts")
    clock.advance(HOUR)
    bench.sandbox.undelete("Contact", key)

    told("Contact", key)

    assert stored(bench, "contacts")[key]["deleted_at"] is None
    assert_right(bench, "contacts")
