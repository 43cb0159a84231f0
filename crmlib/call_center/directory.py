"""Whose number is it? What the firm knows of telephone numbers, and invented ones where the simulated firm keeps none."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.call_center.caller_numbers import read_number
from crmlib.checks import require_columns
from crmlib.company.draws import Stream
from crmlib.company.names import draw_names
from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.company import Company

COLUMNS = ["number", "masked", "customer_id", "name", "role", "source"]
_OWN_SHARE, _PARCELS_EACH = 0.5, 4.0


def phone_directory(company: Company | Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Collect the firm's numbers: those of contact persons, and those in the five systems.

    Answers: by which numbers could we know a caller?

    Contact persons stand with masked numbers, of which the first three and last four digits are left. The records of the five systems hold
    whole numbers; of them only those are taken whose name is exactly that of one customer: nothing is guessed here.

    Parameters
    ----------
    company : Company, or mapping of tables
        customers (customer_id, name); contacts (customer_id, name, role, phone) and source_records (name, contact_name, mobile, landline)
        where there are any.

    Returns
    -------
    DataFrame, one row a number and customer
        number (digits, or 129****5678), masked (yes/no), customer_id, name (of the person; may be missing), role (of the contact; may be
        missing), source ("contacts" or "source_records"). One number may stand with several customers.

    Raises
    ------
    ValueError
        There is no table of customers, or a column is missing.

    Source: 《快递客户关系管理》: when a customer calls, the system shows the agent the customer's file by itself.

    >>> firm = {"customers": pd.DataFrame({"customer_id": ["C1"], "name": ["A"]}), "contacts": pd.DataFrame(
    ...     {"customer_id": ["C1"], "name": ["B"], "role": ["owner"], "phone": ["129****5678"]})}
    >>> phone_directory(firm)[["number", "masked", "customer_id"]].values.tolist()
    [['129****5678', True, 'C1']]
    """
    tables = getattr(company, "tables", company)
    if not isinstance(tables, Mapping) or "customers" not in tables:
        raise ValueError(_("A table of customers is needed. Give a firm, or a mapping with customers in it."))
    customers = tables["customers"]
    require_columns(customers.columns, ["customer_id", "name"])
    parts = []
    if "contacts" in tables:
        contacts = tables["contacts"]
        require_columns(contacts.columns, ["customer_id", "name", "role", "phone"])
        parts.append(contacts[["customer_id", "name", "role"]].assign(typed=contacts["phone"], source="contacts"))
    if "source_records" in tables:
        records = tables["source_records"]
        require_columns(records.columns, ["name", "contact_name", "mobile", "landline"])
        once = customers.loc[~customers["name"].duplicated(keep=False)].set_index("name")["customer_id"]
        owner = records["name"].map(once)
        for column in ("mobile", "landline"):
            parts.append(pd.DataFrame({"customer_id": owner, "name": records["contact_name"], "role": None, "typed": records[column],
                                       "source": "source_records"}).dropna(subset=["customer_id", "typed"]))  # fmt: skip
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    found = pd.concat([part.astype({"name": object, "role": object}) for part in parts], ignore_index=True)
    read = [read_number(typed) for typed in found["typed"]]
    found["masked"] = [number.kind == "masked" for number in read]
    found["number"] = [number.pattern if number.kind == "masked" else number.digits for number in read]
    found = found[[number.readable for number in read]]
    return found.drop_duplicates(["number", "customer_id"])[COLUMNS].reset_index(drop=True)


