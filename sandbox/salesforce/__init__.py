"""A strict local look-alike of Salesforce's API: all that is used from outside is named here."""

from sandbox.clock import ManualClock, offset_clock
from sandbox.faults import Fault
from sandbox.gate import Call
from sandbox.salesforce.auth import (
    CLIENT_ID,
    CLIENT_SECRET,
    ORG_ID,
    REFRESH_TOKEN,
    TOKEN,
    USERNAME,
    private_key,
)
from sandbox.salesforce.fields import Field
from sandbox.salesforce.limits import Limits
from sandbox.salesforce.sandbox import SalesforceSandbox

__all__ = [
    "CLIENT_ID",
    "CLIENT_SECRET",
    "ORG_ID",
    "REFRESH_TOKEN",
    "TOKEN",
    "USERNAME",
    "Call",
    "Fault",
    "Field",
    "Limits",
    "ManualClock",
    "SalesforceSandbox",
    "offset_clock",
    "private_key",
]
