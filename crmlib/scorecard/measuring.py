"""Every KPI that the firm's data can give, measured on what was known on a day, with its interval; and the same over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, refuse_rows, require_columns, require_share
from crmlib.churn import churn_rate
from crmlib.i18n import _
from crmlib.scorecard.definitions import kpi_entries
from crmlib.survey.intervals import normal_quantile, wilson_interval

if TYPE_CHECKING:
    from crmlib.company import Company
    from crmlib.identity import Evaluation

COLUMNS = ("kpi", "value", "low", "high", "error", "count", "base", "since", "until", "data_state", "reason")
_Found = tuple[float, float, float, float, float]  # value, low, high, count, base


class _NoData(Exception):
    """Nothing to measure; its text says why."""


def measure(
    company: Company, as_of: object, *, kpis: Iterable[str] | None = None, integrated: Evaluation | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Measure the KPIs of the scorecard on what was known at `as_of`.

    Answers: where do we stand, and how sure is that?

    Parameters
    ----------
    company : Company
    as_of : day; nothing that happened on it or later is used
    kpis : which, optional; None: all of :func:`kpi_definitions`
    integrated : what :func:`crmlib.identity.evaluate` gave, optional
        Whether records of one customer stand under one id can only be told against labels, so it is not measured without them.
    level : float, 0–1, of the intervals

    Returns
    -------
    DataFrame, one row a KPI
        kpi, value, low, high, error (standard error), count, base (numerator and denominator; of
        customer_value_change base is the number of customers), since, until (the period; until not
        included), data_state (measured, no_data), reason (why there are no data)

    Raises
    ------
    ValueError
        A KPI is unknown, or `as_of` no day.

    Notes
    -----
    Intervals: Wilson's or those of the method named in `computed_by`; on_time and customer_value_change by customers, who are the
    independent witnesses, not parcels; complaints by Poisson's exact limits.

    Source: the methods in `computed_by`; Byar's and exact limits: Garwood (1936).

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> found = measure(simulate_as_wanted(customers=30, months=4, seed=1), "2025-02-15", kpis=["on_time", "green_share"])
    >>> found.data_state.tolist()
    ['measured', 'no_data']
    """
    require_share("level", level)
    until = _day(as_of)
    known = kpi_entries()
    wanted = list(known) if kpis is None else list(kpis)
    unknown = [kpi for kpi in wanted if kpi not in known]
    if unknown:
        raise ValueError(_("There is no KPI {kpi}. Known: {known}.").format(kpi=unknown[0], known=", ".join(known)))
    clocks: dict[str, pd.DataFrame] = {}
    rows = []
    for kpi in wanted:
        since = until - pd.DateOffset(months=known[kpi]["window_months"])
        try:
            if kpi == "integrated_share":
                found = _integrated(integrated)
            elif kpi in ("first_response_2h", "resolved_24h"):
                found = _clock(company, since, until, kpi, level, clocks)
            else:
                found = _MEASURES[kpi](company, since, until, level)
            value, low, high, count, base = found
            error = (high - low) / (2 * normal_quantile(0.95 if kpi == "integrated_share" else level))
            rows.append((kpi, value, low, high, error, count, base, since, until, "measured", ""))
        except _NoData as why:
            rows.append((kpi, *[np.nan] * 6, since, until, "no_data", str(why)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def kpi_trend(
    company: Company, as_of: object, *, periods: int = 6, every_months: int = 3, kpis: Iterable[str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """The KPIs as they were measured on earlier days, each with what was known then.

    Answers: are we getting better?

    Parameters
    ----------
    company, as_of, kpis, level : as in :func:`measure`
    periods : how many measurements, the last at `as_of`
    every_months : how far apart

    Returns
    -------
    DataFrame, as :func:`measure`, earliest first. Windows longer than `every_months` overlap: neighbours are not independent.

    Raises
    ------
    ValueError
        As :func:`measure`.

    Source: own.

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> firm = simulate_as_wanted(customers=30, months=4, seed=1)
    >>> kpi_trend(firm, "2025-02-15", periods=2, every_months=1, kpis=["on_time"]).until.dt.month.tolist()
    [1, 2]
    """
    last = _day(as_of)
    days = [last - pd.DateOffset(months=every_months * back) for back in range(periods - 1, -1, -1)]
    return pd.concat([measure(company, day, kpis=kpis, level=level) for day in days], ignore_index=True)


def own_measures(table: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Measurements of your own firm in the form that :func:`progress` takes.

    Answers: how sure are shares that I only have as counts?

    Parameters
    ----------
    table : DataFrame, one row a KPI
        kpi, count, base: shares (or per thousand) from counts; or kpi, value, low, high from elsewhere
    level : float, 0–1, of the intervals

    Returns
    -------
    DataFrame
        the columns of :func:`measure`

    Raises
    ------
    ValueError
        A column is missing, or a count lies above its base.

    Source: Wilson (1927).

    >>> found = own_measures(pd.DataFrame({"kpi": ["retention"], "count": [840], "base": [1000]}))
    >>> found[["value", "low", "high"]].round(3).values.tolist()
    [[0.84, 0.816, 0.861]]
    """
    need_frame(table, "table")
    require_share("level", level)
    counted = {"count", "base"} <= set(table.columns)
    require_columns(table.columns, ["kpi", "count", "base"] if counted or "value" not in table else ["kpi", "value", "low", "high"])
    table = table.reset_index(drop=True)
    for name in ("count", "base") if counted else ("value", "low", "high"):
        refuse_rows(
            pd.to_numeric(table[name], errors="coerce").isna(),
            _("{column} holds no number").format(column=name),
            _("Fill it in or leave the row out."),
        )
    units = table["kpi"].map({kpi: one["unit"] for kpi, one in kpi_entries().items()})
    refuse_rows(units.isna(), _("The KPI is not known"), _("Take the names of crm.scorecard.kpi_definitions()."))
    if counted:
        count, base = (pd.to_numeric(table[name]).astype(float) for name in ("count", "base"))
        refuse_rows(
            (base <= 0) | (count < 0) | (units.eq("share") & (count > base)), _("count must lie between 0 and base"), _("Mend the counts.")
        )
        refuse_rows(
            ~units.isin(["share", "per_thousand"]), _("The KPI is no share"), _("Give value, low and high instead of count and base.")
        )
        limits = [wilson_interval(top, under, level) if unit == "share" else _poisson(top, under / 1000, level)
                  for top, under, unit in zip(count, base, units, strict=True)]  # fmt: skip
        value = count / base * np.where(units.eq("share"), 1, 1000)
        low, high = (pd.Series([one[side] for one in limits], dtype=float) for side in (0, 1))
    else:
        value, low, high = (pd.to_numeric(table[name]).astype(float) for name in ("value", "low", "high"))
        count = base = pd.Series(np.nan, index=table.index)
    return pd.DataFrame(
        {
            "kpi": table["kpi"],
            "value": value,
            "low": low,
            "high": high,
            "error": (high - low) / (2 * normal_quantile(level)),
            "count": count,
            "base": base,
            "since": pd.NaT,
            "until": pd.NaT,
            "data_state": "measured",
            "reason": "",
        }
    )


def _day(value: object) -> pd.Timestamp:
    try:
        day = pd.Timestamp(value)
    except (ValueError, TypeError):
        day = pd.NaT
    if pd.isna(day):
        raise ValueError(_('as_of must be a day such as "2026-11-01", not {value}.').format(value=repr(value)))
    return day


def _during(frame: pd.DataFrame, column: str, since: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    found = frame[((frame[column] >= since) & (frame[column] < until)).to_numpy()]
    if found.empty:
        raise _NoData(_("The firm has no rows between {since} and {until}.").format(since=f"{since:%Y-%m-%d}", until=f"{until:%Y-%m-%d}"))
    return found


def _poisson(count: float, exposure: float, level: float) -> tuple[float, float]:
    from scipy.stats import chi2

    tail = (1 - level) / 2
    return (chi2.ppf(tail, 2 * count) / 2 / exposure if count else 0.0), chi2.ppf(1 - tail, 2 * count + 2) / 2 / exposure


def _clock(company: Company, since: pd.Timestamp, until: pd.Timestamp, kpi: str, level: float, kept: dict[str, pd.DataFrame]) -> _Found:
    from crmlib.desk import clocks, on_time

    if "table" not in kept:
        cases = _during(company.cases, "opened_at", since, until)
        cases = cases[cases["kind"].isin(["complaint", "claim"]).to_numpy()]
        if cases.empty:
            raise _NoData(_("There were no complaints and no claims."))
        kept["table"] = on_time(clocks(cases, as_of=until), level=level).set_index("clock")
    row = kept["table"].loc["first_response" if kpi == "first_response_2h" else "resolution"]
    return tuple(float(row[name]) for name in ("on_time_share", "low", "high", "on_time_count", "case_count"))


def _self_service(company: Company, since: pd.Timestamp, until: pd.Timestamp, level: float) -> _Found:
    from crmlib.call_center import self_service_share

    found = self_service_share(_during(company.calls, "arrived_at", since, until), level=level)
    return found.value, found.low, found.high, found.over, found.under


def _retention(company: Company, since: pd.Timestamp, until: pd.Timestamp, level: float) -> _Found:
    _during(company.waybills, "picked_up_at", since, until)
    seen = company.waybills[(company.waybills["picked_up_at"] < until).to_numpy()]
    try:
        found = churn_rate(
            seen, start=since, end=min(until, seen["picked_up_at"].max().normalize() + pd.Timedelta(days=1)), kind="gross", level=level
        )
    except ValueError as error:
        raise _NoData(str(error)) from None
    return 1 - found.rate, 1 - found.high, 1 - found.low, found.total - found.lost, found.total


def _value_change(company: Company, since: pd.Timestamp, until: pd.Timestamp, level: float) -> _Found:
    """Margin a customer, this year over last; error of the logarithm of the ratio from what each customer adds to it."""
    middle = until - pd.DateOffset(months=12)
    if company.waybills["picked_up_at"].min() >= since + pd.DateOffset(months=1):
        raise _NoData(_("The waybills do not reach back to {since}.").format(since=f"{since:%Y-%m-%d}"))
    rows = _during(company.waybills, "picked_up_at", since, until)
    years = (
        (rows["price_yuan"] - rows["cost_yuan"]).groupby([rows["customer_id"], (rows["picked_up_at"] >= middle).to_numpy()]).sum().unstack()
    )
    before, after = years[False], years[True]
    means = before.mean(), after.mean()
    if not min(means) > 0:
        raise _NoData(_("The margin of one of the years is not above 0."))
    part = after.fillna(0) / after.sum() - after.notna() / after.count() - before.fillna(0) / before.sum() + before.notna() / before.count()
    half = normal_quantile(level) * float(np.sqrt((part**2).sum()))
    ratio = means[1] / means[0]
    return ratio - 1, ratio * np.exp(-half) - 1, ratio * np.exp(half) - 1, np.nan, len(years)


def _complaints(company: Company, since: pd.Timestamp, until: pd.Timestamp, level: float) -> _Found:
    parcels = len(_during(company.waybills, "picked_up_at", since, until))
    cases = company.cases
    count = int(((cases["kind"] == "complaint") & (cases["opened_at"] >= since) & (cases["opened_at"] < until)).sum())
    return count / parcels * 1000, *_poisson(count, parcels / 1000, level), count, parcels


def _net_promoter(company: Company, since: pd.Timestamp, until: pd.Timestamp, level: float) -> _Found:
    from crmlib.survey import net_promoter_score

    found = net_promoter_score(_during(company.surveys, "answered_on", since, until)["recommend"], level=level)
    return found.score, found.low, found.high, found.promoters - found.detractors, found.answers


def _on_time(company: Company, since: pd.Timestamp, until: pd.Timestamp, level: float) -> _Found:
    rows = _during(company.waybills, "promised_at", since, until)
    kept = (rows["delivered_at"] <= rows["promised_at"]).astype(float)
    share = float(kept.mean())
    spread = float(np.sqrt(((kept - share).groupby(rows["customer_id"]).sum() ** 2).sum())) / len(rows)
    worth = share * (1 - share) / spread**2 if spread > 0 else len(rows)
    return share, *wilson_interval(share * worth, worth, level), float(kept.sum()), len(rows)


def _green(_company: Company, _since: pd.Timestamp, _until: pd.Timestamp, _level: float) -> _Found:
    raise _NoData(_("No table says how a parcel was packed. Begin to record it with the waybill."))


def _integrated(found: Evaluation | None) -> _Found:
    if found is None:
        raise _NoData(_("Without labelled records nobody can tell; give integrated=crm.identity.evaluate(…)."))
    row = found.table.loc["integrated"]
    return tuple(float(row[name]) for name in ("value", "low", "high", "count", "base"))


_MEASURES: dict[str, Callable[..., _Found]] = {
    "self_service": _self_service, "retention": _retention, "customer_value_change": _value_change, "complaints_per_thousand": _complaints,
    "net_promoter": _net_promoter, "on_time": _on_time, "green_share": _green,
}  # fmt: skip
