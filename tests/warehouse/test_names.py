import threading
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.connection import connect
from warehouse.names import (
    RESERVED,
    Named,
    NameTaken,
    Wanted,
    mark_filled,
    snake_case,
    stable_names,
    unfilled,
)

SOURCE, ENTITY = "hubspot", "contacts"
entities = (f"entity_{number}" for number in count())

# Labels that meet: few letters, much that becomes '_', and names as long as they may be.
labels = st.one_of(
    st.text(max_size=80),
    st.text("aAé_ 1", max_size=4),
    st.sampled_from(["x" * 63, "x" * 64, "é" * 40, "名" * 30, *RESERVED]),
)


def named(conn, *wanted, **options):
    return stable_names(conn, SOURCE, ENTITY, wanted, **options)


def stored(conn):
    return conn.execute(
        "select source_path, column_name, kind, filled from ingestion_column_name order by 1"
    ).fetchall()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("favorite_color", "favorite_color"),
        ("Favorite Color", "favorite_color"),
        ("favoriteColor", "favorite_color"),
        ("HTTPServerName", "http_server_name"),
        ("Q4Revenue", "q4_revenue"),
        ("My_Field__c", "my_field_c"),
        ("Prénom & Größe", "prenom_grosse"),
        ("№ 5 price (€)", "no_5_price"),
        ("1st", "_1st"),
        ("имя Клиента", "имя_клиента"),
        ("नमस्ते", "नमस्ते"),
        ("", "column"),
        ("€ / %", "column"),
        ("a\0b\n\ud800", "a_b"),
        ("x" * 70, "x" * 63),
        ("名" * 30, "名" * 21),
    ],
)
def test_a_label_becomes_snake_case(text, name):
    assert snake_case(text) == name


@given(labels)
def test_a_snake_case_name_stays_and_fits(text):
    name = snake_case(text)

    assert snake_case(name) == name
    assert 0 < len(name.encode()) <= 63


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(preferred=st.lists(labels, max_size=12), data=st.data())
def test_names_are_distinct_short_and_stable_in_whatever_order(pg18_url, preferred, data):
    entity = next(entities)
    wanted = [Wanted(f"properties.{i}", label, "text") for i, label in enumerate(preferred)]
    shuffled = data.draw(st.permutations(wanted))
    early = data.draw(st.integers(0, len(wanted)))

    with connect(pg18_url) as conn:
        first = stable_names(conn, SOURCE, entity, shuffled[:early])
        second = stable_names(conn, SOURCE, entity, wanted)
        third = stable_names(conn, SOURCE, entity, shuffled[early:])

    columns = [named.column for named in second.values()]
    assert len({*columns}) == len(wanted)
    assert all(0 < len(column.encode()) <= 63 for column in columns)
    assert not RESERVED & {*columns}
    assert first.items() | third.items() == second.items()


def test_equal_names_are_numbered(warehouse):
    names = named(warehouse, *(Wanted(path, "Color", "text") for path in "abc"), reserved={"color"})

    assert [names[path].column for path in "abc"] == ["color_2", "color_3", "color_4"]


def test_a_number_fits_behind_the_longest_name(warehouse):
    names = named(warehouse, Wanted("a", "é名" * 20, "text"), Wanted("b", "é名" * 20, "text"))

    assert names["a"].column != names["b"].column
    assert names["b"].column.endswith("_2")


def test_a_property_keeps_name_and_kind_when_the_source_changes_both(warehouse):
    before = named(warehouse, Wanted("p", "Old label", "text"))

    after = named(warehouse, Wanted("p", "New label", "decimal"))

    assert before == after == {"p": Named("old_label", "text")}


def test_declared_names_win_over_discovered_ones(warehouse):
    names = named(
        warehouse, Wanted("a", "email", "text"), Wanted("b", "email", "email", exact=True)
    )

    assert names == {"a": Named("email_2", "text"), "b": Named("email", "email")}


def test_a_declared_name_may_be_one_that_every_table_has(warehouse):
    names = named(warehouse, Wanted("createdAt", "created_at", "datetime", exact=True))

    assert names == {"createdAt": Named("created_at", "datetime")}


def test_a_declared_name_that_another_field_has_is_refused(warehouse):
    named(warehouse, Wanted("properties.color", "color", "text"))

    with pytest.raises(NameTaken, match=r"'color'.*properties\.colour.*properties\.color"):
        named(warehouse, Wanted("properties.colour", "color", "text", exact=True))

    assert len(stored(warehouse)) == 1


def test_two_fields_cannot_be_declared_alike(warehouse):
    with pytest.raises(NameTaken, match="a and b"):
        named(warehouse, Wanted("a", "x", "text", exact=True), Wanted("b", "x", "text", exact=True))


def test_a_field_declared_later_moves_to_its_declared_name_and_waits_to_be_filled(warehouse):
    named(warehouse, Wanted("p", "Color", "text"))

    named(warehouse, Wanted("p", "shade", "integer", exact=True), filled=False)

    assert stored(warehouse) == [("p", "shade", "integer", False)]


def test_declared_fields_may_swap_their_names(warehouse):
    named(warehouse, Wanted("a", "x", "text", exact=True), Wanted("b", "y", "text", exact=True))

    names = named(
        warehouse, Wanted("a", "y", "text", exact=True), Wanted("b", "x", "text", exact=True)
    )

    assert names == {"a": Named("y", "text"), "b": Named("x", "text")}


def test_a_declared_kind_that_changes_leaves_what_is_to_be_filled(warehouse):
    named(warehouse, Wanted("a", "x", "text", exact=True), filled=False)

    named(warehouse, Wanted("a", "x", "email", exact=True))

    assert stored(warehouse) == [("a", "x", "email", False)]


def test_a_dry_run_stores_nothing(warehouse):
    names = named(warehouse, Wanted("a", "Color", "text"), store=False)

    assert names == {"a": Named("color", "text")}
    assert stored(warehouse) == []


def test_entities_do_not_share_names(warehouse):
    for source, entity in [("hubspot", "deals"), ("pipedrive", "contacts"), (SOURCE, ENTITY)]:
        names = stable_names(warehouse, source, entity, [Wanted("a", "color", "text")])

        assert names == {"a": Named("color", "text")}


def test_what_waits_to_be_filled_is_remembered(warehouse):
    fields = [Wanted(name, name, "text") for name in "abc"]
    stable_names(warehouse, SOURCE, "deals", fields, filled=False)
    named(warehouse, *fields)

    mark_filled(warehouse, SOURCE, ENTITY, ["a", "b"], filled=False)
    mark_filled(warehouse, SOURCE, ENTITY, ["b", "unknown"], filled=True)

    assert unfilled(warehouse, SOURCE, ENTITY) == {"a"}
    assert unfilled(warehouse, SOURCE, "deals") == {"a", "b", "c"}


def test_two_processes_agree(pg18_url):
    fields = [Wanted(f"p{number:03}", "Color", "text") for number in range(50)]
    answers = []
    start = threading.Barrier(4)

    def name(part):
        with connect(pg18_url) as conn:
            start.wait()
            answers.append(named(conn, *part))

    parts = (fields, fields[::-1], fields[20:], fields[:30])
    threads = [threading.Thread(target=name, args=(part,)) for part in parts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with connect(pg18_url) as conn:
        final = named(conn, *fields)
    assert len({one.column for one in final.values()}) == 50
    assert len(answers) == 4
    assert all(answer.items() <= final.items() for answer in answers)
