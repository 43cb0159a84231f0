"""Warnings before the promise breaks: one for each parcel, at the first moment at which the chance to be late is worth it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import need_frame, require_columns, require_share
from crmlib.desk.delay.costs import DelayCosts, delay_costs
from crmlib.desk.delay.intervals import ratio, share, weeks
from crmlib.desk.delay.model import DelayModel, at_level, moment
from crmlib.desk.delay.moments import NODES, Known, features, parcels_of, scans_of
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

_HOUR = np.timedelta64(1, "h")
_MINUTE = np.timedelta64(1, "m")
_WAYS = 45
"""Parcels picked up so many days before the period may still be on their way."""

_AHEAD = (0, 3, 6, 12, 18, 24, 36, 48)


def delay_warnings(
    model: DelayModel, company: Company, *, since: object, until: object, threshold: float | None = None, costs: DelayCosts | None = None,
    check_hours: float | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The parcels whose senders should be told of a delay, each at the first moment at which that pays.

    Answers: whom do we warn, when, and how long before the promise breaks?

    Parameters
    ----------
    model : DelayModel
    company : Company
    since, until : moments; warnings from `since` to before `until`. Two periods side by side give what the whole gives.
    threshold : share, optional; warn from this chance to be late. Without it that of `costs`.
    costs : DelayCosts, optional; without it those of the standards
    check_hours : while a parcel is silent its forecast is looked at every so many hours; None: the standard

    Returns
    -------
    DataFrame in order of time, at most one row a parcel
        event_id, at, waybill_id, customer_id, node (last seen there), promised_at, p_late, predicted_at (median), predicted_low_at and
        predicted_high_at (lowest and highest quantile of the model), hours_ahead (until the promise breaks), price_yuan (freight)

    Raises
    ------
    ValueError
        The period begins before the end of calibration or does not end after it began, or a figure is out of range.

    Source: own; the decision rule is that of Elkan (2001), the foundations of cost-sensitive learning.

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> from crmlib.desk.delay import fit_delay_model
    >>> firm = simulate_as_wanted(customers=40, months=2, seed=1)
    >>> model = fit_delay_model(firm, learn_until="2024-11-20", calibrate_until="2024-12-10", most_rows=400)
    >>> bool((delay_warnings(model, firm, since="2024-12-12", until="2024-12-19").hours_ahead > 0).all())
    True
    """
    since, until = moment(since, "since"), moment(until, "until")
    if not model.calibrate_until <= since < until:
        raise ValueError(_("Warnings are for a period after the model's calibration ({date}) that ends after it began; given {since} to {until}.").format(
            date=f"{model.calibrate_until:%Y-%m-%d}", since=f"{since:%Y-%m-%d}", until=f"{until:%Y-%m-%d}"))  # fmt: skip
    if threshold is None:
        threshold = (costs or delay_costs()).threshold
    elif threshold != 1:
        require_share("threshold", threshold)
    check_hours = standards.get("delay.check_hours", unit="hours") if check_hours is None else check_hours
    if isinstance(check_hours, (bool, str)) or not 0.1 <= check_hours <= 1000:
        raise ValueError(_("check_hours is {value}; give hours from 0.1 to 1000.").format(value=check_hours))
    parcels = parcels_of(company)
    known = Known(company, parcels["picked_up_at"].to_numpy())
    picked = parcels["picked_up_at"]
    near = (picked < until) & (picked >= since - pd.Timedelta(days=_WAYS)) & (parcels["promised_at"] > since)
    parcels = parcels[near.to_numpy()].reset_index(drop=True)
    looks = _looks(scans_of(company.tracking, parcels), parcels, until, check_hours)
    hours, p_late = model.quantiles(features(parcels, looks, looks["moment"].to_numpy(), known))
    due = np.flatnonzero(p_late >= threshold)
    first = due[~looks["row"].iloc[due].duplicated().to_numpy()]
    first = first[(looks["moment"].iloc[first] >= since).to_numpy()]
    first = first[np.argsort(looks["moment"].to_numpy()[first], kind="stable")]
    own, seen = parcels.iloc[looks["row"].iloc[first]].reset_index(drop=True), looks.iloc[first].reset_index(drop=True)
    at = seen["moment"].astype("datetime64[us]")

    def then(values: np.ndarray) -> pd.Series:
        return at + pd.to_timedelta(np.rint(values[first] * 60), unit="m").astype("timedelta64[us]")

    price = company.waybills.set_index("waybill_id")["price_yuan"]
    return pd.DataFrame({
        "event_id": "L" + own["waybill_id"].astype(str), "at": at, "waybill_id": own["waybill_id"], "customer_id": own["customer_id"],
        "node": pd.Categorical.from_codes(seen["node"].to_numpy(), list(NODES)), "promised_at": own["promised_at"], "p_late": p_late[first],
        "predicted_at": then(at_level(hours, model.levels, 0.5)), "predicted_low_at": then(hours[:, 0]), "predicted_high_at": then(hours[:, -1]),
        "hours_ahead": (own["promised_at"] - at).dt.total_seconds() / 3600, "price_yuan": price.reindex(own["waybill_id"]).to_numpy(),
    })  # fmt: skip


