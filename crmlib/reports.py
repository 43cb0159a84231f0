"""A report of one page: a figure, a few numbers with their intervals, and what to do about it."""

from __future__ import annotations

import base64
import datetime as dt
import html
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from math import ceil, floor, isfinite, log10
from numbers import Real
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from crmlib import theme
from crmlib.checks import require_share
from crmlib.i18n import _, language

FEWEST, MOST = 2, 5
"""How many numbers a page may hold."""
_LINE, _LINES = 84, 12
_TITLE, _LABEL, _NAME = 120, 60, 60
_FONTS = '"Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif'


@dataclass(frozen=True)
class Number:
    """One number of a report: what it is, its value, the ends of its interval where there is one, and its unit.

    The unit "share" writes 0.324 as 32.4%; "yuan", "points", "days", "hours", "parcels", "customers", "answers" are written in the active
    language, any other unit as it is.
    """

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    unit: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.unit, str):
            raise ValueError(_('{label}: the unit must be a text such as "points"; it is {unit}.').format(label=self.label, unit=self.unit))
        ends = [end for end in (self.low, self.high) if end is not None]
        if not all(isinstance(each, Real) and not isinstance(each, bool) and isfinite(each) for each in (self.value, *ends)):
            raise ValueError(_("{label}: the value and the ends of its interval must be numbers; they are {given}.").format(
                label=self.label, given=(self.value, self.low, self.high)))  # fmt: skip
        if len(ends) == 1 or (ends and not self.low <= self.value <= self.high):
            raise ValueError(
                _("{label}: give both ends of the interval, with the value {value} between them; they are {low} and {high}.").format(
                    label=self.label, value=self.value, low=self.low, high=self.high
                )
            )

    def written(self) -> str:
        """The value with its unit."""
        digits = self.digits()
        return digits if self.unit in ("", "share") else f"{digits} {self.unit_name()}"

    def unit_name(self) -> str:
        """The unit in the active language; empty for plain numbers and shares."""
        known = {
            "share": "",
            "yuan": _("{number} yuan"),
            "points": _("{number} points"),
            "days": _("{number} days"),
            "hours": _("{number} hours"),
            "parcels": _("{number} parcels"),
            "customers": _("{number} customers"),
            "answers": _("{number} answers"),
        }
        return known.get(self.unit, self.unit).replace("{number}", "").strip()

    def interval(self) -> str:
        """From the low to the high end of the interval; empty without one."""
        if self.low is None:
            return ""
        return _("{low} to {high}").format(low=self._rounded(self.low), high=self._rounded(self.high))

    def digits(self) -> str:
        """The value without its unit."""
        return self._rounded(self.value)

    def _rounded(self, value: float) -> str:
        if self.unit == "share":
            return f"{value:.1%}".replace("-", "−")
        given = [each for each in (self.value, self.low, self.high) if each is not None]
        largest = max(abs(each) for each in given)
        whole = largest >= 100 or all(float(each).is_integer() for each in given)
        # Below 0.1 two digits that count, so that a small number is not written as 0.
        digits = 0 if whole else 1 if largest >= 10 else 2 if largest >= 0.1 else min(1 - floor(log10(largest)), 9)
        return f"{value:,.{digits}f}".replace("-", "−")


