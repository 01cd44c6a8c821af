import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

from flows.report.markdown import health_markdown
from flows.report.page import page
from flows.watch.finding import Finding, View
from flows.watch.look import Picture, Watched
from warehouse.alerts import Alert
from warehouse.facts import Facts, Run
from warehouse.reports import Report
from warehouse.trends import Trend

NOW = datetime(2026, 3, 18, 10, tzinfo=UTC)
NASTY = '<script>alert("x")</script> | `a` & ana@example.com'
RUN = Run(1, NOW.replace(hour=9), NOW.replace(hour=9, minute=1), "success", False, "full", 3, True)
ALERT = Alert(
    1, "crm", ["contacts"], "flow", "failure_rate", 3, "crm.contacts: all failed",
    [{"entity": "contacts", "rule": "failure_rate", "error": NASTY}], NOW, NOW, None,
)  # fmt: skip
PICTURE = Picture(
    NOW,
    [Report("crm", 9, 8, 6, 2, NOW.replace(hour=8)), Report("quiet", 0, 0, 0, 0, None)],
    [Finding("crm", "contacts", "failure_rate", "all failed", error=NASTY)],
    [ALERT],
    [],
    [Facts("crm", "contacts", NOW, (RUN,)), Facts("crm", "deals<b>", NOW)],
    {("crm", "contacts"): View(NOW), ("crm", "deals<b>"): View(NOW)},
)
DAYS = [
    Trend("crm", date(2026, 3, 17), 9, 0, 9, 12_345, 678, 99, 3, 250_000, 33.3, 1.0, 2.5),
    Trend("crm", date(2026, 3, 18), 4, 2, 1, 0, 0, 0, 0, None, None, None, None),
]


class Tags(HTMLParser):
    """Collects what would load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.links += [
            value for name, value in attrs if name in {"src", "href"} or name[:2] == "on"
        ]


def test_the_page_needs_nothing_else_and_runs_nothing():
    made = page(PICTURE, DAYS, 3)
    tags = Tags()
    tags.feed(made)

    assert tags.links == []
    assert not {"script", "link", "img", "iframe"} & set(tags.names)
    assert "url(" not in made
    assert "@import" not in made


def test_everything_is_escaped():
    made = page(PICTURE, DAYS, 3)

    assert "<script>" not in made
    assert "deals&lt;b&gt;" in made
    assert "&lt;script&gt;" in made


def test_errors_are_left_out_where_values_are_masked():
    assert "ana@example.com" in page(PICTURE, DAYS, 3)
    assert "ana@example.com" not in page(PICTURE, DAYS, 3, mask=True)
    watched = Watched(PICTURE, [ALERT], [], 0)
    assert "ana@example.com" in health_markdown(watched)
    assert "ana@example.com" not in health_markdown(watched, mask=True)


def test_each_chart_is_told_in_words_and_numbers_too():
    made = page(PICTURE, DAYS, 3)
    charts = re.findall(r"<svg.*?</svg>", made, re.DOTALL)

    assert len(charts) == 5 + 4  # a source of which nothing is known has nothing to be fresh
    names = set()
    for chart in charts:
        drawn = ET.fromstring(chart)
        title, told = drawn.find("title"), drawn.find("desc")
        assert title is not None
        assert told is not None
        assert drawn.get("role") == "img"
        assert drawn.get("aria-labelledby") == f"{title.get('id')} {told.get('id')}"
        names |= {title.get("id"), told.get("id")}
    assert len(names) == 2 * len(charts)
    assert made.count("<figure>") == made.count("<details>") == len(charts)
    assert "12,345" in made


def test_bars_stay_in_their_frame():
    for chart in re.findall(r"<svg.*?</svg>", page(PICTURE, DAYS, 3), re.DOTALL):
        drawn = ET.fromstring(chart)
        _, _, width, height = map(float, drawn.get("viewBox", "").split())
        for bar in drawn.iter("rect"):
            x, y = float(bar.get("x", 0)), float(bar.get("y", 0))
            assert 0 <= x <= x + float(bar.get("width", 0)) <= width
            assert 0 <= y <= y + float(bar.get("height", 0)) <= height


def test_a_quiet_system_says_so():
    quiet = replace(PICTURE, findings=[], alerts=[])

    assert "Nothing is wrong." in page(quiet, [], 3)
    assert "**Nothing is wrong.**" in health_markdown(Watched(quiet, [], [], 0))


def test_the_artifact_is_short_and_has_what_is_wrong_first():
    made = health_markdown(Watched(PICTURE, [ALERT], [replace(ALERT, summary="x|y")], 2))

    assert made.index("## Alerts") < made.index("## Sources")
    assert "2 killed run(s)" in made
    assert "\\<script\\>" in made
    assert "x\\|y" in made
    assert "| crm | 9 | 75 % | 25 % | 2 h ago | non compliant |" in made
