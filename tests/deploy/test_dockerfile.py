"""The image, as far as it can be judged without building it: its instructions, and its install steps."""

import fnmatch
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.dockerfile import copied, environment, instructions, of
from tests.deploy.documents import commands
from tests.deploy.servers import ROOT, checkout, clean_environment

PACKAGES = ["flows", "tasks", "sources", "warehouse", "sandbox"]
LAST = max(one.stage for one in instructions())
SECRETS = re.compile(r"token|passw|secret|api_key|credential|_url=|encryption", re.IGNORECASE)


def test_every_stage_starts_from_the_same_pinned_slim_python():
    bases = {one.text.split()[0] for one in of("FROM")}

    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", bases.pop())


def test_the_pinned_python_is_one_that_the_project_supports():
    version = of("FROM")[0].text.split(":")[1].split("-")[0]

    assert tuple(map(int, version.split("."))) >= (3, 11)


def test_the_last_user_is_not_root_and_nothing_is_run_or_copied_after_it():
    [user] = [one for one in of("USER") if one.stage == LAST]
    after = instructions()[instructions().index(user) + 1 :]

    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user.text)
    assert {one.name for one in after} <= {"HEALTHCHECK", "CMD"}


def test_no_secret_is_built_in():
    given = [one.text for one in instructions() if one.name in {"ENV", "LABEL"}]

    assert not of("ARG")
    assert not of("ADD")
    assert not [text for text in given if SECRETS.search(text)]


def test_no_index_mirror_or_proxy_is_named():
    text = (ROOT / "Dockerfile").read_text()

    assert not re.search(
        r"https?://(?!127\.0\.0\.1)|index-url|find-links|trusted-host|_proxy=", text
    )


def test_only_what_the_image_is_made_of_is_copied():
    files = {
        "requirements.lock",
        "requirements-dev.lock",
        "pyproject.toml",
        "README.md",
        "prefect.yaml",
        "automations.yaml",
    }

    assert set(copied()) == {*PACKAGES, *files}


def test_what_is_copied_and_nothing_else_reaches_the_builder():
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and line[0] != "#"
    ]
    let_in = {rule[1:] for rule in rules if rule.startswith("!")}
    refused = [rule for rule in rules if not rule.startswith("!")]

    assert rules[0] == "*"
    assert let_in == set(copied())
    assert any(fnmatch.fnmatch("flows/.env", rule) for rule in refused)


def test_everything_is_installed_by_hash_and_nothing_is_resolved_or_compiled():
    steps = [step for run in of("RUN") for step in run.text.split("&&") if " install " in step]
    installs = [step for step in steps if "pip" in step.split("install")[0]]

    assert len(installs) == 3
    for step in installs:
        assert "--no-deps" in step
        assert "--editable ." in step or "--require-hashes --only-binary :all:" in step


def test_neither_pip_nor_setuptools_is_left_in_the_image():
    runs = {
        stage: " ".join(one.text for one in of("RUN") if one.stage == stage) for stage in (0, LAST)
    }

    assert "venv --without-pip /opt/venv" in runs[0]
    assert "uninstall --yes setuptools" in runs[0]
    assert re.search(r"pip uninstall [^&]*\bpip\b", runs[LAST])


def test_the_worker_is_the_default_and_installs_nothing():
    [command] = of("CMD")

    assert command.words[:5] == ["prefect", "worker", "start", "--pool", "crm-sync"]
    assert "--install-policy never --with-healthcheck" in " ".join(command.words)
    assert not of("ENTRYPOINT")


def test_the_documented_worker_is_the_images_own():
    [documented] = commands("Workers")

    assert set(documented.split()) <= set(of("CMD")[0].words)


def test_what_is_written_lands_in_the_users_own_folder():
    settings = environment(LAST)

    assert settings["PREFECT_HOME"].startswith(settings["CRM_SYNC_HOME"])
    assert f"--mode 0700 {settings['CRM_SYNC_HOME']}" in " ".join(run.text for run in of("RUN"))
    assert settings["PATH"].startswith("/opt/venv/bin:")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that goes at once: what is installed there is half a gigabyte."""
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        yield Path(folder)


@pytest.mark.slow
def test_the_install_steps_make_an_environment_that_runs_the_command(place: Path):
    checkout(place / "app", [name for name in copied() if not name.endswith(".lock")])
    checkout(place / "locks", [name for name in copied() if name.endswith(".lock")])

    for run in (one for one in of("RUN") if one.stage == 0):
        _carry_out(run.text, place)

    told = _run([str(place / "venv/bin/crm-sync"), "--help"], place)
    found = _run([str(place / "venv/bin/prefect"), "version"], place)
    left = {path.name.split("-")[0] for path in place.glob("venv/lib/*/site-packages/*.dist-info")}
    assert "sync" in told
    assert "3.8" in found
    assert "crm_sync" in left
    assert not left & {"pip", "setuptools", "pytest", "ruff"}


def _carry_out(step: str, place: Path) -> None:
    """Run an instruction of the build stage with its folders below `place`."""
    moved = re.sub(r"/(opt/venv|locks)\b", lambda m: f"{place}/{m[1].removeprefix('opt/')}", step)
    with_python = moved.replace("pip --python", f"{sys.executable} -m pip --python")
    _run(["/bin/sh", "-ec", re.sub(r"^python ", f"{sys.executable} ", with_python)], place / "app")


def _run(words: list[str], cwd: Path) -> str:
    # Without a connection there is nothing to be seen here; a wrong hash or version is another error.
    done = subprocess.run(
        words,
        check=False,
        cwd=cwd,
        env=clean_environment(PIP_RETRIES="1"),
        capture_output=True,
        text=True,
    )
    if done.returncode and "connection broken by" in done.stderr:
        pytest.skip("no connection to a package index")
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout
