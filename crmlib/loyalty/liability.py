"""What outstanding points will cost: points owed, the share that nobody will redeem, and the money between."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns, require_share
from crmlib.i18n import _
from crmlib.loyalty.points import points_ledger
from crmlib.segments.per_customer import day
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Liability:
    """What the firm owes its members on a day, and what it will probably cost.

    `outstanding` (points), `members` (who hold them), `breakage` with `breakage_low` and `breakage_high` (share of the points that expire
    unused, with its interval at `level`; NaN bounds where the redemption rate was given), `redemption_rate` (one less breakage),
    `yuan_per_point`, `yuan` with `low` and `high` (outstanding × redemption rate × yuan per point), `at_most` (every point redeemed).
    `due`: outstanding points by the day on which they expire. `matured` (points whose day has passed: what breakage was learnt from).
    """

    on: pd.Timestamp
    outstanding: int
    members: int
    breakage: float
    breakage_low: float
    breakage_high: float
    redemption_rate: float
    yuan_per_point: float
    yuan: float
    low: float
    high: float
    at_most: float
    matured: int
    level: float
    due: pd.Series

    def summary(self) -> str:
        """The result in two sentences."""
        told = (
            _(
                "On {day:%Y-%m-%d} the firm owes {members:,} members {outstanding:,} points, worth {at_most:,.0f} yuan if all were "
                "redeemed. With {breakage:.0%} taken as never redeemed, set aside {yuan:,.0f} yuan."
            )
            if np.isnan(self.low)
            else _(
                "On {day:%Y-%m-%d} the firm owes {members:,} members {outstanding:,} points, worth {at_most:,.0f} yuan if all were "
                "redeemed. With {breakage:.0%} never redeemed, set aside {yuan:,.0f} yuan ({level:.0%} interval: {low:,.0f} to "
                "{high:,.0f})."
            )
        )
        return told.format(
            day=self.on, members=self.members, outstanding=self.outstanding, at_most=self.at_most, breakage=self.breakage, yuan=self.yuan,
            level=self.level, low=self.low, high=self.high,
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """From all points to the money to set aside; see :func:`crmlib.plotting.points_liability`."""
        from crmlib.plotting.loyalty import points_liability

        return points_liability(self, ax=ax)


def points_liability(
    points: pd.DataFrame,
    *,
    on: object,
    yuan_per_point: float | None = None,
    redemption_rate: float | None = None,
    lasts_months: int | None = None,
    level: float = 0.95,
) -> Liability:
    """The cost of a scheme as a liability: outstanding points × redemption rate × cost of a point.

    Answers: how much must the firm set aside for the points that it has given away?

    Parameters
    ----------
    points : DataFrame, one row an entry: the firm's table points, or what :func:`points_ledger` gives
        member_id, booked_on, kind, points. Expiries are worked out again by the ledger's rule.
    on : date, datetime or text
        The day of the balance sheet; later entries are left out.
    yuan_per_point : float, optional
        What a redeemed point costs the firm. Without it: the standard membership.yuan_per_point.
    redemption_rate : float, share 0–1, optional
        Without it, learnt from the points whose day of expiry has passed: those redeemed over those earned.
    lasts_months : as in :func:`points_ledger`
    level : float, 0–1
        Confidence of the interval.

    Returns
    -------
    Liability
        outstanding, breakage, yuan, each with bounds, at_most, due; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        As :func:`points_ledger`; or no points have reached their day yet, so that nothing can be learnt of breakage; or the rate lies
        outside 0–1.

    Notes
    -----
    Breakage is Σ expired / Σ earned over matured points, a ratio whose interval takes members, not points, as independent (Wilson's, for as
    many members of equal points, where all or none expired). It is that of
    all points; of those still unused a larger part will expire, so the liability is rather too high than too low. It holds as long as
    members go on as before: a campaign that reminds them of their points lowers breakage at once.

    Source: IFRS 15, paragraphs B44–B47 (breakage, in proportion to the pattern of redemption); Cochran, *Sampling Techniques* (1977),
    ch. 6, for the ratio's variance. The cost of a point was chosen for teaching.

    >>> points = pd.DataFrame({
    ...     "member_id": ["m1", "m1", "m2", "m1"], "booked_on": ["2025-01-31", "2025-03-31", "2025-01-31", "2026-01-31"],
    ...     "kind": ["earn", "redeem", "earn", "earn"], "points": [300, -150, 100, 500]})
    >>> result = points_liability(points, on="2026-02-28", yuan_per_point=0.01)
    >>> result.outstanding, result.breakage, result.yuan
    (500, 0.625, 1.875)
    """
    require_share("level", level)
    cost = get("membership.yuan_per_point", unit="yuan") if yuan_per_point is None else yuan_per_point
    if isinstance(cost, bool) or not isinstance(cost, Real) or not 0 <= cost < np.inf:
        raise ValueError(_("{name} is {value}; it must be 0 or more.").format(name="yuan_per_point", value=cost))
    when = day(on, "on").tz_localize(None).normalize()
    if not isinstance(points, pd.DataFrame):
        raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(name="points", kind=type(points).__name__))
    require_columns(points.columns, ["kind"])
    ledger = points_ledger(points[points["kind"].astype(object) != "expire"], until=when, lasts_months=lasts_months)
    left = _left(ledger)
    due = left[left > 0].groupby(ledger.loc[left.index[left > 0], "expires_on"]).sum().astype("int64").rename("points")
    balance = left.groupby(ledger.loc[left.index, "member_id"]).sum()
    earned = ledger[ledger["kind"] == "earn"]
    matured = int(earned.loc[earned["expires_on"] <= when, "points"].sum())
    if redemption_rate is None:
        breakage, low, high = _breakage(ledger, when, level)
    elif isinstance(redemption_rate, Real) and not isinstance(redemption_rate, bool) and 0 <= redemption_rate <= 1:
        breakage, low, high = 1 - redemption_rate, float("nan"), float("nan")
    else:
        raise ValueError(_("{name} is {value}; it must lie between 0 and 1 (write 20% as 0.2).").format(
            name="redemption_rate", value=redemption_rate))  # fmt: skip
    at_most = float(left.sum() * cost)
    return Liability(
        when, int(left.sum()), int((balance > 0).sum()), breakage, low, high, 1 - breakage, float(cost), at_most * (1 - breakage),
        at_most * (1 - high), at_most * (1 - low), at_most, matured, level, due,
    )  # fmt: skip


def _left(ledger: pd.DataFrame) -> pd.Series:
    """What is left of each earned lot: what a member has used is taken from its first lots."""
    earned = ledger[ledger["kind"] == "earn"]
    used = -ledger.loc[ledger["kind"] != "earn"].groupby("member_id")["points"].sum()
    running = earned.groupby("member_id")["points"].cumsum() - earned["member_id"].map(used).fillna(0)
    return running.clip(lower=0).clip(upper=earned["points"]).astype("int64")


def _breakage(ledger: pd.DataFrame, when: pd.Timestamp, level: float) -> tuple[float, float, float]:
    from scipy.stats import t

    earned = ledger[(ledger["kind"] == "earn") & (ledger["expires_on"] <= when)].groupby("member_id")["points"].sum()
    if not earned.sum():
        raise ValueError(
            _(
                "No points have reached their day of expiry by {day:%Y-%m-%d}, so nothing can be learnt of breakage. Give redemption_rate=…"
            ).format(day=when)
        )
    expired = -ledger[ledger["kind"] == "expire"].groupby("member_id")["points"].sum().reindex(earned.index, fill_value=0)
    ratio, members = float(expired.sum() / earned.sum()), len(earned)
    if members == 1:
        return ratio, 0.0, 1.0
    if ratio in (0.0, 1.0):
        # Members who are all alike have no variance, which is no proof that the next ones will be like them.
        low, high = wilson_interval(ratio * (size := float(earned.sum() ** 2 / (earned**2).sum())), size, level)
        return ratio, max(low, 0.0) if ratio else 0.0, 1.0 if ratio else min(high, 1.0)
    spread = np.sqrt(members / (members - 1) * float(((expired - ratio * earned) ** 2).sum())) / float(earned.sum())
    reach = float(t.ppf((1 + level) / 2, members - 1)) * spread
    return ratio, max(ratio - reach, 0.0), min(ratio + reach, 1.0)
