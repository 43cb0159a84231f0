"""How near a firm comes to the published figures of the trade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from crmlib.company import calibration_parcels, calibration_service, calibration_trade
from crmlib.company.company import Company
from crmlib.company.measured import Figure

MARGIN = 2.5
"""How many standard errors of the firm's own sample widen a band on each side: of 80 figures about one in a firm then lies outside by
chance if all are right on the edge of the published range, and hardly any if they are near its middle."""


def calibration(company: Company, truth: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """How near the firm comes to the published figures: one row a figure.

    The band of a figure is what was published, with the tolerance stated in the program, widened by the sampling error of a firm of this
    size (2.5 standard errors, customers as clusters, since a few customers send most parcels). A small firm therefore has wide bands, and
    a large one is held to the published range; with fewer than some dozens of customers the error itself is a guess. Figures that
    these data do not give are left out.

    Parameters
    ----------
    company : a firm with customers and waybills; figures of further tables are measured where it has the tables
    truth : from `simulate`; with it, loss, damage, intents of calls and yearly churn by size are measured too

    Returns
    -------
    DataFrame, indexed by the English name
        zh, table (the table that the figure is measured in), target (what was published), low, high (the band), band (the same as text),
        source_zh, source, mark, obtained (the value in these data as text), value, ok (whether it lies in the band; a figure without a
        target has an endless one)

    >>> from crmlib.company import lark
    >>> calibration(lark()).loc["Other cities", "target"]
    '88.9%'
    """
    found = (figure for figure in _figures(company, truth or {}) if np.isfinite(figure.value))
    return pd.DataFrame([_row(figure) for figure in found]).set_index("en")


def _figures(company: Company, truth: Mapping[str, pd.DataFrame]) -> Iterator[Figure]:
    there = set(company.tables) | {f"truth:{name}" for name in truth}
    for theme in (calibration_parcels, calibration_service, calibration_trade):
        for wanted, measure in theme.MEASURES:
            if set(wanted) <= there and all(len(company.tables[name]) for name in wanted if name in company.tables):
                yield from measure(company, *(truth[name.removeprefix("truth:")] for name in wanted if name.startswith("truth:")))


def _row(figure: Figure) -> dict[str, object]:
    low, high = _band(figure)
    return {
        "en": figure.en,
        "zh": figure.zh,
        "table": figure.table,
        "target": figure.target,
        "low": low,
        "high": high,
        "band": _band_text(low, high, figure.form),
        "source_zh": figure.source[0],
        "source": figure.source[1],
        "mark": figure.mark,
        "obtained": figure.obtained or format(figure.value, figure.form).replace("-", "−"),
        "value": figure.value,
        "ok": bool(low <= figure.value <= high),
    }


def _band(figure: Figure) -> tuple[float, float]:
    """The published range widened by the sampling error, yet no share below 0 or above 1."""
    low, high = figure.low - MARGIN * figure.error, figure.high + MARGIN * figure.error
    low = max(low, 0.0) if figure.low >= 0 else low
    return low, min(high, 1.0) if figure.form.endswith("%") and figure.high <= 1 else high


def _band_text(low: float, high: float, form: str) -> str:
    if np.isinf(high):
        return "–"
    if low == high:
        return format(low, form)
    return f"{low:{form}}{'–' if low >= 0 else ' … '}{high:{form}}".replace("-", "−")
