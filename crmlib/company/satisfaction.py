"""The structural model of satisfaction: image, expectation, quality, value → satisfaction → complaint, loyalty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.company.axes import require_keys
from crmlib.company.draws import Stream
from crmlib.company.parameters import chosen, figure, parameter_table

CONSTRUCTS = ("image", "expectation", "quality", "value", "satisfaction", "complaint", "loyalty")
_CAUSES = ("image", "experience", "price_gap")
_PATHS = {
    ("image", "expectation"): 0.50,
    ("expectation", "quality"): 0.35, ("experience", "quality"): 0.55,
    ("expectation", "value"): 0.10, ("quality", "value"): 0.55, ("price_gap", "value"): -0.25,
    ("image", "satisfaction"): 0.15, ("expectation", "satisfaction"): 0.10,
    ("quality", "satisfaction"): 0.45, ("value", "satisfaction"): 0.25,
    ("satisfaction", "complaint"): -0.45,
    ("image", "loyalty"): 0.20, ("satisfaction", "loyalty"): 0.50, ("complaint", "loyalty"): -0.15,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SatisfactionScenario:
    """What satisfies the simulated customers. Constructs are about standardised: mean 0 and standard deviation 1.

    `paths` goes by (cause, effect). Image, the experience of service and the price gap come from outside the model; experience and gap
    enter it divided by their scales.

    Raises
    ------
    ValueError
        `paths` lacks a path or has one too many.

    >>> SatisfactionScenario().paths["quality", "satisfaction"]
    0.45
    """

    paths: Mapping[tuple[str, str], float] = figure(
        _PATHS, "结构模型的路径系数；构念和箭头同欧洲/中国顾客满意度指数（ECSI/CCSI），大小为教学取值",
        "Path coefficients of the structural model; constructs and arrows are those of the European and Chinese satisfaction indices "
        "(ECSI, CCSI), the sizes were chosen for teaching", "teaching")
    failure_weight: float = chosen(4.0, "一件丢失或破损，感受上抵几件延误", "One lost or damaged parcel is felt like so many late ones")
    usual_late_share: float = chosen(0.080, "客户心里平常的延误比例", "The share of late parcels that customers take for usual")
    patience_parcels: float = chosen(4.0, "客户印象的惯性，折合多少件平常件", "The weight of old impressions, in ordinary parcels")
    memory: float = chosen(0.65, "上月印象留到本月的比例", "The share of last month's impression that is left this month")
    experience_scale: float = chosen(0.035, "服务体验的一个标准差，折合延误比例", "One standard deviation of experience, as a share of late parcels")
    gap_scale: float = chosen(0.10, "价差的一个标准差", "One standard deviation of the price gap")
    usual_gap: float = chosen(0.10, "平常的价差：云雀比最便宜的对手贵多少", "The usual price gap: by how much the firm is dearer than the cheapest rival")
    notice_relief: float = chosen(
        0.40, "事先通知过的延误，感受减轻的比例", "By so much a delay hurts less when the customer was told beforehand")
    notice_joy: float = chosen(0.20, "主动通知直接提高的满意度，标准差", "What proactive notices add to satisfaction directly, standard deviations")

    def __post_init__(self) -> None:
        require_keys("satisfaction.paths", self.paths, _PATHS)

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, source (or meaning) in both languages and mark, indexed by name."""
        return parameter_table(cls)

    def residual_sd(self) -> dict[str, float]:
        """The standard deviation of what the paths leave unexplained of each construct, so that its own is 1.

        >>> round(SatisfactionScenario().residual_sd()["expectation"], 3)
        0.866
        """
        names = [*_CAUSES, *CONSTRUCTS[1:]]
        covariance, left = np.eye(len(names)), {}
        for place in range(len(_CAUSES), len(names)):
            path = np.array([self.paths.get((cause, names[place]), 0.0) for cause in names])
            with_others = covariance @ path
            left[names[place]] = float(np.sqrt(max(1 - path @ with_others, 0.0)))
            with_others[place] = 1.0
            covariance[place], covariance[:, place] = with_others, with_others
        return left


@dataclass(frozen=True)
class Feelings:
    """The customers' fixed part of each construct: image itself, and what the paths leave unexplained of the others."""

    scenario: SatisfactionScenario
    own: Mapping[str, np.ndarray]

    def constructs(self, experience: np.ndarray, price_gap: np.ndarray, notices: np.ndarray) -> dict[str, np.ndarray]:
        """All constructs of all customers at one moment, in the order in which they cause each other."""
        known = {"image": self.own["image"], "experience": experience, "price_gap": (price_gap - self.scenario.usual_gap) / self.scenario.gap_scale}
        for name in CONSTRUCTS[1:]:
            causes = [cause for cause, effect in self.scenario.paths if effect == name]
            known[name] = self.own[name] + sum(self.scenario.paths[cause, name] * known[cause] for cause in causes)
            if name == "satisfaction":
                known[name] = known[name] + self.scenario.notice_joy * notices
        return {name: known[name] for name in CONSTRUCTS}

    def impression(
        self, before: np.ndarray, *, parcels: np.ndarray, late: np.ndarray, failures: np.ndarray, notices: np.ndarray
    ) -> np.ndarray:
        """How late the customer feels the firm to be after a month; without parcels the impression stays."""
        scenario = self.scenario
        felt = late * (1 - scenario.notice_relief * notices) + scenario.failure_weight * failures
        patience = scenario.patience_parcels
        month = (felt + patience * scenario.usual_late_share) / (parcels + patience)
        return np.where(parcels > 0, scenario.memory * before + (1 - scenario.memory) * month, before)

    def experience(self, impression: np.ndarray) -> np.ndarray:
        """The impression as a standardised experience; more is better."""
        return (self.scenario.usual_late_share - impression) / self.scenario.experience_scale


def draw_feelings(customers: int, stream: Stream, scenario: SatisfactionScenario) -> Feelings:
    """The fixed part of each customer's constructs."""
    spread = {"image": 1.0} | scenario.residual_sd()
    return Feelings(scenario, {name: spread[name] * stream.normals(f"feelings/{name}", customers) for name in CONSTRUCTS})
