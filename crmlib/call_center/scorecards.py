"""Agents side by side within funnel limits: who differs by more than the chance of the calls, and how much of the rest is noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from crmlib.call_center.random_agents import Spread, of_means, of_shares
from crmlib.checks import refuse_rows, require_columns, require_rng, require_share
from crmlib.clean import clean, clean_column, is_answer
from crmlib.credit.chance import whole
from crmlib.i18n import _, in_a_row
from crmlib.survey.answers import names_of
from crmlib.survey.intervals import normal_quantile

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OUTSIDE = ("far_below", "below", "within", "above", "far_above")
_AT_ONCE = 4_000_000
_PAIRS = 1500


@dataclass(frozen=True, eq=False)
class AgentScorecard:
    """Agents by one measure.

    `table` (index agent_id, in order of the agents): calls, observed (count or mean), expected_of_mix (what the agent's calls would bring,
    were it like the others), rate, adjusted (what the rate would be on the usual mix), inner_low, inner_high, outer_low, outer_high (funnel
    limits), z, outside (far_below, below, within, above, far_above), shrunken (best estimate, drawn towards the others), shrunken_low,
    shrunken_high, rank (1 = highest shrunken), rank_low, rank_high. `centre`: all calls together; `between`: how far agents really differ
    (log odds; for a mean its unit);
    `signal_share`: share of the differences seen that is real; `alike_p`: chance of differences as large if all were alike; `sure_pairs`:
    share of pairs of agents whose order is 95 % sure; `calls_needed`: calls an agent needs for four fifths signal (infinite if all alike).
    """

    table: pd.DataFrame
    measure: str
    is_share: bool
    centre: float
    between: float
    signal_share: float
    alike_p: float
    dispersion: float
    sure_pairs: float
    calls_needed: float
    levels: tuple[float, float]
    mix: tuple[str, ...]
    funnel: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The result in three sentences."""
        far = self.table.index[self.table["outside"].isin(["far_below", "far_above"])]
        near = self.table.index[self.table["outside"].isin(["below", "above"])]
        told = _("{few} of {all} agents lie outside the outer limits{names}, {near} between the two.").format(
            few=len(far), all=len(self.table), near=len(near),
            names=f" ({_(', ').join(map(str, far))})" if 0 < len(far) <= 8 else "")  # fmt: skip
        real = _("By estimate {share:.0%} of the differences seen are real, the rest is the chance of which calls came.").format(
            share=self.signal_share
        )
        order = _("For {share:.0%} of the pairs of agents it is sure who is ahead.")
        if self.sure_pairs < 0.5:
            order = _("For {share:.0%} of the pairs of agents it is sure who is ahead: a league table would mostly rank luck.")
        order = order.format(share=self.sure_pairs)
        return in_a_row(told, real, order)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The funnel; see :func:`crmlib.plotting.agent_funnel`."""
        from crmlib.plotting import agent_funnel

        return agent_funnel(self, ax=ax)


def agent_scorecard(
    calls: pd.DataFrame, *, measure: str = "resolved_first_contact", agent: str = "agent_id", mix: str | Sequence[str] = (),
    levels: tuple[float, float] = (0.95, 0.998), resamples: int = 2000, rng: np.random.Generator | int,
) -> AgentScorecard:  # fmt: skip
    """Compare agents on a measure, with the limits within which equal agents would lie.

    Answers: who does better or worse than chance, and may we rank them at all?

    Parameters
    ----------
    calls : DataFrame, one row a call
    measure : column of yes/no (a share, such as resolved_first_contact or transferred) or of numbers (a mean, such as handle_seconds);
        calls where it is missing are left out
    agent : column that names the agent; calls without one are left out
    mix : columns that make some calls harder than others (such as reason): agents are compared with what their own mix would bring
    levels : two confidence levels of the limits, the inner first
    resamples : int, at least 100
        For the intervals of ranks.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    AgentScorecard
        `.table`, `.centre`, `.between`, `.signal_share`, `.sure_pairs`, `.calls_needed`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, there are fewer than two agents with calls, or the measure never differs.

    Notes
    -----
    Limits of a share are exact binomial, interpolated; of a mean, and of a share with `mix`, normal. Real differences are estimated beside
    chance: of shares by a normal distribution of log odds between agents, of means by DerSimonian and Laird. A point outside the limits
    asks for a conversation and a look at the calls, not for a verdict: rosters, hours and chance callers differ too.

    Source: Spiegelhalter, *Statistics in Medicine* 24 (2005), 1185–1202; Goldstein and Spiegelhalter, *Journal of the Royal Statistical
    Society A* 159 (1996), on league tables.

    >>> solved = [True] * 160 + [False] * 40 + [True, False] * 100
    >>> calls = pd.DataFrame({"agent_id": ["a"] * 200 + ["b"] * 200, "resolved_first_contact": solved})
    >>> agent_scorecard(calls, rng=1).table.outside.tolist()
    ['far_above', 'far_below']
    """
    rng, resamples = require_rng(rng), whole("resamples", resamples, 100)
    inner, outer = _levels(levels)
    names = [mix] if isinstance(mix, str) else names_of(mix, least=0)
    kinds = {agent: "id?"} | {name: "name?" for name in names}
    calls = clean(calls, "calls", **kinds)
    require_columns(calls.columns, [measure])
    is_share = is_answer(calls[measure])
    values = clean_column(calls[measure], measure, "answer?" if is_share else "number?", table="calls").astype("float64")
    used = (calls[agent].notna() & values.notna()).to_numpy()
    who, names_of_agents = pd.factorize(calls[agent][used], sort=True)
    value, expected = values[used].to_numpy(), _expected(calls[used], values[used], names)
    if len(names_of_agents) < 2:
        raise ValueError(_("There are {count} agents with calls; it takes at least two to compare.").format(count=len(names_of_agents)))
    if np.ptp(value) == 0:
        raise ValueError(_("{name} is the same in every call, so it tells no agents apart.").format(name=measure))
    width = len(names_of_agents)
    count = np.bincount(who, minlength=width).astype(float)
    seen, foreseen = (np.bincount(who, weights=what, minlength=width) for what in (value, expected))
    centre = float(value.mean())
    within = np.bincount(
        who, weights=expected * (1 - expected) if is_share else np.full(len(value), _within(value, who, width)), minlength=width
    )
    within = np.maximum(within, 1e-12)
    z = (seen - foreseen) / np.sqrt(within)
    rate = seen / count
    adjusted = centre * rate / np.maximum(foreseen / count, 1e-12) if is_share else centre + rate - foreseen / count
    spread = of_shares(seen, count, foreseen) if is_share else of_means(rate, np.sqrt(within) / count, foreseen / count, centre)
    limits = _limits(count, centre, foreseen, within, is_share and not names, is_share, (inner, outer))
    rank = _ranks(spread, resamples, rng)
    low, high = _shrunken_ends(spread, centre, is_share, inner)
    table = pd.DataFrame({
        "calls": count.astype(int), "observed": seen if is_share else rate, "expected_of_mix": foreseen if is_share else foreseen / count,
        "rate": rate,
        "adjusted": np.clip(adjusted, 0, 1) if is_share else adjusted, **limits, "z": z,
    }, index=pd.Index(names_of_agents, name=agent))  # fmt: skip
    table["outside"] = pd.Categorical(_outside(table), categories=OUTSIDE, ordered=True)
    table = table.assign(shrunken=spread.value, shrunken_low=low, shrunken_high=high, **rank)
    signal = spread.between**2 / (spread.between**2 + spread.noise)
    per_call = 1 / (centre * (1 - centre)) if is_share else within.sum() / count.sum()
    needed = 4 * per_call / spread.between**2 if spread.between > 0 else np.inf
    chi = float((z**2).sum())
    return AgentScorecard(
        table, measure, is_share, centre, spread.between, float(signal), float(stats.chi2.sf(chi, width - 1)), chi / max(width - 1, 1),
        _sure_pairs(spread, rng), float(needed), (inner, outer), tuple(names),
        _funnel(count, centre, is_share, within.sum() / count.sum(), (inner, outer)),
    )  # fmt: skip


def funnel_limits(sizes: Sequence[float], centre: float, *, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Between which shares equal agents lie, by the number of their calls: exact binomial, interpolated.

    Answers: how far may a share lie from the whole, for so many calls, before it is more than chance?

    Parameters
    ----------
    sizes : calls of each agent, at least 1
    centre : float, 0–1
        The share of all calls.
    level : float, 0–1

    Returns
    -------
    (array, array)
        lower and upper limits

    Raises
    ------
    ValueError
        A size is below 1, or the centre is no share.

    Notes
    -----
    A count on the far side of a limit has, or passes, so small a chance as the level says. The upper limit is the mirror image of the lower
    one for failures; the published formula, taken for the upper tail as it stands, would let one count too many lie outside.

    Source: Spiegelhalter, *Statistics in Medicine* 24 (2005), appendix A.1.1.

    >>> low, high = funnel_limits([20, 200], 0.5)
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.256, 0.428], [0.744, 0.572])
    """
    require_share("centre", centre)
    require_share("level", level)
    count = np.atleast_1d(np.asarray(sizes, dtype="float64"))
    refuse_rows(pd.Series(~(count >= 1)), _("sizes holds agents without calls"), _("Leave them out."))
    tail = (1 - level) / 2
    return np.maximum(_lower(count, centre, tail), 0.0), np.minimum(1 - _lower(count, 1 - centre, tail), 1.0)


