"""The client against answers that no look-alike gives by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sources.errors import BadAnswer, ConfigError, MissingScope, NoProgress, SourceError
from sources.http import Http
from sources.page import Window
from sources.salesforce.changes import Manner
from sources.salesforce.client import Salesforce
from sources.salesforce.entities import ENTITIES
from sources.salesforce.policy import SALESFORCE
from sources.salesforce.settings import SalesforceSettings

UNTIL = datetime(2026, 11, 20, 9, 0, 30, tzinfo=UTC)
DELTA = Window(UNTIL - timedelta(hours=1), UNTIL)
ALL = Window(None, UNTIL)
FIELDS = [
    {"name": "Id", "type": "id"},
    {"name": "Name", "type": "string"},
    {"name": "IsDeleted", "type": "boolean"},
    {"name": "SystemModstamp", "type": "datetime"},
    {"name": "BillingAddress", "type": "address"},
]
STAMP = "2026-11-20T08:30:00.000+0000"


class Org:
    """Answers by path, and what was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers: dict[str, Any] = {
            "describe": {"fields": FIELDS, "replicateable": True},
            "limits": {"DailyApiRequests": {"Max": 15000, "Remaining": 14998}},
            "deleted": {"deletedRecords": []},
        } | answers
        self.queries: list[str] = []
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rstrip("/").rpartition("/")[2]
        self.asked.append(name)
        if "q" in request.url.params:
            self.queries.append(request.url.params["q"])
        answer = self.answers[name]
        answer = answer.pop(0) if isinstance(answer, list) else answer
        if isinstance(answer, httpx.Response):
            return answer
        date = {"Date": "Fri, 20 Nov 2026 09:00:30 GMT"}
        return httpx.Response(200, json=answer, headers=date)

    def client(self, version: str = "66.0", **manner: Any) -> Salesforce:
        http = Http(
            "https://acme.example",
            policy=SALESFORCE,
            transport=httpx.MockTransport(self),
            backoff=0.001,
        )
        return Salesforce(http, version, Manner(**manner), org_id="00D1")


def rows(*ids: str, total: int | None = None, done: bool = True) -> dict[str, Any]:
    found = [{"Id": key, "Name": key, "IsDeleted": False, "SystemModstamp": STAMP} for key in ids]
    return {"totalSize": len(ids) if total is None else total, "done": done, "records": found}


def refused(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json=[{"message": "no", "errorCode": code}])


def versions(*known: str) -> httpx.Response:
    return httpx.Response(200, json=[{"version": one, "url": f"/v{one}"} for one in known])


ACCOUNTS = ENTITIES["accounts"]
NEXT = "/services/data/v66.0/query/0r8-2"


async def test_an_account_is_its_org_and_its_clock():
    account = await Org(**{"v66.0": {}}).client().account()

    assert (account.id, account.now, account.api_version) == ("00D1", UNTIL, "66.0")


async def test_a_delta_begins_at_since_inclusively_and_has_no_end():
    org = Org(queryAll=rows("a", "b"))

    page = await org.client().fetch(ACCOUNTS, "changes", DELTA, None)

    assert page.total == 2
    assert (
        "WHERE SystemModstamp >= 2026-11-20T08:00:30Z ORDER BY SystemModstamp,Id" in org.queries[0]
    )
    assert "LIMIT" not in org.queries[0]


async def test_only_what_is_described_is_selected_and_no_compound_field():
    org = Org(queryAll=rows("a"))
    client = org.client()
    entity = await client.describe(ACCOUNTS)

    await client.fetch(entity, "changes", DELTA, None)

    assert org.queries[0].startswith("SELECT Id,SystemModstamp,IsDeleted,Name FROM Account")


async def test_a_full_page_leads_to_the_next_by_stamp_and_id():
    org = Org(queryAll=[rows("a", "b", total=4, done=False), rows("c", "d"), rows()])
    client = org.client(ways={"accounts": "rest"})

    first = await client.fetch(ACCOUNTS, "changes", ALL, None)
    second = await client.fetch(ACCOUNTS, "changes", ALL, first.cursor)

    assert first.cursor == f"rest:{STAMP}~b"
    assert "(SystemModstamp > 2026-11-20T08:30:00.000Z OR" in org.queries[1]
    assert second.cursor == "deleted:"


