"""Calibration of selling, money, staff and the world around: leads, quotes, offers, receivables, salespeople, rivals, the calendar."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from crmlib.company.company import Company
from crmlib.company.measured import CHOSEN, Figure, counted, ratio

_PLAIN = {"source": CHOSEN, "mark": "teaching"}
_WINDOW = 90
_LISTED = ("上市公司应收账款一年周转 10–15 次", "receivables of listed firms turn over 10 to 15 times a year")


def _receivables(company: Company) -> Iterator[Figure]:
    """Days of sales outstanding at the ends of the months from the seventh on, over the sales of the last 90 days; the days of one firm are
    alike, so that their spread between months is the error."""
    invoices, payments, waybills = company.invoices, company.payments, company.waybills
    found = []
    for day in sorted(invoices["issued_on"].unique())[6:]:
        owed = (
            invoices.loc[invoices["issued_on"] <= day, "amount_yuan"].sum() - payments.loc[payments["paid_on"] <= day, "amount_yuan"].sum()
        )
        since = waybills["picked_up_at"] - (pd.Timestamp(day) + pd.Timedelta(days=1))
        recent = (since < pd.Timedelta(0)) & (since >= -pd.Timedelta(days=_WINDOW))
        found.append(_WINDOW * owed / waybills.loc[recent, "price_yuan"].sum())
    if found:
        yield Figure(
            zh="应收账款周转天数",
            en="Days of sales outstanding",
            table="payments",
            target="24–36",
            form=".1f",
            source=_LISTED,
            mark="D",
            low=24,
            high=36,
            value=float(np.mean(found)),
            error=float(np.std(found) / np.sqrt(len(found))),
        )


def _credit(company: Company) -> Iterator[Figure]:
    classes = company.invoices.drop_duplicates("customer_id")["credit_class"]
    yield Figure(
        zh="信用 A、B 级客户占月结客户",
        en="Credit classes A and B among monthly accounts",
        table="invoices",
        target="22%",
        low=0.20,
        high=0.24,
        **_PLAIN,
        **ratio(classes.isin(["A", "B"]), 1, classes.index),
    )


def _leads(company: Company) -> Iterator[Figure]:
    leads = company.leads
    closed = leads[leads["closed_on"].notna() & leads["lost_reason"].ne("duplicate")]
    quoted = closed[closed["quoted_on"].notna()]
    yield Figure(
        zh="线索得到报价",
        en="Leads that get a quote",
        table="leads",
        target="45%",
        low=0.42,
        high=0.48,
        **_PLAIN,
        **ratio(closed["quoted_on"].notna(), 1, closed.index),
    )
    if len(quoted):
        yield Figure(
            zh="报价后签约",
            en="Quoted leads that are won",
            table="quotes",
            target="38%",
            low=0.36,
            high=0.40,
            **_PLAIN,
            **ratio(quoted["customer_id"].notna(), 1, quoted.index),
        )


def _offers(company: Company) -> Iterator[Figure]:
    offers = company.offers
    yield Figure(
        zh="抽中优惠的比例",
        en="Share drawn for the offer",
        table="offers",
        target="50%",
        low=0.49,
        high=0.51,
        **_PLAIN,
        **ratio(offers["arm"] == "offer", 1, offers.index),
    )
    first = offers[(offers["kind"] == "first_order") & (offers["arm"] == "control") & offers["outcome"].notna()]
    if len(first):
        yield Figure(
            zh="未发券的新客户 7 天内寄件",
            en="New accounts that ship within 7 days without a coupon",
            table="offers",
            target="30%–45%",
            low=0.30,
            high=0.45,
            **_PLAIN,
            **ratio(first["outcome"] == "reached", 1, first.index),
        )


def _touches(company: Company) -> Iterator[Figure]:
    visits = company.touches[company.touches["mood"].notna()]
    yield Figure(
        zh="走访时客户态度，1–5 分",
        en="Mood at visits, 1 to 5",
        table="touches",
        target="3.2",
        low=3.0,
        high=3.4,
        form=".2f",
        **_PLAIN,
        **ratio(visits["mood"], 1, visits["customer_id"]),
    )


def _loyalty(company: Company) -> Iterator[Figure]:
    members, points = company.members, company.points
    invited = members["joined_by"] == "invitation"
    yield Figure(
        zh="因邀请入会的会员占比",
        en="Members who joined by invitation",
        table="members",
        target="40%–60%",
        low=0.40,
        high=0.60,
        **_PLAIN,
        **ratio(invited, 1, members.index),
    )
    earned, spent = points["points"].clip(lower=0), (-points["points"]).where(points["kind"] == "redeem", 0)
    yield Figure(
        zh="积分兑换率",
        en="Share of the points redeemed",
        table="points",
        target="20%–45%",
        low=0.20,
        high=0.45,
        **_PLAIN,
        value=spent.sum() / earned.sum(),
        error=ratio(spent, earned.mean(), points["member_id"])["error"],
    )


def _people(company: Company) -> Iterator[Figure]:
    salespeople = company.salespeople
    end, first = company.waybills["picked_up_at"].max().normalize(), company.waybills["picked_up_at"].min().normalize()
    years = (salespeople["left_on"].fillna(end) - salespeople["joined_on"].clip(lower=first)).dt.days.sum() / 365.25
    yield Figure(
        zh="客户经理年离职率",
        en="Salespeople who leave, a year",
        table="salespeople",
        target="22%",
        low=0.20,
        high=0.24,
        **_PLAIN,
        **counted(int(salespeople["left_on"].notna().sum()), years),
    )


def _contacts(company: Company) -> Iterator[Figure]:
    each = company.contacts["customer_id"].value_counts()
    yield Figure(
        zh="只有一位联系人的客户",
        en="Customers with a single contact",
        table="contacts",
        target="45%",
        low=0.43,
        high=0.47,
        **_PLAIN,
        **ratio(each == 1, 1, each.index),
    )


def _agents(company: Company) -> Iterator[Figure]:
    agents = company.agents
    yield Figure(
        zh="坐席技能评分，1–5 分",
        en="Skill of the agents, 1 to 5",
        table="agents",
        target="3",
        low=2.5,
        high=3.5,
        form=".1f",
        **_PLAIN,
        **ratio(agents["skill"], 1, agents.index),
    )


def _prices(company: Company) -> Iterator[Figure]:
    """Each price over the same a year before; the median, since price wars touch few of them."""
    prices = company.market_prices
    same = ["competitor", "scope", "origin_region", "destination_region", "product"]
    before = prices[[*same, "month", "first_kg_yuan"]].assign(month=prices["month"] + pd.DateOffset(years=1))
    both = prices.merge(before, on=[*same, "month"], suffixes=("", "_before"))
    if len(both):
        change = np.log(both["first_kg_yuan"] / both["first_kg_yuan_before"])
        yield Figure(
            zh="对手价格年变化",
            en="Competitors' prices, change in a year",
            table="market_prices",
            target="−4% (8.0 → 7.63, 2024 → 2025-12)",
            mark="D",
            low=-0.05,
            high=-0.03,
            value=float(change.median()),
            error=float(change.std() / np.sqrt(len(change))),
        )


def _calendar(company: Company) -> Iterator[Figure]:
    days = company.calendar[company.calendar["date"].dt.year == 2025]
    if len(days) == 365:
        yield Figure(
            zh="2025 年工作日，天",
            en="Working days of 2025",
            table="calendar",
            target="248",
            low=248,
            high=248,
            form=".0f",
            mark="V-",
            source=("国务院办公厅放假通知，经 holidays 程序包", "the State Council's notice, by the holidays package"),
            value=float(days["is_workday"].sum()),
        )


def _records(company: Company) -> Iterator[Figure]:
    yield Figure(
        zh="平均每位客户在各系统的记录数",
        en="Records of the systems a customer",
        table="source_records",
        target="2.25",
        low=2.15,
        high=2.35,
        form=".2f",
        **_PLAIN,
        **counted(len(company.source_records), len(company.customers)),
    )


MEASURES = (
    (("invoices", "payments", "waybills"), _receivables),
    (("invoices",), _credit),
    (("leads",), _leads),
    (("offers",), _offers),
    (("touches",), _touches),
    (("members", "points"), _loyalty),
    (("salespeople", "waybills"), _people),
    (("contacts",), _contacts),
    (("agents",), _agents),
    (("market_prices",), _prices),
    (("calendar",), _calendar),
    (("source_records", "customers"), _records),
)
"""What is measured: the tables (and frames of the truth) wanted, and the function that measures."""
