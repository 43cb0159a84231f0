"""What is done on which day about money that is late: by whom, in which tone, and never on a holiday."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from crmlib.clean import amount, listed
from crmlib.credit.aging import Aging
from crmlib.credit.working_days import nearest_working_day
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.standards import get

STEPS = ("before_due", "reminder", "stop_large", "restrict", "letter", "demand", "collect")
RESPONSIBLE = ("service_team", "salesperson", "salesperson", "credit_controller", "sales_manager", "credit_controller", "legal")
TONES = ("friendly", "friendly", "factual", "firm", "firm", "formal", "formal")


def dunning_steps() -> pd.DataFrame:
    """The steps, from which day past due each holds, who takes it and in which tone.

    Answers: what do we do about late money, and what does the customer hear?

    Returns
    -------
    DataFrame, one row a step, indexed by its code
        from_days (past due; before_due is negative), responsible, tone (codes), action (a sentence in the active language)

    Source: 2025 practice of the trade for stopping large items after 3 days and restricting accounts after 7 (weak sources); the other days
    are teaching values. All are standards: credit.before_due_days, credit.reminder_days, credit.stop_large_days, …

    >>> dunning_steps()["from_days"].tolist()
    [-3, 1, 3, 7, 15, 30, 60]
    """
    days = [-int(get("credit.before_due_days", unit="days")), *(int(get(f"credit.{step}_days", unit="days")) for step in STEPS[1:])]
    actions = (
        _("Send the invoice again with the due day and the account number; ask whether anything is unclear."),
        _("Say that the due day has passed; assume an oversight, and give a person to call."),
        _("Call the person who pays. Large items wait until the money is here; ordinary parcels go on."),
        _("Restrict the account: parcels only against prepayment. Say so in writing, with the amount and how to lift it."),
        _("Letter from the sales manager with the list of invoices; offer to agree on instalments."),
        _("Formal demand with a last day; the terms and the credit limit are withdrawn."),
        _("Hand over to collection or the courts; put before the blacklist committee, with the evidence."),
    )
    table = {"from_days": days, "responsible": RESPONSIBLE, "tone": TONES, "action": actions}
    return pd.DataFrame(table, index=pd.Index(STEPS, name="step"))


def dunning_plan(
    aging: Aging, *, as_of: object = None, calendar: pd.DataFrame | None = None, disputed: Iterable[str] = (),
    small_yuan: float | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Who is to be reminded, called, restricted or sued today, by whom, and what comes next.

    Answers: whom do we speak to today about money, and how?

    Parameters
    ----------
    aging : Aging, from :func:`aging`
    as_of : date or text, optional
        The day of the plan, no earlier than that of `aging`. Without it: that day.
    calendar : the firm's calendar (date, is_workday), optional
        As in :func:`working_days`.
    disputed : invoice ids, optional
        Invoices that the customer contests are not dunned; their money is shown as disputed_yuan.
    small_yuan : float, yuan, optional
        A customer who owes less is reminded and not restricted. Without it: the standard credit.small_debt_yuan.

    Returns
    -------
    DataFrame, one row a customer, the last step first, then the largest amount; indexed by customer_id
        step (ordered category), since (the working day from which it holds), days_past_due (of the oldest invoice not disputed), due_yuan
        (of all invoices that reached a step), overdue_yuan, disputed_yuan, invoices, responsible, tone, act_on (working day), next_step
        (empty after the last), next_on

    Raises
    ------
    ValueError
        `aging` is something else, or later than `as_of`.

    Notes
    -----
    A due day that is no working day moves to the next one, since banks rest; so does the first day of each step, and each step comes at
    least one working day after the one before: after a long holiday nobody is restricted without having been reminded. The reminder
    before the due day moves to the working day before. A customer has one step, that of the oldest invoice: one call, one voice.

    Source: 《快递客户关系管理》 (客户欠费管理); days as in :func:`dunning_steps`.

    >>> from crmlib.credit import aging
    >>> invoices = pd.DataFrame({"invoice_id": ["i1"], "customer_id": ["c1"], "amount_yuan": [800.0],
    ...     "issued_on": pd.to_datetime(["2026-08-31"]), "due_on": pd.to_datetime(["2026-09-30"])})
    >>> nothing = pd.DataFrame(columns=["invoice_id", "paid_on", "amount_yuan"])
    >>> dunning_plan(aging(invoices, nothing, as_of="2026-10-08"))["step"].tolist()
    ['reminder']
    >>> dunning_plan(aging(invoices, nothing, as_of="2026-10-12"))["step"].tolist()
    ['restrict']
    """
    if not isinstance(aging, Aging):
        raise ValueError(_("dunning_plan needs what crm.credit.aging gives, not a {kind}.").format(kind=type(aging).__name__))
    today = aging.as_of if as_of is None else day(as_of, "as_of").normalize()
    if today < aging.as_of:
        raise ValueError(_("The plan is for {day}, before the aging of {aging}. Make the aging anew for that day.").format(
            day=f"{today:%Y-%m-%d}", aging=f"{aging.as_of:%Y-%m-%d}"))  # fmt: skip
    small = get("credit.small_debt_yuan", unit="yuan") if small_yuan is None else amount("small_yuan", small_yuan)
    items = aging.items[["customer_id", "invoice_id", "due_on", "open_yuan"]]
    contested = items["invoice_id"].isin(listed(disputed, "disputed"))
    apart = items[contested].groupby("customer_id")["open_yuan"].sum()
    items = items[~contested].reset_index(drop=True)
    starts = _starts(items["due_on"].to_numpy(), calendar)
    reached = (starts <= np.datetime64(today, "us")).sum(axis=1)
    items = items.assign(reached=reached, days_past_due=(today - items["due_on"]).dt.days)[reached > 0]
    overdue = items["open_yuan"].where(items["days_past_due"] > 0, 0.0).groupby(items["customer_id"]).sum()
    items = items.assign(owes=items["customer_id"].map(overdue))
    items["reached"] = items["reached"].where(items["owes"] >= small, np.minimum(items["reached"], 2))
    return _rows(items, starts, apart, today, calendar)


