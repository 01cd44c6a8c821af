import logging

import pytest

from flows.webhooks.refusals import Refusals


def test_a_flood_of_refusals_is_a_line_a_minute(caplog: pytest.LogCaptureFixture):
    moments = iter([0.0, 1.0, 59.0, 60.0, 61.0, 62.0])
    refusals = Refusals(lambda: next(moments))
    with caplog.at_level(logging.WARNING, "crm_sync"):
        for _ in range(5):
            refusals.count("hubspot", "the signature does not fit")
        refusals.count("callrail", "the signature does not fit")

    assert [record.message for record in caplog.records] == [
        "refused a webhook for hubspot: the signature does not fit",
        "refused a webhook for hubspot: the signature does not fit (and 2 others since the last such line)",
        "refused a webhook for callrail: the signature does not fit",
    ]
