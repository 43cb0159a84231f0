"""Whom to call back: how many, from which strata, with what chance; and how the calls went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import refuse_rows, require_columns, require_rng, require_share
from crmlib.clean import clean, plain_names
from crmlib.credit.chance import whole
from crmlib.i18n import _, in_a_row
from crmlib.survey.answers import names_of
from crmlib.survey.intervals import wilson_interval
from crmlib.survey.sample import sample_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALLOCATIONS = ("proportional", "equal", "neyman")
RESULTS = ("answered", "refused", "no_answer", "wrong_number")
_OWN = ("stratum", "stratum_size", "stratum_drawn", "draw_chance", "weight")


@dataclass(frozen=True)
class CallbackSize:
    """`interviews` needed for ± `margin`, the `numbers` to draw for them, and the `calls` that this takes (on average).

    `reached_share`: of the numbers, within `attempts` attempts; `response_rate`: of the numbers, who will answer; `enough`: whether there
    are so many.
    """

    interviews: int
    numbers: int
    calls: float
    attempts: int
    reached_share: float
    response_rate: float
    population: int
    margin: float
    level: float
    enough: bool

    def summary(self) -> str:
        """The result in two sentences."""
        told = _(
            "For ± {margin:.1%} at {level:.0%} confidence it takes {interviews} interviews; with {response:.0%} answering "
            "within {attempts} attempts that is {numbers} numbers and about {calls:.0f} calls."
        ).format(margin=self.margin, level=self.level, interviews=self.interviews, response=self.response_rate, attempts=self.attempts,
                 numbers=self.numbers, calls=self.calls)  # fmt: skip
        short = _("There are only {population}: call them all, and expect a wider interval.").format(population=self.population)
        return in_a_row(told, "" if self.enough else short)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Interviews, numbers and calls as bars; see :func:`crmlib.plotting.callback_effort`."""
        from crmlib.plotting import callback_effort

        return callback_effort(self, ax=ax)


def callback_size(
    population: int, *, margin: float, share: float = 0.5, level: float = 0.95, attempts: int | None = None,
    contact_chance: float | None = None, cooperation: float | None = None,
) -> CallbackSize:  # fmt: skip
    """How many cases to draw for callbacks, and how many calls that takes.

    Answers: how many do we call, and how many agents' hours is that?

    Parameters
    ----------
    population : int
        Settled cases in all.
    margin : float, half the width of the interval, a share
    share : float, 0–1
        What the share is expected to be; 0.5 is the safe choice.
    level : float, 0–1
    attempts : int
        How often a number is tried at most. Without it: the standard call_center.callback.attempts_most.
    contact_chance, cooperation : float, 0–1
        The chance that one attempt is answered, and that who answers agrees. Without them: the standards of the same name.

    Returns
    -------
    CallbackSize
        interviews, numbers, calls, attempts, reached_share, response_rate, population, margin, level, enough; `.summary()`

    Raises
    ------
    ValueError
        A figure is out of its range.

    Notes
    -----
    More numbers make the interval narrower; they do not make those talk who do not want to.

    Source: Cochran, *Sampling Techniques* (1977), ch. 4.

    >>> found = callback_size(2000, margin=0.05, attempts=1, contact_chance=0.5, cooperation=0.8)
    >>> found.interviews, found.numbers, found.calls
    (323, 808, 808.0)
    """
    population = whole("population", population, 1)
    tries = int(standards.get("call_center.callback.attempts_most", unit="count")) if attempts is None else whole("attempts", attempts, 1)
    chance = standards.get("call_center.callback.contact_chance", unit="share") if contact_chance is None else contact_chance
    agrees = standards.get("call_center.callback.cooperation", unit="share") if cooperation is None else cooperation
    require_share("contact_chance", chance)
    if agrees != 1:
        require_share("cooperation", agrees)
    reached = 1 - (1 - chance) ** tries
    found = sample_size(margin=margin, share=share, level=level, population=population, response_rate=reached * agrees)
    each = reached / chance
    numbers = found.invitations
    return CallbackSize(found.answers, numbers, numbers * each, tries, reached, reached * agrees, population, margin, level, found.enough)


