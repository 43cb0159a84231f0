"""Why customers left: evidence from the weeks before their last parcel, beside the same evidence among those who stayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import require_columns, require_share
from crmlib.churn.as_of import tables_of
from crmlib.churn.definitions import churned
from crmlib.churn.metrics import share_interval
from crmlib.clean import clean
from crmlib.credit.chance import whole
from crmlib.i18n import _
from crmlib.segments.per_customer import day

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

REASONS = ("service", "conduct", "salesperson", "dissatisfied", "rival", "unknown")
_CAUSES = {"service": ("delay", "loss", "damage", "signed_not_received", "address"), "conduct": ("attitude",)}
_AFTER_DAYS, _FEWEST_BILLS = 30, 2
_VOLUMES = (1, 3, 10, 40)
_DAY = pd.Timedelta(days=1)
_KINDS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "waybills": (("delivered_at", "promised_at"),
                 {"customer_id": "id", "picked_up_at": "text_date", "delivered_at": "text_date?", "promised_at": "text_date?"}),
    "customers": (("market",), {"customer_id": "id", "market": "name?"}),
    "cases": ((), {"customer_id": "name?", "kind": "name?", "cause": "name?", "opened_at": "text_date"}),
    "surveys": ((), {"customer_id": "name?", "answered_on": "text_date", "satisfaction_1": "number?", "satisfaction_2": "number?"}),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class LeavingReasons:
    """What speaks for which reason.

    `customers`: one row a customer who left: customer_id, last_on, one yes/no column a reason, and reason (the first in the order of
    `leaving_rule()`). `table`: reason, customers, share, low, high (of those who left, by first reason), evidence (share of those who left
    with any such evidence), stayed (the same among those who stayed), excess (evidence − stayed), excess_low, excess_high.
    """

    customers: pd.DataFrame = field(repr=False)
    table: pd.DataFrame
    stayed: int
    level: float

    def summary(self) -> str:
        """The result in three sentences."""
        from crmlib.uplift.wording import leaving_label

        unknown = self.table.set_index("reason").loc["unknown"]
        opening = _("{count} customers left; for {share:.0%} of them ({low:.0%} to {high:.0%}) nothing in the data says why.").format(
            count=len(self.customers), share=unknown["share"], low=unknown["low"], high=unknown["high"])  # fmt: skip
        sure = self.table[(self.table["reason"] != "unknown") & (self.table["excess_low"] > 0)]
        if sure.empty:
            return opening + _(" No evidence is found more often among them than among the {stayed} who stayed, beyond chance.").format(
                stayed=self.stayed)  # fmt: skip
        first = sure.sort_values("excess", ascending=False, kind="stable").iloc[0]
        return opening + _(
            " What sets them most apart from the {stayed} who stayed: {reason}, {evidence:.0%} against {usual:.0%} (difference "
            "{low:+.1%} to {high:+.1%}). Evidence is no proof: those who stay meet with it too."
        ).format(
            stayed=self.stayed, reason=leaving_label(first["reason"]), evidence=first["evidence"], usual=first["stayed"],
            low=first["excess_low"], high=first["excess_high"],
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Reasons of those who left and those who stayed; see :func:`crmlib.plotting.leaving_reasons`."""
        from crmlib.plotting import leaving_reasons as draw

        return draw(self, ax=ax)


def leaving_rule() -> pd.DataFrame:
    """The rule by which evidence makes a reason, in the active language: order, reason, name, evidence.

    What a customer said comes before what was merely measured.

    >>> leaving_rule().reason.tolist()
    ['service', 'conduct', 'salesperson', 'dissatisfied', 'rival', 'unknown']
    """
    from crmlib.uplift.wording import leaving_evidence, leaving_label

    evidence = leaving_evidence(*_thresholds())
    return pd.DataFrame({"order": range(1, len(REASONS) + 1), "reason": REASONS, "name": [leaving_label(name) for name in REASONS],
                         "evidence": [evidence[name] for name in REASONS]})  # fmt: skip


