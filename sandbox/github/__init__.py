"""A strict local look-alike of GitHub's REST API for reading files: all that is used from outside is named here."""

from sandbox.clock import ManualClock, offset_clock
from sandbox.gate import Call
from sandbox.github.errors import GithubFault
from sandbox.github.limits import Limits
from sandbox.github.objects import Link, Module
from sandbox.github.sandbox import TOKEN, GithubSandbox
from sandbox.github.seed import FIRM_FILE, FIRMS, UNQUOTED, ZIP_CODES, table
from sandbox.github.store import Large

__all__ = [
    "FIRMS",
    "FIRM_FILE",
    "TOKEN",
    "UNQUOTED",
    "ZIP_CODES",
    "Call",
    "GithubFault",
    "GithubSandbox",
    "Large",
    "Limits",
    "Link",
    "ManualClock",
    "Module",
    "offset_clock",
    "table",
]
