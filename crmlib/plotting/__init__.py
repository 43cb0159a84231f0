"""The figures that several lessons share: direct labels, percent axes, words in the active language."""

from __future__ import annotations

from crmlib.plotting.bars import bars, class_shares
from crmlib.plotting.causal import causes
from crmlib.plotting.curves import concentration, pareto
from crmlib.plotting.grids import class_cross, clusters, migration, rfm_grid
from crmlib.plotting.life import customer_life
from crmlib.plotting.linked_tables import table_map
from crmlib.plotting.regions import region_map
from crmlib.plotting.volume import daily_volume

__all__ = [
    "bars", "causes", "class_cross", "class_shares", "clusters", "concentration", "customer_life", "daily_volume", "migration",
    "pareto", "region_map", "rfm_grid", "table_map",
]  # fmt: skip