def _lower(count: np.ndarray, centre: float, tail: float) -> np.ndarray:
    step = stats.binom.ppf(tail, count, centre)
    above, below = stats.binom.cdf(step, count, centre), stats.binom.cdf(step - 1, count, centre)
    return (step - (above - tail) / np.maximum(above - below, 1e-300)) / count


def _levels(levels: object) -> tuple[float, float]:
    if not isinstance(levels, (tuple, list)) or len(levels) != 2:
        raise ValueError(_("levels must be two confidence levels, such as (0.95, 0.998)."))
    for level in levels:
        require_share("levels", level)
    if not levels[0] < levels[1]:
        raise ValueError(_("levels must be two confidence levels, the smaller one first."))
    return float(levels[0]), float(levels[1])


def _expected(calls: pd.DataFrame, value: pd.Series, mix: list[str]) -> np.ndarray:
    if not mix:
        return np.full(len(value), value.mean())
    return value.groupby([calls[name].astype(str) for name in mix]).transform("mean").to_numpy()


def _within(value: np.ndarray, who: np.ndarray, width: int) -> float:
    """Variance of calls within agents."""
    count = np.bincount(who, minlength=width)
    mean = np.bincount(who, weights=value, minlength=width) / count
    return float(((value - mean[who]) ** 2).sum() / max(len(value) - width, 1))


