"""A strict local look-alike of Amazon Athena's JSON API; what runs the SQL is handed to it."""

from sandbox.athena.engine import Column, Engine, Failure, Table
from sandbox.athena.sandbox import ACCESS_KEY, SECRET_KEY, STAGING, AthenaSandbox
from sandbox.faults import Fault
from sandbox.gate import Call

__all__ = [
    "ACCESS_KEY",
    "SECRET_KEY",
    "STAGING",
    "AthenaSandbox",
    "Call",
    "Column",
    "Engine",
    "Failure",
    "Fault",
    "Table",
]
