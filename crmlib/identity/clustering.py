"""From linked pairs to customers: one id each, chains looked through, contradictions cut, branches with their company."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from crmlib.i18n import _
from crmlib.identity.given import need
from crmlib.identity.linking import Links
from crmlib.identity.names import form_kind
from crmlib.identity.one_slip import one_slip_apart


@dataclass(frozen=True, eq=False)
class Clusters:
    """`table`, one row a record in its order: record_id, system, unified_id (the customer: "U-" and the number of its earliest record),
    site (the branch's town, "" for the head office). `conflicts`: unified_id, problem, left, right, which a person should look at:
    chain (linked through others although apart as a pair), numbers_differ (a link was cut, as identity numbers contradict each other),
    person_says_different (a link was cut by a person's decision), several_companies (a branch whose company could be several)."""

    table: pd.DataFrame
    conflicts: pd.DataFrame
    clean: pd.DataFrame = field(repr=False)

    def sizes(self) -> pd.Series:
        """How many customers have so many records."""
        return (
            self.table["unified_id"]
            .value_counts()
            .value_counts()
            .sort_index()
            .rename_axis("records")
            .rename("customers")
        )

    def summary(self) -> str:
        """The result in two sentences."""
        several = self.table.groupby("unified_id")["system"].nunique()
        return _("{records:,} records make {customers:,} customers; {several:,} of these stand in several systems. "
                 "{conflicts} contradictions are listed.").format(
            records=len(self.table), customers=len(several), several=int((several > 1).sum()), conflicts=len(self.conflicts))  # fmt: skip


def cluster(
    links: Links,
    *,
    keep_apart: Sequence[str] = ("id_number",),
    branches: str = "with_company",
) -> Clusters:
    """One id for all records of a customer.

    Answers: if A is B and B is C, who is C; and what if A and C cannot be one?

    Parameters
    ----------
    links : Links, from `model.decide()`
    keep_apart : columns whose values, where both are known and more than one slip apart, forbid two records under one id, unless a person
        said that they are the same
    branches : "with_company" (a branch belongs to the one company of its name) or "apart" (a customer of its own)

    Returns
    -------
    Clusters
        table, conflicts, clean; `.sizes()`, `.summary()`

    Raises
    ------
    ValueError
        The links are something else; keep_apart or branches is unknown.

    Notes
    -----
    Links are followed from the most probable on. One that would bring together what a person or an identity number keeps apart is left out
    and listed. A branch has its own phones, address and tax number, so that pairs say no; the name says yes. It is joined afterwards, and
    only where exactly one company bears the name.

    Source: Christen, *Data Matching* (2012), ch. 6 (transitive closure); teaching rule for branches.

    >>> from crmlib.identity import candidate_pairs, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> cluster(fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).decide()).table["unified_id"].nunique()
    40
    """
    need(links, Links, "links", "model.decide()")
    if branches not in ("with_company", "apart"):
        raise ValueError(
            _('branches is "{value}"; it must be "with_company" or "apart".').format(
                value=branches
            )
        )
    if isinstance(keep_apart, str) or (
        unknown := [name for name in keep_apart if name not in links.clean.columns]
    ):
        raise ValueError(_("keep_apart must name columns of the records, such as {example}; unknown: {unknown}.").format(
            example='("id_number",)', unknown=keep_apart if isinstance(keep_apart, str) else ", ".join(unknown)))  # fmt: skip
    clean, linked = links.clean, links.decision == "link"
    group = _components(len(clean), links.left[linked], links.right[linked])
    group, cut = _without_contradictions(links, group, tuple(keep_apart))
    chains = (
        (links.decision == "apart")
        & ~links.by_person
        & (group[links.left] == group[links.right])
    )
    group, doubtful = (
        _with_company(clean, group) if branches == "with_company" else (group, [])
    )
    unified = _named(clean, group)
    problems = [
        *cut,
        *(
            ("chain", one, two)
            for one, two in zip(links.left[chains], links.right[chains], strict=True)
        ),
        *doubtful,
    ]
    ids = clean["record_id"].to_numpy()
    conflicts = pd.DataFrame(
        [(unified[one], problem, ids[one], ids[two]) for problem, one, two in problems],
        columns=["unified_id", "problem", "left", "right"],
    )
    table = pd.DataFrame(
        {
            "record_id": ids,
            "system": clean["system"],
            "unified_id": unified,
            "site": clean["branch_town"],
        }
    )
    return Clusters(table, conflicts, clean)


def _components(records: int, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    graph = coo_matrix(
        (np.ones(len(left), dtype=np.int8), (left, right)), shape=(records, records)
    )
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _without_contradictions(
    links: Links, group: np.ndarray, keep_apart: tuple[str, ...]
) -> tuple[np.ndarray, list[tuple]]:
    """The groups with those taken apart that hold a contradiction, and the links that were left out."""
    barred = (
        links.by_person
        & (links.decision == "apart")
        & (group[links.left] == group[links.right])
    )
    trouble = set(group[links.left[barred]].tolist())
    for name in keep_apart:
        values = links.clean[name]
        kinds = (
            pd.DataFrame({"group": group, "value": values})
            .dropna()
            .groupby("group")["value"]
            .nunique()
        )
        trouble |= set(kinds.index[kinds > 1].tolist())
    if not trouble:
        return group, []
    rows = np.flatnonzero(np.isin(group, list(trouble)))
    inside = np.flatnonzero(
        np.isin(group[links.left], list(trouble)) & (links.decision == "link")
    )
    order = inside[
        np.lexsort(
            (
                links.right[inside],
                links.left[inside],
                -links.probability[inside],
                ~links.by_person[inside],
            )
        )
    ]
    never = {
        frozenset(pair)
        for pair in zip(
            links.left[barred].tolist(), links.right[barred].tolist(), strict=True
        )
    }
    values = {
        name: links.clean[name].to_numpy(dtype=object, na_value=None)
        for name in keep_apart
    }
    home, members = (
        {row: row for row in rows.tolist()},
        {row: [row] for row in rows.tolist()},
    )
    cut = []
    for place in order.tolist():
        one, two = int(links.left[place]), int(links.right[place])
        first, second = home[one], home[two]
        if first == second:
            continue
        across = [(a, b) for a in members[first] for b in members[second]]
        if never and any(frozenset(pair) in never for pair in across):
            cut.append(("person_says_different", one, two))
        elif not links.by_person[place] and any(
            _contradict(column[a], column[b])
            for column in values.values()
            for a, b in across
        ):
            cut.append(("numbers_differ", one, two))
        else:
            members[first] += members.pop(second)
            home.update(dict.fromkeys(members[first], first))
    made, most = group.copy(), int(group.max()) + 1
    made[rows] = most + np.array([home[row] for row in rows.tolist()])
    return pd.factorize(made)[0].astype(np.int64), cut


def _contradict(one: object, two: object) -> bool:
    if one is None or two is None or one == two:
        return False
    return not one_slip_apart(
        np.array([str(one), str(two)]), np.array([0]), np.array([1])
    )[0]


def _with_company(
    clean: pd.DataFrame, group: np.ndarray
) -> tuple[np.ndarray, list[tuple]]:
    """Groups of branch records put with the one company of their name; and those for which there are several."""
    table = pd.DataFrame(
        {
            "row": np.arange(len(clean)),
            "group": group,
            "core": clean["name_core"].to_numpy(),
            "kind": clean["legal_form"].map(form_kind).to_numpy(),
            "head": (clean["branch_town"] == "").to_numpy(),
        }
    )
    only_branch = ~table.groupby("group")["head"].transform("any")
    branches = table[only_branch]
    if branches.empty:
        return group, []
    heads = table[~only_branch & table["head"] & table["core"].isin(branches["core"])]
    pairs = branches.merge(heads, on="core", suffixes=("", "_head"))
    pairs = pairs[
        (pairs["kind"] == pairs["kind_head"])
        | (pairs["kind"] == "")
        | (pairs["kind_head"] == "")
    ]
    votes = (
        pairs.groupby(["group", "group_head"])
        .agg(row=("row", "first"), other=("row_head", "first"))
        .reset_index()
    )
    companies = votes.groupby("group")["group_head"].transform("size")
    joined = votes[companies == 1].set_index("group")["group_head"]
    several = votes[companies > 1]
    made = (
        pd.Series(group)
        .map(joined)
        .fillna(pd.Series(group))
        .to_numpy()
        .astype(np.int64)
    )
    return made, [
        ("several_companies", row.row, row.other) for row in several.itertuples()
    ]


def _named(clean: pd.DataFrame, group: np.ndarray) -> np.ndarray:
    """The id of each record's customer, after its earliest record: it stays when later records join."""
    order = np.lexsort((np.arange(len(clean)), clean["created_on"].to_numpy()))
    first = np.full(int(group.max()) + 1, -1)
    first[group[order[::-1]]] = order[::-1]
    return ("U-" + clean["record_id"].astype(str)).to_numpy(dtype=object)[first[group]]
