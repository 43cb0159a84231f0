"""How many agents a queue of callers needs: Erlang's formulas, stable for any size, for one interval or for a year of them."""

from __future__ import annotations

from crmlib.queueing.erlang import erlang_a, erlang_b, erlang_c, traffic
from crmlib.queueing.figures import abandonment_rate, average_wait, occupancy, queue_figures, service_level, waiting_longer
from crmlib.queueing.needed import agents_needed
from crmlib.queueing.patience import Patience, patience
from crmlib.queueing.together import agents_needed_together, pool_queues

__all__ = [
    "Patience",
    "abandonment_rate",
    "agents_needed",
    "agents_needed_together",
    "average_wait",
    "erlang_a",
    "erlang_b",
    "erlang_c",
    "occupancy",
    "patience",
    "pool_queues",
    "queue_figures",
    "service_level",
    "traffic",
    "waiting_longer",
]
