"""The same customers as five systems hold them, with duplicates, slips, gaps and old addresses, and the truth about who is who."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.company.axes import MARKETS, require_keys
from crmlib.company.contract import conform
from crmlib.company.draws import Stream
from crmlib.company.parameters import chosen, parameter_table
from crmlib.company.profiles import FIELDS, draw_profiles
from crmlib.company.source_errors import ERRORS, write_down
from crmlib.company.tables.sources import SOURCE_RECORDS

if TYPE_CHECKING:
    from crmlib.company.world import World

SYSTEMS = SOURCE_RECORDS["system"].categories
_PREFIX = {"order": "DD", "warehouse": "CC", "transport": "YS", "payment": "ZF", "sales_list": "XS"}
_GOODS = ("warehouse", "transport")
"""Systems that know only customers who have shipped."""


@dataclass(frozen=True, kw_only=True)
class SourceScenario:
    """The parameters of the five systems. `SourceScenario.table()` lists each with its value, source and mark.

    A rate of `errors` times the system's `carelessness` is the share of its records that suffer the error, among those that can:
    name_typo (one slip in the name), name_form (legal form or ending dropped, shortened or added), spacing (a blank in the name),
    traditional (the record is in traditional characters), full_width (phones and address in full width), contact_polite (王女士
    instead of the name), contact_old (an earlier contact), mobile_typo (one wrong digit), mobile_old (an earlier number),
    mobile_format (blanks, hyphens or +86), landline_format (brackets, or no hyphen), address_short (province or city dropped or
    shortened), address_typo, address_old (before the customer moved), id_typo, email_typo.

    Raises
    ------
    ValueError
        A mapping lacks a market, system, field or error.

    >>> round(SourceScenario().errors["name_typo"] * SourceScenario().carelessness["sales_list"], 2)
    0.1
    """

    known: Mapping[str, Mapping[str, float]] = chosen(
        {"order": {"e_commerce": 0.86, "corporate": 0.86, "walk_in": 0.86},
         "warehouse": {"e_commerce": 0.40, "corporate": 0.25, "walk_in": 0.02},
         "transport": {"e_commerce": 0.40, "corporate": 0.45, "walk_in": 0.30},
         "payment": {"e_commerce": 0.50, "corporate": 0.75, "walk_in": 0.22},
         "sales_list": {"e_commerce": 0.55, "corporate": 0.60, "walk_in": 0.0}},
        "各系统认识各类客户的比例；没有一个系统认识的，补一条订单系统记录", "Share of each market's customers that a system knows; who is in none gets an order record")
    repeated: Mapping[str, float] = chosen(
        {"order": 0.06, "warehouse": 0.03, "transport": 0.06, "payment": 0.02, "sales_list": 0.15},
        "同一系统里重复建档的客户比例", "Share of a system's customers who stand in it twice")
    namesakes: float = chosen(0.02, "与另一客户同名的客户比例", "Share of customers who bear another customer's name")
    branches: float = chosen(0.12, "有分公司的企业客户比例", "Share of corporate companies that have a branch")
    branch_records: float = chosen(0.35, "这些客户的记录里用分公司名义的比例", "Share of their records made in the branch's name")
    carelessness: Mapping[str, float] = chosen(
        {"order": 0.8, "warehouse": 1.0, "transport": 1.3, "payment": 0.4, "sales_list": 2.0},
        "各系统出错率是基准的几倍", "By what a system's error rates multiply the base rates")
    errors: Mapping[str, float] = chosen(
        {"name_typo": 0.05, "name_form": 0.15, "spacing": 0.04, "traditional": 0.03, "full_width": 0.05, "contact_polite": 0.08,
         "contact_old": 0.06, "mobile_typo": 0.02, "mobile_old": 0.08, "mobile_format": 0.20, "landline_format": 0.25,
         "address_short": 0.35, "address_typo": 0.03, "address_old": 0.05, "id_typo": 0.01, "email_typo": 0.02},
        "各种差错的基准比例", "Base rate of each error")
    filled: Mapping[str, Mapping[str, float]] = chosen(
        {"order": {"contact_name": 0.97, "mobile": 0.96, "landline": 0.40, "address": 0.98, "id_number": 0.35, "email": 0.70},
         "warehouse": {"contact_name": 0.60, "mobile": 0.55, "landline": 0.50, "address": 0.95, "id_number": 0.05, "email": 0.10},
         "transport": {"contact_name": 0.90, "mobile": 0.97, "landline": 0.30, "address": 0.99, "id_number": 0.02, "email": 0.03},
         "payment": {"contact_name": 0.50, "mobile": 0.70, "landline": 0.35, "address": 0.40, "id_number": 0.92, "email": 0.60},
         "sales_list": {"contact_name": 0.95, "mobile": 0.85, "landline": 0.60, "address": 0.70, "id_number": 0.03, "email": 0.15}},
        "各系统里各字段填了的比例（客户有这一项的话）", "Share of a system's records in which a field is filled, if the customer has it")
    lag_days: Mapping[str, float] = chosen(
        {"order": 3.0, "warehouse": 40.0, "transport": 20.0, "payment": 12.0, "sales_list": 30.0},
        "开户之后平均过几天建档", "Mean days from opening the account to the record")

    def __post_init__(self) -> None:
        for name in ("known", "repeated", "carelessness", "filled", "lag_days"):
            require_keys(f"sources.{name}", getattr(self, name), SYSTEMS)
        require_keys("sources.errors", self.errors, ERRORS)
        for system in SYSTEMS:
            require_keys(f"sources.known[{system!r}]", self.known[system], MARKETS)
            require_keys(f"sources.filled[{system!r}]", self.filled[system], FIELDS[1:])

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, its source (or meaning) in both languages and its mark, indexed by name.

        >>> SourceScenario.table().loc["errors", "mark"]
        'teaching'
        """
        return parameter_table(cls)


