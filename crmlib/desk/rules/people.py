"""Who hears of an event: customers with what conditions ask of them, the channels on which they can be reached, and their consent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, refuse_rows, require_columns
from crmlib.company.company import Company
from crmlib.desk.rules.checking import CHANNELS, CONTROL
from crmlib.desk.rules.conditions import Values, column_values
from crmlib.i18n import _

_ROLE = {"payment_overdue": "finance"}
_USUAL_ROLE, _FALLBACK = "dispatch", "sms"
_ROLES = ("owner", "dispatch", "finance")
_MONTH = np.timedelta64(30_436_875 * 86_400, "us")


@dataclass(frozen=True, eq=False)
class People:
    """The customers, one row each: `table` with the fields of conditions, `ids`, `reach` (customer × CHANNELS, yes or no), `preferred` by role."""

    table: pd.DataFrame
    ids: pd.Index
    reach: np.ndarray
    preferred: dict[str, np.ndarray]
    made: dict[str, Values] = field(default_factory=dict, repr=False)

    def column(self, name: str, kind: str) -> Values:
        """A column of `table` as conditions want it, made once."""
        if name not in self.made:
            self.made[name] = column_values(self.table[name], kind)
        return self.made[name]

    def preferred_for(self, event: str) -> np.ndarray:
        """Place in CHANNELS of the channel that the customer's contact for such events prefers."""
        return self.preferred[_ROLE.get(event, _USUAL_ROLE)]


def people_of(given: Company | pd.DataFrame | People) -> People:
    """The customers of a firm, or of a frame with customer_id and what else conditions ask for (and `channel`, the preferred one).

    Who has no contact person is known by the phone on the waybill: a text message reaches everybody.

    >>> people = people_of(pd.DataFrame({"customer_id": ["C1", "C2"], "channel": ["wecom", None]}))
    >>> [CHANNELS[place] for place in people.preferred_for("delay_predicted")]
    ['wecom', 'sms']
    """
    if isinstance(given, People):
        return given
    contacts = None
    if isinstance(given, pd.DataFrame):
        customers = given
        if "channel" in given.columns:
            contacts = given[["customer_id", "channel"]].dropna().assign(role="owner")
    elif hasattr(given, "customers"):
        customers, contacts = given.customers, given.tables.get("contacts")
    else:
        raise ValueError(_("customers must be a firm or a pandas table; this is a {kind}.").format(kind=type(given).__name__))
    require_columns(customers.columns, ["customer_id"])
    ids = customers["customer_id"].astype(object)
    refuse_rows(ids.isna() | ids.duplicated(), _("customer_id is missing or stands there twice"), _("Keep one row a customer."))
    index = pd.Index(ids.to_numpy())
    table = customers.reset_index(drop=True)
    table = table.assign(customer_name=table["name"] if "name" in table.columns else table["customer_id"],
                         has_manager=table["salesperson_id"].notna() if "salesperson_id" in table.columns else False)  # fmt: skip
    reach = np.zeros((len(index), len(CHANNELS)), dtype=bool)
    reach[:, CHANNELS.index(_FALLBACK)] = True
    preferred = {role: np.full(len(index), -1) for role in _ROLES}
    if contacts is not None and len(contacts):
        row, channel = index.get_indexer(contacts["customer_id"].astype(object)), pd.Index(CHANNELS).get_indexer(contacts["channel"].astype(object))
        good = (row >= 0) & (channel >= 0)
        reach[row[good], channel[good]] = True
        role = contacts["role"].astype(object).to_numpy()
        for name in _ROLES:
            mine = good & (role == name)
            preferred[name][row[mine][::-1]] = channel[mine][::-1]  # of several contacts in one role the first counts
        everybody = np.full(len(index), -1)
        everybody[row[good][::-1]] = channel[good][::-1]
        for name in _ROLES:
            for other in (preferred["owner"], everybody):
                preferred[name] = np.where(preferred[name] < 0, other, preferred[name])
    preferred = {name: np.where(places < 0, CHANNELS.index(_FALLBACK), places) for name, places in preferred.items()}
    return People(table, index, reach, preferred)


def months_with(opened: pd.Series, at: np.ndarray) -> np.ndarray:
    """Months from opening an account to a moment.

    >>> months_with(pd.Series(pd.to_datetime(["2025-11-01"])), np.array(["2026-11-01"], dtype="datetime64[us]")).round(1).tolist()
    [12.0]
    """
    return np.round((at - opened.to_numpy(dtype="datetime64[us]")) / _MONTH, 1)


def assign_arms(experiment: str, customer_ids: Iterable[str], shares: Mapping[str, float]) -> pd.Series:
    """Which arm of an experiment each customer is in: by a hash of both names, so that it never changes and no list need be kept.

    Answers: who is told and who, by lot, is not?

    Parameters
    ----------
    experiment : its name; another name deals the customers anew
    customer_ids : the customers
    shares : arm → share of customers, adding up to 1

    Returns
    -------
    Series of arms, indexed by customer_id

    Raises
    ------
    ValueError
        The shares do not add up to 1.

    Source: hashing for stable assignment, Kohavi, Tang and Xu (2020), Trustworthy Online Controlled Experiments.

    >>> arms = assign_arms("delay_notice", [f"C{i}" for i in range(1000)], {"control": 0.2, "told": 0.8})
    >>> bool(0.15 < (arms == "control").mean() < 0.25)
    True
    """
    if not shares or min(shares.values()) < 0 or abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(_("The shares of the arms must add up to 1; they add up to {total}.").format(total=round(sum(shares.values()), 4)))
    ids = list(customer_ids)
    edges = np.cumsum(list(shares.values()))[:-1]
    lot = np.array([int.from_bytes(hashlib.sha256(f"{experiment}|{one}".encode()).digest()[:8], "big") for one in ids], dtype=float) / 2.0**64
    return pd.Series(np.array(list(shares), dtype=object)[np.searchsorted(edges, lot, side="right")], index=pd.Index(ids, name="customer_id"), name="arm")


def told_control(arms: pd.Series) -> np.ndarray:
    """Whether each is in the control group.

    >>> told_control(pd.Series(["control", "told"])).tolist()
    [True, False]
    """
    return (arms == CONTROL).to_numpy()


def consent_words(consent: object) -> pd.DataFrame:
    """A consent frame as the ledger of `crm.privacy` has it: what customers said (given yes or no) and when.

    A frame with given_at and withdrawn_at, one row a consent, is turned into such words; None is a ledger in which nobody said anything.

    >>> consent_words(pd.DataFrame({"customer_id": ["C1"], "purpose": "survey", "channel": "all", "given_at": ["2026-01-01"],
    ...     "withdrawn_at": ["2026-02-01"]})).given.tolist()
    [True, False]
    """
    columns = ["customer_id", "purpose", "channel", "given", "at"]
    if consent is None:
        return pd.DataFrame({name: pd.Series(dtype="datetime64[us]" if name == "at" else object) for name in columns})
    table = consent.table() if hasattr(consent, "table") else consent
    need_frame(table, "consent")
    if "given" in table.columns:
        require_columns(table.columns, columns)
        return table[columns]
    require_columns(table.columns, ["customer_id", "purpose", "given_at", "withdrawn_at"])
    channel = table["channel"].fillna("all") if "channel" in table.columns else "all"
    words = [table[["customer_id", "purpose"]].assign(channel=channel, given=said, at=pd.to_datetime(table[name]).astype("datetime64[us]"))
             for name, said in (("given_at", True), ("withdrawn_at", False))]  # fmt: skip
    return pd.concat(words, ignore_index=True).dropna(subset=["at"])
