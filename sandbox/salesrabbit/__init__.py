"""A strict local look-alike of the classic SalesRabbit API: all that is used from outside is named here."""

from sandbox.clock import ManualClock, offset_clock
from sandbox.faults import Fault
from sandbox.gate import Call
from sandbox.limits import Limits
from sandbox.salesrabbit.sandbox import TOKEN, SalesRabbitSandbox

__all__ = [
    "TOKEN",
    "Call",
    "Fault",
    "Limits",
    "ManualClock",
    "SalesRabbitSandbox",
    "offset_clock",
]
