"""What CallRail's answers mean: https://apidocs.callrail.com/#errors."""

from sources.errors import MissingScope, RateLimited
from sources.policy import Policy, Reply, Verdict, judge_by_status, retry_after, vendor_text

# A 429 does not say for how long; the limits are of an hour and of a day, so that seconds are no use.
UNSAID_WAIT_SECONDS = 600.0


def judge(reply: Reply) -> Verdict:
    """What an error answer of CallRail means."""
    text = vendor_text(reply.details())
    if reply.status == 429:
        after = retry_after(reply.headers)
        return Verdict(RateLimited, text, UNSAID_WAIT_SECONDS if after is None else after, "all")
    if reply.status == 403:
        # What the key's user may not see.
        return Verdict(MissingScope, text)
    return judge_by_status(reply)


CALLRAIL = Policy(judge)