@dataclass(frozen=True)
class OnePage:
    """A report of one page. In a notebook it shows itself; :meth:`save` writes a file that prints on one sheet of A4."""

    title: str
    numbers: tuple[Number, ...]
    recommendation: str
    to: str
    by: str
    date: dt.date
    simulated: bool
    level: float
    picture: bytes = field(repr=False)

    def save(self, path: str | os.PathLike) -> Path:
        """Write the page as one HTML file that needs no other file and no network; where it stands.

        Raises
        ------
        ValueError
            The name does not end in .html, or the folder does not exist or cannot be written.
        """
        if not isinstance(path, (str, os.PathLike)):
            raise ValueError(_("A report is saved as a web page: give it a name such as report.html, not {name}.").format(name=path))
        target = Path(path)
        if target.suffix.lower() not in (".html", ".htm"):
            raise ValueError(_("A report is saved as a web page: give it a name such as report.html, not {name}.").format(name=target.name))
        try:
            handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=".report-", suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(self.document())
            os.chmod(scratch, 0o644)
            os.replace(scratch, target)
        except OSError as error:
            raise ValueError(_("Cannot write {path}: {reason}").format(path=target, reason=error.strerror)) from None
        return target

    def document(self) -> str:
        """The page as a whole HTML document."""
        return (
            f'<!DOCTYPE html>\n<html lang="{"zh-CN" if language() == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{html.escape(self.title)}</title>\n"
            "<style>@page { size: A4; margin: 14mm } body { margin: 0 auto; max-width: 182mm; "
            "-webkit-print-color-adjust: exact; print-color-adjust: exact }</style>\n"
            f"</head>\n<body>\n{self._repr_html_()}\n</body>\n</html>\n"
        )

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self.picture).decode("ascii")
        tag = [_("simulated data")] if self.simulated else []
        dated = _("{year}-{month:02}-{day:02}").format(year=self.date.year, month=self.date.month, day=self.date.day)
        people = [_("To: {name}").format(name=self.to)] if self.to else []
        people += [_("From: {name}").format(name=self.by)] if self.by else []
        heading = _("What we recommend")
        small = f"color: {theme.GREY}; font-size: 9.5pt"
        paragraphs = "".join(f'<p style="margin: 0 0 2mm 0">{html.escape(part)}</p>' for part in _paragraphs(self.recommendation))
        notes = (
            [_("The intervals hold at {level:.0%} confidence.").format(level=self.level)]
            if any(n.low is not None for n in self.numbers)
            else []
        )
        made_up = _("The data are simulated: the firm and its customers are made up.") if self.simulated else ""
        return (
            f'<article style="max-width: 182mm; font-family: {html.escape(_FONTS)}; color: {theme.INK}; background: #fff; '
            'font-size: 11pt; line-height: 1.5">'
            f'<h2 style="font-size: 17pt; line-height: 1.3; margin: 0 0 1mm 0">{html.escape(self.title)}</h2>'
            f'<div style="{small}">{html.escape("　".join([*people, dated, *tag]))}</div>'
            f'<div style="text-align: center; margin: 4mm 0"><img alt="{html.escape(self.title)}" '
            f'style="max-width: 100%; max-height: 92mm" src="data:image/png;base64,{picture}"></div>'
            f'<div style="display: flex; gap: 3mm; margin: 0 0 4mm 0">{"".join(map(_card, self.numbers))}</div>'
            f'<h3 style="font-size: 12.5pt; margin: 0 0 1mm 0">{html.escape(heading)}</h3>{paragraphs}'
            f'<div style="{small}; border-top: 0.3mm solid {theme.PALE}; padding-top: 1.5mm; margin-top: 3mm">'
            f'{html.escape(" ".join(notes))} <b style="color: {theme.INK}">{html.escape(made_up)}</b></div></article>'
        )


def one_page(
    title: str,
    *,
    figure: Artist | Figure,
    numbers: Sequence[Number | tuple],
    recommendation: str,
    to: str = "",
    by: str = "",
    date: dt.date | str | None = None,
    simulated: bool = True,
    level: float = 0.95,
    path: str | os.PathLike | None = None,
) -> OnePage:
    """Put what a manager needs on one page: what we saw, how sure we are, what to do.

    Answers: how do I tell somebody who has two minutes?

    Parameters
    ----------
    title : the finding, in one sentence
    figure : Axes or Figure
    numbers : two to five :class:`Number`, or tuples (label, value, low, high, unit); a tuple may end after the value or after high
    recommendation : what to do; an empty line begins a new paragraph
    to, by : for whom, and from whom, optional
    date : date, or text such as "2026-11-30", optional
        Default: today.
    simulated : bool
        Say on the page that the data are simulated. False only for data of a real firm.
    level : float, 0–1
        Confidence of the intervals.
    path : name of an .html file to save the page in at once, optional

    Returns
    -------
    OnePage
        Shows itself in a notebook; `.save(path)` writes a file that prints on one sheet of A4.

    Raises
    ------
    ValueError
        A text is empty or too long for the page, there are fewer than two or more than five numbers, a number does not lie in its interval,
        `figure` is none, or the file cannot be written.

    Source: A3 reports, Sobek and Smalley, *Understanding A3 Thinking* (2008).

    >>> from crmlib.plotting import bars
    >>> import pandas as pd
    >>> page = one_page("A", figure=bars(pd.Series({"A": 1.0})), recommendation="B", date="2026-11-30",
    ...                 numbers=[("NPS", 32.4, 29.0, 35.7), ("CSAT", 0.303, 0.282, 0.324, "share")])
    >>> [number.written() for number in page.numbers]
    ['32.4', '30.3%']
    """
    require_share("level", level)
    if not isinstance(numbers, Iterable) or isinstance(numbers, str):
        raise ValueError(_("numbers must be a list of two to five numbers, each (label, value, low, high, unit)."))
    found = tuple(_number(each) for each in numbers)
    if not FEWEST <= len(found) <= MOST:
        raise ValueError(_("A page holds {fewest} to {most} numbers; there are {count}. Choose those that decide.").format(
            fewest=FEWEST, most=MOST, count=len(found)))  # fmt: skip
    for name, text, room in (
        ("title", title, _TITLE),
        ("to", to, _NAME),
        ("by", by, _NAME),
        *(("label", each.label, _LABEL) for each in found),
    ):
        _require_room(name, text, room, may_be_empty=name in ("to", "by"))
    _require_room("recommendation", recommendation, _LINES * _LINE)
    lines = sum(ceil(_width(part) / _LINE) for part in _paragraphs(recommendation))
    if lines > _LINES:
        raise ValueError(
            _("The recommendation takes about {lines} lines; a page has room for {most}. Leave out what nobody must decide.").format(
                lines=lines, most=_LINES
            )
        )
    page = OnePage(title, found, recommendation, to, by, _day(date), bool(simulated), level, _png(figure))
    if path is not None:
        page.save(path)
    return page


