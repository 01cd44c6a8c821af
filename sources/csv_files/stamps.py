"""Since when rows of a file that was read before are of interest.

A file is as old as the moment it was made, not as the run that read it: the runs that find it unchanged move on,
and rows that changed meanwhile come with the next export only. So the bound is the time of the version
read before, less the entity's lookback; it travels with what a run notes of its files.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sources.entity import Entity
from sources.page import Window

Noted = Mapping[str, str]


def with_bounds(noted: Sequence[Noted], before: Sequence[Noted]) -> list[dict[str, str]]:
    """What is noted of each file; of one that changed, with when the version `before` was made as `since`."""
    known = {said["part"]: said for said in before}
    complete = []
    for said in noted:
        earlier = known.get(said["part"], said)
        changed = earlier["version"] != said["version"] and "made" in earlier
        complete.append({**said, **({"since": earlier["made"]} if changed else {})})
    return complete


def changed_since(entity: Entity, window: Window, part: str) -> datetime | None:
    """Rows older than this were read before, with an earlier version of the file; None where all are wanted."""
    if window.since is None or entity.whole or not entity.changed or part in window.new:
        return None
    if window.parts is None:
        # Somebody asked for just this.
        return window.since
    said = next((said for said in window.versions if said["part"] == part), {})
    if "since" not in said:
        return None
    return min(datetime.fromisoformat(said["since"]) - entity.lookback, window.since)
