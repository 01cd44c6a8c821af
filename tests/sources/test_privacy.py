import base64
import copy
import json
import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.entity import Entity, Field
from sources.errors import ConfigError
from sources.privacy import Privacy, WrongKey

OLD, NEW = (
    base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n in (1, 2)
)  # the same for every worker
PRIVACY = Privacy.from_keys([NEW])

PEOPLE = Entity(
    name="people",
    path="people",
    fields=(
        Field("id", "integer"),
        Field("ssn", at="properties.ssn", encrypt=True),
        Field("tax_id", at="properties.tax.id", encrypt=True),
        Field("iban", at="bank.account.iban", encrypt=True),
        Field("pin", encrypt=True),
    ),
    flatten=("properties",),
)


def protected(record, privacy=PRIVACY, entity=PEOPLE):
    record = copy.deepcopy(record)
    privacy.protect(entity, [record])
    return record


def mac(value, field="pin", privacy=PRIVACY):
    return protected({field: value}, privacy, Entity("e", "e", (Field(field, encrypt=True),)))[
        field
    ]["mac"]


@given(st.text(st.characters(codec=None), min_size=1))
def test_any_text_comes_back(text):
    record = protected({"pin": text})

    assert PRIVACY.unprotect(record["pin"]["token"]) == text


@given(st.text(min_size=1))
def test_equal_values_have_equal_macs_and_different_tokens(text):
    one, two = protected({"pin": text})["pin"], protected({"pin": text})["pin"]

    assert one["mac"] == two["mac"]
    assert one["token"] != two["token"]


@given(st.text(min_size=1), st.text(min_size=1))
def test_different_values_have_different_macs(one, other):
    assert (mac(one) == mac(other)) == (one == other)


@given(st.text(min_size=1))
def test_equal_values_of_different_fields_differ(text):
    assert mac(text, "pin") != mac(text, "puk")


@given(
    st.recursive(
        st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(string.ascii_letters), inner),
    )
)
def test_other_values_come_back_as_json(value):
    token = protected({"pin": value})["pin"]["token"]

    assert json.loads(PRIVACY.unprotect(token), parse_float=Decimal) == value


def test_values_are_found_where_the_mapping_finds_them():
    record = protected(
        {
            "id": 1,
            "properties": {"ssn": "1", "tax.id": "2", "tax": {"id": "plain"}},
            "bank": {"account": {"iban": "3", "bic": "plain"}},
            "pin": "4",
        }
    )

    found = [
        record["properties"]["ssn"],
        record["properties"]["tax.id"],
        record["bank"]["account"]["iban"],
        record["pin"],
    ]
    assert [PRIVACY.unprotect(value["token"]) for value in found] == ["1", "2", "3", "4"]
    assert record["id"] == 1
    assert record["properties"]["tax"] == {"id": "plain"}
    assert record["bank"]["account"]["bic"] == "plain"


@pytest.mark.parametrize("empty", [None, ""])
def test_nothing_stays_nothing(empty):
    assert protected({"pin": empty}) == {"pin": None}


@pytest.mark.parametrize(
    "record",
    [{}, {"properties": {}}, {"properties": None}, {"bank": None}, {"bank": {"account": 3}}],
)
def test_absent_stays_absent(record):
    assert protected(record) == record


@pytest.mark.parametrize("value", [0, False, [], {}, " ", {"token": "a", "mac": "b"}])
def test_what_only_looks_empty_or_protected_is_encrypted(value):
    assert PRIVACY.unprotect(protected({"pin": value})["pin"]["token"])


def test_protecting_again_changes_nothing():
    once = protected({"pin": "1234", "properties": {"ssn": "1"}})

    assert protected(once) == once


def test_after_a_rotation_old_values_still_open():
    before = protected({"pin": "1234"}, Privacy.from_keys([OLD]))
    rotated = Privacy.from_keys([NEW, OLD])

    after = protected(before, rotated)

    assert after == before
    assert rotated.unprotect(before["pin"]["token"]) == "1234"
    assert PRIVACY.unprotect(protected({"pin": "5"}, rotated)["pin"]["token"]) == "5"


def test_a_value_of_another_key_does_not_open():
    token = protected({"pin": "1234"}, Privacy.from_keys([OLD]))["pin"]["token"]

    for privacy in (PRIVACY, Privacy()):
        with pytest.raises(WrongKey, match="FIELD_ENCRYPTION_KEYS"):
            privacy.unprotect(token)


@pytest.mark.parametrize("token", ["", "nonsense", "gAAAAABé", "\udc00"])
def test_what_is_no_token_does_not_open(token):
    with pytest.raises(WrongKey):
        PRIVACY.unprotect(token)


@given(st.binary())
def test_pages_come_back_and_cannot_be_read_in_between(page):
    sealed = PRIVACY.seal(page)

    assert PRIVACY.open(sealed) == page
    assert len(page) < 4 or page not in sealed


@given(st.binary())
def test_without_a_key_pages_are_kept_as_they_are(page):
    plain = Privacy().seal(page)

    assert Privacy().open(plain) == page
    assert PRIVACY.open(plain) == page


def test_a_sealed_page_does_not_open_without_its_key():
    for privacy in (Privacy(), Privacy.from_keys([OLD])):
        with pytest.raises(WrongKey):
            privacy.open(PRIVACY.seal(b"page"))


@pytest.mark.parametrize("cut", [0, 1, 20])
def test_a_damaged_page_does_not_open(cut):
    with pytest.raises(WrongKey):
        PRIVACY.open(PRIVACY.seal(b"page")[:cut])


def test_a_missing_key_is_told_before_any_request():
    with pytest.raises(ConfigError, match=r"(?s)people\.ssn.*Fernet\.generate_key"):
        Privacy().require([PEOPLE])
    with pytest.raises(ConfigError, match="FIELD_ENCRYPTION_KEYS"):
        protected({"pin": "1"}, Privacy())


def test_no_key_is_needed_where_nothing_is_encrypted():
    plain = Entity("plain", "plain", (Field("pin"),))

    Privacy().require([plain])

    assert protected({"pin": "1"}, Privacy(), plain) == {"pin": "1"}


@pytest.mark.parametrize("text", [f"{NEW},{OLD}", f"{NEW}\n{OLD}\n", f" {NEW} , \n {OLD} ,"])
def test_keys_are_separated_by_commas_or_line_ends(text):
    privacy = Privacy.from_env({"FIELD_ENCRYPTION_KEYS": text})

    assert privacy.fingerprint == Privacy.from_keys([NEW, OLD]).fingerprint


@pytest.mark.parametrize("bad", ["hunter2", NEW[:-4], "ключ", NEW + "AAAA", NEW + OLD])
def test_a_bad_key_is_refused_without_showing_it(bad):
    with pytest.raises(ConfigError, match="key 2 of 2") as caught:
        Privacy.from_keys([NEW, bad])

    assert bad not in str(caught.value)
    assert caught.value.__context__ is None


def test_the_fingerprint_tells_keys_apart():
    prints = {Privacy.from_keys(keys).fingerprint for keys in ([], [OLD], [NEW], [NEW, OLD])}

    assert len(prints) == 4
    assert OLD not in repr(vars(Privacy.from_keys([OLD])))
