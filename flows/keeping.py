"""What is kept for how long: the body of maintenance, for the flow and for the command."""

from datetime import timedelta

from flows.page_storage import root_of
from sources.config import Config
from tasks.pages import purge_expired
from warehouse import health, retention
from warehouse.connection import Connection

# A run that failed may be resumed after days; the keys of those that nobody resumes are of no use after one.
SEEN_KEYS = timedelta(days=1)


def keep_house(conn: Connection, config: Config, *, dry: bool = False) -> dict[str, int]:
    """Remove what is older than the configuration says, or only count it; how much of each kind."""
    now, said = health.clock(conn), config.retention
    return {
        "history": retention.forget_runs(conn, now - said.history, dry=dry),
        "rejected": retention.forget_rejects(conn, now - said.rejected, dry=dry),
        "alerts": retention.forget_alerts(conn, now - said.alerts, dry=dry),
        "events": retention.forget_events(conn, now - said.events, dry=dry),
        "seen_keys": retention.forget_seen_keys(conn, now - SEEN_KEYS, dry=dry),
        # Pages lie on the disk of whoever runs this, or on a volume; in a block the store has to remove them.
        "pages": purge_expired(root, said.pages, dry=dry) if (root := root_of(config)) else 0,
    }
