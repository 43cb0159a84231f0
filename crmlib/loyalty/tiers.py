"""Membership by yearly spend: the tiers, what each brings, and how far it is to the next."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.segments.per_customer import amounts
from crmlib.standards import get

TIERS = ("standard", "silver", "gold", "diamond")
_BENEFITS = ("own_agent", "priority_clearance", "product_trials")


def tier_table() -> pd.DataFrame:
    """The tiers as a table: from which yearly spend, and with what benefits.

    Answers: what does a member get, and for how much?

    Returns
    -------
    DataFrame, indexed by tier, lowest first
        from_yuan (spend of twelve months), freight_discount (share of the price), own_agent, priority_clearance, product_trials (bool)

    Source: 《2025国际快递行业客户关系管理体系研究》 for the four benefits; limits and discounts (standards membership.*) are for teaching.

    >>> tier_table().index.tolist()
    ['standard', 'silver', 'gold', 'diamond']
    """
    begins = get("membership.tier_from", unit="yuan_per_year")
    table = pd.DataFrame({"from_yuan": begins, "freight_discount": get("membership.freight_discount", unit="share")}, dtype="float64")
    for benefit in _BENEFITS:
        table[benefit] = table["from_yuan"] >= get(f"membership.{benefit}_from", unit="yuan_per_year")
    return table.set_axis(pd.Index(TIERS, name="tier"))


def membership(spend: pd.Series, *, tiers: pd.DataFrame | None = None) -> pd.DataFrame:
    """Put each member into the tier of its yearly spend.

    Answers: who is gold, what does that bring, and who is a few parcels short of the next tier?

    Parameters
    ----------
    spend : Series, yuan, indexed by customer_id or member_id
        Sum of the prices of twelve months.
    tiers : DataFrame, lowest tier first, optional
        Indexed by tier: from_yuan (rising from 0), and any columns of benefits. Without it: :func:`tier_table`.

    Returns
    -------
    DataFrame, in the order of `spend`
        year_spend_yuan, tier (ordered category), the columns of benefits, next_tier (None for the highest), to_next_yuan (what is lacking
        to the next tier; NaN for the highest)

    Raises
    ------
    ValueError
        A spend is negative, missing or text, a member stands twice, or the table of tiers does not rise from 0.

    Source: 《2025国际快递行业客户关系管理体系研究》 (会员体系：按年消费额给予权益); figures chosen for teaching.

    >>> membership(pd.Series({"c1": 280.0, "c2": 1500.0}))[["tier", "to_next_yuan"]].values.tolist()
    [['standard', 20.0], ['gold', 4500.0]]
    """
    tiers = tier_table() if tiers is None else tiers
    begins = _begins(tiers)
    found = amounts(spend, "spend")
    place = np.searchsorted(begins, found.to_numpy(), side="right") - 1
    names = list(tiers.index)
    following = [*names[1:], None]
    tier = pd.Categorical.from_codes(place, categories=names, ordered=True)
    result = pd.DataFrame({"year_spend_yuan": found, "tier": tier}, index=found.index)
    for benefit in tiers.columns.drop("from_yuan"):
        result[benefit] = tiers[benefit].to_numpy()[place]
    result["next_tier"] = pd.Series([following[number] for number in place], index=found.index, dtype=object)
    result["to_next_yuan"] = np.append(begins[1:], np.nan)[place] - found.to_numpy()
    return result


def _begins(tiers: pd.DataFrame) -> np.ndarray:
    if not isinstance(tiers, pd.DataFrame) or tiers.empty:
        raise ValueError(_("tiers must be a table with one row a tier, lowest first, as crm.loyalty.tier_table() gives it."))
    require_columns(tiers.columns, ["from_yuan"])
    begins = pd.to_numeric(tiers["from_yuan"], errors="coerce")
    rises = begins.diff().fillna(1) > 0
    refuse_rows(begins.isna() | ~rises | (np.arange(len(begins)) == 0) & (begins != 0), _("from_yuan does not rise from 0"),
                _("Put the lowest tier first, with 0, and each next one higher."))  # fmt: skip
    if not tiers.index.is_unique:
        raise ValueError(_("Two tiers have the same name: {names}.").format(names=", ".join(map(str, tiers.index))))
    return begins.to_numpy(dtype="float64")
