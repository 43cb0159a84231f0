"""How well items measure their constructs: loadings, reliability, and whether constructs are distinct."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.structural.blocks import Design
from crmlib.structural.iteration import Fit


def items_table(found: Fit, plan: Design) -> pd.DataFrame:
    """One row an item: construct, mode, weight, loading and communality (loading squared) of the first sample.

    >>> from crmlib.structural import path_model
    >>> answers = pd.DataFrame({"q1": [1, 2, 3, 4, 6], "q2": [2, 1, 4, 3, 6], "s1": [1, 3, 2, 5, 5]})
    >>> path_model(answers, paths=[("quality", "satisfaction")], blocks={"quality": ["q1", "q2"], "satisfaction": ["s1"]}).items.columns.tolist()
    ['construct', 'mode', 'weight', 'loading', 'communality']
    """
    table = pd.DataFrame(
        {"construct": [plan.names[place] for place in plan.block], "weight": found.weights[0], "loading": found.loadings[0]},
        index=pd.Index(plan.model.items, name="item"),
    )
    table.insert(1, "mode", table["construct"].map(plan.model.modes))
    return table.assign(communality=table["loading"] ** 2)


def constructs_table(found: Fit, plan: Design, answers: pd.DataFrame) -> pd.DataFrame:
    """One row a construct: items, mode, r_squared, ave, cronbach_alpha, rho_a, rho_c.

    r_squared is NaN where no path leads to the construct; reliability is NaN for a single item and in mode B, whose items need not agree.

    Source: Cronbach (1951); Fornell and Larcker (1981) for ave; Jöreskog (1971) for rho_c; Dijkstra and Henseler (2015) for rho_a.
    """
    rows = []
    for place, name in enumerate(plan.names):
        own = plan.rows(place)
        loading, count = found.loadings[0, own], own.stop - own.start
        row = {"construct": name, "items": count, "mode": plan.model.modes[name], "r_squared": found.r_squared[0, place]}
        known = count > 1 and place not in plan.formative
        row["ave"] = float(np.mean(loading**2)) if known else np.nan
        row["cronbach_alpha"] = _alpha(answers.iloc[:, own]) if known else np.nan
        row["rho_a"] = float(found.rho_a[0, place]) if known else np.nan
        row["rho_c"] = float(loading.sum() ** 2 / (loading.sum() ** 2 + (1 - loading**2).sum())) if known else np.nan
        rows.append(row)
    return pd.DataFrame(rows).set_index("construct")


def htmt_table(answers: pd.DataFrame, plan: Design) -> pd.DataFrame:
    """Heterotrait–monotrait ratios, construct by construct, with 1 on the diagonal: near 1, two constructs are hardly distinct.

    Sizes of correlations are taken without their signs; a single item agrees with itself by 1.

    Source: Henseler, Ringle and Sarstedt (2015); without signs, Ringle et al. (2023).
    """
    size = np.abs(np.corrcoef(answers.to_numpy(), rowvar=False))
    within = np.ones(len(plan.names))
    ratios = np.ones((len(plan.names), len(plan.names)))
    for place in range(len(plan.names)):
        own = plan.rows(place)
        count = own.stop - own.start
        if count > 1:
            within[place] = (size[own, own].sum() - count) / (count * (count - 1))
    for one in range(len(plan.names)):
        for two in range(len(plan.names)):
            if one != two:
                ratios[one, two] = size[plan.rows(one), plan.rows(two)].mean() / np.sqrt(within[one] * within[two])
    return pd.DataFrame(ratios, index=list(plan.names), columns=list(plan.names))


def _alpha(answers: pd.DataFrame) -> float:
    """Of standardised items: from their mean correlation."""
    count = answers.shape[1]
    return float(count / (count - 1) * (1 - count / answers.corr().to_numpy().sum()))
