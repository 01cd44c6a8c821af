"""What there is to know of CallRail before an account of it is opened."""

from sources.callrail.entities import BESIDE, ENTITIES, MESSAGES
from sources.kind import SourceKind

KIND = SourceKind(
    name="callrail",
    entities=ENTITIES,
    variables=("API_KEY", "ACCOUNT_ID", "BASE_URL"),
    required=(("API_KEY",),),
    opener="sources.callrail.source:open_callrail",
    beside=BESIDE,
    companions=lambda entity: (MESSAGES,) if entity.linked else (),
    options=frozenset({"associations"}),
    counts_requests=True,
)
