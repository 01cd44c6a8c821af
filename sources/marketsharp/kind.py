"""What there is to know of MarketSharp before its database is opened."""

from sources.database.options import OPTIONS
from sources.kind import SourceKind
from sources.marketsharp.entities import ENTITIES

KIND = SourceKind(
    name="marketsharp",
    entities=ENTITIES,
    variables=("DATABASE_URL",),
    required=(("DATABASE_URL",),),
    opener="sources.marketsharp.source:open_marketsharp",
    addresses=("DATABASE_URL",),
    options=OPTIONS,
    any_entity=True,
)
