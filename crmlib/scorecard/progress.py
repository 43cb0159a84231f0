"""Measurements held against the roadmap's targets: reached, not reached, or more than the data can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import need_frame, require_columns, require_share
from crmlib.i18n import _, in_a_row
from crmlib.scorecard.definitions import kpi_entries
from crmlib.scorecard.roadmap import Roadmap

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Progress:
    """KPIs against the targets worked for in `month`.

    `table`: stage, by_month, kpi, target, direction, value, low, high, base, gap (value − target), chance_reached (0–1: how far the data
    speak for it), verdict (reached, not_reached, cannot_tell, no_data), verdict_together (the same, held against all KPIs at once),
    base_needed (how large a base would tell, were the gap what it looks like; its power is a standard), target_mark.
    """

    table: pd.DataFrame
    month: int
    level: float

    def summary(self) -> str:
        """How many targets are reached, missed and open; and what several looks at once do."""
        counts = self.table["verdict"].value_counts()
        told = self.table["verdict"].isin(["reached", "not_reached"])
        weaker = int((told & (self.table["verdict_together"] == "cannot_tell")).sum())
        first = _(
            "Month {month}: of {targets} targets {reached} are reached and {missed} are not; {open} cannot be told from these data, {none} "
            "have no data."
        ).format(
            month=self.month,
            targets=len(self.table),
            reached=int(counts.get("reached", 0)),
            missed=int(counts.get("not_reached", 0)),
            open=int(counts.get("cannot_tell", 0)),
            none=int(counts.get("no_data", 0)),
        )
        second = _("{tests} KPIs are judged at once; with that allowed for, {weaker} of these verdicts no longer hold.").format(
            tests=int((self.table["verdict"] != "no_data").sum()), weaker=weaker)  # fmt: skip
        return in_a_row(first, second)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Each KPI's interval against its target; see :func:`crmlib.plotting.kpi_bullets`."""
        from crmlib.plotting import kpi_bullets

        return kpi_bullets(self, ax=ax)


def progress(measures: pd.DataFrame, roadmap: Roadmap, *, month: int, level: float = 0.95) -> Progress:
    """Say of each target whether it is reached, is not, or cannot be told.

    Answers: is 84 % really under 85 %?

    Parameters
    ----------
    measures : DataFrame, from :func:`crmlib.scorecard.measure` or :func:`crmlib.scorecard.own_measures`
    roadmap : Roadmap
    month : whole number from 1 on, month of the programme: each KPI is held against the target worked for then
    level : float, 0–1
        Certainty asked of a verdict; with 0.95 it agrees with a 95 % interval that lies wholly on one side of the target.

    Returns
    -------
    Progress

    Raises
    ------
    ValueError
        A column is missing, a KPI is measured twice, or `month` is no month.

    Notes
    -----
    Shares are tested on the target's own standard error, as Wilson's interval is, with as many independent witnesses as the measurement's
    error is worth; other KPIs on their error. chance_reached is one less the one-sided p value of "not reached": what a normal
    approximation leaves for the target, no more. verdict_together: Holm's step-down over all KPIs, two-sided.

    Source: Wilson (1927); Holm (1979).

    >>> from crmlib.scorecard import own_measures, roadmap
    >>> found = progress(own_measures(pd.DataFrame({"kpi": ["retention"], "count": [84], "base": [100]})), roadmap(), month=30)
    >>> found.table.query("kpi == 'retention'").verdict.tolist()
    ['cannot_tell']
    """
    need_frame(measures, "measures")
    require_share("level", level)
    require_columns(measures.columns, ["kpi", "value", "low", "high", "error", "base", "data_state"])
    if isinstance(month, bool) or not isinstance(month, (int, np.integer)) or month < 1:
        raise ValueError(_("month must be a whole number from 1 on, the month of the programme, not {value}.").format(value=repr(month)))
    twice = measures["kpi"][measures["kpi"].duplicated()]
    if len(twice):
        raise ValueError(_("{kpi} is measured twice; keep the rows of one day.").format(kpi=twice.iloc[0]))
    from scipy.stats import norm

    table = roadmap.at(month).merge(measures[["kpi", "value", "low", "high", "error", "base", "data_state"]], on="kpi", how="left")
    value, target = table["value"], table["target"]
    error = table["error"].where(table["error"] > 0)
    worth = (value * (1 - value)).where((value > 0) & (value < 1)) / error**2
    share = table["kpi"].isin([kpi for kpi, one in kpi_entries().items() if one["unit"] == "share"]) & worth.notna()
    error = error.mask(share, np.sqrt((target * (1 - target)).clip(lower=0) / worth))
    sign = np.where(table["direction"] == "up", 1.0, -1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = sign * (value - target) / error
        needed = (
            worth.where(share, table["base"])
            * ((norm.ppf((1 + level) / 2) + norm.ppf(standards.get("scorecard.power", unit="share"))) / score) ** 2
        )
        needed = needed * (table["base"] / worth).where(share & table["base"].notna(), 1.0)
    chance = pd.Series(norm.cdf(score), index=table.index).where(score.notna())
    p_value = 2 * np.minimum(chance, 1 - chance)
    table = table.assign(gap=value - target, chance_reached=chance)
    table["verdict"] = _verdict(chance, p_value <= 1 - level)
    table["verdict_together"] = _verdict(chance, _holm(p_value) <= 1 - level)
    table["base_needed"] = np.ceil(needed.where(np.isfinite(needed))).astype("Int64")
    table.loc[table["verdict"] == "no_data", "base_needed"] = pd.NA
    return Progress(
        table[
            [
                "stage",
                "by_month",
                "kpi",
                "target",
                "direction",
                "value",
                "low",
                "high",
                "base",
                "gap",
                "chance_reached",
                "verdict",
                "verdict_together",
                "base_needed",
                "target_mark",
            ]
        ],
        int(month),
        level,
    )


def _verdict(chance: pd.Series, told: pd.Series) -> np.ndarray:
    return np.select([chance.isna(), ~told, chance > 0.5], ["no_data", "cannot_tell", "reached"], "not_reached")


def _holm(p_value: pd.Series) -> pd.Series:
    """Holm's adjusted p values; missing ones stay out."""
    ordered = p_value.dropna().sort_values()
    return (ordered * np.arange(len(ordered), 0, -1)).cummax().clip(upper=1).reindex(p_value.index)