def callback_sample(
    cases: pd.DataFrame, *, size: int, strata: str | Sequence[str], allocation: str = "proportional", spread: str | None = None,
    least: int | None = None, rng: np.random.Generator | int,
) -> pd.DataFrame:  # fmt: skip
    """Draw cases for callbacks by strata, each with its chance of being drawn and the weight that goes with it.

    Answers: whom do we call, so that the few serious cases are heard and the result still holds for all?

    Parameters
    ----------
    cases : DataFrame, one row a settled case (case_id)
    size : int
        How many cases to draw.
    strata : column or columns that make the strata, such as grade
    allocation : "proportional" (every case the same chance), "equal" (every stratum as many), "neyman" (by stratum size × standard
        deviation of `spread`: fewest calls for the same precision of the whole)
    spread : column of yes/no or numbers known from earlier, for "neyman"
    least : int
        At least so many a stratum, or all of it. Without it: the standard call_center.callback.least_per_stratum.
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    DataFrame, the cases drawn in the order of `cases`
        the columns of `cases`, and stratum (text), stratum_size, stratum_drawn, draw_chance, weight (1 / chance)

    Raises
    ------
    ValueError
        A case stands twice, a stratum is missing, the size is above the number of cases or below what the strata need.

    Source: Cochran, *Sampling Techniques* (1977), ch. 5; Neyman, *Journal of the Royal Statistical Society* 97 (1934).

    >>> cases = pd.DataFrame({"case_id": range(100), "grade": ["ordinary"] * 90 + ["major"] * 10})
    >>> drawn = callback_sample(cases, size=20, strata="grade", allocation="equal", rng=1)
    >>> drawn.groupby("stratum").weight.first().to_dict()
    {'major': 1.0, 'ordinary': 9.0}
    """
    rng, size = require_rng(rng), whole("size", size, 1)
    names = names_of(strata, least=1)
    if allocation not in ALLOCATIONS:
        raise ValueError(_('allocation is "{name}"; use one of {known}.').format(name=allocation, known=", ".join(ALLOCATIONS)))
    if (allocation == "neyman") != (spread is not None):
        raise ValueError(_('allocation="neyman" needs spread, the column of earlier answers; the others do without.'))
    kinds = {"case_id": "id"} | {name: "name" for name in names}
    table = clean(cases, "cases", **kinds)
    require_columns(table.columns, [spread] if spread else [])
    if clash := sorted(set(_OWN) & set(table.columns)):
        raise ValueError(
            _("The result has a column {columns} of its own. Rename that column of the cases.").format(columns=", ".join(clash))
        )
    refuse_rows(table["case_id"].duplicated(keep=False), _("Some cases stand there more than once"), _("Keep one row a case."))
    if size > len(table):
        raise ValueError(_("size is {size}, but there are only {count} cases.").format(size=size, count=len(table)))
    stratum = table[names].astype(str).agg(" / ".join, axis=1)
    held = stratum.value_counts(sort=False).sort_index()
    at_least = int(standards.get("call_center.callback.least_per_stratum", unit="count")) if least is None else whole("least", least, 0)
    drawn = _allocated(held.to_numpy(), size, _wanted(table, stratum, held, allocation, spread), np.minimum(at_least, held.to_numpy()))
    place = held.index.get_indexer(stratum)
    # Within a stratum the smallest random numbers are drawn.
    rank = pd.Series(rng.random(len(table))).groupby(place).rank(method="first").to_numpy()
    chosen = rank <= drawn[place]
    sizes, taken = held.to_numpy()[place], drawn[place]
    return cases.assign(stratum=stratum.to_numpy(), stratum_size=sizes, stratum_drawn=taken, draw_chance=taken / sizes,
                        weight=sizes / np.maximum(taken, 1))[chosen]  # fmt: skip


