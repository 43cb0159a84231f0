"""From calls to agents: how many must be at work in each half hour, and how many on the roster."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.credit.chance import positive, whole
from crmlib.i18n import _
from crmlib.staffing.arrivals import grid_of
from crmlib.staffing.forecast import CallForecast
from crmlib.staffing.shrinkage import agents_with_shrinkage, shrinkage_share


def staffing_need(
    forecast: CallForecast | pd.DataFrame, *, handle_seconds: object, shrinkage: float = 0.0, plan_for: str | None = None,
    least_agents: int = 0, agents_needed: Callable[..., object] | None = None, **targets: float,
) -> pd.DataFrame:  # fmt: skip
    """Turn the calls of each half hour into agents.

    Answers: how many agents do I need at half past nine, and how many must I roster for that?

    Parameters
    ----------
    forecast : CallForecast, or DataFrame with starts_at and the column of calls
    handle_seconds : seconds of talk and after-call work a call takes, one number or one a half hour
    shrinkage : float, 0 ≤ shrinkage < 1
        Share of rostered time lost to calls; without the breaks where the roster plans them, see :meth:`Shrinkage.without`.
    plan_for : column of calls, optional
        "calls_expected", "high" (enough for nine half hours in ten at a level of 80 %), or any other. Without it: calls_expected,
        else calls.
    least_agents : int
        As many are at work even where hardly anybody calls.
    agents_needed : function of calls_per_hour, handle_seconds and the targets, optional
        Without it: :func:`crmlib.queueing.agents_needed`.
    targets : such as service_level, target_seconds, max_occupancy, patience_seconds
        Handed on to `agents_needed`; none given: its standards.

    Returns
    -------
    DataFrame, one row a half hour
        starts_at, calls, traffic_erlang (calls under way at once if all are answered), agents_at_work, agents_rostered (with shrinkage)

    Raises
    ------
    ValueError
        A column is lacking, calls or handle_seconds are negative or missing, shrinkage is no share.

    Notes
    -----
    Everything is rounded up half hour by half hour. At a desk of one or two agents a shrinkage of 3 % so makes two out of one: plan such a
    desk with shrinkage 0, and keep somebody on call.

    Source: Erlang (1917) through `agents_needed`; shrinkage divides, see :func:`agents_with_shrinkage`.

    >>> calls = pd.DataFrame({"starts_at": pd.date_range("2026-11-11 09:00", periods=2, freq="30min"), "calls": [60, 30]})
    >>> tenth = lambda calls_per_hour, handle_seconds: calls_per_hour / 10
    >>> need = staffing_need(calls, handle_seconds=300, shrinkage=0.3, agents_needed=tenth)
    >>> need[["traffic_erlang", "agents_at_work", "agents_rostered"]].values.tolist()
    [[10.0, 12.0, 18.0], [5.0, 6.0, 9.0]]
    """
    table = forecast.table if isinstance(forecast, CallForecast) else forecast
    column = plan_for or ("calls_expected" if isinstance(table, pd.DataFrame) and "calls_expected" in table.columns else "calls")
    table = clean(table, "forecast", starts_at="text_date", **{column: "number"})
    per_hour = 60 / (forecast.minutes if isinstance(forecast, CallForecast) else grid_of(table, column).step)
    calls = table[column].reset_index(drop=True)
    refuse_rows(calls < 0, _("{name} is negative").format(name=column), _("A number of calls is 0 or more."))
    seconds = _seconds(handle_seconds, len(calls))
    shrinkage_share(shrinkage)
    least = whole("least_agents", least_agents, 0)
    if agents_needed is None:
        from crmlib.queueing import agents_needed
    wanted = agents_needed(calls.to_numpy() * per_hour, seconds, **targets)
    at_work = np.maximum(np.ceil(np.asarray(wanted, dtype=float)).astype(np.int64), least)
    return pd.DataFrame({
        "starts_at": table["starts_at"].to_numpy(), "calls": calls, "traffic_erlang": calls * per_hour * seconds / 3600,
        "agents_at_work": at_work, "agents_rostered": agents_with_shrinkage(at_work, shrinkage),
    })  # fmt: skip


def _seconds(given: object, size: int) -> np.ndarray:
    if np.isscalar(given):
        return np.full(size, positive("handle_seconds", given))
    values = pd.to_numeric(pd.Series(np.asarray(given).ravel()), errors="coerce")
    if len(values) != size:
        raise ValueError(_("handle_seconds has {have} values, the forecast {want} half hours. Give one number, or one a half hour.").format(
            have=len(values), want=size))  # fmt: skip
    refuse_rows(~(values > 0) | np.isinf(values), _("handle_seconds is missing, 0 or no number"), _("Give seconds above 0."))
    return values.to_numpy(dtype=float)
