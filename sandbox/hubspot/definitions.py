"""In which ways records of the account may belong together."""

from dataclasses import dataclass

from sandbox.hubspot.association_types import HUBSPOT, PAIRS, USER, Pair


@dataclass(frozen=True)
class Definition:
    """One direction of an association between two types."""

    type_id: int
    label: str | None = None
    category: str = HUBSPOT
    back: int | None = None  # the number of the other direction


class Definitions:
    """All definitions of an account, by the types they lead from and to."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], list[Definition]] = {}
        for pair in PAIRS:
            self.add(pair)

    def add(self, pair: Pair) -> None:
        """Define a way of belonging together, in both directions."""
        ours, theirs, there, back, label, back_label, category = pair
        self.add_one_way(ours, theirs, Definition(there, label, category, back))
        self.add_one_way(theirs, ours, Definition(back, back_label, category, there))

    def between(self, ours: str, theirs: str) -> list[Definition]:
        """The definitions from one type to another."""
        return self._known.get((ours, theirs), [])

    def of(self, ours: str) -> list[tuple[str, Definition]]:
        """Every definition that leads from a type, with where to."""
        known = self._known.items()
        return [(theirs, one) for (name, theirs), found in known if name == ours for one in found]

    def find(self, ours: str, theirs: str, type_id: int, category: str) -> Definition | None:
        """A definition by its number."""
        wanted = (type_id, category)
        known = self.between(ours, theirs)
        return next((one for one in known if (one.type_id, one.category) == wanted), None)

    def free_number(self) -> int:
        """A number none of the account's own definitions has; the next one is free too."""
        own = (
            one.type_id for found in self._known.values() for one in found if one.category == USER
        )
        return max(own, default=0) + 1

    def add_one_way(self, ours: str, theirs: str, definition: Definition) -> None:
        """Define one direction only."""
        known = self._known.setdefault((ours, theirs), [])
        if definition not in known:
            known.append(definition)
