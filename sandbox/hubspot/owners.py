"""Who records may belong to: the account's users, those who left, and its queues."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.hubspot.moments import iso, parse_ms

PERSON, QUEUE = "PERSON", "QUEUE"
JOINED = parse_ms("2023-01-01T00:00:00.000Z")
CHANGED = parse_ms("2026-01-01T00:00:00.000Z")
FIRST_TEAM_ID, FIRST_USER_ID = 177, 9911


@dataclass(frozen=True, kw_only=True)
class Owner:
    """One owner; a queue is nobody's user."""

    id: int
    email: str
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None
    type: str = PERSON
    teams: tuple[str, ...] = ()  # names, the primary one first
    created_ms: int = JOINED
    updated_ms: int = CHANGED
    archived: bool = False


# The owners the invented records belong to; the fifth has left. The sixth is a queue.
EVERY_ACCOUNT = (
    ("ines.marlow@example.org", "Ines", "Marlow", PERSON, ("North",)),
    ("tomas.beck@example.org", "Tomas", "Beck", PERSON, ("North", "Nights")),
    ("yuki.ardent@example.org", "Yuki", "Ardent", PERSON, ("South",)),
    ("office@example.org", "Office", "", PERSON, ()),
    ("gone.wilder@example.org", "Gone", "Wilder", PERSON, ("South",)),
    ("", "Night calls", "", QUEUE, ("Nights",)),
)
LEFT = 4


class Owners:
    """All owners of an account."""

    def __init__(self, first_id: int) -> None:
        self.known: dict[int, Owner] = {}
        self._teams: dict[str, int] = {}
        for place, (email, first, last, kind, teams) in enumerate(EVERY_ACCOUNT):
            self.add(
                id=first_id + place,
                email=email,
                first_name=first,
                last_name=last,
                type=kind,
                teams=teams,
                archived=place == LEFT,
            )

    def add(
        self,
        *,
        id: int | str | None = None,
        email: str | None = None,
        type: str = PERSON,
        user_id: int | None = None,
        teams: Sequence[str] = (),
        **how: Any,
    ) -> Owner:
        """Take in an owner; what is not said is invented."""
        number = max(self.known, default=0) + 7 if id is None else int(id)
        if user_id is None and type == PERSON:
            user_id = FIRST_USER_ID + len(self.known)
        owner = Owner(
            id=number,
            email=f"owner{number}@example.org" if email is None else email,
            type=type,
            user_id=user_id,
            teams=tuple(teams),
            **how,
        )
        self.known[number] = owner
        return owner

    def archive(self, owner_id: int, now_ms: int) -> None:
        """Let an owner leave."""
        self.known[owner_id] = replace(self.known[owner_id], archived=True, updated_ms=now_ms)

    def listed(self, *, archived: bool) -> list[Owner]:
        """The owners who are there, or those who left, by id."""
        return [one for _, one in sorted(self.known.items()) if one.archived is archived]

    def document(self, owner: Owner) -> dict[str, Any]:
        """An owner as the API shows it: who has left has no user id any more, and no `archivedAt`."""
        return {
            "id": str(owner.id),
            "email": owner.email,
            "type": owner.type,
            "firstName": owner.first_name,
            "lastName": owner.last_name,
            "userId": None if owner.archived else owner.user_id,
            "userIdIncludingInactive": owner.user_id,
            "createdAt": iso(owner.created_ms),
            "updatedAt": iso(owner.updated_ms),
            "archived": owner.archived,
            "teams": [
                {"id": str(self._team_id(name)), "name": name, "primary": place == 0}
                for place, name in enumerate(owner.teams)
            ],
        }

    def _team_id(self, name: str) -> int:
        return self._teams.setdefault(name, FIRST_TEAM_ID + len(self._teams))