def _limits(
    count: np.ndarray, centre: float, foreseen: np.ndarray, within: np.ndarray, exact: bool, is_share: bool, levels: tuple[float, float]
) -> dict[str, np.ndarray]:
    found = {}
    for name, level in zip(("inner", "outer"), levels, strict=True):
        if exact:
            low, high = funnel_limits(count, centre, level=level)
        else:
            # Of a share with a mix: in units of the adjusted rate, which is centre × observed / expected.
            half = normal_quantile(level) * np.sqrt(within) * (centre / np.maximum(foreseen, 1e-12) if is_share else 1 / count)
            low, high = centre - half, centre + half
            low, high = (np.clip(low, 0, 1), np.clip(high, 0, 1)) if is_share else (low, high)
        found |= {f"{name}_low": low, f"{name}_high": high}
    return found


def _outside(table: pd.DataFrame) -> np.ndarray:
    rate = table["adjusted"]
    ways = [rate < table["outer_low"], rate > table["outer_high"], rate < table["inner_low"], rate > table["inner_high"]]
    return np.select(ways, ["far_below", "far_above", "below", "above"], "within")


def _ranks(spread: Spread, resamples: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    width = len(spread.middle)
    turns = max(100, min(resamples, _AT_ONCE // width))
    drawn = spread.middle + spread.width * rng.standard_normal((turns, width))
    place = np.argsort(np.argsort(-drawn, axis=1), axis=1) + 1
    low, high = np.quantile(place, [0.025, 0.975], axis=0, method="inverted_cdf")
    return {"rank": (np.argsort(np.argsort(-spread.middle, kind="stable")) + 1), "rank_low": low.astype(int), "rank_high": high.astype(int)}


def _shrunken_ends(spread: Spread, centre: float, is_share: bool, level: float) -> tuple[np.ndarray, np.ndarray]:
    half = normal_quantile(level) * spread.width
    if not is_share:
        return spread.value - half, spread.value + half
    middle = np.log(spread.value / (1 - spread.value))
    return 1 / (1 + np.exp(-(middle - half))), 1 / (1 + np.exp(-(middle + half)))


def _sure_pairs(spread: Spread, rng: np.random.Generator) -> float:
    rows = np.arange(len(spread.middle))
    rows = rng.choice(rows, _PAIRS, replace=False) if len(rows) > _PAIRS else rows
    middle, width = spread.middle[rows], spread.width[rows]
    error = np.sqrt(width[:, None] ** 2 + width**2)
    ahead = np.abs(middle[:, None] - middle) > stats.norm.ppf(0.95) * np.maximum(error, 1e-12)
    return float(ahead[np.triu_indices(len(rows), 1)].mean())


def _funnel(count: np.ndarray, centre: float, is_share: bool, variance: float, levels: tuple[float, float]) -> pd.DataFrame:
    """The limits as lines, from few calls to more than anybody took."""
    sizes = np.unique(np.geomspace(max(1.0, count.min() / 2), 1.15 * count.max(), 160).round())
    table = {"calls": sizes}
    for name, level in zip(("inner", "outer"), levels, strict=True):
        if is_share:
            low, high = funnel_limits(sizes, centre, level=level)
        else:
            half = normal_quantile(level) * np.sqrt(variance / sizes)
            low, high = centre - half, centre + half
        table |= {f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame(table)
