"""The command: its words, its exit status, and what it shows."""

import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from flows.cli import api, screen
from flows.cli.app import run
from flows.cli.ends import worst
from flows.cli.outcome import print_results
from flows.registry import FLOWS, flow_of
from flows.result import Result
from sources.registry import KINDS
from tests.flows.harness import Bench
from warehouse import locks
from warehouse.connection import connect

HEAVY = (
    "prefect",
    "polars",
    "pandera",
    "httpx",
    "psycopg",
    "pydantic",
    "sqlalchemy",
    "rich",
    "msgspec",
)
BAD_DEAL = {"dealname": "Roof", "amount": "not a number"}


def command(*words: str, **how) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **how,
    )


def ended(*words: str) -> int:
    """The exit status of a command run in this process."""
    try:
        return run(words)
    except SystemExit as told:
        return int(told.code or 0)


def test_help_imports_nothing_heavy():
    program = f"import sys, flows.cli.words as w; w.parser().format_help(); print(*{HEAVY!r} & sys.modules.keys())"
    program = program.replace(repr(HEAVY), f"set({HEAVY!r})")

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == ""


def test_a_newcomer_gets_a_screenful(capsys):
    assert run([]) == 0

    shown = capsys.readouterr().out.splitlines()
    assert len(shown) < 24
    assert max(map(len, shown)) <= 100
    assert any("crm-sync demo" in line for line in shown)


def test_every_kind_of_source_has_a_flow():
    # Nobody asks a source that only pushes.
    assert FLOWS.keys() == KINDS.keys() - {"webhook"}
    assert flow_of("hubspot").name == "hubspot-sync"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sync"], "required: SOURCE"),
        (["sync", "hubspto"], "Did you mean 'hubspot'?"),
        (["sync", "hubspot", "--since", "soon"], "YYYY-MM-DD"),
        (["sync", "hubspot", "--since", "2999-01-01"], "future"),
        (["sync", "hubspot", "--batch-size", "0"], "1 or more"),
        (["sync", "hubspot", "--batch-size", "101"], "maximum"),
        (["sync", "hubspot", "--full", "--fast"], "--fast"),
        (["rejects"], "required: COMMAND"),
        (["rejects", "list", "nobody"], "unknown source"),
        (["history", "--limit", "0"], "1 or more"),
        (["demo", "nobody"], "hubspot"),
        (["sandbox", "serve", "nobody"], "hubspot"),
    ],
)
def test_what_is_asked_wrongly_ends_with_2_before_anything_starts(
    words, said, capsys, bench: Bench
):
    assert ended(*words) == 2

    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_an_entity_that_neither_hubspot_nor_the_account_has_is_told_with_those_there_are(
    bench: Bench,
):
    # Only the account knows its own objects: it is asked first, in a process that may start Prefect.
    done = command("sync", "hubspot", "contatcs")

    assert done.returncode == 2
    assert "has no entity contatcs; it has: contacts, companies, deals" in done.stderr
    assert "Did you mean 'contacts'?" in done.stderr
    assert bench.one("select count(*) from ingestion_sync_history") == 0


def test_a_missing_credential_is_a_matter_of_configuration(capsys, bench: Bench, monkeypatch):
    monkeypatch.delenv("HUBSPOT_API_TOKEN")

    assert ended("sync", "hubspot") == 2

    assert "HUBSPOT_API_TOKEN" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ([], 0),
        (["success", "preview"], 0),
        (["success", "skipped"], 4),
        (["skipped", "partial"], 3),
        (["partial", "skipped", "failed"], 1),
        (["unreconciled", "success"], 1),
    ],
)
def test_of_several_entities_the_worst_decides(outcomes, status):
    assert worst(outcomes) == status


def test_json_is_one_document_and_rejects_make_a_run_partial(bench: Bench):
    bench.sandbox.create("contacts", {"email": "ana@example.com", "firstname": "Ana"})
    bench.sandbox.create("deals", BAD_DEAL)

    done = command("sync", "hubspot", "contacts", "deals", "--strict", "--json")

    assert done.returncode == 3
    rows = {row["sync_type"]: row for row in json.loads(done.stdout)["runs"]}
    assert (rows["contacts"]["status"], rows["contacts"]["records_created"]) == ("success", 1)
    assert (rows["deals"]["status"], rows["deals"]["records_failed"]) == ("partial", 1)
    assert rows["deals"]["start_time"].endswith("Z")
    assert "Starting hubspot contacts sync with 1 records" in done.stderr
    assert "Completed hubspot contacts sync: 1 created, 0 updated, 0 failed" in done.stderr
    assert "Traceback" not in done.stderr
    assert "prefect" not in done.stderr.lower()


def test_a_busy_entity_is_skipped_with_4_and_leaves_no_row(bench: Bench):
    with connect(bench.url) as other:
        assert locks.lock(other, "hubspot", "contacts")

        done = command("sync", "hubspot", "contacts", "--json")

    assert done.returncode == 4
    assert json.loads(done.stdout) == {"runs": []}
    assert bench.one("select count(*) from ingestion_sync_history") == 0


