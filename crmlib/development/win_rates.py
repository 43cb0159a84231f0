"""Which channel wins its leads, and whether the difference could be chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_share
from crmlib.economics.given import need_table
from crmlib.i18n import _
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class WinRates:
    """Share of decided leads won, by group.

    `table`, indexed by group, the highest share first: leads (entered), decided, wins, rate, low, high, odds_ratio (odds of this group over
    those of `base`), odds_low, odds_high. `p_value`: how often chance alone would make the groups differ so much.
    """

    table: pd.DataFrame
    base: object
    by: str
    p_value: float
    level: float = field(default=0.95)

    def summary(self) -> str:
        """The result in two sentences."""
        from crmlib.company.schema import label

        best, worst = self.table.iloc[0], self.table.iloc[-1]
        verdict = _(" Chance alone would hardly make them differ so.") if self.p_value < 0.05 else _(" That may well be chance.")
        return _(
            "“{best}” wins {top:.0%} of its decided leads ({top_low:.0%} to {top_high:.0%}), “{worst}” {least:.0%} ({least_low:.0%} to "
            "{least_high:.0%})."
        ).format(best=label(str(best.name), self.by), top=best.rate, top_low=best.low, top_high=best.high,
                 worst=label(str(worst.name), self.by), least=worst.rate, least_low=worst.low,
                 least_high=worst.high) + verdict  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The rates with their intervals; see :func:`crmlib.plotting.win_rates`."""
        from crmlib.plotting.development import win_rates

        return win_rates(self, ax=ax)


def win_rates(leads: pd.DataFrame, *, by: str = "source", base: object = None, level: float = 0.95) -> WinRates:
    """The share of decided leads that were won, channel by channel.

    Answers: which channel wins, and could the difference be chance?

    Parameters
    ----------
    leads : DataFrame, one row a lead: stage, and the column `by`
    by : str
    base : a group, optional
        The one whose odds the others are compared with; without it, "website" where there is one, else the largest.
    level : float, 0–1

    Returns
    -------
    WinRates
        table, base, p_value; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, a group is missing, nothing is decided, or there is no group `base`.

    Source: Wilson (1927); Pearson's χ² test; Woolf (1955) for the odds ratio, with half a lead added to each count (Haldane, 1956).

    >>> leads = pd.DataFrame({"source": ["website"] * 10 + ["referral"] * 10, "stage": (["won"] * 2 + ["lost"] * 8) + ["won"] * 5 + ["lost"] * 5})
    >>> win_rates(leads).table["rate"].to_dict()
    {'referral': 0.5, 'website': 0.2}
    """
    from scipy.stats import chi2_contingency, norm

    require_share("level", level)
    need_table("leads", leads, ["stage", by])
    refuse_rows(leads[by].isna(), _("{name} is missing").format(name=by), _("Fill it in, or drop these rows."))
    closed = leads[leads["stage"].isin(["won", "lost"])]
    if closed.empty:
        raise ValueError(_("None of these leads is decided yet."))
    won = (closed["stage"] == "won").groupby(closed[by].astype(object)).agg(["sum", "size"]).astype("int64")
    first = base if base is not None else "website" if "website" in won.index else won["size"].idxmax()
    if first not in won.index:
        raise ValueError(_("There is no group {name}. There are: {known}.").format(name=first, known=", ".join(map(str, won.index))))
    low, high = wilson_interval(won["sum"].to_numpy(), won["size"].to_numpy(), level)
    table = pd.DataFrame({"leads": leads[by].astype(object).value_counts().reindex(won.index), "decided": won["size"], "wins": won["sum"],
                          "rate": won["sum"] / won["size"], "low": low, "high": high})  # fmt: skip
    plus, minus = won["sum"] + 0.5, won["size"] - won["sum"] + 0.5
    gap = np.log(plus / minus) - np.log(plus[first] / minus[first])
    reach = norm.ppf((1 + level) / 2) * np.sqrt(1 / plus + 1 / minus + np.where(won.index == first, 0, 1 / plus[first] + 1 / minus[first]))
    reach = np.where(won.index == first, 0.0, reach)
    table["odds_ratio"], table["odds_low"], table["odds_high"] = np.exp(gap), np.exp(gap - reach), np.exp(gap + reach)
    counts = np.array([won["sum"], won["size"] - won["sum"]])
    whole = len(won) > 1 and (counts.sum(axis=1) > 0).all()
    chance = float(chi2_contingency(counts, correction=False)[1]) if whole else 1.0
    return WinRates(table.sort_values("rate", ascending=False, kind="stable"), first, by, chance, level)
