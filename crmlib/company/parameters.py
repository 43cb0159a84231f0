"""How a parameter of a scenario is declared: its value, and beside it the source in both languages and a mark that says how sure we are."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd


def figure(value: Any, source_zh: str, source_en: str, mark: str) -> Any:
    """A dataclass field with a default, its source and the mark V, V-, D or GK (as in ``crmlib/standards.toml``)."""
    copy = (lambda: dict(value)) if isinstance(value, dict) else (lambda: value)
    return dataclasses.field(default_factory=copy, metadata={"source_zh": source_zh, "source_en": source_en, "mark": mark})


def chosen(value: Any, source_zh: str, source_en: str) -> Any:
    """A field whose value was chosen for teaching."""
    return figure(value, source_zh, source_en, "teaching")


def parameter_table(scenario: type) -> pd.DataFrame:
    """Every parameter of a scenario class with its default value, source (or meaning) in both languages and mark, indexed by name."""
    default = scenario()
    rows = {field.name: {"value": getattr(default, field.name), **field.metadata} for field in dataclasses.fields(scenario)}
    return pd.DataFrame.from_dict(rows, orient="index")
