"""A strict local look-alike of the Pipedrive API: all that is used from outside is named here."""

from sandbox.clock import ManualClock, offset_clock
from sandbox.faults import Fault
from sandbox.gate import Call
from sandbox.pipedrive.auth import TOKEN, Token
from sandbox.pipedrive.definitions import Definition, Option
from sandbox.pipedrive.limits import Limits
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.sandbox import PipedriveSandbox

__all__ = [
    "TOKEN",
    "Call",
    "Definition",
    "Fault",
    "Limits",
    "ManualClock",
    "Option",
    "PipedriveSandbox",
    "Record",
    "Token",
    "offset_clock",
]
