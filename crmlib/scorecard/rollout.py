"""What a rollout region by region changed, by differences in differences, and what that is worth a year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns, require_rng, require_share
from crmlib.i18n import _
from crmlib.scorecard.rollout_panel import REGIONS, Panel, year_without

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

OUTCOMES = ("wismo_calls", "inquiries", "complaints", "service_cost", "satisfaction")


@dataclass(frozen=True, eq=False)
class RolloutEffect:
    """What notices changed, by outcome.

    `table`: effect_on, counted_on (parcels, answers), change (−0.34: a third less), low, high (customers drawn anew), low_few,
    high_few (the regions themselves as the few witnesses that they are), naive, naive_low, naive_high (before and after in the same
    regions), placebo, placebo_low, placebo_high (the same comparison before anybody had notices). `by_wave`: effect_on, region, since,
    compared_until, change, low, high. `months`: effect_on, region, month, amount, exposure, rate, started. `waves`: region, notices_since.
    `year`: effect_on, yearly_amount (what a year would bring without notices anywhere), unit_yuan.
    """

    table: pd.DataFrame
    by_wave: pd.DataFrame
    months: pd.DataFrame
    waves: pd.DataFrame
    year: pd.DataFrame = field(repr=False)
    level: float = 0.95

    def summary(self) -> str:
        """The first outcome by both ways of comparing, and what the few regions allow."""
        row = self.table.iloc[0]
        return _(
            "By differences in differences {outcome} changed by {change:+.0%} ({low:+.0%} to {high:+.0%}); before and after alone would say "
            "{naive:+.0%}, because it takes for an effect whatever else changed meanwhile. Taking only the {waves} regions as witnesses "
            "the interval is {low_few:+.0%} to {high_few:+.0%}."
        ).format(
            outcome=_name(row["effect_on"]),
            waves=int((self.by_wave["effect_on"] == row["effect_on"]).sum()),
            **{name: row[name] for name in ("change", "low", "high", "naive", "low_few", "high_few")},
        )

    def benefits(self, outcomes: Iterable[str] = ("wismo_calls", "inquiries", "complaints")) -> pd.DataFrame:
        """What notices everywhere would save in a year, for :func:`return_on_investment`.

        Returns benefit, yuan_per_year, low, high. Costs of the notices are no part of it. Take no
        outcome twice: service_cost holds the other three.
        """
        chosen = list(outcomes)
        table = self.table.set_index("effect_on")
        year = self.year.set_index("effect_on")
        unknown = [one for one in chosen if one not in table.index or one not in year.index]
        if unknown:
            raise ValueError(
                _("There is no benefit in yuan for {outcome}. Known: {known}.").format(outcome=unknown[0], known=", ".join(year.index))
            )
        worth = year.loc[chosen, "yearly_amount"] * year.loc[chosen, "unit_yuan"]
        saved = {name: -table.loc[chosen, side] * worth for name, side in (("yuan_per_year", "change"), ("low", "high"), ("high", "low"))}
        return pd.DataFrame(saved).rename_axis("benefit").reset_index()

    def plot(self, outcome: str = "wismo_calls", *, ax: Axes | None = None) -> Axes:
        """Rates by region and quarter with the waves; see :func:`crmlib.plotting.rollout_waves`."""
        from crmlib.plotting import rollout_waves

        return rollout_waves(self, outcome, ax=ax)


def rollout_effect(
    company: Company, *, rng: np.random.Generator | int, outcomes: Iterable[str] | None = None, waves: pd.DataFrame | None = None,
    level: float = 0.95, draws: int = 200,
) -> RolloutEffect:  # fmt: skip
    """Estimate what proactive notices, which came to the regions in waves, changed.

    Answers: did the rollout do it, or would it have happened anyway?

    Parameters
    ----------
    company : Company
    rng : Generator or whole number, for the bootstrap
    outcomes : of wismo_calls ("where is my parcel", a parcel), inquiries and complaints (cases a parcel), service_cost (yuan a parcel:
    calls,
        cases, compensation and the notices themselves), satisfaction (mean of three items an answer); None: all
    waves : DataFrame, optional, region and notices_since; None: the month of each region's first notice (crm.desk.delay.notice_waves)
    level : float, 0–1, of the intervals
    draws : how often customers are drawn anew

    Returns
    -------
    RolloutEffect

    Raises
    ------
    ValueError
        No region began while another had not, or an outcome is unknown.

    Notes
    -----
    E[amount] = exposure × exp(region + month + effect · notices), each wave against regions that have none yet until the next begins: the
    comparison and its fit are those of :func:`crmlib.desk.delay.notice_effect`. low and high draw customers, widened by the scatter of
    regions and months beyond chance. low_few and high_few take each wave as one witness: Hartung and Knapp's interval with waves − 1
    degrees of freedom, never narrower than the other. It needs three waves to say much; a shock to one region still looks like an effect
    of its wave.

    Source: Callaway and Sant'Anna (2021); Cengiz, Dube, Lindner and Zipperer (2019); Hartung and Knapp (2001).

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> firm = simulate_as_wanted(customers=100, months=10, seed=1)
    >>> rollout_effect(firm, rng=0, outcomes=["wismo_calls"], draws=5).table.effect_on.tolist()
    ['wismo_calls']
    """
    from crmlib.desk.delay import notice_waves
    from crmlib.desk.delay.notice_effect import (
        naive_change,
        cell_dispersion,
        fit_effect,
        placebo_effect,
        stacked_cells,
    )

    require_share("level", level)
    rng = require_rng(rng)
    chosen = list(OUTCOMES if outcomes is None else outcomes)
    if not chosen or set(chosen) - set(OUTCOMES):
        raise ValueError(_("Choose outcomes from {known}.").format(known=", ".join(OUTCOMES)))
    if waves is None:
        waves = notice_waves(company)
    need_frame(waves, "waves")
    require_columns(waves.columns, ["region", "notices_since"])
    panel = Panel(company)
    starts = waves.set_index("region")["notices_since"].reindex(REGIONS)
    begins = np.array([panel.months if pd.isna(day) else (pd.Timestamp(day).to_period("M") - panel.first).n for day in starts])
    treated = np.arange(panel.months) >= begins[:, None]
    weights = rng.poisson(1.0, (draws, panel.people)).astype(float)
    rows, by_wave, months = [], [], []
    for outcome in chosen:
        amount, exposure = panel.cells(outcome, weights)
        stacks = stacked_cells(begins, exposure[0].sum(axis=(0, 2)) > 0, panel.months)
        if not stacks:
            raise ValueError(_("No region got notices while another had none yet, so nothing can be compared."))
        everywhere = exposure[0].sum(axis=0) > 0
        stacks = [one for one in stacks if _told(everywhere, treated, one[2])] or stacks[:1]
        masks = [mask for _region, _until, mask in stacks]
        wide = (
            max(cell_dispersion(amount[0], exposure[0], treated, masks), 1.0) ** 0.5 if outcome not in ("service_cost", "satisfaction") else 1.0
        )
        own = np.isin(np.arange(len(REGIONS)), [region for region, _until, _mask in stacks])[:, None] & np.ones(panel.months, dtype=bool)
        whole = fit_effect(amount, exposure, treated, masks)
        single = [fit_effect(amount, exposure, treated, [mask]) for mask in masks]
        rows.append(
            (
                outcome,
                panel.per(outcome),
                *_interval(whole, level, wide),
                *_few(whole, single, level, wide),
                *_interval(naive_change(amount, exposure, treated, own), level, wide),
                *(
                    _interval(placebo_effect(amount, exposure, begins, panel.months), level, wide)
                    if _placebo_told(everywhere, begins)
                    else [np.nan] * 3
                ),
            )
        )
        by_wave += [
            (
                outcome,
                REGIONS[region],
                panel.month(begins[region]),
                panel.month(until) - pd.Timedelta(days=1),
                *_interval(logs, level, wide),
            )
            for (region, until, _mask), logs in zip(stacks, single, strict=True)
        ]
        months.append(panel.table(outcome, amount[0], exposure[0], treated))
    table = pd.DataFrame(
        rows,
        columns=[
            "effect_on",
            "counted_on",
            "change",
            "low",
            "high",
            "low_few",
            "high_few",
            "naive",
            "naive_low",
            "naive_high",
            "placebo",
            "placebo_low",
            "placebo_high",
        ],
    )
    told = pd.concat(months, ignore_index=True)
    return RolloutEffect(
        table,
        pd.DataFrame(by_wave, columns=["effect_on", "region", "since", "compared_until", "change", "low", "high"]),
        told,
        waves[["region", "notices_since"]],
        year_without(told, table, panel),
        level,
    )


def _told(seen: np.ndarray, treated: np.ndarray, mask: np.ndarray) -> bool:
    """Whether a region that begins is seen beside another one both before and after it began: surveys are few and far between."""
    here = seen & mask
    begun = (treated & mask).any(axis=1)
    beside = here[~begun].any(axis=0)
    return any(
        (here[region] & beside & treated[region]).any() and (here[region] & beside & ~treated[region]).any()
        for region in np.flatnonzero(begun)
    )


def _placebo_told(seen: np.ndarray, begins: np.ndarray) -> bool:
    first = int(begins.min())
    treated = np.zeros_like(seen)
    treated[int(begins.argmin()), first // 2 :] = True
    return _told(seen, treated, np.broadcast_to(np.arange(seen.shape[1]) < first, seen.shape))


def _interval(logs: np.ndarray, level: float, wide: float) -> tuple[float, float, float]:
    from scipy.stats import norm

    drawn = logs[1:][np.isfinite(logs[1:])]
    half = norm.ppf(0.5 + level / 2) * drawn.std(ddof=1) * wide if len(drawn) > 2 else np.nan
    return tuple(float(np.expm1(value)) for value in (logs[0], logs[0] - half, logs[0] + half))


def _few(whole: np.ndarray, single: list[np.ndarray], level: float, wide: float) -> tuple[float, float]:
    """Hartung and Knapp's interval around the estimate of all waves, the waves as witnesses; infinitely wide with a single one."""
    from scipy.stats import norm, t

    logs = np.array([one[0] for one in single])
    errors = np.array([np.nanstd(one[1:][np.isfinite(one[1:])], ddof=1) * wide for one in single])
    good = np.isfinite(logs) & (errors > 0)
    if good.sum() < 2:
        return -1.0, np.inf
    logs, weight = logs[good], 1 / errors[good] ** 2
    mean = (weight * logs).sum() / weight.sum()
    spread = np.sqrt((weight * (logs - mean) ** 2).sum() / (len(logs) - 1) / weight.sum())
    half = max(t.ppf(0.5 + level / 2, len(logs) - 1) * spread, norm.ppf(0.5 + level / 2) * np.nanstd(whole[1:], ddof=1) * wide)
    return float(np.expm1(whole[0] - half)), float(np.expm1(whole[0] + half))


def _name(outcome: str) -> str:
    from crmlib.company.schema import label

    return label(outcome, "effect_on")