def leaving_reasons(
    company: Company | Mapping[str, pd.DataFrame], *, silent_days: int | None = None, least_parcels: int = 3, level: float = 0.95,
    end: object = None,
) -> LeavingReasons:  # fmt: skip
    """Why customers left, as far as the data tell.

    Answers: did they leave over price, with their salesperson, over service – and how many for no reason that we know?

    Parameters
    ----------
    company : Company, or tables by name
        waybills and customers; of cases, salespeople, market_prices and surveys those that there are.
    silent_days : int, days; None: `state.lost_days`
        A customer has left who sent nothing in so many days before the data end.
    least_parcels : int
        Customers with fewer parcels never really came.
    level : float, 0–1
    end : date; None: the company's about["end"], else the day after the last waybill

    Returns
    -------
    LeavingReasons
        `.customers`, `.table`, `.summary()`, `.plot()`; the rule is in `leaving_rule()`

    Raises
    ------
    ValueError
        A table or column is missing, there is nothing to look for reasons in, or nobody left, or nobody stayed.

    Notes
    -----
    Evidence of salesperson and rival is that of `crm.churn.churned`. Of the rest, the `churn.evidence_days` before the loss are looked at,
    and the 30 days after it. Those who stayed are asked the same on days spread like the losses, and weighted so that their markets and
    volumes are those of the customers who left. Intervals: Wilson for shares, Newcombe for the excess.

    Source: 《快递客户关系管理》, customer churn: left for a rival, left with the salesperson, left over service; Newcombe (1998).

    >>> days = pd.to_datetime(["2026-01-05", "2026-01-12", "2026-01-20", "2026-01-03", "2026-03-03", "2026-05-03"])
    >>> bills = pd.DataFrame({"customer_id": ["c1"] * 3 + ["c2"] * 3, "picked_up_at": days})
    >>> told = pd.DataFrame({"customer_id": ["c1"], "kind": "complaint", "cause": "attitude", "opened_at": pd.to_datetime(["2026-01-18"])})
    >>> people = pd.DataFrame({"customer_id": ["c1", "c2"], "monthly_account": False})
    >>> leaving_reasons({"customers": people, "waybills": bills, "cases": told}, end="2026-06-01").customers.reason.tolist()
    ['conduct']
    """
    tables = tables_of(company)
    require_columns(tables, ["waybills", "customers"])
    tables = dict(tables) | {name: clean(tables[name], name, optional=optional, **kinds)
                             for name, (optional, kinds) in _KINDS.items() if name in tables}  # fmt: skip
    least_parcels = whole("least_parcels", least_parcels, 1)
    require_share("level", level)
    sources = {name: tables[name] for name in ("salespeople", "cases", "market_prices") if name in tables}
    if not sources:
        raise ValueError(_("To look for reasons, at least one of the tables cases, salespeople and market_prices is needed."))
    bills = tables["waybills"]
    sent = bills["customer_id"].map(bills["customer_id"].value_counts())
    bills = bills[sent >= least_parcels]
    if bills.empty:
        raise ValueError(_("There is not one customer with {least} parcels. Check the period and the filter.").format(least=least_parcels))
    told = getattr(company, "about", {}).get("end")
    stop = day(end, "end") if end is not None else day(told, "end") if told else bills["picked_up_at"].max().normalize() + _DAY
    people = tables["customers"][tables["customers"]["customer_id"].isin(bills["customer_id"])]
    found = churned(bills, as_of=stop, grace_days=silent_days, customers=people, **sources)
    found = found[found["churn_state"].isin(("lost", "active"))].sort_values("evidence_on", kind="stable")
    gone = (found["churn_state"] == "lost").to_numpy()
    if gone.all() or not gone.any():
        raise ValueError(_("Either everybody left or nobody did: there is nothing to compare. Check silent_days and the period."))
    flags = _evidence(tables, found)
    left = flags[gone]
    reason = pd.Series("unknown", index=left.index)
    for name in REASONS[-2::-1]:
        reason[left[name]] = name
    left = left.assign(reason=reason)
    table = _table(left, flags[~gone], _cells(tables, found), level)
    left.insert(0, "last_on", found.loc[gone, "last_on"])
    return LeavingReasons(left.rename_axis("customer_id").reset_index(), table, int((~gone).sum()), level)


