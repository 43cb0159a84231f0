"""Figures of a score of leads: what moves the chance, whether the chances hold, and whom to ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.development import FirstCalls, LeadScore, Propensity

_ROW = 0.46
_MOST = 12


def lead_effects(result: LeadScore, *, ax: Axes | None = None) -> Axes:
    """Draw by how many times each thing known of a lead multiplies its odds of being signed, with intervals.

    Answers: what moves the chance that a lead is signed, all else equal?

    Parameters
    ----------
    result : LeadScore, from :func:`crmlib.development.lead_score`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Orange: surely lowers the odds. Blue: surely raises them. Grey: the interval holds 1. Parcels count by doubling, the extra discount
        by percentage points.

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.company import lark
    >>> from crmlib.development import lead_frame, lead_score
    >>> score = lead_score(lead_frame(lark().leads), split="2025-11-01", as_of="2026-10-31", resamples=100, rng=1)
    >>> len(lead_effects(score).get_yticks())
    6
    """
    require_result(result, ("effects", "metrics"), "crm.development.lead_score")
    table = result.effects[result.effects["feature"] != "intercept"]
    steps = {"log_parcels": np.log(2), "extra_discount": 0.01}
    power = np.array([steps.get(name, 1.0) for name in table["feature"]])
    middle, low, high = (table[name].to_numpy() ** power for name in ("odds_ratio", "low", "high"))
    ax = canvas(ax, height=1.3 + _ROW * len(table))
    edge = max(high.max(), 1 / low.min()) * 1.1
    for spot, (one, start, end) in enumerate(zip(middle, low, high, strict=True)):
        colour = theme.BLUE if start > 1 else theme.ORANGE if end < 1 else theme.GREY
        ax.plot([start, end], [spot, spot], color=colour, linewidth=1.6)
        ax.plot(one, spot, "o", color=colour)
        ax.text(end * 1.05, spot, _("{times:.2f} times").format(times=one), va="center", color=colour, fontsize=9.5,
                bbox={"facecolor": "white", "linewidth": 0, "pad": 1})  # fmt: skip
    ax.axvline(1, color=theme.INK, linewidth=0.8)
    ax.set_xscale("log")
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10) if 1 / edge <= tick <= edge]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set(xlim=(0.95 * low.min(), 1.75 * high.max()), ylim=(len(table) - 0.5, -0.5))
    ax.set_yticks(range(len(table)), [_said(name) for name in table["feature"]])
    ax.set_xlabel(_("Odds of being signed, all else equal (1: no difference)"))
    ax.grid(axis="x")
    return ax


def _said(feature: str) -> str:
    if "[" in feature:
        column, code = feature.rstrip("]").split("[")
        base = {"source": "website", "market": "e_commerce"}[column]
        return _("{one}, beside {other}").format(one=label(code, column), other=label(base, column))
    words = {"log_parcels": _("twice the expected parcels"), "days_to_contact": _("each day until the first contact"),
             "days_to_quote": _("each day until the quote"), "extra_discount": _("each point of extra discount")}  # fmt: skip
    return words.get(feature, label(feature))


def lead_calibration(result: LeadScore | Propensity, *, ax: Axes | None = None) -> Axes:
    """Draw what was foretold of groups against what came of them.

    Answers: of those given 20%, do two in ten say yes?

    Parameters
    ----------
    result : LeadScore or Propensity, from :mod:`crmlib.development`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.company import lark
    >>> from crmlib.development import lead_frame, lead_score
    >>> score = lead_score(lead_frame(lark().leads), split="2025-11-01", as_of="2026-10-31", resamples=100, rng=1)
    >>> float(lead_calibration(score).get_xlim()[0])
    0.0
    """
    require_result(result, ("calibration", "metrics"), "crm.development.lead_score")
    ax, table = canvas(ax), result.calibration
    foretold, observed = table["foretold"].to_numpy(), table["observed"].to_numpy()
    top = 1.1 * max(float(table["high"].max()), float(foretold.max()))
    ax.plot([0, top], [0, top], color=theme.GREY, linewidth=1)
    ends = np.maximum([observed - table["low"], table["high"] - observed], 0)
    ax.errorbar(foretold, observed, yerr=ends, fmt="o", color=theme.BLUE, capsize=4, linewidth=1.4, zorder=3)
    ax.set(xlim=(0.0, top), ylim=(0.0, top))
    for which in ("x", "y"):
        percent_axis(ax, which)
    ax.set_xlabel(_("Chance given by the score (mean of the group)"))
    ax.set_ylabel(_("Share that was really signed") if hasattr(result, "judged") else _("Share that really said yes"))
    ax.text(0.93 * top, 0.86 * top, _("as foretold"), color=theme.GREY, ha="right", va="bottom",
            bbox={"facecolor": "white", "linewidth": 0, "alpha": 0.8, "pad": 1})  # fmt: skip
    words = _("each point: one of {groups} groups\nof equal size, with its {level:.0%} interval").format(groups=len(table), level=result.level)
    ax.text(0.03 * top, 0.96 * top, words, color=theme.BLUE, va="top", linespacing=1.4)
    return ax


def first_calls(result: FirstCalls, *, ax: Axes | None = None) -> Axes:
    """Draw what each lead to ring is worth, the first twelve of them: chance times expected parcels.

    Answers: whom do we ring today, and what is each worth?

    Parameters
    ----------
    result : FirstCalls, from :func:`crmlib.development.first_calls`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> import pandas as pd
    >>> from crmlib import development
    >>> leads = pd.DataFrame({"lead_id": ["l1"], "expected_parcels": [2], "closed_on": pd.NaT, "contacted_on": pd.NaT})
    >>> len(first_calls(development.first_calls(leads, pd.Series({"l1": 0.4}), calls=1)).patches)
    1
    """
    require_result(result, ("chosen", "signings"), "crm.development.first_calls")
    chosen = result.chosen
    rows = chosen.head(_MOST)
    ax = canvas(ax, height=1.2 + 0.27 * len(rows))
    colours = [theme.ORANGE if fresh else theme.BLUE for fresh in rows["not_contacted"]]
    ax.barh(range(len(rows)), rows["worth_parcels"], height=0.65, color=colours)
    most = float(rows["worth_parcels"].max())
    for spot, row in enumerate(rows.itertuples()):
        words = _("{chance:.0%} of {parcels:,.0f} parcels").format(chance=row.win_chance, parcels=row.expected_parcels)
        ax.text(row.worth_parcels + 0.01 * most, spot, words, va="center", fontsize=9)
    if len(chosen) > len(rows):
        ax.set_title(_("The first {shown} of {calls}").format(shown=len(rows), calls=len(chosen)))
    names = rows["name"] if "name" in rows else rows["lead_id"]
    ax.set_yticks(range(len(rows)), names)
    ax.set(xlim=(0, 1.3 * most), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xlabel(_("Parcels a month to expect: chance to be signed × parcels expected"))
    for place, (colour, words) in enumerate(((theme.ORANGE, _("not contacted yet")), (theme.BLUE, _("contacted already")))):
        ax.text(0.98, 0.12 - 0.06 * place, words, transform=ax.transAxes, color=colour, ha="right", fontweight="bold")
    return ax
