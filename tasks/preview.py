"""A dry run's comparison: what a load would do, with nothing written."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sources.page import Reading
from tasks.batch import Batch
from tasks.load import Target, merge_of
from tasks.shape import existing_columns
from tasks.threads import in_database
from warehouse.merge import compare_rows, newest_in_key_order
from warehouse.merged import Merged


@task(
    name="compare",
    task_run_name="compare {batch.entity.name}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def compare_batch(target: Target, batch: Batch, reading: Reading) -> Merged:
    """Compare a batch with the stored rows and write nothing."""
    return await in_database(compare, target, batch, reading)


def compare(target: Target, batch: Batch, reading: Reading) -> Merged:
    """Compare a batch with the stored rows and write nothing; columns yet to be added do not count."""
    merge = merge_of(target, batch, reading, refresh=False)
    rows = newest_in_key_order(batch.rows, batch.entity.key, merge.table.changed)
    rejected = len({reject.key for reject in batch.rejects})
    stored = existing_columns(target.conn, merge) if rows.height else None
    merged = compare_rows(target.conn, stored, rows) if stored else Merged(created=rows.height)
    merged.failed += rejected + len(merged.refused)
    return merged
