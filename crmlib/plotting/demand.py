"""Figures of demand: what was sent and what is foreseen, how far off forecasts were, and how often a rule was right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result
from crmlib.plotting.month_axis import month_axis

if TYPE_CHECKING:
    from crmlib.demand.evaluation import DemandCheck
    from crmlib.demand.forecast import DemandForecast
    from crmlib.demand.next_offer import OfferCheck

_ROWS = 0.46
_APPROACH = {"forecast": theme.BLUE, "rule": theme.BLUE, "last_year": theme.ORANGE, "mean": theme.GREEN, "everybody": theme.GREY}


def demand_forecast(result: DemandForecast, customer_id: str | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the months seen and those foreseen, of one customer or of all.

    Answers: what is to come, and how sure is it?

    Parameters
    ----------
    result : DemandForecast, from :func:`crmlib.demand.forecast_demand`
    customer_id : optional
        Without one, all customers together, without an interval: theirs does not follow from those of single customers.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or has no such customer.

    Source: the forecast itself.

    >>> from crmlib import demand
    >>> days = pd.date_range("2025-01-01", "2025-12-31", freq="D")
    >>> parcels = pd.DataFrame({"customer_id": np.resize(["a", "b"], len(days)), "picked_up_at": days})
    >>> len(demand_forecast(demand.forecast_demand(parcels, cutoff="2026-01-01"), "a").lines)
    3
    """
    require_result(result, ("table", "past"), "crm.demand.forecast_demand")
    past = result.past
    if customer_id is None:
        seen, begins = past.counts.sum(axis=0), 0
        ahead = result.table.groupby("calendar_month")["parcels_expected"].sum()
    else:
        rows = result.of(customer_id)
        row = past.customers.get_loc(customer_id)
        seen, begins = past.counts[row], int(past.begins[row])
        ahead = rows["parcels_expected"]
    ax = canvas(ax)
    place, later = np.arange(past.months), past.months + np.arange(len(ahead))
    ax.plot(place[begins:], seen[begins:], color=theme.INK, marker="o", markersize=3)
    if customer_id is not None:
        ax.fill_between(later, rows["low"], rows["high"], color=theme.BLUE, alpha=0.2, linewidth=0, step=None)
    ax.plot(later, ahead, color=theme.BLUE, marker="o", markersize=4)
    ax.axvline(past.months - 0.5, color=theme.GREY, linewidth=1, linestyle="--")
    top = max(float(seen.max()), float(ahead.max()), float(rows["high"].max()) if customer_id is not None else 0.0)
    ax.set_ylim(0, max(top, 1) * 1.22)
    ax.text(past.months - 0.7, max(top, 1) * 1.2, _("seen"), ha="right", va="top", color=theme.INK, fontweight="bold")
    ax.text(past.months - 0.3, max(top, 1) * 1.2, _("foreseen"), ha="left", va="top", color=theme.BLUE, fontweight="bold")
    month_axis(ax, pd.period_range(past.first, periods=past.months + len(ahead), freq="M"))
    ax.set_xlim(-0.6, past.months + max(len(ahead), 2.6) - 0.1)
    ax.set_ylabel(_("Parcels a month"))
    ax.set_title(customer_id or _("All customers"))
    return ax


