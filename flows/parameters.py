"""What a run can be told, said once: the parameters of every sync flow, and how the form shows them."""

from datetime import date, datetime
from typing import Annotated, Any, TypedDict

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema

from flows.options import SINCE_FORMS

# What the form shows, where the type would show each of its spellings as a form of its own.
_MOMENT = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]}


def _no_number(since: Any) -> Any:
    # A number would be taken for seconds since 1970, and 20260203 for a day in August of that year.
    if isinstance(since, int | float):
        raise ValueError(f"since is {since}: give {SINCE_FORMS}")  # noqa: TRY004 - pydantic's word
    return since


class Which:
    """Shows what may be chosen as such: none of it is an empty list, and names beyond it are a second one."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema of the list, or of both lists where the items may be of two kinds."""
        shown: dict[str, Any] = handler(core)["anyOf"][0]
        kinds = shown["items"].get("anyOf")
        if not kinds:
            return shown
        listed, free = ({**shown, "items": kind} for kind in kinds)
        return {"anyOf": [{**listed, "title": "listed"}, {**free, "title": "by name"}]}


# As in `entities: Annotated[Sequence[...] | None, *WHICH] = ()`.
WHICH = (Which(), Field(description="What to read; everything when none is chosen."))


class Asked(TypedDict, total=False):
    """The options of a run; each has its default in SyncOptions."""

    full: Annotated[
        bool,
        Field(
            description="Read everything. Rows that are newer in the warehouse stay as they are.",
        ),
    ]
    force_overwrite: Annotated[
        bool,
        Field(
            description="The source wins, whatever the stamps say. With full, rows that the source no longer"
            " has are removed.",
        ),
    ]
    since: Annotated[
        date | datetime | str | None,
        BeforeValidator(_no_number),
        WithJsonSchema(_MOMENT),
        Field(description=f"Read what changed since then: {SINCE_FORMS}."),
    ]
    dry_run: Annotated[
        bool,
        Field(description="Write nothing; say what would happen."),
    ]
    batch_size: Annotated[
        int | None,
        Field(
            ge=1,
            description="Records per API page; as configured when left empty.",
        ),
    ]
    max_records: Annotated[
        int,
        Field(ge=0, description="At most so many of each entity; 0 is all."),
    ]
    strict: Annotated[
        bool | None,
        Field(
            description="Reject records with values that are not as declared; as configured when left empty.",
        ),
    ]
    resume: Annotated[
        bool,
        Field(description="Go on where an interrupted run with the same options stopped."),
    ]
    debug: Annotated[bool, Field(description="Log every request.")]
    source: Annotated[
        str,
        Field(description="Which account: a table of this kind in crm-sync.toml."),
    ]
