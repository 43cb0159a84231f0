"""Control limits instead of red and green: what is news and what is noise, with the rate of false alarms said."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS, ORDERS, RULES = ("individuals", "p", "u"), ("time", "funnel"), ("beyond", "run")
_D2 = 1.128
"""Mean range of two normal values over their standard deviation."""
_TRIM = 0.1


@dataclass(frozen=True)
class ControlChart:
    """Values with the limits within which chance alone keeps them.

    table : index of the values; value, centre, lower, upper, signal ("" or above, below, run); with sizes also size
    kind, order, sigmas, rules : as asked for
    dispersion : how many times wider than by pure chance the limits are made (1: not; Laney's sigma z in time, Spiegelhalter's root of phi in
        a funnel)
    false_alarm_rate : chance that a point without any cause is signalled
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    kind: str
    order: str
    sigmas: float
    rules: tuple[str, ...]
    dispersion: float
    false_alarm_rate: float

    @property
    def false_alarms_expected(self) -> float:
        """So many of these points would be signalled if nothing at all had happened."""
        return self.false_alarm_rate * len(self.table)

    def signals(self) -> pd.DataFrame:
        """The rows of the table that are news."""
        return self.table[self.table["signal"] != ""]

    def summary(self) -> str:
        """How many points are signalled, how many would be by chance, and what the limits rest on."""
        found = self.signals()
        said = _(
            "{signals} of {points} points lie outside their limits; without any cause {expected:.2f} would. The others differ by chance: no red, no "
            "green, no explanation asked."
        ).format(signals=len(found), points=len(self.table), expected=self.false_alarms_expected)
        if self.dispersion > 1:
            said += _(" The points scatter more than counts by chance do, so the limits are {times:.1f} times as wide.").format(
                times=self.dispersion
            )
        return said

    def plot(self, ax: Axes | None = None) -> Axes:
        """The chart, or the funnel; see :func:`crmlib.plotting.control`."""
        from crmlib.plotting.operations import control

        return control(self, ax=ax)


def control_chart(
    values: pd.Series, *, sizes: pd.Series | None = None, kind: str = "individuals", order: str = "time",
    overdispersion: bool | None = None, baseline: int | None = None, rules: tuple[str, ...] = ("beyond",), sigmas: float | None = None,
    trend: bool = False,
) -> ControlChart:  # fmt: skip
    """Limits within which chance keeps a figure, and the points outside.

    Answers: the rate was 4.1% last month and is 4.6% now: has anything happened?

    Parameters
    ----------
    values : Series of numbers, in order of time; or by group for a funnel
        kind "individuals": the figure itself. "p": how many of `sizes` (late parcels of all). "u": events for `sizes` (complaints for parcels).
    sizes : Series with the same index, for "p" and "u"
    kind : "individuals" (XmR chart), "p" or "u"
    order : "time" or "funnel"
        funnel: groups of different size side by side, such as salespeople or cities; small ones scatter more.
    overdispersion : yes/no, optional
        Whether to widen the limits for scatter beyond counting. None: when a test finds it (p < 0.01). In time by Laney's method, in a
        funnel by Spiegelhalter's. For "individuals" nothing is asked: they are measured by their own scatter.
    baseline : int, optional
        Only the first so many points make the limits; the later ones are judged by them. Without it all do.
    rules : of "beyond" (outside the limits) and "run" (eight in a row on one side of the centre; not for a funnel)
    sigmas : float above 0, optional
        Without it: the standard operations.control_sigmas.
    trend : yes/no
        For "individuals" in time: limits around a straight line instead of a level, for a figure that grows. Without it a firm that grows
        is news in its first and last months, every year.

    Returns
    -------
    ControlChart

    Raises
    ------
    ValueError
        There are fewer than 6 points (3 in a funnel), a value is missing, negative or (p) above its size, or an option is unknown.

    Notes
    -----
    False alarms: for unwidened p- and u-charts exactly those of the binomial or Poisson law at each size; for the others those of normal
    values with known limits; with the rule "run" one over the mean number of points until the first false alarm.

    Source: Wheeler (2000), Understanding Variation; Laney (2002), p′ chart; Spiegelhalter (2005), funnel plots; Champ and Woodall (1987).

    >>> control_chart(pd.Series([5.0, 6, 5, 6, 5, 6, 5, 20])).signals().index.tolist()
    [7]
    """
    _refuse_options(kind, order, rules)
    sigmas = get("operations.control_sigmas", unit="ratio") if sigmas is None else sigmas
    if not (isinstance(sigmas, (int, float)) and not isinstance(sigmas, bool) and 0 < sigmas < 10):
        raise ValueError(_("{name} is {value}; it must be a number above 0.").format(name="sigmas", value=sigmas))
    if trend and (kind != "individuals" or order != "time"):
        raise ValueError(_('trend=True is for kind="individuals" in time alone.'))
    values, sizes = _checked(values, sizes, kind, 3 if order == "funnel" else 6)
    used = _baseline(baseline, len(values))
    x = values.to_numpy()
    if kind == "individuals":
        when, dispersion = np.arange(len(x)), 1.0
        centre = np.polyval(np.polyfit(when[used], x[used], int(trend)), when)
        spread = np.abs(np.diff((x - centre)[used])).mean() / _D2 if order == "time" else x[used].std(ddof=1)
        value, sigma, floor, ceiling = x, np.full(len(x), spread), -np.inf, np.inf
    else:
        n = sizes.to_numpy()
        centre, value = float(x[used].sum() / n[used].sum()), x / n
        sigma = np.sqrt(centre * (1 - centre if kind == "p" else 1) / n)
        dispersion = _dispersion(value, centre, sigma, used, order, overdispersion)
        sigma, floor, ceiling = sigma * dispersion, 0.0, 1.0 if kind == "p" else np.inf
    lower, upper = np.maximum(centre - sigmas * sigma, floor), np.minimum(centre + sigmas * sigma, ceiling)
    # What a hair of binary rounding makes of equal values is no signal.
    hair = 1e-9 * max(1.0, float(np.max(np.abs(value))))
    signal = np.where(value > upper + hair, "above", np.where(value < lower - hair, "below", ""))
    if "beyond" not in rules:
        signal[:] = ""
    if "run" in rules:
        signal = np.where((signal == "") & _in_run(value - centre), "run", signal)
    table = pd.DataFrame({"value": value, "centre": centre, "lower": lower, "upper": upper, "signal": signal}, index=values.index)
    if sizes is not None:
        table.insert(1, "size", sizes)
    exact = None if kind == "individuals" or dispersion > 1 else _exact(kind, n, centre, lower, upper, hair)
    return ControlChart(table, kind, order, float(sigmas), tuple(rules), float(dispersion), _false_alarms(sigmas, rules, exact))


