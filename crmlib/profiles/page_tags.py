"""The tags of a page: who carries which on any day, and why, from one panel that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from crmlib.i18n import _, language
from crmlib.profiles.page_facts import label
from crmlib.profiles.tag_conditions import TagCondition
from crmlib.profiles.tag_panel import Panel, features, symbols
from crmlib.profiles.tag_rules import TagRules, tag_rules
from crmlib.profiles.tags import tag_intervals

_COLUMN = {"waybills": "waybills.picked_up_at", "cases": "cases.kind", "calls": "calls.reason", "surveys": "surveys.recommend",
           "invoices": "invoices.amount_yuan", "payments": "payments.amount_yuan", "customers": "customers.market",
           "touches": "touches.happened_on"}  # fmt: skip
"""Whoever may not see this column of a table does not see the tags that rest on the table."""


@dataclass(frozen=True)
class TagShelf:
    """Spells of tags by customer, and the panel that tells why; without a panel no reason is given."""

    spells: Mapping[str, list[tuple[str, pd.Timestamp, pd.Timestamp]]] = field(repr=False)
    rules: TagRules | None = field(default=None, repr=False)
    panel: Panel | None = field(default=None, repr=False)
    _held: dict[str, list] = field(default_factory=dict, repr=False)

    @classmethod
    def of_table(cls, table: pd.DataFrame | None, rules: TagRules | None = None, panel: Panel | None = None) -> TagShelf:
        """From customer_id, tag, since, until.

        >>> TagShelf.of_table(None).carried("C1", pd.Timestamp("2026-10-31"))
        []
        """
        spells: dict[str, list] = {}
        if table is not None and len(table):
            for customer, tag, since, until in table[["customer_id", "tag", "since", "until"]].itertuples(index=False, name=None):
                spells.setdefault(customer, []).append((str(tag), pd.Timestamp(since), pd.Timestamp(until)))
        return cls(spells, rules, panel)

    @classmethod
    def of_firm(cls, tables: Mapping[str, pd.DataFrame], last: pd.Timestamp) -> TagShelf:
        """By the rules of the course; nobody carries any where a table that the rules ask for is not there."""
        rules, end = tag_rules(), last + pd.Timedelta(days=1)
        try:
            shelf = cls.of_table(tag_intervals(tables, rules, as_of=end), rules, Panel(tables, end))
        except ValueError:
            return cls({})
        for tag in rules.tags:
            # Whatever a reason may need is worked out now, so that no page waits for it.
            shelf._ready(tag)
        return shelf

    def carried(self, customer: str, today: pd.Timestamp) -> list[tuple[str, pd.Timestamp]]:
        """The tags on the morning of `today`, the oldest first, with the day since when."""
        spells = self.spells.get(customer, ())
        return sorted(((tag, since) for tag, since, until in spells if since <= today and not until <= today), key=lambda each: (each[1], each[0]))

    def tables(self, tag: str) -> list[str]:
        """The tables that a tag rests on."""
        return sorted({table for feature in self._features(tag) for table in features()[feature]["tables"]}) or ["customers"]

    def columns(self, tag: str) -> tuple[str, ...]:
        """One column for each of them."""
        return tuple(_COLUMN[table] for table in self.tables(tag) if table in _COLUMN) or ("customers.market",)

    def name(self, tag: str) -> str:
        """What the tag is called."""
        return self.rules.name(tag) if self.rules is not None and tag in self.rules.tags else label(tag)

    def why(self, customer: str, tag: str, today: pd.Timestamp) -> str | None:
        """What the rule looked at, with the customer's own values at the last review."""
        if self.panel is None:
            return None
        review = int(np.searchsorted(self.panel.reviews, today, side="right")) - 1
        place = self.panel.customers.get_indexer([customer])[0]
        if review < 0 or place < 0:
            return None
        said = [self._said(feature, place, review) for feature in self._grounds(tag, place, review)]
        return _("; ").join(each for each in said if each) or None

    def _features(self, tag: str) -> list[str]:
        return self._names.get(tag, [])

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        tags = self.rules.tags if self.rules is not None else []
        return {tag: list(dict.fromkeys(symbols()[name] for one in self._when(tag).comparisons() for name in one.names)) for tag in tags}

    def _grounds(self, tag: str, place: int, review: int) -> list[str]:
        """Of the features of a rule, those of the comparisons that are so today; of a tag that stays although it no longer fits, all."""
        if not self._features(tag):
            return []
        self._ready(tag)
        so = [names for names, holds in self._held[tag] if holds[place, review]]
        return list(dict.fromkeys(symbols()[name] for names in so for name in names)) or self._features(tag)

    def _ready(self, tag: str) -> None:
        if tag not in self._held:
            when = self._when(tag)
            self._held[tag] = [(one.names, when.compared(one, self.panel)) for one in when.comparisons()]
            for feature in self._features(tag):
                self.panel.value(feature)
                if features()[feature]["kind"] == "share":
                    self.panel.value(f"{feature}_of")

    def _when(self, tag: str) -> TagCondition:
        return self.rules.conditions[int(np.flatnonzero(self.rules.table["tag"] == tag)[-1])][0]

    def _said(self, feature: str, place: int, review: int) -> str:
        name, value = features()[feature][language()], self._at(feature, place, review)
        if isinstance(value, str):
            return f"{name}: {label(value)}"
        if value is None or np.isnan(value):
            return ""
        if features()[feature]["kind"] != "share":
            return f"{name}: {value:,.4g}"
        return _("{name}: {hits:.0f} of {count:.0f}").format(
            name=name, hits=np.broadcast_to(self.panel.hits(feature), self.panel.known.shape)[place, review],
            count=self._at(f"{feature}_of", place, review))  # fmt: skip

    def _at(self, name: str, place: int, review: int) -> object:
        return np.broadcast_to(self.panel.value(name), self.panel.known.shape)[place, review]
