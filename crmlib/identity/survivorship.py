"""The golden record: one line a customer, each field with the record it comes from and the rule that chose it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.i18n import _
from crmlib.identity.addresses import PARTS
from crmlib.identity.clustering import Clusters
from crmlib.identity.given import need

FIELDS = (
    "name",
    "contact_name",
    "mobile",
    "landline",
    "address",
    "id_number",
    "email",
    "created_on",
)
RULES = ("majority", "newest", "earliest", "trusted", "longest")
_TRUST = "payment order warehouse transport sales_list"


@dataclass(frozen=True, eq=False)
class GoldenBook:
    """`table`, one row a customer: unified_id, FIELDS, records, systems (how many), branches (towns, with blanks between). `sources`, one
    row a filled field: unified_id, field, value, system and record_id it comes from, rule, agreeing (records that say the same) and
    disagreeing (records that say something else)."""

    table: pd.DataFrame
    sources: pd.DataFrame = field(repr=False)

    def where_from(self, unified_id: str) -> pd.DataFrame:
        """Every field of one customer with its source."""
        found = self.sources[self.sources["unified_id"] == unified_id].reset_index(
            drop=True
        )
        if found.empty:
            raise ValueError(
                _("There is no customer {customer}.").format(customer=unified_id)
            )
        return found

    def summary(self) -> str:
        """The result in two sentences."""
        torn = self.sources[
            (self.sources["disagreeing"] > 0) & (self.sources["field"] != "created_on")
        ]
        several = self.sources[
            (self.sources["agreeing"] + self.sources["disagreeing"] > 1)
            & (self.sources["field"] != "created_on")
        ]
        return _("{customers:,} golden records out of {records:,}. Of {fields:,} fields that several records fill, "
                 "in {torn:,} ({share:.1%}) the records disagree and a rule chose.").format(
            customers=len(self.table), records=int(self.table["records"].sum()), fields=len(several), torn=len(torn),
            share=len(torn) / max(len(several), 1))  # fmt: skip


def survivorship_rules() -> pd.DataFrame:
    """The usual rules, as a table to edit.

    Answers: of five phone numbers, which one do we call?

    Returns
    -------
    DataFrame
        field; rule: majority (what most records say), newest or earliest (by created_on), trusted (by the order of systems) or longest
        (says most); systems: the order of trust, which also breaks ties, then the newest record wins. Where a company has records of its
        own, those of its branches are not asked.

    Source: teaching rules; Loshin, *Master Data Management* (2009), ch. 10 on survivorship.

    >>> survivorship_rules().set_index("field").loc["created_on", "rule"]
    'earliest'
    """
    rule = {"created_on": "earliest", "id_number": "trusted", "address": "majority"}
    return pd.DataFrame(
        {
            "field": FIELDS,
            "rule": [rule.get(name, "majority") for name in FIELDS],
            "systems": _TRUST,
        }
    )


def golden_records(
    clusters: Clusters, *, rules: pd.DataFrame | None = None
) -> GoldenBook:
    """One record a customer out of all that the systems say.

    Answers: what is this customer's number, and who says so?

    Parameters
    ----------
    clusters : Clusters, from :func:`crmlib.identity.cluster`
    rules : DataFrame, optional
        As :func:`survivorship_rules` gives them, edited.

    Returns
    -------
    GoldenBook
        table, sources; `.where_from(unified_id)`, `.summary()`

    Raises
    ------
    ValueError
        A rule or a field is unknown; clusters is something else.

    Source: teaching rules; Loshin, *Master Data Management* (2009), ch. 10 on survivorship.

    >>> from crmlib.identity import candidate_pairs, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> from crmlib.identity import cluster
    >>> clusters = cluster(fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).decide())
    >>> golden_records(clusters).table.loc[0, ["unified_id", "mobile"]].tolist()
    ['U-r0', '12900000000']
    """
    need(clusters, Clusters, "clusters", "crm.identity.cluster")
    rules = _checked(survivorship_rules() if rules is None else rules)
    records = _records(clusters)
    asked = records[
        ~records["is_branch"]
        | records.groupby("unified_id")["is_branch"].transform("all")
    ]
    found = pd.concat(
        [
            _chosen(asked, row.field, row.rule, str(row.systems).split())
            for row in rules.itertuples()
        ],
        ignore_index=True,
    )
    wide = found.pivot(index="unified_id", columns="field", values="value").reindex(
        columns=list(FIELDS)
    )
    wide.columns.name = None
    groups = records.groupby("unified_id")
    towns = (
        records[records["is_branch"]]
        .drop_duplicates(["unified_id", "site"])
        .groupby("unified_id")["site"]
        .agg(" ".join)
    )
    table = wide.assign(
        records=groups.size(), systems=groups["system"].nunique(), branches=towns
    ).fillna({"branches": ""})
    order = found.assign(
        place=found["field"].map({name: place for place, name in enumerate(FIELDS)})
    )
    sources = (
        order.sort_values(["unified_id", "place"], kind="stable")
        .drop(columns="place")
        .reset_index(drop=True)
    )
    return GoldenBook(
        table.assign(created_on=pd.to_datetime(table["created_on"])).reset_index(),
        sources,
    )


def _checked(rules: object) -> pd.DataFrame:
    need_frame(rules, "rules")
    require_columns(rules.columns, ["field", "rule", "systems"])
    for number, row in enumerate(rules.itertuples(), start=1):
        for column, value, known in (
            ("field", row.field, FIELDS),
            ("rule", row.rule, RULES),
        ):
            if value not in known:
                raise ValueError(_('Row {row}, column {column}: "{value}" is unknown. Use one of: {known}.').format(
                    row=number, column=column, value=value, known=", ".join(known)))  # fmt: skip
    if twice := rules.loc[rules["field"].duplicated(), "field"].tolist():
        raise ValueError(
            _("There are two rules for {field}. Keep one.").format(field=twice[0])
        )
    return rules


def _records(clusters: Clusters) -> pd.DataFrame:
    clean = clusters.clean
    address = (
        clean[list(PARTS)]
        .assign(city=clean["city"].where(clean["city"] != clean["province"]))
        .fillna("")
    )
    whole = (
        address["province"]
        + address["city"]
        + address["district"]
        + address["street"]
        + address["house"]
    )
    return pd.DataFrame({
        **clusters.table, "is_branch": clean["branch_town"] != "", "name": clean["name"], "address": whole.where(whole != ""),
        "contact_name": clean["contact_name"].where(~clean["contact_polite"]),
        **{name: clean[name] for name in ("mobile", "landline", "id_number", "email", "created_on")}})  # fmt: skip


def _chosen(
    records: pd.DataFrame, name: str, rule: str, systems: list[str]
) -> pd.DataFrame:
    """The value of one field for each customer, with its source."""
    table = records[["unified_id", "system", "record_id", "created_on"]].assign(
        value=records[name]
    )[records[name].notna()]
    codes = pd.DataFrame(
        {
            "unified": pd.factorize(table["unified_id"])[0],
            "value": pd.factorize(table["value"])[0],
        },
        index=table.index,
    )
    agreeing = codes.groupby(["unified", "value"])["value"].transform("size")
    said = codes.groupby("unified")["unified"].transform("size")
    trust = (
        table["system"]
        .map({system: place for place, system in enumerate(systems)})
        .fillna(len(systems))
        .to_numpy(dtype=float)
    )
    age = table["created_on"].rank(method="dense").fillna(0).to_numpy()
    first = {"majority": -agreeing.to_numpy(), "newest": -age, "earliest": age, "trusted": trust,
             "longest": -table["value"].astype(str).str.len().to_numpy()}[rule]  # fmt: skip
    order = np.lexsort(
        (np.arange(len(table)), -age, trust, first, codes["unified"].to_numpy())
    )
    found = (
        table.assign(
            field=name, rule=rule, agreeing=agreeing, disagreeing=said - agreeing
        )
        .iloc[order]
        .drop_duplicates("unified_id")
    )
    found["value"] = found["value"].astype(object)
    return found[
        [
            "unified_id",
            "field",
            "value",
            "system",
            "record_id",
            "rule",
            "agreeing",
            "disagreeing",
        ]
    ]
