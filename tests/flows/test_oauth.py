"""Whole syncs with an OAuth app instead of a token."""

import json
import logging
import os
import stat
from pathlib import Path

import pytest

from flows.cli.app import run
from sandbox.hubspot import TOKEN
from sandbox.hubspot.auth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from sources.hubspot import oauth
from tests.flows.harness import Bench

APP = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "REFRESH_TOKEN": REFRESH_TOKEN}


@pytest.fixture
def app(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench whose account is reached by an app that rotates its refresh token; the disk is fresh."""
    monkeypatch.delenv("HUBSPOT_API_TOKEN")
    for name, value in APP.items():
        monkeypatch.setenv(f"HUBSPOT_{name}", value)
    monkeypatch.setenv("CRM_SYNC_HOME", bench.home)
    # Nobody else renews here, so nobody is waited for.
    monkeypatch.setattr(oauth, "PAUSES", (0.0,))
    bench.sandbox.tokens.revoke(TOKEN)
    bench.sandbox.tokens.rotate_refresh_tokens = True
    for number in range(250):
        bench.sandbox.create("contacts", {"email": f"p{number}@example.org", "lastname": "Li"})
    return bench


def kept(bench: Bench) -> Path:
    return Path(bench.home, "credentials", "hubspot.json")


def grants(bench: Bench) -> list[int]:
    return [status for _, path, _, status in bench.sandbox.requests if "/oauth/" in path]


def secrets_of(bench: Bench) -> set[str]:
    tokens = bench.sandbox.tokens
    return {CLIENT_SECRET, REFRESH_TOKEN, *tokens._refresh, *tokens._access}


def end_access(bench: Bench) -> None:
    for token in list(bench.sandbox.tokens._access):
        bench.sandbox.tokens.revoke(token)


def test_run_after_run_goes_on_with_the_rotated_token(app: Bench):
    [first] = app.sync("contacts")
    [second] = app.sync("contacts")

    assert (first.outcome, second.outcome) == ("success", "success")
    assert app.live() == app.truth()
    assert grants(app) == [200, 200]
    assert {json.loads(kept(app).read_bytes())["refresh_token"]} == set(app.sandbox.tokens._refresh)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_what_is_kept_is_for_its_owner_alone(app: Bench):
    app.sync("contacts")

    assert stat.S_IMODE(kept(app).stat().st_mode) == 0o600
    assert stat.S_IMODE(kept(app).parent.stat().st_mode) == 0o700


def test_a_token_that_ends_in_the_middle_of_a_run_stops_nothing(app: Bench):
    calls = []

    def end_at_the_third_page(call) -> None:
        calls.append(call.path)
        if sum("/objects/contacts" in path for path in calls) == 3:
            app.sandbox.before_request = None
            end_access(app)

    app.sandbox.before_request = end_at_the_third_page
    [result] = app.sync("contacts")

    assert result.outcome == "success"
    assert app.live() == app.truth()
    assert grants(app) == [200, 200]


def test_a_token_that_cannot_be_kept_fails_the_run_before_anything_is_read(app: Bench):
    Path(app.home, "credentials").symlink_to("no-such-folder")

    [result] = app.sync("contacts")

    assert result.outcome == "failed"
    assert "CRM_SYNC_HOME" in result.error
    assert app.requests() == []


def test_no_secret_reaches_history_or_logs(
    app: Bench, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture
):
    caplog.set_level(logging.DEBUG)
    app.sync("contacts", debug=True)
    secrets = secrets_of(app)
    for token in list(app.sandbox.tokens._refresh):
        app.sandbox.tokens.revoke(token)
    [refused] = app.sync("contacts", debug=True)

    told = "".join(str(row) for row in app.rows("select * from ingestion_sync_history"))
    shown = capfd.readouterr()
    everything = f"{told}{caplog.text}{shown.out}{shown.err}{refused.error}"

    assert refused.outcome == "failed"
    assert "Authorise the app again" in told
    assert "/oauth/v3/token" in caplog.text
    assert [secret for secret in secrets if secret in everything] == []


def test_a_check_says_which_credential_it_uses(app: Bench, capsys, monkeypatch):
    app.sync("contacts")

    assert run(["check", "hubspot"]) == 0
    assert "OAuth app sandbox-client accepted" in capsys.readouterr().out

    for name in APP:
        monkeypatch.delenv(f"HUBSPOT_{name}")
    app.sandbox.tokens.register(TOKEN)
    monkeypatch.setenv("HUBSPOT_API_TOKEN", TOKEN)
    assert run(["check", "hubspot"]) == 0
    assert "token accepted; account 7654321" in capsys.readouterr().out


def test_a_check_tells_where_a_refused_app_is_set(app: Bench, capsys):
    app.sandbox.tokens.revoke(REFRESH_TOKEN)

    assert run(["check", "hubspot"]) == 1

    shown = " ".join(capsys.readouterr().out.split())
    assert (
        "Authorise the app again and put its new refresh token into HUBSPOT_REFRESH_TOKEN" in shown
    )
    assert "Check HUBSPOT_CLIENT_ID, HUBSPOT_CLIENT_SECRET, HUBSPOT_REFRESH_TOKEN" in shown
    assert "HUBSPOT_API_TOKEN" not in shown


def test_half_an_app_is_refused_before_anything_starts(app: Bench, capsys, monkeypatch):
    monkeypatch.delenv("HUBSPOT_CLIENT_SECRET")

    with pytest.raises(SystemExit, match="2"):
        run(["sync", "hubspot"])

    assert "HUBSPOT_CLIENT_SECRET must be set" in capsys.readouterr().err
    assert app.sandbox.requests == []
