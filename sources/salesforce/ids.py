"""Ids of Salesforce's: 15 characters that differ by case, and three more that tell the case."""

import re
import string

CHECKS = string.ascii_uppercase + "012345"
_SHORT = re.compile(r"[A-Za-z0-9]{15}")
_ORG_IN_TOKEN = re.compile(r"(00D[A-Za-z0-9]{12})(?:[A-Z0-5]{3})?!")


def whole(id: str) -> str:
    """The 18-character form of an id, in whichever form it comes; of anything else, nothing."""
    if len(id) == 18:
        return id
    if not _SHORT.fullmatch(id):
        return ""
    groups = (id[begin : begin + 5] for begin in range(0, 15, 5))
    return id + "".join(
        CHECKS[sum(letter.isupper() << place for place, letter in enumerate(group))]
        for group in groups
    )


def org_of(token: str) -> str:
    """The org of a session, with whose id it begins; '' where it does not."""
    found = _ORG_IN_TOKEN.match(token)
    return whole(found[1]) if found else ""
