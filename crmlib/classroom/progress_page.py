"""A learner's progress as a page that needs no other file: items done per sheet, and points from check to check."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import jinja2
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from crmlib import theme
from crmlib.classroom.files import write_bytes
from crmlib.classroom.progress import SheetProgress, load, overview, when
from crmlib.i18n import _

PAGE = "progress.html"
_TEMPLATE = Path(__file__).with_name("templates") / "progress" / "page.html.j2"
_WIDE, _ACROSS = 7.2, 3
_STATES = (("done", theme.GREEN), ("tried", theme.YELLOW), ("open", theme.PALE))


def write_page(course: Path, edition: str) -> Path:
    """Write ``progress.html`` into the folder of a course, in the active language.

    Parameters
    ----------
    course : Path
    edition : "zh" or "en"
        Of the sheets' titles.

    Returns
    -------
    Path of the page.

    Raises
    ------
    ValueError
        The page cannot be written.
    """
    progress = load(course)
    sheets = overview(course, progress, edition)
    begun = {name: sheet for name, sheet in sheets.items() if sheet.checks}
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    text = environment.from_string(_TEMPLATE.read_text("utf-8")).render(
        language=edition, title=_("My progress"), facts=[*progress.notes, _fact_of_all(sheets)], items_title=_("Items done"),
        items_figure=_drawn(lambda: items_figure(sheets)) if sheets else "", points_title=_("Points from check to check"),
        points_figure=_drawn(lambda: points_figure(begun)) if begun else "",
        headings=[_("Item"), _("State"), _("Best score"), _("Attempts"), _("Done on")],
        sheets=[_section(sheet) for sheet in begun.values()],
    )  # fmt: skip
    page = course / PAGE
    try:
        write_bytes(page, text.encode("utf-8"))
    except OSError as error:
        raise ValueError(_("Your progress cannot be written to {path}. Move the course to a folder of yours.").format(path=page)) from error
    return page


def _drawn(draw: Callable[[], Figure]) -> str:
    """A figure as an address that a page can hold."""
    with mpl.rc_context():
        theme.apply()
        mpl.rcParams.update({"svg.fonttype": "path", "svg.hashsalt": "progress"})
        picture = io.BytesIO()
        draw().savefig(picture, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode("ascii")


def _fact_of_all(sheets: dict[str, SheetProgress]) -> str:
    done, items = sum(sheet.count("done") for sheet in sheets.values()), sum(len(sheet.items) for sheet in sheets.values())
    if not any(sheet.checks for sheet in sheets.values()):
        return _("Nothing was checked yet. Begin with a sheet, and have it checked: crm check 1-1")
    points, most = sum(sheet.best for sheet in sheets.values()), sum(sheet.by_program for sheet in sheets.values())
    return _("{done} of {items} items are done; {points} of {most} points that a program can give.").format(
        done=done, items=items, points=f"{points:g}", most=f"{most:g}"
    )


def _section(sheet: SheetProgress) -> dict:
    words = {"done": _("done"), "tried": _("tried"), "open": _("not begun")}
    rows = [
        {
            "title": item.title, "state": item.state, "said": _("written") if item.by_hand and item.attempts else words[item.state],
            "points": _("by hand") if item.by_hand else f"{item.best:g} / {item.points:g}", "attempts": item.attempts or "–",
            "done": _date(item.done or (item.first if item.by_hand else "")),
        }
        for item in sheet.items.values()
    ]  # fmt: skip
    fact = _("Checked {checks} ×, last on {date}.").format(checks=len(sheet.checks), date=_date(sheet.checks[-1][0]))
    return {"title": sheet.title, "fact": fact, "rows": rows}


def _date(date: str) -> str:
    return when(date).strftime("%Y-%m-%d %H:%M") if date else "–"


def items_figure(sheets: dict[str, SheetProgress]) -> Figure:
    """How many items of each sheet are done, tried and not begun."""
    shown = list(sheets.items())[::-1]
    figure = Figure(figsize=(_WIDE, 1.5 + 0.42 * len(shown)))
    ax = figure.subplots()
    places, left = np.arange(len(shown)), np.zeros(len(shown))
    words = {"done": _("done"), "tried": _("tried"), "open": _("not begun")}
    for state, colour in _STATES:
        counts = np.array([sheet.count(state) for _name, sheet in shown], dtype=float)
        ax.barh(places, counts, left=left, height=0.6, color=colour, edgecolor="white", linewidth=1, label=words[state])
        for place, start, count in zip(places, left, counts, strict=True):
            if count:
                ax.text(start + count / 2, place, f"{count:g}", ha="center", va="center", fontsize=9,
                        color="white" if state == "done" else theme.INK)  # fmt: skip
        left += counts
    ax.set_yticks(places, [_task(name) for name, _sheet in shown])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.6, len(shown) - 0.4)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_xlabel(_("items"))
    ax.set_ylabel(_("sheet"))
    ax.set_title(_("Items done"), pad=28)
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.2, fontsize=9)
    return figure


def points_figure(sheets: dict[str, SheetProgress]) -> Figure:
    """Sheet by sheet, the best points so far after each check."""
    across = min(_ACROSS, len(sheets))
    down = -(-len(sheets) // across)
    figure = Figure(figsize=(_WIDE, 0.6 + 2.3 * down))
    panels = figure.subplots(down, across, squeeze=False)
    for ax in panels.flat[len(sheets) :]:
        ax.remove()
    for ax, (name, sheet) in zip(panels.flat, sheets.items(), strict=False):
        points = [points for _date, points in sheet.checks]
        ax.plot(range(1, len(points) + 1), points, "o-", color=theme.BLUE, markersize=5)
        ax.axhline(sheet.by_program, color=theme.GREY, linewidth=1, linestyle=(0, (4, 3)))
        most = _("{points} points in all").format(points=f"{sheet.by_program:g}")
        ax.annotate(most, (0.02, sheet.by_program), xycoords=("axes fraction", "data"),
                    xytext=(0, 5), textcoords="offset points", color=theme.GREY, fontsize=9)  # fmt: skip
        ax.set_xlim(0.6, max(len(points), 3) + 0.4)
        ax.set_ylim(0, 1.2 * max(sheet.by_program, 1))
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.set_xlabel(_("check"))
        ax.set_title(_task(name), fontsize=11)
    for row in panels:
        row[0].set_ylabel(_("best points so far"))
    figure.suptitle(_("Points from check to check"), x=0.01, ha="left", fontsize=12.5)
    return figure


def _task(sheet: str) -> str:
    return "-".join(sheet.split("-")[:2]).replace("-", ".")
