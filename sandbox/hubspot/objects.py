"""What an object type is; the account's own ones are declared in `catalogue`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ObjectType:
    """What is peculiar to one type of CRM object."""

    name: str
    singular: str
    type_id: str
    # The properties of a record when none are asked for, beside the ones it always has. Documented
    # for contacts, companies, deals and tickets; of the others an assumption.
    defaults: tuple[str, ...] = ()
    searchable: tuple[str, ...] = ()  # where the free-text `query` of a search looks
    created: str = "hs_createdate"
    modified: str = "hs_lastmodifieddate"
    unique: str | None = None  # a second record with the same value is refused
    scope: str | None = None  # the one scope for everything, where a type has no usual ones
    pipeline: str = "hs_pipeline"  # the property with a record's pipeline, where there are any
    stage: str = "hs_pipeline_stage"
    label: str = ""
    plural_label: str = ""
    full_name: str | None = None  # `p7654321_boat`, custom objects only

    @property
    def always(self) -> frozenset[str]:
        """The properties every record comes with, asked for or not."""
        return frozenset((self.created, "hs_object_id", self.modified))

    @property
    def custom(self) -> bool:
        """Whether the account itself declared it."""
        return self.full_name is not None

    @property
    def names(self) -> frozenset[str]:
        """Every way a path may spell this type."""
        plain = () if self.custom else (self.name, self.singular)
        spelled = (*plain, self.type_id, self.full_name)
        return frozenset(name.lower() for name in spelled if name)

    @property
    def labels(self) -> dict[str, str]:
        """How people call one and many."""
        one = self.label or self.singular.replace("_", " ").capitalize()
        many = self.plural_label or self.name.replace("_", " ").capitalize()
        return {"singular": one, "plural": many}

    @property
    def read_scope(self) -> str:
        """The scope that lets a token read these records."""
        return self.scope or f"crm.objects.{self._family}.read"

    @property
    def write_scope(self) -> str:
        """The scope that lets a token change these records."""
        return self.scope or f"crm.objects.{self._family}.write"

    @property
    def schema_scope(self) -> str:
        """The scope that lets a token read what properties there are."""
        return self.scope or f"crm.schemas.{self._family}.read"

    def sensitive_scope(self, sensitivity: str) -> str:
        """The further scope sensitive properties need. Its spelling is an assumption."""
        return f"crm.objects.{self._family}.{sensitivity}.read.v2"

    @property
    def _family(self) -> str:
        return "custom" if self.custom else self.name
