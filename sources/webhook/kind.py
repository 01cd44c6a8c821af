"""What there is to know of sources that only push: their records come as webhooks, and cannot be asked for."""

from sources.kind import SourceKind
from sources.webhook.entities import OPTIONS

SECRET = "SECRET"  # noqa: S105 - the variable's name

KIND = SourceKind(
    name="webhook",
    entities={},
    variables=(SECRET,),
    required=((SECRET,),),
    opener="sources.webhook.source:open_webhook",
    options=OPTIONS,
    any_entity=True,
)
