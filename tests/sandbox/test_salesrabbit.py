"""The look-alike of SalesRabbit, asked as the vendor's clients ask."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.process import running
from sandbox.salesrabbit import TOKEN, Limits, ManualClock, SalesRabbitSandbox

EARLY = datetime(2026, 2, 1, 10, tzinfo=UTC)
LATE = EARLY + timedelta(days=2)


@pytest.fixture
def sandbox() -> SalesRabbitSandbox:
    return SalesRabbitSandbox(clock=ManualClock(LATE))


@pytest.fixture
def api(sandbox: SalesRabbitSandbox) -> Iterator[httpx.Client]:
    with sandbox.serve() as url, client(url) as api:
        yield api


def client(url: str, token: str = TOKEN) -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=5, trust_env=False
    )


def since(moment: datetime, header: str = "If-Modified-Since") -> dict[str, str]:
    return {header: moment.isoformat()}


def test_a_page_says_whether_there_are_more(sandbox, api):
    made = {sandbox.create() for _ in range(5)}

    pages = [api.get("/leads", params={"page": n, "perPage": 2}).json() for n in (1, 2, 3, 4)]

    assert [page["meta"]["morePages"] for page in pages] == [True, True, False, False]
    assert {str(lead["id"]) for page in pages for lead in page["data"]} == made


def test_a_page_is_2000_leads_unless_said_and_never_more(sandbox, api):
    for _ in range(2005):
        sandbox.create()

    assert len(api.get("/leads").json()["data"]) == 2000
    assert len(api.get("/leads", params={"perPage": 5000}).json()["data"]) == 2000


@pytest.mark.parametrize("name", ["limit", "pageSize", "offset", "per_page"])
def test_parameters_of_other_vendors_are_overlooked(sandbox, api, name):
    for _ in range(3):
        sandbox.create()

    assert len(api.get("/leads", params={name: 1}).json()["data"]) == 3


@pytest.mark.parametrize("params", [{"page": 0}, {"page": "x"}, {"perPage": 0}])
def test_a_page_that_is_no_number_is_refused(api, params):
    assert api.get("/leads", params=params).status_code == 400


def test_a_delta_lists_what_changed_after_the_moment(sandbox, api):
    old = sandbox.create(updated=EARLY)
    new = sandbox.create(updated=LATE)

    found = api.get("/leads", headers=since(EARLY)).json()["data"]

    assert [str(lead["id"]) for lead in found] == [new]
    assert old != new


def test_nothing_changed_is_304_without_a_body(sandbox, api):
    sandbox.create(updated=EARLY)

    answer = api.get("/leads", headers=since(LATE))

    assert (answer.status_code, answer.content) == (304, b"")


def test_a_moment_in_the_form_of_http_dates_is_refused(api):
    answer = api.get("/leads", headers={"If-Modified-Since": "Sun, 01 Feb 2026 10:00:00 GMT"})

    assert answer.status_code == 400


def test_a_status_may_be_newer_than_its_lead(sandbox, api):
    lead = sandbox.create(updated=EARLY)
    sandbox.visit(lead, at=LATE, bump=False)

    by_lead = api.get("/leads", headers=since(EARLY + timedelta(hours=1)))
    by_status = api.get("/leads", headers=since(EARLY, "If-Status-Modified-Since")).json()["data"]

    assert by_lead.status_code == 304
    assert by_status[0]["statusModified"] > by_status[0]["dateModified"]


def test_histories_are_an_object_by_lead_and_a_page_counts_leads(sandbox, api):
    leads = [sandbox.create(updated=EARLY) for _ in range(3)]
    for lead in leads:
        sandbox.visit(lead, at=EARLY)
        sandbox.visit(lead, at=LATE)

    answer = api.get("/leadStatusHistories", params={"perPage": 2}).json()

    assert len(answer["data"]) == 2
    assert answer["data"].keys() < set(leads)
    assert answer["meta"] == {"morePages": True}
    for visits in answer["data"].values():
        assert [visit["statusUpdated"] for visit in visits] == [LATE.isoformat(), EARLY.isoformat()]
        assert isinstance(visits[0]["changedByUserId"], str)


def test_histories_of_nobody_are_an_empty_list(api):
    assert api.get("/leadStatusHistories").json()["data"] == []


def test_all_users_are_on_every_page(sandbox, api):
    users = {sandbox.create("users") for _ in range(3)}

    pages = [api.get("/users", params={"page": n, "perPage": 1}).json() for n in (1, 2, 3)]

    assert all({str(user["id"]) for user in page["data"]} == users for page in pages)
    assert [page["meta"]["morePages"] for page in pages] == [True, True, False]


def test_a_deleted_lead_is_listed_with_the_moment_or_not_at_all(sandbox, api):
    lead = sandbox.create(updated=EARLY)
    sandbox.delete(lead)

    listed = api.get("/leads").json()["data"]
    sandbox.lists_deleted = False

    assert [one["deletedAt"] for one in listed] == [LATE.isoformat()]
    assert api.get("/leads").json()["data"] == []
    assert api.get(f"/leads/{lead}").status_code == 404


def test_an_address_is_flat_or_an_object_of_its_own(sandbox, api):
    lead = sandbox.create("leads", {"street1": "12 Elm St", "latitude": 39.7})

    flat = api.get(f"/leads/{lead}").json()["data"]
    sandbox.nested = True
    nested = api.get(f"/leads/{lead}").json()["data"]

    assert (flat["street1"], flat["latitude"], flat["customFields"]) == ("12 Elm St", 39.7, [])
    assert (nested["address"]["street1"], nested["coordinates"]["latitude"]) == ("12 Elm St", 39.7)
    assert "street1" not in nested


@pytest.mark.parametrize("path", ["/leads", "/users", "/leads/1", "/leadStatusHistories"])
def test_without_a_good_token_nothing_is_answered(sandbox, path):
    with sandbox.serve() as url, client(url, "wrong") as api:
        assert api.get(path).status_code == 401


def test_an_unknown_address_is_not_found_and_another_method_not_allowed(api):
    assert api.get("/contacts").status_code == 404
    assert api.delete("/leads").status_code == 405


def test_too_many_requests_are_refused_with_the_seconds_to_wait():
    ticks = iter([0.0, 0.1, 0.2, 1.3])
    sandbox = SalesRabbitSandbox(limits=Limits.of((2, 1.0), tick=lambda: next(ticks)))

    with sandbox.serve() as url, client(url) as api:
        answers = [api.get("/leads") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert float(answers[2].headers["Retry-After"]) == pytest.approx(0.8)


def test_a_page_may_be_empty_short_repeated_or_silent_about_more(sandbox, api):
    for _ in range(4):
        sandbox.create()
    params = {"page": 2, "perPage": 2}
    right = api.get("/leads", params=params).json()

    answers = {}
    for kind in ("empty_page", "short_page", "repeat_page", "no_meta"):
        sandbox.fault(kind)
        answers[kind] = api.get("/leads", params=params).json()

    assert answers["empty_page"]["data"] == []
    assert answers["short_page"]["data"] == right["data"][:1]
    assert answers["repeat_page"] == api.get("/leads", params={"perPage": 2}).json()
    assert answers["no_meta"] == {"data": right["data"]}


def test_faults_strike_once_and_are_told_by_name(sandbox, api):
    sandbox.fault("server_error", path="/users$")

    assert api.get("/leads").status_code == 200
    assert [api.get("/users").status_code for _ in range(2)] == [500, 200]
    with pytest.raises(ValueError, match="No fault is called"):
        sandbox.fault("earthquake")


def test_as_a_process_it_is_told_what_happens():
    with running("sandbox.salesrabbit", "--leads", "3", "--users", "2") as remote:
        made = remote.do("create", type="leads", values={"firstName": "Ana"})["id"]
        remote.do("visit", id=made)

        assert remote.truth("leads")[made]["firstName"] == "Ana"
        assert len(remote.truth("users")) == 2
        with client(remote.url) as api:
            assert api.get(f"/leads/{made}").json()["data"]["status"] == "Not Home"
