"""How large a trial must be, and what becomes of it when one looks at the result every week."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.churn.metrics import generator
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class TrialPlan:
    """How many customers a trial needs.

    `size`: customers in both arms together; `power`: how often a trial of that size sees the effect if it is there; `table`: size, power.
    """

    size: int
    power: float
    control: float
    effect: float
    offered: float
    level: float
    table: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The result in one sentence."""
        return _(
            "A trial of {size:,} customers, {offer:,} of them with the offer, sees a real {effect:+.1f} percentage points on {control:.0%} "
            "{power:.0%} of the time."
        ).format(effect=100 * self.effect, control=self.control, power=self.power, size=self.size,
                 offer=round(self.size * self.offered))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Power by size; see :func:`crmlib.plotting.trial_power`."""
        from crmlib.plotting.new_customers import trial_power

        return trial_power(self, ax=ax)


def trial_plan(
    *, control: float, effect: float, power: float = 0.8, size: int | None = None, offered: float = 0.5, level: float = 0.95
) -> TrialPlan:
    """The size a trial of two arms needs, or the power of a given size.

    Answers: how many new customers must draw lots before we can tell whether the first-order offer works?

    Parameters
    ----------
    control : float, 0–1, share that reaches the outcome without the offer
    effect : float, by how much the offer should change it; 0.1 is ten percentage points
    power : float, 0–1, how often a real effect should be seen
    size : int, optional
        Customers in both arms together; then their power is worked out, and `power` does not count.
    offered : float, 0–1, share drawn for the offer
    level : float, 0–1, confidence of the interval that shall leave out 0

    Returns
    -------
    TrialPlan
        size, power, table; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A share is not between 0 and 1, the effect is 0 or leads out of 0 to 1, or size is below 4.

    Source: Fleiss, Levin and Paik, *Statistical Methods for Rates and Proportions* (2003), ch. 4, without correction for continuity.

    >>> trial_plan(control=0.25, effect=0.15).size
    304
    """
    for name, share in (("control", control), ("power", power), ("offered", offered), ("level", level)):
        require_share(name, share)
    if isinstance(effect, str) or effect == 0 or not 0 < control + effect < 1:
        raise ValueError(_("effect is {value}; it must not be 0, and with it the share must stay between 0 and 1.").format(value=effect))
    if size is not None and (isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 4):
        raise ValueError(_("size is {value}; it must be a whole number of at least 4.").format(value=size))
    needed = size
    if needed is None:
        from scipy.stats import norm

        null, other = _spreads(control, effect, offered)
        offer = ((norm.ppf((1 + level) / 2) * null + norm.ppf(power) * other) / abs(effect)) ** 2
        arm = int(np.ceil(offer * min(offered, 1 - offered) - 1e-9))
        needed = int(np.ceil(arm / min(offered, 1 - offered) - 1e-9))
    grid = np.unique(np.linspace(max(4, needed / 20), 2.5 * needed, 80).round().astype(int))
    table = pd.DataFrame({"size": grid, "power": _power(control, effect, grid, offered, level)})
    return TrialPlan(
        int(needed), float(_power(control, effect, np.array([needed]), offered, level)[0]), control, effect, offered, level, table
    )


def _spreads(control: float, effect: float, offered: float) -> tuple[float, float]:
    """Root of the size times the standard error of the difference, without and with the effect."""
    treated = control + effect
    mean = offered * treated + (1 - offered) * control
    null = np.sqrt(mean * (1 - mean) * (1 / offered + 1 / (1 - offered)))
    return null, np.sqrt(treated * (1 - treated) / offered + control * (1 - control) / (1 - offered))


def _power(control: float, effect: float, size: np.ndarray, offered: float, level: float) -> np.ndarray:
    from scipy.stats import norm

    null, other = _spreads(control, effect, offered)
    return norm.cdf((abs(effect) * np.sqrt(size) - norm.ppf((1 + level) / 2) * null) / other)


@dataclass(frozen=True, eq=False)
class Peeking:
    """What looking again and again does to a trial.

    `table`, one row a look: look, customers (so far), one_look (share of the trials that seem to show an effect at this look), so_far (share
    that did so at this look or before), fair_looks (the same with the bar `fair_bar`). `bar`: standard errors that a single look asks for;
    `fair_bar`: what each of these looks must ask for so that all together err no more often than one should. `paths`: standard errors
    by which the first trials differed at each look.
    """

    table: pd.DataFrame
    effect: float
    bar: float
    fair_bar: float
    level: float
    paths: np.ndarray = field(repr=False)

    def summary(self) -> str:
        """The result in two sentences."""
        last = self.table.iloc[-1]
        words = {"looks": len(self.table), "once": last.one_look, "often": last.so_far, "bar": self.bar, "fair": self.fair_bar}
        if self.effect == 0:
            return _(
                "The offer does nothing, yet of trials looked at once {once:.1%} seem to show an effect, and of those looked at {looks} times "
                "{often:.1%}. To look so often and be fair, ask for {fair:.2f} standard errors instead of {bar:.2f}."
            ).format(**words)
        return _(
            "The offer works; one look at the end sees it in {once:.0%} of the trials, {looks} looks in {often:.0%}. To look so often and be "
            "fair, ask for {fair:.2f} standard errors instead of {bar:.2f}."
        ).format(**words)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Share of trials that seem to show an effect, by look; see :func:`crmlib.plotting.peeking`."""
        from crmlib.plotting.new_customers import peeking

        return peeking(self, ax=ax)


