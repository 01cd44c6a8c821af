"""What there is to know of SalesPro before its database is opened."""

from sources.database.options import OPTIONS
from sources.kind import SourceKind
from sources.salespro.entities import ENTITIES

KIND = SourceKind(
    name="salespro",
    entities=ENTITIES,
    variables=("DATABASE_URL",),
    required=(("DATABASE_URL",),),
    opener="sources.salespro.source:open_salespro",
    addresses=("DATABASE_URL",),
    options=OPTIONS,
    any_entity=True,
)
