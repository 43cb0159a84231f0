"""How the board looks: selectors that redraw it in a running notebook, and the same page standing still elsewhere."""

from __future__ import annotations

import html
import importlib.util
from typing import TYPE_CHECKING

import pandas as pd

from crmlib import theme
from crmlib.i18n import _
from crmlib.operations.board import ALL, Board, tile_name
from crmlib.sliders import _in_notebook, _picture

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHARES = ("margin_rate", "late_share")
_ROWS = 10


def show(board: Board) -> None:
    """Show a board where it runs: with widgets, standing still in a notebook without them, or as a figure that stays open.

    >>> show.__name__
    'show'
    """
    start = {"tier": ALL, "month": board.months[-1], "region": ALL}
    if not _in_notebook():
        board.figure(**start)
        return
    from IPython.display import display

    if importlib.util.find_spec("ipywidgets") is None:
        for part in page(board, start):
            display(part, raw=True)
        return
    selectors, button, told = _selectors(board, start)
    shown = []

    def redraw(_change: object = None) -> None:
        now = {name: selector.value for name, selector in selectors.items()}
        try:
            parts = page(board, now)
        except Exception as error:
            # Nobody would see an error that is raised while a selector moves.
            parts = [{"text/plain": str(error), "text/html": html.escape(str(error))}, *({"text/plain": ""},) * 2]
        told.value = ""
        for handle, part in zip(shown, parts, strict=True):
            handle.update(part, raw=True)

    def export(_button: object) -> None:
        now = {name: selector.value for name, selector in selectors.items()}
        try:
            said = _("written: {path}").format(path=board.export(file_name(board, now), **now))
        except ValueError as error:
            said = str(error)
        told.value = html.escape(said)

    display(_row([*selectors.values(), button, told]), raw=True)
    shown += [display(part, raw=True, display_id=True) for part in page(board, start)]
    for selector in selectors.values():
        selector.observe(redraw, names="value")
    button.on_click(export)


def page(board: Board, chosen: Mapping[str, object]) -> list[dict[str, str]]:
    """The three parts of the page, each as what a notebook shows: tiles, figures, table.

    >>> page.__name__
    'page'
    """
    from crmlib.tables import show as styled

    tiles = board.tiles(**chosen)
    figure = _picture(lambda **_now: _titled(board, chosen), {}, {})
    table = board.table(**chosen)
    plain = "\n".join(f"{tile_name(one.tile)}: {_number(one.tile, one.value)}" for one in tiles.itertuples())
    under = {"text/plain": table.head(_ROWS).to_string()}
    return [
        {"text/html": tiles_html(tiles), "text/plain": plain}, figure,
        under | {"text/html": styled(table, rows=_ROWS).to_html() if len(table) else _("No customer fits this choice.")},
    ]  # fmt: skip


def _titled(board: Board, chosen: Mapping[str, object]):
    figure = board.figure(**chosen)
    figure.supxlabel(_("simulated data   tiers: A/B/C by the revenue of twelve months   grey band: what chance alone explains"), x=0.01, ha="left",
                     fontsize=9, color=theme.GREY)  # fmt: skip
    return figure


def tiles_html(tiles: pd.DataFrame) -> str:
    """The four tiles as HTML.

    >>> tiles_html(pd.DataFrame({"tile": ["parcels"], "value": [5.0], "last_year": [4.0], "change": [0.25], "news": [""]})).count("<b")
    1
    """
    cards = []
    for one in tiles.itertuples(index=False):
        points = one.tile in _SHARES
        unit = 100 if points else 1
        change = "–" if pd.isna(one.change) else (f"{one.change * unit:+.1f}" if points or one.tile == "complaints_per_thousand" else f"{one.change:+.0%}")
        words = _("{change} points on last year") if points else _("{change} on last year")
        state = {"above": _("above its limits: news"), "below": _("below its limits: news")}.get(one.news, "")
        steady = one.tile in (*_SHARES, "complaints_per_thousand") and not one.news
        note = state or (_("within its limits: noise") if steady else "\N{NO-BREAK SPACE}")
        colour = theme.ORANGE if state else theme.GREY
        cards.append(
            f'<div style="display: inline-block; width: 10.6em; min-height: 6.2em; vertical-align: top; margin: 0 0.5em 0.6em 0; padding: 0.5em 0.6em; border-left: 4px solid '
            f'{theme.ORANGE if state else theme.BLUE}; background: #F6F8F9">'
            f'<div style="color: {theme.INK}">{html.escape(tile_name(one.tile))}</div>'
            f'<b style="font-size: 1.7em; color: {theme.INK}" class="board-value">{html.escape(_number(one.tile, one.value))}</b>'
            f'<div style="color: {theme.GREY}; font-size: 0.85em">{html.escape(words.format(change=change.replace("-", "−")))}</div>'
            f'<div style="color: {colour}; font-size: 0.85em">{html.escape(note)}</div></div>'
        )
    return "".join(cards)


def _number(name: str, value: float) -> str:
    if pd.isna(value):
        return "–"
    return f"{value:.1%}" if name in _SHARES else f"{value:.1f}" if name == "complaints_per_thousand" else f"{value:,.0f}"


def file_name(board: Board, chosen: Mapping[str, object]) -> str:
    """What the exported file is called.

    >>> file_name(Board("manager", None, [], [], None, None), {"tier": "A", "month": pd.Timestamp("2026-10-01"), "region": "all"})
    'board-manager-2026-10-A-all.xlsx'
    """
    who = board.role if board.salesperson_id is None else f"{board.role}-{board.salesperson_id}"
    return f"board-{who}-{chosen['month']:%Y-%m}-{chosen['tier']}-{chosen['region']}.xlsx"


def _selectors(board: Board, start: Mapping[str, object]) -> tuple:
    from ipywidgets import HTML, Button, Dropdown

    names = {"tier": _("Tier"), "month": _("Month"), "region": _("Region")}
    selectors = {
        name: Dropdown(options=options, value=start[name], description=names[name], layout={"width": "14em"}, style={"description_width": "initial"})
        for name, options in board.choices().items()
    }  # fmt: skip
    return selectors, Button(description=_("Write .xlsx"), icon="download"), HTML()


def _row(widgets: list) -> dict[str, object]:
    from ipywidgets import HBox

    box = HBox(widgets, layout={"flex_flow": "row wrap"})
    return box._repr_mimebundle_() | {"text/plain": _("Run this cell to choose tier, month and region.")}
