"""A strict local look-alike of the CallRail API v3: all that is used from outside is named here."""

from sandbox.callrail.keys import KEY
from sandbox.callrail.sandbox import CallrailSandbox
from sandbox.clock import ManualClock, offset_clock
from sandbox.faults import Fault
from sandbox.gate import Call
from sandbox.limits import Limits

__all__ = ["KEY", "Call", "CallrailSandbox", "Fault", "Limits", "ManualClock", "offset_clock"]