def _looks(scans: pd.DataFrame, parcels: pd.DataFrame, until: pd.Timestamp, check_hours: float) -> pd.DataFrame:
    """When each parcel is looked at: at every scan, and every `check_hours` in the silence after it, until the promise breaks."""
    promised = parcels["promised_at"].to_numpy().astype("datetime64[s]")[scans["row"].to_numpy()]
    at, next_at = scans["at"].to_numpy(), scans["next_at"].to_numpy()
    ends = np.minimum(np.where(np.isnat(next_at), promised, np.minimum(next_at, promised)), until.to_datetime64().astype("datetime64[s]"))
    step = np.timedelta64(round(check_hours * 3600), "s")
    times = np.maximum(-((at - ends) // step), 0).astype(np.int64)
    which = np.repeat(np.arange(len(scans)), times)
    place = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
    return scans.iloc[which].assign(moment=at[which] + place * step).reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class WarningScore:
    """Warnings against what came.

    `table`: measure (late_parcels, warnings, warned_share, warned_6_hours, false_share, warned_parcels_share, median_hours_ahead), value, low,
    high; `by_hours`: hours_ahead, warned_share (of the late parcels, warned at least so long before), low, high.
    """

    table: pd.DataFrame
    by_hours: pd.DataFrame
    since: pd.Timestamp
    until: pd.Timestamp

    def __getitem__(self, measure: str) -> float:
        return float(self.table.set_index("measure").loc[measure, "value"])

    def summary(self) -> str:
        """What the warnings caught and how often they were false, in two sentences."""
        rows = self.table.set_index("measure")
        return _("Of {late:,.0f} late parcels, {warned:.1%} ({low:.1%} to {high:.1%}) were warned of before the promise broke, half of them at "
                 "least {hours:.0f} hours before. Of {count:,.0f} warnings, {false:.0%} ({false_low:.0%} to {false_high:.0%}) were false.").format(
            late=rows.value["late_parcels"], warned=rows.value["warned_share"], low=rows.low["warned_share"], high=rows.high["warned_share"],
            hours=rows.value["median_hours_ahead"], count=rows.value["warnings"], false=rows.value["false_share"],
            false_low=rows.low["false_share"], false_high=rows.high["false_share"])  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Which share of the late parcels was warned of how long before; see :func:`crmlib.plotting.warning_hours`."""
        from crmlib.plotting import warning_hours

        return warning_hours(self, ax=ax)


def score_warnings(
    warnings: pd.DataFrame, company: Company, *, since: object, until: object, fates: pd.DataFrame | None = None
) -> WarningScore:
    """Hold warnings against what became of the parcels that were picked up from `since` on and promised before `until`.

    Answers: which share of the late parcels did we warn of, how long before, and how many warnings were false?

    Parameters
    ----------
    warnings : DataFrame, from :func:`delay_warnings` for (at least) this period
    company : Company
    since, until : moments
    fates : DataFrame, optional, the simulation's truth (waybill_id, late, lost); without it a parcel was late if it was signed after its promise or
        had not been signed when the data end

    Returns
    -------
    WarningScore
        `.table`, `.by_hours`, `.summary()`, `.plot()`; intervals take weeks of pick-up (days, in short periods) as clusters

    Raises
    ------
    ValueError
        Columns are missing, or no parcel belongs to the period.

    Source: own.

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> firm = simulate_as_wanted(customers=20, months=2, seed=1)
    >>> none = pd.DataFrame({"waybill_id": [], "hours_ahead": []})
    >>> score_warnings(none, firm, since="2024-11-05", until="2024-12-20")["warned_share"]
    0.0
    """
    need_frame(warnings, "warnings")
    since, until = moment(since, "since"), moment(until, "until")
    require_columns(warnings.columns, ["waybill_id", "hours_ahead"])
    waybills = company.waybills
    inside = ((waybills["picked_up_at"] >= since) & (waybills["promised_at"] < until)).to_numpy()
    if not inside.any():
        raise ValueError(_("No parcel was picked up from {since} on and promised before {until}.").format(
            since=f"{since:%Y-%m-%d}", until=f"{until:%Y-%m-%d}"))  # fmt: skip
    own = waybills[inside]
    if fates is None:
        late = ~(own["delivered_at"] <= own["promised_at"]).to_numpy()
    else:
        need_frame(fates, "fates")
        require_columns(fates.columns, ["waybill_id", "late", "lost"])
        rows = fates.set_index("waybill_id").reindex(own["waybill_id"])
        late = (rows["late"].astype(bool) | rows["lost"].astype(bool)).to_numpy()
    ahead = warnings.drop_duplicates("waybill_id").set_index("waybill_id")["hours_ahead"].reindex(own["waybill_id"]).to_numpy(dtype=float)
    warned, cluster = ~np.isnan(ahead), weeks(own["picked_up_at"].to_numpy())
    hours = [(limit, *share(ahead >= limit, late, cluster)) for limit in _AHEAD]
    caught = ahead[warned & late]
    every = np.ones(len(own), dtype=bool)
    rows = [
        ("late_parcels", float(late.sum()), np.nan, np.nan), ("warnings", float(warned.sum()), np.nan, np.nan),
        ("warned_share", *share(warned, late, cluster)), ("warned_6_hours", *share(ahead >= 6, late, cluster)),
        ("false_share", *share(~late, warned, cluster)), ("warned_parcels_share", *share(warned, every, cluster)),
        ("median_hours_ahead", float(np.median(caught)) if len(caught) else np.nan, np.nan, np.nan),
        ("hours_ahead", *ratio(np.where(warned & late, ahead, 0), (warned & late).astype(float), cluster)),
    ]  # fmt: skip
    return WarningScore(pd.DataFrame(rows, columns=["measure", "value", "low", "high"]),
                        pd.DataFrame(hours, columns=["hours_ahead", "warned_share", "low", "high"]), since, until)  # fmt: skip
