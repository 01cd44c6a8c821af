"""What is asked of one object: the fields, which of them tells when a record changed, the condition."""

from dataclasses import dataclass

from sources.entity import Entity
from sources.page import Window
from sources.salesforce.api import Api
from sources.salesforce.discovery import Described
from sources.salesforce.shapes import DELETED
from sources.salesforce.soql import joined, moment


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about an entity's records, in terms of what its object has for this user."""

    api: Api
    entity: Entity
    found: Described

    @property
    def name(self) -> str:
        """The object."""
        return self.entity.path

    @property
    def stamp(self) -> str:
        """The field by which a window is cut; '' where there is none."""
        return self.found.stamp

    @property
    def always(self) -> list[str]:
        """What every answer must hold, so that its rows can be told apart and put in order."""
        needed = ("Id", self.stamp, DELETED if self.entity.deleted else "")
        return [name for name in needed if name in self.found.types]

    @property
    def fields(self) -> list[str]:
        """All that is selected; nothing that the object does not have, or that this user may not see."""
        wanted = (*(field.path for field in self.entity.fields), *self.entity.asked)
        known = [name for name in wanted if name in self.found.types]
        return list(dict.fromkeys((*self.always, *known)))

    @property
    def order(self) -> str:
        """The order in which a reading goes on."""
        return joined_by_comma(self.stamp, "Id")

    @property
    def partial(self) -> bool:
        """Whether only some columns are asked for; a narrowed entity names those it leaves out."""
        return bool(self.entity.ignore)

    def since(self, window: Window) -> str:
        """The condition that a record belongs to a window, whose end stays open.

        What changes meanwhile moves to the end, and is met there again.
        """
        if window.since is None or not self.stamp:
            return ""
        return f"{self.stamp} >= {moment(window.since)}"

    def within(self, window: Window) -> str:
        """The condition that it belongs there now, for counting."""
        end = f"{self.stamp} <= {moment(window.until)}" if self.stamp else ""
        return joined((self.since(window), end))


def joined_by_comma(*names: str) -> str:
    """Those that are there."""
    return ",".join(filter(None, names))
