"""What notices save in calls, from their rollout region by region: differences in differences of calls a parcel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_rng, require_share
from crmlib.company.schema import TABLES
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

REGIONS = TABLES["customers"]["region"].categories
STAGES = ("before_promise", "after_promise")
_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class NoticeEffect:
    """By which share notices cut the calls "where is my parcel".

    `table`: estimator (not_yet_treated, all_months, before_after), stage (all, before_promise: calls a parcel; after_promise: calls a late
    parcel), cut, low, high; `by_wave`: region, notices_since, compared_until, cut, low, high; `months`: region, month, stage, calls, exposure
    (parcels, or late parcels), rate, notices; `placebo`: the cut that the same comparison finds in months before anybody had notices, low,
    high; `dispersion`: how far region and month scatter beyond chance (1: not at all; intervals are widened by it);
    `calls_per_late`: calls after the promise for each late parcel without notices; `unknown_share`: calls that named no parcel;
    `error`: standard error of log(1 − cut).
    """

    table: pd.DataFrame
    by_wave: pd.DataFrame
    months: pd.DataFrame
    placebo: tuple[float, float, float]
    dispersion: float
    calls_per_late: float
    unknown_share: float
    error: float
    level: float

    @property
    def cut(self) -> float:
        """The cut by the careful comparison, all calls."""
        return float(self.table["cut"].iloc[0])

    @property
    def low(self) -> float:
        return float(self.table["low"].iloc[0])

    @property
    def high(self) -> float:
        return float(self.table["high"].iloc[0])

    def summary(self) -> str:
        """The effect and what it rests on, in three sentences."""
        return _("Notices cut the calls for parcels by {cut:.0%} ({low:.0%} to {high:.0%}). The figure rests on {waves} regions that began at different "
                 "times, each compared with regions that had none yet; a shock to a single region would look the same. Before anybody had notices the "
                 "same comparison finds {placebo:.0%} ({placebo_low:.0%} to {placebo_high:.0%}).").format(
            cut=self.cut, low=self.low, high=self.high, waves=len(self.by_wave), placebo=self.placebo[0], placebo_low=self.placebo[1],
            placebo_high=self.placebo[2])  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Calls a late parcel by region and month; see :func:`crmlib.plotting.notice_rollout`."""
        from crmlib.plotting import notice_rollout

        return notice_rollout(self, ax=ax)


def notice_waves(company: Company) -> pd.DataFrame:
    """From which month each region has had proactive notices, as the firm's own touches show it.

    Answers: who got notices from when on?

    Parameters
    ----------
    company : Company, whose touches (kind "notice") and customers (region) are used

    Returns
    -------
    DataFrame, one row a region that has customers
        region, notices_since (first day of the month of the first notice; NaT: none so far), notices (how many), customers

    Notes
    -----
    No table says when a region began. The first notice dates it, to the month, as long as notices are frequent enough for the first month
    to have some.

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> firm = simulate_as_wanted(customers=20, months=2, seed=7)
    >>> int(notice_waves(firm).notices.sum())
    0
    """
    touches, customers = company.touches, company.customers
    region = customers.set_index("customer_id")["region"]
    told = touches[(touches["kind"] == "notice").to_numpy()]
    first = told["happened_on"].groupby(region.reindex(told["customer_id"]).astype(object).to_numpy()).agg(["min", "size"])
    table = customers["region"].astype(object).value_counts().rename_axis("region").reset_index(name="customers")
    since = pd.to_datetime(first["min"].reindex(table["region"]).to_numpy())
    table["notices_since"] = pd.Series(since.to_numpy().astype("datetime64[M]").astype("datetime64[s]"))
    table["notices"] = first["size"].reindex(table["region"]).fillna(0).astype(int).to_numpy()
    return table[["region", "notices_since", "notices", "customers"]].sort_values("notices_since", kind="stable", ignore_index=True)


