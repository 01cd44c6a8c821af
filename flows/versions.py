"""Parts that have versions, such as files: which of them a run reads."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

Row = dict[str, Any]
Part = Mapping[str, str]
# What a run at work reads, in its configuration.
PINNED = "pinned"


@dataclass(frozen=True, slots=True)
class Versions:
    """What a run reads of an entity's parts.

    `reads` are their names (None: all), `new` those of them of which everything is wanted, `gone` the ones
    that are no more. `digest` is how they are read.
    """

    digest: str
    parts: tuple[Part, ...]
    reads: tuple[str, ...] | None = None
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def nothing_new(self) -> bool:
        """Whether all is as the last good run left it."""
        return self.reads == () and not self.gone

    @classmethod
    def compared(
        cls, digest: str, parts: tuple[Part, ...], known: Row | None, waiting: Collection[str] = ()
    ) -> Self:
        """What to read now that `known` was read before; all of it where that was read differently.

        Of the parts in `waiting` some records were rejected: a mended one may be older than any window.
        """
        if known is None or known["digest"] != digest:
            return cls(digest, parts)
        before = {part["part"]: part["version"] for part in known["parts"]}
        now = {part["part"]: part["version"] for part in parts}
        return cls(
            digest,
            parts,
            reads=tuple(name for name, version in now.items() if before.get(name) != version),
            new=tuple(name for name in now if name not in before or name in waiting),
            gone=tuple(name for name in before if name not in now),
        )

    @classmethod
    def resumed(cls, said: Row) -> Self:
        """What the interrupted run reads."""
        reads = said["reads"]
        return cls(
            said["digest"],
            tuple(said["parts"]),
            reads if reads is None else tuple(reads),
            tuple(said["new"]),
            tuple(said["gone"]),
        )
