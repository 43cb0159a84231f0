"""The small drawings of a page as SVG that stands in an image's address: no script, no other file, and notebooks let it through."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from crmlib import theme

LIGHT = "#B9CEDD"


def _image(width: float, height: float, inside: str) -> str:
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="none">{inside}</svg>'
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.encode()).decode("ascii")


def bars(values: Sequence[float], *, emphasised: int = 3) -> str:
    """One bar a month, the last ones in full colour.

    >>> bars([1, 2, 3])[:26]
    'data:image/svg+xml;base64,'
    """
    top = max([*values, 0]) or 1
    drawn = [f'<rect x="0" y="39.4" width="{len(values) * 10 - 2}" height="0.6" fill="{theme.GREY}"/>']
    for place, value in enumerate(values):
        height = 38 * max(value, 0) / top
        colour = theme.BLUE if place >= len(values) - emphasised else LIGHT
        drawn.append(f'<rect x="{place * 10}" y="{39.4 - height:.2f}" width="8" height="{height:.2f}" fill="{colour}"/>')
    return _image(len(values) * 10 - 2, 40, "".join(drawn))


def interval(value: float, low: float, high: float) -> str:
    """A value between the ends of its interval, on a line that begins at nothing.

    >>> interval(3, 2, 4)[:26]
    'data:image/svg+xml;base64,'
    """
    top = max(high, 1e-9) * 1.08
    at = [100 * max(each, 0) / top for each in (low, value, high)]
    return _image(100, 12, f'<rect x="0" y="5.2" width="100" height="1.6" fill="{theme.PALE}"/>'
                           f'<rect x="{at[0]:.2f}" y="4" width="{max(at[2] - at[0], 0.8):.2f}" height="4" fill="{LIGHT}"/>'
                           f'<rect x="{at[1] - 0.8:.2f}" y="1" width="1.6" height="10" fill="{theme.BLUE}"/>')  # fmt: skip


def stacked(shares: Sequence[float]) -> str:
    """Shares beside each other in one bar, the largest darkest.

    >>> stacked([0.7, 0.3])[:26]
    'data:image/svg+xml;base64,'
    """
    colours, begin, drawn = (theme.BLUE, theme.SKY, LIGHT, theme.PALE), 0.0, []
    for place, part in enumerate(shares):
        drawn.append(f'<rect x="{begin:.2f}" y="0" width="{max(part * 100 - 0.6, 0.2):.2f}" height="6" fill="{colours[min(place, 3)]}"/>')
        begin += part * 100
    return _image(100, 6, "".join(drawn))


def filled(part: float, *, colour: str = theme.BLUE) -> str:
    """How much of a bar is full; what is beyond the whole is cut and told by the colour.

    >>> filled(0.4)[:26]
    'data:image/svg+xml;base64,'
    """
    return _image(100, 6, f'<rect width="100" height="6" fill="{theme.PALE}"/><rect width="{100 * min(max(part, 0), 1):.2f}" height="6" fill="{colour}"/>')


def moods(values: Sequence[float]) -> str:
    """The last moods as dots from low to high, joined by a line.

    >>> moods([3, 4, 5])[:26]
    'data:image/svg+xml;base64,'
    """
    places = [(8 + 20 * number, 36 - 7 * (value - 1)) for number, value in enumerate(values)]
    line = " ".join(f"{x:g},{y:g}" for x, y in places)
    dots = "".join(f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="{_colour(value)}"/>' for (x, y), value in zip(places, values, strict=True))
    grid = "".join(f'<rect x="0" y="{36 - 7 * each:g}" width="{20 * len(values) - 4}" height="0.5" fill="{theme.PALE}"/>' for each in (0, 2, 4))
    return _image(20 * len(values) - 4, 44, f'{grid}<polyline points="{line}" fill="none" stroke="{LIGHT}" stroke-width="1.5"/>{dots}')


def _colour(mood: float) -> str:
    return theme.ORANGE if mood < 2.5 else theme.GREEN if mood > 3.5 else theme.GREY
