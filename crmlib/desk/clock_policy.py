"""What the clocks measure: from which event to which, against how many working or natural hours, when they stand still, who hears of it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.clean import amount
from crmlib.company.schema import label
from crmlib.i18n import _

EVENTS = ("opened", "responded", "updated", "waiting", "resumed", "resolved", "reopened", "called_back", "cause_found")
BASES = ("working", "natural")
COUNTS = ("first", "last", "each")
CUSTOMER, CLOSED = "customer", "closed"
"""Reasons for which a clock may stand still: the desk waits for the customer; the case was resolved and comes back later."""
_WHO = ("handler", "superior", "crisis_group")


@dataclass(frozen=True, kw_only=True)
class ClockRule:
    """One clock of a policy.

    Parameters
    ----------
    clock : name of the clock, such as "resolution"
    hours : number above 0
        The limit, in hours of `basis`.
    basis : "working" or "natural"
        Whether only the calendar's opening hours count, or every hour of day and night. It is never taken for granted.
    starts, stops : events
        The clock runs from the first of `starts`.
    counts : "first", "last" or "each"
        It stops at the first of `stops` ("first"); at the last, unless the case was reopened since ("last"); or it starts anew at each of
        `starts` and stops at each of `stops`, and the longest stretch counts ("each").
    pauses : reasons of waiting
        While the desk waits for one of these the clock stands still; "customer" is the usual one, "closed" the time between a settlement
        and a reopening. Without any, it always runs on.
    levels : pairs of a share of the limit and the one who hears of it
    where : mapping of a column of the cases to the values for which the clock holds
        Without it: all cases.
    mark, source : how sure the limit is, and where it comes from, as in the standards

    Raises
    ------
    ValueError
        Something is none of these.

    >>> ClockRule(clock="resolution", hours=24, basis="working", starts=("opened",), stops=("resolved",), counts="last").hours
    24.0
    """

    clock: str
    hours: float
    basis: str
    starts: tuple[str, ...]
    stops: tuple[str, ...]
    counts: str = "first"
    pauses: tuple[str, ...] = ()
    levels: tuple[tuple[float, str], ...] | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mark: str = "teaching"
    source: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.clock, str) or not self.clock:
            raise ValueError(_("clock is {value}; give the clock a name in quotes.").format(value=self.clock))
        for name, known in (("basis", BASES), ("counts", COUNTS), ("mark", standards.MARKS)):
            require_one_of(f"{self.clock}: {name}", getattr(self, name), known)
        keep = {"hours": self._above_zero("hours", self.hours)}
        for name in ("starts", "stops", "pauses"):
            keep[name] = _texts(getattr(self, name), f"{self.clock}: {name}")
        for event in (*keep["starts"], *keep["stops"]):
            require_one_of(f"{self.clock}: starts, stops", event, EVENTS)
        if not keep["starts"] or not keep["stops"]:
            raise ValueError(_("{clock} needs an event at which it starts and one at which it stops.").format(clock=self.clock))
        keep["levels"] = self._levels()
        if not isinstance(self.where, Mapping):
            raise ValueError(
                _('{clock}: where is {value}; write it like {{"kind": ["complaint"]}}.').format(clock=self.clock, value=self.where)
            )
        keep["where"] = {str(column): _texts(values, f"{self.clock}: where") for column, values in self.where.items()}
        for name, value in keep.items():
            object.__setattr__(self, name, value)

    def _above_zero(self, name: str, value: object) -> float:
        found = amount(f"{self.clock}: {name}", value)
        if not found:
            raise ValueError(_("{name} is {value}; it must be a number above 0.").format(name=f"{self.clock}: {name}", value=value))
        return found

    def _levels(self) -> tuple[tuple[float, str], ...]:
        if self.levels is None:
            return tuple(zip(standards.get("clocks.escalation_shares", unit="ratio"), _WHO, strict=True))
        try:
            found = tuple((self._above_zero("levels", share), str(who)) for share, who in self.levels)
        except (TypeError, ValueError) as error:
            raise ValueError(_('{clock}: levels are {value}; write them like ((0.8, "handler"), (1.0, "superior")).').format(
                clock=self.clock, value=self.levels)) from error  # fmt: skip
        if any(later <= earlier for (earlier, _one), (later, _other) in zip(found, found[1:], strict=False)):
            raise ValueError(_("{clock}: the shares of levels must rise.").format(clock=self.clock))
        return found


@dataclass(frozen=True)
class ClockPolicy:
    """The clocks that hold, at most one of each name for a case: where several of one name fit, the first of them."""

    rules: tuple[ClockRule, ...]

    def __post_init__(self) -> None:
        rules = tuple(self.rules) if isinstance(self.rules, Sequence) else (self.rules,)
        if not rules or not all(isinstance(rule, ClockRule) for rule in rules):
            raise ValueError(_("A ClockPolicy needs a list of ClockRule, at least one."))
        object.__setattr__(self, "rules", rules)

    @property
    def clocks(self) -> list[str]:
        """The names of the clocks, in order."""
        return list(dict.fromkeys(rule.clock for rule in self.rules))

    def table(self) -> pd.DataFrame:
        """One row a rule.

        Returns
        -------
        DataFrame
            clock, target_hours, hours_basis, starts, stops, pauses, levels, where (as text), mark, source

        >>> clock_policy().table()[["clock", "target_hours", "hours_basis", "mark"]].values.tolist()[-1]
        ['legal_limit', 168.0, 'natural', 'V']
        """
        return pd.DataFrame([{
            "clock": rule.clock, "target_hours": rule.hours, "hours_basis": rule.basis, "starts": ", ".join(rule.starts),
            "stops": ", ".join(rule.stops), "pauses": ", ".join(rule.pauses),
            "levels": ", ".join(f"{share:g} {who}" for share, who in rule.levels),
            "where": "; ".join(f"{column}: {', '.join(values)}" for column, values in rule.where.items()),
            "mark": rule.mark, "source": rule.source,
        } for rule in self.rules])  # fmt: skip

    def summary(self) -> str:
        """Each clock with its limit, its kind of hours, and whether it waits for the customer."""
        return _("; ").join(self._sentence(rule) for rule in self.rules) + _(".")

    @staticmethod
    def _sentence(rule: ClockRule) -> str:
        words = {"clock": label(rule.clock, "clock"), "hours": rule.hours}
        if rule.basis == "natural":
            if CUSTOMER in rule.pauses:
                return _("{clock} within {hours:g} natural hours, waiting for the customer left out").format(**words)
            return _("{clock} within {hours:g} natural hours").format(**words)
        if CUSTOMER in rule.pauses:
            return _("{clock} within {hours:g} working hours, waiting for the customer left out").format(**words)
        return _("{clock} within {hours:g} working hours").format(**words)


def clock_policy(
    *, basis: str = "working", kinds: Sequence[str] | None = ("complaint", "claim"), damage_steps: bool = False
) -> ClockPolicy:  # fmt: skip
    """The programme's hours and the law's days, side by side.

    Answers: by when must a case be answered, spoken of, and settled?

    Parameters
    ----------
    basis : "working" or "natural"
        The programme says "2 hours" and "24 hours" and not of which kind: choose, and say what you chose. The law's days are natural ones
        whatever is chosen here, and its clock never stands still.
    kinds : kinds of cases for which the clocks hold; None for all
    damage_steps : bool
        Also the steps after a damaged parcel: contact, call back, root cause. They need events that the table of cases does not hold.

    Returns
    -------
    ClockPolicy
        first_response, update, resolution (standards satisfaction.promise.response_hours, clocks.update_hours,
        satisfaction.promise.resolve_goal_hours), legal_limit (complaint.legal_days; for complaints only), and with `damage_steps`
        customer_contact, call_back and root_cause (standards clocks.damage_…)

    Raises
    ------
    ValueError
        `basis` is neither.

    Source: 《2025国际快递行业客户关系管理体系研究》 for the hours; 快递暂行条例, article 28, for the seven days.

    >>> clock_policy(basis="natural").clocks
    ['first_response', 'update', 'resolution', 'legal_limit']
    """
    require_one_of("basis", basis, BASES)
    everyone = {} if kinds is None else {"kind": _texts(kinds, "kinds")}
    lawful = {} if kinds is None else {"kind": tuple(kind for kind in everyone["kind"] if kind == "complaint")}

    def rule(clock: str, key: str, starts: tuple[str, ...], stops: tuple[str, ...], **other) -> ClockRule:
        entry = standards.entry(key)
        hours = entry.value * (24 if entry.unit == "days" else 1)
        options = {"basis": basis, "where": everyone, "mark": entry.mark, "source": entry.source} | other
        return ClockRule(clock=clock, hours=hours, starts=starts, stops=stops, **options)

    word, done = ("responded", "updated"), ("resolved",)
    rules = [
        rule("first_response", "satisfaction.promise.response_hours", ("opened",), (*word, *done)),
        rule("update", "clocks.update_hours", ("opened", *word, "reopened"), (*word, *done), counts="each", pauses=(CUSTOMER,)),
        rule("resolution", "satisfaction.promise.resolve_goal_hours", ("opened",), done, counts="last", pauses=(CUSTOMER, CLOSED)),
    ]
    if kinds is None or lawful["kind"]:
        rules.append(rule("legal_limit", "complaint.legal_days", ("opened",), done, counts="last", basis="natural", where=lawful))
    if damage_steps:
        damaged = everyone | {"cause": ("damage",)}
        rules += [
            rule("customer_contact", "clocks.damage_contact_hours", ("opened",), word, where=damaged),
            rule("call_back", "clocks.damage_call_back_hours", ("opened",), ("called_back",), where=damaged),
            rule("root_cause", "clocks.damage_root_cause_hours", ("opened",), ("cause_found",), where=damaged),
        ]
    return ClockPolicy(tuple(rules))


def require_one_of(name: str, value: object, known: Sequence[str]) -> None:
    """Raise a ValueError that offers what is `known`, unless `value` is one of it.

    >>> require_one_of("basis", "working", BASES)
    """
    if not isinstance(value, str) or value not in known:
        near = difflib.get_close_matches(str(value), known, n=1)
        raise ValueError(_("{name} is {value}. Write one of {known}{hint}.").format(
            name=name, value=value, known=", ".join(known), hint=f" ({near[0]}?)" if near else ""))  # fmt: skip


def _texts(values: object, name: str) -> tuple[str, ...]:
    found = (values,) if isinstance(values, str) else tuple(values) if np.iterable(values) else (None,)
    if not all(isinstance(one, str) for one in found):
        raise ValueError(_('{name} is {value}; write a list of texts, such as ["a", "b"].').format(name=name, value=values))
    return found
