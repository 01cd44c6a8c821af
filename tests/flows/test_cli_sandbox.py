"""`crm-sync sandbox serve`: every type the look-alike knows can be asked for."""

import re
import signal
import subprocess
import sys

from flows.cli.words import SANDBOX_COUNTS
from sandbox.hubspot.__main__ import COUNTS
from sandbox.hubspot.seed import INVENTIONS
from sandbox.process import Remote


def test_what_may_be_asked_for_is_what_the_look_alike_can_invent():
    assert SANDBOX_COUNTS.keys() == INVENTIONS.keys()
    assert {name: count for name, count in SANDBOX_COUNTS.items() if count} == COUNTS


def test_records_of_any_type_are_served_and_belong_together():
    few = ("--contacts", "3", "--companies", "0", "--deals", "2", "--line-items", "4", "--links")
    words = [sys.executable, "-m", "flows.cli", "sandbox", "serve", "--port", "0", *few]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        shown = [running.stdout.readline() for _ in range(3)]
        [url] = re.findall(r"http://\S+", shown[2])
        linked = Remote(url).links("line_items")
        running.send_signal(signal.SIGINT)

    assert running.returncode == 0
    assert "with 3 contacts, 2 deals, 4 line items;" in shown[0]
    assert len(linked) == 4
