"""The cheapest option for each parcel, while the other route has room for few: a small integer programme."""

from __future__ import annotations

import numpy as np

from crmlib.desk.risk.costs import OPTIONS, RiskCosts


def room_taken(costs: RiskCosts) -> np.ndarray:
    """The room on the other route that each option takes, in parcels."""
    return np.array([{"reroute": 1.0, "split": costs.split_capacity}.get(option, 0.0) for option in OPTIONS])


def cheapest(cost: np.ndarray, size: np.ndarray, room: np.ndarray, capacity: float) -> np.ndarray:
    """The option of each row that makes the sum least.

    Parameters
    ----------
    cost : (rows, options) in yuan, inf where an option is not to be had
    size : parcels in each row
    room : room that each option takes a parcel
    capacity : room there is

    Returns
    -------
    ndarray of int, the place of the option

    Source: a multiple-choice knapsack, by scipy.optimize.milp (HiGHS).

    >>> cheapest(np.array([[5.0, 1.0], [9.0, 2.0]]), np.ones(2), np.array([0.0, 1.0]), 1).tolist()
    [0, 1]
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    free = np.argmin(cost, axis=1) if len(cost) else np.zeros(0, dtype=int)
    if size @ room[free] <= capacity + 1e-9:
        return free
    rows, options = cost.shape
    weight = np.outer(size, room).ravel()
    each = csr_array((np.ones(rows * options), (np.repeat(np.arange(rows), options), np.arange(rows * options))), shape=(rows, rows * options))
    found = milp(
        np.where(np.isfinite(cost), cost, 0).ravel(), integrality=np.ones(rows * options),
        bounds=Bounds(0, np.isfinite(cost).ravel().astype(float)),
        constraints=[LinearConstraint(each, 1, 1), LinearConstraint(csr_array(weight[None, :]), -np.inf, capacity)],
        options={"mip_rel_gap": 1e-6},
    )  # fmt: skip
    return np.argmax(found.x.reshape(rows, options), axis=1)
