"""What each KPI counts, over what, who answers for it, and how it is computed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pandas as pd

from crmlib.company.schema import label
from crmlib.i18n import language


@cache
def kpi_entries() -> dict[str, dict]:
    """The definitions as they stand in kpi.toml, in both languages.

    >>> kpi_entries()["retention"]["direction"]
    'up'
    """
    return tomllib.loads(Path(__file__).with_name("kpi.toml").read_text("utf-8"))


def kpi_definitions() -> pd.DataFrame:
    """The KPIs of the scorecard, each with its base, owner and source.

    Answers: what exactly do we measure, who answers for it, and how often?

    Returns
    -------
    DataFrame, one row a KPI
        kpi, kpi_name, unit (share, change, per_thousand, points), numerator, denominator (in words), direction (up, down: which way is
        better), owner (a role), source_tables, frequency, window_months (how far back a measurement reaches), computed_by

    Source: 《2025国际快递行业客户关系管理体系研究》 names the aims and no bases; the bases are the course's.

    >>> kpi_definitions().set_index("kpi").direction["complaints_per_thousand"]
    'down'
    """
    tongue = language()
    rows = [{"kpi": kpi, "kpi_name": label(kpi, "kpi"), "unit": one["unit"], "numerator": one[f"numerator_{tongue}"],
             "denominator": one[f"denominator_{tongue}"],
             **{name: one[name] for name in ("direction", "owner", "source_tables", "frequency", "window_months", "computed_by")}}
            for kpi, one in kpi_entries().items()]  # fmt: skip
    return pd.DataFrame(rows)
