"""What the simulated firm is made of: every parameter of the generator, with its source and how sure we are of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmlib.i18n import _

MARKETS = ("e_commerce", "corporate", "walk_in")
PRODUCTS = ("economy", "standard", "express")
SCOPES = ("same_city", "domestic", "cross_border")
REGIONS = ("east", "central", "west", "abroad")


def _figure(value: Any, source_zh: str, source_en: str, mark: str) -> Any:
    copy = (lambda: dict(value)) if isinstance(value, dict) else (lambda: value)
    return dataclasses.field(default_factory=copy, metadata={"source_zh": source_zh, "source_en": source_en, "mark": mark})


def _chosen(value: Any, source_zh: str, source_en: str) -> Any:
    return _figure(value, source_zh, source_en, "teaching")


def _require_whole(name: str, shares: Iterable[float]) -> None:
    total = sum(shares)
    if abs(total - 1) > 1e-9:
        raise ValueError(_("Scenario: the shares of {name} sum to {total:.3f}; they must sum to 1.").format(name=name, total=total))


def _require_keys(name: str, value: Mapping, wanted: Iterable) -> None:
    if set(value) != set(wanted):
        raise ValueError(_("Scenario: {name} needs exactly these entries: {wanted}.").format(name=name, wanted=", ".join(map(str, wanted))))


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """The parameters of the simulated firm. Change one with ``dataclasses.replace(Scenario(), churn_per_year={…})``.

    Mappings go by market (e_commerce, corporate, walk_in), product (economy, standard, express) or scope (same_city, domestic,
    cross_border); a pair is (product, scope) → (first kilogram, each further kilogram begun) in yuan. `Scenario.table()` lists every
    parameter with its value, source and mark.

    Raises
    ------
    ValueError
        Shares that should sum to 1 do not, or a mapping lacks a market, product or scope.

    >>> Scenario().scope_mix["domestic"]
    0.889
    """

    market_mix: Mapping[str, float] = _chosen(
        {"e_commerce": 0.40, "corporate": 0.15, "walk_in": 0.45}, "各类客户占客户数的比例", "Share of customers by market")
    monthly_parcels: Mapping[str, float] = _chosen(
        {"e_commerce": 14.0, "corporate": 6.5, "walk_in": 1.0}, "活跃客户每月平均件数；使电商件接近总件数的八成，与行业相近",
        "Mean parcels a month of an active customer; puts e-commerce near four fifths of the volume, as in the trade")
    size_spread: Mapping[str, float] = _chosen(
        {"e_commerce": 1.5, "corporate": 1.2, "walk_in": 0.8}, "客户之间月件数的对数标准差",
        "Standard deviation of the logarithm of monthly parcels between customers")
    month_spread: Mapping[str, float] = _chosen(
        {"e_commerce": 0.35, "corporate": 0.25, "walk_in": 0.60}, "同一客户各月之间的对数标准差", "The same between the months of one customer")
    opened_before: float = _chosen(0.60, "数据开始之前就已开户的客户比例", "Share of customers who opened their account before the first day")
    potential: float = _chosen(0.05, "只登记、从不寄件的客户比例", "Share of customers who registered and never ship")
    churn_per_year: Mapping[str, float] = _figure(
        {"e_commerce": 0.20, "corporate": 0.10, "walk_in": 0.30}, "年流失率：关键客户 5–10%，中等 15–20%，小客户 25–35%",
        "Yearly churn: key accounts 5–10 %, middle 15–20 %, small 25–35 %", "GK")
    rising: float = _chosen(0.06, "从某月起迅速增长的客户比例", "Share of customers who grow very fast from some month on")
    declining: float = _chosen(0.08, "从某月起迅速萎缩的客户比例", "Share of customers who shrink fast from some month on")
    growth_per_year: float = _chosen(0.12, "其余客户的平均年增长，接近全国 2025 年件量增幅（约 13.6%）",
        "Mean growth of the other customers, near the country's growth in parcels in 2025 (about 13.6 %)")
    scope_mix: Mapping[str, float] = _figure(
        {"same_city": 0.089, "domestic": 0.889, "cross_border": 0.022}, "国家邮政局，2024 年各类业务件量占比",
        "State Post Bureau, parcels by scope, 2024", "V")
    region_mix: Mapping[str, float] = _figure(
        {"east": 0.724, "central": 0.187, "west": 0.089}, "国家邮政局，2024 年各地区件量占比", "State Post Bureau, parcels by region, 2024", "V")
    product_mix: Mapping[str, tuple[float, float, float]] = _chosen(
        {"e_commerce": (0.68, 0.29, 0.03), "corporate": (0.18, 0.47, 0.35), "walk_in": (0.40, 0.48, 0.12)},
        "各类客户的经济件、标准件、特快件典型占比", "Typical share of economy, standard and express by market")
    median_kg: Mapping[str, float] = _chosen(
        {"e_commerce": 0.62, "corporate": 0.70, "walk_in": 1.00}, "各类客户的件重中位数，千克", "Median weight of a parcel by market, kg")
    tariff: Mapping[tuple[str, str], tuple[float, float]] = _chosen(
        {("economy", "same_city"): (6.5, 1.0), ("standard", "same_city"): (8.0, 1.5), ("express", "same_city"): (13.0, 2.5),
         ("economy", "domestic"): (8.2, 3.0), ("standard", "domestic"): (10.2, 4.0), ("express", "domestic"): (18.0, 7.0),
         ("economy", "cross_border"): (48.0, 26.0), ("standard", "cross_border"): (75.0, 38.0), ("express", "cross_border"): (120.0, 55.0)},
        "价目表：首重一千克、续重每千克，元；打折后国内件均价约 8 元，与 2024 年的推算值相当",
        "Price list: first kilogram and each further one, yuan; after discounts about 8 yuan a domestic parcel, as derived for 2024")
    cost: Mapping[tuple[str, str], tuple[float, float]] = _chosen(
        {("economy", "same_city"): (3.0, 0.4), ("standard", "same_city"): (3.8, 0.5), ("express", "same_city"): (7.0, 0.8),
         ("economy", "domestic"): (3.6, 1.1), ("standard", "domestic"): (4.9, 1.4), ("express", "domestic"): (10.5, 2.8),
         ("economy", "cross_border"): (30.0, 19.0), ("standard", "cross_border"): (48.0, 27.0), ("express", "cross_border"): (78.0, 38.0)},
        "每件成本：固定部分和每千克部分，元", "What a parcel costs the firm: a fixed part and a part per kilogram, yuan")
    discounts: tuple[tuple[float, float], ...] = _chosen(
        ((10, 0.08), (30, 0.16), (100, 0.25), (300, 0.34)), "月件数达到多少，打多少折扣",
        "From so many parcels a month, this discount on the price list")
    market_discount: Mapping[str, float] = _chosen(
        {"e_commerce": 0.20, "corporate": 0.05, "walk_in": 0.0}, "各类客户另外享受的折扣", "Discount that customers of the market get on top")
    promised_hours: Mapping[tuple[str, str], int] = _figure(
        {("economy", "same_city"): 48, ("standard", "same_city"): 24, ("express", "same_city"): 12,
         ("economy", "domestic"): 96, ("standard", "domestic"): 72, ("express", "domestic"): 48,
         ("economy", "cross_border"): 480, ("standard", "cross_border"): 288, ("express", "cross_border"): 168},
        "标准件同城 24 小时、异地 72 小时（GB/T 27917，2011 版），其余类推",
        "24 h same city and 72 h other cities for the standard product (GB/T 27917, 2011 edition); the rest by analogy", "GK")
    transit_hours: Mapping[str, float] = _figure(
        {"same_city": 15.0, "domestic": 47.5, "cross_border": 200.0},
        "平日标准件的中位时长；异地件全程约 53 小时、72 小时准时率 84.7%（国家邮政局，2024 年二季度）",
        "Median hours of a standard parcel on an ordinary day; other cities 53 h, 84.7 % within 72 h (State Post Bureau, 2024 Q2)", "D")
    peak: Mapping[str, float] = _figure(
        {"e_commerce": 1.82, "corporate": 1.05, "walk_in": 1.20},
        "11 月 11 日是平日的多少倍；全公司约 1.6–1.7 倍（国家邮政局：2023 年 1.87 倍，2024 年 1.51 倍）",
        "11 November over an ordinary day; the firm as a whole comes to 1.6–1.7 (State Post Bureau: 1.87 in 2023, 1.51 in 2024)", "D")

    def __post_init__(self) -> None:
        for name in ("market_mix", "scope_mix", "region_mix"):
            _require_whole(name, getattr(self, name).values())
        for market, mix in self.product_mix.items():
            _require_whole(f"product_mix[{market!r}]", mix)
        pairs = [(product, scope) for product in PRODUCTS for scope in SCOPES]
        wanted = {"scope_mix": SCOPES, "transit_hours": SCOPES, "region_mix": REGIONS[:3]}
        wanted |= dict.fromkeys(("tariff", "cost", "promised_hours"), pairs)
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Mapping):
                _require_keys(field.name, value, wanted.get(field.name, MARKETS))

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, its source (or meaning) in both languages and its mark, indexed by name.

        >>> Scenario.table().loc["scope_mix", "mark"]
        'V'
        """
        default = cls()
        rows = {
            field.name: {"value": getattr(default, field.name), **field.metadata} for field in dataclasses.fields(cls)
        }
        return pd.DataFrame.from_dict(rows, orient="index")
