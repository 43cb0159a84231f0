"""Figures of loyalty: the two-by-two, what points cost, what joining does, and the calendar of care."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas
from crmlib.segments.labels import segment_label

if TYPE_CHECKING:
    from crmlib.loyalty import CareCalendar, Liability, LoyaltyMatrix, LoyaltyValue, MembershipEffect

_CORNERS = {"true": (1, 1), "latent": (0, 1), "spurious": (1, 0), "none": (0, 0)}
_HUES = {"true": theme.BLUE, "latent": theme.GREEN, "spurious": theme.ORANGE, "none": theme.GREY}
_BARS = (theme.BLUE, theme.GREEN, theme.ORANGE, theme.YELLOW, theme.PURPLE, theme.SKY)
_DOTS = 1_500


def loyalty_matrix(result: LoyaltyMatrix, *, ax: Axes | None = None) -> Axes:
    """Draw the customers whose feelings are known by behaviour (to the right) and feeling (upwards), in four quarters.

    Answers: how many are truly loyal, how many only seem to be?

    Parameters
    ----------
    result : LoyaltyMatrix, from :func:`crmlib.loyalty.loyalty_matrix`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Each dot is a customer (at most 1,500, evenly picked), shaken a little within its quarter; above and below each quarter stands how
        many customers, which share, and its interval.

    Raises
    ------
    ValueError
        The result is something else.

    Source: Dick and Basu (1994).

    >>> from crmlib import loyalty
    >>> result = loyalty.loyalty_matrix(pd.Series({"c1": 90, "c2": 10}), pd.Series({"c1": 80, "c2": 20}))
    >>> len(loyalty_matrix(result).patches)
    4
    """
    _need(result, "shares", "crm.loyalty.loyalty_matrix")
    ax = canvas(ax, height=5.2)
    habit, attitude = result.habit_from, result.attitude_from
    known = result.customers[result.customers["emotional"].notna()]
    shown = known.iloc[np.unique(np.linspace(0, len(known) - 1, min(_DOTS, len(known))).astype(int))]
    # Scores fall on few steps: without a little scatter most dots would hide behind others.
    jitter = np.random.default_rng(0).uniform(-1.6, 1.6, (2, len(shown)))
    bottom = max(min(float(known["emotional"].min()), attitude - 25), 0)
    band = 0.2 * (100 - bottom)
    for kind, (right, upper) in _CORNERS.items():
        left, low = (habit if right else 0), (attitude if upper else bottom)
        width, height = (100 - habit if right else habit), (100 - attitude if upper else attitude - bottom)
        ax.add_patch(Rectangle((left, low), width, height, facecolor=_HUES[kind], alpha=0.10, edgecolor="white", linewidth=2, zorder=0))
        here = (shown["loyalty"] == kind).to_numpy()
        across = _within(shown["transactional"].to_numpy()[here], jitter[0, here], left, left + width)
        up = _within(shown["emotional"].to_numpy()[here], jitter[1, here], low, low + height)
        ax.plot(across, up, "o", markersize=2.2, alpha=0.35, color=_HUES[kind], zorder=1)
        row = result.shares.loc[kind]
        words = _("{name}\n{customers:,.0f} customers\n{share:.1%} ({low:.1%}–{high:.1%})").format(
            name=segment_label(kind, "loyalty"), customers=row["customers"], share=row["share"], low=row["low"], high=row["high"]
        )
        place = (1, 100 + band / 2) if upper else (1, bottom - band / 2)
        ax.text(99 if right else place[0], place[1], words, ha="right" if right else "left", va="center", linespacing=1.25, zorder=3)
    ax.set(xlim=(-1, 101), ylim=(bottom - band, 100 + band))
    ax.set_yticks([tick for tick in range(0, 101, 20) if tick >= bottom])
    ax.spines["left"].set_bounds(bottom, 100)
    ax.set_xlabel(_("transactional loyalty: what they do (loyal from {limit:.0f})").format(limit=habit))
    ax.set_ylabel(_("emotional loyalty: what they feel (loyal from {limit:.0f})").format(limit=attitude))
    ax.set_title(
        _("{unknown:,} of {all:,} customers gave no answer and are not shown").format(unknown=result.unknown, all=len(result.customers)),
        fontsize="medium", color=theme.GREY,
    )  # fmt: skip
    return ax


def _within(scores: np.ndarray, shaken: np.ndarray, low: float, high: float) -> np.ndarray:
    """The scores, shaken inwards where they would leave their quarter: a dot across the line would be read as another kind."""
    moved = scores + shaken
    return np.where((moved > high) | (moved < low), scores - shaken, moved).clip(low, high)


def loyalty_value(result: LoyaltyValue, *, ax: Axes | None = None) -> Axes:
    """Draw the value of customers by kind of loyalty, with its share and interval.

    Answers: on whom does the future margin rest?

    Parameters
    ----------
    result : LoyaltyValue, from :func:`crmlib.loyalty.loyalty_value`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: the usual bar chart.

    >>> from crmlib import loyalty
    >>> result = loyalty.loyalty_value(pd.Series({"c1": "true", "c2": "none"}), pd.Series({"c1": 3.0, "c2": 1.0}), rng=1)
    >>> len(loyalty_value(result).patches)
    2
    """
    _need(result, "unsure", "crm.loyalty.loyalty_value")
    table = result.table
    ax = canvas(ax, height=0.9 + 0.55 * len(table))
    ax.barh(range(len(table)), table["value_yuan"], height=0.66, color=[_HUES.get(kind, theme.YELLOW) for kind in table.index])
    for place, (_kind, row) in enumerate(table.iterrows()):
        words = _("{share:.0%} ({low:.0%}–{high:.0%}), {customers:,.0f} customers").format(
            share=row["share"], low=row["low"], high=row["high"], customers=row["customers"]
        )
        ax.annotate(words, (row["value_yuan"], place), xytext=(6, 0), textcoords="offset points", va="center")
    ax.set_yticks(range(len(table)), [segment_label(kind, "loyalty") for kind in table.index])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.65 * table["value_yuan"].max())
    ax.set_xticks([])
    ax.set_xlabel(_("part of all future value, in brackets its interval"))
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def points_liability(result: Liability, *, ax: Axes | None = None) -> Axes:
    """Draw the step from all outstanding points to the money to set aside.

    Answers: what do the points cost at most, and what will they probably cost?

    Parameters
    ----------
    result : Liability, from :func:`crmlib.loyalty.points_liability`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: IFRS 15, paragraphs B44–B47.

    >>> from crmlib import loyalty
    >>> points = pd.DataFrame({"member_id": ["m1"], "booked_on": ["2026-01-31"], "kind": ["earn"], "points": [500]})
    >>> len(points_liability(loyalty.points_liability(points, on="2026-02-28", redemption_rate=0.4)).patches)
    3
    """
    _need(result, "breakage", "crm.loyalty.points_liability")
    ax = canvas(ax, height=2.6)
    names = [_("all points redeemed"), _("never redeemed ({share:.0%})").format(share=result.breakage), _("to set aside")]
    widths, starts = [result.at_most, result.at_most - result.yuan, result.yuan], [0.0, result.yuan, 0.0]
    ax.barh(range(3), widths, left=starts, height=0.6, color=[theme.GREY, theme.PALE, theme.BLUE])
    labels = [result.at_most, result.at_most, result.yuan]
    if np.isfinite(result.low):
        ax.plot([result.low, result.high], [2, 2], color=theme.INK, linewidth=2, solid_capstyle="butt")
        labels[2] = result.high
    values = [_("{yuan:,.0f} yuan").format(yuan=value) for value in widths]
    if np.isfinite(result.low):
        values[2] = _("{yuan:,.0f} yuan ({low:,.0f}–{high:,.0f})").format(yuan=result.yuan, low=result.low, high=result.high)
    for place, (edge, words) in enumerate(zip(labels, values, strict=True)):
        ax.annotate(words, (edge, place), xytext=(6, 0), textcoords="offset points", va="center")
    ax.set_yticks(range(3), names)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.28 * result.at_most or 1)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    title = _("{points:,} points on {day:%Y-%m-%d}").format(points=result.outstanding, day=result.on)
    ax.set_title(title, fontsize="medium", color=theme.GREY)
    return ax


def membership_effect(result: MembershipEffect, *, ax: Axes | None = None) -> Axes:
    """Draw by how much more spending grew: for those who joined, and for those invited by lot.

    Answers: how much of what members ship more is due to the scheme?

    Parameters
    ----------
    result : MembershipEffect, from :func:`crmlib.loyalty.membership_effect`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        A dot is the estimate, the line its interval; the dashed line is no effect.

    Raises
    ------
    ValueError
        The result is something else.

    Source: the usual forest plot.

    >>> from crmlib import loyalty
    >>> offers = pd.DataFrame({
    ...     "kind": "membership", "stratum": "walk_in", "arm": ["offer"] * 4 + ["control"] * 4, "before_yuan": 50.0,
    ...     "accepted": [True, True, False, False] + [False] * 4, "after_yuan": [100.0, 150, 50, 25, 50, 40, 60, 50]})
    >>> len(membership_effect(loyalty.membership_effect(offers)).lines)
    5
    """
    _need(result, "table", "crm.loyalty.membership_effect")
    ax = canvas(ax, height=2.5)
    names = {"joined": _("joined, against the others\n(they chose)"), "invited": _("invited, against not invited\n(drawn by lot)")}
    ax.axvline(0, color=theme.INK, linewidth=1, linestyle="--")
    for place, (comparison, hue) in enumerate((("joined", theme.ORANGE), ("invited", theme.BLUE))):
        row = result.table.loc[comparison]
        ax.plot([row["low"], row["high"]], [place, place], color=hue, linewidth=2.5, solid_capstyle="butt")
        ax.plot(row["effect"], place, "o", color=hue, markersize=8)
        words = f"{row['effect']:+.0%} ({row['low']:+.0%} – {row['high']:+.0%})".replace("-", "−")
        ax.annotate(words, (row["effect"], place), xytext=(0, 9), textcoords="offset points", ha="center")
    ax.set_yticks([0, 1], [names["joined"], names["invited"]])
    ax.set_ylim(1.6, -0.75)
    low, high = min(0.0, result.table["low"].min()), max(0.0, result.table["high"].max())
    ax.set_xlim(low - 0.12 * (high - low), high + 0.12 * (high - low))
    ax.xaxis.set_major_formatter(lambda value, _place: f"{value:+.0%}".replace("-", "−") if abs(value) > 1e-9 else "0")
    ax.set_xlabel(_("by how much more their spend of 90 days grew"))
    ax.tick_params(axis="y", length=0)
    return ax


def care_calendar(result: CareCalendar, *, ax: Axes | None = None) -> Axes:
    """Draw the planned greetings of each day by occasion, and what the team can do.

    Answers: on which days is the team full, and with what?

    Parameters
    ----------
    result : CareCalendar, from :func:`crmlib.loyalty.care_calendar`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: the usual load chart of a plan.

    >>> from crmlib import loyalty
    >>> customers = pd.DataFrame({"customer_id": ["c1"], "opened_on": ["2020-03-08"]})
    >>> contacts = pd.DataFrame({"contact_id": ["p1"], "customer_id": ["c1"], "channel": ["sms"]})
    >>> len(care_calendar(loyalty.care_calendar(customers, contacts, start="2026-03-01", end="2026-03-11")).patches)
    10
    """
    _need(result, "plan", "crm.loyalty.care_calendar")
    ax = canvas(ax, height=3.4)
    days = pd.date_range(result.start, result.end, inclusive="left")
    load = pd.crosstab(result.plan["planned_on"], result.plan["occasion"].astype(object)).reindex(days, fill_value=0)
    below = np.zeros(len(days))
    occasions = [name for name in result.plan["occasion"].cat.categories if name in load]
    for place, name in enumerate(occasions):
        ax.bar(days, load[name], bottom=below, width=1.0, color=_BARS[place % len(_BARS)], label=segment_label(name, "occasion"))
        below = below + load[name].to_numpy()
    ax.axhline(result.capacity, color=theme.INK, linewidth=1, linestyle="--")
    ax.annotate(_("at most {count} a day").format(count=result.capacity), (0, result.capacity), xycoords=("axes fraction", "data"),
                xytext=(4, 4), textcoords="offset points")  # fmt: skip
    ax.set_ylim(0, 1.3 * max(result.capacity, below.max(initial=0)))
    ax.set_xlim(days[0] - pd.Timedelta(days=1), days[-1] + pd.Timedelta(days=1))
    ax.set_ylabel(_("greetings"))
    locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y-%m-%d" if len(days) < 120 else "%Y-%m"))
    ax.legend(loc="upper right", ncols=3, frameon=False)
    return ax


def _need(result: object, attribute: str, maker: str) -> None:
    if not hasattr(result, attribute):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(maker=maker, kind=type(result).__name__))
