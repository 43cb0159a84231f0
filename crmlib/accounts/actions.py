"""What to do with which customer this week: whose money to collect, whose credit to stop, whom to keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.accounts.watching import WatchList
from crmlib.checks import refuse_rows
from crmlib.clean import clean, listed
from crmlib.credit.dunning import STEPS
from crmlib.i18n import _, language
from crmlib.segments.per_customer import one_row_each
from crmlib.standards import get

ACTIONS = ("reconcile", "stop_credit", "remind", "visit_now")
_RESTRICTED = ("restrict", "letter", "demand", "collect")
_REMINDED = ("reminder", "stop_large")
_NAMED = 4


@dataclass(frozen=True)
class AccountActions:
    """`table`, one row a customer, indexed by customer_id, by action, then the largest first: week_action, overdue_yuan, days_past_due,
    moved ("fewer" where parcels fell, else empty), usual_month_parcels (of those whose parcels fell)."""

    table: pd.DataFrame = field(repr=False)

    def of(self, action: str) -> pd.DataFrame:
        """The rows of one action: reconcile, stop_credit, remind or visit_now."""
        if action not in ACTIONS:
            raise ValueError(_('There is no action "{action}". Use one of: {known}.').format(action=action, known=", ".join(ACTIONS)))
        return self.table[self.table["week_action"] == action]

    def headline(self) -> str:
        """The week in one line, as a title."""
        customers = {action: len(self.of(action)) for action in ACTIONS}
        return _("This week: settle accounts with {reconcile}, stop the credit of {stop_credit}, remind {remind}, visit {visit_now} customers").format(
            **customers)  # fmt: skip

    def summary(self) -> str:
        """One sentence an action, a paragraph each; actions with nobody are left out."""
        sentences = {
            "reconcile": _("Settle accounts: {customers} key accounts have old arrears, {yuan:,.0f} yuan in all. Go through the invoices "
                           "with them, one by one. Until then parcels go on, new invoices are paid when due, and the sales manager signs "
                           "for it. First: {names}."),
            "stop_credit": _("Stop: {customers} customers owe {yuan:,.0f} yuan for more than a week. They pay before we ship, and hear in "
                             "writing how to lift it. First: {names}."),
            "remind": _("Remind: {customers} customers, {yuan:,.0f} yuan past due in all. A friendly word by telephone to the {calls} who owe "
                        "{small:,.0f} yuan or more, a message to the others. First: {names}."),
            "visit_now": _("Visit now: {customers} customers ship far less than usual and owe nothing that is late. Ask before they are gone. "
                           "First: {names}."),
        }  # fmt: skip
        small = get("credit.small_debt_yuan", unit="yuan")
        comma = "、" if language() == "zh" else ", "
        found = {action: self.of(action) for action in ACTIONS}
        return "\n\n".join(
            sentences[action].format(customers=len(rows), yuan=rows["overdue_yuan"].sum(), calls=(rows["overdue_yuan"] >= small).sum(),
                                     small=small, names=comma.join(map(str, rows.index[:_NAMED])))
            for action, rows in found.items() if len(rows)
        )  # fmt: skip


def account_actions(dunning: pd.DataFrame, watch: WatchList, *, key_accounts: Iterable[str]) -> AccountActions:
    """Put the dunning plan and the watch list together: one action a customer.

    Answers: whose money do we collect this week, whose credit do we stop, and whom do we keep?

    Parameters
    ----------
    dunning : DataFrame, from :func:`crmlib.credit.dunning_plan`
    watch : WatchList, from :func:`watch_list`
    key_accounts : customer ids
        They are not stopped by rule: whoever has old arrears is sat down with first.

    Returns
    -------
    AccountActions
        table; `.of(action)`, `.headline()`, `.summary()`

    Raises
    ------
    ValueError
        A column is missing, or `watch` is no watch list.

    Notes
    -----
    Money comes first: step restrict or later gives reconcile for key accounts and stop_credit for others; reminder and stop_large give
    remind: by telephone from credit.small_debt_yuan on, below it by a message.
    Whoever owes nothing that is late and ships unusually little gives visit_now. Others are left alone.

    Source: 《快递客户关系管理》 (客户欠费管理; what to watch of A and B customers); rule of this library.

    >>> plan = pd.DataFrame({"step": ["collect", "reminder"], "overdue_yuan": [500.0, 80.0], "days_past_due": [90, 1]}, index=["c1", "c2"])
    >>> days = pd.date_range("2025-01-01", "2025-11-30", freq="D").repeat(3)
    >>> from crmlib.accounts import watch_list
    >>> watch = watch_list(pd.DataFrame({"customer_id": "c3", "picked_up_at": days[:-80]}), month="2025-11")
    >>> account_actions(plan, watch, key_accounts=["c1"]).table["week_action"].to_dict()
    {'c1': 'reconcile', 'c2': 'remind', 'c3': 'visit_now'}
    """
    dunning = clean(dunning, "dunning", step="id", overdue_yuan="number", days_past_due="number")
    dunning = dunning.astype({"days_past_due": "int64"})
    one_row_each(dunning.index, "dunning")
    refuse_rows(~dunning["step"].isin(STEPS), _("step is no step of the dunning plan"), _("Use one of: {known}.").format(known=", ".join(STEPS)))
    if not hasattr(watch, "table"):
        raise ValueError(_("This needs what {maker} gives, not a {kind}.").format(maker="crm.accounts.watch_list", kind=type(watch).__name__))
    steps, key = dunning["step"].astype(object), dunning.index.isin(listed(key_accounts, "key_accounts"))
    old, new = steps.isin(_RESTRICTED), steps.isin(_REMINDED)
    action = pd.Series(np.select([old & key, old, new], list(ACTIONS[:3]), ""), index=dunning.index, dtype=object)
    moved = watch.table[watch.table["movement"].isin(["volume", "three_months"]) & (watch.table["moved"] == "fewer")]
    moved = moved.drop_duplicates("customer_id").set_index("customer_id")
    everybody = dunning.index.union(moved.index, sort=False)
    table = pd.DataFrame({
        "week_action": action.reindex(everybody, fill_value=""),
        "overdue_yuan": dunning["overdue_yuan"].astype(float).reindex(everybody, fill_value=0.0),
        "days_past_due": dunning["days_past_due"].reindex(everybody, fill_value=0).clip(lower=0),
        "moved": np.where(everybody.isin(moved.index), "fewer", ""),
        "usual_month_parcels": moved["usual_month_parcels"].reindex(everybody),
    }, index=everybody.rename("customer_id"))  # fmt: skip
    free = (table["week_action"] == "") & (table["moved"] == "fewer")
    table.loc[free, "week_action"] = "visit_now"
    table = table[table["week_action"] != ""]
    order = pd.Categorical(table["week_action"], categories=ACTIONS, ordered=True)
    return AccountActions(
        table.assign(rank=order).sort_values(["rank", "overdue_yuan", "usual_month_parcels"], ascending=[True, False, False], kind="stable")
        .drop(columns="rank").astype({"week_action": "str", "moved": "str"})
    )  # fmt: skip
