"""How the cases of the simulated customers are handled: channel, grade, first response, settlement, compensation, the call afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.axes import PRODUCTS
from crmlib.company.columns import decoded
from crmlib.company.draws import Stream, pick
from crmlib.company.tables.voice import CASES

if TYPE_CHECKING:
    from crmlib.company.cases import CaseScenario
    from crmlib.company.world import World

KINDS = CASES["kind"].categories
CAUSES = CASES["cause"].categories
OUTCOMES = CASES["outcome"].categories
CHANNELS = CASES["channel"].categories
GRADES = CASES["grade"].categories


def handled(
    world: World, *, parcel: np.ndarray, kind: np.ndarray, cause: np.ndarray, opened: np.ndarray, load: np.ndarray,
    satisfaction: np.ndarray, stream: Stream, scenario: CaseScenario,
) -> dict[str, pd.Series | np.ndarray]:  # fmt: skip
    """The columns of the table that tell how each case went.

    Parameters
    ----------
    parcel : row of the waybill
    kind, cause : index of KINDS and of CAUSES, the true cause
    opened : minutes since the first day
    load, satisfaction : how busy the firm was, and the customer's latent satisfaction
    """
    size, sent = len(parcel), world.waybills.iloc[parcel]
    disputed = np.isin(kind, [KINDS.index("complaint"), KINDS.index("claim")])
    channel = _channel(world, sent["customer_id"], stream, scenario)
    grades = np.array([scenario.grade_shares[name] for name in CAUSES])[cause]
    grade = np.where(disputed, pick(stream.uniforms("cases/grade", size), grades), 0)
    response, resolution = _minutes(kind, cause, channel, grade, load, stream, scenario)
    first, settled = opened + response, opened + response + resolution
    end = world.days * 24 * 60
    is_open = settled >= end
    outcome = _outcome(kind, cause, stream, scenario)
    product = np.array([scenario.insured[name] for name in PRODUCTS])[pd.Index(PRODUCTS).get_indexer(sent["product"])]
    insured = stream.uniforms("cases/insured", size) < product
    paid = _paid(outcome, cause, insured, sent["price_yuan"].to_numpy(), stream, scenario)
    effects = scenario.after_effects
    odds = scenario.after_base + effects["log_days"] * np.log1p((settled - opened) / 1440) + effects["paid"] * (paid > 0)
    odds += effects["unfounded"] * (outcome == OUTCOMES.index("unfounded")) + effects["satisfaction"] * satisfaction
    pleased = stream.uniforms("cases/after", size) < 1 / (1 + np.exp(-odds))
    silent = is_open | (stream.uniforms("cases/followed_up", size) >= scenario.followed_up)

    def moments(minutes: np.ndarray, hidden: np.ndarray) -> np.ndarray:
        times = np.datetime64(world.first, "us") + minutes.astype("timedelta64[m]")
        return np.where(hidden, np.datetime64("NaT"), times)

    return {
        "opened_at": moments(opened, np.zeros(size, dtype=bool)), "channel": decoded(channel, CHANNELS), "grade": decoded(grade, GRADES),
        "insured": insured, "first_response_at": moments(first, first >= end), "resolved_at": moments(settled, is_open),
        "outcome": decoded(outcome, OUTCOMES).mask(is_open), "compensation_yuan": np.where(is_open, np.nan, paid),
        "satisfied_after": decoded((~pleased).astype(np.int64), CASES["satisfied_after"].categories).mask(silent),
    }  # fmt: skip


def _channel(world: World, customer_id: pd.Series, stream: Stream, scenario: CaseScenario) -> np.ndarray:
    shares = np.array([scenario.channel_mix[name] for name in CHANNELS])
    channel = pick(stream.uniforms("cases/channel", len(customer_id)), shares)
    served = world.customers["salesperson_id"].notna().to_numpy()[pd.Index(world.customers["customer_id"]).get_indexer(customer_id)]
    return np.where((channel == CHANNELS.index("salesperson")) & ~served, CHANNELS.index("app"), channel)


def _minutes(
    kind: np.ndarray, cause: np.ndarray, channel: np.ndarray, grade: np.ndarray, load: np.ndarray, stream: Stream, scenario: CaseScenario
) -> tuple[np.ndarray, np.ndarray]:
    """Whole minutes from the opening to the first response, and from there to the settlement."""
    size = len(kind)
    hours = np.array([scenario.response_hours[name] for name in GRADES])[grade] * load**scenario.response_load
    hours *= np.where(channel == CHANNELS.index("hotline"), scenario.hotline_pace, 1.0)
    hours *= np.exp(scenario.response_spread * stream.normals("cases/response", size))
    work = np.array([scenario.resolution_hours[name] for name in CAUSES])[cause]
    work *= np.array([scenario.kind_pace[name] for name in KINDS])[kind]
    work *= load**scenario.resolution_load * np.exp(scenario.resolution_spread * stream.normals("cases/resolution", size))
    share, times = scenario.stalled
    work *= np.where(stream.uniforms("cases/stalled", size) < share, times, 1.0)
    return tuple(np.maximum(np.rint(60 * part), 1).astype(np.int64) for part in (hours, work))


def _outcome(kind: np.ndarray, cause: np.ndarray, stream: Stream, scenario: CaseScenario) -> np.ndarray:
    """Disputes end by the shares of their cause; of inquiries, addresses and invoices are put right and the rest explained."""
    disputed = pick(stream.uniforms("cases/outcome", len(kind)), np.array([scenario.outcomes[name] for name in CAUSES])[cause])
    mended = np.isin(cause, [CAUSES.index("address"), CAUSES.index("invoice")])
    answered = np.where(mended, OUTCOMES.index("corrected"), OUTCOMES.index("explained"))
    return np.choose(kind, [disputed, answered, disputed, np.full(len(kind), OUTCOMES.index("thanked"))])


def _paid(
    outcome: np.ndarray, cause: np.ndarray, insured: np.ndarray, price: np.ndarray, stream: Stream, scenario: CaseScenario
) -> np.ndarray:
    """Yuan paid to the customer."""
    luck, size = stream.uniforms("cases/paid", (2, len(price))), len(price)
    median, spread = scenario.declared_yuan
    declared = median * np.exp(spread * stream.normals("cases/declared", size)) * (0.8 + 0.2 * luck[0])
    low, high = scenario.uninsured_times
    least, most = scenario.goodwill_yuan
    failed = np.isin(cause, [CAUSES.index("loss"), CAUSES.index("damage")])
    compensated = np.where(failed, np.where(insured, declared, price * (low + (high - low) * luck[0])), least + (most - least) * luck[1])
    ways = [outcome == OUTCOMES.index("compensated"), outcome == OUTCOMES.index("refunded")]
    return np.round(np.select(ways, [np.maximum(np.rint(compensated), 1), price], 0.0), 2)
