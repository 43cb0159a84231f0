"""Which records are compared at all: those that share a block under one of several keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import require_columns
from crmlib.i18n import _

KEYS: dict[str, tuple[str, ...]] = {
    "id_number": ("id_number",), "mobile": ("mobile",), "email": ("email",), "landline": ("landline",), "address": ("street", "house"),
    "name": ("name_core",), "name_stem": ("name_stem",), "name_city": ("name_stem", "city"), "name_contact": ("name_stem", "contact_name"),
    "name_start_street": ("name_stem:2", "street"), "name_start_contact": ("name_stem:2", "contact_name"),
    "name_end_contact": ("name_stem:-2", "contact_name"), "name_end_mobile": ("name_stem:-2", "mobile:-4"),
}  # fmt: skip
"""The usual keys; "name_stem:2" are the first two characters of name_stem, "mobile:-4" the last four of mobile."""


@dataclass(frozen=True, eq=False)
class CandidatePairs:
    """Pairs to compare. `pairs` has the rows `left` < `right` of `clean`, each pair once; `keys`, one row a key in the order of use:
    blocking_key, blocks (of two records and more), largest_block, pairs, new_pairs (not found by a key before),
    skipped_blocks (too large) and skipped_records. `columns` and `max_block`: what was asked for."""

    pairs: pd.DataFrame = field(repr=False)
    keys: pd.DataFrame
    clean: pd.DataFrame = field(repr=False)
    columns: Mapping[str, tuple[str, ...]] = field(repr=False)
    max_block: int

    @property
    def all_pairs(self) -> int:
        """How many pairs there would be without blocks."""
        return len(self.clean) * (len(self.clean) - 1) // 2

    def summary(self) -> str:
        """The result in one sentence."""
        return _(
            "{records:,} records make {all_pairs:,} pairs; the blocks leave {pairs:,} of them to compare ({share:.3%})."
        ).format(
            records=len(self.clean),
            all_pairs=self.all_pairs,
            pairs=len(self.pairs),
            share=len(self.pairs) / max(self.all_pairs, 1),
        )


def candidate_pairs(
    clean: pd.DataFrame,
    *,
    keys: Mapping[str, Sequence[str]] | None = None,
    max_block: int | None = None,
) -> CandidatePairs:
    """The pairs of records that share something under one of the keys.

    Answers: which pairs are worth comparing, when all pairs would be billions?

    Parameters
    ----------
    clean : DataFrame, from :func:`crmlib.identity.normalise`
    keys : mapping of a key's name to columns, optional
        Records that agree in all columns of a key share a block; where one is empty the record stands in none. "name_stem:2" takes the
        first two characters, "mobile:-4" the last four. Without it: KEYS.
    max_block : int, optional
        Larger blocks say nothing ("王先生") and are skipped; the table of keys counts them. Without it: the standard identity.max_block.

    Returns
    -------
    CandidatePairs
        pairs, keys, clean; `.summary()`

    Raises
    ------
    ValueError
        A column of a key is lacking, a key or max_block is no use.

    Source: Christen, *Data Matching* (2012), ch. 4 (standard blocking, several passes).

    >>> clean = pd.DataFrame({"record_id": ["a", "b", "c"], "mobile": ["12900000001", "12900000001", None]})
    >>> candidate_pairs(clean, keys={"mobile": ["mobile"]}).pairs.values.tolist()
    [[0, 1]]
    """
    chosen = _checked_keys(clean, KEYS if keys is None else keys)
    most = (
        int(standards.get("identity.max_block", unit="count"))
        if max_block is None
        else max_block
    )
    if isinstance(most, bool) or not isinstance(most, (int, np.integer)) or most < 2:
        raise ValueError(
            _("max_block is {value}; it must be a whole number from 2 on.").format(
                value=max_block
            )
        )
    found, rows = [], []
    for name, columns in chosen.items():
        pairs, row = _pairs_of(_block_of(clean, columns), len(clean), most)
        found.append(pairs)
        rows.append({"blocking_key": name, **row})
    every = np.concatenate(found)
    distinct, first = np.unique(every, return_index=True)
    owner = np.repeat(np.arange(len(found)), [len(pairs) for pairs in found])
    table = pd.DataFrame(rows)
    table.insert(4, "new_pairs", np.bincount(owner[first], minlength=len(found)))
    kind = np.int32 if len(clean) < 2**31 else np.int64
    sides = pd.DataFrame(
        {
            "left": (distinct // len(clean)).astype(kind),
            "right": (distinct % len(clean)).astype(kind),
        }
    )
    return CandidatePairs(sides, table, clean, chosen, most)


def key_pairs(pairs: CandidatePairs, key: str) -> np.ndarray:
    """The pairs that one key finds, each as left × records + right.

    >>> clean = pd.DataFrame({"record_id": ["a", "b", "c"], "mobile": [None, "12900000001", "12900000001"]})
    >>> key_pairs(candidate_pairs(clean, keys={"mobile": ["mobile"]}), "mobile").tolist()
    [5]
    """
    return _pairs_of(
        _block_of(pairs.clean, pairs.columns[key]), len(pairs.clean), pairs.max_block
    )[0]


def _checked_keys(clean: object, keys: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(clean, pd.DataFrame) or len(clean) == 0:
        raise ValueError(
            _(
                "{name} must be the table that {maker} gives, with at least one row."
            ).format(name="clean", maker="crm.identity.normalise")
        )
    if (
        not isinstance(keys, Mapping)
        or not keys
        or any(
            isinstance(columns, str) or not len(columns) for columns in keys.values()
        )
    ):
        raise ValueError(
            _(
                'keys must name the columns of each key, such as {"phone": ["mobile"], "name": ["name_core", "city"]}.'
            )
        )
    for columns in keys.values():
        require_columns(
            clean.columns,
            list(dict.fromkeys(column.partition(":")[0] for column in columns)),
        )
        for column in columns:
            if ":" in column and not column.partition(":")[2].lstrip("-").isdigit():
                raise ValueError(
                    _(
                        '{column} is no part of a key. Write a column, or "name_stem:2" for its first two characters.'
                    ).format(column=column)
                )
    return {name: tuple(columns) for name, columns in keys.items()}


def _block_of(clean: pd.DataFrame, columns: tuple[str, ...]) -> np.ndarray:
    """The block of each record under a key, -1 where a column is empty."""
    block = np.zeros(len(clean), dtype=np.int64)
    for column in columns:
        name, __, part = column.partition(":")
        values = clean[name]
        if part:
            values = (
                values.str[: int(part)] if int(part) > 0 else values.str[int(part) :]
            )
        codes, distinct = pd.factorize(values)
        block = _dense(
            np.where((block < 0) | (codes < 0), -1, block * (len(distinct) + 1) + codes)
        )
    return block


def _dense(block: np.ndarray) -> np.ndarray:
    inside = block >= 0
    dense = np.full(len(block), -1, dtype=np.int64)
    dense[inside] = pd.factorize(block[inside])[0]
    return dense


def _pairs_of(
    block: np.ndarray, records: int, most: int
) -> tuple[np.ndarray, dict[str, int]]:
    """All pairs within the blocks, each as left × records + right, and how the blocks turned out."""
    members = np.flatnonzero(block >= 0)
    members = members[np.argsort(block[members], kind="stable")]
    sizes = np.bincount(block[members]) if len(members) else np.zeros(0, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(np.int64)
    made = []
    for size in np.unique(sizes[(sizes > 1) & (sizes <= most)]):
        rows = members[starts[sizes == size][:, None] + np.arange(size)].astype(
            np.int64
        )
        left, right = np.triu_indices(size, 1)
        made.append((rows[:, left] * records + rows[:, right]).ravel())
    pairs = np.concatenate(made) if made else np.zeros(0, dtype=np.int64)
    large = sizes > most
    return pairs, {"blocks": int((sizes > 1).sum()), "largest_block": int(sizes.max(initial=0)), "pairs": len(pairs),
                   "skipped_blocks": int(large.sum()), "skipped_records": int(sizes[large].sum())}  # fmt: skip
