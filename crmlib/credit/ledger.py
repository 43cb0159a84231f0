"""What every method of credit starts from: each invoice with what was paid, by a given day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.i18n import _
from crmlib.segments.per_customer import day

INVOICE_COLUMNS = ("invoice_id", "customer_id", "issued_on", "due_on", "amount_yuan")
PAYMENT_COLUMNS = ("invoice_id", "paid_on", "amount_yuan")


def invoice_status(invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: object) -> pd.DataFrame:
    """What was paid and what is still owed of every invoice, as it stood at the end of one day.

    Answers: which invoices are open today, how old are they, and who paid too much?

    Parameters
    ----------
    invoices : DataFrame, one row an invoice
        invoice_id, customer_id, issued_on, due_on, amount_yuan; a negative amount is a credit note.
    payments : DataFrame, one row a payment
        invoice_id, paid_on, amount_yuan; a negative amount is money sent back.
    as_of : date or text such as "2026-10-31"
        What was issued or paid after this day does not count yet.

    Returns
    -------
    DataFrame, one row an invoice issued up to `as_of`, in the order of `invoices`
        invoice_id, customer_id, issued_on, due_on, amount_yuan, paid_yuan, open_yuan (0 or more), credit_yuan (paid too much, or a
        credit note; 0 or more), paid_in_full_on (empty where money is missing), days_past_due (of an open invoice, from the due day to
        `as_of`; of a paid one, to the day it was paid in full; negative before the due day)

    Raises
    ------
    ValueError
        A column is missing; numbers or dates are missing or text; an invoice stands twice; an invoice is due before it was issued;
        a payment belongs to no invoice.

    Source: 《快递客户关系管理》 (客户欠费管理).

    >>> invoices = pd.DataFrame({"invoice_id": ["i1"], "customer_id": ["c1"], "issued_on": pd.to_datetime(["2026-08-31"]),
    ...     "due_on": pd.to_datetime(["2026-09-30"]), "amount_yuan": [100.0]})
    >>> payments = pd.DataFrame({"invoice_id": ["i1"], "paid_on": pd.to_datetime(["2026-10-05"]), "amount_yuan": [60.0]})
    >>> invoice_status(invoices, payments, as_of="2026-10-31")[["open_yuan", "days_past_due"]].values.tolist()
    [[40.0, 31.0]]
    """
    today = day(as_of, "as_of").normalize()
    bills, paid = clean_invoices(invoices), clean_payments(payments, invoices)
    bills = bills[bills["issued_on"] <= today].reset_index(drop=True)
    paid = paid[paid["paid_on"] <= today]
    settled = settlements(bills, paid)
    total, full_on = np.zeros(len(bills)), np.full(len(bills), np.datetime64("NaT", "us"))
    total[settled["place"]] = settled["paid_so_far"]
    done = settled[settled["paid_so_far"] >= settled["owed"] - 0.005].drop_duplicates("place")
    full_on[done["place"]] = done["paid_on"].to_numpy().astype("datetime64[us]")
    balance = (bills["amount_yuan"].to_numpy() - total).round(2)
    paid_up = balance < 0.005
    full_on = np.where(
        paid_up, np.where(np.isnat(full_on), bills["issued_on"].to_numpy().astype("datetime64[us]"), full_on), np.datetime64("NaT")
    )
    until = pd.Series(np.where(paid_up, full_on, np.datetime64(today, "us")))
    return bills.drop(columns="row").assign(
        paid_yuan=total.round(2), open_yuan=np.where(paid_up, 0.0, balance), credit_yuan=np.where(balance < -0.005, -balance, 0.0),
        paid_in_full_on=full_on, days_past_due=(until - bills["due_on"]).dt.days,
    )  # fmt: skip


def settlements(bills: pd.DataFrame, paid: pd.DataFrame) -> pd.DataFrame:
    """The payments of `bills` in order of arrival: place (row of the invoice), owed, paid_on, paid_so_far (running sum by invoice).

    >>> bills = pd.DataFrame({"row": [7], "amount_yuan": [100.0]})
    >>> paid = pd.DataFrame({"row": [7, 7], "paid_on": pd.to_datetime(["2026-10-05", "2026-10-01"]),
    ...     "amount_yuan": [60.0, 40]})
    >>> settlements(bills, paid)["paid_so_far"].tolist()
    [40.0, 100.0]
    """
    place = pd.Index(bills["row"]).get_indexer(paid["row"])
    rows = np.flatnonzero(place >= 0)
    rows = rows[np.lexsort((paid["paid_on"].to_numpy()[rows], place[rows]))]
    frame = pd.DataFrame({
        "place": place[rows], "owed": bills["amount_yuan"].to_numpy()[place[rows]], "paid_on": paid["paid_on"].to_numpy()[rows],
        "amount_yuan": paid["amount_yuan"].to_numpy()[rows],
    })  # fmt: skip
    frame["paid_so_far"] = frame.groupby("place")["amount_yuan"].cumsum().round(2)
    return frame


def clean_invoices(invoices: pd.DataFrame) -> pd.DataFrame:
    """`invoices` checked, with only the columns that credit needs, days at midnight, and the number of each row.

    >>> day = pd.to_datetime(["2026-08-31 10:00"])
    >>> bill = pd.DataFrame({"invoice_id": ["i1"], "customer_id": ["c1"], "issued_on": day, "due_on": day, "amount_yuan": [1]})
    >>> clean_invoices(bill)[["due_on", "row"]].astype(str).values.tolist()
    [['2026-08-31', '0']]
    """
    found = _columns(invoices, INVOICE_COLUMNS, "invoices", ("issued_on", "due_on"))
    refuse_rows(found["invoice_id"].isna() | found["customer_id"].isna(), _("An invoice lacks its number or its customer"),
                _("Fill in invoice_id and customer_id, or drop these invoices and say so."))  # fmt: skip
    repeated = pd.Series(False, index=found.index) if found["invoice_id"].is_unique else found["invoice_id"].duplicated(keep=False)
    refuse_rows(repeated, _("invoice_id repeats, so that money would count twice"),
                _("Keep one row an invoice: invoices.drop_duplicates('invoice_id')."))  # fmt: skip
    refuse_rows(
        found["due_on"] < found["issued_on"],
        _("An invoice is due before it was issued"),
        _("Look whether due_on and issued_on are swapped."),
    )
    return found.assign(row=np.arange(len(found)))


def clean_payments(payments: pd.DataFrame, invoices: pd.DataFrame) -> pd.DataFrame:
    """`payments` checked: each belongs to one of `invoices`, whose row it names.

    >>> clean_payments(pd.DataFrame(columns=["invoice_id", "paid_on", "amount_yuan"]), pd.DataFrame({"invoice_id": ["i1"]})).empty
    True
    """
    found = _columns(payments, PAYMENT_COLUMNS, "payments", ("paid_on",))
    row = _matched(found["invoice_id"], invoices["invoice_id"])
    refuse_rows(pd.Series(row < 0), _("A payment belongs to no invoice of the table"),
                _("Give it the right invoice_id, or set such payments apart and say how much they are."))  # fmt: skip
    return found.assign(row=row)


def _matched(wanted: pd.Series, known: pd.Series) -> np.ndarray:
    """The row of `known` in which each value stands, or −1."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        # Arrow matches text several times faster than an index does.
        found = pc.index_in(pa.array(wanted), value_set=pa.array(known))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pd.Index(known.astype(object)).get_indexer(wanted.astype(object))
    return found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)


def _columns(table: object, wanted: tuple[str, ...], name: str, dates: tuple[str, ...]) -> pd.DataFrame:
    kinds = {column: "date" if column in dates else "number" if column == "amount_yuan" else "name?" for column in wanted}
    found = clean(table, name, **kinds)[list(wanted)].reset_index(drop=True)
    return found.assign(**{column: found[column].dt.normalize() for column in dates})
