import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from pydantic import SecretStr

from sources.config import EntityConfig, SourceConfig
from sources.errors import ConfigError
from sources.hooks import Delivery, Event, Unintelligible, Untrusted
from sources.salesforce.hooks import HOOK, SalesforceHook, open_hook

ORGANIZATION, SHORT = "00D000000000001EAA", "00D000000000001"
SESSION = "00D000000000001!AQEAQOpenSesame"


def hook(organization: str = ORGANIZATION, **entities: EntityConfig) -> SalesforceHook:
    config = SourceConfig("salesforce", "salesforce", entities=entities)
    return open_hook(config, {"WEBHOOK_ORGANIZATION_ID": SecretStr(organization)})


def notification(number: int = 1, kind: str = "Contact", fields: str = "") -> str:
    return f"""
      <Notification>
        <Id>04l00000000000{number:02}AA</Id>
        <sObject xsi:type="sf:{kind}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
          <sf:Id>0030000000000{number:02}AAA</sf:Id>{fields}
        </sObject>
      </Notification>"""


def message(
    *notifications: str, organization: str = ORGANIZATION, before: str = "", head: str = ""
) -> bytes:
    text = f"""<?xml version="1.0" encoding="UTF-8"?>{head}
    <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
        xmlns:xsd="http://www.w3.org/2001/XMLSchema"
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
     <soapenv:Body>
      <notifications xmlns="http://soap.sforce.com/2005/09/outbound">{before}
       <OrganizationId>{organization}</OrganizationId>
       <ActionId>04k000000000001AAA</ActionId>
       <SessionId>{SESSION}</SessionId>
       <EnterpriseUrl>https://example.test/c/66.0/{SHORT}</EnterpriseUrl>
       <PartnerUrl>https://example.test/u/66.0/{SHORT}</PartnerUrl>
       {"".join(notifications)}
      </notifications>
     </soapenv:Body>
    </soapenv:Envelope>"""
    return text.encode()


def said(*notifications: str, **entities: EntityConfig) -> list[Event]:
    return list(hook(**entities).events(Delivery(message(*notifications))))


@pytest.mark.parametrize("known", [ORGANIZATION, SHORT, f"00D000000000002EAA, {SHORT}"])
def test_a_message_of_our_organization_is_believed(known: str):
    hook(known).verify(Delivery(message(notification())))


@pytest.mark.parametrize(
    "body",
    [
        message(notification(), organization="00D000000000002EAA"),
        message(notification(), organization=""),
        message(notification(), organization=ORGANIZATION + "x"),
        message(notification()).replace(b"OrganizationId", b"OrganisationId"),
        message(notification()).replace(b"2005/09/outbound", b"2005/09/inbound"),
        message(notification())[:-20],
        message(before="<x/>" * 100),
        b"",
        b"{}",
        b"<html/>",
    ],
)
def test_any_other_message_is_refused(body: bytes):
    with pytest.raises(Untrusted):
        hook().verify(Delivery(body))


def test_the_organization_of_a_record_is_not_the_message_s():
    inside = f"<OrganizationId>{ORGANIZATION}</OrganizationId>"
    body = message(notification(fields=inside), organization="00D000000000002EAA")

    with pytest.raises(Untrusted):
        hook().verify(Delivery(body))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 1000}">' for n in range(10))


@pytest.mark.parametrize(
    "head",
    [
        f"<!DOCTYPE l [{LAUGHS}]>",
        '<!DOCTYPE l [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE l SYSTEM "http://127.0.0.1:9/evil.dtd">',
        '<!DOCTYPE l [<!ENTITY % p SYSTEM "http://127.0.0.1:9/evil.dtd"> %p;]>',
        "<!DOCTYPE l>",
        '<?xml-stylesheet href="http://127.0.0.1:9/"?>',
    ],
)
@pytest.mark.parametrize("name", ["&l9;", ""])
def test_what_an_xml_may_smuggle_in_is_refused(head: str, name: str):
    body = message(notification(fields=f"<sf:Name>{name}</sf:Name>"), head=head)

    with pytest.raises(Untrusted):
        hook().verify(Delivery(body))
    with pytest.raises(Unintelligible):
        hook().events(Delivery(body))


def test_an_entity_that_is_not_declared_is_refused():
    body = message(notification(fields="<sf:Name>&l9;</sf:Name>"))

    with pytest.raises(Untrusted):
        hook().verify(Delivery(body))


def test_a_pile_of_elements_is_not_built():
    deep = b"<a>" * 100_000

    with pytest.raises(Untrusted):
        hook().verify(Delivery(deep))


def test_each_notification_is_about_a_record():
    stamp = "<sf:SystemModstamp>2026-02-03T10:20:30.000Z</sf:SystemModstamp>"

    first, second = said(notification(1, fields=stamp), notification(2, "Account"))

    assert (first.entity, first.record_key) == ("contacts", "003000000000001AAA")
    assert first.action == "changed"
    assert first.key == "04l0000000000001AA"
    assert first.occurred_at == datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)
    assert (second.entity, second.record_key) == ("accounts", "003000000000002AAA")


def test_a_payload_is_json_without_the_session():
    fields = '<sf:Name>Ann &amp; Bob</sf:Name><sf:Phone xsi:nil="true"/><sf:Title/>'

    [event] = said(notification(fields=fields))

    assert json.loads(event.payload) == {
        "Id": "04l0000000000001AA",
        "type": "Contact",
        "fields": {"Id": "003000000000001AAA", "Name": "Ann & Bob", "Phone": None, "Title": ""},
    }
    assert SESSION not in repr(event) + event.payload.decode()


def test_an_object_of_the_org_s_own_goes_by_its_configured_name_or_its_api_name():
    named = said(notification(kind="Car__c"), cars=EntityConfig(object_type="Car__c"))

    assert named[0].entity == "cars"
    assert said(notification(kind="Car__c"))[0].entity == "Car__c"


def test_a_message_sent_again_has_the_same_keys():
    later = notification(fields="<sf:Name>Changed since</sf:Name>")

    assert [event.key for event in said(later)] == [event.key for event in said(notification())]


def test_a_notification_that_names_no_record_is_kept_and_ignored():
    bare = '<Notification><Id>04l</Id><sObject xsi:type="sf:Contact"/></Notification>'

    [event] = said(bare)

    assert (event.status, event.entity) == ("ignored", None)


def test_a_hundred_notifications_are_read():
    assert len(said(*(notification(n) for n in range(100)))) == 100


def test_the_acknowledgement_is_soap():
    found = ET.fromstring(HOOK.acknowledgement.body)

    assert HOOK.acknowledgement.media_type.startswith("text/xml")
    assert found.findtext(".//{http://soap.sforce.com/2005/09/outbound}Ack") == "true"


def test_what_is_no_organization_is_said():
    with pytest.raises(ConfigError, match="WEBHOOK_ORGANIZATION_ID"):
        hook("Acme Inc.")


def test_without_an_organization_no_message_is_believed():
    with pytest.raises(Untrusted):
        open_hook(SourceConfig("salesforce", "salesforce"), {}).verify(Delivery(message()))
