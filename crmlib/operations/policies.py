"""Policy notices in use: what takes effect when, whom it touches, and whether their parcels changed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.clean import clean
from crmlib.i18n import _, language
from crmlib.operations.parcels import confidence, of_customers, parcels_of
from crmlib.segments.per_customer import customer_table, day
from crmlib.standards import get

_NOTICES = {
    "policy_id": "id", "published_on": "text_date?", "issuer_kind": "name", "title_zh": "name", "title_en": "name", "topic": "name",
    "change_zh": "name", "change_en": "name", "effective_on": "text_date", "region": "name", "invented": "answer",
}  # fmt: skip


@cache
def _rules() -> dict[str, dict]:
    return tomllib.loads((Path(__file__).parent / "policies.toml").read_text("utf-8"))


def policy_calendar(policies: pd.DataFrame, *, as_of: object) -> pd.DataFrame:
    """What takes effect when, what is in force, and what to do.

    Answers: which rules change next, how many days are left, and what must we do?

    Parameters
    ----------
    policies : DataFrame
        As the table policies of a firm.
    as_of : date
        Notices that were published later are not shown; nobody knew them.

    Returns
    -------
    DataFrame, by the day of effect
        policy_id, effective_on, days_left (0 or less: in force), in_force (yes/no), title, topic, region, issuer_kind, published_on, what_changes,
        action (what to do, a teaching rule by topic), invented (no: a fact of law)

    Raises
    ------
    ValueError
        A column is missing or holds no dates.

    Source: 《快递客户关系管理》, project 4, task 2 (政策信息).

    >>> from crmlib.company import lark
    >>> policy_calendar(lark().policies, as_of="2026-09-01")[["policy_id", "days_left"]].tail(1).values.tolist()
    [['N016', 14]]
    """
    today, notices = day(as_of, "as_of").normalize(), _read(policies)
    notices = notices[~(notices["published_on"] > today)].sort_values(["effective_on", "policy_id"], ignore_index=True)
    left = (notices["effective_on"].dt.normalize() - today).dt.days
    lang = language()
    return pd.DataFrame({
        "policy_id": notices["policy_id"], "effective_on": notices["effective_on"], "days_left": left, "in_force": left <= 0,
        "title": notices[f"title_{lang}"], "topic": notices["topic"], "region": notices["region"], "issuer_kind": notices["issuer_kind"],
        "published_on": notices["published_on"], "what_changes": notices[f"change_{lang}"],
        "action": [_rules().get(topic, {}).get(f"action_{lang}", "–") for topic in notices["topic"]], "invented": notices["invented"],
    })  # fmt: skip


def policy_customers(
    policy_id: str, policies: pd.DataFrame, customers: pd.DataFrame, waybills: pd.DataFrame, *, days: int | None = None
) -> pd.DataFrame:
    """The customers that a notice touches, those with the most parcels first.

    Answers: whom must the account managers tell before this takes effect?

    Parameters
    ----------
    policy_id : of a notice in `policies`
    policies, customers, waybills : tables of a firm
    days : whole number, optional
        A customer is touched that sent a parcel of the notice's kind in so many days before it takes effect (or before the last waybill,
        where that comes first). Without it: the standard operations.policy_days.

    Returns
    -------
    DataFrame
        customer_id, name, market, region, salesperson_id (those columns that `customers` has), parcels, revenue_yuan

    Raises
    ------
    ValueError
        There is no such notice, or a column is missing.

    Notes
    -----
    Touched is a teaching rule (operations/policies.toml): by topic some markets and scopes, and parcels from or to the notice's region.

    Source: own.

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> touched = policy_customers("N009", firm.policies, firm.customers, firm.waybills)
    >>> touched.columns[0], bool((touched.parcels > 0).all())
    ('customer_id', True)
    """
    notices = _read(policies).set_index("policy_id")
    if policy_id not in notices.index:
        raise ValueError(_("There is no notice {policy}. Known: {known}.").format(policy=policy_id, known=", ".join(map(str, notices.index[:30]))))
    bills = _parcels(waybills, customers)
    notice, span = notices.loc[policy_id], _span(days)
    end = min(notice["effective_on"], bills["picked_up_at"].max() + pd.Timedelta(seconds=1))
    when = bills["picked_up_at"]
    rows = bills[_touched(bills, notice) & (when >= end - pd.Timedelta(days=span)) & (when < end)]
    sums = rows.groupby("customer_id", observed=True).agg(parcels=("price_yuan", "size"), revenue_yuan=("price_yuan", "sum"))
    people = customer_table(customers, ["region", "market"], "customers")
    kept = [name for name in ("name", "market", "region", "salesperson_id") if name in people.columns]
    found = people.loc[sums.index, kept].join(sums).rename_axis("customer_id").reset_index()
    return found.sort_values(["parcels", "customer_id"], ascending=[False, True], kind="stable", ignore_index=True)


def policy_effects(
    policies: pd.DataFrame, customers: pd.DataFrame, waybills: pd.DataFrame, *, days: int | None = None, level: float | None = None
) -> pd.DataFrame:
    """For each notice whom it touches, and how their parcels changed compared with the others'.

    Answers: did the new rule cost us parcels, or was it the season?

    Parameters
    ----------
    policies, customers, waybills : tables of a firm
    days : whole number, optional
        So many days before and after are compared. Without it: the standard operations.policy_days.
    level : float, 0–1, optional

    Returns
    -------
    DataFrame, one row a notice, by the day of effect
        policy_id, title, topic, effective_on, customers (touched), before_parcels, after_parcels (touched ones), expected_after (what they would be had they
        changed as the untouched parcels of the same market did), times_expected (after ÷ expected), low, high. Missing where the data do not
        cover both spans or no untouched parcels are left: a rule for all has nobody to be compared with.

    Raises
    ------
    ValueError
        A column is missing.

    Notes
    -----
    Intervals: jackknife over customers. With 16 notices at 95% about one will miss 1 by chance alone. A difference is no proof: whatever
    else struck the touched parcels in these days is in it.

    Source: difference in differences on the log scale; Efron (1982).

    >>> from crmlib.company import lark
    >>> firm = lark()
    >>> policy_effects(firm.policies.head(1), firm.customers, firm.waybills).policy_id.tolist()
    ['N001']
    """
    level, span, bills = confidence(level), pd.Timedelta(days=_span(days)), _parcels(waybills, customers)
    notices = _read(policies).sort_values(["effective_on", "policy_id"])
    first, last, when = bills["picked_up_at"].min().normalize(), bills["picked_up_at"].max(), bills["picked_up_at"]
    place, names = pd.factorize(bills["customer_id"])
    market, markets = pd.factorize(bills["market"])
    rows = []
    for notice in notices.itertuples(index=False):
        at = notice.effective_on.normalize()
        near = np.flatnonzero((when >= at - span) & (when < at + span))
        touched = _touched(bills, notice._asdict())[near]
        late = (when.to_numpy()[near] >= np.datetime64(at)).astype(int)
        # customers × markets × untouched/touched × before/after
        shape = (len(names), len(markets), 2, 2)
        cell = np.ravel_multi_index((place[near], market[near], touched.astype(int), late), shape)
        counts = np.bincount(cell, minlength=int(np.prod(shape))).reshape(shape).astype(float)
        total = counts.sum(axis=0)
        covered = first <= at - span and at + span <= last + pd.Timedelta(days=1)
        row = {
            "policy_id": notice.policy_id, "title": getattr(notice, f"title_{language()}"), "topic": notice.topic, "effective_on": at,
            "customers": int((counts[:, :, 1].sum(axis=(1, 2)) > 0).sum()), **dict(zip(("before_parcels", "after_parcels"), total[:, 1].sum(axis=0) if covered else (np.nan,) * 2, strict=True)),
        }  # fmt: skip
        found = _compared(counts, total, level) if covered else (np.nan,) * 4
        rows.append(row | dict(zip(("expected_after", "times_expected", "low", "high"), found, strict=True)))
    return pd.DataFrame(rows)


def _compared(counts: np.ndarray, total: np.ndarray, level: float) -> tuple[float, float, float, float]:
    from scipy.stats import norm

    needed = total[:, 1, 0] > 0
    if not total[:, 1, 1].sum() or not needed.any() or (total[needed][:, 0] == 0).any():
        return (np.nan,) * 4
    some = (counts.sum(axis=(1, 2, 3)) > 0)
    without = total - counts[some]
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = (without[:, needed, 1, 0] * without[:, needed, 0, 1] / without[:, needed, 0, 0]).sum(axis=1)
        logs = np.log(without[:, needed, 1, 1].sum(axis=1) / expected)
    if not np.isfinite(logs).all():
        return (np.nan,) * 4
    many = len(logs)
    half = norm.ppf((1 + level) / 2) * np.sqrt((many - 1) / many * ((logs - logs.mean()) ** 2).sum())
    meant = float((total[needed, 1, 0] * total[needed, 0, 1] / total[needed, 0, 0]).sum())
    times = float(total[needed, 1, 1].sum() / meant)
    return meant, times, float(times * np.exp(-half)), float(times * np.exp(half))


def _read(policies: object) -> pd.DataFrame:
    return clean(policies, "policies", **_NOTICES)


def _span(days: object) -> int:
    days = get("operations.policy_days", unit="days") if days is None else days
    if isinstance(days, bool) or not isinstance(days, (int, np.integer)) or not 1 <= days <= 3650:
        raise ValueError(_("days is {value}; it must be a whole number of days from 1 on.").format(value=days))
    return int(days)


def _parcels(waybills: object, customers: object) -> pd.DataFrame:
    bills = parcels_of(waybills, "customer_id", "picked_up_at", "scope", "destination_region", "price_yuan")
    return bills.assign(**of_customers(bills, customers, ["region", "market"])).reset_index(drop=True)


def _touched(bills: pd.DataFrame, notice: object) -> np.ndarray:
    rule = _rules().get(notice["topic"], {"markets": [], "scopes": []})
    found = np.ones(len(bills), dtype=bool)
    for column, chosen in (("market", rule["markets"]), ("scope", rule["scopes"])):
        if chosen:
            found &= bills[column].isin(chosen).to_numpy()
    if notice["region"] != "all":
        found &= ((bills["region"] == notice["region"]) | (bills["destination_region"] == notice["region"])).to_numpy()
    return found
