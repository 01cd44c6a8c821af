"""What there is to know of CSV on GitHub before a repository is opened."""

from sources.github_csv.asked import OPTIONS
from sources.github_csv.settings import SHARED
from sources.kind import SourceKind
from sources.tabular.options import OPTIONS as SPELLING

KIND = SourceKind(
    name="github_csv",
    entities={},
    variables=("TOKEN", "BASE_URL"),
    # Public files need no token.
    required=(),
    opener="sources.github_csv.source:open_github_csv",
    options=OPTIONS | SPELLING,
    any_entity=True,
    shared_prefix=SHARED,
)
