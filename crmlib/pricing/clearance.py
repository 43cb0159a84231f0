"""How long clearance takes, and what may be promised of it: a share of parcels within a time, never each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.credit.chance import generator, whole
from crmlib.i18n import _
from crmlib.pricing.weeks import effective_number, tails, week_codes, week_weights
from crmlib.segments.per_customer import day
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def clearance_times(tracking: pd.DataFrame, waybills: pd.DataFrame | None = None, *, as_of: object = None) -> pd.DataFrame:
    """How long each parcel stood in clearance, as it was known at one moment.

    Answers: how long did clearance take, parcel by parcel, and which are still in it?

    Parameters
    ----------
    tracking : DataFrame, one row a scan
        waybill_id, node, scanned_at. A parcel enters with its scan "clearance" and leaves with the next one.
    waybills : DataFrame, optional
        waybill_id, customer_id, product, picked_up_at, status: adds these columns.
    as_of : moment, optional
        What was scanned later is not known yet. Without one, the last scan of the table.

    Returns
    -------
    DataFrame, one row a parcel that reached clearance, in order of entry
        waybill_id, entered_at, left_at (missing where still in it, or lost there), clearance_hours (until it left, or until `as_of`),
        cleared (whether it left)

    Raises
    ------
    ValueError
        A column is missing, moments are text or missing, or no parcel was cleared by then.

    Source: definition by the scans of the parcel.

    >>> scans = pd.DataFrame({"waybill_id": ["w1", "w1", "w2"], "node": ["clearance", "at_hub", "clearance"],
    ...     "scanned_at": pd.to_datetime(["2026-01-01 00:00", "2026-01-03 00:00", "2026-01-02 00:00"])})
    >>> clearance_times(scans)[["clearance_hours", "cleared"]].values.tolist()
    [[48.0, True], [24.0, False]]
    """
    require_columns(tracking.columns, ("waybill_id", "node", "scanned_at"))
    _require_moments(tracking["scanned_at"], "scanned_at")
    entries = tracking[tracking["node"] == "clearance"]
    now = (tracking["scanned_at"].max() if len(tracking) else pd.NaT) if as_of is None else day(as_of, "as_of")
    entries = entries[entries["scanned_at"] <= now].drop_duplicates("waybill_id")
    if entries.empty:
        raise ValueError(_("No parcel reached clearance by then. Clearance is scanned for cross-border parcels only."))
    scans = tracking[tracking["waybill_id"].isin(entries["waybill_id"]) & (tracking["scanned_at"] <= now)]
    start = scans["waybill_id"].map(entries.set_index("waybill_id")["scanned_at"])
    left = scans[(scans["scanned_at"] > start) & (scans["node"] != "clearance")].groupby("waybill_id")["scanned_at"].min()
    table = entries[["waybill_id", "scanned_at"]].rename(columns={"scanned_at": "entered_at"})
    table = table.sort_values(["entered_at", "waybill_id"], kind="stable").reset_index(drop=True)
    table["left_at"] = table["waybill_id"].map(left)
    table["cleared"] = table["left_at"].notna()
    table["clearance_hours"] = (table["left_at"].fillna(now) - table["entered_at"]).dt.total_seconds() / 3600
    if waybills is not None:
        require_columns(waybills.columns, ("waybill_id", "customer_id", "product", "picked_up_at", "status"))
        table = table.merge(waybills[["waybill_id", "customer_id", "product", "picked_up_at", "status"]].drop_duplicates("waybill_id"),
                            on="waybill_id", how="left")  # fmt: skip
    return table


@dataclass(frozen=True)
class ClearancePromise:
    """What may be said of clearance: a share `share` of the parcels was cleared within `hours` (between `low` and `high`).

    `promise_days`: the whole days within which at least that share may be promised, from the upper end `high`. `kept_share`: of the
    parcels learnt from, so many were cleared within the promise that the firm's handbook names (`handbook_days`), between kept_low and
    kept_high. `table`: quantile by product, where known: product, parcels, hours, low, high.
    """

    share: float
    hours: float
    low: float
    high: float
    level: float
    parcels: int
    open_parcels: int
    promise_days: int
    handbook_days: float
    kept_share: float
    kept_low: float
    kept_high: float
    table: pd.DataFrame = field(repr=False)
    times: pd.DataFrame = field(repr=False, compare=False)

    def summary(self) -> str:
        """What may be promised, in words for a customer, and what may not."""
        return _("Of {parcels} parcels, {share:.0%} were cleared within {hours:.0f} hours ({low:.0f} to {high:.0f}): say \"{share:.0%} of "
                 "parcels within {days} days\", and never \"every parcel\" or \"guaranteed\". Within {handbook:g} days were {kept:.0%} "
                 "({kept_low:.0%} to {kept_high:.0%}).").format(
                     parcels=self.parcels, share=self.share, hours=self.hours, low=self.low, high=self.high, days=self.promise_days,
                     handbook=self.handbook_days, kept=self.kept_share, kept_low=self.kept_low, kept_high=self.kept_high)  # fmt: skip

    def headline(self) -> str:
        """What may be promised, as the title of a page."""
        if self.promise_days > self.handbook_days:
            return _("Clearance: promise {share:.0%} of parcels within {days} days, not within {handbook:g}").format(
                share=self.share, days=self.promise_days, handbook=self.handbook_days)  # fmt: skip
        return _("Clearance: {share:.0%} of parcels within {days} days may be promised").format(share=self.share, days=self.promise_days)

    def label(self) -> str:
        """What `hours` is, for a table of numbers."""
        return _("Hours until {share:.0%} of parcels are cleared").format(share=self.share)

    def advice(self) -> str:
        """What to say to customers from now on."""
        words = _("Promise clearance of {share:.0%} of parcels within {days} days, and never of every parcel.").format(
            share=self.share, days=self.promise_days)  # fmt: skip
        if self.promise_days <= self.handbook_days:
            return words
        return f"{words} " + _("Only {kept:.0%} are cleared within the {handbook:g} days of the handbook: mend the handbook.").format(
            kept=self.kept_share, handbook=self.handbook_days)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Share cleared by time; see :func:`crmlib.plotting.clearance_curve`."""
        from crmlib.plotting.pricing import clearance_curve

        return clearance_curve(self, ax=ax)

    def check(self, later: pd.DataFrame) -> dict[str, float]:
        """How the promise held for parcels cleared later: parcels, kept_share, low, high, promised_share.

        Wilson's interval for as many independent parcels as the weeks are worth: parcels of one week share a strike or a backlog.

        Source: Korn and Graubard, *Survey Methodology* 24 (1998), for the effective number.
        """
        settled = later[later["cleared"] | (later["clearance_hours"] > self.promise_days * 24)]
        if settled.empty:
            raise ValueError(_("None of the later parcels is far enough to tell whether the promise was kept."))
        kept = (settled["cleared"] & (settled["clearance_hours"] <= self.promise_days * 24)).to_numpy()
        worth = effective_number(kept, week_codes(settled["entered_at"]))
        low, high = wilson_interval(float(kept.mean()) * worth, worth, self.level)
        return {"parcels": len(kept), "kept_share": float(kept.mean()), "low": low, "high": high, "promised_share": self.share}