def draw_source_systems(world: World) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The table source_records and the truth behind it, as `draw_records` gives them, for the customers of the simulated firm."""
    shipped = world.customers["customer_id"].isin(world.waybills["customer_id"].unique()).to_numpy()
    return draw_records(world.customers, shipped, world.first, world.days, world.stream, world.scenario.sources, world.number)


def draw_records(
    customers: pd.DataFrame, shipped: np.ndarray, first: dt.date, days: int, stream: Stream, sources: SourceScenario, number: int = 1,
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:  # fmt: skip
    """The records of the five systems about `customers`.

    Parameters
    ----------
    customers : by the contract
    shipped : for each customer, whether it has ever shipped
    first, days : the firm's period; no record is made after its end
    stream, sources : where the numbers come from, and the parameters
    number : from which on each system numbers its records

    Returns
    -------
    dict
        The table source_records, system by system in order of creation.
    dict of truth
        "same_customer": system, record_id, customer_id, branch (made in the branch's name), repeated (the system holds the customer
        already). "source_profiles": what is true of each customer (and, marked branch, of its branch), without any error.
        "source_errors": record_id and, for each error, whether the record suffers it.
    """
    system, owner, repeated = _who_is_where(customers, shipped, stream, sources)
    created = _created(customers, system, owner, repeated, first, days, stream, sources)
    order = np.lexsort((stream.uniforms("sources/order", len(owner)), created, system))
    system, owner, repeated, created = system[order], owner[order], repeated[order], created[order]
    profiles, earlier, branch_of = _profiles(customers, stream, sources)
    branch = (branch_of[owner] >= 0) & (stream.uniforms("sources/branch record", len(owner)) < sources.branch_records)
    who = np.where(branch, branch_of[owner], owner)
    fields, errors = write_down(profiles, earlier, who, system, stream, sources)
    record_id = _record_ids(system, number)
    names = np.array(SYSTEMS, dtype=object)[system]
    records = pd.DataFrame({"system": names, "record_id": record_id, **fields, "created_on": created})
    truth = {
        "same_customer": pd.DataFrame({
            "system": names, "record_id": record_id, "customer_id": profiles["customer_id"][who], "branch": branch, "repeated": repeated}),
        "source_profiles": pd.DataFrame(profiles), "source_errors": pd.DataFrame({"record_id": record_id, **errors}),
    }  # fmt: skip
    return {"source_records": conform(records, SOURCE_RECORDS)}, truth


def _who_is_where(
    customers: pd.DataFrame, shipped: np.ndarray, stream: Stream, sources: SourceScenario
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every record its system's number, its customer's row, and whether it is the system's second record of that customer."""
    known = np.zeros((len(SYSTEMS), len(customers)), dtype=bool)
    for place, system in enumerate(SYSTEMS):
        chance = customers["market"].map(sources.known[system]).to_numpy(dtype=float)
        known[place] = stream.uniforms(f"sources/{system}/known", len(customers)) < chance
        if system in _GOODS:
            known[place] &= shipped
    known[SYSTEMS.index("sales_list")] &= customers["salesperson_id"].notna().to_numpy()
    known[SYSTEMS.index("order"), ~known.any(axis=0)] = True
    often = np.stack([stream.uniforms(f"sources/{system}/repeated", len(customers)) < sources.repeated[system] for system in SYSTEMS])
    once, again = np.nonzero(known), np.nonzero(known & often)
    system, owner = (np.concatenate([first, second]) for first, second in zip(once, again, strict=True))
    return system, owner, np.arange(len(system)) >= len(once[0])


