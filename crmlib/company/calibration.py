"""How near a firm comes to the published figures of the trade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.company.company import Company
from crmlib.company.service import SCANS

_SPB = "国家邮政局 State Post Bureau"
_YEARLY = {"key": (0.05, 0.10), "middle": (0.15, 0.20), "small": (0.25, 0.35)}
_STAGES = {
    "loaded at origin": (8.10, "寄出地处理，小时", "picked_up", "in_transit"),
    "in transport": (32.42, "运输，小时", "in_transit", "at_hub"),
    "at destination": (9.66, "寄达地处理，小时", "at_hub", "out_for_delivery"),
    "in delivery": (2.88, "投递，小时", "out_for_delivery", "signed"),
}


@dataclass(frozen=True)
class _Figure:
    zh: str
    en: str
    target: str
    source: str
    mark: str
    value: float
    form: str
    low: float = -np.inf
    high: float = np.inf
    here: str = ""


def calibration(company: Company, truth: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """How near the firm comes to the published figures: one row a figure.

    Parameters
    ----------
    company : a firm with customers and waybills; with tracking the stages of the way are measured too
    truth : from `simulate`; with it, loss, damage and yearly churn by size are measured too

    Returns
    -------
    DataFrame, indexed by the English name
        zh, target, source, mark, here (the value in these data as text), value, low and high (the band in which a firm of about 2,000
        customers should lie), met

    >>> from crmlib.company import lark
    >>> calibration(lark()).loc["Other cities", "target"]
    '88.9%'
    """
    figures = [*_mix(company), *_speed(company), *_volume(company)]
    if "tracking" in company.tables:
        figures += _stages(company)
    if truth is not None:
        figures += _failures(truth["fates"])
        figures += _churn(truth["panel"], truth["customers"])
    table = pd.DataFrame([vars(figure) for figure in figures])
    table["here"] = [figure.here or format(figure.value, figure.form) for figure in figures]
    table["met"] = table["value"].between(table["low"], table["high"])
    return table.set_index("en")[["zh", "target", "source", "mark", "here", "value", "low", "high", "met"]]


def _mix(company: Company) -> Iterator[_Figure]:
    waybills = company.waybills
    domestic = waybills[waybills["scope"] != "cross_border"]
    scope = waybills["scope"].value_counts(normalize=True)
    region = domestic["destination_region"].value_counts(normalize=True)
    yield _Figure("同城件占比", "Same city", "8.9%", _SPB, "V", scope.get("same_city", 0.0), ".1%", 0.083, 0.095)
    yield _Figure("异地件占比", "Other cities", "88.9%", _SPB, "V", scope.get("domestic", 0.0), ".1%", 0.882, 0.896)
    yield _Figure("国际及港澳台件占比", "Cross-border", "2.2%", _SPB, "V", scope.get("cross_border", 0.0), ".1%", 0.018, 0.026)
    yield _Figure("国内件，寄往东部", "Domestic, to the east", "72.4%", _SPB, "V", region.get("east", 0.0), ".1%", 0.714, 0.734)
    yield _Figure("国内件，寄往中部", "Domestic, to the centre", "18.7%", _SPB, "V", region.get("central", 0.0), ".1%", 0.177, 0.197)
    yield _Figure("国内件，寄往西部", "Domestic, to the west", "8.9%", _SPB, "V", region.get("west", 0.0), ".1%", 0.079, 0.099)
    yield _Figure("国内件均价，元", "Mean domestic price, yuan", "8.0 (2024)", _SPB, "D", domestic["price_yuan"].mean(), ".2f", 7.3, 8.7)


def _speed(company: Company) -> Iterator[_Figure]:
    waybills = company.waybills
    arrived = waybills[(waybills["scope"] == "domestic") & waybills["delivered_at"].notna()]
    hours = (arrived["delivered_at"] - arrived["picked_up_at"]).dt.total_seconds() / 3600
    yield _Figure("异地件 72 小时内送达", "Other cities, within 72 h", "84.72% (2024 Q2)", _SPB, "V", (hours <= 72).mean(), ".1%", 0.83, 0.865)
    yield _Figure("异地件全程时长，小时", "Other cities, mean hours", "53.07 (2024 Q2)", _SPB, "V", hours.mean(), ".1f", 51.5, 55.0)


def _volume(company: Company) -> Iterator[_Figure]:
    waybills, customers = company.waybills, company.customers
    peaks = _peaks(waybills["picked_up_at"])
    yield _Figure("11 月 11 日为平日的倍数", "11 November over an ordinary day", "1.51–1.87", _SPB, "V",
                  float(np.mean(list(peaks.values()))) if peaks else np.nan, ".2f", 1.4, 1.9,
                  ", ".join(f"{value:.2f} ({year})" for year, value in peaks.items()))  # fmt: skip
    shop = waybills["customer_id"].isin(customers.loc[customers["market"] == "e_commerce", "customer_id"])
    yield _Figure("电商件占全部件数", "E-commerce share of parcels", "70% (2018)–80%", _SPB, "V", shop.mean(), ".1%", 0.70, 0.85)
    settled = waybills["status"].isin(["signed", "returned"])
    yield _Figure("电商件退货率", "E-commerce parcels sent back", "6%", _SPB, "D",
                  (waybills["status"] == "returned")[shop & settled].mean(), ".1%", 0.05, 0.07)  # fmt: skip
    revenue = waybills.groupby("customer_id")["price_yuan"].sum().reindex(customers["customer_id"], fill_value=0.0)
    top = revenue.nlargest(round(len(revenue) / 5)).sum() / revenue.sum()
    yield _Figure("收入最高的 20% 客户占收入", "Revenue of the top 20% of customers", "–", "不设目标，如实算出 no target: as it came out",
                  "teaching", top, ".1%")  # fmt: skip


def _stages(company: Company) -> Iterator[_Figure]:
    """The minutes between scans of parcels that arrived in another city, by the published stages."""
    arrived = company.waybills.loc[(company.waybills["scope"] == "domestic") & company.waybills["delivered_at"].notna(), "waybill_id"]
    tracking = company.tracking[company.tracking["waybill_id"].isin(arrived)]
    mean = {node: moments.mean() for node, moments in tracking.groupby("node")["scanned_at"]}
    if set(SCANS) - {"clearance"} <= set(mean):
        for name, (target, zh, begins, ends) in _STAGES.items():
            hours = (mean[ends] - mean[begins]).total_seconds() / 3600
            yield _Figure(f"其中{zh}", f"Of these hours {name}", f"{target:g} (2024 Q2)", _SPB, "V", hours, ".1f",
                          0.92 * target, 1.08 * target)  # fmt: skip


def _failures(fates: pd.DataFrame) -> Iterator[_Figure]:
    chosen = ("–", "教学取值 chosen for teaching", "teaching")
    yield _Figure("丢失，每千件", "Lost, per thousand", *chosen, 1000 * fates["lost"].mean(), ".2f", 0.2, 0.5)
    yield _Figure("破损，每千件", "Damaged, per thousand", *chosen, 1000 * fates["damaged"].mean(), ".2f", 0.6, 1.3)


def _churn(panel: pd.DataFrame, people: pd.DataFrame) -> Iterator[_Figure]:
    """Yearly churn from the months at risk: 1 − exp(−12 × leavers per customer and month)."""
    at_risk = panel[panel["hazard"] > 0]
    size = at_risk["customer_id"].map(people.set_index("customer_id")["size"])
    names = {"key": ("关键客户年流失率", "Yearly churn, key"), "middle": ("中等客户年流失率", "Yearly churn, middle"),
             "small": ("小客户年流失率", "Yearly churn, small")}  # fmt: skip
    for code, (low, high) in _YEARLY.items():
        months = at_risk[size == code]
        yearly = 1 - np.exp(-12 * (~months["alive_at_end"]).mean())
        noise = 2.5 * 12 * np.sqrt(max((~months["alive_at_end"]).sum(), 1)) / max(len(months), 1)
        yield _Figure(*names[code], f"{low:.0%}–{high:.0%}", "常识 general knowledge", "GK", yearly, ".1%", low - noise, high + noise)


def _peaks(picked_up_at: pd.Series) -> dict[int, float]:
    """Each year's 11 November over the median day from October to mid-January."""
    daily = picked_up_at.dt.normalize().value_counts().sort_index()
    days = daily.index[(daily.index.month == 11) & (daily.index.day == 11)]
    return {day.year: daily[day] / daily[day - pd.Timedelta(days=41) : day + pd.Timedelta(days=65)].median() for day in days}