def _wanted(table: pd.DataFrame, stratum: pd.Series, held: pd.Series, allocation: str, spread: str | None) -> np.ndarray:
    if allocation == "equal":
        return np.ones(len(held))
    if allocation == "proportional":
        return held.to_numpy(dtype=float)
    earlier = table[spread]
    values = pd.to_numeric(earlier.astype(object).where(earlier.notna(), None).map(lambda one: one if one is None else float(one))) if not (
        pd.api.types.is_numeric_dtype(earlier)) else earlier  # fmt: skip
    values = values.astype("float64")
    deviation = values.groupby(stratum.to_numpy()).std(ddof=1).reindex(held.index)
    overall = values.std(ddof=1)
    if not overall > 0:
        raise ValueError(_("{name} is the same everywhere, so it cannot say where answers vary.").format(name=spread))
    # A stratum of which little is known counts as varied as the whole; one that never varied is not taken for certain.
    deviation = deviation.fillna(overall).clip(lower=overall / 4)
    return (held * deviation).to_numpy(dtype=float)


def _allocated(held: np.ndarray, size: int, wanted: np.ndarray, least: np.ndarray) -> np.ndarray:
    """Whole numbers near `wanted` shares of `size`, none below `least` or above `held`."""
    if least.sum() > size:
        raise ValueError(_(
            "With at least {least} a stratum the strata need {need} cases, but size is {size}. Draw more, or merge strata."
        ).format(
            least=int(least.max()), need=int(least.sum()), size=size))  # fmt: skip
    drawn, open_ = least.astype(float), np.ones(len(held), dtype=bool)
    exact = np.zeros(len(held))
    fixed = np.zeros(len(held))
    while True:
        room = size - fixed.sum()
        share = np.where(open_, wanted, 0.0)
        exact = np.where(open_, room * share / share.sum() if share.sum() else 0.0, fixed)
        low, high = open_ & (exact < least), open_ & (exact > held)
        if not low.any() and not high.any():
            break
        pinned = high if high.any() else low
        fixed = np.where(pinned, np.where(high, held, least), fixed)
        open_ &= ~pinned
        if not open_.any():
            exact = fixed
            break
    drawn = np.maximum(np.floor(exact + 1e-9), least)
    order = np.argsort(-(exact - drawn), kind="stable")
    while drawn.sum() != size:
        step = 1 if drawn.sum() < size else -1
        may = (drawn < held) if step > 0 else (drawn > least)
        spot = next(place for place in (order if step > 0 else order[::-1]) if may[place])
        drawn[spot] += step
        exact[spot] = drawn[spot]
        order = np.argsort(-(exact - drawn), kind="stable")
    return drawn.astype(int)


@dataclass(frozen=True, eq=False)
class CallbackResponse:
    """How the calls went.

    `table`: one row a group (or one for all): drawn, tried, got_through, answered, contact_rate (got through / drawn), cooperation_rate
    (answered / got through), response_rate (answered / drawn), low, high (of the response rate); `by_attempt` (index attempt): tried,
    got_through, answered, contact_rate (of those tried), response_so_far (answered up to here / drawn).
    """

    table: pd.DataFrame
    by_attempt: pd.DataFrame
    level: float

    def summary(self) -> str:
        """The result in two sentences."""
        drawn, reached, answered = (self.table[name].sum() for name in ("drawn", "got_through", "answered"))
        told = _("Of {drawn} cases drawn {reached} were reached ({contact:.0%}) and {answered} answered ({response:.0%}).").format(
            drawn=drawn, reached=reached, contact=reached / drawn, answered=answered, response=answered / drawn)  # fmt: skip
        if self.by_attempt.empty:
            return told
        first = self.by_attempt["answered"].iloc[0] / max(answered, 1)
        return in_a_row(told, _("The first attempt brought {first:.0%} of the answers.").format(first=first))

    def plot(self, ax: Axes | None = None) -> Axes:
        """The response by attempt; see :func:`crmlib.plotting.callback_attempts`."""
        from crmlib.plotting import callback_attempts

        return callback_attempts(self, ax=ax)


