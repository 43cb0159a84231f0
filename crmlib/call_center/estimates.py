"""A metric of the call centre: its value, its interval, and what it divides by what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.call_center.groups import DAY
from crmlib.checks import require_share
from crmlib.i18n import _
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNITS = {"share": 1.0, "time_share": 1.0, "seconds": 1.0, "per_thousand": 1000.0}
"""What a metric is written in, and what the quotient of its sums is multiplied by."""


@dataclass(frozen=True)
class CallMetric:
    """One metric over the whole period (`value`, between `low` and `high` at confidence `level`), and by group.

    `table` has one row a group: the two sums that are divided, the metric under its `name`, low and high. `unit` is share, time_share (of
    seconds), seconds or per_thousand. `top` and `bottom` name the two sums. `days` is how many days the calls are spread over.
    """

    name: str
    value: float
    low: float
    high: float
    table: pd.DataFrame = field(repr=False)
    by: tuple[str, ...]
    unit: str
    top: str
    bottom: str
    over: float
    under: float
    days: int
    level: float
    wording: Callable[[], tuple[str, str]] = field(repr=False)

    @property
    def base(self) -> str:
        """What is divided by what, in a sentence of the active language."""
        return self.wording()[1]

    @property
    def average_of_groups(self) -> float:
        """The plain mean of the groups' values, which gives a quiet hour the weight of a busy one; not the metric."""
        return float(self.table[self.name].mean())

    def summary(self) -> str:
        """The value, its interval and its base, in the active language."""
        title = self.wording()[0]
        written = self.written
        return _("{metric}: {value} ({low} to {high} at {level:.0%} confidence). {base}").format(
            metric=title, value=written(self.value), low=written(self.low), high=written(self.high), level=self.level, base=self.base
        )

    def written(self, value: float) -> str:
        """A value of this metric with its unit, in the active language."""
        if np.isnan(value):
            return "–"
        if self.unit in ("share", "time_share"):
            return f"{value:.1%}"
        return _("{seconds:.1f} s").format(seconds=value) if self.unit == "seconds" else f"{value:.1f}"

    def plot(self, ax: Axes | None = None) -> Axes:
        """The groups with their intervals, and the whole as a line; see :func:`crmlib.plotting.call_metric`."""
        from crmlib.plotting.call_center import call_metric

        return call_metric(self, ax=ax)


def estimate(
    cells: pd.DataFrame, *, name: str, top: str, bottom: str, unit: str, wording: Callable[[], tuple[str, str]], by: tuple[str, ...],
    level: float, square: str | None = None, show: tuple[str, ...] = (), kind: type[CallMetric] = CallMetric, **more: object,
) -> CallMetric:  # fmt: skip
    """Divide two sums, by group and over all, with intervals.

    The value is the ratio of sums. Where a group has the standard call_center.least_days days or more, its interval counts days: calls of
    one day wait in the same queue, so that a thousand calls of a bad Monday are not a thousand witnesses. With fewer days it is Wilson's
    interval of a share, or the interval by Student's t of a mean, as if calls were independent, which is too narrow in a queue.
    Of shares of time there is no interval with fewer days. Groups with nothing under the line are left out.

    Parameters
    ----------
    cells : DataFrame from :func:`crmlib.call_center.sums.call_sums`
    top, bottom : the columns to be divided
    square : the column with the sum of squares, for means

    Returns
    -------
    CallMetric

    Raises
    ------
    ValueError
        The level is no share; nothing stands under the line.

    Source: Cochran, *Sampling Techniques*, 3rd edition (1977), ratio estimates; Wilson (1927).

    >>> cells = pd.DataFrame({DAY: [1, 2], "answered": [8, 9], "queued": [10, 10]})
    >>> estimate(cells, name="rate", top="answered", bottom="queued", unit="share", by=(), level=0.95, wording=lambda: ("", "")).value
    0.85
    """
    require_share("level", level)
    if not float(cells[bottom].sum()) > 0:
        raise ValueError(_("Nothing to divide by: {bottom} adds up to 0 in these calls, so that {metric} does not exist.").format(
            bottom=bottom, metric=name))  # fmt: skip
    columns = [top, bottom, *([square] if square else []), *show]
    whole = cells.groupby(DAY, as_index=False)[list(dict.fromkeys(columns))].sum()
    one = ratio_table(whole.assign(all=0), ["all"], top, bottom, unit=unit, level=level, square=square).iloc[0]
    if by:
        cells = cells[cells.groupby(list(by), observed=True)[bottom].transform("sum") > 0]
        table = ratio_table(cells, list(by), top, bottom, unit=unit, level=level, square=square)
        shown = cells.groupby(list(by), observed=True)[[*show]].sum() if show else None
    else:
        table = pd.DataFrame([one], index=pd.Index(["all"]))
        shown = whole[[*show]].sum().to_frame().T.set_axis(table.index) if show else None
    counts = table[[top, bottom]] if shown is None else pd.concat([table[[top, bottom]], shown], axis=1)
    counts = counts.loc[:, ~counts.columns.duplicated()]
    counts = counts.astype({column: "int64" for column in counts if (counts[column] == counts[column].round()).all()})
    table = pd.concat([counts, table[["value", "low", "high"]].rename(columns={"value": name})], axis=1)
    return kind(
        name=name, value=float(one["value"]), low=float(one["low"]), high=float(one["high"]), table=table, by=by, unit=unit, top=top,
        bottom=bottom, over=float(one[top]), under=float(one[bottom]), days=len(whole), level=level, wording=wording, **more,
    )  # fmt: skip


