from dataclasses import replace

import pytest

from sources.entity import Entity, Field
from sources.hubspot.entities import CONTACTS, DEALS
from tasks.batch import Batch
from tasks.report import FLOOD, LONGEST_VALUE, Reporter
from tasks.transform import transform
from tasks.validate import validate


def contact(id_="501", **properties):
    whole = {"email": "ana@example.org", "firstname": "Ana", "phone": "555-123-4567"}
    return {"id": id_, "url": "https://app.example.com/501", "properties": whole | properties}


def report(*records, entity=CONTACTS, strict=False, mask_all=False) -> Batch:
    reporter = Reporter("hubspot", entity.name, mask_all=mask_all)
    return validate(transform(entity, list(records)), reporter, strict=strict)


def with_flag(entity, name, **flags) -> Entity:
    return replace(
        entity, fields=tuple(replace(f, **flags) if f.name == name else f for f in entity.fields)
    )


def test_a_run_begins_and_ends_in_the_guides_words(lines):
    reporter = Reporter("hubspot", "contacts")

    reporter.starting(1234)
    reporter.starting(None)
    reporter.starting(0)
    reporter.completed(1, 2, 3)
    reporter.failed("quota exhausted")

    assert lines() == [
        ("INFO", "Starting hubspot contacts sync with 1234 records"),
        ("INFO", "Starting hubspot contacts sync with ? records"),
        ("INFO", "Starting hubspot contacts sync with 0 records"),
        ("INFO", "Completed hubspot contacts sync: 1 created, 2 updated, 3 failed"),
        ("ERROR", "hubspot contacts sync failed: quota exhausted"),
    ]


def test_a_good_batch_is_silent(lines):
    report(contact())

    assert lines() == []


def test_a_doubtful_value_is_a_warning(lines):
    report(contact(email="nonsense"))

    assert lines() == [
        (
            "WARNING",
            (
                "Validation warning for field 'email' with value 'nonsense' (Record: id=501):"
                " not an email address"
            ),
        )
    ]


def test_a_value_of_another_type_failed_to_parse(lines):
    report(contact(hubspot_owner_id="Bo"), contact("502") | {"archivedAt": "yesterday"})

    assert lines() == [
        ("WARNING", "Failed to parse integer value: 'Bo' in field 'owner_id' for hubspot 501"),
        (
            "WARNING",
            "Failed to parse datetime value: 'yesterday' in field 'deleted_at' for hubspot 502",
        ),
    ]