def simulated_recipients(waybills: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Invent an addressee with a telephone number for every waybill; the simulated firm keeps none.

    Half of a sender's parcels go to few addressees of its own, again and again; the others to people who get parcels from many senders.

    Parameters
    ----------
    waybills : DataFrame, one row a parcel
        waybill_id, customer_id
    seed : whole number

    Returns
    -------
    DataFrame, one row a parcel
        waybill_id, recipient_name, recipient_phone (eleven digits from 129, as no real mobile has)

    Raises
    ------
    ValueError
        A column is missing.

    Source: invented; any likeness is chance.

    >>> parcels = pd.DataFrame({"waybill_id": ["W1", "W2"], "customer_id": ["C1", "C1"]})
    >>> simulated_recipients(parcels, seed=1)["recipient_phone"].str.fullmatch("129[0-9]{8}").tolist()
    [True, True]
    """
    require_columns(waybills.columns, ["waybill_id", "customer_id"])
    stream, size = Stream(seed), len(waybills)
    sender = pd.factorize(waybills["customer_id"], sort=True)[0]
    everybody = max(int(size / _PARCELS_EACH), 1)
    own = stream.uniforms("own", size) < _OWN_SHARE
    # Squared, so that the first of a sender's addressees get most of its parcels.
    regular = everybody + sender * 8 + (stream.uniforms("which", size) ** 2 * 8).astype(np.int64)
    person = np.where(own, regular, (stream.uniforms("who", size) * everybody).astype(np.int64))
    known, code = np.unique(person, return_inverse=True)
    names = draw_names(np.full(min(len(known), 5000), "person"), stream.generator("names"))
    # An odd factor prime to ten turns different people into different numbers that do not stand in a row.
    phones = (known * 26_544_357 + 1_234_567 * seed) % 100_000_000
    phone = np.array([f"129{digits:08d}" for digits in phones], dtype=object)
    return pd.DataFrame({"waybill_id": waybills["waybill_id"].array, "recipient_name": names[(known % len(names))][code],
                         "recipient_phone": phone[code]})  # fmt: skip


def simulated_caller_numbers(calls: pd.DataFrame, directory: pd.DataFrame, recipients: pd.DataFrame | None = None) -> pd.Series:
    """Invent for every call the number that it came from; the calls of the simulated firm keep none.

    Senders call from one of their numbers in the directory (hidden digits are made up), addressees from that of their parcel. Who cannot be
    recognised calls from a number that nobody has; calls for which neither is known are withheld (missing).

    Parameters
    ----------
    calls : DataFrame, one row a call
        call_id, customer_id, waybill_id, role
    directory : DataFrame from :func:`phone_directory`
    recipients : DataFrame from :func:`simulated_recipients`, optional

    Returns
    -------
    Series of text, indexed by call_id; missing where the number is withheld

    Raises
    ------
    ValueError
        A column is missing.

    Source: invented; the same calls give the same numbers.

    >>> calls = pd.DataFrame({"call_id": ["K1"], "customer_id": ["C1"], "waybill_id": [None], "role": ["sender"]})
    >>> known = pd.DataFrame({"number": ["129****5678"], "customer_id": ["C1"]})
    >>> simulated_caller_numbers(calls, known).str.replace("129....5678", "129....5678", regex=True).tolist()
    ['129....5678']
    """
    require_columns(calls.columns, ["call_id", "customer_id", "waybill_id", "role"])
    require_columns(directory.columns, ["number", "customer_id"])
    of_customer = directory.groupby("customer_id")["number"].agg(list).to_dict()
    of_parcel = {} if recipients is None else dict(zip(recipients["waybill_id"], recipients["recipient_phone"], strict=True))
    found = []
    for call, customer, parcel, role in calls[["call_id", "customer_id", "waybill_id", "role"]].itertuples(index=False):
        chance = zlib.crc32(str(call).encode())
        if role == "recipient":
            found.append(of_parcel.get(parcel))
        elif pd.isna(customer):
            found.append(f"128{chance % 100_000_000:08d}")
        else:
            numbers = of_customer.get(customer)
            found.append(_filled(numbers[chance % len(numbers)]) if numbers else None)
    return pd.Series(found, index=pd.Index(calls["call_id"], name="call_id"), name="number", dtype=object)


def _filled(number: str) -> str:
    return number.replace("****", f"{zlib.crc32(number.encode()) % 10_000:04d}")