def clearance_promise(
    times: pd.DataFrame, *, share: float | None = None, level: float = 0.95, resamples: int = 400, rng: np.random.Generator | int
) -> ClearancePromise:
    """The time within which a given share of parcels is cleared, with an interval.

    Answers: how many days may I promise for clearance, to how many of my customers' parcels?

    Parameters
    ----------
    times : DataFrame, from :func:`crmlib.pricing.clearance_times`
        entered_at, clearance_hours, cleared; product, if quantiles by product are wanted. Parcels still in clearance count as long as
        they were seen (Kaplan–Meier): leaving them out would drop the slow ones.
    share : share of parcels that the promise covers, optional
        Without one, by the standards (`pricing.promise_share`).
    level : confidence of the interval, by resampling whole weeks
    resamples, rng : number of resamples, at least 100; generator or seed

    Returns
    -------
    ClearancePromise

    Raises
    ------
    ValueError
        A column is missing, hours are negative, fewer than eight weeks, or so few are cleared that the share is never reached.

    Source: Kaplan and Meier (1958); 《2025国际快递行业客户关系管理体系研究》: "clearance within 3 working days" may be promised, an absolute
    guarantee may not.

    >>> rng = np.random.default_rng(7)
    >>> hours = rng.exponential(24, 800)
    >>> entered = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.uniform(0, 300, 800), unit="D")
    >>> times = pd.DataFrame({"entered_at": entered, "clearance_hours": hours, "cleared": True})
    >>> found = clearance_promise(times, share=0.9, rng=1)
    >>> bool(found.low < 24 * np.log(10) < found.high)
    True
    """
    covered = get("pricing.promise_share", unit="share") if share is None else share
    require_share("share", covered)
    require_share("level", level)
    resamples, rng = whole("resamples", resamples, 100), generator(rng)
    require_columns(times.columns, ("entered_at", "clearance_hours", "cleared"))
    _require_moments(times["entered_at"], "entered_at")
    hours = pd.to_numeric(times["clearance_hours"], errors="coerce")
    refuse_rows(hours.isna() | (hours < 0), _("clearance_hours is missing or negative"), _("Take the table from clearance_times."))
    codes = week_codes(times["entered_at"])
    draws = week_weights(codes, resamples, rng)
    handbook = float(get("pricing.clearance_days", unit="days"))
    cleared = times["cleared"].to_numpy(dtype=bool)
    point, ends, kept = _quantile(hours.to_numpy(), cleared, codes, draws, covered, level, handbook * 24)
    if np.isnan(point) or np.isnan(ends[1]):
        raise ValueError(
            _("Too few parcels were cleared: the share {share:.0%} is not reached. Ask for a smaller share.").format(share=covered)
        )
    rows = []
    if "product" in times:
        for product, here in times.groupby("product", observed=True, sort=True):
            own = times["product"].to_numpy() == product
            value, (low, high), _kept = _quantile(hours.to_numpy()[own], cleared[own], codes[own], draws, covered, level, handbook * 24)
            rows.append((product, len(here), value, low, high))
    table = pd.DataFrame(rows, columns=["product", "parcels", "clearance_hours", "low", "high"])
    return ClearancePromise(covered, point, *ends, level, len(times), int((~cleared).sum()), int(np.ceil(round(ends[1] / 24, 6))), handbook,
                            *kept, table, times.reset_index(drop=True))  # fmt: skip


