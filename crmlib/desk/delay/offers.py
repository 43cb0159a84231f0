"""Which offer goes with a warning: none, priority delivery, or a pick-up point at a discount, by what each can be expected to cost."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.desk.delay.costs import DelayCosts, delay_costs
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OFFERS = ("notice_only", "priority", "pick_up_point")
_WANTED = ("waybill_id", "node", "at", "promised_at", "p_late", "predicted_at", "predicted_low_at", "predicted_high_at", "price_yuan")
_STEPS = np.array([0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
_HOUR = pd.Timedelta(hours=1)


@dataclass(frozen=True, eq=False)
class OfferChoice:
    """Warnings with their offers.

    `table`: the warnings and p_late_priority, p_late_pick_up (chance to be late if so much earlier), the expected cost of each way
    (notice_only_yuan, priority_yuan, pick_up_point_yuan), offer, saving_yuan (over the notice alone);
    `decisions`: p_from, p_to, warnings, the mean expected costs, and how many got each offer; `costs`.
    """

    table: pd.DataFrame
    decisions: pd.DataFrame
    costs: DelayCosts

    def summary(self) -> str:
        """What is offered to how many, and what that saves."""
        from crmlib.company.schema import label

        counts = self.table["offer"].value_counts()
        parts = _(", ").join(f"{label(code, 'offer')} {int(counts.get(code, 0)):,}" for code in OFFERS)
        return _("{count:,} warnings: {parts}. Against notices alone the offers can be expected to save {saving:,.0f} yuan.").format(
            count=len(self.table), parts=parts, saving=float(self.table["saving_yuan"].sum()))  # fmt: skip

    def explain(self, waybill_id: str) -> str:
        """Why this parcel gets this offer, with the arithmetic."""
        from crmlib.company.schema import label

        rows = self.table[(self.table["waybill_id"] == waybill_id).to_numpy()]
        if rows.empty:
            raise ValueError(_("No warning for the parcel {waybill}.").format(waybill=waybill_id))
        one = rows.iloc[0]
        costs = _("; ").join(f"{label(code, 'offer')} {one[code + '_yuan']:.2f}" for code in OFFERS if one[code + "_yuan"] < np.inf)
        return _("{waybill}: late with a chance of {p:.0%}, {p_priority:.0%} if {priority:g} hours earlier, {p_point:.0%} if {point:g} hours earlier. "
                 "Expected cost in yuan: {costs}. So: {offer}.").format(
            waybill=waybill_id, p=one.p_late, p_priority=one.p_late_priority, p_point=one.p_late_pick_up, costs=costs,
            priority=self.costs.priority_hours, point=self.costs.pick_up_hours, offer=label(str(one.offer), "offer"))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Expected cost of each way by the chance to be late; see :func:`crmlib.plotting.offer_costs`."""
        from crmlib.plotting import offer_costs

        return offer_costs(self, ax=ax)


def choose_offer(warnings: pd.DataFrame, costs: DelayCosts | None = None) -> OfferChoice:
    """Choose for each warning the way that can be expected to cost least.

    Answers: priority delivery, a pick-up point at 10 % off, or just the notice?

    Parameters
    ----------
    warnings : DataFrame, from :func:`crmlib.desk.delay.delay_warnings`
    costs : DelayCosts, optional; without it those of the standards

    Returns
    -------
    OfferChoice
        `.table`, `.decisions`, `.summary()`, `.explain(waybill_id)`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing.

    Notes
    -----
    With L the loss by a late parcel whose sender was told, p the chance to be late and f the freight: notice alone: notice + p·L; priority:
    notice + its cost + p(hours earlier)·L; pick-up point: notice + take-up·(discount·f − saved delivery + p(hours earlier)·L) +
    (1 − take-up)·p·L. The chance to be late if earlier is read off the forecast: straight between its quantiles, the promise among them.
    A parcel that is already out for delivery can only be told of.

    Source: own; expected cost after Elkan (2001).

    >>> day = pd.Timestamp("2026-10-01")
    >>> one = pd.DataFrame({"waybill_id": ["W1"], "node": ["in_transit"], "at": [day], "promised_at": [day + pd.Timedelta(hours=20)], "p_late": [0.6],
    ...     "predicted_low_at": [day + pd.Timedelta(hours=15)], "predicted_at": [day + pd.Timedelta(hours=22)],
    ...     "predicted_high_at": [day + pd.Timedelta(hours=30)], "price_yuan": [12.0]})
    >>> choose_offer(one).table.offer.tolist()
    ['pick_up_point']
    """
    need_frame(warnings, "warnings")
    require_columns(warnings.columns, _WANTED)
    costs = costs or delay_costs()
    table = warnings.copy()
    p_late = table["p_late"].to_numpy(dtype=float)
    sooner = [np.minimum(_late_after(table, hours), p_late) for hours in (costs.priority_hours, costs.pick_up_hours)]
    loss = max(costs.late_loss - costs.told_gain, 0.0)
    late, take = p_late * loss, costs.pick_up_take_up
    point = take * (costs.pick_up_discount * table["price_yuan"].to_numpy() - costs.pick_up_saves_yuan + sooner[1] * loss) + (1 - take) * late
    gone = (table["node"].astype(object) == "out_for_delivery").to_numpy()
    ways = np.stack([late, np.where(gone, np.inf, costs.priority_yuan + sooner[0] * loss), np.where(gone, np.inf, point)], axis=1) + costs.notice_yuan
    best = ways.argmin(axis=1)
    table = table.assign(p_late_priority=sooner[0], p_late_pick_up=sooner[1], **{f"{name}_yuan": ways[:, place] for place, name in enumerate(OFFERS)})
    table["offer"] = pd.Categorical.from_codes(best, list(OFFERS))
    table["saving_yuan"] = ways[:, 0] - ways.min(axis=1)
    return OfferChoice(table, _decisions(table), costs)