def callback_response(sample: pd.DataFrame, attempts: pd.DataFrame, *, by: str | None = None, level: float = 0.95) -> CallbackResponse:
    """Contact, cooperation and response rates of callbacks, with every case drawn in the base.

    Answers: how many of those we meant to hear did we hear, and what does another attempt bring?

    Parameters
    ----------
    sample : DataFrame from :func:`callback_sample` (case_id)
    attempts : DataFrame, one row a call: case_id, attempt (1, 2, …), result (answered, refused, no_answer, wrong_number)
    by : column of the sample, optional
    level : float, 0–1

    Returns
    -------
    CallbackResponse
        `.table`, `.by_attempt`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        An attempt belongs to no case of the sample, stands twice, or its result is unknown.

    Notes
    -----
    Everybody drawn has a case, so a wrong number stays in the base: dropping it would flatter the rate (response rate 1 of the American
    Association for Public Opinion Research, *Standard Definitions*).

    >>> sample = pd.DataFrame({"case_id": ["a", "b"]})
    >>> calls = pd.DataFrame({"case_id": ["a", "b", "b"], "attempt": [1, 1, 2], "result": ["answered", "no_answer", "refused"]})
    >>> callback_response(sample, calls).table[["contact_rate", "response_rate"]].values.tolist()
    [[1.0, 0.5]]
    """
    require_share("level", level)
    sample, attempts = checked_attempts(sample, attempts)
    base = sample.set_index("case_id")
    best = pd.DataFrame({name: attempts["case_id"][attempts["result"].isin(kinds)].drop_duplicates().pipe(lambda ids: base.index.isin(ids))
                         for name, kinds in (("tried", RESULTS), ("got_through", ("answered", "refused")), ("answered", ("answered",)))},
                        index=base.index)  # fmt: skip
    group = pd.Series("all", index=base.index, name="group") if by is None else _group(base, by)
    table = best.groupby(group.to_numpy()).sum().astype(int)
    table.insert(0, "drawn", group.value_counts().reindex(table.index))
    reached = table["got_through"].where(table["got_through"] > 0).astype(float)
    table = table.assign(contact_rate=table["got_through"] / table["drawn"], cooperation_rate=table["answered"] / reached,
                         response_rate=table["answered"] / table["drawn"]).rename_axis(by or "group")  # fmt: skip
    table["low"], table["high"] = wilson_interval(table["answered"], table["drawn"].astype(float), level)
    got = attempts["result"].isin(["answered", "refused"])
    turn = attempts.assign(got_through=got, answered=attempts["result"] == "answered").groupby("attempt")
    turn = turn.agg(tried=("got_through", "size"), got_through=("got_through", "sum"), answered=("answered", "sum")).astype(int)
    turn["contact_rate"] = turn["got_through"] / turn["tried"]
    turn["response_so_far"] = turn["answered"].cumsum() / len(base)
    return CallbackResponse(table, turn, level)


def checked_attempts(sample: pd.DataFrame, attempts: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The sample and its attempts in order, checked.

    >>> calls = pd.DataFrame({"case_id": ["a"], "attempt": [1], "result": ["answered"]})
    >>> checked_attempts(pd.DataFrame({"case_id": ["a"]}), calls)[1].attempt.tolist()
    [1]
    """
    sample = clean(sample, "sample", case_id="id")
    attempts = clean(attempts, "attempts", case_id="id", attempt="number", result="name")
    if sample.empty:
        raise ValueError(_("The sample has no rows. Draw one with callback_sample."))
    refuse_rows(sample["case_id"].duplicated(), _("Some cases stand there more than once"), _("Keep one row a case."))
    refuse_rows(~attempts["case_id"].isin(sample["case_id"]), _("An attempt belongs to no case of the sample"),
                _("Give the sample that these calls were made for."))  # fmt: skip
    refuse_rows(attempts.duplicated(["case_id", "attempt"]), _("An attempt stands there more than once"), _("Keep one row a call."))
    refuse_rows(~attempts["result"].isin(RESULTS), _("result is unknown"), _("Use one of: {known}.").format(known=", ".join(RESULTS)))
    order = attempts.assign(attempt=attempts["attempt"].astype(int)).sort_values(["case_id", "attempt"], kind="stable")
    return sample, order


def _group(base: pd.DataFrame, by: str) -> pd.Series:
    require_columns(base.columns, [by])
    found = plain_names(base[by]).astype(object)
    return found.where(found.notna(), "–").astype(str)
