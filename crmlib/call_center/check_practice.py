"""Checked calls that nobody checked: marks of two checkers, simulated with known truth, so that kappa can be held against it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.call_center.scripts import script_items
from crmlib.checks import require_rng
from crmlib.clean import clean
from crmlib.credit.chance import whole
from crmlib.i18n import _


def practice_checks(
    calls: pd.DataFrame, *, checked: int, twice: int | None = None, checkers: tuple[str, str] = ("Q1", "Q2"), rng: np.random.Generator | int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate quality checks of some calls, and the truth.

    Answers: what do honest checkers agree on when some items are vague?

    Parameters
    ----------
    calls : DataFrame with call_id and agent_id; calls without an agent are left out
    checked : int
        How many calls are checked, drawn by lot.
    twice : int, optional
        How many of them both checkers mark; the rest go to one or the other by lot. Without it: all.
    checkers : two names
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    (DataFrame, DataFrame)
        The marks: call_id, agent_id, checker, script_item, passed (yes/no). The truth: call_id, script_item, passed.

    Raises
    ------
    ValueError
        There are fewer answered calls than are to be checked, or `twice` is more than `checked`.

    Notes
    -----
    Simulated: an item is done with the standard call_center.quality.practice_pass (no fatal mistake: practice_no_fatal); a checker sees it
    rightly with the first figure of call_center.quality.practice_right where the item is clear, and with the second where it is vague.

    >>> calls = pd.DataFrame({"call_id": range(40), "agent_id": ["a", "b"] * 20})
    >>> marks, truth = practice_checks(calls, checked=30, rng=1)
    >>> len(marks), len(truth)
    (660, 330)
    """
    rng, checked = require_rng(rng), whole("checked", checked, 1)
    twice = checked if twice is None else whole("twice", twice, 0)
    calls = clean(calls, "calls", call_id="id", agent_id="id?").dropna(subset=["agent_id"])
    if len(calls) < checked or twice > checked:
        raise ValueError(_("{checked} calls are to be checked, {twice} of them twice, but {count} were answered by an agent.").format(
            checked=checked, twice=twice, count=len(calls)))  # fmt: skip
    drawn = calls.iloc[np.sort(rng.choice(len(calls), checked, replace=False))]
    items = script_items()
    width = len(items)
    usual, kept = (standards.get(f"call_center.quality.practice_{name}", unit="share") for name in ("pass", "no_fatal"))
    done = rng.random((checked, width)) < np.where(items["fatal"], kept, usual)
    clear, vague = standards.get("call_center.quality.practice_right", unit="share")
    right = rng.random((2, checked, width)) < np.where(items["vague"], vague, clear)
    marks = np.where(right, done, ~done)
    both = np.zeros(checked, dtype=bool)
    both[rng.choice(checked, twice, replace=False)] = True
    alone = rng.integers(0, 2, checked)
    called = np.repeat(drawn["call_id"].to_numpy(), width)
    parts = []
    for turn, name in enumerate(checkers):
        rows = np.repeat(both | (alone == turn), width)
        parts.append(pd.DataFrame({"call_id": called, "agent_id": np.repeat(drawn["agent_id"].to_numpy(), width), "checker": name,
                                   "script_item": np.tile(items.index.to_numpy(), checked),
                                   "passed": marks[turn].ravel()})[rows])  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    truth = pd.DataFrame({"call_id": called, "script_item": np.tile(items.index.to_numpy(), checked), "passed": done.ravel()})
    return table, truth


def practice_dialogue() -> pd.DataFrame:
    """Give an invented conversation to practise the checklist on, in the active language.

    Answers: what does a checker listen for?

    Returns
    -------
    DataFrame, one row a turn
        speaker (agent, customer), text

    Source: written for the course; no real call.

    >>> practice_dialogue()["speaker"].tolist()
    ['agent', 'customer', 'agent', 'customer', 'agent', 'agent']
    """
    turns = [
        ("agent", _("Hello, this is Lark Express. How can I help you?")),
        ("customer", _("My parcel has been at the hub for three days.")),
        ("agent", _("I am so sorry that you had to wait. May I have the waybill number?")),
        ("customer", _("It ends in 0047. When will it come?")),
        ("agent", _("I will ask the hub now and ring you back by 6 pm. I promise it will arrive tomorrow.")),
        ("agent", _("Thank you for calling, goodbye.")),
    ]
    return pd.DataFrame(turns, columns=["speaker", "text"])
