"""What there is to know of SalesRabbit before an account of it is opened."""

from sources.kind import SourceKind
from sources.salesrabbit.entities import ENTITIES

KIND = SourceKind(
    name="salesrabbit",
    entities=ENTITIES,
    variables=("API_TOKEN", "BASE_URL"),
    required=(("API_TOKEN",),),
    opener="sources.salesrabbit.source:open_salesrabbit",
    options=frozenset({"census_every"}),
)
