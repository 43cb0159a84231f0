"""What a randomised offer achieved on average: the difference between offer and control within strata."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.churn.frame import plain_feature
from crmlib.churn.profit import require_amount
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.uplift.trial import UPLIFT_FEATURES, measured, results

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class OfferEffect:
    """The mean effect of an offer: offer less control, strata weighted by their customers.

    `effect` (`low` to `high`) in the unit of `outcome`: share of customers, yuan, or log growth; `strata`: stratum, offered, control,
    mean_offer, mean_control, effect, low, high; `balance`: what the arms were like before (characteristic, offer, control, difference in
    standard deviations, and the bound within which chance keeps it 95 times of 100); `pending`: offers whose outcome is not known yet;
    `taken_up`: share of the offers taken up; `naive`: those who took it up less those in the offer arm who did not, no effect of the offer.
    """

    kind: str
    outcome: str
    offered: int
    control: int
    effect: float
    low: float
    high: float
    mean_offer: float
    mean_control: float
    strata: pd.DataFrame = field(repr=False)
    balance: pd.DataFrame = field(repr=False)
    pending: int
    taken_up: float
    naive: float
    level: float

    def summary(self) -> str:
        """The result in two sentences."""
        scale = 100 if self.outcome == "reached" else 1
        effect, low, high = (scale * value for value in (self.effect, self.low, self.high))
        sentence = {
            "reached": _(
                "{kind}: {offered} offers, {control} controls. The offer changed the share that reaches the outcome by {effect:+.1f} "
                "percentage points ({level:.0%} interval: {low:+.1f} to {high:+.1f})."
            ),
            "after_yuan": _(
                "{kind}: {offered} offers, {control} controls. The offer changed the spend by {effect:+.1f} yuan a customer ({level:.0%} "
                "interval: {low:+.1f} to {high:+.1f})."
            ),
            "log_growth": _(
                "{kind}: {offered} offers, {control} controls. The offer changed the logarithm of the spend by {effect:+.2f} ({level:.0%} "
                "interval: {low:+.2f} to {high:+.2f})."
            ),
        }[self.outcome]
        verdict = _(" Chance alone would hardly give that.") if low > 0 or high < 0 else _(" It may well be chance.")
        told = sentence.format(kind=label(self.kind, "kind"), offered=self.offered, control=self.control, effect=effect, level=self.level,
                               low=low, high=high)  # fmt: skip
        return told + verdict

    def advice(self, *, value_kept_yuan: float, offer_cost_yuan: float) -> str:
        """Whether to send the offer to everybody, where one more who reaches the outcome is worth `value_kept_yuan`.

        Raises
        ------
        ValueError
            The outcome is not "reached", or a value or cost cannot be.
        """
        if self.outcome != "reached":
            raise ValueError(_('advice needs outcome="reached"; here the outcome is "{outcome}".').format(outcome=self.outcome))
        value = require_amount("value_kept_yuan", value_kept_yuan)
        if value == 0:
            raise ValueError(_("{name} is 0; an offer that keeps nothing of value never pays.").format(name="value_kept_yuan"))
        pays_from = require_amount("offer_cost_yuan", offer_cost_yuan) / value
        if self.low > pays_from:
            told = _("Send the offer ({kind}): it pays from {pays:.1f} percentage points on, and in the trial it brought {low:.1f} at least.")
        elif self.high < pays_from:
            told = _("Do not send the offer ({kind}) to everybody: it pays from {pays:.1f} percentage points on, and in the trial it "
                     "brought {high:.1f} at most.")  # fmt: skip
        else:
            told = _("Try the offer ({kind}) on more customers first: it pays from {pays:.1f} percentage points on; the trial leaves open "
                     "anything from {low:.1f} to {high:.1f}.")  # fmt: skip
        return told.format(kind=label(self.kind, "kind"), pays=100 * pays_from, low=100 * self.low, high=100 * self.high)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The effect by stratum; see :func:`crmlib.plotting.offer_effects`."""
        from crmlib.plotting import offer_effects

        return offer_effects(self, ax=ax)


