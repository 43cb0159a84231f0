"""Calibration of customers and parcels: mix, price, speed, peaks, returns, failures, churn."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from crmlib.company.company import Company
from crmlib.company.measured import CHOSEN, GENERAL, Figure, counted, ratio
from crmlib.company.service import SCANS

_STAGES = (
    ("loaded at origin", "寄出地处理", 8.10, "picked_up", "in_transit"),
    ("in transport", "运输", 32.42, "in_transit", "at_hub"),
    ("at destination", "寄达地处理", 9.66, "at_hub", "out_for_delivery"),
    ("in delivery", "投递", 2.88, "out_for_delivery", "signed"),
)
_YEARLY = (("key", "关键客户", 0.05, 0.10), ("middle", "中等客户", 0.15, 0.20), ("small", "小客户", 0.25, 0.35))


def _mix(company: Company) -> Iterator[Figure]:
    waybills = company.waybills
    inland = waybills[waybills["scope"] != "cross_border"]
    for code, zh, en, share, slack in (
        ("same_city", "同城件占比", "Same city", 0.089, 0.004),
        ("domestic", "异地件占比", "Other cities", 0.889, 0.005),
        ("cross_border", "国际及港澳台件占比", "Cross-border", 0.022, 0.003),
    ):
        yield Figure(
            zh=zh,
            en=en,
            table="waybills",
            target=f"{share:.1%}",
            low=share - slack,
            high=share + slack,
            **ratio(waybills["scope"] == code, 1, waybills["customer_id"]),
        )
    for code, zh, en, share in (
        ("east", "国内件，寄往东部", "Domestic, to the east", 0.724),
        ("central", "国内件，寄往中部", "Domestic, to the centre", 0.187),
        ("west", "国内件，寄往西部", "Domestic, to the west", 0.089),
    ):
        yield Figure(
            zh=zh,
            en=en,
            table="waybills",
            target=f"{share:.1%}",
            low=share - 0.005,
            high=share + 0.005,
            **ratio(inland["destination_region"] == code, 1, inland["customer_id"]),
        )
    yield Figure(
        zh="国内件均价，元",
        en="Mean domestic price, yuan",
        table="waybills",
        target="8.0 (2024), 7.63 (2025-12)",
        mark="D",
        low=7.6,
        high=8.3,
        form=".2f",
        **ratio(inland["price_yuan"], 1, inland["customer_id"]),
    )


def _volume(company: Company) -> Iterator[Figure]:
    waybills, customers = company.waybills, company.customers
    shop = waybills["customer_id"].isin(customers.loc[customers["market"] == "e_commerce", "customer_id"])
    yield Figure(
        zh="电商件占全部件数",
        en="E-commerce share of parcels",
        table="customers",
        target="70% (2018), 80% (GK)",
        low=0.70,
        high=0.82,
        **ratio(shop, 1, waybills["customer_id"]),
    )
    settled = waybills[shop & waybills["status"].isin(["signed", "returned"])]
    yield Figure(
        zh="电商件退货率",
        en="E-commerce parcels sent back",
        table="waybills",
        target="6%",
        mark="D",
        low=0.055,
        high=0.065,
        **ratio(settled["status"] == "returned", 1, settled["customer_id"]),
    )
    spent = waybills.groupby("customer_id")["price_yuan"].sum().reindex(customers["customer_id"], fill_value=0.0)
    yield Figure(
        zh="收入最高的 20% 客户占收入",
        en="Revenue of the top 20% of customers",
        table="customers",
        target="–",
        mark="teaching",
        source=("不设目标，如实算出", "no target: as it came out"),
        value=spent.nlargest(round(len(spent) / 5)).sum() / spent.sum(),
    )


def _peaks(company: Company) -> Iterator[Figure]:
    """Festival days over the median day around them. The few customers who send most of the parcels make them uncertain."""
    picked_up = company.waybills["picked_up_at"].dt.normalize()
    last = pd.Timestamp(company.about["end"]) if "end" in company.about else picked_up.max() + pd.Timedelta(days=1)
    for zh, en, month, first, days, target, low, high, more in (
        ("11 月 11 日为平日的倍数", "11 November over an ordinary day", 11, 11, 1, "1.87 (2023), 1.51 (2024)", 1.51, 1.87, {}),
        ("11 月 1–11 日为平日的倍数", "1 to 11 November over an ordinary day", 11, 1, 11, "1.4 (2023)", 1.20, 1.45, {}),
        ("6 月 18 日为平日的倍数", "18 June over an ordinary day", 6, 18, 1, "1.2–1.5", 1.2, 1.5, {"mark": "teaching", "source": CHOSEN}),
    ):
        found = []
        for year in sorted(picked_up.dt.year.unique()):
            begins = pd.Timestamp(year, month, first)
            ends = begins + pd.Timedelta(days=days)
            if begins >= picked_up.min() and ends <= last:
                found.append((year, *_festive(company, picked_up, begins, ends)))
        if found:
            values, errors = np.array([row[1] for row in found]), np.array([row[2] for row in found])
            yield Figure(
                zh=zh,
                en=en,
                table="waybills",
                target=target,
                low=low,
                high=high,
                form=".2f",
                value=float(values.mean()),
                error=float(np.sqrt((errors**2).mean())),
                obtained=", ".join(f"{value:.2f} ({year})" for year, value, _error in found),
                **more,
            )


def _festive(company: Company, picked_up: pd.Series, begins: pd.Timestamp, ends: pd.Timestamp) -> tuple[float, float]:
    """Parcels of the festival over as many median days, and the error of that ratio when customers are drawn."""
    around = picked_up[(picked_up >= begins - pd.Timedelta(days=41)) & (picked_up < ends + pd.Timedelta(days=65))]
    usual = company.waybills["customer_id"].loc[around.index].value_counts()
    ordinary = around.value_counts().median() * (ends - begins).days
    sent = company.waybills.loc[(picked_up >= begins) & (picked_up < ends), "customer_id"].value_counts().reindex(usual.index, fill_value=0)
    times = sent.sum() / ordinary
    return times, float(np.sqrt(((sent - times * usual * ordinary / usual.sum()) ** 2).sum()) / ordinary)


def _speed(company: Company) -> Iterator[Figure]:
    waybills = company.waybills
    arrived = waybills[(waybills["scope"] == "domestic") & waybills["delivered_at"].notna()]
    hours = (arrived["delivered_at"] - arrived["picked_up_at"]).dt.total_seconds() / 3600
    yield Figure(
        zh="异地件 72 小时内送达",
        en="Other cities, within 72 h",
        table="waybills",
        target="84.72% (2024 Q2)",
        low=0.832,
        high=0.862,
        **ratio(hours <= 72, 1, arrived["customer_id"]),
    )
    yield Figure(
        zh="异地件全程时长，小时",
        en="Other cities, mean hours",
        table="waybills",
        target="53.07 (2024 Q2)",
        low=52.0,
        high=54.1,
        form=".1f",
        **ratio(hours, 1, arrived["customer_id"]),
    )


def _stages(company: Company) -> Iterator[Figure]:
    """The minutes between scans of parcels that arrived in another city, by the published stages; 5 % either way."""
    arrived = company.waybills.loc[(company.waybills["scope"] == "domestic") & company.waybills["delivered_at"].notna(), "waybill_id"]
    tracking = company.tracking[company.tracking["waybill_id"].isin(arrived)]
    groups = tracking.groupby("node")["scanned_at"]
    mean = {node: moments.mean() for node, moments in groups}
    if set(SCANS) - {"clearance"} <= set(mean):
        for en, zh, target, begins, ends in _STAGES:
            hours = (mean[ends] - mean[begins]).total_seconds() / 3600
            yield Figure(
                zh=f"其中{zh}，小时",
                en=f"Of these hours {en}",
                table="tracking",
                target=f"{target:g} (2024 Q2)",
                form=".2f",
                value=hours,
                low=0.95 * target,
                high=1.05 * target,
                error=2 * hours / np.sqrt(len(arrived)),
            )


def _failures(company: Company, fates: pd.DataFrame) -> Iterator[Figure]:
    for name, zh, en, low, high in (
        ("lost", "丢失，每千件", "Lost, per thousand", 0.25, 0.45),
        ("damaged", "破损，每千件", "Damaged, per thousand", 0.7, 1.2),
    ):
        yield Figure(
            zh=zh,
            en=en,
            table="tracking" if name == "lost" else "waybills",
            target=f"{low:g}–{high:g}",
            low=low,
            high=high,
            form=".2f",
            source=CHOSEN,
            mark="teaching",
            **counted(int(fates[name].sum()), len(fates) / 1000),
        )


def _churn(company: Company, panel: pd.DataFrame, people: pd.DataFrame) -> Iterator[Figure]:
    """Yearly churn from the months at risk: 1 − exp(−12 × leavers per customer and month)."""
    at_risk = panel[panel["hazard"] > 0]
    size = at_risk["customer_id"].map(people.set_index("customer_id")["size"])
    for code, zh, low, high in _YEARLY:
        months = at_risk[size == code]
        leavers = int((~months["alive_at_end"]).sum())
        rate = 12 * leavers / max(len(months), 1)
        yield Figure(
            zh=f"{zh}年流失率",
            en=f"Yearly churn, {code}",
            table="customers",
            target=f"{low:.0%}–{high:.0%}",
            low=low,
            high=high,
            source=GENERAL,
            mark="GK",
            value=1 - np.exp(-rate),
            error=np.exp(-rate) * 12 * np.sqrt(max(leavers, 1)) / max(len(months), 1),
        )


MEASURES = (
    (("waybills",), _mix),
    (("waybills",), _speed),
    (("tracking",), _stages),
    (("waybills",), _volume),
    (("waybills",), _peaks),
    (("truth:fates",), _failures),
    (("truth:panel", "truth:customers"), _churn),
)
"""What is measured: the tables (and frames of the truth) wanted, and the function that measures."""