async def test_an_answer_that_leads_back_is_no_progress():
    org = Org(queryAll=rows("a", "b", done=False))
    client = org.client()

    first = await client.fetch(ACCOUNTS, "changes", DELTA, None)
    with pytest.raises(NoProgress):
        await client.fetch(ACCOUNTS, "changes", DELTA, first.cursor)


async def test_a_record_without_its_stamp_cannot_be_passed():
    answer = rows("a")
    answer["records"][0]["SystemModstamp"] = None

    with pytest.raises(BadAnswer, match="without id or SystemModstamp"):
        await Org(queryAll=answer).client().fetch(ACCOUNTS, "changes", DELTA, None)


async def test_a_count_that_takes_too_long_is_no_count_and_means_many():
    slow = [refused(400, "QUERY_TIMEOUT") for _ in range(20)]
    created = httpx.Response(200, json={"id": "750x", "state": "UploadComplete"})
    org = Org(queryAll=slow, query=created)
    client = org.client()

    counted = await client.fetch(ACCOUNTS, "count", ALL, None)
    begun = await client.fetch(ACCOUNTS, "changes", ALL, None)

    assert counted.total is None
    assert begun.cursor == "bulk:750x::0:1"


async def test_a_count_is_of_the_window_as_it_is_read_up_to_its_end():
    org = Org(queryAll=rows(total=7))

    page = await org.client().fetch(ACCOUNTS, "count", DELTA, None)

    assert page.total == 7
    [query] = org.queries
    assert query == (
        "SELECT COUNT() FROM Account WHERE SystemModstamp >= 2026-11-20T08:00:30Z"
        " AND SystemModstamp <= 2026-11-20T09:00:30Z"
    )


async def test_a_vanished_field_is_asked_about_once_and_not_for_ever():
    invalid = [refused(400, "INVALID_FIELD") for _ in range(5)]
    org = Org(queryAll=invalid)

    with pytest.raises(Exception, match="INVALID_FIELD"):
        await org.client().fetch(ACCOUNTS, "changes", DELTA, None)

    assert org.asked.count("describe") == org.asked.count("queryAll") == 2


async def test_a_span_with_too_many_deletions_is_halved():
    org = Org(
        deleted=[
            refused(400, "EXCEEDED_ID_LIMIT"),
            {"deletedRecords": [{"id": "a"}, {"id": "b"}]},
            {"deletedRecords": [{"id": "c"}]},
        ],
        queryAll=rows("b"),
    )

    page = await org.client().fetch(ACCOUNTS, "changes", DELTA, "deleted:")

    assert (page.gone, page.cursor, page.records) == (["a", "c"], None, [])


async def test_a_delta_of_seconds_still_asks_for_whole_minutes():
    org = Org()
    window = Window(UNTIL - timedelta(seconds=5), UNTIL)

    page = await org.client().fetch(ACCOUNTS, "changes", window, "deleted:")

    assert (page.gone, page.left_out) == ([], {})
    assert org.asked.count("deleted") == 1


async def test_records_are_asked_for_by_id_in_the_bin_too():
    org = Org(queryAll=rows("a"))

    page = await org.client().fetch(ACCOUNTS, "by_id", ALL, None, keys=["a", "b'"])

    assert [record["Id"] for record in page.records] == ["a"]
    assert "WHERE Id IN ('a','b\\'')" in org.queries[0]


async def test_what_is_left_of_the_day():
    quota = await Org().client().quota()

    assert quota is not None
    assert (quota.limit, quota.remaining) == (15000, 14998)


async def test_who_may_not_ask_what_is_left_knows_nothing():
    assert await Org(limits=refused(403, "INSUFFICIENT_ACCESS")).client().quota() is None


