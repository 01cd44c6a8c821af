"""Property metadata: what `GET /crm/v3/properties/{type}` tells about the fields of a record."""

from dataclasses import dataclass
from typing import Any

NON_SENSITIVE = "non_sensitive"
SENSITIVITIES = (NON_SENSITIVE, "sensitive", "highly_sensitive")
DEFINED_AT = "2020-06-30T15:57:37.261Z"
CHANGED_AT = "2024-09-19T16:11:11.200Z"


@dataclass(frozen=True)
class Property:
    """One property of an object type."""

    name: str
    type: str = "string"
    field_type: str = "text"
    options: tuple[str, ...] = ()
    custom: bool = False
    sensitivity: str = NON_SENSITIVE
    calculated: bool = False
    read_only: bool = False
    unique: bool = False
    hidden: bool = False
    archived: bool = False

    @property
    def label(self) -> str:
        """The name as people read it."""
        return self.name.removeprefix("hs_").replace("_", " ").capitalize()

    def document(self, group: str, order: int) -> dict[str, Any]:
        """The property as the API shows it."""
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": group,
            "description": "",
            "options": [
                {
                    "label": value.capitalize(),
                    "value": value,
                    "displayOrder": place,
                    "hidden": False,
                }
                for place, value in enumerate(self.options)
            ],
            "calculated": self.calculated,
            "externalOptions": False,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "hubspotDefined": not self.custom,
            "formField": not self.read_only,
            "displayOrder": order,
            "dataSensitivity": self.sensitivity,
            "archived": self.archived,
            "modificationMetadata": {
                "archivable": self.custom,
                "readOnlyDefinition": not self.custom,
                "readOnlyValue": self.read_only,
            },
            "createdAt": DEFINED_AT,
            "updatedAt": CHANGED_AT,
        }


def parse_table(text: str, *, custom: bool = False) -> tuple[Property, ...]:
    """Read a table of `name type fieldType flag… option|option`, one property a line."""
    return tuple(_parse_line(line.split(), custom) for line in text.strip().splitlines())


def _parse_line(words: list[str], custom: bool) -> Property:
    name, kind, field_type, *rest = words
    options = next((tuple(word.split("|")) for word in rest if "|" in word), ())
    sensitivity = next((word for word in rest if word in SENSITIVITIES), NON_SENSITIVE)
    return Property(
        name,
        kind,
        field_type,
        options=options or (("true", "false") if kind == "bool" else ()),
        custom=custom,
        sensitivity=sensitivity,
        calculated="calculated" in rest,
        read_only="calculated" in rest or "read_only" in rest,
        unique="unique" in rest,
        hidden="hidden" in rest,
        archived="archived" in rest,
    )
