"""The thirteen records of a customer: what each answers, who owns it, when it must be renewed, and which are out of date."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.i18n import _, language
from crmlib.profiles.known_tables import KnownTables

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.company import Company

_STRICTER = ("public", "internal", "personal", "sensitive")


@cache
def records() -> Mapping[str, dict]:
    """What stands in records.toml of every kind, by its code.

    >>> len(records())
    13
    """
    return tomllib.loads((Path(__file__).parent / "records.toml").read_text("utf-8"))


def record_kinds() -> pd.DataFrame:
    """The thirteen kinds of records that a firm keeps of its customers.

    Answers: what should we know of a customer, who keeps it, from which tables, when is it out of date, and who may see it?

    Returns
    -------
    DataFrame, indexed by record (its code), in the textbook's order
        record_name, answers, tables, owner_role (a code of crm.privacy.ROLES), update_rule (words), evidence_days (out of date so long
        after the last evidence; missing: worked out whenever it is read), retention_months (the longest that one of its tables is kept by
        crm.privacy.retention_rules()), data_class (the strictest class of its tables' columns in crm.privacy.data_register()),
        lesson (which fills it), filled_by (the call that does)

    Source: 《快递客户关系管理》, project 1 (客户信息的管理); owners, days and rules are chosen for teaching.

    >>> record_kinds().loc["arrears", ["owner_role", "lesson"]].tolist()
    ['finance', '3-3']
    """
    from crmlib.privacy import data_register, retention_rules

    tongue = language()
    classes = data_register().groupby("table")["data_class"].agg(lambda found: max(found, key=_STRICTER.index))
    months = retention_rules().groupby("table")["keep_months"].max()
    rows = {
        kind: (
            one[tongue], one[f"answers_{tongue}"], ", ".join(one["tables"]), one["owner_role"], one[f"rule_{tongue}"],
            one.get("evidence_days", np.nan), months.reindex(one["tables"]).max(),
            max((classes[name] for name in one["tables"]), key=_STRICTER.index), one["lesson"], one["filled_by"],
        )
        for kind, one in records().items()
    }  # fmt: skip
    columns = ["record_name", "answers", "tables", "owner_role", "update_rule", "evidence_days", "retention_months", "data_class",
               "lesson", "filled_by"]  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("record")


@dataclass(frozen=True)
class Freshness:
    """`table`, indexed by record: customers (of whom it should be kept), current, out_of_date (the evidence is too old), never (there never
    was any), out_of_date_share (out of date or never), oldest_on, median_age_days. `customers`, one row a record and customer of the records
    that can grow old: record, customer_id, evidence_on, due_on, out_of_date."""

    table: pd.DataFrame
    as_of: pd.Timestamp
    customers: pd.DataFrame = field(repr=False, compare=False)

    def summary(self) -> str:
        """The worst record in one sentence."""
        worst = self.table["out_of_date_share"].idxmax()
        row = self.table.loc[worst]
        return _("On {day} the record most out of date is “{name}”: {old} of {customers} customers ({share:.0%}), {never} of them without any evidence.").format(
            day=f"{self.as_of:%Y-%m-%d}", name=records()[worst][language()], old=int(row["out_of_date"] + row["never"]), customers=int(row["customers"]),
            share=row["out_of_date_share"], never=int(row["never"]))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how much of each record is current, old or missing."""
        from crmlib.plotting.profiles import record_freshness

        return record_freshness(self, ax=ax)


def freshness(company: Company | Mapping[str, pd.DataFrame], *, as_of: object) -> Freshness:
    """Which records are out of date by their own rule.

    Answers: of how many customers do we believe things that nobody has checked for too long?

    Parameters
    ----------
    company : Company, or tables by name
    as_of : date, or text such as "2026-11-01"
        The morning of this day; what came later is not known.

    Returns
    -------
    Freshness
        `.table`, `.customers`, `.summary()`, `.plot()`. Records that are worked out whenever they are read cannot grow old.

    Raises
    ------
    ValueError
        A table that a record rests on is missing, or the day is no date.

    >>> from crmlib.company import lark
    >>> freshness(lark(), as_of="2026-11-01").table.loc["arrears", "out_of_date"].item()
    0
    """
    known = KnownTables(company, as_of)
    parts, rows = [], {}
    for kind, one in records().items():
        whom = known.whom(one["of"])
        if one["update"] == "on_read":
            rows[kind] = (len(whom), len(whom), 0, 0, 0.0 if len(whom) else np.nan, pd.NaT, np.nan)
            continue
        last = pd.Series(pd.NaT, index=whom, dtype="datetime64[us]")
        for place in one["evidence"]:
            table, column = place.split(".")
            if table in known:
                latest = known[table].groupby("customer_id")[column].max().reindex(whom)
                last = pd.concat([last, latest.astype("datetime64[us]")], axis=1).max(axis=1)
        due = last.dt.normalize() + pd.Timedelta(days=one["evidence_days"])
        old = ~(due >= known.as_of)
        parts.append(pd.DataFrame({"record": kind, "customer_id": whom, "evidence_on": last, "due_on": due, "out_of_date": old}))
        never = last.isna()
        rows[kind] = (len(whom), int((~old).sum()), int((old & ~never).sum()), int(never.sum()), old.mean() if len(whom) else np.nan, last.min(),
                      ((known.as_of - last) / pd.Timedelta(days=1)).median())  # fmt: skip
    columns = ["customers", "current", "out_of_date", "never", "out_of_date_share", "oldest_on", "median_age_days"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("record")
    return Freshness(table, known.as_of, pd.concat(parts, ignore_index=True))
