"""What a run shows of itself: in numbers, in words, and in its name."""

from typing import Any

import pytest

from flows import showing
from flows.artifacts import plain, summary_of, table_of, window_of
from flows.result import Result
from flows.showing import Watch, shown, trying

SINCE, UNTIL = "2026-11-22T18:00:00.000000Z", "2026-11-23T07:45:00.000000Z"


def result(entity: str, outcome: str = "success", **row: Any) -> Result:
    whole = {
        "id": 7,
        "status": outcome,
        "records_processed": 10,
        "records_created": 4,
        "records_updated": 3,
        "records_failed": 1,
        "performance_metrics": {"unchanged": 2, "deleted": 0, "duration_seconds": 4.2},
        "configuration": {"strategy": "incremental", "window": {"since": SINCE, "until": UNTIL}},
    }
    return Result("hubspot", entity, outcome, whole | row)


def reject(**row: Any) -> dict[str, Any]:
    said = 'invalid input syntax for type date: "Rosa Lind"'
    return {
        "id": 55,
        "entity": "contacts",
        "record_key": "901",
        "reason": said,
        "attempts": 1,
    } | row


def test_a_line_of_the_table_has_what_an_entitys_run_did():
    [line] = table_of([result("contacts")])

    assert line == {
        "entity": "contacts",
        "status": "success",
        "created": 4,
        "updated": 3,
        "unchanged": 2,
        "deleted": 0,
        "rejected": 1,
        "read": 10,
        "time": "4.2 s",
        "requests": None,
        "SyncHistory": 7,
    }


def test_an_entity_that_was_skipped_or_only_tried_has_a_line_too():
    skipped = Result("hubspot", "deals", "skipped", error="another run is at work on it")
    tried = Result("hubspot", "deals", "preview", {"records_created": 1, "unchanged": 5})

    lines = table_of([skipped, tried])

    assert [line["status"] for line in lines] == ["skipped", "preview"]
    assert (lines[1]["created"], lines[1]["unchanged"]) == (1, 5)


def test_the_summary_names_the_rows_of_history_and_what_went_wrong():
    failed = result("deals", "failed", id=8, configuration={"strategy": "resumed", "resumes": 6})

    said = summary_of(
        [result("contacts"), Result("hubspot", "deals", "failed", failed.row, "it | broke\nhere")],
        [],
        mask=False,
    )

    assert said.startswith("## hubspot: 1 of 2 entities without trouble")
    assert r"- **deals**: it \| broke here" in said
    assert "| 7 | contacts | success | incremental | 11-22 18:00 to 11-23 07:45 |" in said
    assert "| 8 | deals | failed | resumed of 6 |  |" in said


def test_rejected_records_are_listed_with_their_reasons_but_not_the_values_these_quote():
    said = summary_of([result("contacts", "partial")], [reject()], mask=False)

    assert '| 55 | contacts | 901 | invalid input syntax for type date: "\\*\\*\\*" | 1 |' in said
    assert "`crm-sync rejects list hubspot`" in said
    assert "Rosa" not in said


def test_keys_are_hidden_where_values_are():
    rejected = reject(record_key="rosa@example.org")

    assert "rosa" not in summary_of([result("contacts")], [rejected], mask=True)
    assert "rosa" in summary_of([result("contacts")], [rejected], mask=False)


@pytest.mark.parametrize("text", ["a | b", "a\nb", "[x](y)", "<b>", "*a*", "`a`", "\\"])
def test_what_markdown_would_read_as_markup_is_shown_as_it_is(text: str):
    shown_as = plain(text)

    assert "\n" not in shown_as
    assert all(shown_as[at - 1] == "\\" for at, one in enumerate(shown_as) if one in "|[<*`")


def test_the_window_is_that_of_all_entities_together():
    whole = result("owners", configuration={"window": {"since": None, "until": UNTIL}})

    assert window_of([result("contacts"), whole]) == "11-22 18:00 to 11-23 07:45"
    assert window_of([whole]) == "up to 11-23 07:45"
    assert window_of([Result("hubspot", "deals", "skipped")]) == ""


def test_progress_counts_each_entity_alike_and_never_passes_the_whole():
    watch = Watch()
    watch.chosen("hubspot", ["contacts", "deals", "owners", "tasks"])
    watch.started("hubspot", "contacts", 200)
    watch.started("hubspot", "owners", None)
    watch.advanced("hubspot", "contacts", 100)
    watch.finished("hubspot", "deals", "success")

    before = watch.percent
    watch.advanced("hubspot", "contacts", 900)

    assert (before, watch.percent) == (37.5, 50.0)
    assert str(watch) == "1 of 4 entities done, 1,000 records read"
    assert Watch().percent == 0.0


async def test_a_run_that_nobody_deployed_costs_no_call(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(showing, "Bar", lambda watch: pytest.fail("something was shown"))

    async with shown():
        showing.progress.chosen("hubspot", ["contacts"])


async def test_a_run_goes_on_though_it_cannot_be_shown(caplog: pytest.LogCaptureFixture):
    async def broken() -> None:
        raise OSError("the server is away: token abc")

    await trying(broken())

    assert "could not be shown in Prefect's UI: OSError" in caplog.text
