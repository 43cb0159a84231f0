"""What a simulated call centre is made of: kinds of calls, and teams with their skills and hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Real

import numpy as np
import pandas as pd

from crmlib.i18n import _
from crmlib.queueing.given import given

PerInterval = float | Sequence[float] | np.ndarray | pd.Series


@dataclass(frozen=True, eq=False)
class CallKind:
    """One kind of calls: how many, how long, how patient, and what becomes of those who wait.

    Parameters
    ----------
    name : text
    calls_per_hour : number, or one an interval
    handle_seconds : mean seconds of talk and after-call work
    handle_spread : standard deviation of the logarithm of the handle time (lognormal); None: exponential, as Erlang's formulas have it
    patience_seconds : mean seconds that callers are ready to wait (exponential); None: for ever
    overflow_after_seconds : after so long the teams that help with this kind may answer; None: never
    callback_after_seconds : after so long the caller is offered to be called back when nobody waits any more; None: never
    callback_share : share of those who take the offer
    redial_share : share of those who hung up who call again
    redial_minutes : mean minutes until they do

    Raises
    ------
    ValueError
        A value is missing, negative or text, a share is not between 0 and 1, or redial_minutes is left out.

    >>> CallKind("tracking", [60, 120], 300, patience_seconds=120).calls_per_hour.tolist()
    [60.0, 120.0]
    """

    name: str
    calls_per_hour: PerInterval
    handle_seconds: float
    handle_spread: float | None = field(default=None, kw_only=True)
    patience_seconds: float | None = field(default=None, kw_only=True)
    overflow_after_seconds: float | None = field(default=None, kw_only=True)
    callback_after_seconds: float | None = field(default=None, kw_only=True)
    callback_share: float = field(default=1.0, kw_only=True)
    redial_share: float = field(default=0.0, kw_only=True)
    redial_minutes: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        rates = given(calls_per_hour=self.calls_per_hour)["calls_per_hour"]
        object.__setattr__(self, "calls_per_hour", rates)
        given(handle_seconds=_one("handle_seconds", self.handle_seconds), patience_seconds=_one("patience_seconds", self.patience_seconds))
        for name in ("handle_spread", "overflow_after_seconds", "callback_after_seconds"):
            _at_least_0(name, getattr(self, name))
        for name in ("callback_share", "redial_share"):
            value = getattr(self, name)
            if not isinstance(value, Real) or isinstance(value, bool) or not 0 <= value <= 1:
                raise ValueError(_("{name} is {value}; it must lie between 0 and 1 (write 20% as 0.2).").format(name=name, value=value))
        if self.redial_share > 0 and not (isinstance(self.redial_minutes, Real) and self.redial_minutes > 0):
            raise ValueError(_("{kind}: some callers call again, so redial_minutes must say after how many minutes on average.").format(
                kind=self.name))  # fmt: skip


@dataclass(frozen=True, eq=False)
class Team:
    """Agents with the same skills.

    Parameters
    ----------
    name : text
    agents : whole number on the phone, or one an interval (shifts and breaks); who is on a call when the shift ends finishes it
    answers : names of the kinds of calls that the team answers; the caller who has waited longest comes first
    helps_with : names of kinds that it answers only after their overflow_after_seconds, when no call of its own waits

    Raises
    ------
    ValueError
        A number is negative or no whole number, or the team answers nothing.

    >>> Team("general", [2, 3], answers=["tracking"]).agents.tolist()
    [2, 3]
    """

    name: str
    agents: PerInterval
    answers: Sequence[str] = field(kw_only=True)
    helps_with: Sequence[str] = field(default=(), kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "agents", given(agents=self.agents)["agents"].astype("int64"))
        for name in ("answers", "helps_with"):
            value = getattr(self, name)
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        if not self.answers:
            raise ValueError(_("Team {team} answers no kind of calls. Name one in answers.").format(team=self.name))


@dataclass(frozen=True, eq=False)
class Setting:
    """The whole day: kinds and teams brought to the same intervals."""

    kinds: tuple[CallKind, ...]
    teams: tuple[Team, ...]
    calls_per_hour: np.ndarray
    agents: np.ndarray
    interval_seconds: float
    day_spread: float
    warm_up_seconds: float

    @property
    def intervals(self) -> int:
        return self.calls_per_hour.shape[1]

    @property
    def seconds(self) -> float:
        return self.intervals * self.interval_seconds

    @property
    def edges(self) -> np.ndarray:
        return np.arange(self.intervals + 1) * self.interval_seconds


def setting(
    kinds: CallKind | Sequence[CallKind], teams: Team | Sequence[Team], *, hours: float | None, interval_minutes: float,
    day_spread: float, warm_up_hours: float,
) -> Setting:  # fmt: skip
    """Check that kinds, teams and lengths fit together.

    >>> line = CallKind("all", 60, 300)
    >>> day = setting(line, Team("all", 7, answers="all"), hours=2, interval_minutes=30, day_spread=0, warm_up_hours=0)
    >>> day.intervals
    4
    """
    kinds, teams = _several(kinds, CallKind, "kinds"), _several(teams, Team, "teams")
    names = {kind.name for kind in kinds}
    if len(kinds) > 1 and "all" in names:
        raise ValueError(_('No kind may be called "all" beside others: that is what all calls together are called.'))
    answered = {name for team in teams for name in team.answers}
    if unknown := [name for team in teams for name in (*team.answers, *team.helps_with) if name not in names]:
        raise ValueError(_("A team answers {unknown}, but the kinds of calls are: {names}.").format(
            unknown=unknown[0], names=", ".join(sorted(names))))  # fmt: skip
    if nobody := [kind.name for kind in kinds if kind.name not in answered]:
        raise ValueError(_("No team answers {kind}. Name it in the answers of one.").format(kind=nobody[0]))
    late = {kind.name for kind in kinds if kind.overflow_after_seconds is None}
    if never := [name for team in teams for name in team.helps_with if name in late]:
        raise ValueError(_("A team helps with {kind}, which never overflows: give it overflow_after_seconds.").format(kind=never[0]))
    for name, value in (("hours", hours), ("interval_minutes", interval_minutes)):
        if value is not None and (not _number(value) or value <= 0):
            raise ValueError(_("{name} is {value}; it must be a number above 0.").format(name=name, value=value))
    for name, value in (("day_spread", day_spread), ("warm_up_hours", warm_up_hours)):
        _at_least_0(name, value)
    size = _intervals(kinds, teams, hours, 60 * interval_minutes)
    if warm_up_hours * 3600 >= size * 60 * interval_minutes:
        raise ValueError(_("warm_up_hours takes up the whole day of {hours:g} hours. Let the day be longer.").format(
            hours=size * interval_minutes / 60))  # fmt: skip
    return Setting(
        kinds, teams, np.array([np.broadcast_to(kind.calls_per_hour, size) for kind in kinds]),
        np.array([np.broadcast_to(team.agents, size) for team in teams]),
        60.0 * interval_minutes, float(day_spread), 3600.0 * warm_up_hours,
    )  # fmt: skip


def _intervals(kinds: tuple, teams: tuple, hours: float | None, seconds: float) -> int:
    lengths = {part.name: len(values) for part, values in (
        *((kind, kind.calls_per_hour) for kind in kinds), *((team, team.agents) for team in teams)) if len(values) > 1}  # fmt: skip
    if hours is not None:
        lengths["hours"] = round(hours * 3600 / seconds)
        if abs(lengths["hours"] * seconds - hours * 3600) > 1e-6:
            raise ValueError(
                _("{hours:g} hours are no whole number of intervals of {minutes:g} minutes.").format(hours=hours, minutes=seconds / 60)
            )
    if not lengths:
        raise ValueError(_("How long is the day? Give hours, or calls and agents interval by interval."))
    if len(set(lengths.values())) > 1:
        raise ValueError(_("The numbers of intervals differ: {lengths}.").format(
            lengths=", ".join(f"{name} {length}" for name, length in lengths.items())))  # fmt: skip
    return next(iter(lengths.values()))


def _several(parts: object, wanted: type, name: str) -> tuple:
    parts = (parts,) if isinstance(parts, wanted) else parts
    if (
        isinstance(parts, (str, bytes))
        or not isinstance(parts, Sequence)
        or not parts
        or not all(isinstance(part, wanted) for part in parts)
    ):
        raise ValueError(_("{name} must be one or a list of crm.staffing.{wanted}(…).").format(name=name, wanted=wanted.__name__))
    names = [part.name for part in parts]
    if twice := [known for known in names if names.count(known) > 1]:
        raise ValueError(_("{name}: {twice} stands there twice. Give each a name of its own.").format(name=name, twice=twice[0]))
    return tuple(parts)


def _number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and bool(np.isfinite(value))


def _one(name: str, value: object) -> object:
    if value is not None and not _number(value):
        raise ValueError(_("{name} is {value}; it must be a number above 0.").format(name=name, value=value))
    return value


def _at_least_0(name: str, value: object) -> None:
    if value is not None and (not _number(value) or value < 0):
        raise ValueError(_("{name} is {value}; it must be a number, 0 or more.").format(name=name, value=value))