def demand_errors(result: DemandCheck, *, yardstick: str = "typical_error", ax: Axes | None = None) -> Axes:
    """Draw the errors of the forecast and of the two forecasts by hand, with their intervals.

    Answers: does the forecast beat what everybody can work out?

    Parameters
    ----------
    result : DemandCheck, from :func:`crmlib.demand.check_demand`
    yardstick : "typical_error" or "error_share"
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or there is no such yardstick.

    Source: evaluation by a later period.

    >>> from crmlib import demand
    >>> days = pd.date_range("2025-01-01", "2026-03-31", freq="D")
    >>> parcels = pd.DataFrame({"customer_id": np.resize(["a", "b"], len(days)), "picked_up_at": days})
    >>> len(demand_errors(demand.check_demand(parcels, cutoff="2026-01-01", rng=1)).get_yticks())
    3
    """
    require_result(result, ("table", "gains"), "crm.demand.check_demand")
    rows = result.table[result.table["yardstick"] == yardstick]
    if rows.empty or yardstick == "bias":
        raise ValueError(_("yardstick is {value}; it must be one of {known}.").format(value=yardstick, known="typical_error, error_share"))
    ax = canvas(ax, height=1.3 + 1.1 * _ROWS * len(rows))
    reach = float(rows["high"].max())
    for spot, row in enumerate(rows.itertuples()):
        ax.errorbar(row.estimate, spot, xerr=[[max(row.estimate - row.low, 0)], [max(row.high - row.estimate, 0)]], fmt="o", capsize=4,
                    color=_APPROACH[row.approach])  # fmt: skip
        value = f"{row.estimate:.1%}" if yardstick == "error_share" else f"{row.estimate:.2f}"
        ax.text(row.high + 0.02 * reach, spot, value, va="center", color=_APPROACH[row.approach], fontweight="bold")
    ax.set_yticks(range(len(rows)), [label(code, "approach") for code in rows["approach"]])
    ax.set(xlim=(0, reach * 1.15), ylim=(len(rows) - 0.5, -0.5))
    if yardstick == "error_share":
        percent_axis(ax, "x")
        ax.set_xlabel(_("Absolute errors over parcels sent"))
    else:
        ax.set_xlabel(_("Typically off by (parcels)"))
    ax.grid(axis="x")
    return ax


def offer_precision(result: OfferCheck, *, ax: Axes | None = None) -> Axes:
    """Draw how many of those named by each rule needed the offer, beside naming by hand.

    Answers: which rule names the right customers?

    Parameters
    ----------
    result : OfferCheck, from :func:`crmlib.demand.check_offers`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or no rule named anybody.

    Source: precision with Wilson's interval.

    >>> from crmlib import demand
    >>> days = pd.date_range("2025-01-01", "2026-03-31", freq="D")
    >>> parcels = pd.DataFrame({"customer_id": "c1", "picked_up_at": days, "scope": "cross_border"})
    >>> len(offer_precision(demand.check_offers(parcels, cutoff="2026-01-01")).get_yticks())
    1
    """
    require_result(result, ("table", "skipped"), "crm.demand.check_offers")
    table = result.table[result.table["approach"] != "everybody"]
    named = table[(table["approach"] == "rule") & (table["named"] > 0)]["next_offer"].tolist()
    if not named:
        raise ValueError(_("There is nothing to draw: no rule named anybody."))
    ax = canvas(ax, height=1.5 + 1.9 * _ROWS * len(named))
    shifts = {"rule": -0.25, "last_year": 0.0, "mean": 0.25}
    for row in table[table["next_offer"].isin(named) & (table["named"] > 0)].itertuples():
        spot, colour = named.index(row.next_offer) + shifts[row.approach], _APPROACH[row.approach]
        ax.errorbar(row.precision, spot, xerr=[[row.precision - row.low], [row.high - row.precision]], fmt="o", capsize=3, color=colour)
        ax.text(1.03, spot, _("{approach}: {right} of {named}").format(
            approach=label(row.approach, "approach"), right=row.right_named, named=row.named), va="center", color=colour)  # fmt: skip
    ax.set_yticks(range(len(named)), [label(code, "next_offer") for code in named])
    ax.set(xlim=(0, 1.8), ylim=(len(named) - 0.5, -0.5))
    ax.set_xticks(np.arange(0, 1.01, 0.2))
    percent_axis(ax, "x")
    ax.set_xlabel(_("Share of those named who needed it in the next {months} months").format(months=result.months))
    ax.grid(axis="x")
    return ax