def offer_effect(offers: pd.DataFrame, *, kind: str | None = None, outcome: str = "reached", level: float = 0.95) -> OfferEffect:
    """What a randomised offer achieved on average.

    Answers: did the offer change anything, and by how much more than chance would?

    Parameters
    ----------
    offers : the table offers, or DataFrame from `offer_frame` (then the balance check covers what was known before)
    kind : kind of offer; None where the table holds one kind only
    outcome : "reached", "after_yuan" (yuan), or "log_growth", ln((50 + after) ÷ (50 + before))
    level : float, 0–1

    Returns
    -------
    OfferEffect
        `.effect`, `.low`, `.high`, `.strata`, `.balance`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, there are no offers of that kind, or in some stratum not at least two customers in each arm.

    Notes
    -----
    All drawn for the offer are compared with all controls, whether they took it up or not: those who do differ from those who do not. The
    interval is Neyman's, no narrower than that of Agresti and Caffo where the outcome is "reached", so that few customers who all did, or
    all did not, do not look like certainty; customers who were in several draws count together.

    Source: Neyman (1923); Agresti and Caffo (2000); Imbens and Rubin, Causal Inference (2015), ch. 9 (stratified experiments).

    >>> trial = pd.DataFrame({"customer_id": list("abcdefgh"), "kind": "retention", "stratum": "walk_in",
    ...                       "arm": ["offer"] * 4 + ["control"] * 4,
    ...                       "outcome": ["reached", "reached", "reached", "missed", "reached", "missed", "missed", "missed"]})
    >>> offer_effect(trial).effect
    0.5
    """
    frame = measured(offers, kind)
    require_share("level", level)
    kind = str(frame["kind"].iloc[0])
    y, offer = results(frame, outcome), (frame["arm"] == "offer").to_numpy()
    from scipy.stats import norm

    z = float(norm.ppf((1 + level) / 2))
    stratum = frame["stratum"].map(str).to_numpy()
    customers = pd.factorize(frame["customer_id"])[0]
    share, extra, rows = np.zeros(len(frame)), 0.0, []
    for name in sorted(set(stratum)):
        within = stratum == name
        arms = [within & offer, within & ~offer]
        if min(len(np.unique(customers[arm])) for arm in arms) < 2:
            raise ValueError(_("The stratum {stratum} has not two customers in each arm. Leave it out, or join it to another.").format(
                stratum=name))  # fmt: skip
        means = [y[arm].mean() for arm in arms]
        own, more = np.zeros(len(frame)), 0.0
        for arm, mean, sign in zip(arms, means, (1, -1), strict=True):
            people = len(np.unique(customers[arm]))
            own[arm] = sign * (y[arm] - mean) / arm.sum() * np.sqrt(people / (people - 1))
            if outcome == "reached":
                # Where all or none reached it their spread looks like nothing; Agresti and Caffo add one of either kind.
                more += max(smoothed_variance(mean, people) - _error(own[arm], customers[arm]) ** 2, 0.0)
        error = float(np.sqrt(_error(own, customers) ** 2 + more))
        effect = float(means[0] - means[1])
        share += own * within.mean()
        extra += more * within.mean() ** 2
        rows.append({"stratum": name, "offered": int(arms[0].sum()), "control": int(arms[1].sum()), "mean_offer": means[0],
                     "mean_control": means[1], "effect": effect, "low": effect - z * error, "high": effect + z * error})  # fmt: skip
    strata = pd.DataFrame(rows)
    weight = (strata["offered"] + strata["control"]) / len(frame)
    total, mean_control = float((weight * strata["effect"]).sum()), float((weight * strata["mean_control"]).sum())
    error = float(np.sqrt(_error(share, customers) ** 2 + extra))
    took = frame["accepted"].fillna(False).to_numpy(dtype=bool) if "accepted" in frame else np.zeros(len(frame), dtype=bool)
    both = (took & offer).any() and (~took & offer).any()
    naive = float(y[took & offer].mean() - y[~took & offer].mean()) if both else float("nan")
    return OfferEffect(
        kind=kind, outcome=outcome, offered=int(offer.sum()), control=int((~offer).sum()), effect=total, low=total - z * error,
        high=total + z * error, mean_offer=mean_control + total, mean_control=mean_control, strata=strata, balance=_balance(frame, offer),
        pending=int((offers["kind"].astype(object).eq(kind) & offers["outcome"].isna()).sum()), taken_up=float(took[offer].mean()), naive=naive,
        level=level,
    )  # fmt: skip


def smoothed_variance(share: float, count: int) -> float:
    """The variance of a `share` of `count` customers, with one customer of either kind added.

    >>> smoothed_variance(1.0, 2)
    0.046875
    """
    share = (share * count + 1) / (count + 2)
    return float(share * (1 - share) / (count + 2))


def _error(influence: np.ndarray, customers: np.ndarray) -> float:
    return float(np.sqrt((np.bincount(customers, influence) ** 2).sum()))


def _balance(frame: pd.DataFrame, offer: np.ndarray) -> pd.DataFrame:
    """Before the draw, the arms should differ by chance only."""
    columns: dict[str, np.ndarray] = {}
    for name in UPLIFT_FEATURES:
        if name not in frame:
            continue
        known = plain_feature(frame[name], name)
        if pd.api.types.is_numeric_dtype(known):
            values = known.to_numpy()
            columns[name] = np.where(np.isnan(values), np.nanmedian(values) if (~np.isnan(values)).any() else 0.0, values)
        else:
            text = frame[name].map(str)
            columns |= {f"{name}: {level}": (text == level).to_numpy(dtype="float64") for level in sorted(text.unique())}
    bound = 1.96 * np.sqrt(1 / offer.sum() + 1 / (~offer).sum())
    rows = []
    for name, values in columns.items():
        spread = float(np.sqrt((values[offer].var() + values[~offer].var()) / 2))
        means = float(values[offer].mean()), float(values[~offer].mean())
        rows.append({"characteristic": name, "offer": means[0], "control": means[1],
                     "difference": (means[0] - means[1]) / spread if spread else 0.0, "bound": float(bound)})  # fmt: skip
    return pd.DataFrame(rows, columns=["characteristic", "offer", "control", "difference", "bound"])
