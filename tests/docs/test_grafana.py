"""The dashboard's statements run on a warehouse, as Grafana would send them."""

import json
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.databases import Server
from tests.flows.watch.world import DAY, World
from warehouse.connection import connect

DASHBOARD = json.loads((Path(__file__).parents[2] / "docs/grafana/crm-sync.json").read_text())
PANELS = DASHBOARD["panels"]
FROM, TO = "2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z"


def as_sent(statement: str) -> str:
    """Grafana's macros and variables filled in."""
    statement = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 between '{FROM}' and '{TO}'", statement)
    statement = re.sub(
        r"\$__timeGroupAlias\((\w+), \$__interval\)",
        r"floor(extract(epoch from \1) / 3600) * 3600 as time",
        statement,
    )
    statement = statement.replace("${schema}", "public").replace("${source:sqlstring}", "'crm'")
    assert "$" not in statement
    return statement


@pytest.fixture(scope="module")
def url(pg18: Server) -> Any:
    """A warehouse with two busy days and an alert."""
    with pg18.database() as name:
        url = pg18.address(name)
        with connect(url) as conn:
            World(conn, url, 1).live(2 * DAY, 4 * DAY)
            conn.execute(
                """
                insert into ingestion_alert (crm_source, entities, family, rule, severity, summary, opened_at)
                values ('crm', '{deals}', 'flow', 'freshness', 3, 'late', '2026-03-03Z');
                insert into ingestion_sync_history (crm_source, sync_type, status, start_time, configuration,
                                                    performance_metrics)
                values ('crm', 'old', 'completed', '2026-03-02Z', '[]', '"text"')
                """
            )
        yield url


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_s_statement_answers(url: str, panel: dict[str, Any]) -> None:
    [target] = panel["targets"]

    with psycopg.connect(url) as conn:
        rows = conn.execute(as_sent(target["rawSql"]).encode()).fetchall()

    assert rows
    if panel["type"] == "stat":
        assert rows[0][0] is not None
    assert panel["description"]


def test_the_variables_and_annotations_answer_too(url: str) -> None:
    statements = [one["query"] for one in DASHBOARD["templating"]["list"] if one["type"] == "query"]
    statements += [one["target"]["rawSql"] for one in DASHBOARD["annotations"]["list"]]

    with psycopg.connect(url) as conn:
        answers = [conn.execute(as_sent(one).encode()).fetchall() for one in statements]

    assert all(answers)


def test_the_dashboard_can_be_imported() -> None:
    [source] = DASHBOARD["__inputs"]
    used = {json.dumps(panel["datasource"]) for panel in PANELS}

    assert source["pluginId"] == "grafana-postgresql-datasource"
    assert used == {json.dumps({"type": source["pluginId"], "uid": f"${{{source['name']}}}"})}
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
