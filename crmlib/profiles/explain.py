"""Why a customer carries a tag, or does not: the rule, the values, the limits, the number of cases behind them, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _, in_a_row, language
from crmlib.profiles.tag_conditions import Comparison, TagCondition, turned
from crmlib.profiles.tag_panel import Panel, features, symbols
from crmlib.profiles.tag_rules import TagRules, in_language, tag_rules
from crmlib.profiles.tags import states
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from crmlib.profiles.tags import Firm

_SIGNS = {"eq": np.equal, "ne": np.not_equal, "gt": np.greater, "ge": np.greater_equal, "lt": np.less, "le": np.less_equal}
_WRITTEN = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "eq": "=", "ne": "≠"}


@dataclass(frozen=True)
class TagExplanation:
    """Whether `customer_id` `carries` the tag on the review day `reviewed_on`, `since` when, whether it `fits` what gives it, how
    much `evidence` there is, by which `rule` (a row of the rules), and a
    `table` with one row a comparison of the rule: part (when: gives the tag; until: takes it), comparison, feature_name, value, low, high,
    hits, out_of, holds, to_change (what would turn it round), suffices (whether that alone would turn the rule round)."""

    customer_id: str
    tag: str
    tag_name: str
    carries: bool
    since: pd.Timestamp
    reviewed_on: pd.Timestamp
    fits: bool
    evidence: float
    rule: pd.Series = field(repr=False, compare=False)
    table: pd.DataFrame = field(repr=False, compare=False)

    def summary(self) -> str:
        """The answer in a few sentences."""
        if self.rule.empty:
            return _("On {day} no rule for the tag {tag} holds.").format(day=f"{self.reviewed_on:%Y-%m-%d}", tag=self.tag_name)
        if self.carries:
            first = _("{customer} carries the tag {tag} since {since}.").format(customer=self.customer_id, tag=self.tag_name, since=f"{self.since:%Y-%m-%d}")
        else:
            first = _("{customer} does not carry the tag {tag} on {day}.").format(
                customer=self.customer_id, tag=self.tag_name, day=f"{self.reviewed_on:%Y-%m-%d}")  # fmt: skip
        return in_a_row(first, *self._grounds(), self._change(), self._provenance())

    def _grounds(self) -> Iterator[str]:
        given = self.table[self.table["part"] == "when"]
        for row in given.itertuples():
            yield _fact(row)
        short = not self.evidence >= self.rule["least"]
        if short:
            yield _("The evidence is {evidence:g} ({name}), and the rule wants at least {least}.").format(
                evidence=self.evidence, name=features()[symbols()[self.rule["evidence"]]][language()], least=self.rule["least"])  # fmt: skip
        if self.carries and not self.fits:
            yield _("It no longer fits what gives the tag, but what takes it has not come about either: the tag stays until then, so that it does not flap.")
        elif not self.carries and self.fits and not short:
            yield _("It fits today, but not yet on {reviews} Mondays in a row.").format(reviews=self.rule["reviews"])

    def _change(self) -> str:
        if not self.carries and self.fits:
            return ""
        part = self.table[self.table["part"] == ("until" if self.carries and self.rule["until"] else "when")]
        alone = part.loc[part["suffices"] & (part["to_change"] != ""), "to_change"]
        joint = part.loc[(part["holds"] == (part["part"] == "when") & self.carries) & (part["to_change"] != ""), "to_change"]
        changes = _("; ").join(dict.fromkeys(alone if len(alone) else joint))
        if not changes:
            return ""
        if self.carries:
            text = _("One of these would take the tag: {changes}.") if len(alone) else _("All of these together would take the tag: {changes}.")
        else:
            text = _("One of these would give the tag: {changes}.") if len(alone) else _("All of these together would give the tag: {changes}.")
        return text.format(changes=changes)

    def _provenance(self) -> str:
        return _("Rule by {by}, valid from {since}: {when}").format(by=in_language(self.rule["by"]), since=f"{self.rule['valid_from']:%Y-%m-%d}", when=self.rule["when"])


def explain_tag(company: Firm, rules: TagRules | str | None = None, *, customer_id: str, tag: str, as_of: object) -> TagExplanation:
    """Say why a customer carries a tag on a day, or why not.

    Answers: why is this shop a speed-sensitive seller?

    Parameters
    ----------
    company, rules, as_of : as in :func:`crmlib.profiles.tags`
    customer_id : the customer
    tag : the code of the tag

    Returns
    -------
    TagExplanation
        `.carries`, `.since`, `.rule`, `.table`, `.summary()`

    Raises
    ------
    ValueError
        There is no such customer or tag, or as in :func:`crmlib.profiles.tags`.

    >>> from crmlib.company import lark
    >>> explain_tag(lark(), customer_id="C00004", tag="eco_packaging", as_of="2025-03-01").carries
    False
    """
    rules = tag_rules(rules)
    name = rules.name(tag)
    panel, place = Panel(company, as_of, customers=[customer_id]), 0
    carried = states(panel, rules, tag)[place]
    breaks = np.flatnonzero(~carried)
    since = panel.reviews[breaks[-1] + 1 if len(breaks) else 0] if carried[-1] else pd.NaT
    last = panel.reviews[-1]
    valid = rules.table[(rules.table["tag"] == tag) & (rules.table["valid_from"] <= last) & ~(rules.table["valid_until"] < last)]
    if valid.empty:
        return TagExplanation(customer_id, tag, name, False, pd.NaT, last, False, np.nan, pd.Series(dtype=object), pd.DataFrame())
    number = valid.index[-1]
    when, until = rules.conditions[number]
    rows = [
        _row(part, one, condition, panel, place) for part, condition in (("when", when), ("until", until)) if condition
        for one in condition.comparisons()
    ]  # fmt: skip
    rule = rules.table.loc[number]
    evidence = float(panel.value(rule["evidence"])[place, -1])
    return TagExplanation(customer_id, tag, name, bool(carried[-1]), since, last, bool(when.holds(panel)[place, -1]), evidence, rule, pd.DataFrame(rows))


def _row(part: str, one: Comparison, condition: TagCondition, panel: Panel, place: int) -> dict:
    feature = symbols()[one.names[0]] if one.names else ""
    share = bool(feature) and features()[feature]["kind"] == "share"
    at = {end: panel.value(f"{feature}{end}")[place, -1] if share else np.nan for end in ("_low", "_high", "_of")}
    value = panel.value(feature)[place, -1] if feature else np.nan
    row = {
        "part": part, "comparison": one.text, "feature_name": features()[feature][language()] if feature else "", "value": value,
        "low": at["_low"], "high": at["_high"], "hits": panel.hits(feature)[place, -1] if share else np.nan, "out_of": at["_of"],
        "holds": bool(condition.compared(one, panel)[place, -1]),
    }  # fmt: skip
    return row | {"to_change": _to_change(one, row, share, panel.level), "suffices": condition.turned_by(one, panel, place)}


def _to_change(one: Comparison, row: dict, share: bool, level: float) -> str:
    sign = turned(one.sign) if row["holds"] else one.sign
    if not one.symbol or not sign:
        return _("not {comparison}").format(comparison=one.text) if row["holds"] else one.text
    if not share or one.symbol.endswith("_of"):
        return f"{row['feature_name']} {_WRITTEN[sign]} {one.limit:g}"
    if not row["out_of"] > 0:
        return ""
    counts = np.arange(int(row["out_of"]) + 1)
    low, high = wilson_interval(counts, row["out_of"], level)
    bound = {"low": low, "high": high}.get(one.symbol.rsplit("_", 1)[-1], counts / row["out_of"])
    fits = counts[_SIGNS[one.sign](bound, one.limit) != row["holds"]]
    if not len(fits):
        return _("{name}: of {count} no number would do; it takes more cases").format(name=row["feature_name"], count=int(row["out_of"]))
    need = fits[np.abs(fits - row["hits"]).argmin()]
    return _("{name}: {need} of {count} instead of {hits}").format(name=row["feature_name"], need=need, count=int(row["out_of"]), hits=int(row["hits"]))


def _fact(row: object) -> str:
    so = _("so") if row.holds else _("not so")
    if row.out_of > 0:
        return _("{name}: {hits:.0f} of {count:.0f}, {value:.1%} (interval {low:.1%} to {high:.1%}); the rule asks for {comparison}: {so}.").format(
            name=row.feature_name, hits=row.hits, count=row.out_of, value=row.value, low=row.low, high=row.high, comparison=row.comparison, so=so)  # fmt: skip
    if isinstance(row.value, str):
        from crmlib.company.schema import label

        value = label(row.value)
    else:
        value = _("not known") if pd.isna(row.value) else f"{row.value:g}"
    return _("{name}: {value}; the rule asks for {comparison}: {so}.").format(name=row.feature_name, value=value, comparison=row.comparison, so=so)
