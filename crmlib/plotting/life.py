"""One customer's life, drawn from many tables: a lane a table, months across."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import standards, theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas
from crmlib.plotting.settled import invoice_states

if TYPE_CHECKING:
    from crmlib.company.company import Company

Words = list[tuple[str, str]]
_ROW, _STEP = 0.46, 0.42
_TALL = 1.8


@dataclass(frozen=True)
class _Lane:
    """One lane: its table, its name, and what draws the customer's rows at a height and says what to write beside them."""

    table: str
    name: str
    draw: Callable[[Axes, pd.DataFrame, float], Words]
    height: float = 1.0


def customer_life(firm: Company, customer_id: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw all that the firm's tables know of one customer, a lane a table.

    Answers: what happened between us and this customer, in what order, and are they still with us?

    Parameters
    ----------
    firm : Company
        Tables that it does not have get no lane; it must have waybills.
    customer_id : str, optional
        Default: the customer who stands in most of the tables; among equals one who stopped shipping, then the one with most cases.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        `firm` is no Company, has no waybills, or has no such customer.

    Source: 《快递客户关系管理》, project 4 (客户信息档案).

    >>> from crmlib.company import lark
    >>> customer_life(lark(), "C01239").get_title(loc="left").split()[0]
    'C01239'
    """
    if not hasattr(firm, "tables"):
        raise ValueError(_("This figure needs a firm, such as crm.company.lark(), not a {kind}.").format(kind=type(firm).__name__))
    if "waybills" not in firm.tables:
        raise ValueError(_("These data have no table {table}. They have: {have}.").format(table="waybills", have=", ".join(firm.tables)))
    customers = firm.customers.set_index("customer_id")
    who = _telling(firm) if customer_id is None else customer_id
    if who not in customers.index:
        raise ValueError(_('There is no customer {customer}. Numbers are text such as "{example}".').format(
            customer=who, example=customers.index[0]))  # fmt: skip
    start, end = _period(firm)
    lanes = [lane for lane in _lanes(firm, end) if lane.table in firm.tables]
    heights = [lane.height for lane in lanes]
    middles = np.cumsum(heights) - np.array(heights) / 2
    ax = canvas(ax, height=1.0 + _ROW * sum(heights))
    for lane, middle, height in zip(lanes, middles, heights, strict=True):
        rows = firm.tables[lane.table]
        words = lane.draw(ax, rows[rows["customer_id"] == who], middle)
        ax.axhline(middle + height / 2, color=theme.PALE, linewidth=0.8, zorder=0)
        _write(ax, words or [(_("none"), theme.GREY)], middle)
    ax.set_yticks(middles, [lane.name for lane in lanes])
    ax.set(xlim=(start, end), ylim=(sum(heights), -0.1))
    _finish(ax, customers.loc[who], who)
    _mark_stop(ax, firm.waybills[firm.waybills["customer_id"] == who], end)
    return ax


def _period(firm: Company) -> tuple[pd.Timestamp, pd.Timestamp]:
    picked = firm.waybills["picked_up_at"]
    end = pd.Timestamp(firm.about.get("end") or picked.max().normalize() + pd.Timedelta(days=1))
    return pd.Timestamp(firm.about.get("first_day") or picked.min().normalize()), end


def _telling(firm: Company) -> str:
    counts = {lane.table: firm.tables[lane.table].groupby("customer_id").size() for lane in _lanes(firm, None) if lane.table in firm.tables}
    table = pd.DataFrame(counts).reindex(firm.customers["customer_id"]).fillna(0)
    last = firm.waybills.groupby("customer_id")["picked_up_at"].max().reindex(table.index)
    order = pd.DataFrame({
        "lanes": (table > 0).sum(axis=1),
        "stopped": (_period(firm)[1] - last).dt.days >= standards.get("state.lost_days", unit="days"),
        "cases": table.get("cases", 0),
    })  # fmt: skip
    return str(order.sort_values(list(order), ascending=False, kind="stable").index[0])


def _lanes(firm: Company, end: pd.Timestamp | None) -> list[_Lane]:
    return [
        _Lane("leads", _("how we won them"), _draw_leads),
        _Lane("waybills", _("parcels a month"), _draw_parcels, _TALL),
        _Lane("touches", _("visits and care"), _draw_touches),
        _Lane("offers", _("offers"), _draw_offers, 1.4),
        _Lane("members", _("membership"), lambda ax, rows, y: _draw_membership(ax, rows, y, end)),
        _Lane("calls", _("calls to the hotline"), _draw_calls),
        _Lane("cases", _("complaints and more"), _draw_cases, 1.4),
        _Lane("surveys", _("would recommend (0–10)"), _draw_surveys),
        _Lane("invoices", _("monthly invoices"), lambda ax, rows, y: _draw_invoices(ax, rows, y, firm, end), 1.8),
    ]


def _points(ax: Axes, days: pd.Series, y: float, colour: str, *, marker: str = "o", filled: bool = True) -> None:
    ax.plot(days, [y] * len(days), marker, color=colour, markersize=6, markerfacecolor=colour if filled else "white", zorder=3)


def _draw_leads(ax: Axes, rows: pd.DataFrame, y: float) -> Words:
    if rows.empty:
        return []
    steps = rows[["created_on", "contacted_on", "qualified_on", "quoted_on", "closed_on"]].iloc[0].dropna()
    ax.plot(steps, [y] * len(steps), color=theme.BLUE, linewidth=2, zorder=2)
    _points(ax, steps, y, theme.BLUE)
    return [(label(rows["source"].iloc[0], "source"), theme.BLUE)]


def _draw_parcels(ax: Axes, rows: pd.DataFrame, y: float) -> Words:
    months = rows["picked_up_at"].dt.to_period("M").value_counts().sort_index()
    floor, tallest = y + _TALL / 2, max(1, months.max() if len(months) else 1)
    for month, count in months.items():
        height = (_TALL - 0.25) * count / tallest
        ax.bar(month.start_time, -height, bottom=floor, width=month.days_in_month - 4, align="edge", color=theme.BLUE, zorder=2)
    return [(_("parcels: {count}").format(count=f"{len(rows):,}"), theme.BLUE)] if len(rows) else []


def _draw_touches(ax: Axes, rows: pd.DataFrame, y: float) -> Words:
    visits = rows["kind"] == "visit"
    _points(ax, rows.loc[~visits, "happened_on"], y, theme.SKY)
    _points(ax, rows.loc[visits, "happened_on"], y, theme.BLUE)
    said = [(_("visits: {count}"), visits.sum(), theme.BLUE), (_("greetings, notices: {count}"), (~visits).sum(), theme.SKY)]
    return _counted(said)


def _draw_offers(ax: Axes, rows: pd.DataFrame, y: float) -> Words:
    control, taken = rows["arm"] == "control", rows["accepted"]
    _points(ax, rows.loc[control, "assigned_on"], y, theme.GREY, filled=False)
    _points(ax, rows.loc[~control & ~taken, "assigned_on"], y, theme.BLUE)
    _points(ax, rows.loc[taken, "assigned_on"], y, theme.GREEN)
    return _counted([
        (_("taken up: {count}"), taken.sum(), theme.GREEN), (_("not taken up: {count}"), (~control & ~taken).sum(), theme.BLUE),
        (_("drawn to get none: {count}"), control.sum(), theme.GREY),
    ])  # fmt: skip


def _draw_membership(ax: Axes, rows: pd.DataFrame, y: float, end: pd.Timestamp | None) -> Words:
    if rows.empty:
        return []
    ax.plot([rows["joined_on"].iloc[0], end], [y, y], color=theme.GREEN, linewidth=7, solid_capstyle="butt", zorder=2)
    return [(_("member: {tier}").format(tier=label(rows["tier"].iloc[0], "tier")), theme.GREEN)]


def _draw_calls(ax: Axes, rows: pd.DataFrame, y: float) -> Words:
    angry = rows["reason"].isin(["complaint", "claim"])
    for part, colour, depth in ((~angry, theme.BLUE, 2), (angry, theme.ORANGE, 3)):
        ax.vlines(rows.loc[part, "arrived_at"], y - 0.3, y + 0.3, color=colour, linewidth=1.2, zorder=depth)
    return _counted([(_("calls: {count}"), len(rows), theme.BLUE), (_("to complain: {count}"), angry.sum(), theme.ORANGE)])


def _draw_cases(ax: Axes, rows: pd.DataFrame, y: float) -> Words:
    bad, praise = rows["kind"].isin(["complaint", "claim"]), rows["kind"] == "praise"
    other = ~bad & ~praise
    for part, colour in ((other, theme.BLUE), (praise, theme.GREEN), (bad, theme.ORANGE)):
        _points(ax, rows.loc[part, "opened_at"], y, colour)
    return _counted([
        (_("complaints, claims: {count}"), bad.sum(), theme.ORANGE), (_("praise: {count}"), praise.sum(), theme.GREEN),
        (_("inquiries: {count}"), other.sum(), theme.BLUE),
    ])  # fmt: skip


def _draw_surveys(ax: Axes, rows: pd.DataFrame, y: float) -> Words:
    for day, points in rows[["answered_on", "recommend"]].dropna().itertuples(index=False):
        colour = theme.GREEN if points >= 9 else theme.BLUE if points >= 7 else theme.ORANGE
        ax.text(day, y, f"{points:.0f}", ha="center", va="center", color=colour, fontweight="bold", zorder=3)
    return _counted([(_("surveys answered: {count}"), len(rows), theme.BLUE)])


def _draw_invoices(ax: Axes, rows: pd.DataFrame, y: float, firm: Company, end: pd.Timestamp | None) -> Words:
    states = invoice_states(rows, firm.tables.get("payments"), today=end)
    colours = {"on_time": (theme.BLUE, True), "late": (theme.ORANGE, True), "overdue": (theme.ORANGE, False), "open": (theme.GREY, False)}
    for state, (colour, filled) in colours.items():
        _points(ax, rows.loc[states == state, "issued_on"], y, colour, marker="s", filled=filled)
    said = {
        "on_time": _("paid on time: {count}"),
        "late": _("paid late: {count}"),
        "overdue": _("overdue: {count}"),
        "open": _("not yet due: {count}"),
    }
    return _counted([(said[state], (states == state).sum(), colours[state][0]) for state in said])


def _counted(said: list[tuple[str, int, str]]) -> Words:
    return [(sentence.format(count=f"{count:,}"), colour) for sentence, count, colour in said if count]


def _write(ax: Axes, words: Words, y: float) -> None:
    for number, (text, colour) in enumerate(words):
        place = y + _STEP * (number - (len(words) - 1) / 2)
        ax.text(1.012, place, text, transform=ax.get_yaxis_transform(), va="center", fontsize=9, color=colour)


def _finish(ax: Axes, customer: pd.Series, who: str) -> None:
    ax.set_title(
        "   ".join([who, customer["name"], label(customer["market"], "market"), label(customer["region"], "region")]), loc="left", pad=24
    )
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(mdates.MonthLocator(bymonth=(1, 7)))
    ax.xaxis.set_minor_locator(mdates.MonthLocator())
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y-%m"))
    ax.grid(axis="x", which="major")


def _mark_stop(ax: Axes, parcels: pd.DataFrame, end: pd.Timestamp) -> None:
    """A line where the customer fell silent, for those whom the course counts as lost."""
    if parcels.empty:
        return
    last = parcels["picked_up_at"].max()
    if (end - last).days < standards.get("state.lost_days", unit="days"):
        return
    ax.axvline(last, color=theme.INK, linewidth=1.2, linestyle=(0, (5, 4)), zorder=4)
    late = mdates.date2num(last) > np.mean(ax.get_xlim())
    ax.annotate(_("last parcel: {day}").format(day=f"{last:%Y-%m-%d}"), (mdates.date2num(last), 1), xycoords=ax.get_xaxis_transform(), xytext=(0, 4),
                textcoords="offset points", ha="right" if late else "left", va="bottom", fontsize=9.5, fontweight="bold")  # fmt: skip
