"""Figures of callbacks and quality: who was reached, what that says of all, whether checkers agree, and agents within their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result
from crmlib.plotting.label_places import place_labels

if TYPE_CHECKING:
    from crmlib.call_center.callback_estimates import CallbackEstimate
    from crmlib.call_center.callbacks import CallbackResponse, CallbackSize
    from crmlib.call_center.closed_loop import ClosedLoop
    from crmlib.call_center.quality import Kappa
    from crmlib.call_center.scorecards import AgentScorecard

_NAMED = 40
"""With more agents than this only those outside the limits are named."""


def callback_effort(result: CallbackSize, *, ax: Axes | None = None) -> Axes:
    """Draw the interviews wanted, the numbers to draw for them and the calls that this takes.

    Answers: how much work is a result that is so sure?

    Parameters
    ----------
    result : CallbackSize, from :func:`crmlib.call_center.callback_size`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.call_center import callback_size
    >>> [int(bar.get_width()) for bar in callback_effort(callback_size(2000, margin=0.05, attempts=1)).patches]
    [323, 950, 950]
    """
    require_result(result, ("interviews", "numbers", "calls"), "crm.call_center.callback_size")
    names = [_("answers wanted"), _("numbers to draw"), _("calls to make")]
    count = [result.interviews, result.numbers, result.calls]
    ax = canvas(ax, height=2.2)
    ax.barh(range(3), count, height=0.6, color=[theme.GREEN, theme.SKY, theme.BLUE])
    for spot, number in enumerate(count):
        ax.text(number + 0.015 * max(count), spot, f"{number:,.0f}", va="center")
    if not result.enough:
        ax.axvline(result.population, color=theme.ORANGE, linewidth=1.3)
        ax.text(result.population + 0.01 * max(count), -0.45, _("there are only {population:,}").format(population=result.population),
                color=theme.ORANGE, ha="left", va="bottom")  # fmt: skip
    ax.set_yticks(range(3), names)
    ax.set_ylim(2.5, -0.85)
    ax.set_xlim(0, 1.15 * max(count))
    ax.set_xlabel(_("for ± {margin:.0%}, {attempts} attempts a number").format(margin=result.margin, attempts=result.attempts))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.tick_params(left=False)
    return ax


def callback_attempts(result: CallbackResponse, *, ax: Axes | None = None) -> Axes:
    """Draw the response after each attempt.

    Answers: is another attempt worth it?

    Parameters
    ----------
    result : CallbackResponse, from :func:`crmlib.call_center.callback_response`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> import pandas as pd
    >>> from crmlib.call_center import callback_response
    >>> calls = pd.DataFrame({"case_id": ["a", "b", "b"], "attempt": [1, 1, 2], "result": ["answered", "no_answer", "refused"]})
    >>> len(callback_attempts(callback_response(pd.DataFrame({"case_id": ["a", "b"]}), calls)).patches)
    2
    """
    require_result(result, ("by_attempt", "table"), "crm.call_center.callback_response")
    turns = result.by_attempt
    if turns.empty:
        raise ValueError(_("There is nothing to draw: the table has no rows."))
    ax = canvas(ax)
    added = turns["response_so_far"].diff().fillna(turns["response_so_far"]).to_numpy()
    place = np.arange(len(turns))
    ax.bar(place, added, bottom=turns["response_so_far"] - added, width=0.62, color=[theme.BLUE, *[theme.SKY] * (len(turns) - 1)])
    for spot, row in enumerate(turns.itertuples()):
        words = _("{share:.0%}\n(+{more} answers of {tried} calls)").format(share=row.response_so_far, more=row.answered, tried=row.tried)
        ax.text(spot, row.response_so_far + 0.015, words, ha="center", va="bottom")
    ax.set_xticks(place, [_("attempt {number}").format(number=number) for number in turns.index])
    ax.set_xlim(-0.75, len(turns) - 0.25)
    ax.set_ylim(0, max(0.05, float(turns["response_so_far"].max())) * 1.25)
    percent_axis(ax, "y")
    ax.set_ylabel(_("answered, of all drawn"))
    return ax


def callback_estimates(result: CallbackEstimate, *, true_share: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw the estimates with their intervals, and how far those who kept silent could move them.

    Answers: how sure is the share, and what does chance leave out?

    Parameters
    ----------
    result : CallbackEstimate, from :func:`crmlib.call_center.callback_estimate`
    true_share : float, 0–1, optional
        The true share, where practice knows it.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Manski, *Identification Problems in the Social Sciences* (1995), for the bounds.

    >>> import pandas as pd
    >>> from crmlib.call_center import callback_estimate
    >>> sample = pd.DataFrame({"case_id": list("abcd"), "stratum": "x", "stratum_size": 40, "stratum_drawn": 4, "weight": 10.0})
    >>> calls = pd.DataFrame({"case_id": list("abc"), "attempt": 1, "result": "answered", "satisfied_now": [True, True, False]})
    >>> len(callback_estimates(callback_estimate(sample, calls)).get_yticks())
    4
    """
    require_result(result, ("table", "bounds", "by_attempt"), "crm.call_center.callback_estimate")
    names = {"plain": _("every answer counts one"), "design_weighted": _("weighted by the draw"),
             "response_weighted": _("weighted by draw and response"), "bounds": _("whatever the silent think")}  # fmt: skip
    ax = canvas(ax, height=2.6)
    for spot, name in enumerate(("plain", "design_weighted", "response_weighted")):
        row = result.table.loc[name]
        colour = theme.BLUE if name == "response_weighted" else theme.GREY
        ax.hlines(spot, row["low"], row["high"], color=colour, linewidth=3)
        ax.plot([row["share"]], [spot], "o", color=colour, markersize=7)
        ax.text(row["high"] + 0.012, spot, f"{row['share']:.1%}", va="center", color=colour)
    low, high = result.bounds
    ax.barh(3, high - low, left=low, height=0.34, color=theme.PALE)
    for end, side in ((low, "right"), (high, "left")):
        ax.text(end + (0.012 if side == "left" else -0.012), 3, f"{end:.0%}", va="center", ha=side, color=theme.GREY)
    if true_share is not None:
        ax.vlines(true_share, -0.55, 3.6, color=theme.ORANGE, linewidth=1.3)
        ax.text(true_share, -0.62, _("truth {share:.1%}").format(share=true_share), ha="center", va="bottom", color=theme.ORANGE)
    ax.set_yticks(range(4), names.values())
    ax.set_ylim(3.6, -1.15)
    ax.set_xlim(max(0.0, low - 0.12), min(1.0, max(high, float(result.table["high"].max())) + 0.14))
    percent_axis(ax, "x")
    ax.set_xlabel(_("satisfied, of all cases"))
    ax.tick_params(left=False)
    return ax


def closed_loop(result: ClosedLoop, *, ax: Axes | None = None) -> Axes:
    """Draw how many complaints reach each step of the loop.

    Answers: where does the loop stay open?

    Parameters
    ----------
    result : ClosedLoop, from :func:`crmlib.call_center.closed_loop`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> from crmlib.company import lark
    >>> from crmlib import call_center
    >>> len(closed_loop(call_center.closed_loop(lark().cases, as_of="2026-10-31")).patches)
    6
    """
    require_result(result, ("steps", "states", "as_of"), "crm.call_center.closed_loop")
    steps = result.steps
    ax = canvas(ax, height=1.0 + 0.5 * len(steps))
    most = float(steps["cases"].iloc[0])
    ax.barh(range(len(steps)), steps["cases"], height=0.64, color=[theme.BLUE] * (len(steps) - 1) + [theme.GREEN])
    for spot, row in enumerate(steps.itertuples()):
        words = f"{row.cases:,}" if not np.isfinite(row.share_of_before) else _("{cases:,}  ({share:.0%} of the step before)").format(
            cases=row.cases, share=row.share_of_before)  # fmt: skip
        ax.text(row.cases + 0.015 * most, spot, words, va="center")
    ax.set_yticks(range(len(steps)), [label(str(code), "loop_step") for code in steps.index])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.5 * most)
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(left=False)
    return ax


