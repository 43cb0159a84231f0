"""How often a customer may be told: a rule's own cap, and that of all rules together, over a sliding stretch of days."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from crmlib.desk.rules.book import Rule

Times = dict[object, tuple[int, ...]]


@dataclass(frozen=True)
class State:
    """What the caps remember: the last event, and the moments (microseconds) of notices that still count, by rule and person, and by customer.

    >>> State().last_at is None
    True
    """

    last_at: pd.Timestamp | None = None
    rule_times: Times = field(default_factory=dict, repr=False)
    customer_times: Times = field(default_factory=dict, repr=False)


def capped(
    rules: np.ndarray, keys: Sequence[str], at: np.ndarray, senders: np.ndarray, book: Mapping[int, Rule],
    customer_cap: tuple[int, np.timedelta64], state: State,
) -> tuple[np.ndarray, State]:  # fmt: skip
    """What the caps say to notices in order of time: 0 sent, 1 the rule's cap, 2 the customer's; and what they remember afterwards.

    Parameters
    ----------
    rules : place of the rule in `book`, a notice each
    keys : whose cap counts
    at : datetime64[us], never falling
    senders : whether the notice counts for the cap of the customer

    >>> at = np.array(["2026-05-01T09", "2026-05-01T10", "2026-05-09T10"], dtype="datetime64[us]")
    >>> capped(np.zeros(3, dtype=int), ["C1"] * 3, at, np.ones(3, dtype=bool), {}, (1, np.timedelta64(7, "D").astype("timedelta64[us]")), State())[0].tolist()
    [0, 2, 0]
    """
    said = np.zeros(len(keys), dtype=np.int64)
    caps = {place: (rule.rule_id, rule.cap[0], int(rule.cap[1].astype(np.int64))) for place, rule in book.items() if rule.cap}
    most, span = customer_cap[0], int(customer_cap[1].astype(np.int64))
    by_rule = {key: deque(times) for key, times in state.rule_times.items()}
    by_customer = {key: deque(times) for key, times in state.customer_times.items()}
    moments = at.astype("datetime64[us]").astype(np.int64)
    limited = np.isin(rules, list(caps)) | senders
    for place in np.flatnonzero(limited).tolist():
        now, key, rule = int(moments[place]), keys[place], int(rules[place])
        mine = ours = None
        if rule in caps:
            name, count, length = caps[rule]
            mine = by_rule.setdefault((name, key), deque())
            while mine and mine[0] <= now - length:
                mine.popleft()
            if len(mine) >= count:
                said[place] = 1
                continue
        if senders[place]:
            ours = by_customer.setdefault(key, deque())
            while ours and ours[0] <= now - span:
                ours.popleft()
            if len(ours) >= most:
                said[place] = 2
                continue
            ours.append(now)
        if mine is not None:
            mine.append(now)
    end = int(moments[-1]) if len(moments) else None
    lengths = {name: length for name, _count, length in caps.values()}
    return said, State(state.last_at, _alive(by_rule, lambda key: lengths.get(key[0]), end), _alive(by_customer, lambda key: span, end))


def _alive(times: dict, length_of: object, end: int | None) -> Times:
    """The moments that may still count after `end`."""
    kept = {}
    for key, several in times.items():
        length = length_of(key)
        alive = tuple(one for one in several if end is None or length is None or one > end - length)
        if alive:
            kept[key] = alive
    return kept
