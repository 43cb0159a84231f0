"""Why customers leave: a monthly hazard in complementary log-log form, so that its coefficients are log hazard ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.company.axes import REGIONS, SIZES, require_keys
from crmlib.company.parameters import chosen, figure, parameter_table

COVARIATES = ("satisfaction", "price_gap", "salesperson_left", "notices")
"""The columns of the panel that the hazard depends on, beside size and market."""


@dataclass(frozen=True, kw_only=True)
class ChurnScenario:
    """What makes the simulated customers leave. The monthly hazard is h = 1 − exp(−exp(η)) with

    η = ln(base of the market) + ln(size_ratio) + Σ effect × covariate (of the price gap: less the usual gap),

    so that exp(effect) is the hazard ratio which a Cox model or a discrete-time model with complementary log-log link estimates.
    The base of a market is −ln(1 − churn_per_year) / 12, with `churn_per_year` of the scenario itself.

    Raises
    ------
    ValueError
        A mapping lacks an entry.

    >>> round(float(np.exp(ChurnScenario().effects["salesperson_left"])), 2)
    2.23
    """

    effects: Mapping[str, float] = chosen(
        {"satisfaction": -0.45, "price_gap": 2.5, "salesperson_left": 0.80, "notices": -0.30},
        "流失风险的对数风险比：满意度每一个标准差；比最便宜的对手贵 100%；客户经理近三个月内离职；所在地区已有主动通知",
        "Log hazard ratios: satisfaction, per standard deviation; price 100% above the cheapest rival's; salesperson left within three "
        "months; region already gets proactive notices")
    size_ratio: Mapping[str, float] = figure(
        {"key": 0.22, "middle": 0.57, "small": 1.0}, "大、中客户与小客户的流失风险比；年流失率关键客户 5–10%，中等 15–20%，小客户 25–35%",
        "Hazard of key and middle customers over that of small ones; yearly churn: key accounts 5–10 %, middle 15–20 %, small 25–35 %",
        "GK")
    size_shares: tuple[float, float] = chosen(
        (0.05, 0.20), "按预计月收入排队，前百分之几是关键客户、前百分之几是中等以上客户", "By expected monthly revenue, the shares of key, and of key and middle customers")
    notice_months: Mapping[str, int] = chosen(
        {"east": 13, "central": 9, "west": 17, "abroad": 10_000}, "各地区从第几个月起有主动通知（第一个月为 0；境外没有）",
        "The month from which each region gets proactive notices (the first is 0; abroad never does)")
    fade: float = chosen(
        0.5, "离开的当月，离开前还把多少件交给云雀", "Share of its parcels that a leaving customer still gives to the firm in its last month")
    wallet: float = chosen(
        0.10, "满意度每低于平均一个标准差，少把多少件交给云雀",
        "Share of its parcels that a customer takes elsewhere for each standard deviation of dissatisfaction")

    def __post_init__(self) -> None:
        require_keys("churn.effects", self.effects, COVARIATES)
        require_keys("churn.size_ratio", self.size_ratio, SIZES)
        require_keys("churn.notice_months", self.notice_months, REGIONS)

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, source (or meaning) in both languages and mark, indexed by name."""
        return parameter_table(cls)

    def size_classes(self, expected_revenue: np.ndarray) -> np.ndarray:
        """Each customer's size as an index of SIZES."""
        rank = np.argsort(np.argsort(-expected_revenue, kind="stable"), kind="stable")
        return np.searchsorted(np.array(self.size_shares) * len(rank), rank, side="right")

    def base(self, churn_per_year: np.ndarray, size: np.ndarray) -> np.ndarray:
        """The part of η that stays with a customer."""
        ratio = np.array([self.size_ratio[name] for name in SIZES])[size]
        return np.log(-np.log1p(-churn_per_year) / 12 * ratio)

    def hazard(self, base: np.ndarray, **covariates: np.ndarray) -> np.ndarray:
        """The chance of leaving within the month."""
        return -np.expm1(-np.exp(base + sum(self.effects[name] * covariates[name] for name in COVARIATES)))
