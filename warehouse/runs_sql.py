"""Pieces of SQL about runs in SyncHistory, where an older system may have written rows of its own."""

from psycopg import sql

# Runs that read a window, or failed before they had one; drains, replays and erasures are no syncs.
SYNC = sql.SQL(
    "coalesce(configuration ->> 'strategy', '') not in ('drain', 'replay', 'forget', 'repair')"
)
# A run that does not add up is as good as failed: rows may be missing.
FAILED = sql.SQL("(status = 'failed' or status = 'partial' and error_message <> '')")
GOOD = sql.SQL(
    "(status in ('success', 'completed', 'partial') and coalesce(error_message, '') = '')"
)


# Sums of so much still fit a bigint.
MOST = 10**12


def number(column: str, key: str) -> sql.Composed:
    """A number in a JSON column, 0 where there is none: older systems wrote what they liked, 1e30 too."""
    place = sql.SQL("{} -> {}").format(sql.Identifier(column), sql.Literal(key))
    return sql.SQL(
        "(case when jsonb_typeof({0}) = 'number'"
        " then greatest(least(({0})::numeric, {1}), -{1}) else 0 end)"
    ).format(place, sql.Literal(MOST))


WHOLE = sql.SQL("({} = 0)").format(number("configuration", "max_records"))
# Rows that our runs wrote; whether one of an older system is at work, only that system knows.
OURS = sql.SQL("(configuration ?| array['window', 'flow_run_id', 'strategy'])")
HITS, CALLS = (number("performance_metrics", key) for key in ("rate_limit_hits", "api_calls"))
# The entities, by steps along the index: a scan of every run to find a few names would cost seconds.
KNOWN = sql.SQL("""
    known as (
        (select crm_source, sync_type from ingestion_sync_history
         where %(source)s::text is null or crm_source = %(source)s
         order by crm_source, sync_type limit 1)
        union all
        select further.* from known
        cross join lateral (
            select crm_source, sync_type from ingestion_sync_history
            where (crm_source, sync_type) > (known.crm_source, known.sync_type)
              and (%(source)s::text is null or crm_source = %(source)s)
            order by crm_source, sync_type limit 1) further)
""")
