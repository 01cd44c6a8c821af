"""What there is to know of CSV files before any is looked for."""

from sources.csv_files.asked import OPTIONS
from sources.kind import SourceKind
from sources.tabular.options import OPTIONS as SPELLING

KIND = SourceKind(
    name="csv",
    entities={},
    variables=(),
    required=(),
    opener="sources.csv_files.source:open_csv",
    options=OPTIONS | SPELLING,
    any_entity=True,
)
