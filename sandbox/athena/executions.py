"""Queries that were started: how far each is, and its answer while it is kept."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sandbox.athena.engine import Engine, Failure, Table

# So many looks find a query still waiting.
WAITS = 2
FAILED_TYPES = {1: 1, 2: 1201, 3: 2}


@dataclass
class Execution:
    """One query: what was asked, and what came of it."""

    asked: dict[str, Any]
    place: str
    id: str = field(default_factory=lambda: str(uuid4()))
    submitted: float = field(default_factory=time.time)
    looks: int = 0
    waits: int = WAITS
    answer: Table | None = None
    failure: Failure | None = None
    cancelled: bool = False
    expired: bool = False

    @property
    def state(self) -> str:
        """How far the query is."""
        if self.cancelled:
            return "CANCELLED"
        if self.looks <= self.waits:
            return "QUEUED"
        return "FAILED" if self.failure else "SUCCEEDED"

    @property
    def database(self) -> str:
        """The database that names without one are looked up in."""
        context = self.asked.get("QueryExecutionContext") or {}
        return str(context.get("Database", "default"))

    def run(self, engine: Engine) -> None:
        """Run it now: what is read later is a snapshot of this moment."""
        try:
            self.answer = engine.run(self.database, self.asked["QueryString"])
        except Failure as failure:
            self.failure = failure

    def shown(self) -> dict[str, Any]:
        """The query as GetQueryExecution shows it."""
        self.looks += 1
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.state in {"SUCCEEDED", "FAILED", "CANCELLED"}:
            status["CompletionDateTime"] = time.time()
        if self.state == "CANCELLED":
            status["StateChangeReason"] = "Query cancelled by user"
        if self.state == "FAILED" and self.failure:
            status |= _failed(self.failure)
        return {
            "QueryExecutionId": self.id,
            "Query": self.asked["QueryString"],
            "StatementType": "DML",
            "SubstatementType": "SELECT",
            "ResultConfiguration": {"OutputLocation": f"{self.place}{self.id}.csv"},
            "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
            "QueryExecutionContext": {"Database": self.database, "Catalog": "awsdatacatalog"},
            "Status": status,
            "Statistics": {
                "EngineExecutionTimeInMillis": 420,
                "DataScannedInBytes": 10_485_760,
                "TotalExecutionTimeInMillis": 500,
                "QueryQueueTimeInMillis": 60,
            },
            "WorkGroup": self.asked.get("WorkGroup", "primary"),
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
        }


def _failed(failure: Failure) -> dict[str, Any]:
    return {
        "StateChangeReason": str(failure),
        "AthenaError": {
            "ErrorCategory": failure.category,
            "ErrorType": FAILED_TYPES.get(failure.category, 2),
            "Retryable": failure.retryable,
            "ErrorMessage": str(failure),
        },
    }
