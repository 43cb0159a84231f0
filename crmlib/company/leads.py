"""The simulated firm's leads and quotes: the funnel that ends with the accounts opened in the period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.axes import MARKETS
from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.draws import Stream, gamma_quantile, pick
from crmlib.company.names import FIRST, KNOWN, SECOND
from crmlib.company.purchases import dates
from crmlib.company.tables.sales import LEADS, QUOTES
from crmlib.company.world import World

if TYPE_CHECKING:
    from crmlib.company.sales import SalesScenario

SOURCES = LEADS["source"].categories
_REASONS = LEADS["lost_reason"].categories
_AHEAD = 150
"""Leads that would close so many days after the data end are drawn too: those entered before are still open at the end."""
_TRADES = {"e_commerce": (("数码", "箱包", "玩具", "厨具", "灯饰", "窗帘", "园艺", "乐器"), ("小店", "生活馆", "杂货", "直营店")),
           "corporate": (("机械", "化工", "包装", "五金", "光学", "饲料", "家具", "涂料"), ("有限公司", "股份有限公司", "实业", "集团有限公司"))}  # fmt: skip
"""Trades and endings of leads that become no customers; the customers have others, so that no two firms share a name."""
_STEPS = ("contacted", "qualified", "quoted", "closed")


def draw_leads(world: World, scenario: SalesScenario) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The tables leads and quotes, and the truth frame leads.

    The winners are known: the customers with a salesperson whose accounts were opened in the period. The traits of the others are drawn so
    that the odds of winning follow the scenario's logistic model exactly: what multiplies the odds by exp(effect × trait) is rarer by that
    factor among the lost. Only leads entered in the period are in the table; each has its outcome in the truth even if still open:
    lead_id, outcome (won, lost after a quote, lost before one), duplicate_of (a lead_id, or empty).
    """
    stream, days = world.stream, world.days
    opened = (world.customers["opened_on"].to_numpy().astype("datetime64[D]") - np.datetime64(world.first, "D")).astype(np.int64)
    served = (world.customers["market"] != "walk_in").to_numpy()
    winners = np.flatnonzero(served & (opened >= 0))
    future = round(len(winners) * _AHEAD / days)
    won = len(winners) + future
    rejected = round(won * (1 - scenario.win_share) / scenario.win_share)
    unquoted = round((won + rejected) * (1 - scenario.quoted_share) / scenario.quoted_share)
    outcome = np.repeat([0, 1, 2, 3], [len(winners), future, rejected, unquoted])
    size, quoted = len(outcome), outcome < 3
    haggle, tier = _haggle(world, winners)
    donor = _donors(winners, outcome, haggle, stream.uniforms("leads/donor", size), scenario)
    lead = {"donor": donor, "outcome": outcome, "source": _sources(outcome, stream.uniforms("leads/source", size), scenario)}
    lead["tier"], lead["discount"] = tier[donor], world.truth["customers"]["discount"].to_numpy()[donor]
    closes = (stream.uniforms("leads/closed", size) * (days + _AHEAD)).astype(np.int64)
    closes = np.where(outcome == 1, days + (stream.uniforms("leads/future", size) * _AHEAD).astype(np.int64), closes)
    closes[: len(winners)] = opened[winners]
    wait = _waits(outcome, stream, scenario)
    lead["created"] = closes - sum(wait.values())
    reached = pick(stream.uniforms("leads/reached", size), np.array(scenario.dropped_at))
    depth = np.where(quoted, 3, reached)
    moment = lead["created"]
    for place, step in enumerate(_STEPS):
        moment = moment + wait[step]
        lead[step] = np.where((depth > place) | (step == "closed"), moment, days + 1)
    lead["expected"] = np.maximum(1, np.rint(
        world.truth["customers"]["monthly_parcels"].to_numpy()[donor] * np.exp(0.3 * stream.normals("leads/expected", size))))  # fmt: skip
    lead["reason"] = pick(stream.uniforms("leads/reason", size), np.where(
        quoted[:, None], np.array(scenario.reasons_after_quote), np.array(scenario.reasons_before_quote)))  # fmt: skip
    seen = np.flatnonzero((lead["created"] >= 0) & (lead["created"] < days))
    seen = seen[np.argsort(lead["created"][seen], kind="stable")]
    lead = {name: values[seen] for name, values in lead.items()}
    table, duplicate_of, number = _table(lead, world, scenario)
    hidden = pd.DataFrame({
        "lead_id": table["lead_id"],
        "outcome": np.array(["won", "won", "rejected", "unquoted"], dtype=object)[lead["outcome"]][number],
        "duplicate_of": duplicate_of,
    })  # fmt: skip
    original = np.flatnonzero(duplicate_of.isna())
    ids = table["lead_id"].iloc[original[np.argsort(number[original], kind="stable")]].reset_index(drop=True)
    return {"leads": table, "quotes": _quotes(lead, ids, world, scenario)}, {"leads": hidden}


