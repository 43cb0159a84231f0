"""The simulated firm's randomised offers: who was drawn to get one, and what came of it, in full agreement with the waybills.

The parcels are drawn before the offers. So the lots are drawn backwards: a customer's outcome is known, and the chance of having been
drawn for the offer is tilted by it so that, by Bayes' rule, the outcomes given the arm are those of a fair draw with the stated effect.
With a share s of offers, an outcome y whose mean is m and whose variance is v, and an effect t,

    P(offer | y) = s × (1 + t × (1 − s) × (y − m) / v)

has mean s, and makes the mean of y differ by t between the arms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.axes import MARKETS
from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.purchases import Purchases, dates
from crmlib.company.tables.sales import OFFERS
from crmlib.company.world import World

if TYPE_CHECKING:
    from crmlib.company.sales import SalesScenario

KINDS = OFFERS["kind"].categories
WINDOWS = {"first_order": 7, "retention": 90, "membership": 90}
"""Days after the assignment in which the outcome of each kind is measured."""


def draw_offers(world: World, purchases: Purchases, scenario: SalesScenario) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The table offers, and the truth frame offers.

    The truth has one row an offer: offer_id, moderator (the one beside the market that changes the effect: whether the customer sits in a
    campus or residential area, has been one for over a year, is a company), effect (individual, on the chance of reaching the outcome; of a
    membership on ln((50 + after) / (50 + before))), and of first-order and retention offers the chances without and with an offer,
    chance_control and chance_offer, and both potential outcomes, reached_control and reached_offer. Where the period is not over at the
    data end, the offer is there too, with its outcome empty and its arm drawn by chance alone.
    """
    parts = [_first_order(world, purchases, scenario), _retention(world, purchases, scenario), _membership(world, purchases, scenario)]
    drawn = pd.concat(parts, ignore_index=True)
    drawn = drawn.iloc[np.lexsort((drawn["customer"], drawn["kind"], drawn["day"]))].reset_index(drop=True)
    known, reached = drawn["known"].to_numpy(), drawn["reached"].to_numpy()
    kind, customer, day, offer = (drawn[name].to_numpy() for name in ("kind", "customer", "day", "offer"))
    window = np.array([WINDOWS[name] for name in KINDS])[kind]
    before, after = (purchases.between(customer, *span)[1] for span in ((np.maximum(day - 90, 0), day), (day, day + window)))
    willing = np.where(known & reached, *scenario.taken_up[::-1])
    taken = offer & (world.stream.uniforms("offers/taken", len(drawn)) < willing)
    ids = numbered("F", world.numbers(len(drawn)), 5)
    table = pd.DataFrame({
        "offer_id": ids,
        "kind": decoded(kind, KINDS),
        "customer_id": decoded(customer, world.customers["customer_id"]),
        "assigned_on": dates(world.first, day),
        "stratum": decoded(_market(world)[customer], MARKETS),
        "arm": decoded((~offer).astype(np.int64), OFFERS["arm"].categories),
        "value_yuan": np.where(offer, np.array([scenario.offer_value[name] for name in KINDS])[kind], 0.0),
        "accepted": taken,
        "measured_on": dates(world.first, day + window),
        "outcome": decoded((~reached).astype(np.int64), OFFERS["outcome"].categories).where(known),
        "before_yuan": np.where(kind == 0, 0.0, before),
        "after_yuan": np.where(known, after, np.nan),
    })  # fmt: skip
    hidden = ["moderator", "effect", "chance_control", "chance_offer", "reached_control", "reached_offer"]
    truth = drawn[hidden].copy()
    truth.insert(0, "offer_id", ids)
    return {"offers": conform(table, OFFERS)}, {"offers": truth}


def _market(world: World) -> np.ndarray:
    codes = {name: place for place, name in enumerate(MARKETS)}
    return world.customers["market"].map(codes).to_numpy(dtype=np.int64)


def _effects(market: np.ndarray, moderator: np.ndarray, effects) -> np.ndarray:
    return np.array([effects[name] for name in MARKETS])[market] + effects["moderator"] * moderator


