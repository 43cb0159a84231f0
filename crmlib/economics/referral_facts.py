"""What the firm's own leads and surveys say of word of mouth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns, require_share
from crmlib.economics.spans import span, tables_for, within
from crmlib.i18n import _
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

_SILENT_DAYS = 90


@dataclass(frozen=True, eq=False)
class ReferralFacts:
    """What the firm's own tables say of word of mouth.

    `table`, indexed by fact: leads_each, deals_each (leads and deals by referral a year for each satisfied customer, at most: as if all
    came from satisfied ones), close_referral, close_other (share of the decided leads that were won), silent_satisfied,
    silent_dissatisfied (share without a parcel in the 90 days after their answer): estimate, low, high, basis (what it rests on), said (the
    textbook's figure, where it gives one).
    """

    table: pd.DataFrame
    level: float

    def summary(self) -> str:
        """The result in three sentences."""
        row = self.table.loc
        return _(
            "A satisfied customer brings at most {leads:.2f} leads and {deals:.2f} deals a year by referral; the textbook says {said_leads:g} "
            "and {said_deals:g}. Of the leads by referral {referral:.0%} are won, of the others {other:.0%}. After a bad answer {bad:.0%} "
            "ship nothing for 90 days, after a good one {good:.0%}."
        ).format(
            leads=row["leads_each", "estimate"], deals=row["deals_each", "estimate"], said_leads=row["leads_each", "said"],
            said_deals=row["deals_each", "said"], referral=row["close_referral", "estimate"], other=row["close_other", "estimate"],
            bad=row["silent_dissatisfied", "estimate"], good=row["silent_satisfied", "estimate"],
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The textbook's figures beside the firm's; see :func:`crmlib.plotting.referral_facts`."""
        from crmlib.plotting.economics import referral_facts

        return referral_facts(self, ax=ax)


def referral_facts(company: Company | Mapping[str, pd.DataFrame], *, start: object, end: object, level: float = 0.95) -> ReferralFacts:
    """Count what the firm's own leads and surveys say of word of mouth.

    Answers: do eight leads come from one satisfied customer with us?

    Parameters
    ----------
    company : Company, or tables by name
        leads, surveys, waybills.
    start, end : dates; the period is [start, end)
    level : float, 0–1

    Returns
    -------
    ReferralFacts
        table, level; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A table or column is missing, or nobody shipped or answered in the period.

    Notes
    -----
    Satisfied customers: those who shipped in the period, times the share of answers from economics.satisfied_from points on (a standard).
    Not everybody answers surveys, and who recommended us is not in the table of leads; so leads_each is an upper bound, not an estimate.
    Intervals of counts are exact (Garwood, 1936), those of shares Wilson's. How many people a dissatisfied customer tells is in no table
    of the firm.

    >>> from crmlib.company import lark
    >>> facts = referral_facts(lark(), start="2025-11-01", end="2026-11-01").table
    >>> bool(facts.estimate["leads_each"] < 1)
    True
    """
    require_share("level", level)
    first, last = span(start, end)
    tables = tables_for(company, ["leads", "surveys", "waybills"])
    require_columns(tables["leads"].columns, ["source", "stage", "created_on", "closed_on", "lost_reason"])
    require_columns(tables["surveys"].columns, ["customer_id", "answered_on", "satisfaction_1"])
    shipped = within(tables["waybills"], "picked_up_at", first, last)
    answers = within(tables["surveys"], "answered_on", first, last)
    answers = answers[answers["satisfaction_1"].notna()]
    if shipped.empty or answers.empty:
        raise ValueError(_("In this period nobody shipped, or nobody answered a survey. Take a longer one."))
    good = answers["satisfaction_1"] >= get("economics.satisfied_from", unit="points")
    bad = answers["satisfaction_1"] <= get("economics.dissatisfied_to", unit="points")
    happy_years = shipped["customer_id"].nunique() * good.mean() * (last - first).days / 365.25
    leads = tables["leads"][tables["leads"]["lost_reason"].astype(object) != "duplicate"]
    closed, created = (within(leads, column, first, last) for column in ("closed_on", "created_on"))
    referred, won = closed["source"] == "referral", closed["stage"] == "won"
    rows = {
        "leads_each": _count(int((created["source"] == "referral").sum()), happy_years, level, get("economics.leads_of_satisfied", unit="count")),
        "deals_each": _count(int((referred & won).sum()), happy_years, level, get("economics.deals_of_satisfied", unit="count")),
        "close_referral": _share(won[referred], level), "close_other": _share(won[~referred], level),
    }  # fmt: skip
    silent = _silent(answers, tables["waybills"])
    rows |= {"silent_satisfied": _share(silent[good].dropna(), level), "silent_dissatisfied": _share(silent[bad].dropna(), level)}
    return ReferralFacts(pd.DataFrame.from_dict(rows, orient="index").rename_axis("fact"), level)


def _count(count: int, base: float, level: float, said: float) -> dict[str, float]:
    from scipy.stats import chi2

    low = chi2.ppf((1 - level) / 2, 2 * count) / 2 if count else 0.0
    high = chi2.ppf((1 + level) / 2, 2 * count + 2) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        value, low, high = (float(np.divide(number, base)) for number in (count, low, high))
    return {"estimate": value, "low": low, "high": high, "basis": float(base), "said": float(said)}


def _share(hits: pd.Series, level: float) -> dict[str, float]:
    if hits.empty:
        return {"estimate": np.nan, "low": np.nan, "high": np.nan, "basis": 0.0, "said": np.nan}
    low, high = wilson_interval(float(hits.sum()), len(hits), level)
    return {"estimate": float(hits.mean()), "low": low, "high": high, "basis": float(len(hits)), "said": np.nan}


def _silent(answers: pd.DataFrame, waybills: pd.DataFrame) -> pd.Series:
    """Whether each answer was followed by 90 days without a parcel; missing where the data end before."""
    later = answers[["customer_id", "answered_on"]].reset_index(names="row").merge(
        waybills[["customer_id", "picked_up_at"]], on="customer_id")  # fmt: skip
    after = later["picked_up_at"] - later["answered_on"].dt.normalize()
    spoke = later.loc[(after >= pd.Timedelta(days=1)) & (after < pd.Timedelta(days=1 + _SILENT_DAYS)), "row"].unique()
    seen = answers["answered_on"] + pd.Timedelta(days=_SILENT_DAYS) <= waybills["picked_up_at"].max()
    return (~answers.index.to_series().isin(spoke)).astype("float64").where(seen)
