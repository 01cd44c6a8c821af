"""The roads records travel: pipelines and their stages, as every account has them at first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# What was there from the beginning carries the epoch, without milliseconds.
BEGINNING = "1970-01-01T00:00:00Z"
CHANGED_AT = "2025-05-01T08:00:00Z"


@dataclass(frozen=True)
class Stage:
    """One stage of a pipeline."""

    id: str
    label: str
    metadata: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, told: "Stage | Mapping[str, Any] | Sequence[Any]") -> "Stage":
        """A stage as a test may write it: itself, `{"id", "label", "metadata"}`, or `("id", "label")`."""
        if isinstance(told, Stage):
            return told
        if not isinstance(told, Mapping):
            told = dict(zip(("id", "label", "metadata"), told, strict=False))
        metadata = {name: _text(value) for name, value in (told.get("metadata") or {}).items()}
        return cls(str(told["id"]), str(told["label"]), metadata)


@dataclass(frozen=True)
class Pipeline:
    """One pipeline of an object type."""

    id: str
    label: str
    stages: tuple[Stage, ...]
    created_at: str = BEGINNING
    updated_at: str = CHANGED_AT

    def document(self, order: int) -> dict[str, Any]:
        """The pipeline as the API shows it."""
        stamps = {"createdAt": self.created_at, "updatedAt": self.updated_at}
        return {
            "id": self.id,
            "label": self.label,
            "displayOrder": order,
            "archived": False,
            **stamps,
            "stages": [
                {
                    "id": stage.id,
                    "label": stage.label,
                    "displayOrder": place,
                    "archived": False,
                    "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                    "metadata": dict(stage.metadata),
                    **stamps,
                }
                for place, stage in enumerate(self.stages)
            ],
        }


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _deal(id: str, label: str, probability: str) -> Stage:
    closed = str(probability in ("0.0", "1.0")).lower()
    return Stage(id, label, {"isClosed": closed, "probability": probability})


def _ticket(id: str, label: str, state: str = "OPEN") -> Stage:
    return Stage(id, label, {"ticketState": state, "isClosed": str(state == "CLOSED").lower()})


_SALES = Pipeline(
    "default",
    "Sales Pipeline",
    (
        _deal("appointmentscheduled", "Appointment Scheduled", "0.2"),
        _deal("qualifiedtobuy", "Qualified To Buy", "0.4"),
        _deal("presentationscheduled", "Presentation Scheduled", "0.6"),
        _deal("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        _deal("contractsent", "Contract Sent", "0.9"),
        _deal("closedwon", "Closed Won", "1.0"),
        _deal("closedlost", "Closed Lost", "0.0"),
    ),
)
_RENEWALS = Pipeline(
    "renewals",
    "Renewals",
    (
        _deal("94720561", "Due", "0.5"),
        _deal("94720562", "Renewed", "1.0"),
        _deal("94720563", "Lapsed", "0.0"),
    ),
    "2024-02-05T10:11:12.131Z",
    "2025-05-01T08:00:00.000Z",
)
_SUPPORT = Pipeline(
    "0",
    "Support Pipeline",
    (
        _ticket("1", "New"),
        _ticket("2", "Waiting on contact"),
        _ticket("3", "Waiting on us"),
        _ticket("4", "Closed", "CLOSED"),
    ),
)
_LEADS = Pipeline(
    "lead-pipeline-id",
    "Lead Pipeline",
    (
        Stage("new-stage-id", "New", {"leadState": "NEW"}),
        Stage("attempting-stage-id", "Attempting", {"leadState": "IN_PROGRESS"}),
        Stage("connected-stage-id", "Connected", {"leadState": "IN_PROGRESS"}),
        Stage("qualified-stage-id", "Qualified", {"leadState": "QUALIFIED"}),
        Stage("unqualified-stage-id", "Disqualified", {"leadState": "UNQUALIFIED"}),
    ),
)
# Its ids are also those of a deals' pipeline and of tickets' stages: they mean something per type only.
_VISITS = Pipeline(
    "default",
    "Appointment Pipeline",
    (
        Stage("1", "Planned", {"state": "OPEN"}),
        Stage("2", "Confirmed", {"state": "OPEN"}),
        Stage("3", "Over", {"state": "CLOSED"}),
    ),
)

PIPELINES: dict[str, tuple[Pipeline, ...]] = {
    "deals": (_SALES, _RENEWALS),
    "tickets": (_SUPPORT,),
    "leads": (_LEADS,),
    "appointments": (_VISITS,),
}
