"""The closed loop: for every complaint, whether it was answered, settled, called back, satisfied, and stayed settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.call_center.callbacks import RESULTS
from crmlib.call_center.deadlines import open_to_appeal
from crmlib.checks import refuse_rows, require_share
from crmlib.clean import clean
from crmlib.company.schema import label
from crmlib.credit.chance import positive
from crmlib.i18n import _, in_a_row
from crmlib.segments.per_customer import day
from crmlib.survey.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STATES = ("closed", "reopened", "dissatisfied", "not_reached", "not_called", "open_in_time", "open_too_long")
STEPS = ("opened", "answered", "settled", "called_back", "satisfied", "stayed_closed")
_KINDS = {"case_id": "id", "kind": "name", "customer_id": "id?", "waybill_id": "id?", "cause": "name?", "opened_at": "date",
          "first_response_at": "date?", "resolved_at": "date?", "satisfied_after": "name?"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class ClosedLoop:
    """Every complaint and claim on a day.

    `cases`, one row a case: case_id, customer_id, cause, opened_at, resolved_at (missing while open), days (from opening to settlement, or
    to the day), first_answered, settled, called_back, satisfied_now (missing where not asked), reopened, reopened_by (the case that came
    after), open_to_appeal, loop_state, closed (satisfied and not reopened). `steps` (index loop_step): cases, share (of all),
    share_of_before, low, high (of the latter). `states`: cases and share by state.
    """

    cases: pd.DataFrame
    steps: pd.DataFrame
    states: pd.DataFrame
    as_of: pd.Timestamp
    reopen_days: float
    level: float

    def to_do(self) -> pd.DataFrame:
        """The cases whose loop is not closed and that wait for somebody: too long open first, then dissatisfied, reopened, not called."""
        order = ["open_too_long", "dissatisfied", "reopened", "not_called", "not_reached"]
        rows = self.cases[self.cases["loop_state"].isin(order)]
        place = rows["loop_state"].map({state: spot for spot, state in enumerate(order)}).astype(int)
        return rows.assign(place=place).sort_values(["place", "opened_at"], kind="stable").drop(columns="place")

    def summary(self) -> str:
        """The result in two or three sentences."""
        count = self.states["cases"]
        told = _(
            "Of {all} complaints and claims {closed} ({share:.0%}) are closed: settled, called back, satisfied and not come back."
        ).format(
            all=len(self.cases), closed=count["closed"], share=count["closed"] / len(self.cases))  # fmt: skip
        rest = _("Not: {list}.").format(list=_(", ").join(
            f"{label(state, 'loop_state')} {cases}" for state, cases in count.drop("closed").items() if cases))  # fmt: skip
        appeal = int(self.cases["open_to_appeal"].sum())
        return in_a_row(told, rest, _("{count} customers may appeal to the regulator today.").format(count=appeal) if appeal else "")

    def headline(self) -> str:
        """A title for the page."""
        share = self.steps["share"]
        return _("{settled:.0%} of complaints and claims are settled, {closed:.0%} are closed").format(
            settled=share["settled"], closed=share["stayed_closed"])  # fmt: skip

    def advice(self) -> str:
        """What to do with those whose loop is open, most pressing first."""
        count = self.states["cases"]
        told = (
            ("open_too_long", _("{cases} open beyond the law's days: settle them today.")),
            ("dissatisfied", _("{cases} called back and dissatisfied: ask what is missing, and say who does it by when.")),
            ("reopened", _("{cases} that came back: find out why it was not settled the first time.")),
            ("not_called", _("{cases} never called back: ring them up, at most {attempts} times.")),
        )
        attempts = int(standards.get("call_center.callback.attempts_most", unit="count"))
        return in_a_row(*(words.format(cases=int(count[state]), attempts=attempts) for state, words in told if count[state]))

    def plot(self, ax: Axes | None = None) -> Axes:
        """The steps as bars; see :func:`crmlib.plotting.closed_loop`."""
        from crmlib.plotting import closed_loop

        return closed_loop(self, ax=ax)


def closed_loop(
    cases: pd.DataFrame, *, as_of: object, attempts: pd.DataFrame | None = None, reopen_days: float | None = None, level: float = 0.95
) -> ClosedLoop:
    """Follow every complaint and claim from its opening to the end of the loop.

    Answers: whose complaint is closed on paper only?

    Parameters
    ----------
    cases : DataFrame with case_id, opened_at, first_response_at, resolved_at, satisfied_after; kind, customer_id, waybill_id and cause are
        used where they are there
    as_of : date or text
        The day of the question; what happened later is not known yet.
    attempts : DataFrame of calls, optional
        case_id and result, as :func:`practice_callbacks` gives them, and satisfied_now where answered; they come on top of satisfied_after.
    reopen_days : float, days
        A complaint or claim of the same parcel (of the same customer and cause where no parcel is named) within so many days of the
        settlement reopens it. Without it: the standard call_center.callback.reopen_days.
    level : float, 0–1

    Returns
    -------
    ClosedLoop
        `.cases`, `.steps`, `.states`, `.to_do()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing, a case stands twice, or nothing was opened by that day.

    Source: 《2025国际快递行业客户关系管理体系研究》 (反馈—解决—回访 闭环).

    >>> cases = pd.DataFrame({"case_id": ["k1", "k2"], "waybill_id": ["w1", "w1"], "satisfied_after": ["satisfied", None],
    ...     "opened_at": pd.to_datetime(["2026-01-01", "2026-01-10"]), "first_response_at": pd.to_datetime(["2026-01-01", None]),
    ...     "resolved_at": pd.to_datetime(["2026-01-03", None])})
    >>> closed_loop(cases, as_of="2026-01-12").cases.loop_state.astype(str).tolist()
    ['reopened', 'open_in_time']
    """
    require_share("level", level)
    at = day(as_of, "as_of")
    span = positive("reopen_days", standards.get("call_center.callback.reopen_days", unit="days") if reopen_days is None else reopen_days)
    table = clean(cases, "cases", optional=("kind", "customer_id", "waybill_id", "cause"), **_KINDS)
    for name in ("customer_id", "waybill_id", "cause"):
        if name not in table.columns:
            table = table.assign(**{name: pd.Series([None] * len(table), index=table.index, dtype=object)})
    if "kind" in table.columns:
        table = table[table["kind"].isin(["complaint", "claim"])]
    table = table[table["opened_at"] <= at]
    if table.empty:
        raise ValueError(_("No complaint or claim was opened by {day}. Choose a later day.").format(day=f"{at:%Y-%m-%d}"))
    refuse_rows(table["case_id"].duplicated(keep=False), _("Some cases stand there more than once"), _("Keep one row a case."))
    table = table.sort_values("opened_at", kind="stable")
    resolved = table["resolved_at"].where(table["resolved_at"] <= at)
    settled = resolved.notna()
    happy = table["satisfied_after"].astype(object).map({"satisfied": True, "dissatisfied": False}).where(settled).astype("boolean")
    tried = happy.notna()
    if attempts is not None:
        tried, happy = _with_calls(table, attempts, tried, happy, settled)
    by = _reopened_by(table, resolved, pd.Timedelta(days=span))
    legal = pd.Timedelta(days=standards.get("complaint.legal_days", unit="days"))
    too_long = ~settled & (at - table["opened_at"] > legal)
    asked, pleased = happy.notna().to_numpy(), happy.fillna(False).to_numpy(bool)
    reopened = by.notna().to_numpy()
    ways = [too_long, ~settled, reopened, asked & ~pleased, pleased, tried]
    state = np.select(ways, ["open_too_long", "open_in_time", "reopened", "dissatisfied", "closed", "not_reached"], "not_called")
    found = pd.DataFrame({
        "case_id": table["case_id"], "customer_id": table["customer_id"], "cause": table["cause"], "opened_at": table["opened_at"],
        "resolved_at": resolved, "days": (resolved.fillna(at) - table["opened_at"]) / pd.Timedelta(days=1),
        "first_answered": (table["first_response_at"] <= at).to_numpy(), "settled": settled.to_numpy(), "called_back": asked,
        "satisfied_now": happy,
        "reopened": reopened, "reopened_by": by, "open_to_appeal": _may_appeal(table, happy, at).to_numpy(),
        "loop_state": pd.Categorical(state, categories=STATES), "closed": state == "closed",
    }, index=table.index)  # fmt: skip
    return ClosedLoop(found, _steps(found, level), _states(found), at, span, level)


def _may_appeal(table: pd.DataFrame, happy: pd.Series, at: pd.Timestamp) -> pd.Series:
    mood = happy.astype(object).map({True: "satisfied", False: "dissatisfied"})
    return open_to_appeal(table.assign(satisfied_after=mood), as_of=at)


def _with_calls(
    table: pd.DataFrame, attempts: pd.DataFrame, tried: pd.Series, happy: pd.Series, settled: pd.Series
) -> tuple[pd.Series, pd.Series]:
    calls = clean(attempts, "attempts", optional=("satisfied_now",), case_id="id", result="name", satisfied_now="answer?")
    refuse_rows(~calls["result"].isin(RESULTS), _("result is unknown"), _("Use one of: {known}.").format(known=", ".join(RESULTS)))
    tried = tried | (table["case_id"].isin(calls["case_id"]) & settled)
    if "satisfied_now" in calls.columns:
        told = calls.dropna(subset=["satisfied_now"]).drop_duplicates("case_id", keep="last").set_index("case_id")["satisfied_now"]
        happy = table["case_id"].map(told).astype("boolean").where(settled).fillna(happy)
    return tried, happy


def _reopened_by(table: pd.DataFrame, resolved: pd.Series, span: pd.Timedelta) -> pd.Series:
    """The first later case of the same matter within `span` of the settlement."""
    matter = table["waybill_id"].astype(object)
    fallback = table["customer_id"].astype(str) + "/" + table["cause"].astype(str)
    usable = table["customer_id"].notna() & table["cause"].notna()
    matter = matter.where(matter.notna(), fallback.where(usable))
    rows = pd.DataFrame({"matter": matter, "case_id": table["case_id"], "opened": table["opened_at"], "resolved": resolved}).dropna(
        subset=["matter"]
    )
    asks = rows.dropna(subset=["resolved"]).sort_values("resolved", kind="stable").reset_index(names="row")
    later = rows[["matter", "opened", "case_id"]].rename(columns={"case_id": "after"}).sort_values("opened", kind="stable")
    found = pd.merge_asof(asks, later, left_on="resolved", right_on="opened", by="matter", direction="forward", tolerance=span,
                          allow_exact_matches=False)  # fmt: skip
    return found.set_index("row")["after"].reindex(table.index)


def _steps(found: pd.DataFrame, level: float) -> pd.DataFrame:
    pleased = found["satisfied_now"].fillna(False).astype(bool)
    counts = [len(found), *(int(rows.sum()) for rows in (
        found["first_answered"], found["settled"], found["called_back"], pleased, pleased & ~found["reopened"]))]  # fmt: skip
    before = np.array([np.nan, *counts[:-1]], dtype=float)
    base = np.where(before > 0, before, np.nan)
    low, high = wilson_interval(np.array(counts, dtype=float), base, level)
    return pd.DataFrame({"cases": counts, "share": np.array(counts) / len(found), "share_of_before": counts / base, "low": low,
                         "high": high},
                        index=pd.Index(STEPS, name="loop_step"))  # fmt: skip


def _states(found: pd.DataFrame) -> pd.DataFrame:
    count = found["loop_state"].value_counts().reindex(STATES, fill_value=0)
    return pd.DataFrame({"cases": count.to_numpy(), "share": count.to_numpy() / len(found)}, index=pd.Index(STATES, name="loop_state"))
