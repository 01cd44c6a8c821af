"""What there is to know of Pipedrive before an account of it is opened."""

from sources.kind import SourceKind
from sources.pipedrive.entities import ENTITIES
from sources.pipedrive.sales import DEAL_PRODUCTS, PRODUCTS_OF_DEALS

KIND = SourceKind(
    name="pipedrive",
    entities=ENTITIES,
    variables=("API_TOKEN", "BASE_URL"),
    required=(("API_TOKEN",),),
    opener="sources.pipedrive.source:open_pipedrive",
    beside=(DEAL_PRODUCTS,),
    companions=lambda entity: (PRODUCTS_OF_DEALS,) if entity.linked else (),
    options=frozenset({"associations", "associations_every", "calculated_every", "census_every"}),
)