def _refuse_options(kind: str, order: str, rules: object) -> None:
    for name, value, known in (("kind", kind, KINDS), ("order", order, ORDERS)):
        if value not in known:
            raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name=name, value=value, known=", ".join(known)))
    if not isinstance(rules, (tuple, list)) or not rules or set(rules) - set(RULES):
        raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="rules", value=rules, known='("beyond",), ("beyond", "run")'))
    if "run" in rules and order == "funnel":
        raise ValueError(_("A funnel has no order, so there are no runs in it. Leave out the rule \"run\"."))


def _checked(values: object, sizes: object, kind: str, least: int) -> tuple[pd.Series, pd.Series | None]:
    for name, series in (("values", values), ("sizes", sizes)):
        if not isinstance(series, pd.Series) and not (name == "sizes" and series is None):
            raise ValueError(_("{name} must be a Series of numbers; this is a {kind}.").format(name=name, kind=type(series).__name__))
    if (sizes is None) != (kind == "individuals"):
        raise ValueError(_('Charts of kind "p" and "u" need sizes, those of kind "individuals" none.'))
    found = numbers(values, "values")
    if len(found) < least:
        raise ValueError(_("There are {count} points; limits need at least {least}.").format(count=len(found), least=least))
    if sizes is None:
        return found, None
    if len(sizes) != len(found) or not sizes.index.equals(found.index):
        raise ValueError(_("values and sizes must have the same index, in the same order."))
    base = numbers(sizes, "sizes")
    refuse_rows(base <= 0, _("{name} is not above 0").format(name="sizes"), _("Leave these points out: they have no rate."))
    refuse_rows(found < 0, _("{name} is negative").format(name="values"), _("Count again: a number of events is 0 or more."))
    if kind == "p":
        refuse_rows(found > base, _("values is above sizes"), _('Give the count of those of `sizes`; for events that can repeat use kind="u".'))
    return found, base


def _baseline(baseline: object, points: int) -> slice:
    if baseline is None:
        return slice(None)
    if isinstance(baseline, bool) or not isinstance(baseline, (int, np.integer)) or not 6 <= baseline <= points:
        raise ValueError(_("baseline is {value}; it must be a whole number from 6 to the {points} points.").format(value=baseline, points=points))
    return slice(0, int(baseline))


def _dispersion(
    value: np.ndarray, centre: float, sigma: np.ndarray, used: slice, order: str, wanted: bool | None
) -> float:
    from scipy.stats import chi2

    if wanted is False or not (sigma > 0).all():
        return 1.0
    z = ((value - centre) / sigma)[used]
    if wanted is None and (z**2).sum() <= chi2.ppf(0.99, len(z) - 1):
        return 1.0
    if order == "time":
        return max(1.0, float(np.abs(np.diff(z)).mean() / _D2))
    # Those who stand out must not hide themselves by widening the limits.
    low, high = np.quantile(z, [_TRIM, 1 - _TRIM])
    return max(1.0, float(np.sqrt((np.clip(z, low, high) ** 2).mean())))


def _exact(kind: str, n: np.ndarray, centre: float, lower: np.ndarray, upper: np.ndarray, hair: float) -> float:
    from scipy.stats import binom, poisson

    few, many = np.ceil((lower - hair) * n) - 1, np.floor((upper + hair) * n)
    law = binom(np.round(n), centre) if kind == "p" else poisson(centre * n)
    return float((law.cdf(few) + law.sf(many)).mean())


def _false_alarms(sigmas: float, rules: tuple[str, ...], exact: float | None) -> float:
    from scipy.stats import norm

    outside = (2 * norm.sf(sigmas) if exact is None else exact) if "beyond" in rules else 0.0
    if "run" not in rules:
        return float(outside)
    # States: how many points of the run stand already on one side; a run goes on, turns, or ends in an alarm.
    side, last = (1 - outside) / 2, 7
    stay = np.zeros((last, last))
    stay[:, 0] = side
    stay[np.arange(last - 1), np.arange(1, last)] = side
    until = np.linalg.solve(np.eye(last) - stay, np.ones(last))
    return float(1 / (1 + 2 * side * until[0]))


def _in_run(distance: np.ndarray) -> np.ndarray:
    """Points that are at least the eighth in a row on one side of the centre."""
    side = pd.Series(np.sign(distance))
    length = side.groupby((side != side.shift()).cumsum()).cumcount() + 1
    return ((length >= 8) & (side != 0)).to_numpy()
