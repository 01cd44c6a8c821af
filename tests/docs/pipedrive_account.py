"""A Pipedrive company with a past, and what happens in it between two syncs."""

from datetime import UTC, datetime

from sandbox.pipedrive import PipedriveSandbox

COUNTS = {
    "deals": 160, "persons": 90, "organizations": 30, "activities": 150, "products": 25, "leads": 60,
    "notes": 20, "files": 10,
}  # fmt: skip
LONG_AGO = datetime(2025, 6, 1, tzinfo=UTC)
DORA = 27  # a user who is deactivated between the syncs
LOW = 17  # an option of `Priority` that is removed between them


def an_account() -> PipedriveSandbox:
    """Deals in every state, some of them odd: undecided where others are decided, entered too late."""
    sandbox = PipedriveSandbox.seeded(limits=None, **COUNTS)
    keys = sorted(sandbox.truth("deals"), key=int)
    for turn, key in enumerate(keys):
        if turn % 11 == 0:
            sandbox.update("deals", key, {"probability": turn % 100})
        if turn % 17 == 0:
            sandbox.archive("deals", key)
    for won in ("2026-02-01T03:00:00+00:00", "2026-04-30T18:00:00+00:00"):
        # In Chicago the first of these is still in January.
        told = {"title": "Late", "status": "won", "value": 100.1, "won_time": moment(won)}
        sandbox.create("deals", told, created=LONG_AGO)
    sandbox.create("deals", {"title": "In a stage that is no more", "stage_id": 3, "value": 7})
    for turn, key in enumerate(sorted(sandbox.truth("deal_products"), key=int)):
        if turn % 9 == 0:
            sandbox.update("deal_products", key, {"is_enabled": False})
    two = sorted(sandbox.truth("lead_labels"))[:2]
    sandbox.create("leads", {"label_ids": two, "value": {"amount": 9.5, "currency": "USD"}})
    sandbox.create("activities", {"subject": "Tomorrow", "due_date": "2099-01-01"})
    return sandbox


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def pass_time(sandbox: PipedriveSandbox) -> None:
    """What happens between two syncs: mergers, deletions, a user who leaves, a stage and an option removed."""
    for name, count in (("persons", 5), ("deals", 4)):
        keys = sorted(sandbox.truth(name), key=int)
        for winner, loser in zip(keys[:count], keys[count : 2 * count], strict=True):
            sandbox.merge(name, winner, loser)
    for name in ("persons", "organizations", "deals", "activities", "products", "leads"):
        for key in sorted(sandbox.truth(name))[-4:]:
            sandbox.delete(name, key)
    for key in sorted(sandbox.truth("leads"))[:5]:
        sandbox.archive("leads", key)
    for key in sorted(sandbox.truth("deal_products"), key=int)[::10]:
        deal = sandbox.truth("deal_products")[key]["deal_id"]
        sandbox.detach(int(key))
        if str(deal) in sandbox.truth("deals"):
            sandbox.update("deals", deal)
    sandbox.delete("users", DORA)
    sandbox.delete("stages", 3)
    priority = sandbox.code("deals", "Priority")
    sandbox.rename_field("deals", priority, "Urgency")
    sandbox.remove_option("deals", priority, LOW)