def _haggle(world: World, winners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By how much each winner's discount exceeds that of its tier, and the tier of every customer."""
    scenario, people = world.scenario, world.truth["customers"]
    steps = np.array([0.0, *(share for _parcels, share in scenario.discounts)])
    volume = np.searchsorted([parcels for parcels, _share in scenario.discounts], people["monthly_parcels"].to_numpy(), side="right")
    market = np.array([scenario.market_discount[name] for name in MARKETS])
    own = sum(np.where(world.customers["market"] == name, share, 0.0) for name, share in zip(MARKETS, market, strict=True))
    tier = np.clip(steps[volume] + own, 0, 0.6).round(2)
    return people["discount"].to_numpy()[winners] - tier[winners], tier


def _donors(
    winners: np.ndarray, outcome: np.ndarray, haggle: np.ndarray, uniform: np.ndarray, scenario: SalesScenario
) -> np.ndarray:
    """The customer that each lead is like: the winners themselves; the rejected are like winners with less discount."""
    if not len(winners):
        return np.zeros(0, dtype=np.int64)
    weights = np.exp(-scenario.discount_effect * haggle)
    rarer = pick_from(np.cumsum(weights), uniform)
    even = (uniform * len(winners)).astype(np.int64)
    place = np.where(outcome == 2, rarer, even)
    place[: len(winners)] = np.arange(len(winners))
    return winners[place]


def pick_from(edges: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """The index that each uniform number picks, with weights whose running sum is `edges`.

    >>> pick_from(np.array([1.0, 4.0]), np.array([0.2, 0.9])).tolist()
    [0, 1]
    """
    return np.minimum(np.searchsorted(edges, uniform * edges[-1], side="right"), len(edges) - 1)


def _sources(outcome: np.ndarray, uniform: np.ndarray, scenario: SalesScenario) -> np.ndarray:
    mix = np.array([scenario.source_mix[name] for name in SOURCES])
    better = mix * np.exp([scenario.source_effects[name] for name in SOURCES])
    return np.where(outcome < 2, pick(uniform, better / better.sum()), pick(uniform, mix))


def _waits(outcome: np.ndarray, stream: Stream, scenario: SalesScenario) -> dict[str, np.ndarray]:
    """Whole days from each step to the next."""
    size, quoted = len(outcome), outcome < 3

    def exponential(topic: str, rate: np.ndarray | float) -> np.ndarray:
        return (-np.log1p(-stream.uniforms(f"leads/{topic}", size)) / rate).astype(np.int64)

    quote_rate = 2 / scenario.quote_days - np.where(outcome < 2, scenario.quote_day_effect, 0)
    quote = (2 * gamma_quantile(stream.uniforms("leads/quoted", size), 2.0) / quote_rate).astype(np.int64)
    return {
        "contacted": exponential("contacted", 1 / scenario.contact_days + np.where(quoted, -scenario.contact_day_effect, 0)),
        "qualified": exponential("qualified", 1 / 3),
        "quoted": np.where(quoted, quote, 0),
        "closed": 1 + exponential("decided", 1 / scenario.decision_days),
    }


def _table(lead: dict[str, np.ndarray], world: World, scenario: SalesScenario) -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    """The leads by contract, which is a duplicate of which, and the row in `lead` that each comes from."""
    stream, days, size = world.stream, world.days, len(lead["created"])
    people = world.customers
    ours = lead["outcome"] == 0
    market = people["market"].to_numpy(dtype=object)[lead["donor"]]
    names = _names(market, stream)
    names = np.where(ours, people["name"].to_numpy(dtype=object)[lead["donor"]], names)
    twice = np.flatnonzero(stream.uniforms("leads/twice", size) < scenario.duplicates)
    again = lead["created"][twice] + 1 + (stream.uniforms("leads/again", len(twice)) * 45).astype(np.int64)
    found = again + 1 + (stream.uniforms("leads/found", len(twice)) * 12).astype(np.int64)
    twice, again, found = (values[again < days] for values in (twice, again, found))
    number = np.concatenate([np.arange(size), twice])
    copy = np.arange(len(number)) >= size
    created = np.concatenate([lead["created"], again])
    order = np.argsort(created, kind="stable")
    number, copy, created = number[order], copy[order], created[order]
    closed = np.concatenate([lead["closed"], found])[order]
    moments = {step: np.where(copy, days + 1, lead[step][number]) for step in _STEPS[:-1]} | {"closed": closed}
    won = (lead["outcome"][number] < 2) & ~copy
    stage = np.select([(closed < days) & won, closed < days, *(moments[step] < days for step in ("quoted", "qualified", "contacted"))],
                      [4, 5, 3, 2, 1], 0)  # fmt: skip
    lucky = stream.uniforms("leads/copy", len(number))
    source = np.where(copy, pick(lucky, np.array([scenario.source_mix[name] for name in SOURCES])), lead["source"][number])
    reason = np.where(copy, np.where(lucky < 0.6, len(_REASONS) - 1, _REASONS.index("no_reply")), lead["reason"][number])
    digits = (stream.uniforms("leads/phone", size) * 10_000).astype(np.int64)
    ids = numbered("L", world.numbers(len(number)), 5)
    staff = world.salespeople["salesperson_id"][world.salespeople["left_on"].isna()].to_numpy(dtype=object)
    any_of_them = staff[(stream.uniforms("leads/salesperson", size) * len(staff)).astype(np.int64)]
    salesperson = np.where(ours, people["salesperson_id"].to_numpy(dtype=object)[lead["donor"]], any_of_them)
    table = pd.DataFrame({
        "lead_id": ids,
        "name": np.where(copy & (lucky < 0.5), [_short(name) for name in names[number]], names[number]),
        "phone": numbered("129****", digits[number], 4),
        "market": market[number],
        "region": people["region"].to_numpy(dtype=object)[lead["donor"]][number],
        "source": decoded(source, SOURCES),
        "expected_parcels": lead["expected"][number],
        "salesperson_id": salesperson[number],
        "created_on": dates(world.first, created),
        **{f"{step}_on": dates(world.first, day, day < days) for step, day in moments.items()},
        "stage": decoded(stage, LEADS["stage"].categories),
        "lost_reason": decoded(reason, _REASONS).where(stage == 5),
        "customer_id": decoded(lead["donor"][number], people["customer_id"]).where((stage == 4) & ours[number]),
    })  # fmt: skip
    first = pd.Series(ids.to_numpy(dtype=object)[~copy], index=number[~copy], dtype=object)
    return conform(table, LEADS), first.reindex(number).where(copy).reset_index(drop=True), number


def _names(market: np.ndarray, stream: Stream) -> np.ndarray:
    """Invented names, none twice while the stock lasts."""
    brands = [one + two for one in FIRST for two in SECOND if one != two and one + two not in KNOWN]
    names = np.empty(len(market), dtype=object)
    for kind, (trades, ends) in _TRADES.items():
        rows, stock = np.flatnonzero(market == kind), len(brands) * len(trades) * len(ends)
        order = np.argsort(stream.uniforms(f"leads/names/{kind}", stock), kind="stable")
        brand, trade, end = np.unravel_index(np.resize(order, len(rows)), (len(brands), len(trades), len(ends)))
        names[rows] = [brands[b] + trades[t] + ends[e] for b, t, e in zip(brand.tolist(), trade.tolist(), end.tolist(), strict=True)]
    return names


def _short(name: str) -> str:
    """How a hurried clerk writes a name."""
    for end in ("股份有限公司", "集团有限公司", "有限公司"):
        if name.endswith(end):
            return name.removesuffix(end)
    return name[:-1]


def _quotes(lead: dict[str, np.ndarray], ids: pd.Series, world: World, scenario: SalesScenario) -> pd.DataFrame:
    """A quote for each lead that got so far; some follow an earlier one with less discount."""
    stream, days = world.stream, world.days
    size = len(lead["created"])
    there = np.flatnonzero(lead["quoted"] < days)
    revised = (stream.uniforms("quotes/revised", size) < scenario.revised)[there] & (lead["discount"][there] >= 0.07)
    less = (0.02 + 0.05 * stream.uniforms("quotes/less", size))[there].round(2)
    quoted, closed = lead["quoted"][there], lead["closed"][there]
    second = np.where(revised, quoted + ((closed - quoted) * 0.4).astype(np.int64), quoted)
    won = lead["outcome"][there] < 2
    twice = np.flatnonzero(revised)
    place = np.concatenate([np.arange(len(there)), twice])
    early = np.arange(len(place)) >= len(there)
    day = np.where(early, quoted[place], second[place])
    decided = np.where(early, second[place], closed[place])
    order = np.lexsort((~early, place, day))
    order = order[day[order] < days]
    place, early, day, decided = (values[order] for values in (place, early, day, decided))
    row = there[place]
    shop = (world.customers["market"].to_numpy() == "e_commerce")[lead["donor"]][row]
    list_price = np.where(shop, *(world.scenario.tariff[product, "domestic"][0] for product in ("economy", "standard")))
    discount = np.where(early, lead["discount"][row] - less[place], lead["discount"][row]).round(2)
    decision = np.select([decided >= days, early, won[place]], [3, 2, 0], 1)
    return conform(pd.DataFrame({
        "quote_id": numbered("Q", world.numbers(len(row)), 5),
        "lead_id": decoded(row, ids),
        "quoted_on": dates(world.first, day),
        "valid_until": dates(world.first, np.maximum(day + 30, np.where(early, 0, decided))),
        "product": decoded((~shop).astype(np.int64), ("economy", "standard")),
        "list_price_yuan": list_price,
        "tier_discount": lead["tier"][row],
        "discount": discount,
        "price_yuan": (list_price * (1 - discount)).round(2),
        "decision": decoded(decision, QUOTES["decision"].categories),
        "decided_on": dates(world.first, decided, decided < days),
    }), QUOTES)  # fmt: skip
