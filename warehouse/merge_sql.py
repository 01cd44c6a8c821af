"""The statements of a merge, composed from its table and what its rows bring.

Outcomes are one letter: `c`reated, `u`pdated, u`n`changed, `f`ailed, and `s`kipped (a refresh of a row
that is not there).
"""

from collections.abc import Iterator
from typing import Any

from psycopg import sql

from warehouse.keys import key_of, same_key
from warehouse.merge_spec import Merge
from warehouse.stage import stage_names
from warehouse.tables import Column, comma, in_query

EMPTY = sql.SQL("'{{}}'::jsonb").format()


def parameters(merge: Merge) -> dict[str, Any]:
    """The values of every statement of a merge."""
    named: dict[str, Any] = {"run_id": merge.run_id, **merge.flags}
    if len(merge.shapes) == 1:
        named["covered"] = list(merge.shapes[0].covered)
        return named
    pairs = [(n, name) for n, shape in enumerate(merge.shapes) for name in shape.covered]
    named["covering"] = [number for number, _ in pairs]
    named["covered"] = [name for _, name in pairs]
    for column in merge.sometimes_absent:
        lacking = [n for n, shape in enumerate(merge.shapes) if column in shape.absent]
        named[_lacking(merge, column)] = lacking
    return named


def judge(merge: Merge) -> sql.Composed:
    """Say of every incoming row what becomes of it."""
    incoming, judged = stage_names(merge)
    return sql.SQL(
        """
        insert into {judged}
        select {keys},
               case when {absent} then {missing}
                    when {stale} then 'n'
                    when {differs} then 'u'
                    else 'n' end,
               {gone}, t.sync_history_id
        from {incoming} s left join {table} t on {same_key} {covering}
        """
    ).format(
        judged=judged,
        keys=key_of(merge.table, "s"),
        absent=sql.SQL("t.{} is null").format(in_query(merge.table.key[0])),
        missing=sql.SQL("'s'" if merge.refresh else "'c'"),
        stale=_stale(merge),
        differs=_differs(merge),
        gone=_gone(merge),
        incoming=incoming,
        table=merge.table.in_query,
        same_key=same_key(merge.table, "t", "s"),
        covering=_covering(merge),
    )


def update(merge: Merge) -> sql.Composed:
    """Rewrite the stored rows that differ."""
    incoming, judged = stage_names(merge)
    return sql.SQL(
        "update {table} t set {assignments} from {incoming} s join {judged} j on {judged_key} {covering}"
        " where {same_key} and j._outcome = 'u'"
    ).format(
        table=merge.table.in_query,
        assignments=comma(_assignments(merge)),
        incoming=incoming,
        judged=judged,
        judged_key=same_key(merge.table, "j", "s"),
        same_key=same_key(merge.table, "t", "s"),
        covering=_covering(merge),
    )


def insert(merge: Merge) -> sql.Composed:
    """Add the rows that are new, in key order."""
    incoming, judged = stage_names(merge)
    names = [in_query(name) for name in (*merge.columns, "deleted_at")]
    return sql.SQL(
        "insert into {table} ({names}, extra, sync_history_id)"
        " select {values}, coalesce(s.extra, {empty}), %(run_id)s"
        " from {incoming} s join {judged} j on {same_key} where j._outcome = 'c' order by {keys}"
    ).format(
        table=merge.table.in_query,
        names=comma(names),
        values=comma(sql.SQL("s.{}").format(name) for name in names),
        empty=EMPTY,
        incoming=incoming,
        judged=judged,
        same_key=same_key(merge.table, "j", "s"),
        keys=key_of(merge.table, "s"),
    )


def _assignments(merge: Merge) -> list[sql.Composable]:
    pairs = [(column.name, value) for column, value in _new_values(merge)]
    if not merge.refresh:
        pairs.append(("deleted_at", _new_deleted_at(merge)))
    pairs += [("extra", _new_extra(merge)), ("sync_history_id", sql.Placeholder("run_id"))]
    return [sql.SQL("{} = {}").format(in_query(name), value) for name, value in pairs]


def _stale(merge: Merge) -> sql.Composable:
    changed = merge.table.changed
    if merge.overwrite or changed is None or changed not in merge.columns:
        return sql.SQL("false")
    return sql.SQL("t.{0} > s.{0}").format(in_query(changed))


def _differs(merge: Merge) -> sql.Composable:
    pairs: list[tuple[str, sql.Composable]] = [
        (column.name, value) for column, value in _new_values(merge) if column.compared
    ]
    if not merge.refresh:
        pairs.append(("deleted_at", _new_deleted_at(merge)))
    pairs.append(("extra", _new_extra(merge)))
    stored = (in_query("t", name) for name, _ in pairs)
    new = (value for _, value in pairs)
    return sql.SQL("({}) is distinct from ({})").format(comma(stored), comma(new))


def _gone(merge: Merge) -> sql.Composable:
    if merge.refresh:
        return sql.SQL("false")
    return sql.SQL("t.deleted_at is null and ({}) is not null").format(_new_deleted_at(merge))


def _new_values(merge: Merge) -> Iterator[tuple[Column, sql.Composable]]:
    sometimes = merge.sometimes_absent
    for column in merge.written:
        name = in_query(column.name)
        value = sql.SQL("s.{}").format(name)
        if column.name in sometimes:
            # Numbers of shapes per column, not a case per shape: sparse records have thousands of shapes.
            value = sql.SQL(
                "case when s._shape = any({lacking}::int[]) then t.{name} else s.{name} end"
            ).format(lacking=sql.Placeholder(_lacking(merge, column.name)), name=name)
        yield column, value


def _lacking(merge: Merge, column: str) -> str:
    """The parameter with the shapes that lack a column; its name must be plain, the column's need not."""
    return f"lacking_{merge.columns.index(column)}"


def _new_deleted_at(merge: Merge) -> sql.Composable:
    if merge.table.losers:
        # A record merged into another stays deleted, whatever a late copy of it says.
        return sql.SQL("case when t.merged_into is null then s.deleted_at else t.deleted_at end")
    if merge.table.changed is None:
        # Where nothing says when a row changed, its deletion may be told with the moment of the reading.
        return sql.SQL(
            "case when s.deleted_at is not null then coalesce(t.deleted_at, s.deleted_at) end"
        )
    return sql.SQL("s.deleted_at")


def _new_extra(merge: Merge) -> sql.Composable:
    one = len(merge.shapes) == 1
    # Equal documents are common and cheap to recognise; taking keys out one by one is not.
    return sql.SQL(
        "case when t.extra = s.extra then t.extra"
        " else coalesce(t.extra, {empty}) - {covered} || coalesce(s.extra, {empty}) end"
    ).format(
        empty=EMPTY, covered=sql.SQL("%(covered)s::text[]" if one else "coalesce(p.covered, '{}')")
    )


def _covering(merge: Merge) -> sql.SQL:
    """The join that knows, for each shape, the names in `extra` that its records speak of."""
    if len(merge.shapes) == 1:
        return sql.SQL("")
    return sql.SQL(
        """
        left join (
            select number, array_agg(name) as covered
            from unnest(%(covering)s::int[], %(covered)s::text[]) as pair (number, name)
            group by number
        ) p on p.number = s._shape
        """
    )
