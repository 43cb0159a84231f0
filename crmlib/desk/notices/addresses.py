"""Made-up addresses, so that practice reaches nobody."""

from __future__ import annotations

import hashlib

import pandas as pd

from crmlib.checks import need_frame, require_columns

_FORMS = {"email": "{name}@customers.example", "sms": "129{digits}", "wecom": "wx-{name}", "dingtalk": "dd-{name}"}


def practice_addresses(notices: pd.DataFrame) -> pd.DataFrame:
    """An invented address for everybody who is to hear something: mobiles with 129, which no network uses, and e-mail that ends in .example.

    Parameters
    ----------
    notices : DataFrame with customer_id and channel, optionally who and waybill_id

    Returns
    -------
    DataFrame
        who, customer_id, waybill_id (only for recipients), channel, address

    >>> practice_addresses(pd.DataFrame({"customer_id": ["C1"], "channel": ["email"]})).address.tolist()
    ['c1@customers.example']
    """
    need_frame(notices, "notices")
    require_columns(notices.columns, ["customer_id", "channel"])
    who = notices["who"].astype(object) if "who" in notices else pd.Series("sender", index=notices.index)
    parcel = notices["waybill_id"].astype(object).where(who == "recipient", None) if "waybill_id" in notices else None
    table = pd.DataFrame({"who": who, "customer_id": notices["customer_id"].astype(object), "waybill_id": parcel, "channel": notices["channel"].astype(object)})
    table = table.drop_duplicates(ignore_index=True)
    names = [str(parcel or (f"{who}-{customer}" if who != "sender" else customer)).lower()
             for who, customer, parcel in zip(table["who"], table["customer_id"], table["waybill_id"], strict=True)]  # fmt: skip
    digits = [f"{int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10**8:08d}" for name in names]
    return table.assign(address=[_FORMS[channel].format(name=name, digits=number) for channel, name, number in zip(table["channel"], names, digits, strict=True)])