async def test_records_asked_for_by_id_are_read_to_the_last_page():
    first = rows("a", "b", total=3, done=False) | {"nextRecordsUrl": NEXT}
    org = Org(queryAll=first, **{"0r8-2": rows("c")})

    page = await org.client().fetch(ACCOUNTS, "by_id", ALL, None, keys=["a", "b", "c"])

    assert [record["Id"] for record in page.records] == ["a", "b", "c"]


async def test_what_was_deleted_is_looked_for_on_all_pages():
    first = rows("a", "b", total=3, done=False) | {"nextRecordsUrl": f"https://other.example{NEXT}"}
    listed = {"deletedRecords": [{"id": one} for one in "abcd"]}
    org = Org(queryAll=first, deleted=listed, **{"0r8-2": rows("c")})

    page = await org.client().fetch(ACCOUNTS, "changes", DELTA, "deleted:")

    assert page.gone == ["d"]


@pytest.mark.parametrize("following", [None, "", "https://other.example/", 7])
async def test_a_page_that_is_not_the_last_and_names_no_other_is_no_answer(following: Any):
    org = Org(queryAll=rows("a", total=3, done=False) | {"nextRecordsUrl": following})

    with pytest.raises(BadAnswer, match="names no next page"):
        await org.client().fetch(ACCOUNTS, "by_id", ALL, None, keys=["a", "b", "c"])


async def test_pages_that_lead_back_to_each_other_are_no_progress():
    page = rows("a", total=3, done=False) | {"nextRecordsUrl": NEXT}

    with pytest.raises(NoProgress):
        await (
            Org(queryAll=page, **{"0r8-2": page})
            .client()
            .fetch(ACCOUNTS, "by_id", ALL, None, keys=["a", "b", "c"])
        )


async def test_what_lies_in_the_bin_unread_is_gone_too():
    org = Org(queryAll=rows(), deleted={"deletedRecords": [{"id": "a"}]})

    page = await org.client().fetch(ACCOUNTS, "changes", DELTA, "deleted:")

    assert page.gone == ["a"]
    assert org.queries == ["SELECT Id FROM Account WHERE Id IN ('a') AND IsDeleted = FALSE"]


WIDE = [*FIELDS, *({"name": f"F{n:03d}{'x' * 30}__c", "type": "string"} for n in range(500))]


def changing(times: int) -> list[dict[str, Any]]:
    """Answers, each with a later stamp than the one before, for a while."""
    answers = []
    for number in range(60):
        answer = rows("a")
        answer["records"][0]["SystemModstamp"] = f"2026-11-20T08:30:{min(number, times):02d}.000Z"
        answers.append(answer)
    return answers


async def test_a_record_that_changes_between_two_portions_is_asked_for_again():
    org = Org(describe={"fields": WIDE}, queryAll=changing(1))
    client = org.client()
    wide = await client.describe(ACCOUNTS)

    page = await client.fetch(wide, "by_id", ALL, None, keys=["a", "b"])

    assert [record["Id"] for record in page.records] == ["a"]
    assert "'b'" in org.queries[0]
    assert "'b'" not in org.queries[-1]


async def test_a_record_that_never_stops_changing_is_not_taken_for_a_deleted_one():
    client = Org(describe={"fields": WIDE}, queryAll=changing(60)).client()
    wide = await client.describe(ACCOUNTS)

    with pytest.raises(BadAnswer, match="change while they are read"):
        await client.fetch(wide, "by_id", ALL, None, keys=["a"])


@pytest.mark.parametrize(("said", "cursor"), [({}, "deleted:"), ({"replicateable": False}, None)])
async def test_only_an_object_that_says_so_has_no_list_of_deletions(
    said: dict[str, Any], cursor: str | None
):
    org = Org(describe={"fields": FIELDS} | said, queryAll=rows("a"))

    page = await org.client().fetch(ACCOUNTS, "changes", DELTA, None)

    assert page.cursor == cursor


async def test_a_list_of_deletions_that_there_is_not_is_told():
    org = Org(describe={"fields": FIELDS}, deleted=refused(404, "NOT_FOUND"))

    page = await org.client().fetch(ACCOUNTS, "changes", DELTA, "deleted:")

    assert "NOT_FOUND" in page.left_out["records purged from the recycle bin"]


