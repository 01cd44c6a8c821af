"""What a merge is: its table, the columns that its rows bring, and which of them a record's answer lacks."""

from dataclasses import dataclass

from warehouse.tables import Column, Table


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns a record's answer lacks, and which names in `extra` it speaks of."""

    absent: frozenset[str]
    covered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """How the rows of one chunk meet their table.

    `columns` are those the rows bring, key included; `refresh` writes them into rows that exist and does
    nothing else; `reading` is the pass the rows come from. `counted`: they are the run's own records, and
    move its counters.
    """

    table: Table
    columns: tuple[str, ...]
    shapes: tuple[Shape, ...]
    run_id: int = 0
    overwrite: bool = False
    refresh: bool = False
    reading: str = "changes"
    counted: bool = True

    @property
    def flags(self) -> dict[str, bool]:
        """In which of the source's lists the keys were met."""
        return {
            "listed": self.reading == "changes" and not self.refresh,
            "archived": self.reading == "deletes",
        }

    @property
    def brought(self) -> tuple[Column, ...]:
        """The table's columns that these rows bring, key included."""
        return tuple(self.table.column(name) for name in self.columns)

    @property
    def written(self) -> tuple[Column, ...]:
        """The columns to write: not the key, and not what every answer lacks."""
        never = frozenset[str].intersection(*(shape.absent for shape in self.shapes))
        return tuple(
            c for c in self.brought if c.name not in self.table.key and c.name not in never
        )

    @property
    def sometimes_absent(self) -> frozenset[str]:
        """Columns that some records' answers lack."""
        return frozenset[str]().union(*(shape.absent for shape in self.shapes))
