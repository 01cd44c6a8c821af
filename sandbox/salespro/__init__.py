"""A local database as Leap fills it for a company: all that is used from outside is named here."""

from sandbox.salespro.sandbox import SalesProSandbox

__all__ = ["SalesProSandbox"]