def notice_effect(
    company: Company, *, rng: np.random.Generator | int, waves: pd.DataFrame | None = None, level: float = 0.95, draws: int = 200
) -> NoticeEffect:
    """Estimate by which share notices cut the calls "where is my parcel".

    Answers: how many calls do notices save, and how surely do we know?

    Parameters
    ----------
    company : Company, uses waybills, customers, calls, touches
    rng : Generator or whole number, for the bootstrap
    waves : DataFrame, optional, region and notices_since; None: :func:`notice_waves`
    level : float, 0–1, of the intervals
    draws : how often customers are drawn anew for the intervals

    Returns
    -------
    NoticeEffect
        `.cut`, `.low`, `.high`, `.table`, `.by_wave`, `.placebo`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        No region got notices while another had none, or no call names a parcel.

    Notes
    -----
    Calls of parcels picked up in a month: E[calls] = exposure × exp(region + month + log(1 − cut) · notices), by stage: before the promise
    the exposure is all parcels, after it the late ones. "not_yet_treated": for each wave, its region against those without notices yet, up to
    the month in which the next of them begins (stacked; each comparison has its own regions and months). "all_months" also compares with regions that
    already had notices, which is right only if the effect is the same everywhere and always. "before_after" forgets the others.
    Intervals: customers are drawn with their parcels and calls (Poisson weights); with so few regions, clusters of regions cannot be drawn, so
    what befell a single region is not in the interval.

    Source: Callaway and Sant'Anna (2021), not-yet-treated controls; Cengiz, Dube, Lindner and Zipperer (2019), stacking;
    Wooldridge (2023), differences in differences of counts.

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> firm = simulate_as_wanted(customers=100, months=10, seed=1)
    >>> 0 < notice_effect(firm, rng=0, draws=5).calls_per_late < 1
    True
    """
    require_share("level", level)
    rng = require_rng(rng)
    waves = notice_waves(company) if waves is None else waves
    need_frame(waves, "waves")
    cells, unknown = panel_cells(company)
    months = pd.period_range(cells["month"].min(), cells["month"].max(), freq="M")
    starts = waves.set_index("region")["notices_since"].reindex(list(REGIONS))
    begins = np.array([len(months) if pd.isna(day) else (pd.Period(day, "M") - months[0]).n for day in starts])
    place = (cells["stage"].to_numpy() * len(REGIONS) + cells["region"].to_numpy()) * len(months) + (
        cells["month"].to_numpy().astype("datetime64[M]") - np.datetime64(months[0].start_time, "M")).astype(int)  # fmt: skip
    shape = (len(STAGES), len(REGIONS), len(months))
    customer = cells["customer"].to_numpy()

    def counted(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return tuple(np.bincount(place, weights=cells[name].to_numpy() * weights, minlength=np.prod(shape)).reshape(shape)
                     for name in ("calls", "exposure"))  # fmt: skip

    people = int(customer.max()) + 1
    whole = counted(np.ones(len(cells)))
    drawn = [counted(rng.poisson(1.0, people)[customer]) for _draw in range(draws)]
    calls, exposure = (np.stack([whole[part]] + [one[part] for one in drawn]) for part in (0, 1))
    treated = np.arange(len(months)) >= begins[:, None]
    stacks = stacked_cells(begins, exposure[0].sum(axis=(0, 2)) > 0, len(months))
    if not stacks:
        raise ValueError(_("No region got notices while another had none yet, so nothing can be compared."))
    everywhere = [np.ones((len(REGIONS), len(months)), dtype=bool)]
    fits = {("not_yet_treated", "all"): fit_effect(calls, exposure, treated, [mask for _region, _until, mask in stacks])}
    for number, stage in enumerate(STAGES):
        fits["not_yet_treated", stage] = fit_effect(calls[:, [number]], exposure[:, [number]], treated, [mask for _region, _until, mask in stacks])
    fits["all_months", "all"] = fit_effect(calls, exposure, treated, everywhere)
    own = np.isin(np.arange(len(REGIONS)), [region for region, _until, _mask in stacks])[:, None] & np.ones(len(months), dtype=bool)
    fits["before_after", "all"] = naive_change(calls, exposure, treated, own)
    dispersion = cell_dispersion(calls[0], exposure[0], treated, [mask for _region, _until, mask in stacks])
    wide = max(dispersion, 1.0) ** 0.5
    waves_found = [
        (REGIONS[region], months[begins[region]].start_time, months[until - 1].end_time.normalize(),
         *_interval(fit_effect(calls, exposure, treated, [mask]), level, wide)) for region, until, mask in stacks
    ]  # fmt: skip
    rows = [(*name, *_interval(logs, level, wide)) for name, logs in fits.items()]
    logs = fits["not_yet_treated", "all"]
    grid = pd.MultiIndex.from_product([STAGES, REGIONS, months.to_timestamp()], names=["stage", "region", "month"])
    table = pd.DataFrame({"calls": whole[0].ravel(), "exposure": whole[1].ravel(), "notices": np.tile(treated.ravel(), len(STAGES))}, index=grid)
    table = table[table["exposure"] > 0].assign(rate=lambda own: own["calls"] / own["exposure"]).reset_index()
    late = table[(table["stage"] == "after_promise") & ~table["notices"]]
    return NoticeEffect(
        pd.DataFrame(rows, columns=["estimator", "stage", "cut", "low", "high"]),
        pd.DataFrame(waves_found, columns=["region", "notices_since", "compared_until", "cut", "low", "high"]), table,
        _interval(placebo_effect(calls, exposure, begins, len(months)), level, wide), dispersion,
        float(late["calls"].sum() / max(late["exposure"].sum(), 1) / (1 - unknown)), unknown, float(np.nanstd(logs[1:], ddof=1) * wide), level,
    )  # fmt: skip


def panel_cells(company: Company) -> tuple[pd.DataFrame, float]:
    """Calls and exposure by customer, month of pick-up and stage, with region; and the share of calls that named no parcel."""
    waybills, calls = company.waybills, company.calls
    wanted = calls[(calls["reason"] == "where_is_my_parcel").to_numpy()]
    row = pd.Index(waybills["waybill_id"]).get_indexer(wanted["waybill_id"])
    named = row >= 0
    if not named.any():
        raise ValueError(_("No call with the reason where_is_my_parcel names a parcel."))
    after = wanted["arrived_at"].to_numpy()[named] > waybills["promised_at"].to_numpy()[row[named]]
    ends = calls["arrived_at"].max()
    promised = waybills["promised_at"]
    late = ~(waybills["delivered_at"] <= promised).to_numpy() & (promised < ends).to_numpy()
    size = len(waybills)
    counts = [np.bincount(row[named][after == stage], minlength=size) for stage in (False, True)]
    customer, names = pd.factorize(waybills["customer_id"])
    region = company.customers.set_index("customer_id")["region"].reindex(names)
    month = waybills["picked_up_at"].to_numpy().astype("datetime64[M]")
    parts = [pd.DataFrame({"customer": customer, "month": month.astype("datetime64[s]"), "stage": stage, "calls": counts[stage],
                           "exposure": weight}) for stage, weight in enumerate((np.ones(size), late.astype(float)))]  # fmt: skip
    cells = pd.concat(parts, ignore_index=True)
    cells.loc[cells["exposure"] == 0, "calls"] = 0
    cells = cells.groupby(["customer", "month", "stage"], as_index=False)[["calls", "exposure"]].sum()
    places = pd.Index(list(REGIONS)).get_indexer(region.astype(object))[cells["customer"]]
    return cells.assign(region=places)[places >= 0], float(1 - named.mean())


def stacked_cells(begins: np.ndarray, there: np.ndarray, months: int) -> list[tuple[int, int, np.ndarray]]:
    """For each wave: its region, the month before which it is compared, and which cells (region × month) take part.

    The comparison ends when the next region begins, so that the same regions stand against it in every month.
    """
    found = []
    for region in np.argsort(begins, kind="stable"):
        start = begins[region]
        later = there & (begins > start)
        if not there[region] or not 0 < start < months or not later.any():
            continue
        until = min(int(begins[later].min()), months)
        mask = np.zeros((len(begins), months), dtype=bool)
        mask[later | (np.arange(len(begins)) == region), :until] = True
        found.append((int(region), until, mask))
    return found


def fit_effect(calls: np.ndarray, exposure: np.ndarray, treated: np.ndarray, masks: list[np.ndarray], *, whole: bool = False):
    """log(1 − cut) of each draw (first axis), by Poisson likelihood with effects of region and month in each comparison and stage."""
    inside = np.stack(masks)[None, :, None]
    count, weight = calls[:, None] * inside, exposure[:, None] * inside
    on = np.broadcast_to(treated, inside.shape)
    effect = np.zeros(len(calls))
    region, month = np.ones((*weight.shape[:-1], 1)), np.ones((*weight.shape[:-2], 1, weight.shape[-1]))
    got = (count * on).sum(axis=(1, 2, 3, 4))
    with np.errstate(divide="ignore", invalid="ignore"):
        for _round in range(_ROUNDS):
            told = weight * np.exp(effect[:, None, None, None, None] * on)
            region = _over(count.sum(axis=-1, keepdims=True), (told * month).sum(axis=-1, keepdims=True))
            month = _over(count.sum(axis=-2, keepdims=True), (told * region).sum(axis=-2, keepdims=True))
            expected = (told * region * month * on).sum(axis=(1, 2, 3, 4))
            step = np.log(got / expected)
            effect = effect + 1.5 * np.where(np.isfinite(step), step, 0)
    effect = np.where(got > 0, effect, np.nan)
    return (effect, told * region * month, count) if whole else effect


def _over(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)


def naive_change(calls: np.ndarray, exposure: np.ndarray, treated: np.ndarray, own: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = [(calls * rows).sum(axis=(2, 3)) / (exposure * rows).sum(axis=(2, 3)) for rows in (treated & own, ~treated & own)]
        return np.log(rates[0] / rates[1]).mean(axis=1)


def placebo_effect(calls: np.ndarray, exposure: np.ndarray, begins: np.ndarray, months: int) -> np.ndarray:
    """The comparison of the first wave as if it had begun halfway through the months in which nobody had notices."""
    first = int(begins.min())
    if not 2 <= first <= months:
        return np.full(len(calls), np.nan)
    treated = np.zeros((len(begins), months), dtype=bool)
    treated[int(begins.argmin()), first // 2:] = True
    mask = np.zeros_like(treated)
    mask[:, :first] = True
    return fit_effect(calls, exposure, treated, [mask])


def cell_dispersion(calls: np.ndarray, exposure: np.ndarray, treated: np.ndarray, masks: list[np.ndarray]) -> float:
    """Pearson's chi-square of the cells over its degrees of freedom."""
    _effect, expected, count = fit_effect(calls[None], exposure[None], treated, masks, whole=True)
    cells = expected > 0
    free = cells.sum() - sum((cells.sum(axis=axis) > 0).sum() for axis in (-1, -2)) + cells.any(axis=(-1, -2)).sum() - 1
    return float(((count - expected)[cells] ** 2 / expected[cells]).sum() / max(free, 1))


def _interval(logs: np.ndarray, level: float, wide: float = 1.0) -> tuple[float, float, float]:
    """The cut and its interval: normal on the logarithm, its error from the draws."""
    from scipy.stats import norm

    drawn = logs[1:][np.isfinite(logs[1:])]
    half = norm.ppf(0.5 + level / 2) * drawn.std(ddof=1) * wide if len(drawn) > 2 else np.nan
    return tuple(float(1 - np.exp(value)) for value in (logs[0], logs[0] + half, logs[0] - half))
