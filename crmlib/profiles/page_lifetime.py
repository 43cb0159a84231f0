"""What customers will still bring, with an interval, as the course works it out: Pareto/NBD by market in days, Gamma–Gamma for the amounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from crmlib.segments.per_customer import day

_COLUMNS = ["customer_id", "valued_on", "lifetime_value_yuan", "low", "high"]
_DAYS = 365


def lifetime_values(tables: Mapping[str, pd.DataFrame], *, valued_on: Iterable[object], rng: int = 0) -> pd.DataFrame:
    """The margin that each customer brings in the year after a day, from what was known at its end.

    Answers: what is this customer still worth, and how sure is that?

    Parameters
    ----------
    tables : mapping with customers (customer_id, market) and waybills
    valued_on : days; what comes after one of them plays no part in its values
    rng : int, the seed of the draws behind the intervals

    Returns
    -------
    DataFrame, one row a customer with parcels and a day
        customer_id, valued_on, lifetime_value_yuan, low, high. A market whose customers are too few or too alike for the model is left out, and
        so are customers whose parcels cost more than they bring.

    Source: see :mod:`crmlib.lifetime`.

    >>> lifetime_values({}, valued_on=()).columns.tolist()
    ['customer_id', 'valued_on', 'lifetime_value_yuan', 'low', 'high']
    """
    found = []
    for each in valued_on:
        last = day(each, "valued_on").normalize()
        until = last + pd.Timedelta(days=1)
        past = tables["waybills"]
        past = past[past["picked_up_at"] < until]
        markets = tables["customers"].set_index("customer_id")["market"].astype(str).reindex(past["customer_id"]).to_numpy()
        for _market, sent in past.groupby(markets, sort=True):
            found += [valued.assign(valued_on=last) for valued in _of_market(sent, until, rng)]
    return pd.concat(found, ignore_index=True)[_COLUMNS] if found else pd.DataFrame(columns=_COLUMNS)


def _of_market(sent: pd.DataFrame, until: pd.Timestamp, rng: int) -> list[pd.DataFrame]:
    from crmlib import lifetime
    from crmlib.segments import customer_activity

    start = sent["picked_up_at"].min().normalize()
    try:
        history = lifetime.purchase_summary(sent, start=start, end=until, unit="day")
        activity = customer_activity(sent, start=start, end=until).set_index("customer_id")
        margin_share = activity["margin_yuan"] / activity["revenue_yuan"]
        valued = lifetime.customer_lifetime_value(
            lifetime.fit_pareto_nbd(history), lifetime.fit_gamma_gamma(history, column="mean_revenue_yuan"), history, periods=_DAYS,
            margin_share=margin_share.clip(lower=0), rng=rng,
        )  # fmt: skip
    except ValueError:
        # Too few customers, or none that came back: the model says so, and the page goes without.
        return []
    # Where parcels cost more than they bring, the model has no value to give: the page shows the margin instead.
    kept = valued.customers[margin_share.reindex(valued.customers.index) > 0]
    return [kept[["lifetime_value_yuan", "low", "high"]].rename_axis("customer_id").reset_index()]
