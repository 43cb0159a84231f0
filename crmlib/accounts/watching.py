"""The watch list: customers whose parcels, payments or people moved more than chance explains, with a stated rate of false alarms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.accounts.lateness import lateness, limit_of
from crmlib.accounts.people import people_changes
from crmlib.accounts.volume import VolumePast, volume_past
from crmlib.checks import refuse_rows, require_share
from crmlib.clean import clean
from crmlib.credit.chance import whole
from crmlib.i18n import _
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RULES = ("share", "discovery")
_ESTIMATED = ("volume", "three_months", "payment")
COLUMNS = ("customer_id", "movement", "moved", "observed", "usual", "low", "high", "p_value", "usual_month_parcels")


@dataclass(frozen=True)
class WatchList:
    """Unusual movements in `month`.

    `table`, one row a movement, most parcels at stake first: customer_id, movement (volume: parcels of the month; three_months: parcels
    of three months; payment; salesperson; contact), moved (fewer, more, later, new_person), observed, usual, low, high (what a customer
    without any change stays within), p_value, usual_month_parcels. `tested` counts the customers looked at by kind, `alarms` those named.
    Of customers without any change, at most a share `false_alarms` is named for parcels or payment (rule "share"), or at most that share
    of the names is false on average (rule "discovery"). Changes of people are facts, not estimates, and no false alarms.
    """

    table: pd.DataFrame = field(repr=False)
    month: pd.Period
    rule: str
    false_alarms: float
    tested: dict[str, int]
    limit: float
    past: VolumePast = field(repr=False, compare=False)

    @property
    def alarms(self) -> dict[str, int]:
        """Movements named, by kind."""
        return self.table["movement"].value_counts().to_dict()

    @property
    def expected_false(self) -> float:
        """So many names at most are false alarms on average, by the rule."""
        named = int(self.table["movement"].isin(list(_ESTIMATED)).sum())
        return self.limit * sum(self.tested.values()) if self.rule == "share" else self.false_alarms * named

    def summary(self) -> str:
        """The result in two sentences."""
        found = self.alarms
        return _(
            "In {month}, {customers} customers are to be looked at: parcels "
            "{volume}, payment {payment}, people {people}. Of these entries at most about "
            "{false:.0f} would be there by chance alone."
        ).format(
            month=str(self.month), customers=self.table["customer_id"].nunique(),
            volume=found.get("volume", 0) + found.get("three_months", 0), payment=found.get("payment", 0),
            people=found.get("salesperson", 0) + found.get("contact", 0), false=np.ceil(self.expected_false),
        )  # fmt: skip

    def chart(self, customer_id: str) -> pd.DataFrame:
        """One customer's months: parcels, usual, low, high, alarm; months without enough past have no limits."""
        if customer_id not in self.past.customers:
            raise ValueError(_("{customer} sent no parcel up to {month}.").format(customer=customer_id, month=str(self.month)))
        row = int(self.past.customers.get_loc(customer_id))
        known = np.isfinite(self.past.expected[row])
        low, high = (np.full(len(known), np.nan) for __ in range(2))
        low[known], high[known] = self.past.limits(np.array([row]), np.flatnonzero(known), self.limit)
        table = pd.DataFrame(
            {"parcels": self.past.counts[row], "usual": self.past.expected[row], "low": low, "high": high}, index=self.past.months
        )
        return table.assign(alarm=known & ((table["parcels"] < low) | (table["parcels"] > high))).rename_axis("month")

    def plot(self, customer_id: str | None = None, ax: Axes | None = None) -> Axes:
        """The watch chart of one customer (without one: the first on the list); see :func:`crmlib.plotting.watch_chart`."""
        from crmlib.plotting.accounts import watch_chart

        if customer_id is None:
            parcels = self.table.loc[self.table["movement"] == "volume", "customer_id"]
            if parcels.empty:
                raise ValueError(_("Nobody's parcels are unusual. Name a customer: watch.plot(\"C00001\")."))
            customer_id = parcels.iloc[0]
        return watch_chart(self, customer_id, ax=ax)


