"""The object types of the account, as data: a new one is a declaration here and its fields."""

from dataclasses import dataclass

ALWAYS = ("createdate", "hs_object_id")


@dataclass(frozen=True)
class ObjectType:
    """What is peculiar to one type of CRM object."""

    name: str
    singular: str
    type_id: str
    defaults: tuple[str, ...]  # the properties of a record when none are asked for
    searchable: tuple[str, ...]  # where the free-text `query` of a search looks
    modified: str = "hs_lastmodifieddate"
    unique: str | None = None  # a second record with the same value is refused
    full_name: str | None = None  # `p7654321_boat`, custom objects only

    @property
    def always(self) -> frozenset[str]:
        """The properties every record comes with, asked for or not."""
        return frozenset((*ALWAYS, self.modified))

    @property
    def names(self) -> frozenset[str]:
        """Every way a path may spell this type."""
        spelled = (self.name, self.singular, self.type_id, self.full_name)
        return frozenset(name.lower() for name in spelled if name)

    @property
    def read_scope(self) -> str:
        """The scope that lets a token read these records."""
        return f"crm.objects.{self.name}.read"

    @property
    def write_scope(self) -> str:
        """The scope that lets a token change these records."""
        return f"crm.objects.{self.name}.write"

    @property
    def schema_scope(self) -> str:
        """The scope that lets a token read what properties there are."""
        return f"crm.schemas.{self.name}.read"

    def sensitive_scope(self, sensitivity: str) -> str:
        """The further scope sensitive properties need. Its spelling is an assumption."""
        return f"crm.objects.{self.name}.{sensitivity}.read.v2"


CONTACTS = ObjectType(
    name="contacts",
    singular="contact",
    type_id="0-1",
    defaults=("firstname", "lastname", "email"),
    searchable=("firstname", "lastname", "email", "phone", "company"),
    modified="lastmodifieddate",
    unique="email",
)
COMPANIES = ObjectType(
    name="companies",
    singular="company",
    type_id="0-2",
    defaults=("name", "domain"),
    searchable=("name", "domain", "website", "phone"),
)
DEALS = ObjectType(
    name="deals",
    singular="deal",
    type_id="0-3",
    defaults=("dealname", "amount", "closedate", "pipeline", "dealstage"),
    searchable=("dealname", "pipeline", "dealstage", "description"),
)

OBJECT_TYPES = (CONTACTS, COMPANIES, DEALS)
