"""What a kind of source declares its tables with; whoever lists sources needs no more of databases."""

from functools import partial

from sources.entity import Entity

PAGE, LONGEST_PAGE = 50_000, 200_000

# A table whose deletes leave no trace, and which may be read in ranges.
table = partial(
    Entity,
    key=(),
    page_size=PAGE,
    max_page_size=LONGEST_PAGE,
    vanishes=True,
    splits=True,
    flat=True,
)
