"""What there is to know of HubSpot before an account of it is opened."""

from sources.hubspot.beside import ASSOCIATIONS, HISTORY, associations_of, history_of
from sources.hubspot.entities import ENTITIES
from sources.kind import SourceKind

KIND = SourceKind(
    name="hubspot",
    entities=ENTITIES,
    variables=("API_TOKEN", "BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"),
    required=(("API_TOKEN",), ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")),
    opener="sources.hubspot.source:open_hubspot",
    beside=(ASSOCIATIONS, HISTORY),
    companions=lambda entity: (associations_of(entity, ()), history_of(entity)),
    options=frozenset({"associations", "associations_every", "calculated_every", "history"}),
    custom_objects=True,
)
