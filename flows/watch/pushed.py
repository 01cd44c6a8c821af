"""Pushed events wait too long, or were given up."""

from collections.abc import Iterator
from datetime import timedelta

from flows.watch.finding import DAY, Finding, View
from flows.watch.words import span
from warehouse.inbox_view import Standing

# A drain every five minutes; where a source is away, its events are tried again after pauses.
PATIENCE = timedelta(hours=1)
TOLD = frozenset({"given_up"})


def pushed(inbox: Standing, view: View) -> Iterator[Finding]:
    """What an entity's events say, or those of no entity: nobody deals with them, or nobody could."""
    age = view.now - inbox.oldest if inbox.oldest else timedelta()
    if age > PATIENCE:
        yield Finding(
            inbox.crm_source,
            inbox.entity,
            "inbox",
            f"pushed events wait: {inbox.waiting:,}, the oldest for {span(age)}",
            {"waiting": inbox.waiting, "seconds": round(age.total_seconds())},
        )
    # Those that somebody left there long ago are told no more; those that were told stay so while any is left.
    new = inbox.latest_given_up is not None and view.now - inbox.latest_given_up < DAY
    if inbox.given_up and (new or view.told(TOLD)):
        yield Finding(
            inbox.crm_source,
            inbox.entity,
            "given_up",
            f"pushed events given up: {inbox.given_up:,}; `crm-sync webhooks list"
            f" {inbox.crm_source}` says why",
            {"given_up": inbox.given_up},
        )
