"""What the simulated firm is made of: every parameter of the generator, with its source and how sure we are of it."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlib.company.axes import MARKETS, PRODUCTS, REGIONS, SCOPES, SIZES, require_keys, require_whole
from crmlib.company.parameters import chosen, figure

if TYPE_CHECKING:
    from crmlib.company.churn import ChurnScenario
    from crmlib.company.outside import OutsideScenario
    from crmlib.company.satisfaction import SatisfactionScenario
    from crmlib.company.calls import CallScenario
    from crmlib.company.cases import CaseScenario
    from crmlib.company.money import MoneyScenario
    from crmlib.company.sales import SalesScenario
    from crmlib.company.service import ServiceScenario
    from crmlib.company.surveys import SurveyScenario
    from crmlib.company.source_systems import SourceScenario
    from crmlib.company.staff import StaffScenario

__all__ = ["MARKETS", "PRODUCTS", "REGIONS", "SCOPES", "SIZES", "Scenario"]


def _theme(module: str, name: str) -> Any:
    """A field that holds the parameters of one theme. Its module is loaded when a scenario is made: themes may know the axes above."""
    return dataclasses.field(
        default_factory=lambda: getattr(importlib.import_module(f"crmlib.company.{module}"), name)(), metadata={"theme": (module, name)}
    )


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """The parameters of the simulated firm. Change one with ``dataclasses.replace(Scenario(), churn_per_year={…})``.

    Mappings go by market (e_commerce, corporate, walk_in), product (economy, standard, express) or scope (same_city, domestic,
    cross_border); a pair is (product, scope) → (first kilogram, each further kilogram begun) in yuan. `Scenario.table()` lists every
    parameter with its value, source and mark, those of a theme as "theme.parameter". The parameters of a theme are changed in its own
    scenario: ``replace(scenario, churn=replace(scenario.churn, wallet=0))``.

    Raises
    ------
    ValueError
        Shares that should sum to 1 do not, or a mapping lacks a market, product or scope.

    >>> Scenario().scope_mix["domestic"]
    0.889
    """

    market_mix: Mapping[str, float] = chosen(
        {"e_commerce": 0.40, "corporate": 0.15, "walk_in": 0.45}, "各类客户占客户数的比例", "Share of customers by market")
    monthly_parcels: Mapping[str, float] = chosen(
        {"e_commerce": 13.4, "corporate": 6.0, "walk_in": 1.0}, "活跃客户每月平均件数；使电商件接近总件数的八成，与行业相近",
        "Mean parcels a month of an active customer; puts e-commerce near four fifths of the volume, as in the trade")
    rate_shape: Mapping[str, float] = chosen(
        {"e_commerce": 0.60, "corporate": 0.70, "walk_in": 1.60}, "客户之间寄件频率服从伽马分布（BG/NBD 模型），这是它的形状参数；越小，客户之间差别越大",
        "Shape of the gamma distribution of the customers' rates (BG/NBD model); the smaller, the more unlike the customers")
    company_rate: Mapping[str, float] = chosen(
        {"e_commerce": 5.0, "corporate": 1.5, "walk_in": 1.5}, "注册公司的寄件频率是个人的多少倍", "Rate of companies and groups over that of persons")
    month_spread: Mapping[str, float] = chosen(
        {"e_commerce": 0.35, "corporate": 0.25, "walk_in": 0.60}, "同一客户各月之间的对数标准差", "The same between the months of one customer")
    opened_before: float = chosen(0.60, "数据开始之前就已开户的客户比例", "Share of customers who opened their account before the first day")
    potential: float = chosen(0.05, "只登记、从不寄件的客户比例", "Share of customers who registered and never ship")
    churn_per_year: Mapping[str, float] = figure(
        {"e_commerce": 0.28, "corporate": 0.16, "walk_in": 0.33}, "小客户的年流失率：总的 25–35%；大、中客户的由 churn.size_ratio 得出",
        "Yearly churn of small customers: 25–35 % on the whole; that of larger ones follows from `churn.size_ratio`", "GK")
    rising: float = chosen(0.06, "从某月起迅速增长的客户比例", "Share of customers who grow very fast from some month on")
    declining: float = chosen(0.08, "从某月起迅速萎缩的客户比例", "Share of customers who shrink fast from some month on")
    growth_per_year: float = chosen(0.12, "其余客户的平均年增长，接近全国 2025 年件量增幅（约 13.6%）",
        "Mean growth of the other customers, near the country's growth in parcels in 2025 (about 13.6 %)")
    scope_mix: Mapping[str, float] = figure(
        {"same_city": 0.089, "domestic": 0.889, "cross_border": 0.022}, "国家邮政局，2024 年各类业务件量占比",
        "State Post Bureau, parcels by scope, 2024", "V")
    region_mix: Mapping[str, float] = figure(
        {"east": 0.724, "central": 0.187, "west": 0.089}, "国家邮政局，2024 年各地区件量占比", "State Post Bureau, parcels by region, 2024", "V")
    product_mix: Mapping[str, tuple[float, float, float]] = chosen(
        {"e_commerce": (0.68, 0.29, 0.03), "corporate": (0.18, 0.47, 0.35), "walk_in": (0.40, 0.48, 0.12)},
        "各类客户的经济件、标准件、特快件典型占比", "Typical share of economy, standard and express by market")
    median_kg: Mapping[str, float] = chosen(
        {"e_commerce": 0.62, "corporate": 0.70, "walk_in": 1.00}, "各类客户的件重中位数，千克", "Median weight of a parcel by market, kg")
    tariff: Mapping[tuple[str, str], tuple[float, float]] = chosen(
        {("economy", "same_city"): (6.5, 1.0), ("standard", "same_city"): (8.0, 1.5), ("express", "same_city"): (13.0, 2.5),
         ("economy", "domestic"): (8.2, 3.0), ("standard", "domestic"): (10.2, 4.0), ("express", "domestic"): (18.0, 7.0),
         ("economy", "cross_border"): (48.0, 26.0), ("standard", "cross_border"): (75.0, 38.0), ("express", "cross_border"): (120.0, 55.0)},
        "价目表：首重一千克、续重每千克，元；打折后国内件均价约 8 元，与 2024 年的推算值相当",
        "Price list: first kilogram and each further one, yuan; after discounts about 8 yuan a domestic parcel, as derived for 2024")
    cost: Mapping[tuple[str, str], tuple[float, float]] = chosen(
        {("economy", "same_city"): (3.0, 0.4), ("standard", "same_city"): (3.8, 0.5), ("express", "same_city"): (7.0, 0.8),
         ("economy", "domestic"): (3.6, 1.1), ("standard", "domestic"): (4.9, 1.4), ("express", "domestic"): (10.5, 2.8),
         ("economy", "cross_border"): (30.0, 19.0), ("standard", "cross_border"): (48.0, 27.0), ("express", "cross_border"): (78.0, 38.0)},
        "每件成本：固定部分和每千克部分，元", "What a parcel costs the firm: a fixed part and a part per kilogram, yuan")
    discounts: tuple[tuple[float, float], ...] = chosen(
        ((10, 0.08), (30, 0.16), (100, 0.25), (300, 0.34)), "月件数达到多少，打多少折扣",
        "From so many parcels a month, this discount on the price list")
    market_discount: Mapping[str, float] = chosen(
        {"e_commerce": 0.20, "corporate": 0.05, "walk_in": 0.0}, "各类客户另外享受的折扣", "Discount that customers of the market get on top")
    promised_hours: Mapping[tuple[str, str], int] = figure(
        {("economy", "same_city"): 48, ("standard", "same_city"): 24, ("express", "same_city"): 12,
         ("economy", "domestic"): 96, ("standard", "domestic"): 72, ("express", "domestic"): 48,
         ("economy", "cross_border"): 480, ("standard", "cross_border"): 288, ("express", "cross_border"): 168},
        "标准件同城 24 小时、异地 72 小时（GB/T 27917，2011 版），其余类推",
        "24 h same city and 72 h other cities for the standard product (GB/T 27917, 2011 edition); the rest by analogy", "GK")
    transit_hours: Mapping[str, float] = figure(
        {"same_city": 15.0, "domestic": 44.2, "cross_border": 200.0},
        "平日标准件的中位时长；异地件全程约 53 小时、72 小时准时率 84.7%（国家邮政局，2024 年二季度）",
        "Median hours of a standard parcel on an ordinary day; other cities 53 h, 84.7 % within 72 h (State Post Bureau, 2024 Q2)", "D")
    peak: Mapping[str, float] = figure(
        {"e_commerce": 1.82, "corporate": 1.05, "walk_in": 1.20},
        "11 月 11 日是平日的多少倍；全公司约 1.6–1.7 倍（国家邮政局：2023 年 1.87 倍，2024 年 1.51 倍）",
        "11 November over an ordinary day; the firm as a whole comes to 1.6–1.7 (State Post Bureau: 1.87 in 2023, 1.51 in 2024)", "D")

    service: ServiceScenario = _theme("service", "ServiceScenario")
    satisfaction: SatisfactionScenario = _theme("satisfaction", "SatisfactionScenario")
    churn: ChurnScenario = _theme("churn", "ChurnScenario")
    staff: StaffScenario = _theme("staff", "StaffScenario")
    outside: OutsideScenario = _theme("outside", "OutsideScenario")
    sources: SourceScenario = _theme("source_systems", "SourceScenario")
    money: MoneyScenario = _theme("money", "MoneyScenario")
    sales: SalesScenario = _theme("sales", "SalesScenario")
    surveys: SurveyScenario = _theme("surveys", "SurveyScenario")
    cases: CaseScenario = _theme("cases", "CaseScenario")
    calls: CallScenario = _theme("calls", "CallScenario")

    def __post_init__(self) -> None:
        for name in ("market_mix", "scope_mix", "region_mix"):
            require_whole(name, getattr(self, name).values())
        for market, mix in self.product_mix.items():
            require_whole(f"product_mix[{market!r}]", mix)
        pairs = [(product, scope) for product in PRODUCTS for scope in SCOPES]
        wanted = {"scope_mix": SCOPES, "transit_hours": SCOPES, "region_mix": REGIONS[:3]}
        wanted |= dict.fromkeys(("tariff", "cost", "promised_hours"), pairs)
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Mapping):
                require_keys(field.name, value, wanted.get(field.name, MARKETS))

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, its source (or meaning) in both languages and its mark, indexed by name.

        >>> Scenario.table().loc["scope_mix", "mark"]
        'V'
        """
        default, rows = cls(), {}
        for field in dataclasses.fields(cls):
            value = getattr(default, field.name)
            if "theme" in field.metadata:
                rows |= {f"{field.name}.{name}": row.to_dict() for name, row in value.table().iterrows()}
            else:
                rows[field.name] = {"value": value, **field.metadata}
        return pd.DataFrame.from_dict(rows, orient="index")
