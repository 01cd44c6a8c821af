"""Outbound messages as Salesforce sends them: SOAP 1.1, read without a DTD, entities or anything from outside.

https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_om_outboundmessaging_understanding.htm
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from xml.parsers import expat

from sources.hooks import Unintelligible, Untrusted, among
from sources.salesforce.ids import whole

OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
ACK = (
    f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body>'
    f'<notificationsResponse xmlns="{OUTBOUND}"><Ack>true</Ack></notificationsResponse>'
    "</soapenv:Body></soapenv:Envelope>"
).encode()

NOTIFICATIONS = (f"{ENVELOPE} Envelope", f"{ENVELOPE} Body", f"{OUTBOUND} notifications")
ORGANIZATION = (*NOTIFICATIONS, f"{OUTBOUND} OrganizationId")
NOTIFICATION = (*NOTIFICATIONS, f"{OUTBOUND} Notification")
ID = (*NOTIFICATION, f"{OUTBOUND} Id")
RECORD = (*NOTIFICATION, f"{OUTBOUND} sObject")
# Envelope, Body, notifications and OrganizationId itself; a Header may come before.
FIRST_ELEMENTS = 20
DEEPEST = 20


@dataclass(slots=True)
class Notification:
    """One notification: its id, the type of the record, and its fields as text."""

    id: str = ""
    type: str = ""
    fields: dict[str, str | None] = field(default_factory=dict)


def notifications(
    body: bytes, organizations: Collection[bytes] | None = None
) -> list[Notification]:
    """The notifications of a message; the session that it may carry is not looked at.

    Raises Untrusted, before reading any further, unless it is of one of the `organizations`; of any
    without them. Raises Unintelligible for what is no message.
    """
    return _Reader(organizations).read(body)


class _Reader:
    def __init__(self, organizations: Collection[bytes] | None) -> None:
        self._organizations = organizations
        self._believed = organizations is None
        self._found: list[Notification] = []
        self._path: tuple[str, ...] = ()
        self._text: list[str] | None = None
        self._nil = False
        self._elements = 0

    def read(self, body: bytes) -> list[Notification]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
        parser.ProcessingInstructionHandler = self._refuse
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, ValueError, LookupError):
            raise Unintelligible("the body is no well-formed XML") from None
        if not self._believed:
            raise Untrusted("the message does not say which organization it is from")
        return self._found

    def _refuse(self, *_: object) -> int:
        raise Unintelligible("the body has a document type, an entity or an instruction")

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if not self._believed and self._elements > FIRST_ELEMENTS:
            raise Untrusted("the message does not begin with its organization")
        self._path = (*self._path, name)
        if len(self._path) > DEEPEST:
            raise Unintelligible("the body is nested too deep")
        if self._path == NOTIFICATION:
            self._found.append(Notification())
        elif self._path == RECORD:
            # The prefix stands for Salesforce's own namespace of objects.
            self._found[-1].type = attributes.get(f"{INSTANCE} type", "").rpartition(":")[2]
        wanted = self._path in {ORGANIZATION, ID} or self._path[:-1] == RECORD
        self._text = [] if wanted else None
        self._nil = attributes.get(f"{INSTANCE} nil") in {"true", "1"}

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, name: str) -> None:
        if self._text is not None:
            text = "".join(self._text)
            if self._path == ORGANIZATION:
                self._believe(text.strip())
            elif self._path == ID:
                self._found[-1].id = text.strip()
            else:
                # Some fields come twice, as the id does.
                known = self._found[-1].fields
                known.setdefault(name.rpartition(" ")[2], None if self._nil else text)
        self._text = None
        self._path = self._path[:-1]

    def _believe(self, organization: str) -> None:
        known = self._organizations
        if known is not None and not among(whole(organization), known):
            raise Untrusted("the message is from another organization")
        self._believed = True
