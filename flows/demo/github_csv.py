"""What happens in the demo's repositories: which tables there are at first, and what is committed meanwhile."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from flows.demo.story import Story
from sandbox.github import FIRM_FILE, FIRMS, TOKEN, UNQUOTED, ZIP_CODES
from sandbox.process import Remote

CONFIG = f"""\
[github_csv]
[github_csv.zip_codes]   # a file for each state
repo = "{ZIP_CODES}"
path = "data/*.csv"
key = "zip"
[github_csv.firms]
repo = "{FIRMS}"
ref = "main"
path = "data/constituents.csv"
key = "Symbol"
"""
FILE = "data/CT.csv"
HEADER = ("zip", "city", "state", "county", "latitude", "longitude")
NEW = (("06998", "Lumen Falls", "CT", "Lumen County", "41.5000", "-72.5000"),)
CHANGED, REMOVED = 5, 4
MENDED = UNQUOTED.replace("Zenith Gutters, Inc.", '"Zenith Gutters, Inc."')


def variables(url: str) -> Mapping[str, str]:
    """How a sync finds the look-alike."""
    return {"GITHUB_BASE_URL": url, "GITHUB_TOKEN": TOKEN}


def change(remote: Remote, _rejects: Sequence[dict[str, Any]]) -> str:
    """Commit other versions of two files; what was done, in words."""
    texts = remote.truth("texts")
    rows = [list(row) for row in csv.reader(io.StringIO(texts[f"{ZIP_CODES}/{FILE}"]))][1:]
    for row in rows[:CHANGED]:
        row[3] = "Alderton County, renamed"
    kept = [*rows[: len(rows) - REMOVED], *NEW]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([HEADER, *kept])
    remote.do("commit", repo=ZIP_CODES, files={FILE: written.getvalue()})
    mended = texts[f"{FIRMS}/{FIRM_FILE}"].replace(UNQUOTED, MENDED)
    remote.do("commit", repo=FIRMS, files={FIRM_FILE: mended})
    return (
        f"{FILE} was committed anew with {len(NEW)} row more, {CHANGED} changed and {REMOVED} gone;"
        " the line of a firm got the quotes it lacked"
    )


STORY = Story(
    source="github_csv",
    vendor="GitHub",
    module="sandbox.github",
    arguments=(),
    counts={},
    config=CONFIG,
    variables=variables,
    change=change,
    table="zip_codes",
    columns=("zip", "city", "state", "county", "source_file", "deleted_at"),
    remark="a table of six files, and one of one",
)
