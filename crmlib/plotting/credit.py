"""Figures of what customers owe: by age, by month, and what of it will not come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.month_axis import month_axis

if TYPE_CHECKING:
    from crmlib.credit.aging import Aging
    from crmlib.credit.allowance import Allowance
    from crmlib.credit.rolling import RollRates
    from crmlib.credit.sales_outstanding import DaysSalesOutstanding

_ROW = 0.46


def bucket_label(name: object) -> str:
    """The name of an age bucket in the active language.

    >>> bucket_label("my own bucket")
    'my own bucket'
    """
    text = str(name)
    if text == "not_due":
        return _("not due yet")
    if text.startswith("days_") and text.count("_") == 2:
        return _("{first}–{last} days").format(first=text.split("_")[1], last=text.split("_")[2])
    return _("over {days} days").format(days=text.removeprefix("over_")) if text.startswith("over_") else text


def require_result(result: object, attributes: tuple[str, ...], maker: str) -> None:
    """Refuse what is not the result of `maker`.

    >>> import pandas as pd
    >>> require_result(pd.Series([1]), ("index",), "pd.Series")
    """
    if not all(hasattr(result, name) for name in attributes):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(maker=maker, kind=type(result).__name__))


def aging(result: Aging, *, ax: Axes | None = None) -> Axes:
    """Draw the open money of each age as a bar.

    Answers: is the money young, or old?

    Parameters
    ----------
    result : Aging, from :func:`crmlib.credit.aging`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: aging schedules of accounting textbooks.

    >>> import pandas as pd
    >>> from crmlib import credit
    >>> bills = pd.DataFrame({"invoice_id": ["i1"], "customer_id": ["c1"], "amount_yuan": [100.0],
    ...     "issued_on": pd.to_datetime(["2026-08-31"]), "due_on": pd.to_datetime(["2026-09-30"])})
    >>> none = pd.DataFrame(columns=["invoice_id", "paid_on", "amount_yuan"])
    >>> len(aging(credit.aging(bills, none, as_of="2026-10-20")).patches)
    5
    """
    require_result(result, ("totals", "basis"), "crm.credit.aging")
    totals = result.totals
    ax = canvas(ax, height=0.9 + _ROW * len(totals))
    place = np.arange(len(totals))
    young = totals.index == "not_due"
    shades = [theme.GREY if early else theme.BLUE for early in young] if result.basis == "due" else theme.BLUE
    drawn = ax.barh(place, totals["open_yuan"], height=0.68, color=shades)
    words = [_("{yuan:,.0f} yuan, {share:.1%}").format(yuan=row.open_yuan, share=row.share) for row in totals.itertuples()]
    ax.bar_label(drawn, words, padding=5, color=theme.INK)
    ax.set_yticks(place, [bucket_label(name) for name in totals.index])
    ax.invert_yaxis()
    ax.set_xlim(0, max(float(totals["open_yuan"].max()), 1.0) * 1.38)
    ax.set_title(_("Open money by days past the due day") if result.basis == "due" else _("Open money by days since the invoice"))
    return _bare(ax)


def allowance(result: Allowance, *, ax: Axes | None = None) -> Axes:
    """Draw, for each age, the open money and the part set aside.

    Answers: which ages make the allowance?

    Parameters
    ----------
    result : Allowance, from :func:`crmlib.credit.allowance`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: accounting textbooks.

    >>> import pandas as pd
    >>> from crmlib import credit
    >>> len(allowance(credit.allowance([100.0, 50.0], [0.1, 0.5])).patches)
    4
    """
    require_result(result, ("table", "yuan"), "crm.credit.allowance")
    table = result.table
    ax = canvas(ax, height=0.9 + 1.7 * _ROW * len(table))
    place = np.arange(len(table))
    for shift, column, colour in ((-0.2, "open_yuan", theme.GREY), (0.2, "allowance_yuan", theme.ORANGE)):
        drawn = ax.barh(place + shift, table[column], height=0.36, color=colour)
        words = [_("{yuan:,.0f} yuan open").format(yuan=row.open_yuan) if column == "open_yuan" else
                 _("{yuan:,.0f} yuan set aside ({rate:.1%})").format(yuan=row.allowance_yuan,
                     rate=row.rate) for row in table.itertuples()]  # fmt: skip
        ax.bar_label(drawn, words, padding=5, color=theme.INK if colour == theme.GREY else colour)
    ax.set_yticks(place, [bucket_label(name) for name in table.index])
    ax.invert_yaxis()
    ax.set_xlim(0, max(float(table["open_yuan"].max()), 1.0) * 1.42)
    return _bare(ax)


def roll_rates(result: RollRates, *, ax: Axes | None = None) -> Axes:
    """Draw the share lost of each age, with its interval.

    Answers: from which age on is money as good as gone?

    Parameters
    ----------
    result : RollRates, from :func:`crmlib.credit.roll_rates`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: roll-rate method of provisioning.

    >>> import pandas as pd
    >>> from crmlib import credit
    >>> bills = pd.DataFrame({"invoice_id": ["i1"], "customer_id": ["c1"], "amount_yuan": [100.0],
    ...     "issued_on": pd.to_datetime(["2026-05-31"]), "due_on": pd.to_datetime(["2026-06-30"])})
    >>> none = pd.DataFrame(columns=["invoice_id", "paid_on", "amount_yuan"])
    >>> len(roll_rates(credit.roll_rates(bills, none, as_of="2026-08-31", rng=1)).get_yticks())
    5
    """
    require_result(result, ("table", "moves"), "crm.credit.roll_rates")
    table = result.table
    ax = canvas(ax, height=1.2 + _ROW * len(table))
    place = np.arange(len(table))
    ax.errorbar(table["rate"], place, xerr=[table["rate"] - table["low"], table["high"] - table["rate"]], fmt="o", color=theme.ORANGE,
                capsize=4, markersize=6)  # fmt: skip
    for spot, row in zip(place, table.itertuples(), strict=True):
        right = row.high < 0.62
        words = _("{rate:.1%} ({low:.1%} to {high:.1%})").format(rate=row.rate, low=row.low, high=row.high)
        ax.text(row.high + 0.03 if right else row.low - 0.03, spot, words, va="center", ha="left" if right else "right", color=theme.INK)
    ax.set_yticks(place, [bucket_label(name) for name in table.index])
    ax.set(xlim=(-0.02, 1.04), ylim=(len(table) - 0.5, -0.5))
    ax.set_xlabel(_("Still unpaid {months} months later").format(months=result.horizon_months))
    percent_axis(ax, "x")
    ax.grid(axis="x")
    return ax


def days_sales_outstanding(result: DaysSalesOutstanding, *, ax: Axes | None = None) -> Axes:
    """Draw both counts of days sales outstanding by month, over bars of the sales.

    Answers: did customers pay later, or did the season bend the ratio?

    Parameters
    ----------
    result : DaysSalesOutstanding, from :func:`crmlib.credit.days_sales_outstanding`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: credit management textbooks.

    >>> import pandas as pd
    >>> from crmlib import credit
    >>> ends = pd.date_range("2026-01-31", periods=5, freq="ME")
    >>> bills = pd.DataFrame({"invoice_id": range(5), "customer_id": "c1", "amount_yuan": 100.0, "issued_on": ends, "due_on": ends})
    >>> none = pd.DataFrame(columns=["invoice_id", "paid_on", "amount_yuan"])
    >>> len(days_sales_outstanding(credit.days_sales_outstanding(bills, none, as_of="2026-05-31")).lines)
    2
    """
    require_result(result, ("table", "period_months"), "crm.credit.days_sales_outstanding")
    table = result.table
    ax = canvas(ax)
    place = np.arange(len(table))
    days = table[["simple_days", "count_back_days"]]
    low, high = float(np.nanmin(days.to_numpy())), float(np.nanmax(days.to_numpy()))
    room = max(high - low, 4.0)
    floor = max(low - 1.1 * room, 0.0)
    tall = 0.55 * room / max(float(table["sales_yuan"].max()), 1.0)
    ax.bar(place, table["sales_yuan"].clip(lower=0) * tall, bottom=floor, width=0.8, color=theme.PALE, zorder=1)
    ax.text(-0.4, floor + 0.58 * room, _("sales of the month"), color=theme.GREY, va="bottom")
    for column, colour, words in (("simple_days", theme.ORANGE, _("simple, {months} months of sales").format(months=result.period_months)),
                                  ("count_back_days", theme.BLUE, _("count-back"))):  # fmt: skip
        ax.plot(place, table[column], color=colour, marker="o", markersize=3, zorder=3)
        known = np.flatnonzero(table[column].notna())
        other = days.drop(columns=column).iloc[known[-1], 0] if len(known) else np.nan
        above = len(known) > 0 and not table[column].iloc[known[-1]] < other
        if len(known):
            ax.annotate(words, (known[-1], table[column].iloc[known[-1]]), xytext=(8, 6 if above else -6), textcoords="offset points",
                        color=colour, fontweight="bold", va="bottom" if above else "top")  # fmt: skip
    month_axis(ax, table.index)
    ax.set(xlim=(-0.6, len(table) * 1.28), ylim=(floor, high + 0.25 * room))
    ax.set_ylabel(_("Days of sales still owed"))
    return ax


def _bare(ax: Axes) -> Axes:
    """The numbers stand beside the bars; an axis would say them twice."""
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax
