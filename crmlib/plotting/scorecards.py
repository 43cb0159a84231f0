"""Figures of a scorecard: what a feature says, whether probabilities come true, whether the customers are still the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, need, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.credit.evidence import Evidence
    from crmlib.credit.stability import Stability

_ROW = 0.46


def bin_label(name: object, feature: str) -> str:
    """The name of a bin in the active language.

    >>> bin_label("≤ 3", "mean_days_late")
    '≤ 3'
    """
    if name == "missing":
        return _("no record")
    return " / ".join(
        _("other") if part == "other" else label(part, feature).replace("-", "\N{MINUS SIGN}") for part in str(name).split(" / ")
    )


def weight_of_evidence(result: Evidence, *, ax: Axes | None = None) -> Axes:
    """Draw the weight of each bin: to the right speaks for the customer, to the left against.

    Answers: from which value on does a feature speak against a customer?

    Parameters
    ----------
    result : Evidence, from :func:`crmlib.credit.weight_of_evidence`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Siddiqi, *Credit Risk Scorecards* (2006), ch. 6.

    >>> from crmlib import credit
    >>> found = credit.weight_of_evidence(pd.Series([1.0, 2, 3, 4]), pd.Series([0, 0, 1, 1]), cuts=[2])
    >>> len(weight_of_evidence(found).patches)
    2
    """
    require_result(result, ("table", "iv", "feature"), "crm.credit.weight_of_evidence")
    table = result.table
    ax = canvas(ax, height=1.3 + _ROW * len(table))
    place, woe = np.arange(len(table)), table["woe"].to_numpy()
    ax.barh(place, woe, height=0.68, color=np.where(woe >= 0, theme.BLUE, theme.ORANGE))
    reach = max(float(np.abs(woe).max()), 0.1)
    for spot, row in zip(place, table.itertuples(), strict=True):
        words = _("{woe:+.2f}  ({bads} of {customers} default)").format(woe=row.woe, bads=row.bads, customers=row.customers)
        ax.text(row.woe + 0.04 * reach * (1 if row.woe >= 0 else -1), spot, words.replace("-", "\N{MINUS SIGN}"), va="center",
                ha="left" if row.woe >= 0 else "right")  # fmt: skip
    ax.axvline(0, color=theme.GREY, linewidth=1)
    ax.set_yticks(place, [bin_label(name, result.feature) for name in table.index])
    ax.invert_yaxis()
    ax.set_xlim(-2.3 * reach if (woe < 0).any() else -0.1 * reach, 2.3 * reach if (woe > 0).any() else 0.1 * reach)
    ax.set_xlabel(_("Weight of evidence (right: safer than the whole)"))
    ax.set_ylabel(label(result.feature))
    ax.tick_params(axis="y", length=0)
    return ax


def default_calibration(table: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw observed default against predicted, band by band, with intervals; on the line the prediction came true.

    Answers: do those default to whom we give 5%, in 5 of 100 cases?

    Parameters
    ----------
    table : DataFrame, from :func:`crmlib.credit.default_calibration`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The table is another.

    Source: reliability diagram.

    >>> from crmlib import credit
    >>> table = credit.default_calibration(pd.Series([0.1, 0.1, 0.5, 0.5]), pd.Series([0, 0, 1, 0]), bands=2)
    >>> default_calibration(table).has_data()
    True
    """
    need(table, ["predicted", "observed", "low", "high", "customers", "defaults"], "crm.credit.default_calibration")
    ax = canvas(ax)
    end = 1.08 * float(table[["predicted", "high"]].to_numpy().max())
    ax.plot([0, end], [0, end], color=theme.GREY, linewidth=1)
    ax.annotate(
        _("prediction came true"),
        (0.94 * end, 0.94 * end),
        xytext=(-6, 4),
        textcoords="offset points",
        ha="right",
        va="bottom",
        color=theme.GREY,
    )
    spread = [(table["observed"] - table["low"]).clip(lower=0), table["high"] - table["observed"]]
    ax.errorbar(table["predicted"], table["observed"], yerr=spread, fmt="o", color=theme.BLUE, capsize=4, markersize=6)
    room = np.diff(table["predicted"], append=np.inf) > 0.12 * end
    for row, alone in zip(table.itertuples(), room, strict=True):
        if alone:
            ax.annotate(_("{defaults} of {customers}").format(defaults=row.defaults, customers=row.customers),
                (row.predicted, row.observed),
                        xytext=(7, 0), textcoords="offset points", va="bottom" if row.observed < 0.05 * end else "center", color=theme.BLUE,
                        bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1})  # fmt: skip
    ax.set(xlim=(-0.02 * end, end), ylim=(-0.03 * end, end))
    ax.set_xlabel(_("Predicted probability of default"))
    ax.set_ylabel(_("Customers who defaulted"))
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    return ax


def population_stability(result: Stability, *, ax: Axes | None = None) -> Axes:
    """Draw the two distributions side by side.

    Answers: which customers have become more, which fewer?

    Parameters
    ----------
    result : Stability, from :func:`crmlib.credit.population_stability`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Siddiqi, *Credit Risk Scorecards* (2006), ch. 9.

    >>> from crmlib import credit
    >>> found = credit.population_stability(pd.Series(["A", "B"]), pd.Series(["A", "A"]))
    >>> len(population_stability(found).patches)
    4
    """
    require_result(result, ("table", "psi"), "crm.credit.population_stability")
    table = result.table
    ax = canvas(ax, height=1.3 + 1.1 * _ROW * len(table))
    place = np.arange(len(table))
    for shift, column, colour in ((-0.2, "expected_share", theme.GREY), (0.2, "actual_share", theme.BLUE)):
        drawn = ax.barh(place + shift, table[column], height=0.36, color=colour)
        ax.bar_label(drawn, [f"{share:.0%}" for share in table[column]], padding=4, color=colour if colour == theme.BLUE else theme.INK)
    ax.set_yticks(place, [bin_label(name, "score") for name in table.index])
    ax.invert_yaxis()
    ax.set_xlim(0, 1.2 * float(table[["expected_share", "actual_share"]].to_numpy().max()))
    ax.set_title(_("PSI {psi:.3f}; chance alone up to {high:.3f} (grey: then, blue: now)").format(psi=result.psi, high=result.noise_high))
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax
