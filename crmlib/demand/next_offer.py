"""Whom to offer what next, by rules; and whether the rules foresee what customers need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.company.schema import label
from crmlib.credit.chance import whole
from crmlib.demand.months import month_start
from crmlib.demand.rules import Rule, fitting, next_festival, read_offer_rules
from crmlib.i18n import _
from crmlib.segments.per_customer import day
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class NextOffers:
    """Offers of one day. `table`, one row a customer and rule: customer_id, next_offer (code), offer_name, parcels_fitting (in the months
    looked at), first_month, last_month, festival_on (missing where none is near), hint. `skipped`: rules that could not be applied because
    the parcels lack a column, with the columns."""

    table: pd.DataFrame = field(repr=False)
    skipped: dict[str, list[str]]
    on: pd.Timestamp

    def of(self, customer_id: str) -> pd.DataFrame:
        """The offers of one customer."""
        return self.table[self.table["customer_id"] == customer_id].reset_index(drop=True)

    def summary(self) -> str:
        """How many offers, to how many customers."""
        words = _("On {day}: {offers} offers to {customers} customers.").format(
            day=self.on.date(), offers=len(self.table), customers=self.table["customer_id"].nunique())  # fmt: skip
        if not self.skipped:
            return words
        lacking = "; ".join(f"{code} ({', '.join(columns)})" for code, columns in self.skipped.items())
        return f"{words} " + _("Not applied, because the parcels lack columns: {rules}.").format(rules=lacking)


def next_offers(
    shipments: pd.DataFrame, *, on: object, rules: Sequence[Rule] | None = None, customers: pd.DataFrame | None = None
) -> NextOffers:
    """Apply the rules to what was known on one day.

    Answers: what should I offer this customer next, and why now?

    Parameters
    ----------
    shipments : DataFrame, one row a parcel
        customer_id, picked_up_at and the columns that the rules look at (origin_country, destination_country, goods, scope, …). Rules
        whose columns are lacking are left out and named.
    on : date
        Only whole months before it count; nothing of that day or later is looked at.
    rules : list of Rule, optional
        Without one, those of :func:`crmlib.demand.read_offer_rules`.
    customers : DataFrame, optional
        customer_id, market: needed by rules for one market.

    Returns
    -------
    NextOffers

    Raises
    ------
    ValueError
        A column is missing, dates are text, or a rule stands twice.

    Source: 《2025国际快递行业客户关系管理体系研究》 (battery line after three months of electronics from China to the United States).

    >>> parcels = pd.DataFrame({"customer_id": "c1", "picked_up_at": pd.to_datetime(["2026-07-05", "2026-08-05", "2026-09-05"]),
    ...     "origin_country": "cn", "destination_country": "us", "goods": "electronics"})
    >>> next_offers(parcels, on="2026-10-10").table[["next_offer", "parcels_fitting"]].values.tolist()
    [['battery_line', 3]]
    """
    now, rules = day(on, "on"), list(read_offer_rules() if rules is None else rules)
    parcels = _known(shipments, now)
    skipped, tables = {}, []
    for rule in rules:
        lacking = _lacking(rule, shipments, customers)
        if lacking:
            skipped[rule.code] = lacking
            continue
        named = _named(rule, parcels, now.to_period("M"), customers)
        hint = rule.hint(now)
        tables.append(pd.DataFrame({
            "customer_id": named.index, "next_offer": rule.code, "offer_name": rule.name, "parcels_fitting": named.to_numpy(),
            "first_month": now.to_period("M") - rule.months, "last_month": now.to_period("M") - 1,
            "festival_on": pd.Timestamp(next_festival(rule.festival, now.date())) if hint else pd.NaT, "hint": hint,
        }))  # fmt: skip
    columns = ["customer_id", "next_offer", "offer_name", "parcels_fitting", "first_month", "last_month", "festival_on", "hint"]
    full = [table for table in tables if len(table)]
    table = pd.concat(full, ignore_index=True) if full else pd.DataFrame(columns=columns)
    order = table["next_offer"].map({rule.code: place for place, rule in enumerate(rules)})
    table = table.assign(place=order).sort_values(["place", "parcels_fitting", "customer_id"], ascending=[True, False, True], kind="stable")
    return NextOffers(table[columns].reset_index(drop=True), skipped, now)


def _known(shipments: pd.DataFrame, now: pd.Timestamp) -> pd.DataFrame:
    require_columns(shipments.columns, ("customer_id", "picked_up_at"))
    if not pd.api.types.is_datetime64_any_dtype(shipments["picked_up_at"]):
        raise ValueError(_("{name} is not a date. Turn it into dates with pd.to_datetime first.").format(name="picked_up_at"))
    refuse_rows(shipments["picked_up_at"].isna() | shipments["customer_id"].isna(), _("customer_id or picked_up_at is missing"),
                _("Fill in the value, or drop these rows."))  # fmt: skip
    parcels = shipments[shipments["picked_up_at"] < now.to_period("M").to_timestamp()]
    number = parcels["picked_up_at"].dt.year * 12 + parcels["picked_up_at"].dt.month - 1
    return parcels.assign(month_number=number)


def _lacking(rule: Rule, shipments: pd.DataFrame, customers: pd.DataFrame | None) -> list[str]:
    lacking = sorted(rule.columns - set(shipments.columns))
    if rule.market and (customers is None or "market" not in customers):
        lacking.append("market")
    return lacking


def _by_month(rule: Rule, parcels: pd.DataFrame, first: int, months: int) -> pd.DataFrame:
    """Fitting parcels of each customer (row) in `months` months from number `first` (columns)."""
    here = parcels[(parcels["month_number"] >= first) & (parcels["month_number"] < first + months)]
    here = here[fitting(here, rule.where)]
    counts = here.groupby(["customer_id", "month_number"], observed=True).size().unstack(fill_value=0)
    return counts.reindex(columns=range(first, first + months), fill_value=0)


def _named(rule: Rule, parcels: pd.DataFrame, month: pd.Period, customers: pd.DataFrame | None) -> pd.Series:
    """The customers whom a rule names at the beginning of `month`, with their fitting parcels."""
    first = month.year * 12 + month.month - 1 - rule.months
    counts = _by_month(rule, parcels, first, rule.months)
    counts = counts[(counts >= rule.least_parcels).all(axis=1)]
    total = counts.sum(axis=1)
    window = parcels[(parcels["month_number"] >= first) & parcels["customer_id"].isin(total.index)]
    if rule.least_share:
        total = total[total / window.groupby("customer_id", observed=True).size().reindex(total.index) >= rule.least_share]
    if rule.rising is not None:
        before = _by_month(rule, parcels, first - rule.months, rule.months).sum(axis=1).reindex(total.index, fill_value=0)
        total = total[total >= before * (1 + rule.rising)]
    if rule.without:
        total = total[~total.index.isin(window.loc[fitting(window, rule.without), "customer_id"])]
    if rule.market:
        market = customers.drop_duplicates("customer_id").set_index("customer_id")["market"]
        total = total[market.reindex(total.index).isin(rule.market).to_numpy()]
    return total


@dataclass(frozen=True)
class OfferCheck:
    """Whether those named by a rule went on to need what was offered.

    `table`, one row a rule and way of naming (rule, last_year, mean, everybody): next_offer, approach, named, right_named, precision, low,
    high (right_named over named; Wilson), found_share (share of all who needed it that were named), found_low, found_high. Who needs
    it: in the months after the cut-off, on average at least the rule's parcels a month.
    """

    table: pd.DataFrame = field(repr=False)
    cutoff: pd.Timestamp
    months: int
    level: float
    skipped: dict[str, list[str]]

    def summary(self) -> str:
        """The figures of the first rule that named anybody."""
        rows = self.table[(self.table["approach"] == "rule") & (self.table["named"] > 0)]
        if rows.empty:
            return _("No rule named anybody at {cutoff}.").format(cutoff=self.cutoff.date())
        return " ".join(
            _(
                "{rule}: {right} of {named} named at {cutoff} needed it in the next {months} months "
                "({precision:.0%}; {low:.0%} to {high:.0%})."
            ).format(
                rule=label(row.next_offer, "next_offer"),
                right=row.right_named,
                named=row.named,
                cutoff=self.cutoff.date(),
                months=self.months,
                precision=row.precision,
                low=row.low,
                high=row.high,
            )
            for row in rows.itertuples()
        )

    def advice(self, code: str) -> str:
        """Whether to go by the rule `code`, in words for a manager."""
        rows = self.table[self.table["next_offer"] == code].set_index("approach")
        if rows.empty or not rows.loc["rule", "named"]:
            raise ValueError(_("The rule {code} named nobody at {cutoff}.").format(code=code, cutoff=self.cutoff.date()))
        rule, last = rows.loc["rule"], rows.loc["last_year"]
        words = _("{rule}: of {named} customers named in {cutoff}, {right} went on to need it.").format(
            rule=label(code, "next_offer"), named=rule["named"], right=rule["right_named"], cutoff=self.cutoff.strftime("%Y-%m"))  # fmt: skip
        if last["named"] and not rule["low"] > last["high"]:
            words = f"{words} " + _("With so few nobody can say that this is better than last year's figures ({right} of {named}).").format(
                right=last["right_named"], named=last["named"])  # fmt: skip
        return f"{words} " + _("Whether the offer moves anybody takes a trial: let lots decide who gets it.")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Precision of each rule and of the benchmarks; see :func:`crmlib.plotting.offer_precision`."""
        from crmlib.plotting.demand import offer_precision

        return offer_precision(self, ax=ax)


def check_offers(
    shipments: pd.DataFrame, *, cutoff: object, months: int = 3, rules: Sequence[Rule] | None = None, customers: pd.DataFrame | None = None,
    level: float = 0.95,
) -> OfferCheck:  # fmt: skip
    """Try rules on the months after a cut-off.

    Answers: of those whom the rule names, how many really need it, and would "same as last year" have named better?

    Parameters
    ----------
    shipments, rules, customers : as in :func:`crmlib.demand.next_offers`; the later months must be in the data
    cutoff : first day of a month
        The rules see only what came before.
    months : months after the cut-off in which the need must show
    level : confidence of the intervals

    Returns
    -------
    OfferCheck
        last_year names who sent so much in the same months of the year before; mean, who did on average over the last twelve months;
        everybody, all who sent anything in the last twelve months.

    Raises
    ------
    ValueError
        As in next_offers; cutoff is not the first of a month; the data end too early, or begin less than a year before.

    Source: evaluation of a rule by precision and recall on a later period.

    >>> days = pd.date_range("2025-01-01", "2026-03-31", freq="D")
    >>> parcels = pd.DataFrame({"customer_id": np.where(days.day < 15, "c1", "c2"), "picked_up_at": days,
    ...     "scope": np.where(days.day < 15, "cross_border", "domestic")})
    >>> found = check_offers(parcels, cutoff="2026-01-01").table.set_index(["next_offer", "approach"])
    >>> found.loc[("seller_package", "rule"), ["named", "right_named"]].tolist()
    [1, 1]
    """
    require_share("level", level)
    cut, ahead, rules = month_start(cutoff), whole("months", months, 1), list(read_offer_rules() if rules is None else rules)
    end = (cut.to_period("M") + ahead).to_timestamp()
    parcels = _known(shipments, end)
    if parcels.empty or shipments["picked_up_at"].max() < end - pd.Timedelta(days=7):
        raise ValueError(_("The data end too early: to check {months} months from {cutoff} they must go to {end}.").format(
            months=ahead, cutoff=cut.date(), end=(end - pd.Timedelta(days=1)).date()))  # fmt: skip
    first = cut.year * 12 + cut.month - 1
    if parcels["month_number"].min() > first - 12:
        raise ValueError(
            _('The data begin less than twelve months before {cutoff}; "same as last year" needs a year.').format(cutoff=cut.date())
        )
    before = parcels[parcels["month_number"] < first]
    skipped, rows = {}, []
    for rule in rules:
        lacking = _lacking(rule, shipments, customers)
        if lacking:
            skipped[rule.code] = lacking
            continue
        need = rule.least_parcels * ahead
        later = _by_month(rule, parcels, first, ahead).sum(axis=1)
        needing = _of_market(rule, later[later >= need].index, customers)
        past = _by_month(rule, before, first - 12, 12)
        ways = {
            "rule": _named(rule, before, cut.to_period("M"), customers).index,
            "last_year": past.index[past.iloc[:, :ahead].sum(axis=1) >= need] if ahead <= 12 else past.index[:0],
            "mean": past.index[past.sum(axis=1) >= 12 * rule.least_parcels],
            "everybody": pd.Index(before.loc[before["month_number"] >= first - 12, "customer_id"].unique()),
        }  # fmt: skip
        for method, named in ways.items():
            named = _of_market(rule, named, customers)
            right = int(named.isin(needing).sum())
            rows.append((rule.code, method, len(named), right, *_rate(right, len(named), level), *_rate(right, len(needing), level)))
    columns = ["next_offer", "approach", "named", "right_named", "precision", "low", "high", "found_share", "found_low", "found_high"]
    return OfferCheck(pd.DataFrame(rows, columns=columns), cut, ahead, level, skipped)


def _of_market(rule: Rule, named: pd.Index, customers: pd.DataFrame | None) -> pd.Index:
    if not rule.market:
        return named
    market = customers.drop_duplicates("customer_id").set_index("customer_id")["market"]
    return named[market.reindex(named).isin(rule.market).to_numpy()]


def _rate(right: int, size: int, level: float) -> tuple[float, float, float]:
    return (right / size, *wilson_interval(right, size, level)) if size else (np.nan, np.nan, np.nan)
