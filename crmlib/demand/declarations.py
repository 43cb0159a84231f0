"""What a firm would know if its customers declared their goods: simulated declarations for parcels that have none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.credit.chance import generator
from crmlib.i18n import _

_COUNTRIES = ("us", "eu", "uk", "jp", "sea")
_COUNTRY_SHARES = (0.38, 0.24, 0.08, 0.10, 0.20)
_GOODS = ("electronics", "battery_inside", "clothing", "household", "cosmetics", "food", "documents")
_GOODS_SHARES = (0.22, 0.13, 0.25, 0.17, 0.10, 0.06, 0.07)


def simulated_declarations(waybills: pd.DataFrame, *, rng: np.random.Generator | int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cross-border parcels with simulated goods and countries, since the waybills tell neither.

    Answers: how would a rule that looks at goods work, had the firm asked for them?

    Parameters
    ----------
    waybills : DataFrame
        customer_id, scope and whatever else; only parcels with scope "cross_border" are kept.
    rng : generator or seed

    Returns
    -------
    (shipments, habits)
        shipments: the cross-border parcels with origin_country (always "cn"), destination_country and goods. habits, one row a customer:
        customer_id, main_country, main_goods, faithfulness (share of parcels that keep to the habit): what is true of the simulation.
        Not part of the firm's data: say "simulated" when you show them.

    Raises
    ------
    ValueError
        A column is missing, or there is no cross-border parcel.

    Source: drawn; shares of countries and goods are for teaching.

    >>> parcels = pd.DataFrame({"customer_id": ["c1"] * 3, "scope": ["cross_border", "cross_border", "domestic"]})
    >>> shipments, habits = simulated_declarations(parcels, rng=1)
    >>> len(shipments), habits.customer_id.tolist()
    (2, ['c1'])
    """
    require_columns(waybills.columns, ("customer_id", "scope"))
    rng = generator(rng)
    abroad = waybills[waybills["scope"] == "cross_border"].reset_index(drop=True)
    if abroad.empty:
        raise ValueError(_("The table has no cross-border parcels."))
    row, ids = pd.factorize(abroad["customer_id"], sort=True)
    country = rng.choice(len(_COUNTRIES), size=len(ids), p=_COUNTRY_SHARES)
    goods = rng.choice(len(_GOODS), size=len(ids), p=_GOODS_SHARES)
    faithful = rng.beta(8, 2, size=len(ids)).round(3)
    found = []
    for habit, names, share in ((country, _COUNTRIES, _COUNTRY_SHARES), (goods, _GOODS, _GOODS_SHARES)):
        other = rng.choice(len(names), size=len(row), p=share)
        found.append(np.array(names)[np.where(rng.random(len(row)) < faithful[row], habit[row], other)])
    habits = pd.DataFrame({"customer_id": ids, "main_country": np.array(_COUNTRIES)[country], "main_goods": np.array(_GOODS)[goods],
                           "faithfulness": faithful})  # fmt: skip
    return abroad.assign(origin_country="cn", destination_country=found[0], goods=found[1]), habits
