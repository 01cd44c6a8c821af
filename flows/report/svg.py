"""Small charts as SVG text: readable at 330 pixels, in light, dark and print, and by a screen reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import count, pairwise

WIDTH, HEIGHT = 340, 180
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 12, 24
ROW = 22
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Series:
    """Values by day, None where there are none; `css` is the class that gives the colour."""

    name: str
    values: Sequence[float | None]
    css: str = "a"


@dataclass(frozen=True, slots=True)
class Chart:
    """What all charts have: a title, a sentence that says what is to be seen, and how numbers are spelled."""

    title: str
    said: str
    labels: Sequence[str]
    unit: str = ""

    def bars(self, *series: Series, line: float | None = None) -> str:
        """Bars, those of later series in front of those before."""
        top = _top(series, line)
        width = (WIDTH - LEFT - RIGHT) / max(len(self.labels), 1)
        drawn = []
        for one in series:
            for at, value in enumerate(one.values):
                if value:
                    high = _y(0, top) - _y(value, top)
                    drawn.append(
                        f'<rect class="{one.css}" x="{LEFT + at * width + 1:.1f}" y="{_y(value, top):.1f}"'
                        f' width="{max(width - 2, 1):.1f}" height="{high:.1f}">'
                        f"<title>{self._spoken(one, at, value)}</title></rect>"
                    )
        return self._framed(top, "".join(drawn), line)

    def lines(self, *series: Series, line: float | None = None, top: float | None = None) -> str:
        """Lines with dots; a day without a value is a gap."""
        highest = top or _top(series, line)
        drawn = []
        for one in series:
            points = [
                (self._x(at), _y(value, highest), value)
                for at, value in enumerate(one.values)
                if value is not None
            ]
            for (x, y, _), (x2, y2, _) in pairwise(points):
                drawn.append(
                    f'<line class="{one.css}" x1="{x:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'
                )
            for at, value in enumerate(one.values):
                if value is not None:
                    drawn.append(
                        f'<circle class="{one.css}" cx="{self._x(at):.1f}" cy="{_y(value, highest):.1f}"'
                        f' r="2.5"><title>{self._spoken(one, at, value)}</title></circle>'
                    )
        return self._framed(highest, "".join(drawn), line)

    def rows(
        self, values: Sequence[float | None], limits: Sequence[float | None], spelled: Sequence[str]
    ) -> str:
        """A bar to the right for each label, with a mark where it should end at the latest."""
        # What is far beyond its limit would leave no room for the others.
        shares = [_share(value, limit) for value, limit in zip(values, limits, strict=True)]
        drawn = []
        left, wide = 118, WIDTH - 118 - 76
        for at, (label, share, said) in enumerate(zip(self.labels, shares, spelled, strict=True)):
            y = at * ROW + 4
            css = "bad" if share > 1 else "a"
            drawn.append(
                f'<text class="label" x="0" y="{y + 12}">{escape(_short(label))}</text>'
                f'<rect class="{css}" x="{left}" y="{y + 3}" width="{wide * min(share, 1.25) / 1.25:.1f}"'
                f' height="11"><title>{escape(label)}: {escape(said)}</title></rect>'
                f'<text class="value" x="{WIDTH}" y="{y + 12}" text-anchor="end">{escape(said)}</text>'
            )
        height = len(self.labels) * ROW + 8
        mark = left + wide / 1.25
        drawn.append(
            f'<line class="limit" x1="{mark:.1f}" x2="{mark:.1f}" y1="2" y2="{height - 4}"/>'
        )
        return self._svg("".join(drawn), height)

    def _x(self, at: int) -> float:
        width = (WIDTH - LEFT - RIGHT) / max(len(self.labels), 1)
        return LEFT + (at + 0.5) * width

    def _spoken(self, series: Series, at: int, value: float) -> str:
        return escape(f"{self.labels[at]}: {series.name} {spelled(value)}{self.unit}")

    def _framed(self, top: float, drawn: str, line: float | None) -> str:
        base = _y(0, top)
        parts = [
            f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>',
            f'<text class="tick" x="{LEFT - 4}" y="{base + 4}" text-anchor="end">0</text>',
            (
                f'<text class="tick" x="{LEFT - 4}" y="{TOP + 8}" text-anchor="end">'
                f"{spelled(top)}{escape(self.unit)}</text>"
            ),
            drawn,
        ]
        if line is not None:
            y = _y(line, top)
            parts.append(
                f'<line class="limit" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
        if self.labels:
            y = HEIGHT - 8
            parts.append(f'<text class="tick" x="{LEFT}" y="{y}">{escape(self.labels[0])}</text>')
            parts.append(
                f'<text class="tick" x="{WIDTH - RIGHT}" y="{y}" text-anchor="end">'
                f"{escape(self.labels[-1])}</text>"
            )
        return self._svg("".join(parts), HEIGHT)

    def _svg(self, drawn: str, height: int) -> str:
        name = f"chart-{next(_numbers)}"
        return (
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-t {name}-d">'
            f'<title id="{name}-t">{escape(self.title)}</title>'
            f'<desc id="{name}-d">{escape(self.said)}</desc>{drawn}</svg>'
        )


def spelled(value: float) -> str:
    """A number in a few characters: 12, 3.4, 1.2k, 5M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{value / (1e3 if letter == 'k' else size):.3g}{letter}"
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2g}"  # noqa: PLR2004


def _top(series: Sequence[Series], line: float | None) -> float:
    values = [value for one in series for value in one.values if value is not None]
    return max([*values, line or 0.0]) or 1.0


def _y(value: float, top: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(value / top, 1.0))


def _share(value: float | None, limit: float | None) -> float:
    if value is None or not limit:
        return 0.0 if value is None else 0.5
    return value / limit


def _short(label: str) -> str:
    return label if len(label) <= 17 else f"{label[:16]}…"  # noqa: PLR2004 - as many as fit
