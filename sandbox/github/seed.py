"""Fill the look-alike with lookup tables as people keep them: ZIP codes by state, firms of an index."""

import csv
import io
import random
from collections.abc import Iterable, Mapping, Sequence

from sandbox.github.store import Store
from sandbox.hubspot.words import FIRM_KINDS, FIRM_WORDS

ZIP_CODES, FIRMS = "open-data/us-zip-codes", "datasets/s-and-p-500-companies"
# Where the states' codes begin, and places that are invented.
STATES = {"CT": 6001, "IL": 60001, "NY": 10001, "PR": 601, "TN": 37010, "UT": 84001}
PLACES = ("Alderton", "Birchwood", "Cedar Falls", "Driftwood", "Elmhurst", "Fairhaven", "Glenrock")
PER_STATE = 400
ZIP_HEADER = ("zip", "city", "state", "county", "latitude", "longitude")
FIRM_HEADER = ("Symbol", "Security", "GICS Sector", "Headquarters Location", "Date added", "CIK")
FIRM_FILE = "data/constituents.csv"
# Somebody forgot the quotes around a name with a comma.
UNQUOTED = "ZZ99,Zenith Gutters, Inc.,Industrials,Elmhurst,2024-05-15,0000990099\n"
SECTORS = ("Industrials", "Information Technology", "Health Care", "Utilities", "Real Estate")


def fill(store: Store, seed: int) -> None:
    """Two repositories with a commit each."""
    chance = random.Random(seed)
    for name, files in ((ZIP_CODES, zip_files(chance)), (FIRMS, firm_files(chance))):
        made = store.create(name, private=False, default_branch="main")
        made.put("main", {**files, "README.md": f"# {name}\n"}, "Begin", store.clock())


def zip_files(chance: random.Random) -> Mapping[str, str]:
    """A file for each state; some codes begin with zeros, which must stay."""
    return {f"data/{state}.csv": table(ZIP_HEADER, _codes(chance, state)) for state in STATES}


def _codes(chance: random.Random, state: str) -> Iterable[Sequence[str]]:
    for number in range(PER_STATE):
        place = chance.choice(PLACES)
        yield (
            f"{STATES[state] + number:05d}",
            place,
            state,
            f"{place}, County of" if chance.random() < 0.1 else f"{place} County",
            f"{chance.uniform(25, 48):.4f}",
            f"{chance.uniform(-123, -68):.4f}",
        )


def firm_files(chance: random.Random) -> Mapping[str, str]:
    """One file of firms by their symbols."""
    names = [f"{word} {kind}" for word in FIRM_WORDS for kind in FIRM_KINDS]
    rows = (
        (
            f"{name[:2].upper()}{number:02d}",
            f'{name}, "Inc."' if number % 12 == 0 else name,
            chance.choice(SECTORS),
            f"{chance.choice(PLACES)}, {chance.choice(list(STATES))}",
            f"20{chance.randrange(10, 26)}-{chance.randrange(1, 13):02d}-15",
            f"{chance.randrange(10_000, 2_000_000):010d}",
        )
        for number, name in enumerate(names)
    )
    return {FIRM_FILE: table(FIRM_HEADER, rows) + UNQUOTED}


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as a file of comma-separated values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