def _quantile(
    hours: np.ndarray, cleared: np.ndarray, codes: np.ndarray, draws: np.ndarray, share: float, level: float, limit: float
) -> tuple[float, tuple[float, float], tuple[float, float, float]]:
    """Kaplan–Meier quantile with its interval, and the share cleared within `limit` hours with its own."""
    order = np.argsort(hours, kind="stable")
    hours, cleared, codes = hours[order], cleared[order], codes[order]
    weights = np.vstack([np.ones(len(hours)), draws[:, codes]])
    at_risk = np.cumsum(weights[:, ::-1], axis=1)[:, ::-1]
    gone = np.where(cleared & (weights > 0), weights / np.maximum(at_risk, 1e-12), 0)
    # Ties count one after the other: with events before censorings at one moment this is the Kaplan–Meier product itself.
    done = 1 - np.cumprod(1 - np.minimum(gone, 1), axis=1)
    reached = done >= share - 1e-9
    found = np.where(reached.any(axis=1), hours[reached.argmax(axis=1)], np.nan)
    within = np.searchsorted(hours, limit, side="right")
    kept = done[:, within - 1] if within else np.zeros(len(done))
    cuts = tails(level, draws.shape[1])
    if np.isnan(found[1:]).mean() > cuts[0]:
        ends = (float(np.nanquantile(found, cuts[0])) if np.isfinite(found).any() else np.nan, np.nan)
    else:
        ends = tuple(map(float, np.nanquantile(found[1:], cuts)))
    return float(found[0]), ends, (float(kept[0]), *map(float, np.quantile(kept[1:], cuts)))


def _require_moments(values: pd.Series, name: str) -> None:
    if not pd.api.types.is_datetime64_any_dtype(values):
        raise ValueError(_("{name} is not a date. Turn it into dates with pd.to_datetime first.").format(name=name))
    refuse_rows(values.isna(), _("{name} is missing").format(name=name), _("Fill in the value, or drop these rows."))
