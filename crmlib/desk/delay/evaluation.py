"""How well the delay model predicted a later period: coverage, pinball loss against simple forecasts, and the chance to be late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.desk.delay.intervals import ratio, share, weeks
from crmlib.desk.delay.model import moment, settled, watched
from crmlib.desk.delay.moments import FEATURES, NODES, Known, features, parcels_of
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company
    from crmlib.desk.delay.model import DelayModel

_MOST_ROWS = 200_000
"""Longer periods are tested on so many moments, taken at equal steps."""

_P_STEPS = np.array([0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])


@dataclass(frozen=True, eq=False)
class DelayEvaluation:
    """Forecasts against what came.

    `coverage`: group (all, peak, off_peak, incident, at_scan, between_scans, nodes), quantile, covered (share of moments at which no more hours
    were needed than the quantile said), low, high, moments;
    `pinball`: method (model, promise, route_product, last_month), quantile, pinball (hours), skill (1 − the model's loss over the method's),
    low, high;
    `lateness`: method, brier, skill, low, high;
    `calibration`: p_from, p_to, predicted (mean p_late), late_share, low, high, moments (still within their promise).
    Intervals of 95 % take weeks as clusters.
    """

    coverage: pd.DataFrame
    pinball: pd.DataFrame
    lateness: pd.DataFrame
    calibration: pd.DataFrame
    since: pd.Timestamp
    until: pd.Timestamp

    def summary(self) -> str:
        """Coverage and what it gains, in two sentences."""
        table = self.coverage
        least = table["quantile"].max()
        rows = table[table["quantile"] == least].set_index("group")
        rival = self.pinball[self.pinball["method"] != "model"].groupby("method")["pinball"].mean().idxmin()
        gain = self.pinball[(self.pinball["method"] == rival)]["skill"].mean()
        text = _("From {since} to {until}, {covered:.1%} of {moments:,} moments needed no more hours than the {quantile:.0%} quantile said "
                 "({low:.1%} to {high:.1%}). ").format(
            since=f"{self.since:%Y-%m-%d}", until=f"{self.until:%Y-%m-%d}", quantile=least,
            moments=int(rows.moments["all"]), **rows.loc["all", ["covered", "low", "high"]])  # fmt: skip
        if pd.notna(peak := rows.covered.get("peak")):
            text += _("In peaks it was {peak:.1%}. ").format(peak=peak)
        return text + _("The loss is {gain:.0%} lower than that of the best simple forecast ({rival}).").format(gain=gain, rival=_method(rival))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Forecast chance to be late against the share that was; see :func:`crmlib.plotting.delay_calibration`."""
        from crmlib.plotting import delay_calibration

        return delay_calibration(self, ax=ax)


def _method(code: str) -> str:
    from crmlib.company.schema import label

    return label(code, "method")


