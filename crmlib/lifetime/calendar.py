"""A period cut into days, weeks or months, and the days on which customers shipped in it."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.typing import IntoFrame

from crmlib.checks import require_columns
from crmlib.i18n import _
from crmlib.lifetime.histories import UNITS
from crmlib.lifetime.season_days import factors_on
from crmlib.segments.per_customer import day

NEEDED = ("customer_id", "picked_up_at", "price_yuan", "cost_yuan")
_MONEY = ("price_yuan", "cost_yuan")


@dataclass(frozen=True)
class Slots:
    """The units of a period: `starts` (days, the first may be cut short at the period's start), and the period's `end`."""

    unit: str
    starts: pd.DatetimeIndex
    end: pd.Timestamp

    @property
    def count(self) -> int:
        """How many units the period has."""
        return len(self.starts)

    @property
    def month_end(self) -> pd.Timestamp:
        """The last first of a month that does not lie after the end, or the end where the period has none."""
        first = self.end.replace(day=1)
        return first if first > self.starts[0] else self.end

    def number(self, days: pd.Series) -> np.ndarray:
        """In which unit each day falls, counted from 0."""
        return np.searchsorted(self.starts.to_numpy(), days.to_numpy(dtype=self.starts.dtype), side="right") - 1

    def lengths(self, season: pd.Series | None) -> np.ndarray:
        """How long each unit is: 1, or by `season` as many ordinary units as it is busy."""
        if season is None:
            return np.ones(self.count)
        days = pd.date_range(self.starts[0], self.end, freq="D", inclusive="left")
        return pd.Series(factors_on(season, days)).groupby(self.number(days.to_series())).mean().to_numpy()


def slots_of(start: object, end: object, unit: str) -> Slots:
    """Cut the period from `start` to just before `end` into units.

    >>> slots_of("2026-09-01", "2026-09-20", "week").starts.day.tolist()
    [1, 6, 13]
    """
    if unit not in UNITS:
        raise ValueError(_('There is no unit "{unit}". Count purchases by "day", "week" or "month".').format(unit=unit))
    first, last = (day(limit, name).tz_localize(None).normalize() for limit, name in ((start, "start"), (end, "end")))
    if first >= last:
        raise ValueError(_("The period from {start} to {end} is empty: end must come after start.").format(start=start, end=end))
    if unit == "month":
        if last.day != 1:
            raise ValueError(_("With months, end must be the first of a month; {end} is not.").format(end=f"{last:%Y-%m-%d}"))
        starts = pd.date_range(first.replace(day=1), last, freq="MS", inclusive="left")
    else:
        step = {"day": 1, "week": 7}[unit]
        whole = -(-(last - first).days // step)
        starts = pd.date_range(end=last, periods=whole + 1, freq=f"{step}D")[:-1]
    starts = starts.where(starts > first, first)
    return Slots(unit, pd.DatetimeIndex(starts).as_unit("us"), last)


def customer_days(waybills: IntoFrame, slots: Slots) -> pd.DataFrame:
    """Each customer's days with parcels within the period, with the day's revenue and margin.

    >>> waybills = pd.DataFrame({"customer_id": ["c1", "c1"], "price_yuan": [5.0, 7.0], "cost_yuan": [4.0, 5.0],
    ...                          "picked_up_at": pd.to_datetime(["2026-11-01 08:00", "2026-11-01 09:00"])})
    >>> customer_days(waybills, slots_of("2026-11-01", "2026-11-08", "day")).margin_yuan.tolist()
    [3.0]
    """
    if isinstance(waybills, pd.DataFrame):
        require_columns(waybills.columns, NEEDED)
    frame = nw.from_native(waybills, pass_through=True)
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise ValueError(_("waybills must be a pandas, polars or DuckDB table; this is a {kind}.").format(kind=type(waybills).__name__))
    schema = frame.collect_schema()
    require_columns(schema.names(), NEEDED)
    frame = _dated(frame, schema)
    for name in _MONEY:
        if not schema[name].is_numeric():
            raise ValueError(_("{column} holds {kind}, not numbers. Convert it first: pd.to_numeric(waybills.{column}).").format(
                column=name, kind=schema[name]))  # fmt: skip
    price, cost = (nw.col(name).cast(nw.Float64) for name in _MONEY)
    blank = [nw.col(name).is_null() | ~nw.col(name).is_finite() if name in _MONEY and schema[name].is_float() else nw.col(name).is_null()
             for name in NEEDED]  # fmt: skip
    missing = nw.any_horizontal(*blank, ignore_nulls=False)
    found = (
        frame.filter(
            ((nw.col("on") >= slots.starts[0].to_pydatetime()) & (nw.col("on") < slots.end.to_pydatetime())) | nw.col("on").is_null()
        )
        .select("customer_id", "on", revenue_yuan=price, margin_yuan=price - cost, missing=missing.cast(nw.Int64))
        .group_by("customer_id", "on")
        .agg(nw.col("revenue_yuan").sum(), nw.col("margin_yuan").sum(), nw.col("missing").sum())
    )
    days = (found.collect("pandas") if isinstance(found, nw.LazyFrame) else found).to_pandas()
    if days["missing"].sum():
        raise ValueError(_("{count} waybill(s) lack one of {columns}. Fill them in, or drop them and say so.").format(
            count=int(days["missing"].sum()), columns=", ".join(NEEDED)))  # fmt: skip
    if days.empty:
        raise ValueError(_("No waybill was picked up in the period from {start} to {end}. Compare it with the dates in the table.").format(
            start=f"{slots.starts[0]:%Y-%m-%d}", end=f"{slots.end:%Y-%m-%d}"))  # fmt: skip
    days["on"] = pd.to_datetime(days["on"]).astype("datetime64[us]")
    days = days.drop(columns="missing").astype({"revenue_yuan": "float64", "margin_yuan": "float64"})
    return days.sort_values(["customer_id", "on"], ignore_index=True)


def _dated(frame: nw.DataFrame | nw.LazyFrame, schema: nw.Schema) -> nw.DataFrame | nw.LazyFrame:
    kind = schema["picked_up_at"]
    if kind == nw.Date:
        return frame.with_columns(on=nw.col("picked_up_at").cast(nw.Datetime("us")))
    if not isinstance(kind, nw.Datetime):
        raise ValueError(
            _("picked_up_at holds {kind}, not dates. Convert it first: pd.to_datetime(waybills.picked_up_at).").format(kind=kind)
        )
    clock = nw.col("picked_up_at").dt.replace_time_zone(None) if kind.time_zone else nw.col("picked_up_at")
    return frame.with_columns(on=clock.dt.truncate("1d"))