def agreement(result: Kappa, *, ax: Axes | None = None) -> Axes:
    """Draw the table of two checkers' marks; equal marks lie on the diagonal.

    Answers: where do the two see different things?

    Parameters
    ----------
    result : Kappa, from :func:`crmlib.call_center.kappa`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    >>> import pandas as pd
    >>> from crmlib.call_center import kappa
    >>> len(agreement(kappa(pd.Series([1, 1, 2]), pd.Series([1, 2, 2]))).texts)
    4
    """
    require_result(result, ("table", "by_chance", "agreed"), "crm.call_center.kappa")
    counts = result.table.to_numpy()
    ax = canvas(ax, height=1.6 + 0.55 * len(counts))
    ax.imshow(counts / max(counts.max(), 1), cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        dark = count > 0.6 * counts.max()
        ax.text(
            column, row, f"{count:,}", ha="center", va="center", color="white" if dark else theme.INK if row == column else theme.ORANGE
        )
    names = [_("yes") if code is True else _("no") if code is False else label(str(code)) for code in result.table.index.tolist()]
    ax.set_xticks(range(len(names)), names)
    ax.set_yticks(range(len(names)), names)
    ax.set_xlabel(_("second checker"))
    ax.set_ylabel(_("first checker"))
    value = _("no value") if np.isnan(result.value) else f"{result.value:.2f} ({result.low:.2f}–{result.high:.2f})"
    ax.set_title(_("kappa {value}; agreed {agreed:.0%}, by chance {chance:.0%}").format(
        value=value, agreed=result.agreed, chance=result.by_chance), fontsize="medium")  # fmt: skip
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    return ax


def agent_funnel(result: AgentScorecard, *, ax: Axes | None = None) -> Axes:
    """Draw each agent by number of calls and rate, within the limits between which equal agents would lie.

    Answers: who differs by more than chance?

    Parameters
    ----------
    result : AgentScorecard, from :func:`crmlib.call_center.agent_scorecard`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Spiegelhalter, *Statistics in Medicine* 24 (2005).

    >>> import pandas as pd
    >>> from crmlib.call_center import agent_scorecard
    >>> calls = pd.DataFrame({"agent_id": ["a", "b"] * 50, "resolved_first_contact": ([True] * 3 + [False]) * 25})
    >>> len(agent_funnel(agent_scorecard(calls, rng=1)).lines) >= 5
    True
    """
    require_result(result, ("table", "funnel", "centre"), "crm.call_center.agent_scorecard")
    ax = canvas(ax)
    lines, table = result.funnel, result.table
    for name, style, level in (("inner", (0, (4, 3)), result.levels[0]), ("outer", "-", result.levels[1])):
        for end in ("low", "high"):
            ax.plot(lines["calls"], lines[f"{name}_{end}"], color=theme.GREY, linewidth=1, linestyle=style)
        ax.text(lines["calls"].iloc[-1], lines[f"{name}_high"].iloc[-1], f" {level:.1%}".replace(".0%", "%"),
                va="bottom" if name == "outer" else "top",
                color=theme.GREY, fontsize="small")  # fmt: skip
    ax.axhline(result.centre, color=theme.INK, linewidth=0.9)
    outside = table["outside"].astype(str)
    colour = np.select([outside.str.startswith("far"), outside != "within"], [theme.ORANGE, theme.YELLOW], theme.BLUE)
    ax.scatter(table["calls"], table["adjusted"], color=colour, s=46, zorder=4)
    few = float(lines["calls"].iloc[0])
    ax.set_xlim(few * 0.9, float(lines["calls"].iloc[-1]) * 1.12)
    reach = lines[lines["calls"] >= 0.6 * table["calls"].min()]
    low = min(float(table["adjusted"].min()), float(reach["outer_low"].iloc[0]))
    high = max(float(table["adjusted"].max()), float(reach["outer_high"].iloc[0]))
    pad = 0.06 * max(high - low, 1e-9)
    ax.set_ylim(low - pad, high + pad)
    named = table if len(table) <= _NAMED else table[outside != "within"].head(_NAMED)
    shades = [theme.INK if one == theme.BLUE else one for one in colour[table.index.get_indexer(named.index)]]
    x, y = (named[name].to_numpy(float) for name in ("calls", "adjusted"))
    for note in place_labels(ax, x, y, list(map(str, named.index)), colours=shades):
        note.set_path_effects([withStroke(linewidth=3, foreground="white")])
    # Steps of 2.5 would be rounded to uneven whole per cents.
    ax.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    if result.is_share:
        percent_axis(ax, "y")
    ax.set_xlabel(_("calls of the agent"))
    name = label(result.measure)
    name = _("{measure} (seconds)").format(measure=name) if result.measure.endswith("_seconds") else name
    ax.set_ylabel(_("{measure}, for its mix of calls").format(measure=name) if result.mix else name)
    return ax
