"""The delay model: how many hours a parcel still needs, with quantiles that were calibrated on a later period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.checks import need_frame
from crmlib.desk.delay.moments import FEATURES, NODES, Known, features, parcels_of, scans_of
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company
    from crmlib.desk.delay.evaluation import DelayEvaluation

LEVELS = (0.1, 0.5, 0.8, 0.9)
_GOLDEN = (5**0.5 - 1) / 2
_SILENT_HOURS = 24.0
"""Between scans the model learns at moments so many hours after a scan, on the mean (exponential)."""

_MOST_ROWS = 100_000
_STEPS = 500
_SHIFT = 0.5
"""Hours are taken as the logarithm of hours + 0.5, so that the last half hour does not weigh more than days."""

_PERCENT = np.linspace(0, 1, 101)
_GROUPS, _LEAST = 2 * len(NODES), 200
_HOUR = np.timedelta64(1, "h")
_SECOND = np.timedelta64(1, "s")


@dataclass(frozen=True, eq=False)
class DelayModel:
    """What the hours of parcels on the way are predicted by; made by :func:`fit_delay_model`.

    `learn_until`, `calibrate_until`: the periods; `levels`: the quantiles given; `learnt_moments`, `calibrated_moments`: on how many moments
    it rests.
    """

    learn_until: pd.Timestamp
    calibrate_until: pd.Timestamp
    levels: tuple[float, ...]
    learnt_moments: int
    calibrated_moments: int
    middle: Any
    spread: Any

    steps: np.ndarray
    """Groups (node, in silence or not) × steps: the quantiles of the calibration period's standardised errors."""

    chances: np.ndarray
    """Groups × hundredths: the share that was late in the calibration period, by the chance that the quantiles have."""

    most_silent: float
    """Hours of the longest silence that was learnt from; a parcel silent for longer gets no forecast."""

    def predict(self, company: Company, *, as_of: object, tracking: pd.DataFrame | None = None) -> pd.DataFrame:
        """When the parcels on the way at a moment will be signed, as one could know then.

        Answers: when does each parcel arrive, and will it be late?

        Parameters
        ----------
        company : Company, whose waybills, customers, calendar and incidents are used
        as_of : moment; scans and parcels after it change nothing
        tracking : DataFrame, optional, scans with waybill_id, node, scanned_at; without it those of the company

        Returns
        -------
        DataFrame, one row a parcel that is picked up and not signed
            waybill_id, customer_id, node (last scan), scanned_at, silent_hours (since then), promised_at, remaining hours from as_of by
            quantile (hours_p10 …), predicted_at (as_of and the median), p_late (1 once the promise is broken). Hours are missing where a
            parcel was silent for longer than any that was learnt from: it is lost rather than late.

        Raises
        ------
        ValueError
            `as_of` is no moment, or a table lacks a column.
        """
        as_of = moment(as_of, "as_of")
        parcels = parcels_of(company)
        parcels = parcels[(parcels["picked_up_at"] <= as_of).to_numpy()].reset_index(drop=True)
        tracking = company.tracking if tracking is None else tracking
        need_frame(tracking, "tracking")
        tracking = tracking[(tracking["scanned_at"] <= as_of).to_numpy()]
        scans = scans_of(tracking, parcels)
        last = scans[scans["next_at"].isna().to_numpy() & ~scans["row"].duplicated(keep="last").to_numpy()].reset_index(drop=True)
        at = np.full(len(last), as_of.to_datetime64()).astype("datetime64[s]")
        return self._told(parcels, last, at, Known(company, parcels["picked_up_at"].to_numpy())).drop(columns="at")

    def at_scans(self, company: Company, *, since: object, until: object) -> pd.DataFrame:
        """The same as `predict` at the moment `at` of every scan (but the signature) from `since` to before `until`.

        Answers: how did the forecast of each parcel change on its way?
        """
        since, until = moment(since, "since"), moment(until, "until")
        parcels = parcels_of(company)
        scans = scans_of(company.tracking, parcels)
        scans = scans[scans["at"].between(since, until, inclusive="left").to_numpy()].reset_index(drop=True)
        return self._told(parcels, scans, scans["at"].to_numpy(), Known(company, parcels["picked_up_at"].to_numpy()))

    def _told(self, parcels: pd.DataFrame, scans: pd.DataFrame, at: np.ndarray, known: Known) -> pd.DataFrame:
        seen = features(parcels, scans, at, known)
        hours, p_late = self.quantiles(seen)
        hours[seen[:, FEATURES.index("stage_hours")] > self.most_silent] = np.nan
        own = parcels.iloc[scans["row"].to_numpy()].reset_index(drop=True)
        table = pd.DataFrame({
            "waybill_id": own["waybill_id"], "customer_id": own["customer_id"], "at": at.astype("datetime64[us]"),
            "node": pd.Categorical.from_codes(scans["node"].to_numpy(), list(NODES)), "scanned_at": scans["at"].to_numpy().astype("datetime64[us]"),
            "silent_hours": seen[:, FEATURES.index("stage_hours")].astype(float), "promised_at": own["promised_at"],
        })  # fmt: skip
        for place, level in enumerate(self.levels):
            table[level_name(level)] = hours[:, place]
        middle = at_level(hours, self.levels, 0.5)
        table["predicted_at"] = table["at"] + pd.to_timedelta(np.rint(middle * 60), unit="m").astype("timedelta64[us]")
        return table.assign(p_late=p_late)

    def standard(self, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Middle and spread of the logarithm of the remaining hours, from what is seen."""
        if not len(seen):
            return np.empty(0), np.empty(0)
        return self.middle.predict(seen), np.exp(self.spread.predict(seen))

    def quantiles(self, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Remaining hours (moments × levels) and the chance to be late, from the rows of `features`."""
        middle, spread = self.standard(seen)
        group, left = _group(seen), seen[:, FEATURES.index("left_hours")]
        at = np.array(self.levels) * (self.steps.shape[1] - 1)
        low = np.floor(at).astype(int)
        errors = self.steps[:, low] * (1 - (at - low)) + self.steps[:, np.minimum(low + 1, self.steps.shape[1] - 1)] * (at - low)
        hours = np.maximum(np.exp(middle[:, None] + spread[:, None] * errors[group]) - _SHIFT, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            where = np.where(left > 0, (np.log(np.maximum(left, 0) + _SHIFT) - middle) / spread, -np.inf)
        p_late = np.ones(len(seen))
        share = np.linspace(0, 1, self.steps.shape[1])
        for code in np.unique(group):
            rows = group == code
            p_late[rows] = np.interp(1 - np.interp(where[rows], self.steps[code], share), _PERCENT, self.chances[code])
        return hours, np.where(left > 0, p_late, 1.0)

    def evaluate(self, company: Company, *, since: object = None, until: object = None) -> DelayEvaluation:
        """How well it predicted a later period; see :class:`DelayEvaluation`."""
        from crmlib.desk.delay.evaluation import evaluate

        return evaluate(self, company, since=since, until=until)

    def summary(self) -> str:
        """On what it rests, in two sentences."""
        return _("Learnt on {learnt:,} moments of parcels signed before {learn}; its quantiles were set on {calibrated:,} moments from then to "
                 "{calibrate}. Test it on what came after: .evaluate(company).").format(
            learnt=self.learnt_moments, learn=f"{self.learn_until:%Y-%m-%d}", calibrated=self.calibrated_moments,
            calibrate=f"{self.calibrate_until:%Y-%m-%d}")  # fmt: skip

    def plot(self, company: Company, waybill_id: str, *, ax: Axes | None = None) -> Axes:
        """The forecast of one parcel from scan to scan; see :func:`crmlib.plotting.delay_path`."""
        from crmlib.plotting import delay_path

        return delay_path(self, company, waybill_id, ax=ax)


def level_name(level: float) -> str:
    """The column of a quantile.

    >>> level_name(0.1)
    'hours_p10'
    """
    return f"hours_p{round(100 * level)}"


def at_level(hours: np.ndarray, levels: tuple[float, ...], level: float) -> np.ndarray:
    """The quantile `level` of each row, read off between the quantiles given."""
    high = min(int(np.searchsorted(levels, level)), len(levels) - 1)
    low = high if levels[high] == level else max(high - 1, 0)
    weight = 0.0 if low == high else (level - levels[low]) / (levels[high] - levels[low])
    return hours[:, low] * (1 - weight) + hours[:, high] * weight


def moment(value: object, name: str) -> pd.Timestamp:
    """`value` as a moment, or a sentence."""
    try:
        found = pd.Timestamp(value) if isinstance(value, str) or hasattr(value, "year") or isinstance(value, np.datetime64) else pd.NaT
    except (ValueError, TypeError):
        found = pd.NaT
    if found is pd.NaT or found.tzinfo is not None:
        raise ValueError(_('{name} is {value}; give a moment such as "2026-10-01" or "2026-10-01 08:30", Beijing time.').format(
            name=name, value=value))  # fmt: skip
    return found


def watched(company: Company, parcels: pd.DataFrame) -> pd.DataFrame:
    """The moments from which one learns: every scan, and one moment in the silence after it unless the next scan came before.

    row, node, at (scan), moment, next_at, between (no scan at the moment), hours (remaining, missing where not signed). How long after the
    scan does not depend on what came later, so that the silence means what it means on the day.
    """
    scans = scans_of(company.tracking, parcels)
    wait = -_SILENT_HOURS * np.log1p(-((scans["row"].to_numpy() * len(NODES) + scans["node"].to_numpy() + 1) * _GOLDEN % 1))
    later = scans["at"].to_numpy() + (wait * 3600).astype("timedelta64[s]")
    next_at = scans["next_at"].to_numpy()
    silent = ~np.isnat(next_at) & (later < next_at)
    whole = pd.concat([scans.assign(moment=scans["at"], between=False), scans[silent].assign(moment=later[silent], between=True)], ignore_index=True)
    signed = company.waybills["delivered_at"].to_numpy().astype("datetime64[s]")[whole["row"].to_numpy()]
    return whole.assign(hours=(signed - whole["moment"].to_numpy()) / _HOUR)


def settled(company: Company, until: pd.Timestamp) -> np.datetime64:
    """The day before which parcels were picked up of which, by `until`, all but one in a hundred were signed."""
    picked, signed = (company.waybills[name].to_numpy() for name in ("picked_up_at", "delivered_at"))
    known = signed < until.to_datetime64()
    if not known.any():
        return until.to_datetime64()
    took = (signed[known] - picked[known]) / _SECOND
    return until.to_datetime64() - (np.quantile(took, 0.99) * _SECOND).astype("timedelta64[s]")


def fit_delay_model(
    company: Company, *, learn_until: object = None, calibrate_until: object = None, levels: tuple[float, ...] = LEVELS,
    most_rows: int = _MOST_ROWS,
) -> DelayModel:  # fmt: skip
    """Learn how many hours parcels still need, by what is known on their way.

    Answers: when will this parcel arrive, how surely, and will the promise be kept?

    Parameters
    ----------
    company : Company
        Uses waybills, tracking, customers (region), calendar (festival), incidents.
    learn_until : moment, optional
        The model learns from parcels signed before it. Without it, a third of the time of the data.
    calibrate_until : moment, optional
        The width of its quantiles is set on parcels picked up after `learn_until` and signed before this. Without it, half of the time.
    levels : quantiles to give, rising, between 0 and 1
    most_rows : it learns from at most so many moments, taken at equal steps

    Returns
    -------
    DelayModel
        `.predict(company, as_of=…)`, `.at_scans(…)`, `.evaluate(company)`, `.summary()`, `.plot(company, waybill_id)`

    Raises
    ------
    ValueError
        The periods are not in order, or hold fewer than 200 moments; levels do not rise.

    Notes
    -----
    Two gradient-boosted regressions give middle and spread of log(hours + 0.5); the errors of the calibration period in units of the spread,
    by node, are the quantiles: split conformal prediction with a scaled score. The chance to be late is read off them and then set to the
    share that was late in the calibration period (isotonic regression). On the shipped firm four separate
    quantile regressions and a classifier are no better at twice the work (pinball loss 2.882 hours against 2.881, Brier score 0.0419 against
    0.0416: benchmarks/bench_delay.py); quantiles of groups (node, product, scope, hour, age) have a loss 21 % higher.
    The promise of coverage holds as long as the later period is like that of calibration; `.evaluate` measures it.

    Source: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman (2018), distribution-free predictive inference; Ke et al. (2017) on boosting
    with histograms; own.

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> firm = simulate_as_wanted(customers=40, months=2, seed=1)
    >>> model = fit_delay_model(firm, learn_until="2024-11-20", calibrate_until="2024-12-10", most_rows=400)
    >>> bool(model.predict(firm, as_of="2024-12-15").p_late.between(0, 1).all())
    True
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    levels = tuple(float(level) for level in levels)
    if not levels or any(not 0 < level < 1 for level in levels) or sorted(set(levels)) != list(levels):
        raise ValueError(_("levels is {levels}; give rising numbers between 0 and 1, such as 0.1, 0.5, 0.9.").format(levels=levels))
    parcels = parcels_of(company)
    if parcels.empty:
        raise ValueError(_("There are no waybills to learn from."))
    first, last = parcels["picked_up_at"].min().normalize(), parcels["picked_up_at"].max()
    learn = (first + (last - first) / 3).normalize() if learn_until is None else moment(learn_until, "learn_until")
    calibrate = (first + (last - first) / 2).normalize() if calibrate_until is None else moment(calibrate_until, "calibrate_until")
    if not first < learn < calibrate:
        raise ValueError(_("The periods must follow each other: data from {first}, learn_until {learn}, calibrate_until {calibrate}.").format(
            first=f"{first:%Y-%m-%d}", learn=f"{learn:%Y-%m-%d}", calibrate=f"{calibrate:%Y-%m-%d}"))  # fmt: skip
    known = Known(company, parcels["picked_up_at"].to_numpy())
    rows = watched(company, parcels)
    picked = parcels["picked_up_at"].to_numpy()[rows["row"].to_numpy()]
    signed = rows["moment"].to_numpy() + np.nan_to_num(rows["hours"].to_numpy() * 3600).astype("timedelta64[s]")
    there = rows["hours"].notna().to_numpy()
    early = np.flatnonzero(there & (signed < learn.to_datetime64()) & (picked < settled(company, learn)))
    later = np.flatnonzero(there & (signed < calibrate.to_datetime64()) & (picked >= learn.to_datetime64()) & (picked < settled(company, calibrate)))
    for name, found in ((_("learning"), early), (_("calibration"), later)):
        if len(found) < 200:
            raise ValueError(_("The period of {name} holds {count} moments of signed parcels; at least 200 are needed. Move the dates.").format(
                name=name, count=len(found)))  # fmt: skip
    silence = float(((rows["next_at"] - rows["at"]).to_numpy()[early] / _HOUR).max())
    early, later = (found[:: -(-len(found) // most_rows)] for found in (early, later))

    def seen(found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        own = rows.iloc[found]
        return features(parcels, own, own["moment"].to_numpy(), known), np.log(own["hours"].to_numpy() + _SHIFT)

    options = {"early_stopping": False, "learning_rate": 0.1, "random_state": 0}
    table, target = seen(early)
    middle = HistGradientBoostingRegressor(max_iter=100, min_samples_leaf=40, **options).fit(table, target)
    rest = np.log(np.abs(target - middle.predict(table)) + 0.02)
    spread = HistGradientBoostingRegressor(max_iter=30, min_samples_leaf=100, **options).fit(table, rest)
    table, target = seen(later)
    errors = (target - middle.predict(table)) / np.exp(spread.predict(table))
    group = _group(table)
    raw = DelayModel(learn, calibrate, levels, len(early), len(later), middle, spread, _steps(errors, group), np.tile(_PERCENT, (_GROUPS, 1)), silence)
    left = table[:, FEATURES.index("left_hours")]
    open_yet = left > 0
    told = raw.quantiles(table[open_yet])[1]
    return replace(raw, chances=_chances(told, (np.exp(target) - _SHIFT > left)[open_yet], group[open_yet]))


def _group(seen: np.ndarray) -> np.ndarray:
    """Which moments are calibrated together: those of a node, at its scan or in the silence after it."""
    return seen[:, 0].astype(int) * 2 + (seen[:, FEATURES.index("stage_hours")] > 0)


def _steps(errors: np.ndarray, group: np.ndarray) -> np.ndarray:
    """The quantiles of the errors by group, as if one more error lay beyond the largest: what split conformal prediction asks for."""
    out = np.empty((_GROUPS, _STEPS + 1))
    for code in range(_GROUPS):
        own = errors[group == code]
        own = np.sort(own if len(own) >= _LEAST else errors)
        places = np.linspace(0, 1, _STEPS + 1) * (len(own) + 1) - 1
        out[code] = np.interp(places, np.arange(len(own)), own)
    return out


def _chances(told: np.ndarray, late: np.ndarray, group: np.ndarray) -> np.ndarray:
    """By group, a rising curve from the chance told to the share that was late (isotonic regression), at every hundredth."""
    from sklearn.isotonic import IsotonicRegression

    out = np.tile(_PERCENT, (_GROUPS, 1))
    step = np.rint(told * 100).astype(int)
    for code in range(_GROUPS):
        own = group == code
        if own.sum() >= _LEAST:
            count, hits = (np.bincount(step[own], weights=values[own], minlength=101) for values in (np.ones(len(late)), late.astype(float)))
            there = count > 0
            curve = IsotonicRegression(out_of_bounds="clip").fit(_PERCENT[there], hits[there] / count[there], sample_weight=count[there])
            out[code] = curve.predict(_PERCENT)
    return out
