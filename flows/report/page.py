"""The report as one page of HTML that needs nothing else: no script, no font, no request."""

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from flows.report.figures import Figure, figures
from flows.report.markdown import moment
from flows.report.style import STYLE
from flows.version import CODE_VERSION
from flows.watch.document import masked
from flows.watch.look import Picture
from flows.watch.words import span
from warehouse.trends import Trend


def page(picture: Picture, found: Sequence[Trend], days: int, *, mask: bool = False) -> str:
    """The whole page."""
    by_source = {name: list(group) for name, group in groupby(found, lambda one: one.crm_source)}
    sources = [one.crm_source for one in picture.reports]
    body = [
        f"<h1>Syncs of the last {days} days</h1>",
        f'<p class="note">As of {moment(picture.now)} UTC, by crm-sync {escape(CODE_VERSION)}</p>',
        *_alerts(picture, mask=mask),
        *_summary(picture),
    ]
    for source in sources:
        body.append(f"<h2>{escape(source)}</h2>")
        drawn = figures(source, by_source.get(source, []), picture, days)
        body.append(f'<div class="figures">{"".join(map(_figure, drawn))}</div>')
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Syncs of the last {days} days</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(body)}</main></body></html>\n"
    )


def _alerts(picture: Picture, *, mask: bool) -> Iterator[str]:
    if not picture.findings:
        yield '<p class="well">Nothing is wrong.</p>'
        return
    yield "<h2>Wrong now</h2><ul class='alerts'>"
    for one in picture.findings:
        place = f"{one.crm_source}.{one.entity}" if one.entity else one.crm_source
        error = masked(one.error, mask=mask)
        more = f'<div class="error">{escape(error)}</div>' if error else ""
        yield f"<li><strong>{escape(place)}</strong>: {escape(one.summary)}{more}</li>"
    yield "</ul>"


def _summary(picture: Picture) -> Iterator[str]:
    yield "<h2>Last 24 hours</h2>"
    if not picture.reports:
        yield "<p>Nothing ran yet.</p>"
        return
    rows = [
        (
            one.crm_source,
            f"{one.last_24h_syncs:,}",
            f"{one.success_rate:g} %",
            f"{one.failure_rate:g} %",
            f"{span(picture.now - one.last_successful_sync)} ago"
            if one.last_successful_sync
            else "never",
            picture.status_of(one.crm_source).replace("_", " ").lower(),
        )
        for one in picture.reports
    ]
    yield _table(("source", "runs", "succeeded", "failed", "last success", "history"), rows)


def _figure(one: Figure) -> str:
    return (
        f"<figure><figcaption><h3>{escape(one.title)}</h3><p>{escape(one.said)}.</p></figcaption>"
        f"{one.svg}<details><summary>Numbers</summary>{_table(one.columns, one.rows)}</details></figure>"
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in row[1:])}</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
