"""How much dearer the simulated firm is than its cheapest rival, for each customer and month."""

from __future__ import annotations

import datetime as dt

import numpy as np

from crmlib.company.axes import PRODUCTS, REGIONS
from crmlib.company.competition import draw_prices, price_routes
from crmlib.company.draws import Stream


def price_gaps(
    *, first: dt.date, months: int, origin: np.ndarray, product_mix: np.ndarray, own_discount: np.ndarray, usual_discount: np.ndarray,
    stream: Stream, scenario,
) -> np.ndarray:  # fmt: skip
    """Own price over the cheapest rival's, less 1: customers × months.

    A rival gives the discount that is usual for a customer of that size and market. Compared are the first kilograms of parcels to other
    cities, by the customer's mix of products and the firm's mix of destinations. A customer abroad is taken as one in the east.

    Parameters
    ----------
    origin : index of REGIONS
    product_mix : customers × PRODUCTS, shares
    own_discount, usual_discount : off the list price
    """
    _route, _month, first_kg, _further_kg = draw_prices(first, months, scenario.tariff, stream, scenario.outside)
    first_kg = first_kg.reshape(months, -1)
    home = REGIONS[:3]
    places, names = price_routes("domestic")
    lowest = np.full((months, len(home), len(home), len(PRODUCTS)), np.inf)
    for place, (origin_region, destination, product) in zip(places, names, strict=True):
        where = (slice(None), home.index(origin_region), home.index(destination), PRODUCTS.index(product))
        lowest[where] = np.minimum(lowest[where], first_kg[:, place])
    own = np.array([scenario.tariff[product, "domestic"][0] for product in PRODUCTS])
    ratio = np.where(np.isfinite(lowest), lowest / own, 1.0)
    mix = np.array([scenario.region_mix[name] for name in home])
    rival = np.einsum("mrdp,d->rmp", ratio, mix)
    start = np.where(origin < len(home), origin, 0)
    rival_level = sum(rival[start, :, place] * product_mix[:, place, None] for place in range(len(PRODUCTS)))
    return ((1 - own_discount) / (1 - usual_discount))[:, None] / rival_level - 1