def test_an_interrupted_run_is_closed_and_said_in_a_line(bench: Bench, crm_sync_home: Path):
    bench.sandbox.create("contacts", {"email": "ana@example.com"})
    bench.sandbox.fault("stall", path="/objects/contacts$", times=None)
    words = [sys.executable, "-m", "flows.cli", "sync", "hubspot", "contacts"]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not bench.requests("contacts") and time.monotonic() < deadline:
        time.sleep(0.1)

    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=30)

    assert running.returncode == 130
    assert said.rstrip().endswith("crm-sync: interrupted")
    assert "Traceback" not in said
    rows = bench.rows("select status, error_message from ingestion_sync_history")
    assert rows == [{"status": "failed", "error_message": "the run was cancelled or interrupted"}]
    assert gone(crm_sync_home / "prefect")


def gone(folder: Path) -> bool:
    """Whether the private servers have left and taken their databases along."""
    deadline = time.monotonic() + 10
    while (left := list(folder.glob("run-*"))) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not left


def test_an_unreachable_warehouse_is_said_in_a_line_without_the_password(
    bench: Bench, monkeypatch, capsys
):
    monkeypatch.setenv("WAREHOUSE_URL", "postgresql://someone:hush-hush@127.0.0.1:9/nowhere")

    assert ended("sync", "hubspot", "contacts") == 1

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "127.0.0.1:9/nowhere" in said
    assert "hush-hush" not in said


def test_a_silent_prefect_server_is_said_at_once(bench: Bench, monkeypatch, capsys):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")

    assert ended("sync", "hubspot") == 1

    assert "http://127.0.0.1:9/api does not answer" in capsys.readouterr().err


def test_the_prefect_server_is_found_where_prefect_looks(tmp_path, monkeypatch):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    assert api.configured_server(tmp_path) is None

    (tmp_path / "profiles.toml").write_text(
        'active = "work"\n[profiles.work]\nPREFECT_API_URL = "http://profile/api"\n'
    )
    assert api.configured_server(tmp_path) == "http://profile/api"

    (tmp_path / "pyproject.toml").write_text('[tool.prefect.api]\nurl = "http://pyproject/api"\n')
    assert api.configured_server(tmp_path) == "http://pyproject/api"

    (tmp_path / "prefect.toml").write_text('[api]\nurl = "http://toml/api"\n')
    assert api.configured_server(tmp_path) == "http://toml/api"

    (tmp_path / ".env").write_text('PREFECT_API_URL="http://dotenv/api"\n')
    assert api.configured_server(tmp_path) == "http://dotenv/api"

    monkeypatch.setenv("PREFECT_API_URL", "http://variable/api")
    assert api.configured_server(tmp_path) == "http://variable/api"


def test_history_shows_runs_and_errors(bench: Bench, capsys):
    bench.sandbox.create("contacts", {"email": "ana@example.com"})
    bench.sync("contacts")
    bench.sandbox.fault("missing_scope", times=None, path="/properties/deals")
    bench.sync("deals")

    assert run(["history", "hubspot"]) == 0

    shown = capsys.readouterr().out.splitlines()
    assert shown[1].split()[:2] == ["2", "hubspot.deals"]
    assert "failed" in shown[1]
    assert "initial_full" in shown[2]
    assert shown[3].startswith("2: ")
    assert run(["history", "--json", "--limit", "1"]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)["runs"]] == [2]


