"""Service level in the four ways in which it is worked out, side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.call_center.estimates import CallMetric, estimate, ratio_table
from crmlib.call_center.groups import DAY, group_names, refuse_agent
from crmlib.call_center.rates import seconds_or_standard
from crmlib.call_center.sums import Sum, call_sums
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEFINITIONS = {
    "of_answered": ("answered_in_time", "answered_calls"),
    "of_offered": ("answered_in_time", "queued_calls"),
    "without_early_abandons": ("answered_in_time", "queued_less_early"),
    "early_abandons_met": ("in_time_or_early", "queued_calls"),
}
"""The usual definitions, each as what stands above and below the line."""
COUNTS = ("queued_calls", "answered_calls", "answered_in_time", "abandoned_calls", "early_abandoned")
"""What the table of groups counts."""


@dataclass(frozen=True)
class ServiceLevel(CallMetric):
    """Service level by one definition (`definition`), as a :class:`CallMetric`, and by all four in `definitions` and `table`."""

    definition: str = "of_offered"
    within_seconds: float = 20.0
    definitions: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    def summary(self) -> str:
        """The service level by the definition chosen, and how far the four definitions lie apart."""
        values = self.definitions["service_level"]
        return _("{sentence} {next_sentence}").format(
            sentence=super().summary(),
            next_sentence=_("The same calls give {low:.1%} to {high:.1%} by the four usual definitions.").format(
                low=values.min(), high=values.max()
            ),
        )

    def plot_definitions(self, ax: Axes | None = None) -> Axes:
        """The four definitions side by side; see :func:`crmlib.plotting.service_levels`."""
        from crmlib.plotting.call_center import service_levels

        return service_levels(self, ax=ax)


def service_level(
    calls: object, *, by: str | Sequence[str] | None = None, within_seconds: float | None = None, definition: str = "of_offered",
    level: float = 0.95,
) -> ServiceLevel:  # fmt: skip
    """Share of the calls answered in time, by the four usual definitions side by side.

    Answers: do we pick up within twenty seconds, and which definition flatters us?

    Bases, with T = `within_seconds` and offered = calls that entered the queue = answered + abandoned:

    - of_answered: answered within T ÷ answered. Whoever gave up is forgotten: the worse the queue, the more it flatters.
    - of_offered: answered within T ÷ offered. The strictest.
    - without_early_abandons: answered within T ÷ (offered − abandoned within T). Who hung up before T had no chance to be late.
    - early_abandons_met: (answered within T + abandoned within T) ÷ offered.

    Parameters
    ----------
    calls : pandas, polars (also lazy) or DuckDB table, one row a call
        arrived_at, entered_queue_at, answered_at, abandoned, wait_seconds
    by : as in :func:`crmlib.call_center.connection_rate`; by agent there is no service level
    within_seconds : seconds, optional
        Without it: the standard call_center.answer_seconds. A wait of exactly so long is in time.
    definition : "of_answered", "of_offered", "without_early_abandons" or "early_abandons_met"
        Which of them `value`, low and high give.
    level : float, 0–1

    Returns
    -------
    ServiceLevel
        value, low, high; `.definitions`, one row a definition: service_level, low, high, counted, base_calls; `.table`, one row a group:
        the counts, of_answered_share, of_offered_share, without_early_abandons_share, early_abandons_met_share and service_level, low, high

    Raises
    ------
    ValueError
        As in :func:`crmlib.call_center.connection_rate`; the definition is another.

    Source: the four definitions in use in call centre reports; general knowledge of the trade, not checked against one text.

    >>> import pandas as pd
    >>> calls = pd.DataFrame({"arrived_at": pd.to_datetime(["2026-11-02 09:00"] * 5), "abandoned": [False, False, False, True, True],
    ...     "entered_queue_at": pd.to_datetime(["2026-11-02 09:01"] * 5), "wait_seconds": [0.0, 20.0, 50.0, 10.0, 60.0],
    ...     "answered_at": pd.to_datetime(["2026-11-02 09:02"] * 3 + [None, None])})
    >>> service_level(calls, within_seconds=20).definitions["service_level"].round(3).tolist()
    [0.667, 0.4, 0.5, 0.6]
    """
    names = group_names(by)
    refuse_agent(names, "service_level")
    if not isinstance(definition, str) or definition not in DEFINITIONS:
        raise ValueError(_("{name} is {value}; it must be one of: {known}.").format(
            name="definition", value=definition, known=", ".join(DEFINITIONS)))  # fmt: skip
    within = seconds_or_standard("within_seconds", within_seconds, "call_center.answer_seconds")
    cells = call_sums(calls, level_sums(within), by=names)
    cells["queued_less_early"] = cells["queued_calls"] - cells["early_abandoned"]
    cells["in_time_or_early"] = cells["answered_in_time"] + cells["early_abandoned"]
    top, bottom = DEFINITIONS[definition]
    found = estimate(cells, name="service_level", top=top, bottom=bottom, unit="share", by=names, level=level, kind=ServiceLevel,
                     show=(*COUNTS, "queued_less_early", "in_time_or_early"),
                     wording=partial(_words, definition, within), definition=definition, within_seconds=within)  # fmt: skip
    table, rows = found.table, {}
    shares = {f"{name}_share": table[over] / table[under].where(table[under] > 0) for name, (over, under) in DEFINITIONS.items()}
    kept = table[[*COUNTS]].assign(**shares)
    whole = cells.groupby(DAY, as_index=False).sum(numeric_only=True).assign(all=0)
    for name, (over, under) in DEFINITIONS.items():
        row = ratio_table(whole, ["all"], over, under, unit="share", level=level).iloc[0]
        rows[name] = [row["value"], row["low"], row["high"], int(row[over]), int(row[under])]
    definitions = pd.DataFrame.from_dict(rows, orient="index", columns=["service_level", "low", "high", "counted", "base_calls"])
    return dataclasses.replace(found, table=pd.concat([kept, table[["service_level", "low", "high"]]], axis=1),
                               definitions=definitions.rename_axis("definition"))  # fmt: skip


def level_sums(within: float) -> dict[str, Sum]:
    """What the four definitions are made of.

    >>> sorted(level_sums(20))
    ['abandoned_calls', 'answered_calls', 'answered_in_time', 'early_abandoned', 'queued_calls']
    """
    return {
        "queued_calls": Sum(("entered_queue_at",)),
        "answered_calls": Sum(("answered_at",)),
        "answered_in_time": Sum(("answered_at", ("wait_seconds", within))),
        "abandoned_calls": Sum(("abandoned",)),
        "early_abandoned": Sum(("abandoned", ("wait_seconds", within))),
    }


def definition_meaning(definition: str, within: float) -> str:
    """What a definition divides by what, in the active language.

    >>> len(definition_meaning("of_answered", 20)) > 10
    True
    """
    return {
        "of_answered": _("Base: answered within {seconds:g} s over answered; whoever gave up is forgotten."),
        "of_offered": _("Base: answered within {seconds:g} s over all calls that entered the queue."),
        "without_early_abandons": _("Base: answered within {seconds:g} s over calls that entered the queue less those that hung up within "
                                    "{seconds:g} s."),
        "early_abandons_met": _("Base: answered or hung up within {seconds:g} s, over all calls that entered the queue."),
    }[definition].format(seconds=within)  # fmt: skip


def _words(definition: str, within: float) -> tuple[str, str]:
    return _("Service level"), definition_meaning(definition, within)
