"""What there is to know of Salesforce before an account of it is opened."""

from sources.kind import SourceKind
from sources.salesforce.entities import ENTITIES

KIND = SourceKind(
    name="salesforce",
    entities=ENTITIES,
    variables=(
        "LOGIN_URL",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "USERNAME",
        "PRIVATE_KEY",
        "INSTANCE_URL",
        "ACCESS_TOKEN",
    ),
    required=(
        ("CLIENT_ID", "CLIENT_SECRET", "LOGIN_URL"),
        ("CLIENT_ID", "CLIENT_SECRET", "INSTANCE_URL"),
        ("CLIENT_ID", "USERNAME", "PRIVATE_KEY"),
        ("ACCESS_TOKEN", "INSTANCE_URL"),
    ),
    opener="sources.salesforce.source:open_salesforce",
    options=frozenset({"calculated_every", "api"}),
    custom_objects=True,
)