def evaluate(model: DelayModel, company: Company, *, since: object = None, until: object = None) -> DelayEvaluation:
    """Test `model` on parcels picked up from `since` (None: from the end of calibration) of which, by `until`, the signature is known."""
    since = model.calibrate_until if since is None else moment(since, "since")
    parcels = parcels_of(company)
    last = parcels["picked_up_at"].max()
    until = last.ceil("D") if until is None else moment(until, "until")
    if since < model.calibrate_until:
        raise ValueError(_("Up to {date} the model learnt and was calibrated; a test on those parcels would flatter it. Begin then or later.").format(
            date=f"{model.calibrate_until:%Y-%m-%d}"))  # fmt: skip
    rows = watched(company, parcels)
    picked = parcels["picked_up_at"].to_numpy()[rows["row"].to_numpy()]
    signed = rows["moment"].to_numpy() + np.nan_to_num(rows["hours"].to_numpy() * 3600).astype("timedelta64[s]")
    there = rows["hours"].notna().to_numpy()
    fresh = there & (picked >= since.to_datetime64()) & (picked < settled(company, until)) & (signed < until.to_datetime64())
    if fresh.sum() < 200:
        raise ValueError(_("From {since} to {until} there are {count} moments of signed parcels; at least 200 are needed.").format(
            since=f"{since:%Y-%m-%d}", until=f"{until:%Y-%m-%d}", count=int(fresh.sum())))  # fmt: skip
    known = Known(company, parcels["picked_up_at"].to_numpy())
    early = there & (signed < model.learn_until.to_datetime64())
    fresh = np.flatnonzero(fresh)[:: -(-int(fresh.sum()) // _MOST_ROWS)]
    own = rows.iloc[fresh].reset_index(drop=True)
    seen, hours = features(parcels, own, own["moment"].to_numpy(), known), own["hours"].to_numpy()
    quantiles, p_late = model.quantiles(seen)
    cluster = weeks(picked[fresh])
    past = np.flatnonzero(early | (there & (picked >= since.to_datetime64() - np.timedelta64(45, "D")) & (signed < until.to_datetime64())))
    past = rows.iloc[past[:: -(-len(past) // (2 * _MOST_ROWS))]]
    past_seen = features(parcels, past, past["moment"].to_numpy(), known)
    rivals = _rivals(model, seen, own, past_seen, past)
    return DelayEvaluation(_coverage(model, seen, own, hours, quantiles, cluster), _pinball(model, hours, quantiles, rivals, cluster),
                           *_lateness(seen, hours, p_late, rivals, cluster), since, until)  # fmt: skip


def _column(seen: np.ndarray, name: str) -> np.ndarray:
    return seen[:, FEATURES.index(name)].astype(float)


def _keys(seen: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    return sum((seen[:, FEATURES.index(name)].astype(np.int64) + 1) * 16**place for place, name in enumerate(names))


def _looked_up(by: pd.DataFrame, keys: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    found = by.reindex(keys).to_numpy(dtype=float)
    return np.where(np.isnan(found), otherwise, found)


def _rivals(model: DelayModel, seen: np.ndarray, own: pd.DataFrame, past_seen: np.ndarray, past: pd.DataFrame) -> dict:
    """Of each simple forecast, remaining hours by level and the chance to be late, told at the moments of `seen`.

    The promise: the hours left of it, never late. route_product: quantiles of all hours by route and product up to learn_until, less the age.
    last_month: quantiles of remaining hours, and the share late, by node, scope and product, of what was signed in the calendar month before.
    """
    levels = list(model.levels)
    left = np.maximum(_column(seen, "left_hours"), 0)
    rivals = {"promise": (np.repeat(left[:, None], len(levels), axis=1), (_column(seen, "left_hours") <= 0).astype(float))}
    hours = past["hours"].to_numpy()
    signed = past["moment"].to_numpy() + (hours * 3600).astype("timedelta64[s]")
    age, late = _column(past_seen, "age_hours"), (hours > _column(past_seen, "left_hours")).astype(float)
    route = ("scope", "product", "origin", "destination")
    once = (signed < model.learn_until.to_datetime64()) & (past_seen[:, 0] == NODES.index("picked_up")) & ~past["between"].to_numpy()
    took = pd.Series((hours + age)[once]).groupby(_keys(past_seen[once], route))
    usual = np.quantile((hours + age)[once], levels)
    whole = _looked_up(took.quantile(levels).unstack(), _keys(seen, route), usual)
    chance = pd.DataFrame({"late": pd.Series(late[once]).groupby(_keys(past_seen[once], route)).mean()})
    rivals["route_product"] = (np.maximum(whole - _column(seen, "age_hours")[:, None], 0),
                               _looked_up(chance, _keys(seen, route), late[once].mean())[:, 0])  # fmt: skip
    group = ("node", "scope", "product")
    month, of = signed.astype("datetime64[M]").astype(int) + 1, own["moment"].to_numpy().astype("datetime64[M]").astype(int)
    keys, past_keys = _keys(seen, group), _keys(past_seen, group)
    quantiles, chances = np.empty((len(seen), len(levels))), np.empty(len(seen))
    for one in np.unique(of):
        here, before = of == one, month == one
        before = before if before.any() else once
        by = pd.Series(hours[before]).groupby(past_keys[before])
        quantiles[here] = _looked_up(by.quantile(levels).unstack(), keys[here], np.quantile(hours[before], levels))
        by = pd.DataFrame({"late": pd.Series(late[before]).groupby(past_keys[before]).mean()})
        chances[here] = _looked_up(by, keys[here], late[before].mean())[:, 0]
    return rivals | {"last_month": (quantiles, chances)}


def _coverage(model, seen: np.ndarray, own: pd.DataFrame, hours: np.ndarray, quantiles: np.ndarray, cluster: np.ndarray) -> pd.DataFrame:
    peak, between, node = _column(seen, "festival") > 0, own["between"].to_numpy(), seen[:, 0].astype(int)
    groups = {"all": np.ones(len(hours), dtype=bool), "peak": peak, "off_peak": ~peak, "incident": _column(seen, "severity") > 0,
              "at_scan": ~between, "between_scans": between}  # fmt: skip
    groups |= {name: node == code for code, name in enumerate(NODES) if (node == code).any()}
    rows = [
        (group, level, *share(hours <= quantiles[:, place], rows, cluster), int(rows.sum()))
        for group, rows in groups.items() if rows.any() for place, level in enumerate(model.levels)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["group", "quantile", "covered", "low", "high", "moments"])


def _skill(ours: np.ndarray, theirs: np.ndarray, cluster: np.ndarray) -> tuple[float, float, float]:
    value, low, high = ratio(ours, theirs, cluster)
    return 1 - value, 1 - high, 1 - low


def _pinball(model, hours: np.ndarray, quantiles: np.ndarray, rivals: dict, cluster: np.ndarray) -> pd.DataFrame:
    def loss(told: np.ndarray, level: float) -> np.ndarray:
        short = hours - told
        return np.maximum(level * short, (level - 1) * short)

    rows = []
    for place, level in enumerate(model.levels):
        ours = loss(quantiles[:, place], level)
        rows.append(("model", level, ours.mean(), np.nan, np.nan, np.nan))
        for name, (told, _chance) in rivals.items():
            theirs = loss(told[:, place], level)
            rows.append((name, level, theirs.mean(), *_skill(ours, theirs, cluster)))
    return pd.DataFrame(rows, columns=["method", "quantile", "pinball", "skill", "low", "high"])


def _lateness(seen: np.ndarray, hours: np.ndarray, p_late: np.ndarray, rivals: dict, cluster: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    open_yet = _column(seen, "left_hours") > 0
    late, p_late, cluster = (hours > _column(seen, "left_hours"))[open_yet], p_late[open_yet], pd.factorize(cluster[open_yet])[0]
    ours = (p_late - late) ** 2
    rows = [("model", ours.mean(), np.nan, np.nan, np.nan)]
    for name, (_told, chance) in rivals.items():
        theirs = (chance[open_yet] - late) ** 2
        rows.append((name, theirs.mean(), *_skill(ours, theirs, cluster)))
    step = np.clip(np.searchsorted(_P_STEPS, p_late, side="right") - 1, 0, len(_P_STEPS) - 2)
    bins = [
        (_P_STEPS[one], _P_STEPS[one + 1], p_late[step == one].mean(), *share(late, step == one, cluster), int((step == one).sum()))
        for one in np.unique(step)
    ]
    return (pd.DataFrame(rows, columns=["method", "brier", "skill", "low", "high"]),
            pd.DataFrame(bins, columns=["p_from", "p_to", "predicted", "late_share", "low", "high", "moments"]))  # fmt: skip