def _created(
    customers: pd.DataFrame, system: np.ndarray, owner: np.ndarray, repeated: np.ndarray, first: dt.date, days: int, stream: Stream,
    sources: SourceScenario,
) -> np.ndarray:  # fmt: skip
    """The day of each record: some days after the account was opened; a repeated one at any time up to the end."""
    last = np.datetime64(first, "D") + days - 1
    opened = customers["opened_on"].to_numpy().astype("datetime64[D]")[owner]
    lag = -np.array([sources.lag_days[name] for name in SYSTEMS])[system] * np.log1p(-stream.uniforms("sources/lag", len(owner)))
    later = stream.uniforms("sources/later", len(owner)) * (last - opened).astype(float)
    return np.minimum(opened + np.where(repeated, later, lag).astype("timedelta64[D]"), last)


def _profiles(customers: pd.DataFrame, stream: Stream, sources: SourceScenario) -> tuple[dict, dict, np.ndarray]:
    """What is true now, what was true earlier (same entries), and the entry of each customer's branch, -1 where there is none."""
    company = (customers["market"] == "corporate") & customers["name"].str.endswith("有限公司") & (customers["region"] != "abroad")
    rows = np.flatnonzero(company.to_numpy() & (stream.uniforms("sources/branches", len(customers)) < sources.branches))
    branch_of = np.full(len(customers), -1)
    branch_of[rows] = len(customers) + np.arange(len(rows))
    home = draw_profiles(customers, stream, namesakes=sources.namesakes) | {"kind": _name_kinds(customers)}
    away = draw_profiles(customers.iloc[rows], stream, namesakes=0.0, topic="sources/branch")
    town = [city.removesuffix("市") or province for city, province in zip(away["city"], away["province_short"], strict=True)]
    away["name"] = home["name"][rows] + np.array(town, dtype=object) + "分公司"
    away["kind"] = np.full(len(rows), "branch", dtype=object)
    number, branch = customers["customer_id"].to_numpy(dtype=object), np.repeat([False, True], [len(customers), len(rows)])
    profiles = {"customer_id": np.concatenate([number, number[rows]]), "branch": branch}
    profiles |= {name: np.concatenate([home[name], away[name]]) for name in home}
    both = customers.iloc[np.concatenate([np.arange(len(customers)), rows])]
    return profiles, draw_profiles(both, stream, namesakes=0.0, topic="sources/earlier"), branch_of


def _name_kinds(customers: pd.DataFrame) -> np.ndarray:
    person = (customers["market"] == "walk_in") & (customers["nature"] == "individual")
    office = (customers["nature"] == "government_nonprofit") & (customers["market"] != "e_commerce")
    return np.select([customers["region"] == "abroad", person, office], ["abroad", "person", "office"], "business")


def _record_ids(system: np.ndarray, first: int) -> np.ndarray:
    """Numbered from `first` within each system in the order of the rows, which are sorted by system."""
    starts = np.searchsorted(system, np.arange(len(SYSTEMS)))
    number = (first + np.arange(len(system)) - starts[system]).tolist()
    prefix = np.array([_PREFIX[name] for name in SYSTEMS], dtype=object)[system]
    return np.array([f"{letters}{place:07d}" for letters, place in zip(prefix, number, strict=True)], dtype=object)
