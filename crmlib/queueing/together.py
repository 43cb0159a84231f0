"""Adding up before rounding: queues that are answered together, and the intervals of one shift."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.queueing.given import Given, given
from crmlib.queueing.needed import Targets, agents_needed, fewest, figures, targets_of
from crmlib.queueing.steady import load_of, queue_of, within_seconds


def pool_queues(intervals: pd.DataFrame, *, by: str | list[str] | None = None) -> pd.DataFrame:
    """Several queues made one: calls add up, handle times are weighted by calls, nothing is rounded.

    Answers: what load do these lines make if everybody answers all of them? One large queue needs fewer agents than its parts.

    Parameters
    ----------
    intervals : DataFrame, one row an interval and queue
        calls_per_hour, handle_seconds, and the columns of `by`
    by : column or columns, optional
        What the queues that are answered together have in common, such as the beginning of the interval. Without it all rows are one.

    Returns
    -------
    DataFrame, one row a value of `by`
        queues, calls_per_hour, handle_seconds, traffic_erlang

    Raises
    ------
    ValueError
        A column is missing, or a value is missing, negative or text.

    Source: 《快递客户关系管理》, project 5; Whitt (1992), on economies of scale in queues.

    >>> lines = pd.DataFrame({"calls_per_hour": [60, 60], "handle_seconds": [200, 400]})
    >>> pool_queues(lines)[["calls_per_hour", "handle_seconds", "traffic_erlang"]].values.tolist()
    [[120.0, 300.0, 10.0]]
    """
    table, keys = _table(intervals, by)
    values = _values(table, {})
    sums = pd.DataFrame({
        "queues": 1, "calls_per_hour": values["calls_per_hour"], "handle_seconds": values["handle_seconds"],
        "traffic_erlang": load_of(values),
    }, index=table.index).groupby(keys, sort=False, observed=True, dropna=False)  # fmt: skip
    pooled = sums[["queues", "calls_per_hour"]].sum()
    load, plain = sums["traffic_erlang"].sum(), sums["handle_seconds"].mean()
    pooled["handle_seconds"] = (load * 3600 / pooled["calls_per_hour"].where(pooled["calls_per_hour"] > 0)).fillna(plain)
    return _named(pooled.assign(traffic_erlang=load), by)


def agents_needed_together(
    intervals: pd.DataFrame, *, by: str | list[str] | None = None, service_level: float | None = None, target_seconds: float | None = None,
    max_wait_seconds: float | None = None, max_abandonment: float | None = None, max_occupancy: float | None = None,
    patience_seconds: float | None = None, minimum_agents: int = 0,
) -> pd.DataFrame:  # fmt: skip
    """The fewest agents, the same in all intervals of a block, with whom the targets hold over the block's calls together.

    Answers: how many people does this shift need? Rounding up half hour by half hour and taking the highest asks for more.

    Parameters
    ----------
    intervals : DataFrame, one row an interval, all of one length
        calls_per_hour, handle_seconds, the columns of `by`; perhaps patience_seconds and target_seconds, where they differ
    by : column or columns, optional
        What the intervals of a block have in common, such as the shift. Without it all rows are one block.
    service_level, target_seconds, max_wait_seconds, max_abandonment, max_occupancy, patience_seconds, minimum_agents
        As for :func:`agents_needed`. Shares and waits are of all the block's calls; Erlang C needs more agents than erlang in each
        interval.

    Returns
    -------
    DataFrame, one row a block
        intervals, agents, peak_agents (needed in the worst interval by itself), service_level, mean_wait_seconds, abandonment_rate,
        occupancy: those for which there is a target

    Raises
    ------
    ValueError
        As for :func:`agents_needed`; or a column is missing.

    Source: own; the base of a block's figures is the sum of its calls.

    >>> day = pd.DataFrame({"shift": ["early", "early", "late"], "calls_per_hour": [60, 120, 90], "handle_seconds": 300})
    >>> agents_needed_together(day, by="shift")[["shift", "agents", "peak_agents"]].values.tolist()
    [['early', 13, 14], ['late', 11, 11]]
    """
    table, keys = _table(intervals, by)
    both = [name for name, value in (("patience_seconds", patience_seconds), ("target_seconds", target_seconds))
            if name in table and value is not None]  # fmt: skip
    if both:
        raise ValueError(_("{name} stands in the table and is given besides. Keep one of them.").format(name=both[0]))
    patience = table.get("patience_seconds", patience_seconds)
    target = table["target_seconds"] if "target_seconds" in table else within_seconds(target_seconds)
    given(minimum_agents=minimum_agents)
    targets = targets_of(service_level, max_wait_seconds, max_abandonment, max_occupancy, patience)
    values = _values(table, {"patience_seconds": patience, "target_seconds": target})
    groups = table.groupby(keys, sort=False, observed=True, dropna=False)
    block = _Block(values, groups.ngroup().to_numpy(), targets)
    agents = block.fewest(minimum_agents, patient=patience is None)
    alone = agents_needed(
        values["calls_per_hour"], values["handle_seconds"], service_level=targets.service_level, target_seconds=values["target_seconds"],
        max_wait_seconds=max_wait_seconds, max_abandonment=max_abandonment, max_occupancy=max_occupancy,
        patience_seconds=None if patience is None else values["patience_seconds"], minimum_agents=minimum_agents,
    )  # fmt: skip
    found = groups.size().rename("intervals").to_frame()
    found["agents"] = agents
    found["peak_agents"] = pd.Series(alone, index=table.index).groupby(block.code).max().to_numpy() if len(table) else 0
    names = {"service_level": "service_level", "mean_wait_seconds": "max_wait_seconds", "abandonment_rate": "max_abandonment",
             "occupancy": "max_occupancy"}  # fmt: skip
    for (column, target_name), reached in zip(names.items(), block.figures(agents.astype("float64")), strict=True):
        if getattr(targets, target_name) is not None:
            found[column] = reached
    return _named(found, by)


class _Block:
    """The intervals of each block, and the block's figures for so many agents."""

    def __init__(self, values: Given, code: np.ndarray, targets: Targets) -> None:
        self.values, self.code, self.targets = values, code, targets
        self.load = load_of(values)
        self.blocks = int(code.max(initial=-1)) + 1

    def _mean(self, figure: np.ndarray, weight: np.ndarray, otherwise: float) -> np.ndarray:
        whole = np.bincount(self.code, weight, self.blocks)
        part = np.bincount(self.code, figure * weight, self.blocks)
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), otherwise)

    def figures(self, agents: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        level, wait, abandons, busy = figures(self.targets, queue_of(self.values, agents[self.code]), self.values)
        calls = self.values["calls_per_hour"]
        return (
            self._mean(level, calls, 1.0), self._mean(wait, calls, 0.0), self._mean(abandons, calls, 0.0),
            self._mean(busy, agents[self.code], 0.0),
        )  # fmt: skip

    def fewest(self, minimum: int, *, patient: bool) -> np.ndarray:
        peak = np.zeros(self.blocks)
        np.maximum.at(peak, self.code, self.load)
        return fewest(lambda agents: self.targets.met(*self.figures(agents)), peak, np.full(self.blocks, float(minimum)), patient=patient)


def _table(intervals: pd.DataFrame, by: str | list[str] | None) -> tuple[pd.DataFrame, list]:
    if not isinstance(intervals, pd.DataFrame):
        raise ValueError(_("intervals must be a table with the columns calls_per_hour and handle_seconds, one row an interval."))
    names = [] if by is None else [by] if isinstance(by, str) else list(by)
    require_columns(intervals.columns, ["calls_per_hour", "handle_seconds", *names])
    table = intervals.reset_index(drop=True)
    for name in names:
        refuse_rows(table[name].isna(), _("{column} is missing").format(column=name), _("Say to which block each row belongs, or drop it."))
    return table, [table[name] for name in names] or [np.zeros(len(table), dtype=int)]


def _values(table: pd.DataFrame, more: dict[str, object]) -> Given:
    return given(calls_per_hour=table["calls_per_hour"], handle_seconds=table["handle_seconds"], **more)


def _named(found: pd.DataFrame, by: str | list[str] | None) -> pd.DataFrame:
    return found.reset_index(drop=by is None)