def _share_by_cell(outcome: np.ndarray, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the outcome in each row's cell; small cells lean on the mean of all."""
    if not len(outcome):
        return np.zeros(0), np.ones(0)
    _names, place = np.unique(cells, axis=0, return_inverse=True)
    place = place.ravel()
    count = np.bincount(place)
    mean = (np.bincount(place, outcome) + 2 * outcome.mean()) / (count + 2)
    spread = (np.bincount(place, (outcome - mean[place]) ** 2) + 2 * outcome.var()) / (count + 2)
    return mean[place], np.maximum(spread, 1e-6)[place]


def _trial(
    kind: str, *, customer: np.ndarray, day: np.ndarray, known: np.ndarray, reached: np.ndarray, moderator: np.ndarray, outcome: np.ndarray,
    mean: np.ndarray, spread: np.ndarray, world: World, scenario: SalesScenario,
) -> pd.DataFrame:  # fmt: skip
    """One row a customer of a trial: the arm, the effect, and what would have come of it in either arm."""
    stream, share, size = world.stream, scenario.offered, len(customer)
    effect = _effects(_market(world)[customer], moderator, scenario.effects[kind])
    chances = kind != "membership"
    if chances:
        room = np.minimum((1 - mean) / (1 - share), mean / share)
        effect = np.clip(effect, -np.minimum((1 - mean) / share, mean / (1 - share)), room)
    lots = np.clip(share * (1 + effect * (1 - share) * (outcome - mean) / spread), 0, 1)
    offer = stream.uniforms(f"offers/{kind}/lots", size) < np.where(known, lots, share)
    frame = pd.DataFrame({"customer": customer, "kind": KINDS.index(kind), "day": day, "known": known, "reached": reached, "offer": offer,
                          "moderator": moderator, "effect": effect})  # fmt: skip
    if not chances:
        return frame.assign(chance_control=np.nan, chance_offer=np.nan, reached_control=None, reached_offer=None)
    control, treated = mean - share * effect, mean + (1 - share) * effect
    own = np.where(offer, treated, control)
    luck = stream.uniforms(f"offers/{kind}/luck", size)
    # One uniform number decides both potential outcomes; the known outcome says on which side of its own chance it lies.
    level = np.where(known, np.where(reached, luck * own, own + luck * (1 - own)), luck)
    either = {f"reached_{name}": pd.Series(level < chance, dtype=object) for name, chance in (("control", control), ("offer", treated))}
    actual = np.where(offer, "offer", "control")
    for name in ("control", "offer"):
        either[f"reached_{name}"] = either[f"reached_{name}"].mask(known & (actual == name), pd.Series(reached, dtype=object))
    return frame.assign(chance_control=control, chance_offer=treated, **either)


def _first_order(world: World, purchases: Purchases, scenario: SalesScenario) -> pd.DataFrame:
    """Everybody who opens an account in the period; the outcome is a parcel within the window."""
    first = np.datetime64(world.first, "D")
    opened = (world.customers["opened_on"].to_numpy().astype("datetime64[D]") - first).astype(np.int64)
    customer = np.flatnonzero(opened >= 0)
    day, known = opened[customer], opened[customer] + WINDOWS["first_order"] <= world.days
    reached = purchases.between(customer, day, day + WINDOWS["first_order"])[0] > 0
    moderator = (world.customers["area"].to_numpy() == "campus_community")[customer]
    month = np.searchsorted(world.edges, day, side="right") - 1
    late = day - world.edges[month] >= 15
    cells = np.stack([_market(world)[customer], moderator, late], axis=1).astype(np.int64)
    mean = _share_by_cell(reached.astype(np.float64), cells)[0]
    return _trial("first_order", customer=customer, day=day, known=known, reached=reached, moderator=moderator, outcome=reached, mean=mean,
                  spread=np.maximum(mean * (1 - mean), 1e-6), world=world, scenario=scenario)  # fmt: skip


def _retention(world: World, purchases: Purchases, scenario: SalesScenario) -> pd.DataFrame:
    """Every third month, the customers whose hazard is above the line; the outcome is being a customer still when the window ends."""
    panel, window = world.panel, WINDOWS["retention"]
    month = panel["month"].to_numpy()
    chosen = (month % 3 == 2) & (panel["hazard"].to_numpy() >= scenario.at_risk_from)
    customer, month, hazard = panel["customer"].to_numpy()[chosen], month[chosen], panel["hazard"].to_numpy()[chosen]
    day = world.edges[month]
    leaves = world.truth["customers"]["leaves_on"].to_numpy().astype("datetime64[D]")[customer]
    gone = np.where(np.isnat(leaves), 10**6, (leaves - np.datetime64(world.first, "D")).astype(np.int64))
    known = day + window <= world.days
    reached = gone >= day + window
    # The hazard of the month, held for three; scaled so that as many are expected to leave as do.
    risk = -3 * np.log1p(-hazard)
    scale = 1.0
    for _turn in range(20):
        expected = -np.expm1(-scale * risk[known]).sum()
        scale *= (~reached[known]).sum() / expected if expected > 0 and (~reached[known]).any() else 1.0
    mean = np.clip(np.exp(-scale * risk), 0.02, 0.98)
    first = np.datetime64(world.first, "D")
    age = day - (world.customers["opened_on"].to_numpy().astype("datetime64[D]") - first).astype(np.int64)[customer]
    return _trial("retention", customer=customer, day=day, known=known, reached=reached, moderator=age > 365, outcome=reached, mean=mean,
                  spread=mean * (1 - mean), world=world, scenario=scenario)  # fmt: skip


def _membership(world: World, purchases: Purchases, scenario: SalesScenario) -> pd.DataFrame:
    """In the months of the campaigns, everybody who shipped enough in the 90 days before and was not invited yet."""
    window, parts, invited = WINDOWS["membership"], [], np.zeros(len(world.customers), dtype=bool)
    left = world.truth["customers"]["leaves_on"].to_numpy().astype("datetime64[D]")
    gone = np.where(np.isnat(left), 10**6, (left - np.datetime64(world.first, "D")).astype(np.int64))
    for month in scenario.invitation_months:
        if month < world.months:
            begin = int(world.edges[month])
            parcels, _yuan = purchases.between(np.arange(len(invited)), max(begin - window, 0), begin)
            fresh = np.flatnonzero((parcels >= scenario.invited_from) & ~invited & (gone > begin))
            invited[fresh] = True
            parts.append((fresh, np.full(len(fresh), begin)))
    customer, day = (np.concatenate([part[place] for part in parts] or [np.zeros(0, dtype=np.int64)]) for place in (0, 1))
    before, after = (purchases.between(customer, *span)[1] for span in ((day - window, day), (day, day + window)))
    known = day + window <= world.days
    outcome = np.log(50 + after) - np.log(50 + before)
    moderator = (world.customers["nature"].to_numpy() == "group")[customer]
    high = before > np.median(before) if len(before) else np.zeros(0, dtype=bool)
    cells = np.stack([_market(world)[customer], moderator, day, high], axis=1).astype(np.int64)
    mean, spread = _share_by_cell(outcome, cells)
    return _trial("membership", customer=customer, day=day, known=known, reached=after > before, moderator=moderator, outcome=outcome,
                  mean=mean, spread=spread, world=world, scenario=scenario)  # fmt: skip
