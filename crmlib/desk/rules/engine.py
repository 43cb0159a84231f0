"""The rule engine: events in, decisions out. Whole columns are asked at once; only the caps go notice by notice, because each depends on the last."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.company.company import Company
from crmlib.desk.rules.book import Rule, RuleBook
from crmlib.desk.rules.caps import State, capped
from crmlib.desk.rules.checking import CHANNELS, PREFERRED
from crmlib.desk.rules.conditions import Values, column_values
from crmlib.desk.rules.fields import CUSTOMER_FIELDS, FIRM_EVENTS, fields_of
from crmlib.desk.rules.people import People, assign_arms, consent_words, months_with, people_of, told_control
from crmlib.i18n import _

WHY = ("sent", "arm", "channel", "consent", "quiet", "priority", "rule_cap", "customer_cap")
"""What becomes of a hit: sent, or why not. The first that applies counts, in this order."""
SENT, ARM, NO_CHANNEL, CONSENT, QUIET, PRIORITY, RULE_CAP, CUSTOMER_CAP = range(len(WHY))
_OF_CUSTOMERS = frozenset(entry.name for entry in CUSTOMER_FIELDS)
_DAY, _MINUTE = np.timedelta64(1, "D").astype("timedelta64[us]"), np.timedelta64(60_000_000, "us")


@dataclass(frozen=True, eq=False)
class Decisions:
    """What the rules say to a stream of events.

    `notices`: what is to be sent, one row each; `dropped`: hits that are not, with why; `state`: what the caps remember, for the next chunk;
    `events`, `book`, `people`: what was decided on.

    >>> from crmlib.desk.rules import practice, rule_book
    >>> events, customers = practice()
    >>> len(decide(events, rule_book(), customers).notices)
    8
    """

    notices: pd.DataFrame
    dropped: pd.DataFrame
    state: State = field(repr=False)
    events: pd.DataFrame = field(repr=False)
    book: RuleBook = field(repr=False)
    people: People = field(repr=False)

    def summary(self) -> str:
        """What would be sent and what not, in two sentences."""
        why = self.dropped["why"].value_counts()
        told = _(", ").join(f"{_why(code)} {count:,}" for code, count in why.items() if count)
        return _("{events:,} events: {notices:,} notices to {customers:,} customers, {cost:,.2f} yuan. Not sent: {dropped:,}{why}.").format(
            events=len(self.events), notices=len(self.notices), customers=self.notices["customer_id"].nunique(),
            cost=self.notices["cost_yuan"].sum(), dropped=len(self.dropped), why=f" ({told})" if told else "")  # fmt: skip


def _why(code: str) -> str:
    from crmlib.company.schema import label

    return label(code, "why")


class _Rows:
    """Events (rows of `events`) each with a customer (`who`, place among people; -1: none), as columns for conditions."""

    def __init__(self, events: pd.DataFrame, people: People, rows: np.ndarray, who: np.ndarray) -> None:
        self.events, self.people, self.rows, self.who = events, people, rows, who
        self._made: dict[str, Values] = {}

    def __call__(self, name: str) -> Values:
        if name not in self._made:
            self._made[name] = self._column(name)
        return self._made[name]

    def _column(self, name: str) -> Values:
        event = str(self.events["event"].iloc[self.rows[0]])
        kind = fields_of(event)[name].kind
        at = self.events["at"].to_numpy()[self.rows]
        if name in ("at", "hour", "weekday"):
            day = at.astype("datetime64[D]")
            number = (day.astype(np.int64) + 3) % 7 + 1 if name == "weekday" else (at - day) // np.timedelta64(1, "h") if name == "hour" else at
            return Values(kind, number if name == "at" else number.astype(float), np.zeros(len(at), dtype=bool))
        if name in _OF_CUSTOMERS:
            return self._of_customer(name, kind, at)
        if name not in self.events.columns:
            return column_values(pd.Series(np.nan if kind == "number" else None, index=range(len(at)), dtype="float64" if kind == "number" else object)
                                 if kind != "datetime" else pd.Series(pd.NaT, index=range(len(at)), dtype="datetime64[us]"), kind)  # fmt: skip
        return column_values(self.events[name].iloc[self.rows], kind)

    def _of_customer(self, name: str, kind: str, at: np.ndarray) -> Values:
        table = self.people.table
        if name == "months_with_us":
            opened = table["opened_on"] if "opened_on" in table.columns else pd.Series(pd.NaT, index=table.index)
            months = months_with(pd.to_datetime(opened).take(np.maximum(self.who, 0)), at)
            return Values(kind, months, np.isnan(months) | (self.who < 0))
        if name not in table.columns:
            return column_values(pd.Series([None] * len(at), dtype=object), kind)
        whole = self.people.column(name, kind)
        missing = whole.missing[self.who] | (self.who < 0)
        values = np.where(missing, -1, whole.values[self.who]) if kind == "text" else whole.values[self.who]
        return Values(kind, values, missing, whole.categories)


def decide(
    events: pd.DataFrame, rules: RuleBook, customers: Company | pd.DataFrame | People, *, consent: object = None, state: State | None = None
) -> Decisions:
    """Let the rules speak to a stream of events.

    Answers: who is to be told what, when, on which channel, and who is not and why?

    Parameters
    ----------
    events : DataFrame, from :func:`event_stream`: event_id, at (in order), event, customer_id, waybill_id, and fields
    rules : RuleBook, from :func:`rule_book`
    customers : the firm, or a frame with customer_id and the fields that conditions ask for (`channel`: the preferred one)
    consent : ledger or frame of :mod:`crmlib.privacy`, or a frame with customer_id, purpose, channel, given_at, withdrawn_at; None: nobody has
        said anything, and a rule whose purpose needs consent stays silent
    state : what the caps remember of earlier chunks: `Decisions.state`; None: nothing

    Returns
    -------
    Decisions
        `.notices`: notice_id (of rule, event and customer: the same input gives the same), at, send_after (after the quiet hours), rule_id,
        event_id, event, who, customer_id, waybill_id, channel, template, arm, reason, cost_yuan. `.dropped`: the same to arm, and why.
        `.state`, `.summary()`

    Raises
    ------
    ValueError
        A column is lacking, events are out of order, stand there twice, or belong to a customer who is not there.

    Notes
    -----
    A hit goes through: arm of the experiment, channel (in the order of fall-back, the first that the customer has and consents to), quiet hours,
    priority (one rule speaks to one person about one event), cap of the rule, cap of the customer (senders only). All moments are naive
    Beijing time. Caps count the moments of events, over a sliding window.

    >>> from crmlib.desk.rules import practice, rule_book
    >>> events, customers = practice()
    >>> found = decide(events, rule_book().only("R03"), customers)
    >>> found.notices[["customer_id", "channel", "send_after"]].astype(str).values.tolist()[1]
    ['C2', 'dingtalk', '2026-05-05 08:00:00']
    """
    people = people_of(customers)
    events = _checked(events)
    state = State() if state is None else state
    if len(events) and state.last_at is not None and events["at"].iloc[0] < state.last_at:
        raise ValueError(_("These events begin at {first}, before the end of the chunk before them ({last}). Give the chunks in order.").format(
            first=events["at"].iloc[0], last=state.last_at))  # fmt: skip
    hits = _Hits(events, people, rules, consent_words(consent))
    return hits.decided(state)


def _checked(events: object) -> pd.DataFrame:
    table = clean(events, "events", event_id="id", at="date", event="name", customer_id="id?", waybill_id="id?", optional=("waybill_id",))
    refuse_rows(table["event_id"].duplicated(), _("events holds some event_id more than once"), _("Keep one row an event."))
    if not isinstance(table["event"].dtype, pd.CategoricalDtype):
        table = table.assign(event=table["event"].astype("category"))
    at = table["at"].astype("datetime64[us]")
    table = table.assign(at=at) if at.dtype != table["at"].dtype else table
    if not at.is_monotonic_increasing:
        table = table.sort_values("at", kind="stable")
    return table.reset_index(drop=True)


def _places(events: pd.DataFrame, people: People) -> np.ndarray:
    given = events["customer_id"]
    if isinstance(given.dtype, pd.CategoricalDtype):
        place = np.append(people.ids.get_indexer(given.cat.categories.astype(object)), -1)[given.cat.codes]
    else:
        codes, names = pd.factorize(given)
        place = np.append(people.ids.get_indexer(pd.Index(names).astype(object)), -1)[codes]
    refuse_rows(pd.Series((place < 0) & given.notna().to_numpy(), index=events.index), _("These events belong to no customer of the table customers"),
                _("Take both tables from the same firm."))  # fmt: skip
    return place


class _Hits:
    """Every rule's hits, and what becomes of them."""

    def __init__(self, events: pd.DataFrame, people: People, book: RuleBook, words: pd.DataFrame) -> None:
        self.events, self.people, self.book, self.words = events, people, book, words
        self.at = events["at"].to_numpy()
        place = _places(events, people)
        code = events["event"].cat.codes.to_numpy()
        self.arms: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        parts = []
        for event in dict.fromkeys(rule.event for rule in book.active):
            if event not in events["event"].cat.categories:
                continue
            rows = np.flatnonzero(code == events["event"].cat.categories.get_loc(event))
            if not len(rows):
                continue
            alone = _Rows(events, people, rows, place[rows])
            each = alone
            if event in FIRM_EVENTS:
                each = _Rows(events, people, np.repeat(rows, len(people.ids)), np.tile(np.arange(len(people.ids)), len(rows)))
            for rule in book.active:
                if rule.event == event:
                    parts.append(self._of_rule(rule, alone if rule.who == "crisis_group" else each))
        kinds = (("row", np.int64), ("who", np.int64), ("rule", np.int64), ("priority", np.int64), ("channel", np.int64), ("arm", object),
                 ("send", "datetime64[us]"), ("fate", np.int64))  # fmt: skip
        joined = {name: np.concatenate([np.zeros(0, dtype=kind), *(part[name] for part in parts)]) for name, kind in kinds}
        order = np.lexsort((joined["who"], joined["rule"], joined["priority"], joined["row"]))
        self.table = pd.DataFrame({name: values[order] for name, values in joined.items()})

    def _of_rule(self, rule: Rule, rows: _Rows) -> dict[str, np.ndarray]:
        hit = rule.condition.matches(rows, len(rows.rows))
        at = self.at[rows.rows]
        hit = hit & (at >= rule.valid[0]) & (at < rule.valid[1])
        row, who, at = rows.rows[hit], rows.who[hit], at[hit]
        fate, arm = np.zeros(len(row), dtype=np.int64), np.full(len(row), None, dtype=object)
        if rule.experiment:
            names, control = self._arms(rule.experiment)
            arm = np.where(who >= 0, names[who], None)
            silent = (arm != rule.arm) if rule.arm else control[who]
            fate[silent] = ARM
        channel, reason = self._channel(rule, who, at)
        fate = np.where(fate == SENT, reason, fate)
        send, waits = _after_quiet(at, rule.quiet)
        if rule.quiet_drops:
            fate, send = np.where((fate == SENT) & waits, QUIET, fate), at
        return {"row": row, "who": who, "rule": np.full(len(row), rule.place), "priority": np.full(len(row), rule.priority), "channel": channel,
                "arm": arm, "send": send, "fate": fate}  # fmt: skip

    def _arms(self, experiment: str) -> tuple[np.ndarray, np.ndarray]:
        if experiment not in self.arms:
            names = assign_arms(experiment, self.people.ids, self.book.shares(experiment))
            self.arms[experiment] = names.to_numpy(dtype=object), told_control(names)
        return self.arms[experiment]

    def _channel(self, rule: Rule, who: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The channel of each hit, and what becomes of it: sent, no channel, or no consent."""
        chosen, possible = np.full(len(who), -1), np.zeros(len(who), dtype=bool)
        for option in rule.channels:
            place = np.full(len(who), CHANNELS.index(option)) if option != PREFERRED else self._preferred(rule, who)
            here = (chosen < 0) & self._reached(rule, who, place)
            possible |= here
            if rule.consent and here.any():
                here = here & self._may(rule.consent, who, place, at, here)
            chosen = np.where(here, place, chosen)
        return chosen, np.where(chosen >= 0, SENT, np.where(possible, CONSENT, NO_CHANNEL))

    def _preferred(self, rule: Rule, who: np.ndarray) -> np.ndarray:
        if rule.who == "sender":
            return self.people.preferred_for(rule.event)[who]
        return np.full(len(who), CHANNELS.index("sms" if rule.who == "recipient" else "wecom"))

    def _reached(self, rule: Rule, who: np.ndarray, place: np.ndarray) -> np.ndarray:
        if rule.who == "sender":
            return self.people.reach[who, place] & (who >= 0)
        if rule.who == "recipient":
            return place == CHANNELS.index("sms")
        return self.people.table["has_manager"].to_numpy(dtype=bool)[who] if rule.who == "account_manager" else np.ones(len(who), dtype=bool)

    def _may(self, purpose: str, who: np.ndarray, place: np.ndarray, at: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        from crmlib.privacy import may_contact_many

        # Where nobody has said anything, one answer is everybody's.
        rows = np.flatnonzero(wanted)[: None if len(self.words) else 1]
        asked = pd.DataFrame({"customer_id": self.people.ids[who[rows]], "purpose": purpose, "channel": np.array(CHANNELS, dtype=object)[place[rows]],
                              "at": at[rows]})  # fmt: skip
        answer = np.zeros(len(who), dtype=bool)
        answer[rows] = may_contact_many(self.words, asked).to_numpy()
        return answer if len(self.words) else wanted & answer[rows[0]]

    def decided(self, state: State) -> Decisions:
        hits, rules = self.table, {rule.place: rule for rule in self.book.active}
        fate = hits["fate"].to_numpy().copy()
        able = np.flatnonzero(fate == SENT)
        persons = {place: ("sender", "recipient", "account_manager", "crisis_group").index(rule.who) for place, rule in rules.items()}
        person = hits["rule"].map(persons).to_numpy() if len(hits) else np.zeros(0, dtype=int)
        again = pd.DataFrame({"row": hits["row"], "who": hits["who"], "person": person}).iloc[able].duplicated().to_numpy()
        fate[able[again]] = PRIORITY
        able = able[~again]
        moments = self.at[hits["row"].to_numpy()[able]]
        counted, after = capped(
            hits["rule"].to_numpy()[able], self._keys(hits, person, able), moments, person[able] == 0, rules, self.book.customer_cap, state)
        fate[able] = np.array([SENT, RULE_CAP, CUSTOMER_CAP])[counted]
        if len(self.at):
            after = State(pd.Timestamp(self.at[-1]), after.rule_times, after.customer_times)
        return Decisions(self._notices(hits[fate == SENT], rules), self._dropped(hits, fate, rules), after, self.events, self.book, self.people)

    def _keys(self, hits: pd.DataFrame, person: np.ndarray, able: np.ndarray) -> list[str]:
        """Whose cap counts: the recipient's by parcel, else the customer's."""
        ids = np.append(self.people.ids.to_numpy(), "-")[hits["who"].to_numpy()[able]].astype(object)
        theirs = person[able] == 1
        if theirs.any():
            ids[theirs] = self.events["waybill_id"].astype(object).to_numpy()[hits["row"].to_numpy()[able][theirs]]
        return ids.tolist()

    def _common(self, hits: pd.DataFrame, rules: dict[int, Rule]) -> dict[str, object]:
        row, who, rule = hits["row"].to_numpy(), hits["who"].to_numpy(), hits["rule"].to_numpy()
        taken = {name: self.events[name].iloc[row].reset_index(drop=True) if name in self.events.columns else None for name in
                 ("event_id", "event", "waybill_id")}  # fmt: skip
        names = pd.Series(np.append(self.people.ids.to_numpy(), None)[who], dtype=self.people.table["customer_id"].dtype)
        rule_ids = _coded(rule, {place: one.rule_id for place, one in rules.items()})
        notice = rule_ids.astype(object) + ":" + taken["event_id"].astype(object) + ":" + names.astype(object).fillna("-")
        channel = pd.Categorical.from_codes(hits["channel"].to_numpy(), CHANNELS)
        return {
            "notice_id": notice, "at": self.at[row], "send_after": hits["send"].to_numpy(), "rule_id": rule_ids, "event_id": taken["event_id"],
            "event": taken["event"], "who": _coded(rule, {place: one.who for place, one in rules.items()}), "customer_id": names,
            "waybill_id": taken["waybill_id"], "channel": channel, "template": _coded(rule, {place: one.template for place, one in rules.items()}),
            "arm": hits["arm"].to_numpy(dtype=object),
        }  # fmt: skip

    def _notices(self, hits: pd.DataFrame, rules: dict[int, Rule]) -> pd.DataFrame:
        cost = np.array([standards.get(f"rules.cost_{name}", unit="yuan") for name in CHANNELS])
        channel = hits["channel"].to_numpy()
        return pd.DataFrame({**self._common(hits, rules), "reason": _coded(hits["rule"].to_numpy(), {place: one.reason for place, one in rules.items()}),
                             "cost_yuan": cost[channel] if len(hits) else np.zeros(0)})  # fmt: skip

    def _dropped(self, hits: pd.DataFrame, fate: np.ndarray, rules: dict[int, Rule]) -> pd.DataFrame:
        gone = np.flatnonzero(fate != SENT)
        columns = self._common(hits.iloc[gone], rules)
        columns.pop("send_after"), columns.pop("template")
        return pd.DataFrame({**columns, "why": pd.Categorical.from_codes(fate[gone], WHY)})


def _coded(places: np.ndarray, names: dict[int, str]) -> pd.Series:
    """The names of places, as a category."""
    several = list(dict.fromkeys(names.values()))
    codes = np.zeros(max(names, default=0) + 1, dtype=np.int64)
    for place, name in names.items():
        codes[place] = several.index(name)
    return pd.Series(pd.Categorical.from_codes(codes[places], several))


def _after_quiet(at: np.ndarray, quiet: tuple[int, int] | None) -> tuple[np.ndarray, np.ndarray]:
    """When each notice may go, and whether it has to wait for it. A window that ends before it begins goes over midnight."""
    if quiet is None:
        return at, np.zeros(len(at), dtype=bool)
    begins, ends = quiet
    day = at.astype("datetime64[D]").astype("datetime64[us]")
    minute = (at - day) // _MINUTE
    inside = (minute >= begins) & (minute < ends) if begins < ends else (minute >= begins) | (minute < ends)
    morning = day + ends * _MINUTE + np.where((begins > ends) & (minute >= begins), _DAY, 0 * _DAY)
    return np.where(inside, morning, at), inside
