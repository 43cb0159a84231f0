"""What the datasheets say of each table beyond its contract: what it is for, how it comes about, what it serves and what it does not."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pandas as pd

_FILE = Path(__file__).parent / "cards.toml"


@dataclass(frozen=True)
class Card:
    """The prose of one table's datasheet by language ("zh", "en"), and patterns of the parameters and effects that concern it."""

    why: dict[str, str]
    row: dict[str, str]
    made: dict[str, str]
    use: dict[str, list[str]]
    misuse: dict[str, list[str]]
    parameters: list[str]
    effects: list[str]

    def pick_parameters(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of `Scenario.table()` that concern this table."""
        return table[[any(fnmatchcase(name, pattern) for pattern in self.parameters) for name in table.index]]

    def pick_effects(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of `crmlib.company.causes()` that concern this table."""
        arrows = table["cause"] + ">" + table["effect"]
        return table[[any(fnmatchcase(arrow, pattern) for pattern in self.effects) for arrow in arrows]]


@cache
def cards() -> dict[str, Card]:
    """The cards by table.

    >>> cards()["waybills"].row["en"]
    'One parcel. A customer may have many rows, or none.'
    """
    return {name: _card(entry) for name, entry in tomllib.loads(_FILE.read_text("utf-8")).items()}


def _card(entry: dict[str, object]) -> Card:
    texts = {field: {code: entry[f"{field}_{code}"] for code in ("zh", "en")} for field in ("why", "row", "made", "use", "misuse")}
    return Card(**texts, parameters=entry["parameters"], effects=entry["effects"])
