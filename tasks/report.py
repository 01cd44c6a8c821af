"""What a run says about records: the guide's log lines, masked and not in floods."""

import logging
import re
from collections import Counter
from collections.abc import Sequence

from tasks.batch import Batch, Problem

log = logging.getLogger("crm_sync")

FLOOD = 20
MASK = "***"
LONGEST_VALUE = 200
# What would break a line in two, or hide a part of it.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# PostgreSQL quotes values and names alike, and does not escape quotes in them.
_QUOTED = re.compile(r'"(.*)"', re.DOTALL)


class Reporter:
    """The log of one entity's run; a plain class, since tasks are handed it (see `tasks/batch.py`)."""

    __slots__ = ("counts", "crm_source", "entity_type", "mask_all", "shown")

    def __init__(self, crm_source: str, entity_type: str, *, mask_all: bool = False) -> None:
        self.crm_source = crm_source
        self.entity_type = entity_type
        self.mask_all = mask_all
        self.shown: Counter[tuple[str, str]] = Counter()
        self.counts: Counter[str] = Counter()

    def starting(self, total: int | None) -> None:
        """Say that the run begins."""
        count = "?" if total is None else total
        log.info("Starting %s %s sync with %s records", self.crm_source, self.entity_type, count)

    def completed(self, created: int, updated: int, failed: int) -> None:
        """Say what a finished run did."""
        log.info(
            "Completed %s %s sync: %s created, %s updated, %s failed",
            self.crm_source,
            self.entity_type,
            created,
            updated,
            failed,
        )

    def failed(self, error: object) -> None:
        """Say why the run failed."""
        log.error("%s %s sync failed: %s", self.crm_source, self.entity_type, error)

    def found(
        self, batch: Batch, problems: Sequence[Problem], broken: Sequence[Problem], *, strict: bool
    ) -> None:
        """Report values that are not what they should be, and records that break a rule."""
        self.counts["warnings"] += len(problems) + len(broken)
        kinds = {"deleted_at": "datetime"} | {f.name: f.kind for f in batch.entity.fields}
        for problem in problems:
            if not self._may_show(problem.column, problem.message):
                continue
            value = problem.value and self._shown(batch, problem.column, problem.value)
            record = self._record(batch, problem.row)
            if strict:
                self._strict(problem, value, record)
            elif problem.parsed:
                self._warning(problem, value, record)
            else:
                self._unparsed(kinds[problem.column], problem, value, record)
        self._rules(batch, broken, strict=strict)

    def _warning(self, problem: Problem, value: str | None, record: str) -> None:
        log.warning(
            "Validation warning for field '%s' with value '%s' (Record: id=%s): %s",
            problem.column,
            value,
            record,
            problem.message,
        )

    def _strict(self, problem: Problem, value: str | None, record: str) -> None:
        log.error(
            "Strict validation failed for field '%s' with value '%s' (Record: id=%s): %s",
            problem.column,
            value,
            record,
            problem.message,
        )

    def _unparsed(self, kind: str, problem: Problem, value: str | None, record: str) -> None:
        log.warning(
            "Failed to parse %s value: '%s' in field '%s' for %s %s",
            kind,
            value,
            problem.column,
            self.crm_source,
            record,
        )

    def _rules(self, batch: Batch, broken: Sequence[Problem], *, strict: bool) -> None:
        messages: dict[int, list[str]] = {}
        for problem in broken:
            messages.setdefault(problem.row, []).append(problem.message)
        level, word = (logging.ERROR, "Errors") if strict else (logging.WARNING, "Warnings")
        for row, found in messages.items():
            text = "; ".join(found)
            if self._may_show("", text):
                log.log(
                    level,
                    "%s processing %s %s %s: %s",
                    word,
                    self.crm_source,
                    self.entity_type,
                    self._record(batch, row),
                    text,
                )

    def gave_up(self, batch: Batch, row: int, error: str, seconds: float) -> None:
        """Report that a record could not be stored, and after how long."""
        said = self._unquoted(batch, error)
        if self._may_show("gave up", said):
            log.error(
                "Failed to process %s %s %s after %.2fs: %s",
                self.crm_source,
                self.entity_type,
                self._record(batch, row),
                seconds,
                said,
            )

    def refused(self, batch: Batch, row: int, error: str, context: str) -> None:
        """Report a record that did not land whatever the mode."""
        said = self._unquoted(batch, error)
        if not self._may_show("", said):
            return
        column = batch.entity.record_url
        url = batch.value(row, column)
        log.error(
            "Error processing %s %s: %s - CRM URL: %s - Context: %s",
            self.entity_type,
            self._record(batch, row),
            said,
            self._shown(batch, column, str(url)) if url else "?",
            context,
        )

    def unreadable(self, place: str, reason: str) -> None:
        """Report what could not be taken apart into a record."""
        if self._may_show("", reason):
            log.error("Error processing %s %s: %s", self.entity_type, place, reason)

    def summarize_floods(self) -> None:
        """Say how many more there were of what was no longer shown one by one."""
        for (column, message), count in self.shown.items():
            if count > FLOOD:
                field = f" for field '{column}'" if column else ""
                log.warning(
                    "%s %s: %s more like '%s'%s",
                    self.crm_source,
                    self.entity_type,
                    count - FLOOD,
                    message,
                    field,
                )

    def _may_show(self, column: str, message: str) -> bool:
        self.shown[column, message] += 1
        return self.shown[column, message] <= FLOOD

    def _record(self, batch: Batch, row: int) -> str:
        """The record's key, '?' where it has none; a sensitive key stays hidden."""
        secret = _secret(batch)
        parts = [MASK if n in secret else batch.value(row, n) for n in batch.entity.key]
        return ":".join("?" if part is None else on_one_line(str(part)) for part in parts)

    def _shown(self, batch: Batch, column: str, value: str) -> str:
        return MASK if self.mask_all or column in _secret(batch) else on_one_line(value)

    def _unquoted(self, batch: Batch, error: str) -> str:
        """PostgreSQL's words without the values it quotes, where values are not for the log."""
        columns = batch.rows.columns

        def without_value(quoted: re.Match[str]) -> str:
            return quoted[0] if quoted[1] in columns else f'"{MASK}"'

        hidden = self.mask_all or _secret(batch)
        return on_one_line(_QUOTED.sub(without_value, error) if hidden else error)


def on_one_line(text: str) -> str:
    """A text that neither breaks a log line nor fills the log."""
    line = _CONTROL.sub(" ", text)
    return line if len(line) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 1]}…"


def _secret(batch: Batch) -> set[str]:
    return {field.name for field in batch.entity.fields if field.sensitive or field.encrypt}
