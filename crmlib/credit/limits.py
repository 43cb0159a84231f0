"""How much a customer may owe, and for how long."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.clean import clean
from crmlib.credit.chance import whole
from crmlib.credit.ledger import clean_invoices, invoice_status
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get

CLASSES = ("A", "B", "C", "D")
RULES = ("as_class", "late_payer", "in_arrears", "in_default", "too_new")


def credit_limit(
    invoices: pd.DataFrame, payments: pd.DataFrame, *, as_of: object, classes: pd.Series | None = None, months: int | None = None
) -> pd.DataFrame:
    """Limit and terms of every customer billed lately: usual month × months of the class, corrected by how the customer pays.

    Answers: how much may this customer owe us, how long may it take to pay, and is it beyond that today?

    Parameters
    ----------
    invoices, payments : DataFrame
        As in :func:`invoice_status`.
    as_of : date or text
    classes : Series of A to D, indexed by customer_id, optional
        Credit class, for example from a scorecard (:func:`classes_from_score`). Without it: credit_class of the customer's last invoice.
    months : int, optional
        How many months back the usual month is looked for. Without it: the standard credit.history_months.

    Returns
    -------
    DataFrame, one row a customer billed in those months, indexed by customer_id
        credit_class, class_applied (after the rule), limit_rule (as_class; late_payer and in_arrears: one class lower; in_default: no
        credit, prepayment; too_new: billed in fewer months than credit.least_months, so class D at best), usual_month_yuan (mean of the
        months billed), peak_month_yuan, terms_days, limit_yuan, exposure_yuan (open today), use_share (exposure over limit),
        peak_need_yuan (what a peak month would need under these terms: where it exceeds the limit, agree on November beforehand),
        mean_days_late

    Raises
    ------
    ValueError
        As in :func:`invoice_status`; a customer has no class, or one that is not A to D.

    Notes
    -----
    late_payer: mean days late beyond credit.late_payer_days. in_arrears: an open invoice beyond credit.restrict_days past due. in_default:
    beyond credit.default_days. Months of each class, terms and limits are standards (teaching values): credit.limit_months_a,
    credit.terms_days_a, …

    Source: 《快递客户关系管理》 on 月结 as a two-edged sword; rule of this library.

    >>> invoices = pd.DataFrame({"invoice_id": list("abc"), "customer_id": ["c1"] * 3, "amount_yuan": [900.0, 1100.0, 1000.0],
    ...     "credit_class": ["B"] * 3, "issued_on": pd.to_datetime(["2026-07-31", "2026-08-31", "2026-09-30"]),
    ...     "due_on": pd.to_datetime(["2026-09-14", "2026-10-15", "2026-11-14"])})
    >>> payments = pd.DataFrame({"invoice_id": ["a", "b"], "paid_on": pd.to_datetime(["2026-09-14", "2026-10-15"]),
    ...     "amount_yuan": [900.0, 1100]})
    >>> credit_limit(invoices, payments, as_of="2026-10-31")[["limit_rule", "limit_yuan", "use_share"]].values.tolist()
    [['as_class', 4500.0, 0.2222222222222222]]
    """
    today = day(as_of, "as_of").normalize()
    span = whole("months", get("credit.history_months", unit="months") if months is None else months, 1)
    status = invoice_status(invoices, payments, as_of=today)
    recent = status[status["issued_on"] > today - pd.DateOffset(months=span)]
    monthly = recent.groupby(["customer_id", recent["issued_on"].dt.to_period("M")])["amount_yuan"].sum().groupby("customer_id")
    table = pd.DataFrame({"months_billed": monthly.size(), "usual_month_yuan": monthly.mean().round(2), "peak_month_yuan": monthly.max()})
    if table.empty:
        raise ValueError(_("Nobody was billed in the {months} months up to {day}.").format(months=span, day=f"{today:%Y-%m-%d}"))
    table["credit_class"] = _classes(invoices, classes, table.index)
    opened = status[status["open_yuan"] > 0].groupby("customer_id")
    table["exposure_yuan"] = opened["open_yuan"].sum().reindex(table.index, fill_value=0.0).round(2)
    oldest = opened["days_past_due"].max().reindex(table.index, fill_value=-1)
    known = recent[(recent["open_yuan"] == 0) | (recent["days_past_due"] > 0)]
    table["mean_days_late"] = known.groupby("customer_id")["days_past_due"].mean().reindex(table.index)
    return _limited(table, oldest)


def _limited(table: pd.DataFrame, oldest: pd.Series) -> pd.DataFrame:
    bad, arrears, late = (get(f"credit.{name}", unit="days") for name in ("default_days", "restrict_days", "late_payer_days"))
    new = table["months_billed"] < get("credit.least_months", unit="months")
    rule = np.select(
        [oldest >= bad, oldest >= arrears, table["mean_days_late"] > late, new],
        ["in_default", "in_arrears", "late_payer", "too_new"],
        "as_class",
    )
    place = pd.Index(CLASSES).get_indexer(table["credit_class"])
    applied = np.select([np.isin(rule, ["late_payer", "in_arrears"]), rule == "too_new"], [np.minimum(place + 1, 3), 3], place)
    spans = np.array([get(f"credit.limit_months_{name.lower()}", unit="months") for name in CLASSES], dtype=float)
    terms = np.array([get(f"credit.terms_days_{name.lower()}", unit="days") for name in CLASSES])
    none = rule == "in_default"
    limit = np.where(none, 0.0, np.ceil((table["usual_month_yuan"].clip(lower=0) * spans[applied]).round(2) / 100) * 100)
    days = np.where(none, 0, terms[applied])
    exposure = table["exposure_yuan"].to_numpy()
    use = np.divide(exposure, limit, out=np.where(exposure > 0, np.inf, 0.0), where=limit > 0)
    return pd.DataFrame({
        "credit_class": table["credit_class"], "class_applied": np.array(CLASSES, dtype=object)[applied], "limit_rule": rule,
        "usual_month_yuan": table["usual_month_yuan"], "peak_month_yuan": table["peak_month_yuan"].round(2), "terms_days": days,
        "limit_yuan": limit, "exposure_yuan": exposure, "use_share": use,
        "peak_need_yuan": (table["peak_month_yuan"] * (1 + days / 30)).round(2), "mean_days_late": table["mean_days_late"],
    }, index=table.index)  # fmt: skip


def _classes(invoices: pd.DataFrame, classes: pd.Series | None, customers: pd.Index) -> pd.Series:
    if classes is None:
        require_columns(invoices.columns, ["credit_class"])
        classes = invoices.sort_values("issued_on", kind="stable").groupby("customer_id")["credit_class"].last()
    elif not isinstance(classes, pd.Series):
        raise ValueError(
            _("classes must be a Series of A to D, indexed by customer_id; this is a {kind}.").format(kind=type(classes).__name__)
        )
    found = classes.astype(object).reindex(customers)
    refuse_rows(~found.isin(CLASSES), _("A customer's credit class is not A, B, C or D"), _("Give every customer one of the four classes."))
    return found


def classes_from_score(score: pd.DataFrame) -> pd.Series:
    """Credit classes from the probabilities of a scorecard.

    Answers: which class does the score put the customer in?

    Parameters
    ----------
    score : DataFrame, from `Scorecard.score`
        default_probability.

    Returns
    -------
    Series of A to D
        A up to the first of the standard credit.class_steps, B up to the second, C up to the third, else D.

    Raises
    ------
    ValueError
        The column is missing, or a probability lies outside 0 to 1.

    Source: rule of this library; the steps are teaching values.

    >>> classes_from_score(pd.DataFrame({"default_probability": [0.001, 0.5]})).tolist()
    ['A', 'D']
    """
    probability = clean(score, "score", default_probability="number")["default_probability"]
    refuse_rows(~probability.between(0, 1), _("A probability lies outside 0 to 1"), _("Write 3% as 0.03."))
    place = np.searchsorted(get("credit.class_steps", unit="share"), probability.to_numpy(), side="left")
    return pd.Series(np.array(CLASSES, dtype=object)[place], index=score.index, name="credit_class")


def unbilled(waybills: pd.DataFrame, invoices: pd.DataFrame, *, as_of: object) -> pd.Series:
    """What customers sent since their last invoice: owed already, though no invoice says so yet.

    Answers: how much credit do we give in the middle of a month that the books do not show?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at, price_yuan.
    invoices : DataFrame
        As in :func:`invoice_status`; only customers with invoices are counted.
    as_of : date or text
        The end of this day.

    Returns
    -------
    Series, yuan, indexed by customer_id

    Raises
    ------
    ValueError
        A column is missing, or holds no dates or numbers.

    Source: exposure = billed and unpaid + not yet billed; credit management practice.

    >>> waybills = pd.DataFrame({"customer_id": ["c1"], "picked_up_at": pd.to_datetime(["2026-10-05 10:00"]), "price_yuan": [12.0]})
    >>> invoices = pd.DataFrame({"invoice_id": ["i1"], "customer_id": ["c1"], "issued_on": pd.to_datetime(["2026-09-30"]),
    ...     "due_on": pd.to_datetime(["2026-10-30"]), "amount_yuan": [100.0]})
    >>> unbilled(waybills, invoices, as_of="2026-10-15").to_dict()
    {'c1': 12.0}
    """
    waybills = clean(waybills, "waybills", customer_id="id", picked_up_at="date", price_yuan="number")
    today = day(as_of, "as_of").normalize()
    bills = clean_invoices(invoices)
    last = bills[bills["issued_on"] <= today].groupby("customer_id")["issued_on"].max()
    since = last.reindex(waybills["customer_id"]).set_axis(waybills.index).astype("datetime64[us]")
    at = waybills["picked_up_at"]
    fresh = (at >= since + pd.Timedelta(days=1)) & (at < today + pd.Timedelta(days=1))
    return waybills[fresh].groupby("customer_id")["price_yuan"].sum().round(2).rename("unbilled_yuan")
