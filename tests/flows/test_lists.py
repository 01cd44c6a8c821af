"""What HubSpot only gives whole: owners, teams, pipelines and properties; what is missing there is gone."""

from tests.flows.harness import Bench

PEOPLE = ("owners", "teams", "owner_teams")


def ids(bench: Bench, table: str, *, living: bool = True) -> set[str]:
    where = "where deleted_at is null" if living else "where deleted_at is not null"
    return {str(row["id"]) for row in bench.rows(f"select id from hubspot.{table} {where}")}


def stages(bench: Bench) -> set[tuple[str, str, str]]:
    rows = bench.rows(
        "select object_type, pipeline_id, id from hubspot.pipeline_stages where deleted_at is null"
    )
    return {tuple(row.values()) for row in rows}


def test_owners_land_with_those_who_have_left(bench: Bench):
    bench.sync("owners")

    there = bench.sandbox.owners()
    gone = {key for key, owner in there.items() if owner["archived"]}
    assert gone
    assert ids(bench, "owners", living=False) == gone
    assert ids(bench, "owners") == there.keys() - gone


def test_an_owner_who_leaves_is_marked_and_one_who_returns_is_not_any_more(bench: Bench):
    key = bench.sandbox.add_owner(email="new@example.org", first_name="New")
    bench.sync("owners")
    bench.sandbox.archive_owner(key)

    bench.sync("owners")

    assert key in ids(bench, "owners", living=False)


def test_an_owner_who_is_in_neither_list_any_more_is_gone(bench: Bench):
    key = bench.sandbox.add_owner(email="new@example.org", first_name="New")
    bench.sync("owners")
    bench.sandbox.remove_owner(key)

    [result] = bench.sync("owners")

    assert result.outcome == "success"
    assert key in ids(bench, "owners", living=False)
    assert result.row["performance_metrics"]["deleted"] == 1


def test_complete_replacement_removes_an_owner_who_is_in_neither_list(bench: Bench):
    key = bench.sandbox.add_owner(email="new@example.org", first_name="New")
    bench.sync("owners")
    bench.sandbox.remove_owner(key)

    bench.sync("owners", full=True, force_overwrite=True)

    assert key not in ids(bench, "owners") | ids(bench, "owners", living=False)


def test_more_owners_than_one_page_holds_are_all_read(bench: Bench):
    for number in range(230):
        bench.sandbox.add_owner(email=f"o{number}@example.org", first_name="O")

    bench.sync("owners")

    assert len(ids(bench, "owners")) > 230


def test_teams_and_who_belongs_to_them(bench: Bench):
    bench.sandbox.add_owner(email="a@example.org", first_name="A", teams=("North", "Moon"))

    results = bench.sync(*PEOPLE)

    assert {result.outcome for result in results} == {"success"}
    assert bench.one("select count(*) from hubspot.teams where name = 'Moon'") == 1
    teams = bench.rows(
        "select t.name, m.is_primary from hubspot.owner_teams m"
        " join hubspot.owners o on o.id = m.owner_id join hubspot.teams t on t.id = m.team_id"
        " where o.email = 'a@example.org' order by 1"
    )
    assert [row["name"] for row in teams] == ["Moon", "North"]
    assert [row["is_primary"] for row in teams].count(True) == 1


def test_pipelines_of_every_type_land_with_their_stages(bench: Bench):
    bench.sync("pipelines", "pipeline_stages")

    for name in ("deals", "tickets"):
        there = bench.sandbox.pipelines(name)
        assert there
        assert {
            (name, pipeline["id"], stage["id"])
            for pipeline in there
            for stage in pipeline["stages"]
        } == {stage for stage in stages(bench) if stage[0] == name}


def test_the_same_id_in_two_types_is_two_pipelines(bench: Bench):
    bench.sandbox.add_pipeline("tickets", "default", "Repairs", stages=[("closedwon", "Done")])

    bench.sync("pipelines", "pipeline_stages")

    kinds = bench.rows("select object_type from hubspot.pipelines where id = 'default' order by 1")
    assert {"deals", "tickets"} <= {row["object_type"] for row in kinds}
    stages_of = bench.rows("select object_type from hubspot.pipeline_stages where id = 'closedwon'")
    assert len(stages_of) == 2


def test_a_stage_that_is_removed_is_marked_and_comes_back(bench: Bench):
    bench.sandbox.add_pipeline("deals", "short", "Short", stages=[("one", "One"), ("two", "Two")])
    bench.sync("pipeline_stages")
    bench.sandbox.remove_stage("deals", "short", "two")

    [result] = bench.sync("pipeline_stages")
    gone = ("deals", "short", "two") not in stages(bench)
    bench.sandbox.add_pipeline("deals", "short", "Short", stages=[("one", "One"), ("two", "Two")])
    bench.sync("pipeline_stages")

    assert result.outcome == "success"
    assert gone
    assert ("deals", "short", "two") in stages(bench)


def test_an_empty_answer_removes_nothing(bench: Bench):
    bench.config(only=["deals", "pipelines"])
    bench.sync("pipelines")
    for pipeline in bench.sandbox.pipelines("deals"):
        bench.sandbox.remove_pipeline("deals", pipeline["id"])

    [result] = bench.sync("pipelines")

    assert result.outcome == "unreconciled"
    assert "nothing was removed" in (result.error or "")
    assert ids(bench, "pipelines") == {"default", "renewals"}


def test_a_row_is_only_gone_when_a_second_reading_misses_it_too(bench: Bench):
    bench.sync("pipelines")
    served = 0

    def blink(call: object) -> None:
        nonlocal served
        if getattr(call, "path", "").endswith("/pipelines/deals"):
            served += 1
            if served == 1:
                bench.sandbox.remove_pipeline("deals", "renewals")
            if served == 2:
                bench.sandbox.add_pipeline("deals", "renewals", "Renewals", stages=[])

    bench.sandbox.before_request = blink
    bench.sync("pipelines")

    assert served == 2
    assert "renewals" in ids(bench, "pipelines")


def test_a_type_that_may_not_be_read_is_left_out_and_its_rows_stay(bench: Bench, caplog):
    bench.sync("pipelines", "properties")
    before = bench.one("select count(*) from hubspot.pipelines where deleted_at is null")
    bench.sandbox.fault("missing_scope", times=None, path="/pipelines/tickets")

    [result] = bench.sync("pipelines")

    assert result.outcome == "success"
    assert result.row["configuration"]["left_out"] == ["tickets"]
    assert "tickets left out" in caplog.text
    assert bench.one("select count(*) from hubspot.pipelines where deleted_at is null") == before


def test_labels_can_be_joined_to_what_records_hold(bench: Bench):
    bench.sandbox.create("deals", {"dealname": "Roof", "dealtype": "newbusiness"})

    bench.sync("deals", "properties", "property_options")

    label = bench.one(
        "select o.label from hubspot.deals d join hubspot.property_options o"
        " on o.object_type = 'deals' and o.property = 'dealtype' and o.value = d.deal_type"
    )
    assert label
    assert label != "newbusiness"
    assert (
        bench.one(
            "select type from hubspot.properties where (object_type, name) = ('deals', 'amount')"
        )
        == "number"
    )


def test_a_second_run_changes_nothing(bench: Bench):
    names = (*PEOPLE, "pipelines", "pipeline_stages", "properties", "property_options")
    bench.sync(*names)

    results = bench.sync(*names)

    for result in results:
        row = result.row
        assert (row["records_created"], row["records_updated"], row["records_failed"]) == (0, 0, 0)
        assert row["performance_metrics"]["unchanged"] == row["records_processed"] > 0
