"""Satisfaction surveys of the simulated firm: who is asked, who answers, and answers that measure the customers' latent constructs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, sqrt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.axes import MARKETS, require_keys, require_whole
from crmlib.company.columns import decoded
from crmlib.company.contract import conform
from crmlib.company.draws import Stream, pick
from crmlib.company.parameters import chosen, figure, parameter_table
from crmlib.company.satisfaction import CONSTRUCTS
from crmlib.company.survey_comments import write_comments
from crmlib.company.survey_items import ECSI_ITEMS, INDEX_ITEMS, KANO, KANO_FEATURES, SERVQUAL_ITEMS, STAGES, Item
from crmlib.company.tables.voice import SURVEY_INVITATIONS, SURVEYS

if TYPE_CHECKING:
    from crmlib.company.world import World

_CHANNELS = SURVEY_INVITATIONS["channel"].categories


@dataclass(frozen=True, kw_only=True)
class SurveyScenario:
    """How the simulated customers answer. A loading is the correlation of an item, before it is rounded, with what it measures.

    A customer answers with the chance 1 / (1 + exp(−η)), η = response_base + channel_effect + response_satisfaction × satisfaction.
    The mean answer of every item, and the shares of the Kano classes, stand with the items in `crmlib.company.survey_items`.

    Raises
    ------
    ValueError
        A mapping lacks an entry, or shares that should sum to 1 do not.

    >>> SurveyScenario().response_satisfaction
    0.4
    """

    wave_months: tuple[int, ...] = chosen((4, 10), "每年哪几个月做调查", "The calendar months of the surveys")
    wave_day: int = chosen(8, "当月第几天开始发邀请；三天发完，两周内回答",
        "The day of the month on which invitations begin; three days, and two weeks to answer")
    response_base: Mapping[str, float] = chosen(
        {"e_commerce": -0.55, "corporate": -0.30, "walk_in": -1.00}, "各类客户回答的对数几率（短信邀请、满意度为平均）",
        "Log odds of answering by market, asked by text message and of average satisfaction")
    response_satisfaction: float = chosen(
        0.40, "满意度每高一个标准差，回答的对数几率增加多少：不满意的人更不愿意回答",
        "What one standard deviation of satisfaction adds to the log odds of answering: the dissatisfied answer less")
    channel_mix: Mapping[str, float] = chosen(
        {"sms": 0.40, "wechat": 0.35, "email": 0.15, "phone": 0.10}, "各渠道发出的邀请占比", "Share of invitations by channel")
    channel_effect: Mapping[str, float] = chosen(
        {"sms": 0.0, "wechat": 0.20, "email": -0.40, "phone": 0.50}, "各渠道对回答的对数几率的影响，短信为 0",
        "Effect of the channel on the log odds of answering; text message 0")
    item_missing: float = chosen(0.015, "随机漏答的题目占比", "Share of items left out by chance")
    aftersales_used: float = chosen(0.45, "用过售后、因而回答售后各题的人占比", "Share who used after-sales service and so answer its items")
    loadings: tuple[float, float, float, float] = chosen(
        (0.88, 0.84, 0.80, 0.76), "七个构念各题的载荷，按题目次序；第一题是标识题",
        "Loadings of the items of each of the seven constructs, in order; the first is the marker")
    ecsi_spread: float = chosen(1.6, "七个构念各题的标准差，分", "Standard deviation of the items of the seven constructs, points")
    stage_quality: Mapping[str, float] = chosen(
        {"acceptance": 0.40, "pickup": 0.45, "delivery": 0.70, "aftersales": 0.55, "information": 0.55},
        "指数各环节与感知质量的相关", "Correlation of each stage of the index with perceived quality")
    index_loading: float = chosen(0.80, "指数各题对所属环节的载荷", "Loading of the index items on their stage")
    index_spread: float = chosen(1.5, "指数各题的标准差（封顶之前），分", "Standard deviation of the index items before the ceiling, points")
    servqual_expected: float = chosen(6.1, "期望题的平均分（七分制）", "Mean of the expectation items, of seven points")
    servqual_spread: tuple[float, float] = chosen((0.8, 1.1), "期望题、感受题的标准差，分",
        "Standard deviation of the expectation and of the perception items, points")
    servqual_loading: tuple[float, float] = chosen(
        (0.50, 0.65), "期望题对顾客期望、感受题对感知质量的载荷", "Loading of the expectation items on expectation, of the perception items on quality")
    kano_slip: float = chosen(0.06, "随手乱答的 Kano 题对占比", "Share of Kano pairs answered at random")
    importance: Mapping[str, float] = chosen(
        {"acceptance": 7.2, "pickup": 7.0, "delivery": 8.9, "aftersales": 8.3, "information": 8.1}, "各环节重要程度的平均分",
        "Mean stated importance of each stage")
    importance_spread: float = chosen(1.3, "重要程度的标准差，分", "Standard deviation of stated importance, points")
    recommend_mean: float = figure(
        8.0, "推荐意愿的平均分（封顶之前）；净推荐值落在假定的 10–40 之间",
        "Mean of the recommend item before the ceiling; puts the net promoter score within the assumed 10–40",
        "GK")
    recommend_spread: float = chosen(1.9, "推荐意愿的标准差（封顶之前），分", "Standard deviation of the recommend item before the ceiling, points")
    recommend_loading: float = chosen(0.80, "推荐意愿对忠诚的载荷", "Loading of the recommend item on loyalty")
    comment_logit: tuple[float, float] = chosen(
        (-0.70, 0.50), "写意见的对数几率：截距；满意度离平均每一个标准差",
        "Log odds of writing a comment: at average satisfaction; for each standard deviation away from it")

    def __post_init__(self) -> None:
        require_keys("surveys.response_base", self.response_base, MARKETS)
        for name in ("channel_mix", "channel_effect"):
            require_keys(f"surveys.{name}", getattr(self, name), _CHANNELS)
        for name in ("stage_quality", "importance"):
            require_keys(f"surveys.{name}", getattr(self, name), tuple(STAGES))
        require_whole("surveys.channel_mix", self.channel_mix.values())

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, source (or meaning) in both languages and mark, indexed by name."""
        return parameter_table(cls)

    def loading(self, item: Item) -> float:
        """The loading of an item of one of the seven constructs.

        >>> [SurveyScenario().loading(item) for item in ECSI_ITEMS if item.of == "complaint"]
        [0.88, 0.84]
        """
        return self.loadings[[other.name for other in ECSI_ITEMS if other.of == item.of].index(item.name)]


