"""What a flow can be asked: said once, shown in full by Prefect's form, refused with a sentence."""

import inspect
from typing import Any

import pytest
from prefect.exceptions import ParameterTypeError
from prefect.utilities.callables import parameter_schema

from flows.failure import MISCONFIGURED
from flows.options import SyncOptions
from flows.registry import FLOWS, flow_of
from sources.registry import KINDS

OPTIONS = [*SyncOptions.__dataclass_fields__, "source"]


def shown(kind: str) -> dict[str, Any]:
    """The parameters as the form has them."""
    return parameter_schema(flow_of(kind)).model_dump_for_openapi()["properties"]


@pytest.fixture(params=FLOWS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def test_every_flow_takes_the_same_options_flat_and_in_the_same_order(kind: str):
    properties = shown(kind)

    in_order = sorted(properties, key=lambda name: properties[name]["position"])
    assert in_order == ["entities", *OPTIONS]
    assert flow_of(kind).name == f"{kind.replace('_', '-')}-sync"


def test_every_parameter_is_explained_and_has_its_default(kind: str):
    properties = shown(kind)

    assert [name for name, one in properties.items() if not one.get("description")] == []
    assert properties["source"]["default"] == kind
    assert properties["entities"]["default"] == []
    for name, option in SyncOptions.__dataclass_fields__.items():
        assert properties[name]["default"] == option.default


def test_the_entities_of_the_kind_are_there_to_be_chosen(kind: str):
    entities = shown(kind)["entities"]
    lists = entities.get("anyOf", [entities])

    assert lists[0]["type"] == "array"
    if KINDS[kind].entities:
        assert lists[0]["items"]["enum"] == list(KINDS[kind].entities)
    if len(lists) > 1:
        assert [one["title"] for one in lists] == ["listed", "by name"]
        assert lists[1]["items"] == {"type": "string"}


def test_a_moment_is_chosen_from_a_calendar_or_left_out(kind: str):
    assert shown(kind)["since"]["anyOf"] == [
        {"type": "string", "format": "date-time"},
        {"type": "null"},
    ]


def test_what_a_flow_is_for_comes_before_what_it_takes(kind: str):
    description = flow_of(kind).description

    assert inspect.cleandoc(description).splitlines()[0].startswith("Bring ")


@pytest.mark.parametrize(
    "wrong",
    [{"full": "maybe"}, {"max_records": -1}, {"batch_size": 0}, {"entities": "contacts"}],
    ids=str,
)
def test_a_value_of_another_type_is_refused_by_name(kind: str, wrong: dict[str, Any]):
    [name] = wrong

    with pytest.raises(ParameterTypeError, match=name):
        flow_of(kind).validate_parameters(wrong)


def test_what_the_form_sends_and_what_a_person_types_are_taken(kind: str):
    flow = flow_of(kind)
    sent = {name: one["default"] for name, one in shown(kind).items()}

    assert flow.validate_parameters(sent) == flow.validate_parameters({}) | {"entities": []}
    assert flow.validate_parameters({"since": "2026-02-03"})["since"] == "2026-02-03"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "yesterday"}, "since is 'yesterday', which is not a date: give YYYY-MM-DD"),
        ({"since": "2999-01-01"}, "lies in the future"),
        ({"source": "hubspit"}, "unknown source 'hubspit'"),
    ],
    ids=str,
)
async def test_what_cannot_be_ends_the_run_with_a_sentence_that_nothing_runs_again(
    asked: dict[str, Any], said: str
):
    given = {"entities": (), "source": "hubspot"} | asked

    state = await flow_of("hubspot").fn(**given)

    assert (state.type, state.name) == ("FAILED", MISCONFIGURED)
    assert said in state.message
    assert "\n" not in state.message
