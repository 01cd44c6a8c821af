"""Property metadata: what `GET /crm/v3/properties/{type}` tells about the fields of a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NON_SENSITIVE = "non_sensitive"
SENSITIVITIES = (NON_SENSITIVE, "sensitive", "highly_sensitive")
DEFINED_AT = "2020-06-30T15:57:37.261Z"
CHANGED_AT = "2024-09-19T16:11:11.200Z"

Option = tuple[str, str]  # the value a record stores, and the label people see


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
    external: bool = False  # its options are something else's: owners, pipelines
    label: str = ""  # as people read it; made from the name when left out
    option_labels: tuple[str, ...] = ()  # beside `options`; made from the values when left out
    changed_at: str = CHANGED_AT
    archived_at: str | None = None

    def __post_init__(self) -> None:
        """Give a property without a label the one its name suggests."""
        if not self.label:
            label = self.name.removeprefix("hs_").replace("_", " ").capitalize()
            object.__setattr__(self, "label", label)

    @property
    def choices(self) -> list[Option]:
        """Its own options with their labels."""
        labels = self.option_labels or tuple(_labelled(value) for value in self.options)
        return list(zip(self.options, labels, strict=True))

    def document(self, group: str, order: int, choices: Sequence[Option]) -> dict[str, Any]:
        """The property as the API shows it."""
        shown: dict[str, Any] = {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "groupName": group,
            "description": "",
            "options": [
                {"label": label, "value": value, "displayOrder": place, "hidden": False}
                for place, (value, label) in enumerate(choices)
            ],
            "calculated": self.calculated,
            "externalOptions": self.external,
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
            "updatedAt": self.changed_at,
        }
        if self.name == "hubspot_owner_id":
            shown["referencedObjectType"] = "OWNER"
        if self.archived_at is not None:
            shown["archivedAt"] = self.archived_at
        return shown


def _labelled(value: str) -> str:
    return value.replace("_", " ").capitalize()


def parse_table(text: str, *, custom: bool = False) -> tuple[Property, ...]:
    """Read a table of `name type fieldType flag… option|value=Its_label`, one property a line."""
    return tuple(_parse_line(line.split(), custom) for line in text.split("\n") if line)


def _parse_line(words: list[str], custom: bool) -> Property:
    name, kind, field_type, *rest = words
    listed = next((word.split("|") for word in rest if "|" in word), [])
    listed = listed or (["true", "false"] if kind == "bool" else [])
    options = tuple(word.partition("=")[0] for word in listed)
    labels = tuple(word.partition("=")[2].replace("_", " ") for word in listed)
    sensitivity = next((word for word in rest if word in SENSITIVITIES), NON_SENSITIVE)
    return Property(
        name,
        kind,
        field_type,
        options=options,
        option_labels=tuple(
            label or _labelled(value) for value, label in zip(options, labels, strict=True)
        ),
        custom=custom,
        sensitivity=sensitivity,
        calculated="calculated" in rest,
        read_only="calculated" in rest or "read_only" in rest,
        unique="unique" in rest,
        hidden="hidden" in rest,
        archived="archived" in rest,
        external="external" in rest,
    )
