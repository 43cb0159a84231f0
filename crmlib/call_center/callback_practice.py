"""Callbacks that nobody makes: attempts for a sample, simulated with known truth, so that an estimate can be held against it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import require_rng
from crmlib.clean import clean
from crmlib.credit.chance import whole
from crmlib.i18n import _

_USUAL_DELAY = 24.0


def practice_callbacks(
    sample: pd.DataFrame, *, cases: pd.DataFrame | None = None, attempts: int | None = None, rng: np.random.Generator | int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate the calls to a sample, and the truth that a real firm never sees.

    Answers: how far off is an estimate when the dissatisfied are harder to reach?

    Parameters
    ----------
    sample : DataFrame from :func:`callback_sample` with case_id, resolved_at, outcome and satisfied_after
    cases : DataFrame, optional
        All cases that the sample was drawn from; the truth then tells of them all, so that the true share of the firm is known.
    attempts : int
        How often a number is tried. Without it: the standard call_center.callback.attempts_most.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    (DataFrame, DataFrame)
        The calls: case_id, attempt, tried_at, result (answered, refused, no_answer, wrong_number), satisfied_now (yes/no; missing unless
        answered). The truth: case_id, satisfied_now.

    Raises
    ------
    ValueError
        A column is missing.

    Notes
    -----
    Simulated. Whose satisfaction the firm's table does not hold is satisfied as often as those of the same outcome who were asked. Who is
    satisfied is easier to reach and readier to talk (standards call_center.callback.practice_…): that is what non-response does.

    >>> from crmlib.call_center.callbacks import callback_sample
    >>> from crmlib.company import lark
    >>> settled = lark().cases.dropna(subset=["resolved_at"])
    >>> sample = callback_sample(settled, size=60, strata="grade", rng=1)
    >>> calls, truth = practice_callbacks(sample, rng=1)
    >>> len(truth), set(calls.result) <= {"answered", "refused", "no_answer", "wrong_number"}
    (60, True)
    """
    rng = require_rng(rng)
    kinds = {"case_id": "id", "resolved_at": "date?", "outcome": "name?", "satisfied_after": "name?"}
    sample = clean(sample, "sample", **kinds)
    everybody = sample if cases is None else clean(cases, "cases", **kinds)
    if everybody.empty:
        raise ValueError(_("The sample has no rows. Draw one with callback_sample."))
    known = everybody["satisfied_after"].map({"satisfied": 1.0, "dissatisfied": 0.0}).astype("float64")
    usual = known.groupby(everybody["outcome"].astype(str).to_numpy()).transform("mean").fillna(known.mean()).fillna(0.5)
    happy = np.where(known.notna(), known, rng.random(len(everybody)) < usual).astype(bool)
    truth = pd.DataFrame({"case_id": everybody["case_id"].to_numpy(), "satisfied_now": happy})
    mood = sample["case_id"].map(truth.drop_duplicates("case_id").set_index("case_id")["satisfied_now"])
    if mood.isna().any():
        raise ValueError(_("The sample holds cases that are not among the cases it was drawn from."))
    pleased = mood.astype(bool).to_numpy()
    contact, agrees = (
        np.where(pleased, *standards.get(f"call_center.callback.practice_{name}", unit="share")) for name in ("contact", "cooperation")
    )
    wrong = rng.random(len(sample)) < standards.get("call_center.callback.practice_wrong_number", unit="share")
    willing = rng.random(len(sample)) < agrees
    most = int(standards.get("call_center.callback.attempts_most", unit="count")) if attempts is None else whole("attempts", attempts, 1)
    first = (sample["resolved_at"].fillna(sample["resolved_at"].max()) + pd.Timedelta(hours=_USUAL_DELAY)).dt.normalize()
    waiting, rows = np.ones(len(sample), dtype=bool), []
    for turn in range(1, most + 1):
        picked = rng.random(len(sample)) < contact
        hour = 9 * 60 + rng.integers(0, 11 * 60, len(sample))
        result = np.select([wrong, picked & willing, picked], ["wrong_number", "answered", "refused"], "no_answer")
        rows.append(pd.DataFrame({
            "case_id": sample["case_id"].to_numpy(), "attempt": turn,
            "tried_at": (first + pd.to_timedelta(turn - 1, unit="D") + pd.to_timedelta(hour, unit="min")).to_numpy(), "result": result,
            "satisfied_now": pd.array(np.where(result == "answered", pleased, None), dtype="boolean"),
        })[waiting])  # fmt: skip
        waiting &= result == "no_answer"
    calls = pd.concat(rows, ignore_index=True).sort_values(["case_id", "attempt"], kind="stable", ignore_index=True)
    return calls, truth
