"""What there is to know of a database before it is opened."""

from sources.database.options import OPTIONS
from sources.kind import SourceKind

KIND = SourceKind(
    name="database",
    entities={},
    variables=("URL",),
    required=(("URL",),),
    opener="sources.database.source:open_database",
    addresses=("URL",),
    options=OPTIONS,
    any_entity=True,
)
