"""Deliveries as vendors sign them."""

import base64
import hmac
import json
import time
from typing import Any

HUBSPOT_SECRET, CALLRAIL_KEY = "hubspot-secret", "callrail-key"
USER, PASSWORD = "pipedrive-user", "pipedrive-password"
ORGANIZATION = "00D000000000001EAA"
SHOP_SECRET = "shop-secret"
SECRETS = {
    "HUBSPOT_WEBHOOK_SECRET": HUBSPOT_SECRET,
    "CALLRAIL_WEBHOOK_SECRET": CALLRAIL_KEY,
    "PIPEDRIVE_WEBHOOK_USER": USER,
    "PIPEDRIVE_WEBHOOK_PASSWORD": PASSWORD,
    "SALESFORCE_WEBHOOK_ORGANIZATION_ID": ORGANIZATION,
    "SALESFORCE_WEBHOOK_PATH": "long-random-word",
}
Request = dict[str, Any]


def hubspot(url: str, *numbers: int) -> Request:
    """A batch about contacts."""
    events = [
        {"eventId": n, "portalId": 1, "subscriptionType": "contact.creation", "objectId": n}
        for n in numbers
    ]
    body = json.dumps(events).encode()
    stamp = str(int(time.time() * 1000))
    signed = b"POST" + url.encode() + body + stamp.encode()
    signature = hmac.digest(HUBSPOT_SECRET.encode(), signed, "sha256")
    headers = {
        "X-HubSpot-Signature-v3": base64.b64encode(signature).decode(),
        "X-HubSpot-Request-Timestamp": stamp,
    }
    return {"content": body, "headers": headers}


def callrail(number: int, body: bytes | None = None) -> Request:
    """A call."""
    body = body or json.dumps({"resource_id": f"CAL{number}", "duration": "61"}).encode()
    signature = hmac.digest(CALLRAIL_KEY.encode(), body, "sha1")
    return {"content": body, "headers": {"Signature": base64.b64encode(signature).decode()}}


def pipedrive(number: int) -> Request:
    """A deal."""
    meta = {"id": f"n-{number}", "action": "change", "entity": "deal", "entity_id": str(number)}
    return {"content": json.dumps({"meta": meta}).encode(), "auth": (USER, PASSWORD)}


def salesforce(number: int, organization: str = ORGANIZATION) -> Request:
    """A message about one contact."""
    body = f"""
    <e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>
    <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
      <OrganizationId>{organization}</OrganizationId>
      <Notification><Id>04l{number:015}</Id>
        <sObject xsi:type="sf:Contact" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
          <sf:Id>003{number:015}</sf:Id>
        </sObject></Notification>
    </notifications></e:Body></e:Envelope>"""
    return {"content": body.encode(), "headers": {"Content-Type": "text/xml; charset=UTF-8"}}


def shop(number: int) -> Request:
    """An order."""
    body = json.dumps({"id": number, "type": "order.created"}).encode()
    signature = hmac.digest(SHOP_SECRET.encode(), body, "sha256").hex()
    return {"content": body, "headers": {"X-Hub-Signature-256": f"sha256={signature}"}}
