"""A rate of a whole is the ratio of the sums, not the mean of the rates; and what a comparison of groups hides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.company.schema import label
from crmlib.i18n import _, language
from crmlib.operations.parcels import confidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Ratio:
    """Σ numerator ÷ Σ denominator, on the whole and by group.

    value, low, high : the ratio of the sums, with its interval at confidence `level`
    mean_of_ratios : the plain mean of the groups' ratios, which is no ratio of anything
    table : one row a group: its code (column `by`), numerator, denominator, base_share (its share of the denominators), sum_ratio, low, high; with
        `within` also standardised (the ratio that the group would have with the strata of the whole)
    cells : with `within`, one row a group and stratum: numerator, denominator, base_share (within the group), sum_ratio
    reversals : with `within`, one row a pair of groups whose order is the other way round in every stratum they share (Simpson's paradox):
        higher_group, lower_group (on the whole), strata
    measure : the name of the ratio, for the headline; "" where it has none
    """

    value: float
    low: float
    high: float
    level: float
    mean_of_ratios: float
    by: str
    within: str | None
    numerator: str
    denominator: str
    table: pd.DataFrame = field(repr=False, compare=False)
    cells: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    reversals: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    measure: str = ""

    @property
    def difference(self) -> float:
        """Mean of the ratios less ratio of the sums: Σ (1/groups − base_share) × ratio. Small groups weigh too much in the mean."""
        return self.mean_of_ratios - self.value

    def summary(self) -> str:
        """The ratio with its interval, the mean that it is not, and the pairs of groups that turn round."""
        rows = self.table.set_index(self.by)
        small = rows["base_share"].idxmin()
        said = _(
            "On the whole {value} ({level:.0%} interval {low} to {high}): sum over sum. The plain mean of the {count} ratios would be {mean}: in "
            "it {group}, with {weight:.1%} of the base, weighs as much as each of the others."
        ).format(
            value=self._write(self.value), low=self._write(self.low), high=self._write(self.high), level=self.level, count=len(rows),
            mean=self._write(self.mean_of_ratios), group=label(str(small), self.by), weight=rows.loc[small, "base_share"],
        )  # fmt: skip
        if self.reversals is None or self.reversals.empty:
            return said
        first = self.reversals.iloc[0]
        return said + _(
            " Simpson's paradox in {pairs} pair(s): {higher} lies above {lower} on the whole and below it in each of {strata} strata of {within}; "
            "the mix differs, not the work. Compare the standardised ratios."
        ).format(
            pairs=len(self.reversals), higher=label(str(first["higher_group"]), self.by), lower=label(str(first["lower_group"]), self.by),
            strata=first["strata"], within=label(self.within),
        )  # fmt: skip

    def headline(self) -> str:
        """The group furthest from the whole whose interval leaves the whole out; or that there is none.

        >>> days = pd.DataFrame({"region": ["east"] * 60 + ["west"] * 20, "late": [9, 11] * 30 + [29, 31] * 10, "parcels": 100})
        >>> ratio(days, "late", "parcels", by="region").headline()
        'west 30.0%, on the whole 15.0%: the difference is no chance.'
        """
        apart = self._apart()
        if apart.empty:
            return _("No group can be told from the whole, {value}.").format(value=self._write(self.value))
        row = apart.iloc[0]
        said = {"group": label(str(row[self.by]), self.by), "ratio": self._write(row["sum_ratio"]), "value": self._write(self.value)}
        if self.measure:
            return _("{measure}, {group}: {ratio}, on the whole {value}. The difference is no chance.").format(measure=label(self.measure), **said)
        return _("{group} {ratio}, on the whole {value}: the difference is no chance.").format(**said)

    def advice(self) -> str:
        """Which groups lie above and below the whole and what to do about it; where none does, what not to do.

        >>> days = pd.DataFrame({"region": ["east"] * 60 + ["west"] * 20, "late": [9, 11] * 30 + [29, 31] * 10, "parcels": 100})
        >>> ratio(days, "late", "parcels", by="region").advice()
        'Above the whole: west. Below the whole: east. Look for lasting causes in how the work is done; do not reward or blame for one month.'
        """
        apart = self._apart()
        if apart.empty:
            return _("Do not rank the groups: their intervals all hold the whole.")
        above = apart["sum_ratio"] > self.value
        sides = [(_("Above the whole: {groups}."), apart[above]), (_("Below the whole: {groups}."), apart[~above])]
        said = [text.format(groups=_(", ").join(label(str(group), self.by) for group in rows[self.by])) for text, rows in sides if len(rows)]
        said.append(_("Look for lasting causes in how the work is done; do not reward or blame for one month."))
        return ("" if language() == "zh" else " ").join(said)

    def _apart(self) -> pd.DataFrame:
        rows = self.table[(self.table["low"] > self.value) | (self.table["high"] < self.value)]
        return rows.loc[(rows["sum_ratio"] - self.value).abs().sort_values(ascending=False).index]

    def _write(self, value: float) -> str:
        return f"{value:.1%}" if self.numerator.startswith("late") or self.denominator == "revenue_yuan" else f"{value:,.2f}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """The groups with their intervals; see :func:`crmlib.plotting.ratio_groups`."""
        from crmlib.plotting.operations import ratio_groups

        return ratio_groups(self, ax=ax)


def ratio(
    table: pd.DataFrame, numerator: str, denominator: str, *, by: str, within: str | None = None, cluster: str | None = None,
    level: float | None = None,
) -> Ratio:  # fmt: skip
    """A ratio of sums, on the whole and by group, and whether the mix of the groups turns the comparison round.

    Answers: what is the rate of the whole, which group is better, and is it better in itself or only in its mix?

    Parameters
    ----------
    table : DataFrame, one row a parcel, day, customer or whatever is counted
    numerator, denominator : columns of numbers, the denominator 0 or more. A column of ones counts rows.
    by : column of the groups that are compared
    within : column of the strata inside which they are compared too, optional
    cluster : column of what comes together, such as customer_id, optional
        Rows of one customer are no independent witnesses. Without it every row is one.
    level : float, 0–1, optional
        Without it: the standard operations.level.

    Returns
    -------
    Ratio

    Raises
    ------
    ValueError
        A column is missing or holds no numbers, a denominator is negative, or all of a group's are 0.

    Notes
    -----
    The interval is that of the ratio estimator: the residuals numerator − ratio × denominator, added up by cluster. Groups are standardised
    directly: their ratios by stratum, weighted with the strata of all groups; a stratum that a group has not is left out for it.

    Source: Cochran (1977), Sampling Techniques, ch. 6; Simpson (1951).

    >>> days = pd.DataFrame({"region": ["east", "west"], "late": [90, 30], "parcels": [900, 100]})
    >>> found = ratio(days, "late", "parcels", by="region")
    >>> found.value, found.mean_of_ratios
    (0.12, 0.2)
    """
    level = confidence(level)
    groups = [by, *([within] if within else [])]
    kinds = {numerator: "number", denominator: "number", **dict.fromkeys(groups, "name")} | ({cluster: "id"} if cluster else {})
    rows = clean(table, "table", **kinds)
    if rows.empty:
        raise ValueError(_("{name} has no rows. Check the period and the filter that it comes from.").format(name="table"))
    refuse_rows(rows[denominator] < 0, _("{name} is negative").format(name=denominator), _("Net off refunds first."))
    sums = rows.groupby(by, observed=True, sort=True)[[numerator, denominator]].sum()
    refuse_rows(sums[denominator] == 0, _("{name} adds up to 0").format(name=denominator), _("Leave this group out: it has no rate."))
    value = float(sums[numerator].sum() / sums[denominator].sum())
    found = sums.set_axis(["numerator", "denominator"], axis=1)
    found = found.assign(base_share=found["denominator"] / found["denominator"].sum(), sum_ratio=found["numerator"] / found["denominator"])
    unit = rows[cluster].to_numpy() if cluster else np.arange(len(rows))
    x, y, group = rows[denominator].to_numpy(), rows[numerator].to_numpy(), rows[by].to_numpy()
    half = _half_width(y - value * x, unit, x.sum(), level)
    own = [_half_width((y - found.at[name, "sum_ratio"] * x)[group == name], unit[group == name], found.at[name, "denominator"], level)
           for name in found.index]  # fmt: skip
    found = found.assign(low=found["sum_ratio"] - own, high=found["sum_ratio"] + own)
    cells = reversals = None
    if within:
        cells = _cells(rows, by, within, numerator, denominator)
        found["standardised"] = _standardised(cells, by, within)
        reversals = _reversals(found["sum_ratio"], cells, by, within)
    return Ratio(value, value - half, value + half, level, float(found["sum_ratio"].mean()), by, within, numerator, denominator,
                 found.reset_index(), cells, reversals)  # fmt: skip


def _half_width(residual: np.ndarray, unit: Sequence, total: float, level: float) -> float:
    from scipy.stats import t

    place, _names = pd.factorize(unit)
    added = np.bincount(place, residual)
    count = len(added)
    if count < 2:
        return float("nan")
    error = np.sqrt((added**2).sum() * count / (count - 1)) / total
    return float(t.ppf((1 + level) / 2, count - 1) * error)


def _cells(rows: pd.DataFrame, by: str, within: str, numerator: str, denominator: str) -> pd.DataFrame:
    sums = rows.groupby([by, within], observed=True)[[numerator, denominator]].sum().set_axis(["numerator", "denominator"], axis=1)
    sums = sums[sums["denominator"] > 0]
    whole = sums.groupby(level=0)["denominator"].transform("sum")
    return sums.assign(base_share=sums["denominator"] / whole, sum_ratio=sums["numerator"] / sums["denominator"]).reset_index()


def _standardised(cells: pd.DataFrame, by: str, within: str) -> pd.Series:
    rates = cells.pivot(index=by, columns=within, values="sum_ratio")
    weights = cells.groupby(within, observed=True)["denominator"].sum().reindex(rates.columns)
    there = rates.notna() * weights
    return (rates.fillna(0) * there).sum(axis=1) / there.sum(axis=1)


def _reversals(whole: pd.Series, cells: pd.DataFrame, by: str, within: str) -> pd.DataFrame:
    rates, found = cells.pivot(index=by, columns=within, values="sum_ratio"), []
    for one, other in combinations(whole.index, 2):
        higher, lower = (one, other) if whole[one] >= whole[other] else (other, one)
        gaps = (rates.loc[higher] - rates.loc[lower]).dropna()
        if len(gaps) > 1 and whole[higher] > whole[lower] and (gaps < 0).all():
            found.append({"higher_group": higher, "lower_group": lower, "strata": len(gaps)})
    return pd.DataFrame(found, columns=["higher_group", "lower_group", "strata"])
