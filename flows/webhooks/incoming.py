"""An event as the inbox takes it: sealed, and with nothing in it that PostgreSQL cannot hold."""

from sources.hooks import Event, digest
from sources.privacy import Privacy
from warehouse.arrivals import Incoming

LONGEST_ENTITY = 100


def incoming(crm_source: str, event: Event, privacy: Privacy) -> Incoming:
    """The row of an event."""
    entity, status, reason = event.entity, event.status, event.reason
    if entity is not None and len(entity) > LONGEST_ENTITY:
        entity, status, reason = None, "ignored", "no entity has such a long name"
    return Incoming(
        crm_source,
        event.key,
        event.type,
        entity,
        event.record_key,
        event.action,
        event.occurred_at,
        privacy.seal(event.payload),
        status,
        reason,
    )


def buried(event: Incoming, reason: str) -> Incoming:
    """A row that PostgreSQL refused, without all that it may have refused."""
    return Incoming(
        event.crm_source,
        f"refused:{digest(repr(event[1:7]).encode())}",
        "unknown",
        None,
        None,
        "changed",
        None,
        event.payload,
        "dead",
        reason,
    )
