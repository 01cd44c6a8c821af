"""The SELECTs that are sent: pages behind a place, ranges, counts, and rows by their keys."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from sources.database.backends.backend import Backend
from sources.database.cursor import Span, Values
from sources.database.layout import Layout
from sources.database.routes.route import Answer
from sources.database.stamps import Clause, value
from sources.database.types import kind_of
from sources.page import Window

# Labels of what rows are sorted by, where it is not selected as it stands.
ORDER = "_order_"
COUNT, NUMBER = "_count", "_number"

Columns = tuple[sa.ColumnElement[Any], ...]


class Statements:
    """What is asked of one table for one window."""

    def __init__(self, layout: Layout, window: Window, backend: Backend) -> None:
        self.layout = layout
        self._backend = backend
        self._stamp = layout.stamp if window.since is not None else None
        self._window = window
        self._key: Columns = tuple(map(backend.ordered, layout.key))

    @property
    def order(self) -> Columns:
        """What rows are sorted by: the key, behind the stamp where only what changed is read."""
        return (self._stamp.column, *self._key) if self._stamp else self._key

    @property
    def places(self) -> list[str]:
        """The labels under which a row's values of `order` are found."""
        found = []
        for number, column in enumerate(self.order):
            same = (label for label, one in self.layout.columns.items() if one is column)
            found.append(next(same, f"{ORDER}{number}"))
        return found

    @property
    def by_number(self) -> bool:
        """Whether rows are sorted by one whole number."""
        return len(self.order) == 1 and kind_of(self.order[0].type) == "integer"

    def place_of(self, answer: Answer) -> Values:
        """The values of `order` in an answer's last row."""
        labels = list(self._selected().selected_columns.keys())
        return tuple(answer.last[labels.index(label)] for label in self.places)

    def page(self, span: Span, rows: int) -> sa.Select[Any]:
        """Up to so many rows behind a place, in their order."""
        where = [*self._since(), *self._with_key()]
        if span.after is not None:
            where.append(self._behind(self.order, span.after))
        if span.to is not None:
            where.append(self._up_to(self.order, span.to))
        return self._selected().where(*where).order_by(*self.order).limit(rows)

    def keyless(self, rows: int) -> sa.Select[Any]:
        """Rows that lack a part of their key: no order holds them, and none of them lands."""
        lacking = sa.or_(*(column.is_(None) for column in self.layout.key))
        return self._selected().where(*self._since(), lacking).limit(rows)

    def alike(self, last: Values, rows: int) -> sa.Select[Any]:
        """The rows in the place of the one that a page ended with: the next page begins behind all of them.

        A database may take for equal what are different keys here, such as `a` and `A`.
        """
        return self._selected().where(*self._equal(self.order, last)).limit(rows)

    def by_key(self, keys: Sequence[Values]) -> sa.Select[Any]:
        """The rows that still have one of some keys."""
        wanted = (sa.and_(*map(self._same, self.layout.key, key)) for key in keys)
        return self._selected().where(sa.or_(*wanted))

    def count(self) -> sa.Select[Any]:
        """How many records the window holds: each key once, where rows may share one."""
        where = [*self._since(), *self._until(), *self._with_key()]
        if self.layout.certain:
            return _alone(sa.func.count()).select_from(self._source).where(*where)
        keys = sa.select(*self.layout.key).where(*where).distinct().subquery("k")
        return _alone(sa.func.count()).select_from(keys)

    def extent(self) -> sa.Select[Any]:
        """The lowest and the highest key, and how many rows there are."""
        [key] = self.order
        return sa.select(
            sa.func.min(key).label(f"{ORDER}0"),
            sa.func.max(key).label(f"{ORDER}1"),
            sa.func.count().label(COUNT),
        ).where(*self._since(), *self._with_key())

    def every(self, rows: int) -> sa.Select[Any]:
        """Every so-manieth row's values of `order`: where ranges end."""
        labelled = [one.label(f"{ORDER}{n}") for n, one in enumerate(self.order)]
        number = sa.func.row_number().over(order_by=self.order).label(NUMBER)
        where = (*self._since(), *self._with_key())
        numbered = sa.select(*labelled, number).where(*where).subquery("n")
        wanted = [numbered.c[f"{ORDER}{n}"] for n in range(len(self.order))]
        at_ends = numbered.c[NUMBER] % sa.literal_column(str(rows)) == sa.literal_column("0")
        return sa.select(*wanted).where(at_ends).order_by(numbered.c[NUMBER])

    def _selected(self) -> sa.Select[Any]:
        columns = [column.label(label) for label, column in self.layout.columns.items()]
        hidden = [
            column.label(label)
            for label, column in zip(self.places, self.order, strict=True)
            if label.startswith(ORDER)
        ]
        return sa.select(*columns, *hidden)

    @property
    def _source(self) -> sa.FromClause:
        [source] = sa.select(*self.layout.key).get_final_froms()
        return source

    def _since(self) -> list[Clause]:
        if self._stamp is None or self._window.since is None:
            return []
        return [self._backend.bounds.since(self._stamp, self._window.since)]

    def _until(self) -> list[Clause]:
        """What has no stamp, or a later one, may have come since it was read: it is not counted."""
        if self.layout.stamp is None:
            return []
        return [self._backend.bounds.until(self.layout.stamp, self._window.until)]

    def _with_key(self) -> list[Clause]:
        if not self.layout.keyless:
            return []
        return [column.is_not(None) for column in self.layout.key]

    def _equal(self, columns: Columns, values: Values) -> list[Clause]:
        return [
            column == self._sent(column, one) for column, one in zip(columns, values, strict=True)
        ]

    def _behind(self, columns: Columns, values: Values) -> Clause:
        """Row by row comparison spelled out, which every database reads alike.

        The bound on the first column says nothing new; it lets an index be entered at the right place.
        """
        (first, *rest), (bound, *others) = columns, values
        sent = self._sent(first, bound)
        if not rest:
            return first > sent
        further = self._behind(tuple(rest), tuple(others))
        return sa.and_(first >= sent, sa.or_(first > sent, sa.and_(first == sent, further)))

    def _up_to(self, columns: Columns, values: Values) -> Clause:
        (first, *rest), (bound, *others) = columns, values
        sent = self._sent(first, bound)
        if not rest:
            return first <= sent
        further = self._up_to(tuple(rest), tuple(others))
        return sa.and_(first <= sent, sa.or_(first < sent, sa.and_(first == sent, further)))

    def _same(self, column: sa.ColumnElement[Any], part: Any) -> Clause:
        return self._backend.same(column, self._backend.sent(column, part))

    def _sent(self, column: sa.ColumnElement[Any], raw: Any) -> sa.BindParameter[Any]:
        return value(self._backend.sent(column, raw))


def _alone(column: sa.ColumnElement[Any]) -> sa.Select[Any]:
    return sa.select(column.label(COUNT))
