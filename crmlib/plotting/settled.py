"""Whether each invoice was paid by its due day, for figures."""

from __future__ import annotations

import pandas as pd

_CENT = 0.005


def invoice_states(invoices: pd.DataFrame, payments: pd.DataFrame | None, *, today: pd.Timestamp) -> pd.Series:
    """For each invoice: on_time, late (paid in full after the due day), overdue (owed and past it), or open (owed, not yet due).

    Parameters
    ----------
    invoices : DataFrame with invoice_id, due_on, amount_yuan
    payments : DataFrame with invoice_id, paid_on, amount_yuan; None counts every invoice as unpaid
    today : the day on which to look

    Returns
    -------
    Series of str, with the index of `invoices`

    >>> bills = pd.DataFrame({"invoice_id": ["V1", "V2"], "due_on": pd.to_datetime(["2026-01-15"] * 2), "amount_yuan": [10.0, 10.0]})
    >>> paid = pd.DataFrame({"invoice_id": ["V1", "V1"], "paid_on": pd.to_datetime(["2026-01-10", "2026-01-20"]), "amount_yuan": [4.0, 6.0]})
    >>> invoice_states(bills, paid, today=pd.Timestamp("2026-02-01")).tolist()
    ['late', 'overdue']
    """
    settled = pd.Series(pd.NaT, index=invoices.index, dtype="datetime64[us]")
    if payments is not None:
        ours = payments[payments["invoice_id"].isin(invoices["invoice_id"])].sort_values("paid_on", kind="stable")
        ours = ours.merge(invoices[["invoice_id", "amount_yuan"]], on="invoice_id", suffixes=("", "_due"))
        full = ours[ours.groupby("invoice_id")["amount_yuan"].cumsum() >= ours["amount_yuan_due"] - _CENT]
        first = full.groupby("invoice_id")["paid_on"].min().reindex(invoices["invoice_id"])
        settled = first.set_axis(invoices.index)
    states = pd.Series("open", index=invoices.index)
    states[settled.isna() & (invoices["due_on"] < today)] = "overdue"
    states[settled.notna()] = "on_time"
    states[settled > invoices["due_on"]] = "late"
    return states