def _starts(due: np.ndarray, calendar: pd.DataFrame | None) -> np.ndarray:
    """The working day on which each step (column) begins for each invoice (row), at least one working day after the step before it."""
    days = dunning_steps()["from_days"].to_numpy()
    payable = nearest_working_day(due, calendar=calendar).astype("datetime64[D]")
    before = nearest_working_day(payable + np.timedelta64(int(days[0]), "D"), calendar=calendar, back=True)
    starts = [before]
    for step in days[1:]:
        wanted = np.maximum(np.asarray(due, "datetime64[D]") + np.timedelta64(int(step), "D"), payable + np.timedelta64(1, "D"))
        after = starts[-1].astype("datetime64[D]") + np.timedelta64(1, "D")
        starts.append(nearest_working_day(np.maximum(wanted, after), calendar=calendar))
    return np.stack(starts, axis=1) if len(due) else np.empty((0, len(days)), "datetime64[us]")


def _rows(items: pd.DataFrame, starts: np.ndarray, apart: pd.Series, today: pd.Timestamp, calendar: pd.DataFrame | None) -> pd.DataFrame:
    order = items.sort_values(["reached", "days_past_due"], ascending=False, kind="stable")
    first = order.drop_duplicates("customer_id")
    oldest, began = first.set_index("customer_id"), starts[first.index]
    people = items.groupby("customer_id")
    step = oldest["reached"].to_numpy() - 1
    after = np.minimum(step + 1, len(STEPS) - 1)
    held = (oldest["owes"].to_numpy() > 0) & (step == 1) & (began[np.arange(len(step)), after] <= np.datetime64(today, "us"))
    final = (step == len(STEPS) - 1) | held
    codes, steps = np.array(STEPS, dtype=object), dunning_steps()
    plan = pd.DataFrame({
        "step": pd.Categorical.from_codes(step, categories=STEPS, ordered=True),
        "since": began[np.arange(len(step)), step],
        "days_past_due": oldest["days_past_due"].to_numpy(),
        "due_yuan": people["open_yuan"].sum().reindex(oldest.index).round(2).to_numpy(),
        "overdue_yuan": oldest["owes"].round(2).to_numpy(),
        "disputed_yuan": apart.reindex(oldest.index).fillna(0.0).round(2).to_numpy(),
        "invoices": people.size().reindex(oldest.index).to_numpy(),
        "responsible": steps["responsible"].to_numpy()[step],
        "tone": steps["tone"].to_numpy()[step],
        "act_on": nearest_working_day(np.array([today], "datetime64[us]"), calendar=calendar)[0],
        "next_step": np.where(final, "", codes[after]),
        "next_on": np.where(final, np.datetime64("NaT"), began[np.arange(len(step)), after]),
    }, index=oldest.index)  # fmt: skip
    return plan.sort_values(["step", "due_yuan"], ascending=False, kind="stable")
