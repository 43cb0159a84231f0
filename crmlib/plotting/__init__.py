"""The figures that several lessons share: direct labels, percent axes, words in the active language."""

from __future__ import annotations

from crmlib.plotting.bars import bars, class_shares
from crmlib.plotting.curves import concentration, pareto
from crmlib.plotting.grids import class_cross, clusters, migration, rfm_grid

__all__ = ["bars", "class_cross", "class_shares", "clusters", "concentration", "migration", "pareto", "rfm_grid"]
