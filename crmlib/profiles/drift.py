"""Whether tags still mean what they meant: the share of customers who carry them month by month, and the features underneath."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.i18n import _, language
from crmlib.profiles.tag_panel import Panel, features, symbols
from crmlib.profiles.tag_rules import TagRules, tag_rules
from crmlib.profiles.tags import states
from crmlib.segments.per_customer import day
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.profiles.tags import Firm


@dataclass(frozen=True)
class TagDrift:
    """`shares`, one row a day and tag: day, tag, customers, tagged, share, low, high. `changes`, indexed by tag, first day against last:
    gained, taken_off (customers), p_value, alarm. `features`, indexed by feature: psi, noise_high, verdict, alarm. Were nothing but chance at work, there
    would be any alarm at all with a chance of at most `false_alarms`."""

    shares: pd.DataFrame
    changes: pd.DataFrame
    features: pd.DataFrame
    false_alarms: float
    names: dict[str, str] = field(repr=False, compare=False)

    @property
    def alarms(self) -> list[str]:
        """The tags and features that moved beyond chance."""
        return [*self.changes.index[self.changes["alarm"]], *self.features.index[self.features["alarm"]]]

    def summary(self) -> str:
        """The result in a sentence or two."""
        span = {"first": f"{self.shares['day'].min():%Y-%m-%d}", "last": f"{self.shares['day'].max():%Y-%m-%d}"}
        if not self.alarms:
            return _("From {first} to {last} nothing moved beyond chance (chance of any false alarm: at most {rate:.0%}).").format(**span, rate=self.false_alarms)
        return _("From {first} to {last} moved beyond chance: {names} (chance of any false alarm: at most {rate:.0%}). Season may do this too: compare the same day of two years.").format(
            **span, names=_(", ").join(self.names.get(one, one) for one in self.alarms), rate=self.false_alarms)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the shares of tags over time, those with an alarm in colour."""
        from crmlib.plotting.profiles import tag_drift

        return tag_drift(self, ax=ax)


def tag_drift(
    company: Firm, rules: TagRules | str | None = None, *, start: object, end: object, false_alarms: float | None = None, level: float = 0.95
) -> TagDrift:
    """Follow the tags from one day to another, and say what moved beyond chance.

    Answers: does a tag still pick the customers that it was made for?

    Parameters
    ----------
    company, rules : as in :func:`crmlib.profiles.tags`
    start, end : dates; the shares are taken on `start`, on the first of each month between, and on `end`
    false_alarms : share, optional
        Chance of at least one alarm where nothing but chance is at work. Without it: the standard profiles.drift_false_alarms. Half of it
        goes to the tags, half to the features, shared out evenly among them (Bonferroni).
    level : of the intervals of the shares

    Returns
    -------
    TagDrift
        `.shares`, `.changes`, `.features`, `.alarms`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As in :func:`crmlib.profiles.tags`; start does not lie before end.

    Notes
    -----
    Counted are customers who sent a parcel in the 52 weeks before the day. Most of them are the same people on both days, so the tags are
    compared by who changed: without drift, as many gain a tag as lose it (whoever leaves or comes counts, too, and so does the number of
    customers), and the exact sign test says how odd the difference is. Features are compared by
    :func:`crmlib.credit.population_stability`, whose noise band holds for two different samples; with the same people on both days it is
    wider than need be, so it gives fewer false alarms, not more.

    Source: McNemar (1947); the index after Siddiqi (2006), ch. 9.

    >>> from crmlib.company import lark
    >>> tag_drift(lark(), start="2024-12-24", end="2024-12-25").changes["gained"].sum().item()
    0
    """
    first, last = day(start, "start").normalize(), day(end, "end").normalize()
    if first >= last:
        raise ValueError(_("start must come before end."))
    rate = get("profiles.drift_false_alarms", unit="share") if false_alarms is None else false_alarms
    require_share("false_alarms", rate)
    rules = tag_rules(rules)
    panel = Panel(company, last)
    days = pd.DatetimeIndex([first, *(one for one in pd.date_range(first, last, freq="MS") if first < one < last), last])
    spots = np.searchsorted(panel.reviews, days, side="right") - 1
    if spots[0] < 0:
        raise ValueError(_("On {day} no week with parcels had been seen yet, so there are no tags. The first day with tags is {first}.").format(
            day=f"{first:%Y-%m-%d}", first=f"{panel.reviews[0]:%Y-%m-%d}"))  # fmt: skip
    with_us = panel.value("parcels_year")[:, spots] > 0
    shares, changes = [], {}
    for tag in rules.tags:
        carries = states(panel, rules, tag)[:, spots] & with_us
        shares.append(pd.DataFrame({"day": days, "tag": tag, "customers": with_us.sum(axis=0), "tagged": carries.sum(axis=0)}))
        gained, lost = int((carries[:, -1] & ~carries[:, 0]).sum()), int((carries[:, 0] & ~carries[:, -1]).sum())
        p_value = _odd(gained, lost, carries[:, [0, -1]].sum(), *with_us[:, [0, -1]].sum(axis=0))
        changes[tag] = (gained, lost, p_value, p_value <= rate / 2 / len(rules.tags))
    table = pd.concat(shares, ignore_index=True)
    low, high = wilson_interval(table["tagged"], table["customers"].where(table["customers"] > 0), level)
    table = table.assign(share=table["tagged"] / table["customers"].where(table["customers"] > 0), low=low, high=high)
    return TagDrift(
        table,
        pd.DataFrame.from_dict(changes, orient="index", columns=["gained", "taken_off", "p_value", "alarm"]).rename_axis("tag"),
        _features(panel, rules, with_us, spots, rate / 2),
        rate,
        {tag: rules.name(tag) for tag in rules.tags} | {name: one[language()] for name, one in features().items()},
    )


def _odd(gained: int, lost: int, tagged: int, before: int, after: int) -> float:
    """The exact p-value of so many who gained and lost a tag, were the share the same on both days.

    >>> round(_odd(8, 2, 60, 100, 100), 3), round(_odd(8, 2, 60, 100, 120), 3)
    (0.109, 1.0)
    """
    from scipy.stats import binomtest

    moved = gained + lost
    if not moved:
        return 1.0
    # More customers on the second day bring more with the tag, without any drift.
    usual = 0.5 + tagged / (before + after) * (after - before) / (2 * moved)
    return float(binomtest(gained, moved, min(max(usual, 0.0), 1.0)).pvalue)


def _features(panel: Panel, rules: TagRules, with_us: np.ndarray, spots: np.ndarray, rate: float) -> pd.DataFrame:
    from crmlib.credit import population_stability

    asked = dict.fromkeys(symbols()[name] for pair in rules.conditions for one in pair if one for name in sorted(one.names))
    moving = [name for name in asked if features()[name]["kind"] != "word"]
    rows = {}
    for name in moving:
        values = panel.value(name)
        then, now = (pd.Series(values[with_us[:, place], spots[place]]) for place in (0, -1))
        found = population_stability(then, now, level=1 - rate / len(moving))
        rows[name] = (found.psi, found.noise_high, found.verdict, found.psi > found.noise_high)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["psi", "noise_high", "verdict", "alarm"]).rename_axis("feature")