def _late_after(table: pd.DataFrame, hours: float) -> np.ndarray:
    """The chance that a parcel comes more than `hours` after its promise, read off its quantiles."""
    low, middle, high, promised = (
        ((table[name] - table["at"]) / _HOUR).to_numpy(dtype=float)
        for name in ("predicted_low_at", "predicted_at", "predicted_high_at", "promised_at")
    )
    at = promised + hours
    # Beyond the outer quantile the chance falls to nothing over as long again as from the middle to it.
    end = high + np.maximum(high - middle, 1e-6)
    p_late = table["p_late"].to_numpy(dtype=float)
    out = np.zeros(len(table))
    for row, (where, knots) in enumerate(zip(at, np.stack([low, middle, high, end], axis=1), strict=True)):
        later = [(time, chance) for time, chance in zip(knots, (0.9, 0.5, 0.1, 0.0), strict=True) if time > promised[row] and chance < p_late[row]]
        times, chances = zip((promised[row], p_late[row]), *later, strict=True)
        out[row] = np.interp(where, times, chances, right=0.0 if later else p_late[row])
    return out


def _decisions(table: pd.DataFrame) -> pd.DataFrame:
    step = np.clip(np.searchsorted(_STEPS, table["p_late"].to_numpy(), side="right") - 1, 0, len(_STEPS) - 2)
    costs = [f"{name}_yuan" for name in OFFERS]
    finite = table[costs].replace(np.inf, np.nan)
    by = finite.groupby(step).mean().join(pd.DataFrame({"warnings": table.groupby(step).size()}))
    for name in OFFERS:
        by[name] = (table["offer"] == name).groupby(step).sum()
    by.insert(0, "p_from", _STEPS[by.index])
    by.insert(1, "p_to", _STEPS[by.index + 1])
    return by.reset_index(drop=True)


def offer_sensitivity(
    warnings: pd.DataFrame, costs: DelayCosts | None = None, *, factors: tuple[float, ...] = (0.5, 2.0), most: int = 2000
) -> pd.DataFrame:
    """How the choice changes when one figure is half or twice what we think.

    Answers: on which of our figures does the choice depend?

    Parameters
    ----------
    warnings, costs : as for :func:`choose_offer`
    factors : by what each figure is multiplied (shares stay below 1)
    most : at most so many warnings, taken at equal steps

    Returns
    -------
    DataFrame, one row a figure and factor, those that change most first
        cost (name of the figure), factor, notice_only, priority, pick_up_point (shares of the warnings), changed_share (other offer than
        with the figures as they are), saving_yuan (a warning, over notices alone)

    Raises
    ------
    ValueError
        As for :func:`choose_offer`.

    Source: own.

    >>> offer_sensitivity(pd.DataFrame(columns=list(_WANTED))).empty
    True
    """
    need_frame(warnings, "warnings")
    require_columns(warnings.columns, _WANTED)
    costs = costs or delay_costs()
    if warnings.empty:
        return pd.DataFrame(columns=["cost", "factor", *OFFERS, "changed_share", "saving_yuan"])
    warnings = warnings.iloc[:: -(-len(warnings) // most)]
    usual = choose_offer(warnings, costs).table["offer"]
    rows = []
    for name in (one.name for one in fields(costs)):
        for factor in factors:
            value = getattr(costs, name) * factor
            limit = 1.0 if name in ("call_cut", "pick_up_discount", "pick_up_take_up") else np.inf
            table = choose_offer(warnings, replace(costs, **{name: min(value, limit)})).table
            shares = [float((table["offer"] == offer).mean()) for offer in OFFERS]
            rows.append((name, factor, *shares, float((table["offer"] != usual).mean()), float(table["saving_yuan"].mean())))
    table = pd.DataFrame(rows, columns=["cost", "factor", *OFFERS, "changed_share", "saving_yuan"])
    return table.sort_values("changed_share", ascending=False, kind="stable", ignore_index=True)
