"""Is a customer's payment later this month than its own past, beyond what its own scatter explains?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.credit.ledger import invoice_status

_LEAST_INVOICES = 3


def lateness(invoices: pd.DataFrame, payments: pd.DataFrame, *, month: pd.Period, known_share: float = 0.0) -> pd.DataFrame:
    """One row a customer with an invoice paid in the month, or open and past due at its end.

    Lateness is compared with the customer's own mean, drawn towards that of all customers. How far a payment without any change strays
    from it is read off all earlier payments of all customers, each compared with its own past in the same way: no shape is assumed. The
    latest invoice of the month counts, and the chance is corrected for the number looked at. An invoice that was so late a month ago
    already that a share of at most `known_share` would be, is no news and left out: arrears are the business of dunning.

    Returns customer_id (index), observed and usual (days past due), limit (function of a share: see `limit_of`), p_value, spread.

    >>> days = pd.date_range("2026-01-31", periods=6, freq="ME")
    >>> invoices = pd.DataFrame({"invoice_id": range(6), "customer_id": "c1", "issued_on": days, "due_on": days + pd.Timedelta(days=15),
    ...     "amount_yuan": 100.0})
    >>> payments = pd.DataFrame({"invoice_id": range(5), "paid_on": days[:5] + pd.Timedelta(days=16), "amount_yuan": 100.0})
    >>> lateness(invoices, payments, month=pd.Period("2026-07", "M"))["observed"].tolist()
    [16.0]
    """
    end = month.end_time.normalize()
    start = month.start_time
    status = invoice_status(invoices, payments, as_of=end)
    status = status[status["amount_yuan"] > 0]
    opened = status["paid_in_full_on"].isna()
    known_on = status["paid_in_full_on"].fillna(end)
    status = status.assign(known_on=known_on, late=status["days_past_due"].astype(float), now=known_on >= start)
    status = status[~opened | (status["late"] > 0)].sort_values(["customer_id", "known_on", "invoice_id"], kind="stable")
    past = status[~status["now"]]
    if len(past) < _LEAST_INVOICES:
        return _none()
    mean, weight = past["late"].mean(), _prior_weight(past)
    people = past.groupby("customer_id")["late"]
    number, before = people.cumcount(), people.cumsum() - past["late"]
    seen = number >= _LEAST_INVOICES
    strays = np.sort(_stray(past["late"], before, number, mean, weight)[seen].to_numpy())
    if not len(strays):
        return _none()
    now = status[status["now"]].join(people.agg(["size", "sum"]), on="customer_id")
    now = now[now["size"] >= _LEAST_INVOICES]
    before_month = now["late"] - ((now["known_on"] - start).dt.days + 1)
    now["alone"], already = (
        (len(strays) - np.searchsorted(strays, _stray(late, now["sum"], now["size"], mean, weight), side="left") + 1) / (len(strays) + 1)
        for late in (now["late"], before_month)
    )  # fmt: skip
    now = now[(already > known_share) | (before_month <= 0)]
    worst = now.sort_values("alone", kind="stable").drop_duplicates("customer_id").set_index("customer_id")
    looked = now.groupby("customer_id").size().reindex(worst.index)
    expected = (worst["sum"] + weight * mean) / (worst["size"] + weight)
    return pd.DataFrame({
        "observed": worst["late"], "usual": expected, "p_value": 1 - (1 - worst["alone"]) ** looked,
        "spread": np.sqrt(1 + 1 / (worst["size"] + weight)), "looked": looked,
    }).assign(strays=[strays] * len(worst))  # fmt: skip


def limit_of(table: pd.DataFrame, share: float) -> np.ndarray:
    """Days past due that a customer without any change exceeds in a `share` of months.

    >>> limit_of(pd.DataFrame({"usual": [1.0], "spread": [1.0], "looked": [1], "strays": [np.arange(101.0)]}), 0.1).tolist()
    [91.0]
    """
    each = 1 - (1 - share) ** (1 / table["looked"].to_numpy())
    far = [np.quantile(strays, 1 - part) for strays, part in zip(table["strays"], each, strict=True)]
    return table["usual"].to_numpy() + table["spread"].to_numpy() * np.array(far)


def _stray(late: pd.Series, total: pd.Series, number: pd.Series, mean: float, weight: float) -> pd.Series:
    return (late - (total + weight * mean) / (number + weight)) / np.sqrt(1 + 1 / (number + weight))


def _prior_weight(past: pd.DataFrame) -> float:
    """How many invoices the mean of all customers counts for: variance within customers over variance between them."""
    people = past.groupby("customer_id")["late"].agg(["size", "mean", "var"]).query("size >= 2")
    if len(people) < 3:
        return 1.0
    within = float(np.average(people["var"], weights=people["size"] - 1))
    between = float(people["mean"].var() - (within / people["size"]).mean())
    return float(np.clip(within / between, 0.2, 20.0)) if between > 0 else 20.0


def _none() -> pd.DataFrame:
    return pd.DataFrame(
        columns=["observed", "usual", "p_value", "spread", "looked", "strays"], index=pd.Index([], name="customer_id"), dtype=float
    )
