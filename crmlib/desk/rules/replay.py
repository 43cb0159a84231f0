"""A month of the firm played again: what the rules would have sent; and several books of rules on the same stream."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from crmlib.checks import require_share
from crmlib.company.company import Company
from crmlib.company.schema import label
from crmlib.desk.rules.book import RuleBook
from crmlib.desk.rules.engine import WHY, Decisions, decide
from crmlib.desk.rules.events import event_stream
from crmlib.i18n import _, in_a_row, language

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Replay:
    """What a book of rules would have done in a month.

    `by_rule` (rule_id, rule_name, hits, notices, customers, cost_yuan, and a column for each reason why not), `by_channel` (channel, notices,
    cost_yuan), `by_day` (day, notices, cost_yuan; by the day of sending), `customers` (customer_id, notices, cost_yuan; senders who heard
    something); `decisions`.
    """

    month: pd.Period
    decisions: Decisions
    by_rule: pd.DataFrame
    by_channel: pd.DataFrame
    by_day: pd.DataFrame
    customers: pd.DataFrame

    @property
    def capped(self) -> int:
        """How often a cap held a notice back."""
        return int(self.by_rule["rule_cap"].sum() + self.by_rule["customer_cap"].sum())

    def summary(self) -> str:
        """The month in two or three sentences."""
        most = self.customers["notices"].max() if len(self.customers) else 0
        return _("{month}: {events:,} events, {notices:,} notices for {cost:,.2f} yuan. {customers:,} senders were told something, one of them {most} "
                 "times at most; caps held back {capped:,}.").format(
            month=self.month, events=len(self.decisions.events), notices=len(self.decisions.notices), cost=self.by_rule["cost_yuan"].sum(),
            customers=len(self.customers), most=int(most), capped=self.capped)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Sent and held back, rule by rule; see :func:`crmlib.plotting.rule_outcomes`."""
        from crmlib.plotting.rules import rule_outcomes

        return rule_outcomes(self, ax=ax)


