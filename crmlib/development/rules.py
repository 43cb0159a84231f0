"""What customers use together: association rules with their intervals, and whether they hold later on."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.economics.given import need_table
from crmlib.economics.spans import span, within
from crmlib.i18n import _
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def service_use(waybills: pd.DataFrame, *, start: object, end: object, least: int = 1) -> pd.DataFrame:
    """Which services each customer used in a period.

    Answers: who ships economy only, who ships across borders, too?

    Parameters
    ----------
    waybills : DataFrame: customer_id, picked_up_at, product, scope
    start, end : dates; the period is [start, end)
    least : int
        A service counts as used from so many parcels on.

    Returns
    -------
    DataFrame of yes/no, one row a customer who shipped, indexed by customer_id
        One column a product and scope, in the order of their names.

    Raises
    ------
    ValueError
        A column is missing or the period holds no parcels.

    >>> bills = pd.DataFrame({"customer_id": ["c1", "c1", "c2"], "picked_up_at": pd.to_datetime(["2026-01-05"] * 3),
    ...                       "product": ["economy", "express", "economy"], "scope": "domestic"})
    >>> service_use(bills, start="2026-01-01", end="2026-02-01").sum().to_dict()
    {'domestic': 2, 'economy': 2, 'express': 1}
    """
    first, last = span(start, end)
    need_table("waybills", waybills, ["customer_id", "product", "scope"])
    bills = within(waybills, "picked_up_at", first, last)
    if bills.empty:
        raise ValueError(_("There are no parcels from {start} to {end}.").format(start=first.date(), end=last.date()))
    parts = [pd.crosstab(bills["customer_id"], bills[name].astype(object)) for name in ("product", "scope")]
    counts = pd.concat(parts, axis=1)
    return (counts >= least)[sorted(counts.columns)].rename_axis(columns=None)


def association_rules(
    use: pd.DataFrame, *, min_support: float = 0.02, min_confidence: float = 0.0, most: int = 2, level: float = 0.95
) -> pd.DataFrame:
    """Rules of the form "who uses these, uses that, too", with intervals.

    Answers: which service do users of another one use more often than everybody does, and is it more than chance?

    Parameters
    ----------
    use : DataFrame of yes/no, one row a customer or basket, one column an item (`service_use`)
    min_support : float, share of the rows that must hold all items of the rule
    min_confidence : float, 0–1
    most : int, items on the left side at most
    level : float, 0–1

    Returns
    -------
    DataFrame, one row a rule, the highest lift first
        left_side (tuple of items), right_side (item), rows (that hold the left side), both, support, confidence, confidence_low, confidence_high
        (Wilson), lift (confidence over the share of all rows that hold the right side), lift_low, lift_high, p_value (Fisher's exact test
        of left against right), stands (still below 1 − level after Holm's correction for the number of rules tested)

    Raises
    ------
    ValueError
        A value is not yes or no, there is fewer than two items, or a share is out of range.

    Notes
    -----
    The more rules one tries, the more look good by chance: hence the correction, over all rules frequent enough to be tested. A rule says
    what goes together, not that an offer of the one would bring the other; `rules_later` looks whether it foretells anything.

    Source: Agrawal, Imielinski and Swami (1993); Tan, Steinbach and Kumar, *Introduction to Data Mining* (2006), ch. 6; Holm (1979). Interval
    of the lift by the delta method on its logarithm.

    >>> use = pd.DataFrame({"tea": [True] * 20 + [False] * 80, "coffee": [True] * 15 + [False] * 5 + [True] * 75 + [False] * 5})
    >>> association_rules(use).query("right_side == 'coffee'")[["support", "confidence"]].values.tolist()
    [[0.15, 0.75]]
    """
    require_share("level", level)
    for name, value in (("min_support", min_support), ("min_confidence", min_confidence)):
        if isinstance(value, (bool, str)) or not 0 <= value <= 1:
            raise ValueError(_("{name} is {value}; it must lie from 0 to 1.").format(name=name, value=value))
    held = _held(use)
    names, total = list(use.columns), len(use)
    rows = []
    for size in range(1, min(most, len(names) - 1) + 1):
        for left in combinations(range(len(names)), size):
            on_left = held[:, left].all(axis=1)
            count = int(on_left.sum())
            if count == 0 or count < min_support * total:
                continue
            for right in set(range(len(names))) - set(left):
                both, on_right = int((on_left & held[:, right]).sum()), int(held[:, right].sum())
                if both and both >= min_support * total and on_right < total:
                    rows.append((tuple(names[place] for place in left), names[right], count, both, on_right))
    table = pd.DataFrame(rows, columns=["left_side", "right_side", "rows", "both", "on_right"])
    if table.empty:
        return _measured(table, total, level).drop(columns="on_right")
    table = _measured(table, total, level)
    table = table[table["confidence"] >= min_confidence].drop(columns="on_right")
    return table.iloc[np.lexsort((table["right_side"], -table["both"], -table["lift"]))].reset_index(drop=True)


def _held(use: pd.DataFrame) -> np.ndarray:
    if not isinstance(use, pd.DataFrame) or use.empty or use.shape[1] < 2:
        raise ValueError(_("Rules need a table with one row a customer and at least two items as columns, such as service_use gives."))
    wrong = ~use.isin([True, False]).all(axis=1)
    refuse_rows(wrong, _("A value is neither yes nor no"), _("Write True where the customer uses the item, else False."))
    return use.to_numpy(dtype=bool)


def _measured(table: pd.DataFrame, total: int, level: float) -> pd.DataFrame:
    from scipy.stats import hypergeom, norm

    count, both, right = (table[name].to_numpy(dtype="float64") for name in ("rows", "both", "on_right"))
    table = table.assign(support=both / max(total, 1), confidence=np.divide(both, count))
    low, high = wilson_interval(both, count, level)
    lift = both * total / (count * right)
    # Variance of the logarithm of the lift: confidence and share of the right side share the rows on the left.
    outside = right - both
    error = np.sqrt((1 / both - 1 / count) * (1 - both / right) ** 2 + (outside / right**2) * (1 - outside / np.maximum(total - count, 1)))
    reach = np.exp(float(norm.ppf((1 + level) / 2)) * error)
    chances = np.minimum(1.0, 2 * np.minimum(hypergeom.sf(both - 1, total, right, count), hypergeom.cdf(both, total, right, count)))
    order = np.argsort(chances)
    corrected = np.empty(len(chances))
    corrected[order] = np.maximum.accumulate(chances[order] * (len(chances) - np.arange(len(chances))))
    return table.assign(confidence_low=low, confidence_high=high, lift=lift, lift_low=lift / reach, lift_high=lift * reach, p_value=chances,
                        stands=corrected < 1 - level)  # fmt: skip


@dataclass(frozen=True, eq=False)
class RulesLater:
    """Whether rules of one period foretold who takes a service up in the next.

    `table`, one row a rule: left_side, right_side, lift (as learnt), asked (customers with the left side and without the right), took (of them, with
    the right side later), rate, low, high, others (rate among customers without the right side who had not the left), lift_later (rate over
    the rate of all without the right side), ratio_low, ratio_high (interval of rate over others), holds (that interval lies above 1).
    """

    table: pd.DataFrame
    level: float = field(default=0.95)

    def summary(self) -> str:
        """The result in two sentences."""
        known = self.table[self.table["asked"] > 0]
        return _(
            "Of {rules} rules {holds} foretell who takes a service up later. Their lift, {then:.1f} in the middle when learnt, is {later:.1f} "
            "on customers who had not used the service."
        ).format(rules=len(self.table), holds=int(self.table["holds"].sum()), then=known["lift"].median(),
                 later=known["lift_later"].median())  # fmt: skip

    def held(self) -> pd.DataFrame:
        """The rules that held, in words: left_side, right_side, asked, rate, others_rate."""
        from crmlib.plotting.new_customers import service_name

        found = self.table[self.table["holds"]]
        left = [" + ".join(map(service_name, names)) for names in found["left_side"]]
        right = [service_name(name) for name in found["right_side"]]
        return pd.DataFrame({"left_side": left, "right_side": right, "asked": found["asked"].to_numpy(), "rate": found["rate"].to_numpy(),
                             "others_rate": found["others"].to_numpy()})  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Lift as learnt and later; see :func:`crmlib.plotting.rules_later`."""
        from crmlib.plotting.new_customers import rules_later

        return rules_later(self, ax=ax)


def rules_later(rules: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, *, level: float = 0.95) -> RulesLater:
    """Try rules on the next period: do customers with the left side take the right side up more often than the others?

    Answers: is the rule good for choosing whom to offer the service, or does it only describe who already has both?

    Parameters
    ----------
    rules : DataFrame from `association_rules`, learnt on `before`
    before, after : DataFrames of yes/no from `service_use`, of two periods
        Only customers who shipped in both count.
    level : float, 0–1

    Returns
    -------
    RulesLater
        table; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, or nobody shipped in both periods.

    Notes
    -----
    A customer who used both in the first period says nothing on whom to offer to: it is left out. A lift as learnt is large where large
    customers use everything; here they compete with customers who lack the service, too.

    Source: hold-out in time, as in Hastie, Tibshirani and Friedman, *The Elements of Statistical Learning* (2009), ch. 7.

    >>> before = pd.DataFrame({"a": [True] * 4 + [False] * 4, "b": [False] * 8})
    >>> after = pd.DataFrame({"a": [True] * 4 + [False] * 4, "b": [True, True, False, False] + [False] * 4})
    >>> rule = pd.DataFrame({"left_side": [("a",)], "right_side": ["b"], "lift": [1.5]})
    >>> rules_later(rule, before, after).table[["asked", "took", "lift_later"]].values.tolist()
    [[4.0, 2.0, 2.0]]
    """
    require_share("level", level)
    need_table("rules", rules, ["left_side", "right_side", "lift"])
    both = before.index.intersection(after.index)
    if not len(both):
        raise ValueError(_("Nobody is in both periods. Both tables must be indexed by customer_id."))
    first, second = before.loc[both], after.loc[both]
    rows = []
    for rule in rules.itertuples():
        require_columns(first.columns, [*rule.left_side, rule.right_side])
        without = ~first[rule.right_side].to_numpy(dtype=bool)
        left = first[list(rule.left_side)].to_numpy(dtype=bool).all(axis=1)
        took = second[rule.right_side].to_numpy(dtype=bool) if rule.right_side in second else np.zeros(len(both), dtype=bool)
        rows.append(
            {
                "left_side": rule.left_side,
                "right_side": rule.right_side,
                "lift": rule.lift,
                **_taken(took[without & left], took[without & ~left], level),
            }
        )
    if not rows:
        raise ValueError(_("There are no rules to try. Ask for less support."))
    return RulesLater(pd.DataFrame(rows), level)


def _taken(asked: np.ndarray, others: np.ndarray, level: float) -> dict[str, float]:
    from scipy.stats import norm

    found = {"asked": len(asked), "took": int(asked.sum()), "rate": np.nan, "low": np.nan, "high": np.nan,
             "others": others.mean() if len(others) else np.nan, "lift_later": np.nan, "ratio_low": np.nan, "ratio_high": np.nan}  # fmt: skip
    if len(asked):
        found["rate"] = asked.mean()
        found["low"], found["high"] = wilson_interval(float(asked.sum()), len(asked), level)
        whole = np.concatenate([asked, others]).mean()
        found["lift_later"] = asked.mean() / whole if whole > 0 else np.nan
    if len(asked) and len(others):
        # Half a customer more on each side keeps the ratio finite where nobody took the service up.
        one, two = (asked.sum() + 0.5) / (len(asked) + 0.5), (others.sum() + 0.5) / (len(others) + 0.5)
        error = np.sqrt(1 / (asked.sum() + 0.5) - 1 / (len(asked) + 0.5) + 1 / (others.sum() + 0.5) - 1 / (len(others) + 0.5))
        reach = np.exp(norm.ppf((1 + level) / 2) * error)
        found["ratio_low"], found["ratio_high"] = one / two / reach, one / two * reach
    return found | {"holds": bool(found["ratio_low"] > 1)}