def watch_list(
    waybills: pd.DataFrame, *, month: object, customers: pd.DataFrame | None = None, invoices: pd.DataFrame | None = None,
    payments: pd.DataFrame | None = None, salespeople: pd.DataFrame | None = None, contacts: pd.DataFrame | None = None,
    contacts_before: pd.DataFrame | None = None, rule: str = "share", false_alarms: float | None = None, months: int | None = None,
) -> WatchList:  # fmt: skip
    """Name the customers that moved unusually in a month.

    Answers: whom should I call this week, and how many of these calls will be for nothing?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, picked_up_at; at least seven months up to the end of `month`.
    month : such as "2026-10"; a whole month
    customers : DataFrame, optional
        customer_id, market: seasons are then told by market; with salesperson_id, changes of salesperson are watched.
    invoices, payments : DataFrame, optional
        As in :func:`crmlib.credit.invoice_status`: payments are watched too.
    salespeople : DataFrame, optional
        salesperson_id, joined_on, predecessor_id.
    contacts, contacts_before : DataFrame, optional
        The contact persons now, and an earlier copy of the same table: who came and who went is told.
    rule : "share" or "discovery"
        share: of all customers without any change, at most `false_alarms` are named each month, however many really changed. discovery
        (Benjamini and Hochberg): of those named, at most `false_alarms` are false on average.
    false_alarms : float, 0–1, optional
        Without it: the standard accounts.false_alarm_share, or accounts.false_discovery_share. It is divided evenly among what is tested:
        parcels of the month, of three months, and payment.
    months : int, at least 6, optional
        How far back a customer's own past is looked at. Without it: the standard accounts.watch_months.

    Returns
    -------
    WatchList
        table, month, rule, false_alarms, tested; `.chart(customer_id)`, `.summary()`, `.plot(customer_id)`

    Raises
    ------
    ValueError
        A column is missing; dates are text; there are fewer than seven months; the rule is another.

    Notes
    -----
    One month shows who has left or doubled; three months against the past before them show what moves slowly. Watched for parcels are
    customers with six months of past and a parcel in the last three months: whoever has long gone is no news. Counts are
    whole numbers, so the limits of small customers are wide, their false alarms rarer than stated, and most cannot be noticed
    in one month: a customer of 2 parcels a month that sends none is no alarm.

    Source: 《快递客户关系管理》 (what to watch of A and B customers); negative binomial control limits; Benjamini and Hochberg (1995).

    >>> days = pd.date_range("2025-01-01", "2025-11-30", freq="D").repeat(3)
    >>> sent = pd.DataFrame({"customer_id": "c1", "picked_up_at": days[:-80]})
    >>> watch_list(sent, month="2025-11").table[["customer_id", "movement", "moved"]].values.tolist()
    [['c1', 'volume', 'fewer']]
    """
    if rule not in RULES:
        raise ValueError(
            _('rule is "{rule}". Use "share" (of customers without change) or "discovery" (of those named).').format(rule=rule)
        )
    key = "accounts.false_alarm_share" if rule == "share" else "accounts.false_discovery_share"
    rate = get(key, unit="share") if false_alarms is None else false_alarms
    require_share("false_alarms", rate)
    window = whole("months", get("accounts.watch_months", unit="months") if months is None else months, 6)
    at = _month(month)
    pays = invoices is not None and payments is not None
    limit = rate / (3 if pays else 2)
    pasts = _volume(waybills, customers, at, window)
    found = [_volume_rows(past, name) for name, past in pasts.items()]
    if pays:
        found.append(_payment_rows(lateness(invoices, payments, month=at, known_share=limit)))
    tested = {rows["movement"].iloc[0]: len(rows) for rows in found if len(rows)}
    rows = pd.concat(found, ignore_index=True)
    named = rows[_discovered(rows["p_value"].to_numpy(), rate) if rule == "discovery" else rows["p_value"] <= limit]
    named = _with_limits(named, pasts, limit)
    changed = people_changes(at.end_time.normalize(), customers, salespeople, contacts, contacts_before)
    past = pasts["volume"]
    usual = pd.Series(past.counts[:, max(0, past.counts.shape[1] - 1 - window) : -1].mean(axis=1).round(1), index=past.customers)
    table = pd.concat([named, changed], ignore_index=True) if len(changed) else named
    table["usual_month_parcels"] = table["customer_id"].map(usual).fillna(0.0)
    table = table.sort_values(["usual_month_parcels", "p_value"], ascending=[False, True], kind="stable", ignore_index=True)
    return WatchList(table[list(COLUMNS)], at, rule, float(rate), tested, limit, past)