def _evidence(tables: Mapping[str, pd.DataFrame], found: pd.DataFrame) -> pd.DataFrame:
    """One row a customer, one yes/no column a reason."""
    anchors, before = found["evidence_on"], standards.get("churn.evidence_days", unit="days") * _DAY
    flags = pd.DataFrame(False, index=found.index, columns=list(REASONS[:-1]))
    late_share, _gap, low_score = _thresholds()
    for name in ("salesperson", "rival"):
        if f"{name}_evidence" in found:
            flags[name] = found[f"{name}_evidence"].fillna(False).astype(bool)

    def near(table: pd.DataFrame, time: str, back: pd.Timedelta = before, after: int = _AFTER_DAYS) -> pd.DataFrame:
        anchor = table["customer_id"].map(anchors)
        return table[(table[time] >= anchor - back) & (table[time] < anchor + after * _DAY)]

    def mark(name: str, customers: object) -> None:
        flags.loc[flags.index.isin(pd.Index(customers)), name] = True

    bills = near(tables["waybills"], "picked_up_at")
    if "cases" in tables:
        cases = near(tables["cases"], "opened_at")
        for name, causes in _CAUSES.items():
            mark(name, cases.loc[cases["cause"].isin(causes) & cases["kind"].isin(("complaint", "claim")), "customer_id"])
    if {"delivered_at", "promised_at"} <= set(bills.columns):
        arrived = bills[bills["delivered_at"].notna()]
        late = (arrived["delivered_at"] > arrived["promised_at"]).groupby(arrived["customer_id"]).agg(["mean", "sum"])
        mark("service", late.index[(late["mean"] >= late_share) & (late["sum"] >= _FEWEST_BILLS)])
    if "surveys" in tables:
        answers = near(tables["surveys"], "answered_on", back=365 * _DAY).sort_values("answered_on", kind="stable")
        last = answers.drop_duplicates("customer_id", keep="last").set_index("customer_id")
        mark("dissatisfied", last.index[last[["satisfaction_1", "satisfaction_2"]].mean(axis=1) <= low_score])
    return flags


def _cells(tables: Mapping[str, pd.DataFrame], found: pd.DataFrame) -> pd.Series:
    """Customers of like market and like number of parcels in the evidence period: who ships more meets with more."""
    people, bills = tables["customers"], tables["waybills"]
    anchor = bills["customer_id"].map(found["evidence_on"])
    period = standards.get("churn.evidence_days", unit="days") * _DAY
    near = bills.loc[(bills["picked_up_at"] >= anchor - period) & (bills["picked_up_at"] < anchor), "customer_id"]
    volume = np.searchsorted(_VOLUMES, near.value_counts().reindex(found.index, fill_value=0).to_numpy(), side="right")
    market = people.set_index("customer_id")["market"].reindex(found.index).astype(object).fillna("").astype(str) if "market" in people else ""
    return market + pd.Series(volume, index=found.index).astype(str)


def _table(left: pd.DataFrame, stayed: pd.DataFrame, cells: pd.Series, level: float) -> pd.DataFrame:
    count = len(left)
    cell_left, cell_stayed = cells.reindex(left.index), cells.reindex(stayed.index)
    heads = cell_stayed.value_counts()
    mix = cell_left[cell_left.isin(heads.index)].value_counts(normalize=True)
    if mix.empty:
        mix = heads / heads.sum()
    counts = heads.reindex(mix.index)
    rows = []
    for name in REASONS:
        first = int((left["reason"] == name).sum())
        low, high = share_interval(first, count, level)
        flags = (left[name], stayed[name]) if name != "unknown" else (left["reason"] == name, ~stayed[list(REASONS[:-1])].any(axis=1))
        mine = float(flags[0].mean())
        shares = flags[1].groupby(cell_stayed).mean().reindex(mix.index)
        theirs = float((mix * shares).sum())
        # The weighted share is as sure as a plain one of so many customers; one customer of either kind keeps 0 from looking certain.
        smooth = (shares * counts + 1) / (counts + 2)
        weighted = float((mix * smooth).sum())
        like = weighted * (1 - weighted) / float((mix**2 * smooth * (1 - smooth) / counts).sum())
        bounds = [share_interval(flags[0].sum(), count, level), share_interval(theirs * like, like, level)]
        down = np.hypot(mine - bounds[0][0], bounds[1][1] - theirs)
        up = np.hypot(bounds[0][1] - mine, theirs - bounds[1][0])
        rows.append({"reason": name, "customers": first, "share": first / count, "low": float(low), "high": float(high), "evidence": mine,
                     "stayed": theirs, "excess": mine - theirs, "excess_low": float(mine - theirs - down),
                     "excess_high": float(mine - theirs + up)})  # fmt: skip
    return pd.DataFrame(rows)


def _thresholds() -> tuple[float, float, float]:
    return (
        standards.get("leaving.late_share", unit="share"), standards.get("churn.price_gap", unit="share"),
        standards.get("leaving.low_score", unit="ratio"),
    )  # fmt: skip