def test_history_without_a_database_says_so(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CRM_SYNC_HOME", str(tmp_path))

    assert ended("history") == 1

    assert "Nothing was synced yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_history_of_a_database_without_tables_says_so(capsys, monkeypatch, pg18):
    with pg18.database("template1") as name:
        monkeypatch.setenv("WAREHOUSE_URL", pg18.address(name))

        assert ended("history") == 1

    assert "crm-sync db upgrade" in capsys.readouterr().err


def test_rejects_are_listed_and_shown_with_exact_numbers(bench: Bench, capsys):
    key = bench.sandbox.create("deals", BAD_DEAL | {"closedate": "2026-01-02"})
    bench.sync("deals", strict=True)

    assert run(["rejects", "list", "hubspot", "deals"]) == 0

    listed = capsys.readouterr().out
    assert key in listed
    assert "Field 'amount': not a value of kind decimal" in listed
    assert run(["rejects", "show", "1"]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown[shown.index("{") :])["properties"]["amount"] == "not a number"
    assert run(["rejects", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rejects"][0]["raw"]["id"] == key
    assert run(["rejects", "show", "99"]) == 1


def test_rejects_are_replayed_by_their_flow(bench: Bench, capsys):
    assert run(["rejects", "replay"]) == 0
    assert "No rejected records are open" in capsys.readouterr().out
    key = bench.sandbox.create("deals", BAD_DEAL)
    bench.sync("deals", strict=True)
    bench.sandbox.update("deals", key, {"amount": "7"})

    done = command("rejects", "replay", "hubspot", "deals")

    assert done.returncode == 0
    assert done.stdout == "hubspot.deals: 1 landed\n"
    assert "Traceback" not in done.stderr


def test_a_sandbox_is_served_until_it_is_told_to_stop():
    words = [
        sys.executable,
        "-m",
        "flows.cli",
        "sandbox",
        "serve",
        "hubspot",
        "--port",
        "0",
        "--contacts",
        "3",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        shown = [running.stdout.readline() for _ in range(4)]
        running.send_signal(signal.SIGINT)

    assert running.returncode == 0
    assert "HubSpot" in shown[0]
    assert "export HUBSPOT_BASE_URL=http://127.0.0.1:" in shown[2]


def test_sources_says_what_is_missing(bench: Bench, capsys, monkeypatch):
    assert run(["sources"]) == 0
    assert "configured" in capsys.readouterr().out

    monkeypatch.delenv("HUBSPOT_API_TOKEN")

    assert run(["sources"]) == 0
    shown = capsys.readouterr().out
    assert "HUBSPOT_API_TOKEN is not set" in shown
    assert "contacts, companies, deals" in shown


def test_a_check_of_what_is_well(bench: Bench, capsys):
    bench.sandbox.create("contacts", {"email": "ana@example.com"})

    assert run(["check", "hubspot"]) == 0

    shown = capsys.readouterr().out
    assert "✗" not in shown
    assert "account 7654321" in shown
    assert "1 records" in shown
    assert bench.one("select count(*) from ingestion_sync_history") == 0


def test_a_check_tells_what_is_wrong_and_what_to_do(bench: Bench, capsys, monkeypatch):
    bench.config(only=["contacts", "companies", "deals"])
    bench.sandbox.tokens.register("pat-na1-few", {"crm.objects.contacts.read"})
    monkeypatch.setenv("HUBSPOT_API_TOKEN", "pat-na1-few")

    assert run(["check", "hubspot"]) == 1

    wrong = [line for line in capsys.readouterr().out.splitlines() if line.startswith("✗")]
    assert [line.split()[1] for line in wrong] == ["companies", "deals"]

    monkeypatch.setenv("HUBSPOT_API_TOKEN", "pat-na1-wrong")
    assert run(["check", "hubspot"]) == 1
    assert "Check HUBSPOT_API_TOKEN" in capsys.readouterr().out


def test_a_check_prints_the_missing_grants(bench: Bench, capsys, monkeypatch, pg18):
    with pg18.database("template1") as name:
        pg18.execute(
            f"revoke all on database {name} from public",
            f"grant connect on database {name} to ordinary",
        )
        monkeypatch.setenv("WAREHOUSE_URL", pg18.address(name, "ordinary"))

        assert run(["check", "hubspot"]) == 1

    shown = capsys.readouterr().out
    assert f'GRANT CREATE ON DATABASE "{name}" TO "ordinary";' in shown


def test_db_upgrade_says_what_it_did(capsys, monkeypatch, pg18):
    with pg18.database("template1") as name:
        monkeypatch.setenv("WAREHOUSE_URL", pg18.address(name))

        assert run(["db", "upgrade"]) == 0
        assert "applied 0001" in capsys.readouterr().out
        assert run(["db", "upgrade"]) == 0
        assert "up to date" in capsys.readouterr().out


def test_db_psql_prints_no_password(capsys, monkeypatch):
    monkeypatch.setenv("WAREHOUSE_URL", "postgresql://someone:hush-hush@db/x")

    assert run(["db", "psql"]) == 0

    assert capsys.readouterr().out == 'psql "$WAREHOUSE_URL"\n'


PREVIEW = {
    "records_processed": 4,
    "records_created": 1,
    "records_updated": 2,
    "unchanged": 1,
    "records_failed": 0,
    "new_columns": ["favorite_color"],
}


def test_a_dry_run_shows_what_would_happen(capsys):
    print_results([Result("hubspot", "contacts", "preview", PREVIEW)], Console(width=80))

    shown = capsys.readouterr().out
    assert shown.splitlines()[1].split() == ["contacts", "4", "1", "2", "1", "0", "1"]
    assert "new columns: favorite_color" in shown
    assert "nothing was written" in shown


@pytest.mark.parametrize("width", [80, 120, screen.PIPE_WIDTH])
def test_a_table_fits_its_width_and_cuts_nothing_off(width):
    reason = "Field 'close_date': not a value of kind datetime, and more words than fit"
    made = screen.table(
        ("id", "key", "reason", "spare"),
        [(1, "30623", reason, "x" * 50)],
        width,
        right=("id",),
        fold=("reason",),
        spare=("spare",),
    )
    out = Console(width=width, file=io.StringIO(), record=True)

    out.print(made)

    shown = out.export_text()
    assert max(len(line) for line in shown.splitlines()) <= width
    assert "…" not in shown
    assert set(reason.split()) <= set(shown.split())
    assert ("xxx" in shown) == (width > 80)


def test_values_are_shown_as_they_are():
    assert screen.shown("[bold]a[/bold]\nb").plain == "[bold]a[/bold] b"
    assert screen.shown(1234567).plain == "1,234,567"
    assert [screen.span(s) for s in (0.42, 12.4, 200, 7500)] == [
        "0.4 s",
        "12 s",
        "3 min 20 s",
        "2 h 5 min",
    ]
