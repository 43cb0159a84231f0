"""Do members ship more because they are members? What joining seems to do, and what a fair draw says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.i18n import _
from crmlib.loyalty.marks import require_number, yes_no
from crmlib.segments.per_customer import numbers
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class MembershipEffect:
    """By how much spending grew, compared in two ways.

    `table`: two rows. "joined": those who joined against all others of the trial; they chose to. "invited": those drawn to be invited
    against those drawn not to be; nobody chose. Columns: treated, others (customers), growth_treated, growth_others (typical growth of the
    spend of 90 days), effect, low, high (by how much more it grew, 0.1 is 10%, with its interval at `level`).
    """

    table: pd.DataFrame
    level: float

    def summary(self) -> str:
        """The result in two sentences."""
        joined, invited = self.table.loc["joined"], self.table.loc["invited"]
        told = (
            _(
                "Those who joined grew {joined:+.0%} against the others, but they chose to join. Those invited by lot grew {invited:+.0%} "
                "against those not invited ({level:.0%} interval: {low:+.0%} to {high:+.0%}), so the invitation may have done nothing."
            )
            if invited["low"] <= 0 <= invited["high"]
            else _(
                "Those who joined grew {joined:+.0%} against the others, but they chose to join. Those invited by lot grew {invited:+.0%} "
                "against those not invited ({level:.0%} interval: {low:+.0%} to {high:+.0%}): that is what the invitation does."
            )
        )
        return told.format(joined=joined["effect"], invited=invited["effect"], level=self.level, low=invited["low"], high=invited["high"])

    def plot(self, ax: Axes | None = None) -> Axes:
        """Both comparisons with their intervals; see :func:`crmlib.plotting.membership_effect`."""
        from crmlib.plotting.loyalty import membership_effect

        return membership_effect(self, ax=ax)


def membership_effect(offers: pd.DataFrame, *, level: float = 0.95, spend_floor: float | None = None) -> MembershipEffect:
    """Compare those who joined with the others, and those invited by lot with those not invited.

    Answers: do members ship more because they are members, or did those join who were growing anyway?

    Parameters
    ----------
    offers : DataFrame, one row a customer and trial, such as the firm's table offers
        kind (only "membership" counts), stratum, arm ("offer" or "control"), accepted (bool), before_yuan, after_yuan (spend of 90 days
        before and after). Rows without after_yuan are not over yet and are left out.
    level : float, 0–1
        Confidence of the intervals.
    spend_floor : float, yuan above 0, optional
        Growth is ln((floor + after) / (floor + before)), so that a customer who shipped nothing counts and a few large ones do not decide.
        Without it: the standard membership.spend_floor.

    Returns
    -------
    MembershipEffect
        table, level; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, spend is missing before or negative, or an arm has fewer than two customers.

    Notes
    -----
    "invited" compares within each stratum, in which the lots were drawn, and weights the strata by their customers (Neyman's variance).
    A stratum with fewer than two customers on a side is left out of that row, and of its counts.
    It is the effect of the invitation on all who get one, whether or not they join; that is what the firm can decide. Joining itself
    was not drawn by lot, so the first row compares customers who differed before.

    Source: Imbens and Rubin, *Causal Inference* (2015), ch. 9 (stratified randomised experiments); the trial is simulated.

    >>> offers = pd.DataFrame({
    ...     "kind": "membership", "stratum": "walk_in", "arm": ["offer"] * 4 + ["control"] * 4, "before_yuan": 50.0,
    ...     "accepted": [True, True, False, False] + [False] * 4, "after_yuan": [100.0, 150, 50, 25, 50, 40, 60, 50]})
    >>> result = membership_effect(offers, spend_floor=50)
    >>> bool(result.table.effect["joined"] > result.table.effect["invited"] > 0)
    True
    """
    require_share("level", level)
    floor = get("membership.spend_floor", unit="yuan") if spend_floor is None else spend_floor
    floor = require_number(floor, "spend_floor")
    trial = _trial(offers)
    growth = np.log((floor + trial["after_yuan"]) / (floor + trial["before_yuan"]))
    one = pd.Series("all", index=trial.index)
    rows = {
        "joined": _compared(growth, trial["accepted"], one, level),
        "invited": _compared(growth, trial["arm"].astype(object) == "offer", trial["stratum"].astype(object), level),
    }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("comparison")
    return MembershipEffect(table.astype({"treated": "int64", "others": "int64"}), level)


def _trial(offers: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(offers, pd.DataFrame):
        raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(name="offers", kind=type(offers).__name__))
    require_columns(offers.columns, ["kind", "stratum", "arm", "accepted", "before_yuan", "after_yuan"])
    trial = offers[(offers["kind"].astype(object) == "membership") & offers["after_yuan"].notna()]
    if trial.empty:
        raise ValueError(_("There is no membership trial with known results in this table."))
    arm = trial["arm"].astype(object)
    refuse_rows(~arm.isin(["offer", "control"]), _("arm is neither offer nor control"), _("Name the arms so, or drop these rows."))
    if "offer_id" in trial.columns:
        refuse_rows(trial["offer_id"].duplicated(keep=False), _("{key} stands in several rows").format(key="offer_id"),
                    _("Keep one row each, or the interval counts people twice."))  # fmt: skip
    refuse_rows(trial["stratum"].isna(), _("{name} is missing").format(name="stratum"), _("Fill it in, or drop these rows."))
    trial = trial.assign(accepted=yes_no(trial["accepted"], "accepted"))
    trial = trial.assign(before_yuan=numbers(trial["before_yuan"], "before_yuan"), after_yuan=numbers(trial["after_yuan"], "after_yuan"))
    refuse_rows((trial[["before_yuan", "after_yuan"]] < 0).any(axis=1), _("{name} is negative").format(name="before_yuan / after_yuan"),
                _("Net off refunds within the period, or set these customers apart."))  # fmt: skip
    return trial


def _compared(growth: pd.Series, treated: pd.Series, stratum: pd.Series, level: float) -> dict[str, float]:
    from scipy.stats import norm

    cells = growth.groupby([stratum, treated.rename("treated")]).agg(["mean", "var", "size"]).unstack("treated")
    whole = cells["size"].fillna(0).min(axis=1) >= 2 if cells.shape[1] == 6 else pd.Series(False, index=cells.index)
    if not whole.any():
        raise ValueError(_("One side of the comparison has fewer than two customers in every stratum, so there is nothing to compare."))
    cells = cells[whole]
    size = cells["size"].sum(axis=1)
    weight = size / size.sum()
    mean = {side: float((weight * cells["mean", side]).sum()) for side in (True, False)}
    variance = float((weight**2 * (cells["var", True] / cells["size", True] + cells["var", False] / cells["size", False])).sum())
    gap, reach = mean[True] - mean[False], float(norm.ppf((1 + level) / 2)) * variance**0.5
    return {
        "treated": cells["size", True].sum(), "others": cells["size", False].sum(), "growth_treated": float(np.expm1(mean[True])),
        "growth_others": float(np.expm1(mean[False])), "effect": float(np.expm1(gap)), "low": float(np.expm1(gap - reach)),
        "high": float(np.expm1(gap + reach)),
    }  # fmt: skip
