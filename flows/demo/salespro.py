"""What happens in the demo's SalesPro tables: who is there at first, and what changes meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.demo.story import Story
from sandbox.process import Remote

CONFIG = """\
[salespro]
[salespro.customers]
census_every = "0s"      # nothing tells what was deleted: here it is looked for with every run
"""
COUNTS = {"customers": 2000}
NEWCOMERS = (("NewAda0001", "Ada", "Holm"), ("NewBen0001", "Ben", "Okafor"))
SOLD, REMOVED = 5, 4


def variables(url: str) -> Mapping[str, str]:
    """How a sync finds the database."""
    return {"SALESPRO_DATABASE_URL": str(Remote(url).do("address")["id"])}


def change(remote: Remote, _rejects: Sequence[dict[str, Any]]) -> str:
    """Add some customers, sell to some, and let some vanish; what was done, in words."""
    for key, first, last in NEWCOMERS:
        person = {"customer_id": key, "customer_first_name": first, "customer_last_name": last}
        remote.do("create", table="customer", values=person)
    unsold = [key for key, row in remote.truth("estimate").items() if not row["is_sale"]]
    for key in sorted(unsold)[:SOLD]:
        remote.do("update", table="estimate", key=key, values={"is_sale": True})
    known = [key for key in remote.truth("customer") if key]
    for key in sorted(known)[:REMOVED]:
        remote.do("remove", table="customer", key=key)
    return (
        f"{len(NEWCOMERS)} customers were added, {SOLD} estimates sold, and {REMOVED} customers"
        " vanished without a trace"
    )


STORY = Story(
    source="salespro",
    vendor="SalesPro",
    module="sandbox.salespro",
    arguments=tuple(w for name, n in COUNTS.items() for w in (f"--{name}", str(n))),
    counts=COUNTS,
    config=CONFIG,
    variables=variables,
    change=change,
    table="customers",
    columns=(
        "customer_id",
        "customer_first_name",
        "customer_last_name",
        "crm_source",
        "updated_at",
        "deleted_at",
    ),
    remark="a copy of its tables, in a file of SQLite's",
)