def test_strict_failures_are_errors(lines):
    report(contact(email="nonsense", hubspot_owner_id="Bo"), strict=True)

    assert lines() == [
        (
            "ERROR",
            (
                "Strict validation failed for field 'owner_id' with value 'Bo' (Record: id=501):"
                " not a value of kind integer"
            ),
        ),
        (
            "ERROR",
            (
                "Strict validation failed for field 'email' with value 'nonsense' (Record: id=501):"
                " not an email address"
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("strict", "level", "word"), [(False, "WARNING", "Warnings"), (True, "ERROR", "Errors")]
)
def test_broken_rules_of_a_record_stand_on_one_line(lines, strict, level, word):
    report(contact(email="", phone="", firstname=""), strict=strict)

    text = "Contact missing both email and phone; Contact missing both first and last name"
    assert lines() == [(level, f"{word} processing hubspot contacts 501: {text}")]


def test_a_deal_closed_before_it_was_made(lines):
    report(
        {"id": "7", "properties": {"closedate": "2024-01-01", "createdate": "2024-01-02"}},
        entity=DEALS,
    )

    assert lines() == [
        ("WARNING", "Warnings processing hubspot deals 7: Deal close date is before create date")
    ]


def test_a_record_without_its_key_is_an_error_in_either_mode(lines):
    report(contact(None), strict=False)
    report("not an object", strict=True)

    assert lines() == [
        (
            "ERROR",
            (
                "Error processing contacts ?: record has no id, which is its key"
                " - CRM URL: https://app.example.com/501 - Context: kept as a rejected record"
            ),
        ),
        (
            "ERROR",
            (
                "Error processing contacts ?: record is not an object"
                " - CRM URL: ? - Context: kept as a rejected record"
            ),
        ),
    ]


REFUSED = 'PostgreSQL refused the row: invalid input syntax for type json: "Ana "the" Diaz" (22P02)'


def test_a_refused_record_is_an_error_with_its_address_and_context(lines):
    batch = report(contact())

    Reporter("hubspot", "contacts").refused(batch, 0, REFUSED, "run 12")

    assert lines() == [
        (
            "ERROR",
            f"Error processing contacts 501: {REFUSED} - CRM URL: https://app.example.com/501 - Context: run 12",
        )
    ]


def test_the_parts_of_a_key_are_joined_and_missing_ones_marked(lines):
    pairs = Entity(
        "pairs", "pairs", (Field("kind"), Field("id"), Field("mail", "email")), key=("kind", "id")
    )

    report({"kind": "deals", "id": "1", "mail": "x"}, {"kind": "deals"}, entity=pairs)

    assert [line.split(":")[0] for _, line in lines()] == [
        "Error processing pairs deals",
        "Validation warning for field 'mail' with value 'x' (Record",
    ]
    assert "pairs deals:?" in lines()[0][1]
    assert "(Record: id=deals:1)" in lines()[1][1]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("flag", ["sensitive", "encrypt"])
def test_sensitive_and_encrypted_values_never_show(lines, flag, strict):
    entity = with_flag(with_flag(CONTACTS, "email", sensitive=True), "owner_id", **{flag: True})
    owner = {"token": "gAAAAA", "mac": "00"} if flag == "encrypt" else "Secret Bo"

    report(contact(email="secret@", hubspot_owner_id=owner), entity=entity, strict=strict)

    assert any("field 'email' with value '***'" in line for _, line in lines())
    assert not any("secret" in line.lower() or "gAAAA" in line for _, line in lines())


def test_a_sensitive_key_and_a_sensitive_address_stay_hidden(lines):
    entity = with_flag(with_flag(CONTACTS, "id", sensitive=True), "crm_url", sensitive=True)

    batch = report(contact(email="x", firstname=""), entity=entity)
    Reporter("hubspot", "contacts").refused(batch, 0, REFUSED, "run 12")

    assert "(Record: id=***)" in lines()[0][1]
    assert "hubspot contacts ***:" in lines()[1][1]
    assert "contacts ***: PostgreSQL refused" in lines()[2][1]
    assert "CRM URL: *** -" in lines()[2][1]
    assert not any("501" in line or "Ana" in line for _, line in lines())


def test_one_setting_masks_all_values(lines):
    reporter = Reporter("hubspot", "contacts", mask_all=True)
    record = contact(email="e-junk", phone="p-junk", hubspot_owner_id="o-junk")

    batch = validate(transform(CONTACTS, [record]), reporter)
    reporter.refused(batch, 0, REFUSED, "run 12")
    reporter.refused(batch, 0, 'null value in column "email" of relation x', "run 12")
    report(record, strict=True, mask_all=True)
    report(contact(email="", phone=""), contact(None), mask_all=True)

    said = "\n".join(line for _, line in lines())
    assert said.count("'***'") == 6
    assert 'type json: "***" (22P02)' in said
    assert "CRM URL: *** -" in said
    assert 'in column "email"' in said
    assert "501" in said
    assert not any(value in said for value in ("junk", "Ana", "Diaz", "app.example.com"))


def test_a_missing_required_value_is_told_without_a_value(lines):
    entity = with_flag(CONTACTS, "city", required=True)

    report(contact(), entity=entity, mask_all=True)

    assert lines() == [
        (
            "WARNING",
            "Validation warning for field 'city' with value 'None' (Record: id=501): is required",
        )
    ]


def test_a_value_neither_breaks_a_line_nor_fills_the_log(lines):
    report(contact(email="a\r\nERROR forged\x1b[2J\u2028" + "x" * 5000))

    ((_, line),) = lines()
    assert "'a ERROR forged [2J " in line
    assert len(line) < LONGEST_VALUE + 150


def test_a_flood_is_counted_after_the_first_twenty_of_a_field_also_across_chunks(lines):
    reporter = Reporter("hubspot", "contacts")

    for _ in range(3):
        records = [contact(str(n), email="x", phone="y") for n in range(15)]
        validate(transform(CONTACTS, records), reporter)
    reporter.summarize_floods()

    said = [line for _, line in lines()]
    assert sum("field 'email' with" in line for line in said) == FLOOD
    assert sum("field 'phone' with" in line for line in said) == FLOOD
    assert said[-2:] == [
        "hubspot contacts: 25 more like 'not an email address' for field 'email'",
        "hubspot contacts: 25 more like 'not a phone number of 7 to 15 digits' for field 'phone'",
    ]
    assert reporter.counts["warnings"] == 90


def test_floods_of_rules_and_refusals_are_counted_too(lines):
    reporter = Reporter("hubspot", "contacts")

    records = [contact(str(n), email="", phone="") for n in range(30)] + [contact(None)] * 25
    validate(transform(CONTACTS, records), reporter)
    reporter.summarize_floods()

    said = [line for _, line in lines()]
    assert len(said) == 2 * FLOOD + 2
    assert set(said[-2:]) == {
        "hubspot contacts: 5 more like 'record has no id, which is its key'",
        "hubspot contacts: 10 more like 'Contact missing both email and phone'",
    }


def test_nothing_is_said_of_few(lines):
    reporter = Reporter("hubspot", "contacts")

    validate(transform(CONTACTS, [contact(email="x")] * FLOOD), reporter)
    reporter.summarize_floods()

    assert len(lines()) == FLOOD