def _number(given: object) -> Number:
    if isinstance(given, Number):
        return given
    if not isinstance(given, (tuple, list)) or not 2 <= len(given) <= 5:
        raise ValueError(
            _(
                'A number of the page is (label, value, low, high, unit), as in ("NPS", 32.4, 29.0, 35.7, "points"); this is {given}.'
            ).format(given=given)
        )
    return Number(*given)


def _card(number: Number) -> str:
    interval = number.interval()
    ends = f'<div style="font-size: 9.5pt">{html.escape(interval)}</div>' if interval else ""
    unit = f' <span style="font-size: 9.5pt; font-weight: normal">{html.escape(number.unit_name())}</span>' if number.unit_name() else ""
    return (
        f'<div style="flex: 1 1 0; min-width: 0; border-left: 1mm solid {theme.BLUE}; padding: 0 0 0 2.5mm; overflow-wrap: anywhere">'
        f'<div style="font-size: 9.5pt; line-height: 1.3; color: {theme.GREY}">{html.escape(number.label)}</div>'
        f'<div style="font-size: 15pt; line-height: 1.3; font-weight: bold">{html.escape(number.digits())}{unit}</div>{ends}</div>'
    )


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip())]


def _width(text: str) -> int:
    """How many half-width characters wide `text` is; a Chinese one is two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _require_room(name: str, text: object, room: int, *, may_be_empty: bool = False) -> None:
    if not isinstance(text, str) or (not text.strip() and not may_be_empty):
        raise ValueError(_("{name} must be a text with something in it.").format(name=name))
    if _width(text) > room:
        raise ValueError(
            _(
                "{name} is too long for one page: it is {wide} letters wide (a Chinese character counts as two), and there is room for "
                "{room}."
            ).format(name=name, wide=_width(text), room=room)
        )


def _day(date: dt.date | str | None) -> dt.date:
    if date is None:
        return dt.date.today()
    # pandas' missing date calls itself a date, and is unlike itself.
    known = date == date
    if isinstance(date, dt.datetime) and known:
        return date.date()
    if isinstance(date, dt.date) and known:
        return date
    try:
        return dt.date.fromisoformat(date)
    except (TypeError, ValueError):
        raise ValueError(_('date is {value}, which is no date. Write it like "2026-11-30".').format(value=date)) from None


def _png(figure: object) -> bytes:
    """The figure as a picture; it is closed, so that a notebook does not show it a second time under the page."""
    drawn = figure if isinstance(figure, Figure) else figure.get_figure() if isinstance(figure, Artist) else None
    if drawn is None:
        raise ValueError(_("figure must be what a drawing function returns (Axes or Figure); this is a {kind}.").format(
            kind=type(figure).__name__))  # fmt: skip
    kept = BytesIO()
    drawn.savefig(kept, format="png", dpi=180, bbox_inches="tight", facecolor="white")
    plt.close(drawn)
    return kept.getvalue()
