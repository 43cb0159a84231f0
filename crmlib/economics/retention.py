"""From which retention on a customer pays back what it cost to win."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from crmlib.checks import require_share
from crmlib.economics.given import need_number
from crmlib.i18n import _
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Stays(NamedTuple):
    """Share of the customers won who are still there a year later, with its interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class BreakEven:
    """What a customer is worth at each retention, and where it pays.

    `retention`: the least share of customers that must stay each year for winning to pay; 0 where it pays in the first year, missing where
    it never does. `table`: stay_share, worth_yuan (of what comes less the cost to win). `years_to_pay`: how long a customer who stays for
    certain takes to pay back; missing where never.
    """

    retention: float
    years_to_pay: float
    win_yuan: float
    yearly_yuan: float
    table: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The result in one sentence."""
        words = {"win": self.win_yuan, "yearly": self.yearly_yuan, "retention": self.retention}
        if np.isnan(self.retention):
            return _("A customer who brings {yearly:,.0f} yuan a year never pays back the {win:,.0f} yuan of winning.").format(**words)
        if self.retention == 0:
            return _("A customer who brings {yearly:,.0f} yuan a year pays back the {win:,.0f} yuan of winning within the first "
                     "year.").format(**words)  # fmt: skip
        return _("A customer who brings {yearly:,.0f} yuan a year pays back the {win:,.0f} yuan of winning only where at least "
                 "{retention:.0%} stay from one year to the next.").format(**words)  # fmt: skip

    def stays(self, kept: int, won: int, *, level: float = 0.95) -> Stays:
        """Of `won` customers `kept` were still there a year later: the share with its (Wilson) interval.

        >>> [round(end, 3) for end in break_even_retention(win_yuan=300, margin_yuan=150).stays(81, 263)]
        [0.308, 0.255, 0.366]
        """
        require_share("level", level)
        for name, value in (("kept", kept), ("won", won)):
            need_number(name, value)
        if won == 0 or kept > won:
            raise ValueError(_("Of {won} customers won {kept} cannot have stayed.").format(won=won, kept=kept))
        return Stays(kept / won, *wilson_interval(float(kept), float(won), level))

    def advice(self, stays: Stays) -> str:
        """What to do about winning, in one or two sentences; `stays` comes from :meth:`stays`."""
        words = {"share": stays.share, "low": stays.low, "high": stays.high, "need": self.retention}
        if np.isnan(self.retention):
            return _("Win nobody more at this cost: it never comes back. Bring the cost of winning down first.")
        if self.retention == 0 or stays.low > self.retention:
            return _("Go on winning customers at this cost: a year later {share:.0%} ({low:.0%} to {high:.0%}) of them are still there, and "
                     "{need:.0%} would be enough.").format(**words)  # fmt: skip
        if stays.high < self.retention:
            return _("Win nobody more at this cost: a year later {share:.0%} ({low:.0%} to {high:.0%}) are still there, and {need:.0%} are "
                     "needed. Bring the cost of winning down first.").format(**words)  # fmt: skip
        return _("Nobody can tell yet whether winning pays: a year later {share:.0%} ({low:.0%} to {high:.0%}) are still there, and the "
                 "{need:.0%} that are needed lie within. Win a small batch and count again.").format(**words)  # fmt: skip

    def plot(self, ax: Axes | None = None, *, stays: Stays | None = None) -> Axes:
        """Worth against retention, and where the firm stands; see :func:`crmlib.plotting.break_even`."""
        from crmlib.plotting.economics import break_even

        return break_even(self, stays=stays, ax=ax)


def break_even_retention(
    *, win_yuan: float, margin_yuan: float, keep_yuan: float = 0.0, discount: float | None = None, years: int | None = None
) -> BreakEven:
    """The retention from which winning a customer pays.

    Answers: how many of those we win must stay, so that winning them was worth it?

    Parameters
    ----------
    win_yuan : float, yuan, what winning one customer costs
    margin_yuan : float, yuan a year that a customer brings
    keep_yuan : float, yuan a year that keeping one costs
    discount : float, share a year, optional
        Money of next year is worth less. Without it: the standard economics.discount_per_year.
    years : int, optional
        Look no further than so many years; None: for ever.

    Returns
    -------
    BreakEven
        retention, years_to_pay, table; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A figure is negative or no number, or years is no whole number above 0.

    Notes
    -----
    Worth at retention r: (margin − keep) × (1 + r/(1 + d) + (r/(1 + d))² + …) − win. Retention is taken to be the same every year and for
    everybody; really those who stay are those who tend to stay, so a mean retention understates old customers.

    Source: Gupta and Lehmann, *Managing Customers as Investments* (2005), ch. 2.

    >>> round(break_even_retention(win_yuan=300, margin_yuan=150, keep_yuan=50, discount=0.1).retention, 4)
    0.7333
    """
    rate = get("economics.discount_per_year", unit="share_per_year") if discount is None else discount
    for name, value in (("win_yuan", win_yuan), ("margin_yuan", margin_yuan), ("keep_yuan", keep_yuan), ("discount", rate)):
        need_number(name, value)
    if years is not None and (isinstance(years, bool) or not isinstance(years, (int, np.integer)) or years < 1):
        raise ValueError(_("years is {value}; it must be a whole number above 0, or None.").format(value=years))
    yearly = margin_yuan - keep_yuan
    grid = np.round(np.arange(0, 1.0001, 0.01), 2)
    table = pd.DataFrame({"stay_share": grid, "worth_yuan": yearly * _annuity(grid, rate, years) - win_yuan})
    whole = yearly * float(_annuity(np.array([1.0]), rate, years)[0]) if yearly > 0 else 0.0
    if win_yuan <= max(yearly, 0):
        least = 0.0
    elif whole < win_yuan:
        least = np.nan
    elif years is None:
        least = (1 + rate) * (1 - yearly / win_yuan)
    else:
        from scipy.optimize import brentq

        least = float(brentq(lambda share: yearly * float(_annuity(np.array([share]), rate, years)[0]) - win_yuan, 0, 1))
    return BreakEven(float(least), _years_to_pay(win_yuan, yearly, rate), float(win_yuan), float(yearly), table)


def _annuity(retention: np.ndarray, rate: float, years: int | None) -> np.ndarray:
    """What one yuan a year is worth, the first at once."""
    factor = retention / (1 + rate)
    if years is not None:
        return (factor[:, None] ** np.arange(years)).sum(axis=1)
    with np.errstate(divide="ignore"):
        return 1 / (1 - factor)


def _years_to_pay(win: float, yearly: float, rate: float) -> float:
    """Years after which a customer who stays for certain has paid, at a steady flow within each year."""
    if yearly <= 0:
        return 0.0 if win == 0 else np.nan
    if rate == 0:
        return win / yearly
    pace = np.log1p(rate)
    left = 1 - win * pace / yearly
    return float(-np.log(left) / pace) if left > 0 else np.nan
