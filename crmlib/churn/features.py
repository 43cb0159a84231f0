"""The features of a churn model: what a customer's last months were like, from the tables as they stood at the cut-off."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.churn.as_of import SOURCES, refuse_later
from crmlib.churn.price_gap import gap_by_customer, rival_prices

Tables = Mapping[str, pd.DataFrame]
_DAY = pd.Timedelta(days=1)
_FAILURES = ("loss", "damage", "signed_not_received")

CATEGORIES = ("market", "region")
"""Features that are names, not numbers."""


def features_at(known: Tables, customers: pd.Index, cutoff: pd.Timestamp, *, recent_days: int) -> pd.DataFrame:
    """One row for each of `customers`, from the tables `known` at the cut-off.

    Features whose table, or a column of it, is absent are left out. A feature that says nothing of a customer (no survey answered, no bill due) is missing
    there, not 0.

    >>> bills = pd.DataFrame({"customer_id": ["c1", "c1"], "picked_up_at": pd.to_datetime(["2026-01-01", "2026-01-11"]),
    ...                       "price_yuan": 9.0, "cost_yuan": 6.0})
    >>> features_at({"waybills": bills}, pd.Index(["c1"]), pd.Timestamp("2026-01-31"), recent_days=90)["recency_days"].tolist()
    [20.0]
    """
    for name, table in known.items():
        if name in SOURCES:
            refuse_later(table, time=SOURCES[name].time, cutoff=cutoff, name=name)
    frame = pd.DataFrame(index=customers)
    for needed, build in _BUILDERS:
        if all(name in known and set(columns) <= set(known[name].columns) for name, columns in needed.items()):
            frame = frame.join(build(known, cutoff, cutoff - recent_days * _DAY, recent_days))
    for count in ("failures", "complaints", "salesperson_left"):
        if count in frame:
            frame[count] = frame[count].fillna(0.0)
    return frame.astype({name: "float64" for name in frame.columns if name not in CATEGORIES})


def _rhythm(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    bills = known["waybills"][["customer_id", "picked_up_at", "price_yuan", "cost_yuan"]]
    days = bills.assign(day=bills["picked_up_at"].dt.normalize()).drop_duplicates(["customer_id", "day"])
    days = days[days["day"] >= cutoff - 365 * _DAY].groupby("customer_id")["day"].agg(["min", "max", "size"])
    gap = (days["max"] - days["min"]) / _DAY / (days["size"] - 1).where(days["size"] > 1)
    recency = np.floor((cutoff - bills.groupby("customer_id")["picked_up_at"].max()) / _DAY)
    recent = bills[bills["picked_up_at"] >= since]
    sums = recent.assign(margin_yuan=recent["price_yuan"] - recent["cost_yuan"]).groupby("customer_id")
    frame = pd.DataFrame({"recency_days": recency, "usual_gap_days": gap})
    # Half a day on either side keeps somebody who ships daily, and did so today, from dividing by nothing.
    frame["silence_ratio"] = (frame["recency_days"] + 0.5) / (frame["usual_gap_days"] + 0.5)
    frame["recent_parcels"] = sums.size().reindex(frame.index, fill_value=0)
    frame["margin_yuan"] = sums["margin_yuan"].sum().reindex(frame.index, fill_value=0.0)
    before = bills[(bills["picked_up_at"] < since) & (bills["picked_up_at"] >= since - recent_days * _DAY)].groupby("customer_id").size()
    frame["parcel_trend"] = np.log1p(frame["recent_parcels"]) - np.log1p(before.reindex(frame.index, fill_value=0))
    return frame


def _traits(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    people = known["customers"].set_index("customer_id")
    frame = people[[name for name in CATEGORIES if name in people]]
    return frame.assign(tenure_days=(cutoff - people["opened_on"]) / _DAY)


def _lateness(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    bills = known["waybills"]
    bills = bills[bills["picked_up_at"] >= since]
    arrived = bills["delivered_at"].notna()
    due = arrived | (bills["promised_at"] < cutoff)
    late = bills["delivered_at"].fillna(cutoff) > bills["promised_at"]
    return late[due].groupby(bills.loc[due, "customer_id"]).mean().rename("late_share").to_frame()


def _failures(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    cases, bills = known["cases"], known["waybills"]
    told = cases.loc[(cases["opened_at"] >= since) & cases["cause"].isin(_FAILURES), ["customer_id", "waybill_id", "case_id"]]
    told = told.assign(thing=told["waybill_id"].fillna(told["case_id"]))
    if {"delivered_at", "promised_at"} <= set(bills.columns):
        missing_days = standards.get("churn_model.missing_days", unit="days")
        overdue = bills["delivered_at"].isna() & (bills["promised_at"] < cutoff - missing_days * _DAY)
        gone = bills[(bills["picked_up_at"] >= since) & overdue]
        told = pd.concat([told, gone[["customer_id"]].assign(thing=gone["waybill_id"])])
    return told.drop_duplicates(["customer_id", "thing"]).groupby("customer_id").size().rename("failures").to_frame()


def _complaints(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    cases = known["cases"]
    chosen = cases[(cases["opened_at"] >= since) & cases["kind"].isin(("complaint", "claim"))]
    return chosen.groupby("customer_id").size().rename("complaints").to_frame()


def _price_gap(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    bills = known["waybills"]
    bills = bills[bills["customer_id"].isin(known["customers"]["customer_id"])]
    if bills.empty or known["market_prices"].empty:
        return pd.DataFrame()
    return gap_by_customer(rival_prices(bills, known["customers"], known["market_prices"]), start=since).to_frame()


def _salesperson_left(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    """Whether the one who last looked after the customer left within the recent days: by the visits, since the customers' table names only
    today's salesperson."""
    touches = known["touches"][["customer_id", "salesperson_id", "happened_on"]].dropna().sort_values("happened_on", kind="stable")
    gone = known["salespeople"].loc[known["salespeople"]["left_on"] >= since, ["salesperson_id", "left_on"]]
    bereft: set[str] = set()
    for person, left_on in gone.itertuples(index=False):
        last = touches[touches["happened_on"] <= left_on].drop_duplicates("customer_id", keep="last")
        bereft |= set(last.loc[last["salesperson_id"] == person, "customer_id"])
    return pd.DataFrame({"salesperson_left": 1.0}, index=pd.Index(sorted(bereft), dtype=object))