def _volume(waybills: pd.DataFrame, customers: pd.DataFrame | None, at: pd.Period, window: int) -> dict[str, VolumePast]:
    waybills = clean(waybills, "waybills", customer_id="id?", picked_up_at="date?")
    when = waybills["picked_up_at"]
    refuse_rows(
        when.isna() | waybills["customer_id"].isna(),
        _("A waybill lacks its customer or its day"),
        _("Fill it in, or drop the waybill and say so."),
    )
    months = (at.year - when.min().year) * 12 + at.month - when.min().month + 1 if len(when) else 0
    if months < 7 or when.max() < at.start_time:
        raise ValueError(_("The waybills do not hold {month} and six months before it.").format(month=str(at)))
    market = None
    if customers is not None:
        customers = clean(customers, "customers", customer_id="id", market="name?", optional=("market",))
    if customers is not None and "market" in customers.columns:
        market = customers.drop_duplicates("customer_id").set_index("customer_id")["market"]
    # Three months against a past that ends before them need nine.
    spans = {"volume": 1} | ({"three_months": 3} if months >= 9 else {})
    return {name: volume_past(waybills, market, at, window, span) for name, span in spans.items()}


def _volume_rows(past: VolumePast, name: str) -> pd.DataFrame:
    month = len(past.months) - 1
    rows = np.flatnonzero(np.isfinite(past.expected[:, month]))
    few, many = (chance[rows] for chance in past.tail(month))
    return pd.DataFrame({
        "customer_id": past.customers[rows], "movement": name, "moved": np.where(few < many, "fewer", "more"),
        "observed": past.counts[rows, month].astype(float), "usual": past.expected[rows, month], "row": rows.astype(float),
        "p_value": np.minimum(2 * np.minimum(few, many), 1.0), "strays": None,
    })  # fmt: skip


def _payment_rows(late: pd.DataFrame) -> pd.DataFrame:
    return late.rename_axis("customer_id").reset_index().assign(movement="payment", moved="later", row=np.nan)


def _with_limits(named: pd.DataFrame, pasts: dict[str, VolumePast], share: float) -> pd.DataFrame:
    low, high = np.full(len(named), np.nan), np.full(len(named), np.nan)
    for name, past in pasts.items():
        rows = (named["movement"] == name).to_numpy()
        if rows.any():
            low[rows], high[rows] = past.limits(named.loc[rows, "row"].to_numpy(dtype=np.int64), len(past.months) - 1, share)
    late = (named["movement"] == "payment").to_numpy()
    if late.any():
        high[late] = limit_of(named[late], share)
    return named.assign(low=low, high=high)[["customer_id", "movement", "moved", "observed", "usual", "low", "high", "p_value"]]


def _discovered(p_values: np.ndarray, rate: float) -> np.ndarray:
    order = np.sort(p_values)
    below = np.flatnonzero(order <= rate * np.arange(1, len(order) + 1) / max(len(order), 1))
    return p_values <= (order[below[-1]] if len(below) else -1.0)


def _month(month: object) -> pd.Period:
    try:
        found = month.to_period("M") if isinstance(month, pd.Timestamp) else pd.Period(month, freq="M")
        found = found if found.year >= 1900 else pd.NaT
    except (ValueError, TypeError):
        found = pd.NaT
    if pd.isna(found):
        raise ValueError(_('month is {value}, which is no month. Write it like "2026-10".').format(value=month))
    return found
