"""Months along the horizontal axis, few enough to be read."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes


def month_axis(ax: Axes, months: pd.Index) -> None:
    """Name the places 0, 1, 2 … of `months` (periods or days) along the axis; the year stands under its first month named.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> month_axis(ax, pd.period_range("2025-11", "2026-01", freq="M"))
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['11\\n2025', '12', '1\\n2026']
    """
    step = max(1, int(np.ceil(len(months) / 12)))
    step = next(size for size in (1, 2, 3, 6, 12, 24, 10**6) if size >= step)
    shown = list(range((len(months) - 1) % step, len(months), step))
    years = [months[place].year for place in shown]
    fresh = [not spot or years[spot] != years[spot - 1] for spot in range(len(shown))]
    names = [
        f"{months[place].month}\n{year}" if new else f"{months[place].month}" for place, year, new in zip(shown, years, fresh, strict=True)
    ]
    ax.set_xticks(shown, names)
