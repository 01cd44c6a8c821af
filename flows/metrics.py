"""What a run cost: the keys of `performance_metrics`."""

import resource
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

COUNTED = ("api_calls", "retries", "rate_limit_hits", "bytes_fetched")


@dataclass(slots=True)
class Metrics:
    """Counters of one run; seconds are wall time, stages overlap."""

    started: float = field(default_factory=time.monotonic)
    cpu_started: float = field(default_factory=time.process_time)
    spent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))
    stages: dict[str, float] = field(
        default_factory=lambda: {"fetch": 0.0, "transform": 0.0, "validate": 0.0, "load": 0.0}
    )
    remaining: int | None = None
    pages_from_cache: int = 0
    source_total: int | None = None
    warehouse_total: int | None = None
    beside: dict[str, dict[str, int]] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of a stage."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.stages[name] += time.monotonic() - started

    def spend(self, meter: Mapping[str, float]) -> None:
        """Add what a piece of reading cost."""
        for name in COUNTED:
            self.spent[name] += int(meter.get(name, 0))
        if "rate_limit_remaining" in meter:
            self.remaining = int(meter["rate_limit_remaining"])

    def summary(self, *, processed: int, created: int, failed: int) -> dict[str, Any]:
        """The metrics of a run that read `processed` records."""
        seconds = time.monotonic() - self.started
        calls = self.spent["api_calls"]
        return {
            "duration_seconds": round(seconds, 3),
            "records_per_second": round(processed / seconds, 1) if seconds else 0.0,
            "success_rate": round((processed - failed) / processed, 4) if processed else 1.0,
            "error_rate": round(failed / processed, 4) if processed else 0.0,
            "delta_efficiency": round(created / calls, 4) if calls else 0.0,
            **self.spent,
            "rate_limit_remaining": self.remaining,
            "peak_rss_mb": round(peak_rss_mb(), 1),
            "cpu_seconds": round(time.process_time() - self.cpu_started, 2),
            "source_total": self.source_total,
            "warehouse_total": self.warehouse_total,
            "stages": {name: round(value, 3) for name, value in self.stages.items()},
            "pages_from_cache": self.pages_from_cache,
            **({"beside": self.beside} if self.beside else {}),
        }


def peak_rss_mb() -> float:
    """The most memory this process has held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10
