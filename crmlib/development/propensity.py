"""Who will take a service up next: learnt at one day, judged at a later one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns, require_share
from crmlib.churn.metrics import calibration_table, gain_table, generator, score_chances
from crmlib.development.logistic import Logistic, fit_logistic
from crmlib.economics.given import need_table
from crmlib.economics.spans import tables_for
from crmlib.i18n import _
from crmlib.segments.per_customer import day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

_MARKETS = ("corporate", "walk_in")
_PENALTY = 1.0
"""Few take a service up: without it, a rare feature would decide alone."""


def uptake_frame(
    company: Company | Mapping[str, pd.DataFrame], *, service: str, cutoff: object, history_months: int = 6, window_months: int = 6
) -> pd.DataFrame:
    """Customers who did not use a service before the cut-off, what was known of them, and whether they took it up after it.

    Answers: of whom could we have known that they would start to ship express, or abroad?

    Parameters
    ----------
    company : Company, or tables by name: customers, waybills
    service : a product or scope of the waybills, such as "express" or "cross_border"
    cutoff : date
    history_months, window_months : int
        What is looked at before the cut-off, and how long one waits for the service after it. With window_months=0 nobody has waited
        yet, and took_up is left out: such a frame is for `Propensity.score`.

    Returns
    -------
    DataFrame, one row a customer who shipped in the history without the service, indexed by customer_id
        took_up (bool), log_parcels, log_price (mean price), days_since_last, tenure_years, share_… (of each other product and scope), kind
        of market, and trades_abroad (has cross-border business; 0/1)

    Raises
    ------
    ValueError
        A column is missing, no parcel ever had that service, or the data do not reach from history to window.

    >>> from crmlib.company import lark
    >>> frame = uptake_frame(lark(), service="express", cutoff="2025-11-01")
    >>> bool(0 < frame["took_up"].mean() < 1)
    True
    """
    tables = tables_for(company, ["customers", "waybills"])
    bills, people = tables["waybills"], tables["customers"].set_index("customer_id")
    require_columns(bills.columns, ["customer_id", "picked_up_at", "product", "scope", "price_yuan"])
    require_columns(people.columns, ["opened_on", "market", "cross_border"])
    cut = day(cutoff, "cutoff")
    first, last = cut - pd.DateOffset(months=history_months), cut + pd.DateOffset(months=window_months)
    column = "product" if (bills["product"] == service).any() else "scope"
    if not (bills[column] == service).any():
        raise ValueError(_("No parcel has the service {service}.").format(service=service))
    slack = pd.Timedelta(days=7)
    if bills["picked_up_at"].min() > first + slack or bills["picked_up_at"].max() < last - slack:
        raise ValueError(_("The waybills must reach from {first} to {last}.").format(first=first.date(), last=last.date()))
    sender, ids = pd.factorize(bills["customer_id"])
    with_it, moment = (bills[column] == service).to_numpy(dtype=bool), bills["picked_up_at"].to_numpy()
    past, ahead = moment < cut.to_numpy(), (moment >= cut.to_numpy()) & (moment < last.to_numpy())
    ever, later = np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=bool)
    ever[sender[with_it & past]], later[sender[with_it & ahead]] = True, True
    before = bills[past & (moment >= first.to_numpy()) & ~ever[sender]]
    groups = before.groupby("customer_id")
    frame = pd.DataFrame({"took_up": groups.size().index.isin(ids[later])}, index=groups.size().index)
    frame["log_parcels"] = np.log(groups.size())
    frame["log_price"] = np.log(groups["price_yuan"].mean().clip(lower=0.01))
    frame["days_since_last"] = (cut - groups["picked_up_at"].max()).dt.total_seconds() / 86400
    mine = people.reindex(frame.index)
    frame["tenure_years"] = (cut - mine["opened_on"]).dt.days / 365.25
    for kind in ("product", "scope"):
        # One share of each kind is what the others leave over.
        for name in sorted(set(bills[kind].dropna().unique()) - {service})[1:]:
            frame[f"share_{name}"] = (before[kind] == name).groupby(before["customer_id"]).mean().reindex(frame.index)
    for name in _MARKETS:
        frame[f"market[{name}]"] = (mine["market"].astype(object) == name).astype("float64")
    frame["trades_abroad"] = (mine["cross_border"].astype(object) != "none").astype("float64")
    return frame if window_months else frame.drop(columns="took_up")


@dataclass(frozen=True, eq=False)
class Propensity:
    """Who is likely to take a service up, judged on a later day.

    `customers`, indexed by customer_id, the likeliest first: chance, took_up. `effects`: feature, coefficient, standard_error, odds_ratio,
    low, high. `metrics`, `calibration`, `gain`: as of `crmlib.churn`. `simple_auc`: what ranking by the number of parcels alone reaches;
    `ahead`: by how much the model's AUC exceeds that, with low and high from the same resampled customers.
    """

    customers: pd.DataFrame = field(repr=False)
    effects: pd.DataFrame = field(repr=False)
    metrics: pd.DataFrame
    calibration: pd.DataFrame = field(repr=False)
    gain: pd.DataFrame = field(repr=False)
    simple_auc: float
    ahead: tuple[float, float, float]
    fit: Logistic = field(repr=False)
    level: float

    def score(self, frame: pd.DataFrame) -> pd.Series:
        """The chance of each customer of an `uptake_frame`, the highest first."""
        need_table("frame", frame, self.fit.names[1:])
        return pd.Series(self.fit.chance(frame), index=frame.index, name="uptake_chance").sort_values(ascending=False, kind="stable")

    def summary(self) -> str:
        """The result in two sentences."""
        row = self.metrics.set_index("metric")
        return _(
            "On {count} customers of a later day the AUC is {auc:.2f} ({low:.2f} to {high:.2f}); ranking by parcels alone reaches {simple:.2f}; "
            "the difference is {ahead:+.2f} ({ahead_low:+.2f} to {ahead_high:+.2f}). "
            "The likeliest tenth takes the service up {lift:.1f} times as often as all ({lift_low:.1f} to {lift_high:.1f})."
        ).format(
            count=len(self.customers), auc=row.value["auc"], low=row.low["auc"], high=row.high["auc"], simple=self.simple_auc,
            ahead=self.ahead[0], ahead_low=self.ahead[1], ahead_high=self.ahead[2],
            lift=row.value["top_decile_lift"], lift_low=row.low["top_decile_lift"], lift_high=row.high["top_decile_lift"],
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """How many of those who took it up the first offers reach; see :func:`crmlib.plotting.lead_gain`."""
        from crmlib.plotting.development import lead_gain

        return lead_gain(self, ax=ax)


def propensity(
    train: pd.DataFrame, test: pd.DataFrame, *, level: float = 0.95, resamples: int = 500, rng: np.random.Generator | int
) -> Propensity:
    """Learn at one cut-off who takes a service up, and judge at a later one.

    Answers: to whom do we offer the service first, and how far can the list be trusted?

    Parameters
    ----------
    train, test : DataFrames from `uptake_frame`; the window of `train` must be over when `test` begins
    level : float, 0–1
    resamples : int
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    Propensity
        customers, effects, metrics, calibration, gain, simple_auc, ahead; `.score(frame)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        The frames have different columns, or there are not ten customers of either kind.

    Notes
    -----
    Who takes a service up anyway is not who would because of an offer. Only an offer drawn by lot tells that (`crmlib.uplift`).

    Source: Hosmer, Lemeshow and Sturdivant (2013).

    >>> from crmlib.company import lark
    >>> frames = [uptake_frame(lark(), service="same_city", cutoff=day) for day in ("2025-07-01", "2026-02-01")]
    >>> bool(propensity(*frames, resamples=100, rng=1).metrics.value[0] > 0.5)
    True
    """
    require_share("level", level)
    need_table("train", train, ["took_up", "log_parcels"])
    features = [name for name in train.columns if name != "took_up"]
    need_table("test", test, ["took_up", *features])
    for frame, name in ((train, _("to learn from")), (test, _("to judge on"))):
        hits = int(frame["took_up"].sum())
        if min(hits, len(frame) - hits) < 10:
            raise ValueError(_("The customers {side}: {hits} took the service up and {others} did not; at least ten of each are needed.").format(
                side=name, hits=hits, others=len(frame) - hits))  # fmt: skip
    fit = fit_logistic(train[features], train["took_up"].to_numpy(), penalty=_PENALTY)
    chance, outcome = pd.Series(fit.chance(test)), test["took_up"].astype(bool).reset_index(drop=True)
    customers = pd.DataFrame({"chance": chance.to_numpy(), "took_up": outcome.to_numpy()}, index=test.index)
    parcels, hits, rng = test["log_parcels"].to_numpy(), outcome.to_numpy(), generator(rng)
    metrics = score_chances(outcome, chance, level=level, resamples=resamples, rng=rng)
    simple = _auc(parcels, hits)
    # Both rankings on the same resampled customers: their difference is surer than either.
    ahead = []
    for _each in range(resamples):
        rows = rng.integers(0, len(hits), len(hits))
        if 0 < hits[rows].sum() < len(rows):
            ahead.append(_auc(chance.to_numpy()[rows], hits[rows]) - _auc(parcels[rows], hits[rows]))
    low, high = np.quantile(ahead, [(1 - level) / 2, (1 + level) / 2])
    return Propensity(
        customers=customers.sort_values("chance", ascending=False, kind="stable"), effects=fit.table(level),
        metrics=metrics,
        calibration=calibration_table(outcome, chance, groups=5, level=level), gain=gain_table(outcome, chance),
        simple_auc=simple, ahead=(_auc(chance.to_numpy(), hits) - simple, float(low), float(high)), fit=fit, level=level,
    )  # fmt: skip


def _auc(score: np.ndarray, hits: np.ndarray) -> float:
    """How often one who took it up stands before one who did not; ties count half."""
    from scipy.stats import rankdata

    rank, yes = rankdata(score), int(hits.sum())
    return float((rank[hits].sum() - yes * (yes + 1) / 2) / (yes * (len(hits) - yes)))
