"""The statements of a merge, composed from its table and what its rows bring.

Outcomes are one letter: `c`reated, `u`pdated, u`n`changed, `f`ailed, and `s`kipped (a refresh of a row
that is not there).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from psycopg import sql

from warehouse.keys import noted_text
from warehouse.stage import comma, keys_name, stage_names
from warehouse.tables import Column, in_query

if TYPE_CHECKING:
    from warehouse.merge import Merge

EMPTY = sql.SQL("'{{}}'::jsonb").format()


def parameters(merge: "Merge") -> dict[str, Any]:
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


def apart(merge: "Merge") -> sql.Composed:
    """Ask whether no stored row lies between the `lowest` and the `highest` first part of the keys that come.

    So it is with pages in the order of their keys, and an index tells it at once. The run must not have
    met a key but in creating it.
    """
    return sql.SQL(
        """
        select {open}
           and not exists (select from {between})
           and not exists (select from ingestion_seen_key where sync_history_id = %(run_id)s)
        """
    ).format(open=_takes_copy(merge), between=between(merge))


def between(merge: "Merge") -> sql.Composed:
    """The stored rows from the `lowest` to the `highest` first part of a key."""
    return sql.SQL(
        "(select {key} from {table} t where t.{first} between %(lowest)s and %(highest)s) s"
    ).format(
        key=_key_of(merge, "t"), table=merge.table.in_query, first=in_query(merge.table.key[0])
    )


def all_new(merge: "Merge") -> sql.Composed:
    """Ask whether none of the staged keys is stored, and none was read before by this run."""
    return sql.SQL(
        """
        select {open}
           and not exists (select from {keys} s join {table} t on {same_key})
           and not exists (select from {keys} s join ingestion_seen_key k
                           on k.sync_history_id = %(run_id)s and k.key = {key})
        """
    ).format(
        open=_takes_copy(merge),
        keys=keys_name(merge),
        table=merge.table.in_query,
        same_key=_same_key(merge, "t", "s"),
        key=noted_text(merge.table, "s"),
    )


def _takes_copy(merge: "Merge") -> sql.Composed:
    # A table whose rows are guarded one by one takes no COPY, nor does a view; and a COPY heeds no rules.
    return sql.SQL(
        "not row_security_active({name}::regclass)"
        " and not (select relhasrules from pg_class where oid = {name}::regclass)"
    ).format(name=sql.Literal(merge.table.in_query.as_string()))


def judge(merge: "Merge") -> sql.Composed:
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
        keys=_key_of(merge, "s"),
        absent=sql.SQL("t.{} is null").format(in_query(merge.table.key[0])),
        missing=sql.SQL("'s'" if merge.refresh else "'c'"),
        stale=_stale(merge),
        differs=_differs(merge),
        gone=_gone(merge),
        incoming=incoming,
        table=merge.table.in_query,
        same_key=_same_key(merge, "t", "s"),
        covering=_covering(merge),
    )


def update(merge: "Merge") -> sql.Composed:
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
        judged_key=_same_key(merge, "j", "s"),
        same_key=_same_key(merge, "t", "s"),
        covering=_covering(merge),
    )


def insert(merge: "Merge") -> sql.Composed:
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
        same_key=_same_key(merge, "j", "s"),
        keys=_key_of(merge, "s"),
    )


def _assignments(merge: "Merge") -> list[sql.Composable]:
    pairs = [(column.name, value) for column, value in _new_values(merge)]
    if not merge.refresh:
        pairs.append(("deleted_at", _new_deleted_at(merge)))
    pairs += [("extra", _new_extra(merge)), ("sync_history_id", sql.Placeholder("run_id"))]
    return [sql.SQL("{} = {}").format(in_query(name), value) for name, value in pairs]


def _stale(merge: "Merge") -> sql.Composable:
    changed = merge.table.changed
    if merge.overwrite or changed is None or changed not in merge.columns:
        return sql.SQL("false")
    return sql.SQL("t.{0} > s.{0}").format(in_query(changed))


def _differs(merge: "Merge") -> sql.Composable:
    pairs: list[tuple[str, sql.Composable]] = [
        (column.name, value) for column, value in _new_values(merge) if column.compared
    ]
    if not merge.refresh:
        pairs.append(("deleted_at", _new_deleted_at(merge)))
    pairs.append(("extra", _new_extra(merge)))
    stored = (in_query("t", name) for name, _ in pairs)
    new = (value for _, value in pairs)
    return sql.SQL("({}) is distinct from ({})").format(comma(stored), comma(new))


def _gone(merge: "Merge") -> sql.Composable:
    if merge.refresh:
        return sql.SQL("false")
    return sql.SQL("t.deleted_at is null and ({}) is not null").format(_new_deleted_at(merge))


def _new_values(merge: "Merge") -> Iterator[tuple[Column, sql.Composable]]:
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


def _lacking(merge: "Merge", column: str) -> str:
    """The parameter with the shapes that lack a column; its name must be plain, the column's need not."""
    return f"lacking_{merge.columns.index(column)}"


def _new_deleted_at(merge: "Merge") -> sql.Composable:
    if merge.table.losers:
        # A record merged into another stays deleted, whatever a late copy of it says.
        return sql.SQL("case when t.merged_into is null then s.deleted_at else t.deleted_at end")
    if merge.table.changed is None:
        # Where nothing says when a row changed, its deletion may be told with the moment of the reading.
        return sql.SQL(
            "case when s.deleted_at is not null then coalesce(t.deleted_at, s.deleted_at) end"
        )
    return sql.SQL("s.deleted_at")


def _new_extra(merge: "Merge") -> sql.Composable:
    one = len(merge.shapes) == 1
    # Equal documents are common and cheap to recognise; taking keys out one by one is not.
    return sql.SQL(
        "case when t.extra = s.extra then t.extra"
        " else coalesce(t.extra, {empty}) - {covered} || coalesce(s.extra, {empty}) end"
    ).format(
        empty=EMPTY, covered=sql.SQL("%(covered)s::text[]" if one else "coalesce(p.covered, '{}')")
    )


def _covering(merge: "Merge") -> sql.SQL:
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


def _key_of(merge: "Merge", alias: str) -> sql.Composed:
    return comma(in_query(alias, name) for name in merge.table.key)


def _same_key(merge: "Merge", left: str, right: str) -> sql.Composed:
    pairs = [
        sql.SQL("{} = {}").format(in_query(left, name), in_query(right, name))
        for name in merge.table.key
    ]
    return sql.SQL(" and ").join(pairs)