NO_BULK = [
    (404, "NOT_FOUND"),
    (405, "METHOD_NOT_ALLOWED"),
    (400, "FEATURENOTENABLED"),
    (403, "FEATURENOTENABLED"),
    (403, "INSUFFICIENT_ACCESS"),
    (403, "API_ERROR"),
]


@pytest.mark.parametrize(("status", "code"), NO_BULK)
async def test_where_there_is_no_bulk_api_records_are_read_by_rest(status: int, code: str):
    org = Org(query=refused(status, code), queryAll=rows("a"))

    page = await org.client(ways={"accounts": "bulk"}).fetch(ACCOUNTS, "changes", ALL, None)

    assert [record["Id"] for record in page.records] == ["a"]


async def test_who_may_read_neither_way_is_told_by_rest():
    org = Org(
        query=refused(403, "INSUFFICIENT_ACCESS"), queryAll=refused(403, "INSUFFICIENT_ACCESS")
    )

    with pytest.raises(MissingScope):
        await org.client(ways={"accounts": "bulk"}).fetch(ACCOUNTS, "changes", ALL, None)


@pytest.mark.parametrize("code", ["INVALID_FIELD", "INVALID_TYPE"])
async def test_a_query_that_is_wrong_is_not_asked_by_rest_instead(code: str):
    org = Org(query=refused(400, code), queryAll=rows("a"))

    with pytest.raises(SourceError, match=code):
        await org.client(ways={"accounts": "bulk"}).fetch(ACCOUNTS, "changes", ALL, None)


@pytest.mark.parametrize("refusal", [(404, "NOT_FOUND"), (403, "INSUFFICIENT_ACCESS")])
@pytest.mark.parametrize("other", ["sobjects", "limits"])
async def test_an_org_that_does_not_tell_its_resources_is_asked_for_another(
    refusal: tuple[int, str], other: str
):
    answers = {"v66.0": refused(*refusal), "data": versions("65.0", "66.0")}
    org = Org(**answers | {"sobjects": refused(*refusal), other: {}})

    account = await org.client().account()

    assert (account.now, account.api_version) == (UNTIL, "66.0")


async def test_who_may_ask_for_nothing_at_all_is_refused():
    answers = {"v66.0": refused(403, "INSUFFICIENT_ACCESS"), "data": refused(404, "NOT_FOUND")}
    org = Org(**answers, sobjects=refused(404, "NOT_FOUND"), limits=refused(404, "NOT_FOUND"))

    with pytest.raises(MissingScope):
        await org.client().account()


async def test_without_a_wish_it_is_the_newest_version_up_to_the_usual_one():
    answers = {"v66.0": refused(404, "NOT_FOUND"), "data": versions("9.0", "65.0", "64.0", "67.0")}
    org = Org(**answers, sobjects={}, queryAll=rows("a"))
    client = org.client("")

    account = await client.account()

    assert account.api_version == "65.0"


@pytest.mark.parametrize(("version", "known"), [("66.0", "65.0"), ("", "67.0")])
async def test_a_version_that_the_user_chose_must_be_there_and_a_later_one_is_never_taken(
    version: str, known: str
):
    org = Org(**{"v66.0": refused(404, "NOT_FOUND"), "data": versions(known)}, sobjects={})

    with pytest.raises(ConfigError, match=f"no API version 66.0; it has {known}"):
        await org.client(version).account()


@pytest.mark.parametrize("spelled", ["66.0", "v66.0 "])
def test_the_settings_know_whether_a_version_was_chosen(
    monkeypatch: pytest.MonkeyPatch, spelled: str
):
    monkeypatch.delenv("SALESFORCE_API_VERSION", raising=False)
    unset = SalesforceSettings.of("SALESFORCE_").api_version
    monkeypatch.setenv("SALESFORCE_API_VERSION", spelled)

    assert (unset, SalesforceSettings.of("SALESFORCE_").api_version) == ("", "66.0")
