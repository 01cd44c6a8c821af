"""What SalesRabbit's answers mean beyond plain HTTP."""

from sources.errors import MissingScope, SourceError
from sources.policy import Policy, Reply, Verdict, judge_by_status, vendor_text


class Unchanged(SourceError):
    """Nothing has changed since the moment asked about (304, without a body)."""


def judge(reply: Reply) -> Verdict:
    """What an answer other than 200 means; the shape of error bodies is not documented."""
    if reply.status == 304:
        return Verdict(Unchanged)
    if reply.status == 403:
        return Verdict(MissingScope, vendor_text(reply.details()))
    return judge_by_status(reply)


SALESRABBIT = Policy(judge)
