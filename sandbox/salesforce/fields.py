"""Fields of an object: what `describe` says of each, and how a table of them is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

TEXTS = frozenset(
    {"string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox"}
    | {"encryptedstring", "anyType"}
)
IDS = frozenset({"id", "reference"})
NUMBERS = frozenset({"int", "long", "double", "currency", "percent"})
COMPOUND = frozenset({"address", "location"})
TYPES = TEXTS | IDS | NUMBERS | COMPOUND | {"boolean", "date", "datetime", "time", "base64"}

SOAP = {
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "long": "xsd:long",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "time": "xsd:time",
    "base64": "xsd:base64Binary",
    "address": "urn:address",
    "location": "urn:location",
    "anyType": "xsd:anyType",
    "id": "tns:ID",
    "reference": "tns:ID",
}
LENGTHS = {"string": 255, "textarea": 32_000, "email": 80, "phone": 40, "url": 255}


@dataclass(frozen=True)
class Field:
    """One field; `within` is the compound field it is a part of, `to` the objects a reference leads to."""

    name: str
    type: str = "string"
    label: str = ""
    custom: bool = False
    calculated: bool = False
    filterable: bool = True
    to: tuple[str, ...] = ()
    within: str = ""
    choices: tuple[str, ...] = ()
    scale: int = 2

    def __post_init__(self) -> None:
        """Refuse a type the vendor does not have."""
        if self.type not in TYPES:
            raise ValueError(f"There is no field type {self.type!r}")

    @property
    def relationship(self) -> str | None:
        """The name under which a query reaches the record referred to: `Owner` for `OwnerId`."""
        if not self.to:
            return None
        return f"{self.name[:-3]}__r" if self.name.endswith("__c") else self.name.removesuffix("Id")

    def document(self) -> dict[str, Any]:
        """What `describe` says of it."""
        number = self.type in NUMBERS
        return {
            "name": self.name,
            "label": self.label or self.name.removesuffix("__c").replace("_", " "),
            "type": self.type,
            "soapType": SOAP.get(self.type, "xsd:string"),
            "length": 18 if self.type in IDS else LENGTHS.get(self.type, 0),
            "byteLength": 18 if self.type in IDS else 3 * LENGTHS.get(self.type, 0),
            "precision": 18 if number else 0,
            "scale": self.scale if number and self.type not in ("int", "long") else 0,
            "digits": 9 if self.type == "int" else 0,
            "nillable": self.type not in ("boolean", "id"),
            "custom": self.custom,
            "calculated": self.calculated,
            "compoundFieldName": self.within or None,
            "referenceTo": list(self.to),
            "relationshipName": self.relationship,
            "externalId": False,
            "unique": False,
            "updateable": not self.calculated and self.type != "id",
            "createable": not self.calculated and self.type != "id",
            "filterable": self.filterable,
            "sortable": self.filterable and self.type != "multipicklist",
            "groupable": self.filterable and not number,
            "encrypted": self.type == "encryptedstring",
            "deprecatedAndHidden": False,
            "picklistValues": [
                {
                    "active": True,
                    "defaultValue": False,
                    "label": choice,
                    "validFor": None,
                    "value": choice,
                }
                for choice in self.choices
            ],
        }


def parse_table(table: str, *, custom: bool = False) -> tuple[Field, ...]:
    """The fields of a table: on each line a name, a type, and what else there is to say.

    `>A|B` is what it refers to, `^X` the compound field it is a part of, `=a|b` its choices (blanks are
    written `_`), `calculated` and `unfilterable` speak for themselves.
    """
    return tuple(_fields(table.splitlines(), custom=custom))


def _fields(lines: Iterable[str], *, custom: bool) -> Iterator[Field]:
    for line in lines:
        if not line.strip():
            continue
        name, kind, *more = line.split()
        said = {word[0]: word[1:] for word in more if word[0] in ">^="}
        yield Field(
            name,
            kind,
            custom=custom,
            calculated="calculated" in more,
            filterable="unfilterable" not in more and kind not in ("base64", *COMPOUND),
            to=tuple(said[">"].split("|")) if ">" in said else (),
            within=said.get("^", ""),
            choices=tuple(said["="].replace("_", " ").split("|")) if "=" in said else (),
        )