def replay(
    company: Company | pd.DataFrame, rules: RuleBook, month: object, *, predictions: pd.DataFrame | None = None, consent: object = None,
    events: pd.DataFrame | None = None,
) -> Replay:  # fmt: skip
    """Play a month of the firm again under a book of rules.

    Answers: what would we have sent, to how many, at what cost, and what did the caps hold back?

    Parameters
    ----------
    company : the firm, or its customers where `events` are given
    rules : RuleBook
    month : such as "2026-05"
    predictions : delay warnings, as for :func:`event_stream`
    consent : as for :func:`decide`
    events : the month's stream where it has been made already, so that several books are played on the same

    Returns
    -------
    Replay
        `.by_rule`, `.by_channel`, `.by_day`, `.customers`, `.decisions`, `.capped`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        `month` is none, or as for :func:`event_stream` and :func:`decide`.

    >>> from crmlib.desk.rules import practice, rule_book
    >>> events, customers = practice()
    >>> played = replay(customers, rule_book(), "2026-05", events=events)
    >>> int(played.by_rule.notices.sum()) == len(played.decisions.notices)
    True
    """
    try:
        if not re.match(r"\d{4}-\d\d", str(month)):
            raise ValueError(month)
        period = pd.Period(str(month), freq="M")
    except ValueError:
        raise ValueError(_("{month} is no month. Write one like 2026-05.").format(month=month)) from None
    if events is None:
        events = event_stream(company, period.start_time, (period + 1).start_time, predictions=predictions)
    decisions = decide(events, rules, company, consent=consent)
    sent, dropped = decisions.notices, decisions.dropped
    names = {rule.rule_id: rule.name[language()] for rule in rules.active}
    why = pd.crosstab(dropped["rule_id"].astype(object), dropped["why"].astype(object)).reindex(columns=list(WHY[1:]), fill_value=0)
    per = sent.assign(rule_id=sent["rule_id"].astype(object)).groupby("rule_id").agg(
        notices=("notice_id", "size"), customers=("customer_id", "nunique"), cost_yuan=("cost_yuan", "sum"))  # fmt: skip
    by_rule = per.join(why, how="outer").reindex(list(names)).fillna(0)
    by_rule = by_rule.astype({name: int for name in by_rule.columns if name != "cost_yuan"})
    by_rule.insert(0, "hits", by_rule["notices"] + by_rule[list(WHY[1:])].sum(axis=1))
    by_rule.insert(0, "rule_name", list(names.values()))
    senders = sent[(sent["who"] == "sender").to_numpy()]

    def totals(frame: pd.DataFrame, key: str, values: object) -> pd.DataFrame:
        return frame.assign(**{key: values}).groupby(key, observed=True).agg(
            notices=("notice_id", "size"), cost_yuan=("cost_yuan", "sum")).reset_index()  # fmt: skip

    return Replay(
        period, decisions, by_rule.rename_axis("rule_id").reset_index(), totals(sent, "channel", sent["channel"].astype(object)),
        totals(sent, "day", sent["send_after"].dt.normalize()), totals(senders, "customer_id", senders["customer_id"]))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Comparison:
    """Several books of rules on the same stream.

    `table`: name, notices, customers, cost_yuan, notices_per_customer, capped, difference (of notices per customer against the first
    book, customer by customer), low, high; `level`.
    """

    table: pd.DataFrame
    level: float = field(default=0.95)

    def summary(self) -> str:
        """The comparison in a sentence a book."""
        first = self.table.iloc[0]
        return in_a_row(*(
            _("{name} compared with {first}: {more:+.2f} notices per customer ({low:+.2f} to {high:+.2f}), {cost:+,.2f} yuan.").format(
                name=one.name, more=one.difference, first=first["name"], low=one.low, high=one.high, cost=one.cost_yuan - first.cost_yuan)
            for one in (row for place, row in enumerate(self._rows()) if place)))  # fmt: skip

    def _rows(self) -> list:
        return list(self.table.rename_axis("place").itertuples(index=False, name="Book"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Differences with their intervals; see :func:`crmlib.plotting.rule_differences`."""
        from crmlib.plotting.rules import rule_differences

        return rule_differences(self, ax=ax)


def compare(replays: Mapping[str, Replay], *, level: float = 0.95) -> Comparison:
    """Compare books of rules that were played on the same stream.

    Answers: which rules disturb customers less, and is the difference more than chance?

    Parameters
    ----------
    replays : name → Replay; the first is what the others are compared with
    level : float, 0–1

    Returns
    -------
    Comparison
        `.table`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        Fewer than two, or not the same events.

    Notes
    -----
    The comparison is paired: the same customer under both books, all customers counted, also those who heard nothing. The interval is
    Student's for the mean difference; it says how it would be with other customers of the same kind.

    Source: paired comparison on common random numbers, Law (2015), Simulation Modeling and Analysis, chapter 10.

    >>> from crmlib.desk.rules import practice, rule_book
    >>> events, customers = practice()
    >>> books = {"all": rule_book(), "one": rule_book().only("R08")}
    >>> compare({name: replay(customers, book, "2026-05", events=events) for name, book in books.items()}).table.difference.round(2).tolist()
    [0.0, -2.0]
    """
    require_share("level", level)
    if len(replays) < 2:
        raise ValueError(_("A comparison needs at least two replays, as in {example}.").format(example='compare({"old": …, "new": …})'))
    books = list(replays.values())
    first = books[0].decisions
    if any(not one.decisions.events["event_id"].equals(first.events["event_id"]) for one in books[1:]):
        raise ValueError(_("The replays are not of the same events. Make the stream once and give it to each: replay(…, events=stream)."))
    rows, base = [], None
    for name, one in replays.items():
        told = one.customers.set_index("customer_id")["notices"]
        per = pd.Series(told.reindex(first.people.ids).fillna(0).to_numpy(dtype=float))
        base = per if base is None else base
        gap = per - base
        half = stats.t.ppf(0.5 + level / 2, max(len(gap) - 1, 1)) * gap.std(ddof=1) / np.sqrt(len(gap)) if len(gap) > 1 else np.nan
        rows.append((name, len(one.decisions.notices), len(told), one.by_rule["cost_yuan"].sum(), per.mean(), one.capped, gap.mean(),
                     gap.mean() - half, gap.mean() + half))  # fmt: skip
    columns = ["name", "notices", "customers", "cost_yuan", "notices_per_customer", "capped", "difference", "low", "high"]
    return Comparison(pd.DataFrame(rows, columns=columns), level)


def drop_names() -> dict[str, str]:
    """The reasons why a hit is not sent, code → label.

    >>> list(drop_names())[0]
    'arm'
    """
    return {code: label(code, "why") for code in WHY[1:]}
