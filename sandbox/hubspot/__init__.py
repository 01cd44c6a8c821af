"""A strict local look-alike of the HubSpot CRM API: all that is used from outside is named here."""

from sandbox.clock import ManualClock, offset_clock
from sandbox.gate import Call
from sandbox.hubspot.auth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN, TOKEN, Token
from sandbox.hubspot.faults import Fault
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.pipelines import Stage
from sandbox.hubspot.properties import Property
from sandbox.hubspot.records import Record
from sandbox.hubspot.sandbox import HubspotSandbox

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "REFRESH_TOKEN",
    "TOKEN",
    "Call",
    "Fault",
    "HubspotSandbox",
    "Limits",
    "ManualClock",
    "Property",
    "Record",
    "Stage",
    "Token",
    "offset_clock",
]