def draw_surveys(world: World, scenario: SurveyScenario | None = None) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The tables survey_invitations and surveys, and the truth behind them.

    Truth: "survey_latents", one row an invitation: invitation_id, customer_id, wave, month, the seven constructs, and the chance of an
    answer; "kano_classes", one row a customer: customer_id and the Kano class of each feature.

    >>> from crmlib.company.simulation import draw_world
    >>> tables, truth = draw_surveys(draw_world(customers=40, months=8, seed=7), SurveyScenario())
    >>> int(tables["survey_invitations"].responded.sum()) == len(tables["surveys"])
    True
    """
    scenario = scenario or world.scenario.surveys
    stream, asked = world.stream, _asked(world, scenario)
    size, customer = len(asked), asked["customer"].to_numpy()
    market = world.customers["market"].to_numpy()[customer]
    channel = pick(stream.uniforms("surveys/channel", size), np.array([scenario.channel_mix[name] for name in _CHANNELS]))
    chance = 1 / (1 + np.exp(-(
        np.array([scenario.response_base[name] for name in MARKETS])[_places(market, MARKETS)]
        + np.array([scenario.channel_effect[name] for name in _CHANNELS])[channel]
        + scenario.response_satisfaction * asked["satisfaction"].to_numpy())))  # fmt: skip
    responded = stream.uniforms("surveys/respond", size) < chance
    opened = (world.customers["opened_on"].to_numpy().astype("datetime64[D]") - np.datetime64(world.first, "D")).astype(np.int64)
    day = np.maximum(asked["day"].to_numpy() + (3 * stream.uniforms("surveys/sent", size)).astype(np.int64), opened[customer])
    answered = np.minimum(day + (14 * stream.uniforms("surveys/answered", size) ** 2).astype(np.int64), world.days - 1)
    first = np.datetime64(world.first, "us")
    known = {"invitation_id": _numbers(asked, world), "wave": asked["wave"], "customer_id": asked["customer_id"]}
    invitations = conform(pd.DataFrame(known | {
        "invited_on": first + day.astype("timedelta64[D]"), "channel": decoded(channel, _CHANNELS), "responded": responded,
        "responded_on": np.where(responded, first + answered.astype("timedelta64[D]"), np.datetime64("NaT")),
    }), SURVEY_INVITATIONS)  # fmt: skip
    kano = _kano_classes(len(world.customers), stream)
    rows = np.flatnonzero(responded)
    latent = {name: asked[name].to_numpy()[rows] for name in CONSTRUCTS}
    answers = _answers(latent, kano[customer[rows]], stream, scenario)
    intercept, slope = scenario.comment_logit
    writes = stream.uniforms("surveys/writes", len(rows)) < 1 / (1 + np.exp(-(intercept + slope * np.abs(latent["satisfaction"]))))
    comments = write_comments(_lived(world, asked.iloc[rows]), latent["satisfaction"], writes, stream)
    head = {name: invitations[name].iloc[rows].reset_index(drop=True) for name in known}
    head["answered_on"] = invitations["responded_on"].iloc[rows].reset_index(drop=True)
    surveys = conform(pd.DataFrame(head | answers | {"comment": pd.Series(comments, dtype=object)}), SURVEYS)
    latents = pd.DataFrame(known | {name: asked[name] for name in ("month", *CONSTRUCTS)} | {"chance": chance}).reset_index(drop=True)
    classes = {feature.name: decoded(kano[:, place], KANO) for place, feature in enumerate(KANO_FEATURES)}
    return (
        {"survey_invitations": invitations, "surveys": surveys},
        {"survey_latents": latents, "kano_classes": pd.DataFrame({"customer_id": world.customers["customer_id"], **classes})},
    )


def _places(values: np.ndarray, codes: tuple[str, ...]) -> np.ndarray:
    return pd.Index(codes).get_indexer(pd.Index(values, dtype=object))


def _asked(world: World, scenario: SurveyScenario) -> pd.DataFrame:
    """The rows of the panel that are asked, with the number of the wave and the day on which it begins."""
    start = world.first.month - 1
    months = [month for month in range(world.months) if (start + month) % 12 + 1 in scenario.wave_months]
    month = world.panel["month"].to_numpy()
    rows = np.flatnonzero(np.isin(month, months))
    rows = rows[np.argsort(month[rows], kind="stable")]
    asked = world.panel.iloc[rows].reset_index(drop=True)
    number = np.zeros(world.months, dtype=np.int64)
    number[months] = np.arange(1, len(months) + 1)
    return asked.assign(wave=number[asked["month"]], day=world.edges[asked["month"]] + scenario.wave_day - 1)


def _numbers(asked: pd.DataFrame, world: World) -> pd.Series:
    waves = [f"S{wave}-" for wave in range(int(asked["wave"].max() if len(asked) else 0) + 1)]
    return decoded(asked["wave"].to_numpy(), waves) + decoded(asked["customer"].to_numpy(), world.customers["customer_id"])


def _answers(latent: Mapping[str, np.ndarray], kano: np.ndarray, stream: Stream, scenario: SurveyScenario) -> dict[str, np.ndarray]:
    """All closed items of the respondents."""
    size = len(latent["satisfaction"])
    answers = _index_items(latent["quality"], stream, scenario)
    noise = stream.normals("surveys/ecsi", (len(ECSI_ITEMS), size))
    for item, luck in zip(ECSI_ITEMS, noise, strict=True):
        score = _score(_mixed(latent[item.of], scenario.loading(item), luck), item.mean, scenario.ecsi_spread)
        answers[item.name] = 11 - score if item.reversed else score
    noise = stream.normals("surveys/servqual", (2, len(SERVQUAL_ITEMS), size))
    for place, item in enumerate(SERVQUAL_ITEMS):
        for side, (name, cause, mean) in enumerate((("expected", "expectation", scenario.servqual_expected), ("perceived",
        "quality", item.mean))):
            mixed = _mixed(latent[cause], scenario.servqual_loading[side], noise[side, place])
            answers[f"{item.name}_{name}"] = _score(mixed, mean, scenario.servqual_spread[side], high=7)
    answers |= _kano_pairs(kano, stream, scenario)
    noise = stream.normals("surveys/importance", (len(STAGES), size))
    for stage, luck in zip(STAGES, noise, strict=True):
        answers[f"importance_{stage}"] = _score(luck, scenario.importance[stage], scenario.importance_spread)
    left_out = stream.uniforms("surveys/missing", (len(answers), size)) < scenario.item_missing
    answers = {name: np.where(gap, np.nan, values) for (name, values), gap in zip(answers.items(), left_out, strict=True)}
    unused = stream.uniforms("surveys/aftersales", size) >= scenario.aftersales_used
    for item in INDEX_ITEMS:
        if item.of == "aftersales":
            answers[item.name][unused] = np.nan
    mixed = _mixed(latent["loyalty"], scenario.recommend_loading, stream.normals("surveys/recommend", size))
    answers["recommend"] = np.clip(np.rint(scenario.recommend_mean + scenario.recommend_spread * mixed), 0, 10)
    return answers


def _index_items(quality: np.ndarray, stream: Stream, scenario: SurveyScenario) -> dict[str, np.ndarray]:
    own = stream.normals("surveys/stages", (len(STAGES), len(quality)))
    stages = {name: _mixed(quality, scenario.stage_quality[name], luck) for name, luck in zip(STAGES, own, strict=True)}
    noise = stream.normals("surveys/index", (len(INDEX_ITEMS), len(quality)))
    return {
        item.name: _score(_mixed(stages[item.of], scenario.index_loading, luck), item.mean, scenario.index_spread)
        for item, luck in zip(INDEX_ITEMS, noise, strict=True)
    }


def _mixed(cause: np.ndarray, loading: float, luck: np.ndarray) -> np.ndarray:
    return loading * cause + sqrt(1 - loading**2) * luck


def _score(standardised: np.ndarray, mean: float, spread: float, high: int = 10) -> np.ndarray:
    """Whole points from 1 to `high` whose mean is `mean` in spite of the ceiling, where `standardised` is standard normal."""
    return np.clip(np.rint(_before_ceiling(mean, spread, high) + spread * standardised), 1, high)


def _before_ceiling(mean: float, spread: float, high: int) -> float:
    """The mean before rounding and clipping, by bisection."""
    low, top = 1.0 - spread, high + 3 * spread
    for _step in range(30):
        middle = (low + top) / 2
        reached = 1 + sum((1 + erf((middle - point + 0.5) / spread / sqrt(2))) / 2 for point in range(2, high + 1))
        low, top = (middle, top) if reached < mean else (low, middle)
    return (low + top) / 2


def _kano_classes(customers: int, stream: Stream) -> np.ndarray:
    """For each customer (rows) and feature the number of its class in KANO."""
    uniform = stream.uniforms("surveys/kano_class", (len(KANO_FEATURES), customers))
    return np.stack([pick(luck, np.array(feature.shares)) for luck, feature in zip(uniform, KANO_FEATURES, strict=True)], axis=1)


def _kano_pairs(kano: np.ndarray, stream: Stream, scenario: SurveyScenario) -> dict[str, np.ndarray]:
    """Answers with and without each feature, as the class has it; now and then at random."""
    luck = stream.uniforms("surveys/kano", (5, len(KANO_FEATURES), len(kano)))
    middle, other = 2 + (3 * luck[0]).astype(np.int64), 2 + (3 * luck[1]).astype(np.int64)
    pairs = {}
    for place, feature in enumerate(KANO_FEATURES):
        mild, wild = middle[place], other[place]
        yes = np.choose(kano[:, place], [1, 1, mild, mild, 5])
        no = np.choose(kano[:, place], [wild, 5, 5, wild, wild - 1])
        slip = luck[2, place] < scenario.kano_slip
        pairs[f"{feature.name}_with"] = np.where(slip, 1 + (5 * luck[3, place]).astype(np.int64), yes).astype(float)
        pairs[f"{feature.name}_without"] = np.where(slip, 1 + (5 * luck[4, place]).astype(np.int64), no).astype(float)
    return pairs


def _lived(world: World, asked: pd.DataFrame) -> dict[tuple[str, bool], np.ndarray]:
    """What the last three months, and six for lost and damaged parcels, push into the comments; by topic and whether it is praise."""
    customer, month = asked["customer"].to_numpy(), asked["month"].to_numpy()
    shape = (len(world.customers), world.months)
    parcels, late = np.zeros(shape), np.zeros(shape)
    place = (world.panel["customer"].to_numpy(), world.panel["month"].to_numpy())
    parcels[place] = world.panel["parcels"]
    late[place] = world.panel["parcels"] * world.panel["late_share"].fillna(0)

    def recent(counts: np.ndarray, months: int) -> np.ndarray:
        sums = np.concatenate([np.zeros((len(counts), 1)), counts.cumsum(axis=1)], axis=1)
        return sums[customer, month] - sums[customer, np.maximum(month - months, 0)]

    share = recent(late, 3) / np.maximum(recent(parcels, 3), 1)
    failed = {name: recent(_by_month(world, world.fates[name].to_numpy(), shape), 6) for name in ("lost", "damaged")}
    return {
        ("delay", False): 5 * share, ("damage", False): 2.0 * (failed["damaged"] > 0), ("loss", False): 3.0 * (failed["lost"] > 0),
        ("price", False): 2 * np.maximum(asked["price_gap"].to_numpy(), 0), ("manager", False): 1.5 * asked["salesperson_left"].to_numpy(),
        ("notice", True): 0.5 * asked["notices"].to_numpy(), ("price", True): 1.0 * (asked["price_gap"].to_numpy() < 0),
    }  # fmt: skip


def _by_month(world: World, chosen_rows: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """How many of the chosen waybills each customer sent in each month."""
    rows = np.flatnonzero(chosen_rows)
    sent = world.waybills.iloc[rows]
    customer = pd.Index(world.customers["customer_id"]).get_indexer(sent["customer_id"])
    day = (sent["picked_up_at"].to_numpy() - np.datetime64(world.first, "us")) // np.timedelta64(1, "D")
    month = np.searchsorted(world.edges, day, side="right") - 1
    return np.bincount(customer * shape[1] + month, minlength=shape[0] * shape[1]).reshape(shape)