def _payment(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    bills = known["invoices"]
    bills = bills[(bills["due_on"] < cutoff) & (bills["due_on"] >= cutoff - 2 * recent_days * _DAY)]
    paid = known["payments"].groupby("invoice_id").agg(paid_on=("paid_on", "max"), paid_yuan=("amount_yuan", "sum"))
    bills = bills.join(paid, on="invoice_id")
    settled = bills["paid_yuan"].fillna(0) >= bills["amount_yuan"] - 0.005
    late = ((bills["paid_on"].where(settled).fillna(cutoff) - bills["due_on"]) / _DAY).clip(lower=0)
    return late.groupby(bills["customer_id"]).mean().rename("pay_days_late").to_frame()


def _survey(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    answers = known["surveys"]
    answers = answers[answers["answered_on"] >= cutoff - 365 * _DAY].sort_values("answered_on", kind="stable")
    last = answers.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    return last[["satisfaction_1", "satisfaction_2"]].mean(axis=1).rename("survey_score").to_frame()


def _mood(known: Tables, cutoff: pd.Timestamp, since: pd.Timestamp, recent_days: int) -> pd.DataFrame:
    touches = known["touches"]
    chosen = touches[touches["happened_on"] >= cutoff - 2 * recent_days * _DAY].dropna(subset=["mood"])
    return chosen.groupby("customer_id")["mood"].mean().to_frame()


_ROUTE = ("scope", "destination_region", "product")
_BUILDERS: tuple[tuple[Mapping[str, tuple[str, ...]], Callable[..., pd.DataFrame]], ...] = (
    ({"waybills": ("customer_id", "price_yuan", "cost_yuan")}, _rhythm),
    ({"waybills": ("delivered_at", "promised_at")}, _lateness),
    ({"waybills": ("waybill_id",), "cases": ("case_id", "customer_id", "waybill_id", "cause")}, _failures),
    ({"cases": ("customer_id", "kind")}, _complaints),
    ({"waybills": ("weight_kg", *_ROUTE), "customers": ("region", "market"),
      "market_prices": ("competitor", "origin_region", *_ROUTE, "first_kg_yuan", "further_kg_yuan")}, _price_gap),
    ({"touches": ("customer_id", "salesperson_id"), "salespeople": ("salesperson_id", "left_on")}, _salesperson_left),
    ({"invoices": ("invoice_id", "customer_id", "due_on", "amount_yuan"), "payments": ("invoice_id", "amount_yuan")}, _payment),
    ({"surveys": ("customer_id", "satisfaction_1", "satisfaction_2")}, _survey),
    ({"touches": ("customer_id", "mood")}, _mood),
    ({"customers": ("customer_id",)}, _traits),
)  # fmt: skip
"""The tables and columns that each group of features needs, in the order of the columns."""

FEATURES = (
    "recency_days", "usual_gap_days", "silence_ratio", "recent_parcels", "parcel_trend", "late_share", "failures", "complaints",
    "price_gap", "salesperson_left", "pay_days_late", "survey_score", "mood", "tenure_days", *CATEGORIES,
)  # fmt: skip
"""The features that `churn_frame` builds. margin_yuan stands beside them, for what a customer is worth; it is no feature."""