def peeking(
    *, control: float, size: int, looks: int, effect: float = 0.0, trials: int = 4000, level: float = 0.95, rng: np.random.Generator | int
) -> Peeking:
    """Simulate trials in which somebody looks at the result again and again and stops when it seems clear.

    Answers: why may we not look at a trial every week and stop when the interval leaves out 0?

    Parameters
    ----------
    control : float, 0–1, share that reaches the outcome without the offer
    size : int, customers in both arms together at the end; half of them get the offer
    looks : int, evenly spread, the last at the end
    effect : float, of the offer; 0 for one that does nothing
    trials : int, how many are simulated, at least 100
    level : float, 0–1, confidence of the interval that is looked at
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    Peeking
        table, bar, fair_bar; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A share is not between 0 and 1, or there are more looks than pairs of customers, or too few trials.

    Source: Armitage, McPherson and Rowe (1969), *Journal of the Royal Statistical Society* A 132; Pocock (1977) for the fair bar.

    >>> bool(peeking(control=0.35, size=400, looks=5, trials=1000, rng=1).table["so_far"].iloc[-1] > 0.09)
    True
    """
    from scipy.stats import norm

    require_share("control", control)
    require_share("level", level)
    if isinstance(effect, str) or not 0 < control + effect < 1:
        raise ValueError(_("effect is {value}; with it the share must stay between 0 and 1.").format(value=effect))
    for name, value, least in (("size", size, 4), ("looks", looks, 1), ("trials", trials, 100)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(
                _("{name} is {value}; it must be a whole number of at least {least}.").format(name=name, value=value, least=least)
            )
    if looks > size // 2:
        raise ValueError(_("{looks} looks need at least {least} customers.").format(looks=looks, least=2 * looks))
    draw = generator(rng)
    ends = np.round(np.linspace(0, size // 2, looks + 1)).astype(int)[1:]
    bar = float(norm.ppf((1 + level) / 2))
    null = np.abs(_differences(draw, control, control, ends, trials))
    fair_bar = float(np.quantile(null.max(axis=1), level))
    seen = null if effect == 0 else np.abs(_differences(draw, control, control + effect, ends, trials))
    ever = np.maximum.accumulate(seen, axis=1)
    table = pd.DataFrame({"look": np.arange(1, looks + 1), "customers": 2 * ends, "one_look": (seen > bar).mean(axis=0),
                          "so_far": (ever > bar).mean(axis=0), "fair_looks": (ever > fair_bar).mean(axis=0)})  # fmt: skip
    return Peeking(table, float(effect), bar, fair_bar, level, seen[:40])


def _differences(draw: np.random.Generator, control: float, treated: float, ends: np.ndarray, trials: int) -> np.ndarray:
    """Standard errors by which the arms differ at each look, one row a trial."""
    steps = np.diff(ends, prepend=0)
    counts = [draw.binomial(steps, share, size=(trials, len(ends))).cumsum(axis=1) for share in (control, treated)]
    mean = (counts[0] + counts[1]) / (2 * ends)
    error = np.sqrt(np.maximum(mean * (1 - mean), 1e-12) * 2 / ends)
    return (counts[1] - counts[0]) / ends / error
