"""Tombstones: whom they are for only a key tells; what is met of them counts once."""

from hypothesis import given
from hypothesis import strategies as st

from warehouse import history, seen, tombstones
from warehouse.connection import Connection

KEY, OTHER = b"k" * 32, b"o" * 32
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


def macs(*keys: str, entity: str = "contacts", source: str = "crm") -> list[bytes]:
    return [tombstones.mac(KEY, source, entity, key) for key in keys]


@given(one=st.tuples(texts, texts, texts), other=st.tuples(texts, texts, texts))
def test_different_records_have_different_hashes(
    one: tuple[str, str, str], other: tuple[str, str, str]
):
    assert (tombstones.mac(KEY, *one) == tombstones.mac(KEY, *other)) == (one == other)
    assert tombstones.mac(KEY, *one) != tombstones.mac(OTHER, *one)


def test_tombstones_are_found_for_their_own_entity_alone(warehouse: Connection):
    assert not tombstones.exist(warehouse, "crm", "contacts")

    assert tombstones.put_up(warehouse, "crm", "contacts", macs("1", "2", "1"), 7) == 2
    assert tombstones.put_up(warehouse, "crm", "contacts", macs("2", "3"), 8) == 1

    assert tombstones.exist(warehouse, "crm", "contacts")
    assert not tombstones.exist(warehouse, "crm", "deals")
    assert tombstones.entities(warehouse, "crm") == {"contacts"}
    assert tombstones.entities(warehouse, "other") == set()
    asked = macs("1", "4")
    assert tombstones.among(warehouse, "crm", "contacts", asked) == {asked[0]}
    assert tombstones.among(warehouse, "crm", "deals", asked) == set()
    assert tombstones.take_away(warehouse, "crm", "contacts", macs("1", "9")) == 1
    assert tombstones.among(warehouse, "crm", "contacts", asked) == set()


def test_the_first_key_that_is_kept_counts(warehouse: Connection):
    assert tombstones.sealed_key(warehouse) is None

    assert tombstones.keep_key(warehouse, b"first") == b"first"
    assert tombstones.keep_key(warehouse, b"second") == b"first"
    tombstones.reseal_key(warehouse, b"another", b"wrong")
    tombstones.reseal_key(warehouse, b"first", b"anew")

    assert tombstones.sealed_key(warehouse) == b"anew"


def test_what_is_met_again_counts_once_and_belongs_to_every_list_it_was_met_in(
    warehouse: Connection,
):
    run = history.open_run(warehouse, "crm", "contacts", {})

    def met(*keys: str, listed: bool = True, archived: bool = False) -> int:
        return tombstones.note_suppressed(
            warehouse, run, macs(*keys), listed=listed, archived=archived
        )

    assert met("1", "2", listed=False, archived=True) == 2
    assert met("2", "3") == 2 - 1
    assert met("1", "2", "3") == 0

    assert seen.count_listed(warehouse, [run]) == 3
    row = history.run(warehouse, run)
    assert row is not None
    assert row["performance_metrics"]["suppressed"] == 3
    seen.forget_run(warehouse, run)
    assert seen.count_listed(warehouse, [run]) == 0
