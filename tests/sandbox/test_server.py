import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox
from sandbox.server import serve
from tests.sandbox.conftest import client

ROOT = Path(__file__).parents[2]


def test_stopping_is_quick_although_an_answer_hangs():
    sandbox = HubspotSandbox(limits=None)
    sandbox.fault("stall")

    with sandbox.serve() as url:
        reader = threading.Thread(target=read_and_fail, args=(url,))
        reader.start()
        while not sandbox.requests:
            time.sleep(0.01)
        stopping = time.monotonic()
    stopped = time.monotonic() - stopping

    reader.join()
    assert stopped < 0.3
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def read_and_fail(url: str) -> None:
    with client(url) as api, pytest.raises(httpx.HTTPError):
        api.get("/crm/v3/objects/contacts")


def test_a_port_in_use_is_refused_where_it_was_asked_for():
    sandbox = HubspotSandbox()

    with sandbox.serve() as url, pytest.raises(OSError, match="in use"):
        serve(sandbox.app, port=port_of(url)).__enter__()


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_process_prints_its_url_and_ends_on_a_signal(ending: signal.Signals):
    command = [sys.executable, "-m", "sandbox.hubspot", "--contacts", "20", "--no-limits"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        with client(process.stdout.readline().strip()) as api:
            answer = api.get("/crm/v3/objects/contacts", params={"limit": "100"})
            process.send_signal(ending)
            status, said = process.wait(5), process.stderr.read()

    assert len(answer.json()["results"]) == 20
    assert status == 0
    assert said == ""
