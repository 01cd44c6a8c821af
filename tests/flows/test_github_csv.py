"""Whole syncs of CSV on GitHub: what is committed lands, what is gone is marked, and trouble is told."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flows.cli.app import run
from flows.result import Result
from sandbox.github import TOKEN, GithubSandbox, Large, Limits, table
from sources.errors import Unavailable
from tests.flows.harness import Bench
from tests.flows.vendor import counted

REPO = "datasets/firms"
HEADER = ("Symbol", "Name", "Date added")
FILE = "data/constituents.csv"
ROWS = [(f"S{number:02d}", f"Firm {number}", f"2020-01-{1 + number:02d}") for number in range(20)]


@dataclass
class GithubBench(Bench):
    """A repository, a warehouse, and what is configured of them."""

    sandbox: Any

    def configure(self, source: Mapping[str, Any] | None = None, **entity: Any) -> None:
        """Write what is said of source firms and its table companies."""
        tables = {
            "firms": {"kind": "github_csv", "repo": REPO, "retry_attempts": 0, "timeout": 2}
            | dict(source or {}),
            "firms.companies": {"path": FILE, "key": "Symbol", **entity},
        }
        lines = [
            line
            for name, said in tables.items()
            for line in (
                f"[{name}]",
                *(f"{key} = {json.dumps(value)}" for key, value in said.items()),
            )
        ]
        Path(self.home, "crm-sync.toml").write_text("\n".join(lines))

    def commit(self, files: Mapping[str, Any], **how: Any) -> str:
        return self.sandbox.commit(REPO, files, **how)

    def run(self, **options: Any) -> Result:
        [result] = self.sync(source="firms", **options)
        return result

    def symbols(self, *, living: bool = True) -> set[str]:
        """The keys that are stored."""
        where = "where deleted_at is null" if living else "where deleted_at is not null"
        return {row["symbol"] for row in self.rows(f"select symbol from firms.companies {where}")}

    def asked(self, after: int = 0) -> list[str]:
        """What the repository was asked for: what, and the status of the answer."""
        return [
            f"{path.removeprefix(f'/repos/{REPO}/').rpartition('/')[0] or path} {status}"
            for _, path, _, status in self.sandbox.requests[after:]
        ]


@pytest.fixture
def bench(pg18_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GithubBench]:
    """A repository with a file of 20 firms."""
    sandbox = GithubSandbox()
    sandbox.create(REPO)
    sandbox.commit(REPO, {FILE: table(HEADER, ROWS), "README.md": "# Firms\n"})
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(tmp_path / "crm-sync.toml"))
    monkeypatch.setenv("WAREHOUSE_URL", pg18_url)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_RETRY_WAIT", "0")
    # What is downloaded must be gone afterwards.
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(downloads))
    with sandbox.serve() as url:
        monkeypatch.setenv("GITHUB_BASE_URL", url)
        bench = GithubBench(sandbox, pg18_url, str(tmp_path))
        bench.configure()
        yield bench
    assert list(downloads.iterdir()) == []


def firms(*without: str, **changed: str) -> str:
    """The file without some firms, and with others of other names."""
    rows = [(key, changed.get(key, name), date) for key, name, date in ROWS if key not in without]
    return table(
        HEADER,
        [
            *rows,
            *((k, n, "") for k, n in changed.items() if k not in dict.fromkeys(r[0] for r in ROWS)),
        ],
    )


def test_the_first_run_lands_the_file_and_notes_the_commit(bench: GithubBench):
    commit = bench.commit({"README.md": "# More\n"})

    result = bench.run()

    assert (result.outcome, counted(result)) == ("success", (20, 0, 0))
    assert result.row["configuration"]["commit"] == commit
    assert result.row["configuration"]["anchor"] is True
    [row] = bench.rows("select * from firms.companies where symbol = 'S07'")
    assert (row["name"], row["date_added"], row["source_file"]) == ("Firm 7", "2020-01-08", FILE)
    assert row["extra"] == {}
    assert bench.asked() == ["commits 200", "git/trees 200", "git/trees 200", "git/blobs 200"]


def test_a_file_that_is_unchanged_costs_one_conditional_request_and_no_download(bench: GithubBench):
    bench.run()
    used, asked = bench.sandbox.limits.hours[TOKEN].used, len(bench.sandbox.requests)

    result = bench.run()

    assert (result.outcome, counted(result)) == ("success", (0, 0, 0))
    assert bench.asked(asked) == ["commits 304"]
    assert bench.sandbox.limits.hours[TOKEN].used == used
    assert result.row["performance_metrics"]["api_calls"] == 1


def test_a_commit_to_other_files_costs_no_download(bench: GithubBench):
    bench.run()
    bench.commit({"README.md": "# More\n"})
    asked = len(bench.sandbox.requests)

    second, third = bench.run(), bench.run()

    assert (second.outcome, counted(second)) == ("success", (0, 0, 0))
    assert bench.asked(asked) == ["commits 200", "git/trees 200", "git/trees 200", "commits 304"]
    assert third.outcome == "success"


def test_a_file_that_changed_is_read_and_what_is_gone_is_marked(bench: GithubBench):
    bench.run()
    commit = bench.commit({FILE: firms("S00", "S01", S05="Renamed", S90="New")})

    result = bench.run()

    assert (result.outcome, counted(result)) == ("success", (1, 1, 0))
    assert result.row["configuration"]["commit"] == commit
    assert bench.symbols(living=False) == {"S00", "S01"}
    assert bench.one("select name from firms.companies where symbol = 'S05'") == "Renamed"
    assert bench.asked()[-1] == "git/blobs 200"


def test_a_row_that_is_back_lives_again(bench: GithubBench):
    bench.run()
    bench.commit({FILE: firms("S00")})
    bench.run()
    bench.commit({FILE: firms()})

    result = bench.run()

    assert result.outcome == "success"
    assert (len(bench.symbols()), bench.symbols(living=False)) == (20, set())


def test_a_file_that_lost_too_much_takes_nothing_with_it(bench: GithubBench):
    bench.configure(max_removed=0.3)
    bench.commit({FILE: table(HEADER, [(f"S{n:03d}", "x", "") for n in range(100)])})
    bench.run()
    bench.commit({FILE: table(HEADER, [(f"S{n:03d}", "x", "") for n in range(60)])})

    refused, again = bench.run(), bench.run()

    assert {refused.outcome, again.outcome} == {"unreconciled"}
    assert "more than 30% of the stored rows are not at the source any more" in refused.error
    assert len(bench.symbols()) == 100


@pytest.mark.parametrize("content", ["", "Symbol,Name,Date added\n"])
def test_an_empty_file_is_not_all_rows_deleted(bench: GithubBench, content: str):
    bench.commit({"data/more.csv": table(HEADER, [("T1", "Other", "")])})
    bench.configure(path="data/*.csv")
    bench.run()
    bench.commit({"data/more.csv": content})

    result = bench.run()

    assert result.outcome == "success"
    assert result.row["configuration"]["left_out"] == ["data/more.csv"]
    assert "T1" in bench.symbols()


def test_a_file_that_is_gone_fails_the_run_and_takes_nothing_with_it(bench: GithubBench):
    bench.run()
    bench.commit({FILE: None})

    result = bench.run()

    assert result.outcome == "failed"
    assert f"path = '{FILE}' names no file in {REPO} at commit" in result.error
    assert len(bench.symbols()) == 20


def test_of_several_files_one_may_go_change_or_get_another_name(bench: GithubBench):
    files = {
        f"data/{state}.csv": table(HEADER, [(f"{state}{n}", "x", "") for n in range(9)])
        for state in ("CT", "IL", "NY", "UT")
    }
    bench.commit({**files, FILE: None})
    bench.configure(path="data/*.csv")
    bench.run()
    bench.commit(
        {"data/CT.csv": None, "data/IL.csv": None, "data/Illinois.csv": files["data/IL.csv"]}
    )

    result = bench.run()

    assert result.outcome == "success"
    assert {symbol[:2] for symbol in bench.symbols(living=False)} == {"CT"}
    assert len(bench.symbols()) == 27
    places = bench.rows("select distinct source_file from firms.companies where symbol like 'IL%%'")
    assert [row["source_file"] for row in places] == ["data/Illinois.csv"]


def test_a_key_that_moved_into_another_file_stays(bench: GithubBench):
    bench.commit(
        {FILE: None, "data/a.csv": table(HEADER, ROWS[:10]), "data/b.csv": table(HEADER, ROWS[10:])}
    )
    bench.configure(path="data/*.csv")
    bench.run()
    bench.commit(
        {
            "data/a.csv": table(HEADER, ROWS[1:10]),
            "data/b.csv": table(HEADER, [ROWS[0], *ROWS[10:]]),
        }
    )

    result = bench.run()

    assert result.outcome == "success"
    assert (len(bench.symbols()), bench.symbols(living=False)) == (20, set())


@pytest.mark.parametrize(("updated_at", "name"), [(None, "Firm 5"), ("Date added", "Renamed")])
def test_a_branch_that_was_forced_back_is_read_as_it_is(
    bench: GithubBench, updated_at: str | None, name: str
):
    """Its rows land, unless their own stamps say that those stored are newer."""
    if updated_at:
        bench.configure(updated_at=updated_at)
    first = bench.commit({FILE: firms()})
    bench.run()
    newer = [row if row[0] != "S05" else ("S05", "Renamed", "2025-01-01") for row in ROWS]
    bench.commit({FILE: table(HEADER, newer)})
    bench.run()
    bench.sandbox.reset(REPO, first)

    result = bench.run()

    assert result.outcome == "success"
    assert result.row["configuration"]["commit"] == first
    assert bench.one("select name from firms.companies where symbol = 'S05'") == name


def test_a_tag_and_a_branch_are_read_as_they_stand(bench: GithubBench):
    bench.commit({FILE: firms(S05="On a branch")}, branch="next", tag="v1")

    results = []
    for ref in ("main", "next", "v1"):
        bench.configure({"ref": ref})
        results.append(counted(bench.run()))

    assert results == [(20, 0, 0), (0, 1, 0), (0, 0, 0)]


def test_another_spelling_reads_the_file_again(bench: GithubBench):
    bench.run()
    bench.configure(null=["Firm 5"])

    result = bench.run()

    assert counted(result) == (0, 1, 0)
    assert bench.one("select name from firms.companies where symbol = 'S05'") is None


def test_a_repository_of_another_name_is_still_read(bench: GithubBench):
    bench.run()
    bench.sandbox.rename(REPO, "datasets/companies")
    bench.sandbox.commit("datasets/companies", {FILE: firms(S05="Renamed")})

    result = bench.run()

    assert (result.outcome, counted(result)) == ("success", (0, 1, 0))


def test_a_file_above_a_megabyte_and_one_in_lfs_land_whole(bench: GithubBench):
    bench.sandbox.small = 100
    bench.configure(path="data/*.csv")
    bench.commit(
        {"data/large.csv": Large(table(HEADER, [(f"L{n}", "x", "") for n in range(3000)]).encode())}
    )

    result = bench.run()

    assert (result.outcome, counted(result)) == ("success", (3020, 0, 0))
    assert bench.sandbox.objects.tokens_seen == []


def test_a_file_that_the_api_does_not_hand_out_is_told(bench: GithubBench):
    bench.sandbox.large = 100

    result = bench.run()

    assert result.outcome == "failed"
    assert "keep it in Git LFS, compress it (.gz, .zst), or split it" in result.error


def test_a_repository_that_may_not_be_read_any_more_takes_nothing_with_it(
    bench: GithubBench, monkeypatch: pytest.MonkeyPatch
):
    bench.run()
    bench.sandbox.store.repositories[REPO].private = True
    monkeypatch.setenv("GITHUB_TOKEN", "")

    result = bench.run()

    assert result.outcome == "failed"
    assert f"there is no repository {REPO}, or it is private: set GITHUB_TOKEN" in result.error
    assert len(bench.symbols()) == 20


def test_public_files_need_no_token(bench: GithubBench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GITHUB_TOKEN")

    assert bench.run().outcome == "success"
    assert set(bench.sandbox.limits.hours) == {None}


def test_a_source_may_have_a_token_of_its_own(bench: GithubBench, monkeypatch: pytest.MonkeyPatch):
    bench.sandbox.grant("own")
    monkeypatch.setenv("GITHUB_CSV_FIRMS_TOKEN", "own")

    assert bench.run().outcome == "success"
    assert set(bench.sandbox.limits.hours) == {"own"}


def test_an_hour_that_is_used_up_stops_the_run_and_the_next_goes_on(
    bench: GithubBench, monkeypatch: pytest.MonkeyPatch
):
    bench.sandbox.limits = Limits(authorised=2)

    stopped = bench.run()
    bench.sandbox.limits = Limits()
    result = bench.run()

    assert stopped.outcome == "failed"
    assert "API rate limit exceeded" in stopped.error
    assert "try again in" in stopped.error
    assert (result.outcome, len(bench.symbols())) == ("success", 20)


TROUBLE = [
    ("unauthorized", {}, "Bad credentials", False),
    ("missing_scope", {}, "needs Contents: read", False),
    ("secondary_limit", {"retry_after": 0.05}, "secondary rate limit", True),
    ("secondary_limit", {"retry_after": 3600}, "try again in 3600 s", False),
    ("server_error", {}, "answered 500", True),
    ("bad_gateway", {}, "answered 502", True),
    ("truncated", {"path": "/git/"}, "JSON", True),
    ("flipped_byte", {}, "not those its hash stands for", True),
    ("dropped", {"path": "/git/blobs/"}, "got no answer", True),
    ("stall", {}, "got no answer", True),
]


@pytest.mark.parametrize(("kind", "how", "words", "passes"), TROUBLE)
def test_trouble_ends_as_its_remedy_says(
    bench: GithubBench, kind: str, how: dict[str, Any], words: str, passes: bool
):
    bench.configure({"retry_attempts": 1, "timeout": 0.3})
    bench.sandbox.fault(kind, times=None, **how)
    failed = bench.run()
    bench.sandbox.faults.clear()
    bench.sandbox.fault(kind, **how)

    once = bench.run()

    assert (failed.outcome, once.outcome) == ("failed", "success" if passes else "failed")
    assert words in failed.error
    assert TOKEN not in failed.error
    if passes:
        assert len(bench.symbols()) == 20


def test_an_interrupted_run_goes_on_in_its_commit_with_an_empty_disk(
    bench: GithubBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 5)
    monkeypatch.setattr("tasks.fetch.FIRST_CHUNK_RECORDS", 5)
    from sources.github_csv import client

    pages, whole = 0, client.read_page

    def breaking(*words: Any, **how: Any) -> Any:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise Unavailable("the disk was taken away")
        return whole(*words, **how)

    monkeypatch.setattr(client, "read_page", breaking)
    first = bench.commit({"README.md": "# First\n"})
    failed = bench.run(batch_size=5)
    bench.commit({FILE: firms(*(row[0] for row in ROWS[15:]))})
    asked = len(bench.sandbox.requests)

    result = bench.run(batch_size=5)
    stored = bench.symbols()
    after = bench.run()

    assert (failed.outcome, failed.row["records_created"]) == ("failed", 10)
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    assert result.row["configuration"]["commit"] == first
    assert (result.outcome, counted(result), len(stored)) == ("success", (10, 0, 0), 20)
    assert "git/blobs 200" in bench.asked(asked)
    # What was committed meanwhile is for the run after it.
    assert after.outcome == "success"
    assert len(bench.symbols()) == 15


def test_a_download_that_breaks_off_is_made_again_by_the_next_run(bench: GithubBench):
    bench.commit({"data/more.csv": table(HEADER, [("T1", "Other", "")])})
    bench.configure(path="data/*.csv")
    bench.sandbox.fault("dropped", path="/git/blobs/", skip=1)

    failed, result = bench.run(), bench.run()

    assert (failed.outcome, result.outcome) == ("failed", "success")
    assert len(bench.symbols()) == 21


def test_a_complete_replacement_makes_the_table_equal_the_file(bench: GithubBench):
    bench.run()
    bench.execute("insert into firms.companies (symbol) values ('X1'), ('X2')")

    result = bench.run(full=True, force_overwrite=True)

    assert result.outcome == "success"
    assert bench.symbols() == {row[0] for row in ROWS}
    assert bench.symbols(living=False) == set()


def test_a_dry_run_writes_nothing(bench: GithubBench):
    bench.run()
    bench.commit({FILE: firms(S05="Renamed")})

    result = bench.run(dry_run=True)

    assert result.row["records_updated"] == 1
    assert bench.one("select name from firms.companies where symbol = 'S05'") == "Firm 5"
    assert bench.one("select count(*) from ingestion_sync_history") == 1


def test_a_bad_line_is_rejected_and_a_good_one_closes_it(bench: GithubBench):
    bench.commit({FILE: firms() + "S98,One,2020-01-01,too,many\n"})

    partial = bench.run()
    bench.commit({FILE: firms()})
    result = bench.run()

    assert (partial.outcome, counted(partial)) == ("partial", (20, 0, 1))
    [rejected] = bench.rows("select * from ingestion_rejected_record")
    assert f"{FILE}, line 22" in str(rejected)
    assert rejected["resolved_at"] is not None
    assert result.outcome == "success"


def test_a_check_says_what_can_be_read(bench: GithubBench, capsys: pytest.CaptureFixture[str]):
    status = run(["check", "firms"])

    said = capsys.readouterr().out
    assert status == 0
    assert "credential none is needed for what is public" in said
    assert "companies  readable, 4 columns" in said


def test_a_check_says_why_something_cannot_be_read(
    bench: GithubBench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GITHUB_TOKEN", "wrong")

    assert run(["check", "firms"]) == 1
    assert (
        "companies  GET /repos/datasets/firms/commits/HEAD answered 401" in capsys.readouterr().out
    )


def test_no_secret_is_written_down(bench: GithubBench):
    bench.run()

    assert TOKEN not in str(bench.rows("select * from ingestion_sync_history"))
