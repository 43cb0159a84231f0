"""How likely a lead is to be signed: learnt from leads won and lost, judged on later ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.churn.metrics import calibration_table, gain_table, score_chances
from crmlib.development.logistic import Logistic, dummies, fit_logistic
from crmlib.economics.given import need_table
from crmlib.i18n import _
from crmlib.segments.per_customer import day, numbers
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOMENTS = ("created", "contacted", "quoted")
"""When a lead is scored: at entry, at the first contact, or when it has its quote. Later, more is known."""
_SOURCES = ("website", "referral", "visit", "exhibition", "platform")
_MARKETS = ("e_commerce", "corporate")


def lead_frame(leads: pd.DataFrame, quotes: pd.DataFrame | None = None, *, moment: str = "created") -> pd.DataFrame:
    """What is known of each lead at one moment, and what became of it.

    Answers: which leads can we learn from, and what did we know of them when it mattered?

    Parameters
    ----------
    leads : DataFrame, one row a lead
        lead_id, source, market, expected_parcels, created_on, contacted_on, quoted_on, closed_on, stage. Take duplicates out first.
    quotes : DataFrame, needed for the moment "quoted"
        lead_id, quoted_on, tier_discount, discount; of several quotes the last counts.
    moment : "created", "contacted" or "quoted"
        Leads that did not come so far are left out; what became known later is no feature.

    Returns
    -------
    DataFrame, one row a lead, indexed by lead_id
        known_on (the day of the moment), closed_on, won (1, 0; missing while open), source, market, log_parcels (logarithm of the parcels
        expected); from "contacted" on days_to_contact; at "quoted" days_to_quote (from the confirmed need to the quote) and extra_discount
        (discount quoted less discount by tier)

    Raises
    ------
    ValueError
        A column is missing, a lead stands twice, the moment is not known, or no lead came so far.

    >>> from crmlib.company import lark
    >>> bool(lead_frame(lark().leads)["won"].isna().any())
    True
    """
    if moment not in MOMENTS:
        raise ValueError(_("moment is {value}; it must be one of {known}.").format(value=moment, known=", ".join(MOMENTS)))
    need_table("leads", leads, ["lead_id", "source", "market", "expected_parcels", "created_on", "contacted_on", "qualified_on",
                                    "quoted_on", "closed_on", "stage"])  # fmt: skip
    refuse_rows(leads["lead_id"].duplicated(), _("lead_id stands twice"), _("Keep one row a lead."))
    refuse_rows(~leads["source"].isin(_SOURCES), _("source is not known"), _("The sources are {known}.").format(known=", ".join(_SOURCES)))
    table = leads[leads[f"{moment}_on"].notna()].set_index("lead_id")
    if table.empty:
        raise ValueError(_("No lead came so far. Choose an earlier moment."))
    parcels = numbers(table["expected_parcels"], "expected_parcels")
    refuse_rows(parcels <= 0, _("expected_parcels is not above 0"), _("Estimate at least one parcel a month."))
    frame = pd.DataFrame({
        "known_on": table[f"{moment}_on"], "closed_on": table["closed_on"],
        "won": (table["stage"] == "won").astype("float64").where(table["closed_on"].notna()),
        "source": table["source"].astype(object), "market": table["market"].astype(object), "log_parcels": np.log(parcels),
    })  # fmt: skip
    if moment != "created":
        frame["days_to_contact"] = (table["contacted_on"] - table["created_on"]).dt.days.astype("float64")
    if moment == "quoted":
        if quotes is None:
            raise ValueError(_('The moment "quoted" needs the table of quotes: quotes=…'))
        need_table("quotes", quotes, ["lead_id", "quoted_on", "tier_discount", "discount"])
        last = quotes.sort_values("quoted_on", kind="stable").drop_duplicates("lead_id", keep="last").set_index("lead_id")
        extra = numbers(last["discount"] - last["tier_discount"], "discount")
        frame["known_on"] = last["quoted_on"].reindex(frame.index)
        # Days to the first quote: when a price was revised says how the talks went, not how quick we were.
        frame["days_to_quote"] = (table["quoted_on"] - table["qualified_on"]).dt.days.astype("float64")
        frame["extra_discount"] = extra.reindex(frame.index)
        frame = frame[frame[["days_to_quote", "extra_discount"]].notna().all(axis=1)]
    return frame


def _design(frame: pd.DataFrame) -> pd.DataFrame:
    numeric = [name for name in ("log_parcels", "days_to_contact", "days_to_quote", "extra_discount") if name in frame.columns]
    return pd.concat(
        [dummies(frame["source"], "source", _SOURCES), dummies(frame["market"], "market", _MARKETS), frame[numeric].astype("float64")],
        axis=1,
    )


@dataclass(frozen=True, eq=False)
class LeadScore:
    """A score of leads, fitted on earlier leads and judged on later ones.

    `effects`: feature, coefficient, standard_error, odds_ratio, low, high (of the odds ratio; website and e-commerce are compared with).
    `metrics`: metric, value, low, high, guess (see `crmlib.churn.score_chances`; top_decile_lift: wins in the top tenth over wins in all).
    `calibration`: group, customers, foretold, observed, low, high. `gain`: called, reached, lift. `learnt_from`, `judged_on`: leads;
    `still_open`: leads old enough to be decided that are not, left out of both. `split`: the day that parts them. `judged`: the leads it was
    judged on, indexed by lead_id, with win_chance and expected_parcels beside the columns of `lead_frame`, the likeliest first.
    """

    effects: pd.DataFrame
    metrics: pd.DataFrame
    calibration: pd.DataFrame = field(repr=False)
    gain: pd.DataFrame = field(repr=False)
    judged: pd.DataFrame = field(repr=False)
    learnt_from: int
    judged_on: int
    still_open: int
    split: pd.Timestamp
    fit: Logistic = field(repr=False)
    level: float

    def score(self, frame: pd.DataFrame) -> pd.Series:
        """The chance that each lead of a `lead_frame` is signed, the highest first."""
        design = _design(frame)
        require_columns(design.columns, self.fit.names[1:])
        return pd.Series(self.fit.chance(design), index=frame.index, name="win_chance").sort_values(ascending=False, kind="stable")

    def summary(self) -> str:
        """The result in two sentences."""
        row = self.metrics.set_index("metric")
        return _(
            "Learnt from {learnt} leads before {split}, judged on {judged} after it: AUC {auc:.2f} ({low:.2f} to {high:.2f}). The tenth "
            "with the highest chances is signed {lift:.1f} times as often as all ({lift_low:.1f} to {lift_high:.1f})."
        ).format(
            learnt=self.learnt_from, split=str(self.split.date()), judged=self.judged_on, auc=row.value["auc"], low=row.low["auc"],
            high=row.high["auc"], lift=row.value["top_decile_lift"], lift_low=row.low["top_decile_lift"],
            lift_high=row.high["top_decile_lift"],
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """How many of the wins the first calls reach; see :func:`crmlib.plotting.lead_gain`."""
        from crmlib.plotting.development import lead_gain

        return lead_gain(self, ax=ax)


def lead_score(
    frame: pd.DataFrame, *, split: object, as_of: object, settle_days: float | None = None, groups: int = 5, level: float = 0.95,
    resamples: int = 500, rng: np.random.Generator | int,
) -> LeadScore:  # fmt: skip
    """Learn from leads decided before `split` and judge on later ones.

    Answers: which leads should be called first, how sure is that, and what moves the chance?

    Parameters
    ----------
    frame : DataFrame from `lead_frame`
    split : date
        Leads known from this day on are judged on. Learning uses leads known `settle_days` before it, and only what had come of them by
        that day: what was open then counts as open.
    as_of : date
        When the data end. Leads known within `settle_days` of it are left out.
    settle_days : float, optional
        Without it: the standard development.settle_days.
    groups : int
        Groups of the calibration.
    level : float, 0–1
    resamples : int, for the intervals of the metrics
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    LeadScore
        effects, metrics, calibration, gain, judged; `.score(frame)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, or on one side of the split there are not at least ten leads won and ten lost.

    Notes
    -----
    Leads lost fast are decided before leads won slowly. Learning from whatever is decided today would take the young ones that were lost
    at once for typical; so young leads are left out, decided or not. Those still open after settle_days are censored and are left out too;
    their number is given, and should be small.

    Source: Hosmer, Lemeshow and Sturdivant, *Applied Logistic Regression* (2013).

    >>> from crmlib.company import lark
    >>> score = lead_score(lead_frame(lark().leads), split="2025-11-01", as_of="2026-10-31", resamples=100, rng=1)
    >>> bool(score.metrics.value[0] > 0.5)
    True
    """
    need_table("frame", frame, ["known_on", "closed_on", "won", "source", "market", "log_parcels"])
    require_share("level", level)
    cut, end = day(split, "split"), day(as_of, "as_of")
    settle = pd.Timedelta(days=get("development.settle_days", unit="days") if settle_days is None else settle_days)
    if not cut < end:
        raise ValueError(_("The split ({split}) must come before the end of the data ({end}).").format(split=cut.date(), end=end.date()))
    # What is decided later than a side's own day was open on that day.
    before = frame[frame["known_on"] < cut - settle]
    before = before.assign(won=before["won"].where(before["closed_on"] < cut))
    after = frame[(frame["known_on"] >= cut) & (frame["known_on"] < end - settle)]
    learn, judge = before[before["won"].notna()], after[after["won"].notna()]
    for side, name in ((learn, _("before the split")), (judge, _("after the split"))):
        wins = int(side["won"].sum())
        if min(wins, len(side) - wins) < 10:
            raise ValueError(_("The leads {side} hold {won} won and {lost} lost; at least ten of each are needed. Move the split.").format(
                side=name, won=wins, lost=len(side) - wins))  # fmt: skip
    fit = fit_logistic(_design(learn), learn["won"].to_numpy())
    chance, outcome = pd.Series(fit.chance(_design(judge))), judge["won"].astype(bool).reset_index(drop=True)
    judged = judge.assign(win_chance=chance.to_numpy(), expected_parcels=np.exp(judge["log_parcels"]).round(6))
    return LeadScore(
        judged=judged.sort_values("win_chance", ascending=False, kind="stable"), effects=fit.table(level), metrics=score_chances(outcome, chance, level=level, resamples=resamples, rng=rng),
        calibration=calibration_table(outcome, chance, groups=min(groups, len(judge)), level=level), gain=gain_table(outcome, chance),
        learnt_from=len(learn), judged_on=len(judge), still_open=len(before) + len(after) - len(learn) - len(judge), split=cut, fit=fit,
        level=level,
    )  # fmt: skip
