import logging

import pytest


@pytest.fixture
def lines(caplog, monkeypatch):
    """Ask for level and text of all that the run's log said."""
    log = logging.getLogger("crm_sync")
    # Each line once, whether or not the logger hands its records on.
    monkeypatch.setattr(log, "propagate", False)
    log.addHandler(caplog.handler)
    caplog.set_level(logging.DEBUG, logger="crm_sync")
    yield lambda: [(record.levelname, record.getMessage()) for record in caplog.records]
    log.removeHandler(caplog.handler)