def ratio_table(
    cells: pd.DataFrame, by: list[str], top: str, bottom: str, *, unit: str, level: float, square: str | None = None
) -> pd.DataFrame:
    """Ratio of sums by group with its interval: columns `top`, `bottom`, value, low, high.

    >>> cells = pd.DataFrame({"hour": [9, 10], DAY: [1, 1], "n": [1, 0], "d": [2, 0]})
    >>> ratio_table(cells, ["hour"], "n", "d", unit="share", level=0.95)["value"].fillna(-1).tolist()
    [0.5, -1.0]
    """
    from scipy import stats

    scale = UNITS[unit]
    n, d = cells[top].to_numpy(dtype=float), cells[bottom].to_numpy(dtype=float)
    parts = cells[by].assign(
        n=n, d=d, nn=n * n, nd=n * d, dd=d * d, seen=d > 0, s=cells[square].to_numpy(dtype=float) if square else np.nan
    )
    # DuckDB and pandas add up days in different orders; sums of squares must not let a variance fall below nothing.
    sums = parts.groupby(by, observed=True, sort=True).sum()
    over, under, days = (sums[name].to_numpy(dtype=float) for name in ("n", "d", "seen"))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(under > 0, over / under, np.nan)
        spread = sums["nn"].to_numpy() - 2 * value * sums["nd"].to_numpy() + value**2 * sums["dd"].to_numpy()
        error = np.sqrt(np.maximum(spread, 0) * days / (days - 1)) / under
        many = days >= get("call_center.least_days", unit="count")
        if unit in ("share", "time_share"):
            chance = value * (1 - value) / under
            effective = under / np.where(many & (chance > 0), np.maximum(error**2 / chance, 1.0), 1.0)
            low, high = wilson_interval(value * effective, effective, level)
            low, high = np.minimum(np.maximum(low, 0), value), np.maximum(high, value)
            if unit == "time_share":
                # Seconds are no witnesses: those of one day say nothing of another.
                low, high = np.where(many, low, np.nan), np.where(many, high, np.nan)
        else:
            if square:
                alone = np.sqrt(np.maximum(sums["s"].to_numpy() - over * value, 0) / (under - 1) / under)
            else:
                # Calls per parcel: as many as come by chance, were each call independent.
                alone = np.sqrt(np.maximum(over, 1.0)) / under
            error = np.where(many, error, alone)
            reach = stats.t.ppf((1 + level) / 2, np.maximum(np.where(many, days, under) - 1, 1)) * error
            low, high = np.maximum(value - reach, 0), value + reach
    return pd.DataFrame({top: over, bottom: under, "value": value * scale, "low": low * scale, "high": high * scale}, index=sums.index)
