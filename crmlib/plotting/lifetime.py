"""Figures of lifetime models: how well they fit, whom they call lost, and what their customers are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, StrMethodFormatter

from crmlib import theme
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis

if TYPE_CHECKING:
    from crmlib.lifetime import ContractModel, LifetimeValue, PurchaseModel, ValueModel


def need_result(result: object, attribute: str, maker: str) -> None:
    """Refuse a result that lacks what a figure draws.

    >>> need_result(pd.Series([1.0]), "index", "pandas")
    """
    if not hasattr(result, attribute):
        raise ValueError(_("This figure needs what {maker} gives, not a {kind}.").format(maker=maker, kind=type(result).__name__))


def purchase_frequencies(model: PurchaseModel, *, ax: Axes | None = None) -> Axes:
    """Draw customers by number of repeat purchases: bars for those observed, points with intervals for those the model expects.

    Answers: does the model describe these customers at all?

    Parameters
    ----------
    model : PurchaseModel, from :func:`crmlib.lifetime.fit_bg_nbd` or :func:`crmlib.lifetime.fit_pareto_nbd`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The model is something else.

    Source: Fader, Hardie and Lee, Marketing Science 24 (2005), figure 2.

    >>> from crmlib.lifetime import fit_bg_nbd
    >>> summary = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "repeats": [0, 1, 5], "span": [0, 5, 30], "age": 40})
    >>> purchase_frequencies(fit_bg_nbd(summary)).has_data()
    True
    """
    from crmlib.lifetime import purchase_frequencies as table_of

    need_result(model, "histories", "crm.lifetime.fit_bg_nbd, fit_pareto_nbd")
    table = table_of(model)
    ax = canvas(ax)
    place = np.arange(len(table))
    ax.bar(place, table["customers"], width=0.62, color=theme.SKY, alpha=0.75, zorder=2)
    reach = np.abs(table[["low", "high"]].to_numpy().T - table["expected_customers"].to_numpy())
    ax.errorbar(
        place, table["expected_customers"], yerr=reach, fmt="o", color=theme.ORANGE, capsize=4, linewidth=1.6, markersize=5.5, zorder=4
    )
    ax.set_xticks(place, table["repeats"])
    top = max(table["customers"].max(), table["high"].max())
    ax.set_ylim(0, 1.16 * top)
    ax.set_xlabel(_("Repeat purchases"))
    ax.set_ylabel(_("Customers"))
    ax.grid(axis="y")
    ax.tick_params(axis="x", length=0)
    ax.text(0.99, 0.99, _("bars: observed"), transform=ax.transAxes, ha="right", va="top", color=theme.BLUE, fontweight="bold")
    ax.text(
        0.99, 0.92, _("points: expected by the model, {level:.0%} interval").format(level=model.level), transform=ax.transAxes, ha="right",
        va="top", color=theme.ORANGE, fontweight="bold",
    )  # fmt: skip
    return ax


def alive_map(model: PurchaseModel, *, age: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw the probability that a customer is still ours, by its repeat purchases and by how long it has been quiet.

    Answers: after how long a silence is which customer probably lost?

    Parameters
    ----------
    model : PurchaseModel, from :func:`crmlib.lifetime.fit_bg_nbd` or :func:`crmlib.lifetime.fit_pareto_nbd`
    age : float, in the model's unit, optional
        How long ago the customers' first purchase was. Without it: the highest age among the model's customers.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The model is something else, or `age` is not above 0.

    Source: Fader, Hardie and Lee, *RFM and CLV: Using Iso-Value Curves*, Journal of Marketing Research 42 (2005), figure 4.

    >>> from crmlib.lifetime import fit_pareto_nbd
    >>> summary = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "repeats": [0, 1, 5], "span": [0, 5, 30], "age": 40})
    >>> alive_map(fit_pareto_nbd(summary)).has_data()
    True
    """
    from crmlib.lifetime.forecast import alive_chance, parameters_of, require_positive
    from crmlib.lifetime.histories import Histories

    need_result(model, "histories", "crm.lifetime.fit_bg_nbd, fit_pareto_nbd")
    longest = float(model.histories.age.max()) if age is None else require_positive("age", age)
    seen = np.repeat(model.histories.repeats, model.histories.customers.astype(int))
    most = max(int(np.quantile(seen, 0.95)), 4)
    repeats, quiet = np.meshgrid(np.linspace(1, most, 80), longest * np.linspace(0, 0.985, 120))
    rows = Histories(repeats.ravel(), longest - quiet.ravel(), np.full(repeats.size, longest), np.ones(repeats.size))
    alive = alive_chance(model.kind, rows, parameters_of(model)).reshape(repeats.shape)
    ax = canvas(ax)
    ax.contourf(repeats, quiet, alive, levels=np.linspace(0, 1, 11), cmap="Blues", vmin=0, vmax=1.5)
    lines = ax.contour(repeats, quiet, alive, levels=[0.1, 0.3, 0.5, 0.7, 0.9], colors=theme.INK, linewidths=[0.8, 0.8, 2, 0.8, 0.8])
    ax.clabel(lines, fmt=lambda value: f"{value:.0%}", fontsize=9)
    ax.set_xlabel(_("Repeat purchases"))
    ax.set_ylabel(quiet_label(model.unit))
    ax.set_title(_("Probability of still being a customer, {age} after the first purchase").format(age=_span(longest, model.unit)))
    return ax


def quiet_label(unit: str) -> str:
    """What the axis of the time since the last purchase is called.

    >>> quiet_label("week") != quiet_label("day")
    True
    """
    return {
        "day": _("Days since the last purchase"), "week": _("Weeks since the last purchase"), "month": _("Months since the last purchase"),
    }.get(unit, _("Periods since the last purchase"))  # fmt: skip


def _span(count: float, unit: str) -> str:
    from crmlib.lifetime.wording import units

    return units(round(count), unit)


def purchase_values(model: ValueModel, *, ax: Axes | None = None) -> Axes:
    """Draw each repeat buyer's own mean value against what the model makes of it.

    Answers: how far are the means of few purchases drawn towards the average customer?

    Parameters
    ----------
    model : ValueModel, from :func:`crmlib.lifetime.fit_gamma_gamma`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The model is something else.

    Source: Fader and Hardie, *The Gamma-Gamma Model of Monetary Value* (2013).

    >>> from crmlib.lifetime import fit_gamma_gamma
    >>> summary = pd.DataFrame({"customer_id": range(4), "repeats": [1, 2, 4, 9], "mean_margin_yuan": [2.0, 9.0, 4.0, 5.0]})
    >>> purchase_values(fit_gamma_gamma(summary)).has_data()
    True
    """
    from crmlib.lifetime.gamma_gamma import posterior_mean

    need_result(model, "observed", "crm.lifetime.fit_gamma_gamma")
    ax = canvas(ax)
    repeats, own = (model.observed[name].to_numpy() for name in ("repeats", "value"))
    expected = posterior_mean(repeats, own, model.parameters["estimate"].to_numpy())
    few = repeats <= 3
    for rows, colour, size in ((~few, theme.BLUE, 14), (few, theme.ORANGE, 18)):
        ax.scatter(own[rows], expected[rows], s=size, color=colour, alpha=0.55, linewidth=0, zorder=3)
    low, high = min(own.min(), np.nanmin(expected)), max(own.max(), np.nanmax(expected))
    ax.plot([low, high], [low, high], color=theme.GREY, linewidth=1, zorder=2)
    ax.set(xscale="log", yscale="log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())
    if np.isfinite(model.mean):
        ax.axhline(model.mean, color=theme.INK, linewidth=1, linestyle=(0, (5, 4)), zorder=1)
        ax.annotate(
            _("mean of all customers: {mean:.2f} yuan").format(mean=model.mean), (high, model.mean), xytext=(0, -6),
            textcoords="offset points", ha="right", va="top", color=theme.INK,
        )  # fmt: skip
    ax.set_xlabel(_("Own mean value of a purchase (yuan)"))
    ax.set_ylabel(_("Expected value of the next one (yuan)"))
    ax.grid()
    ax.text(0.02, 0.97, _("one to three repeat purchases"), transform=ax.transAxes, va="top", color=theme.ORANGE, fontweight="bold")
    ax.text(0.02, 0.90, _("four or more"), transform=ax.transAxes, va="top", color=theme.BLUE, fontweight="bold")
    return ax


def renewals(model: ContractModel, *, periods: int | None = None, ax: Axes | None = None) -> Axes:
    """Draw how many customers are left after each renewal, observed and forecast.

    Answers: how large will the group be, and why does retention rise?

    Parameters
    ----------
    model : ContractModel, from :func:`crmlib.lifetime.fit_sbg`
    periods : int, optional
        The last renewal drawn. Without it: five beyond those observed.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The model is something else, or `periods` is no whole number above 0.

    Source: Fader and Hardie, Journal of Interactive Marketing 21 (2007), figure 3.

    >>> from crmlib.lifetime import fit_sbg
    >>> renewals(fit_sbg(pd.Series([1000, 631, 468, 382])), periods=6).has_data()
    True
    """
    from crmlib.lifetime import contract_forecast

    need_result(model, "survivors", "crm.lifetime.fit_sbg")
    forecast = contract_forecast(model, periods=len(model.survivors) + 4 if periods is None else periods)
    observed = model.survivors / model.customers
    ax = canvas(ax)
    known = len(observed) - 1
    ax.axvspan(known, max(forecast.index[-1], known), color=theme.PALE, alpha=0.6, linewidth=0)
    ax.plot(forecast.index, forecast["survival_share"], color=theme.ORANGE, zorder=3)
    ax.plot(observed.index, observed, "o", color=theme.BLUE, markersize=6, zorder=4)
    ax.set(xlim=(-0.2, max(forecast.index[-1], known) + 0.3), ylim=(0, 1.04))
    percent_axis(ax, "y")
    ax.set_xlabel(_("Renewals"))
    ax.set_ylabel(_("Customers left"))
    ax.grid(axis="y")
    ax.text(0.98, 0.97, _("points: observed"), transform=ax.transAxes, ha="right", va="top", color=theme.BLUE, fontweight="bold")
    ax.text(
        0.98, 0.90, _("line: model; tinted: forecast"), transform=ax.transAxes, ha="right", va="top", color=theme.ORANGE, fontweight="bold"
    )
    first, last = forecast["renewal_share"].iloc[1], forecast["renewal_share"].iloc[-1]
    ax.text(
        0.98, 0.80, _("retention rises from {first:.0%} to {last:.0%}").format(first=first, last=last), transform=ax.transAxes, ha="right",
        va="top", color=theme.INK,
    )  # fmt: skip
    return ax


def lifetime_values(result: LifetimeValue, *, top: int = 12, ax: Axes | None = None) -> Axes:
    """Draw the customers with the highest lifetime values, with intervals.

    Answers: whose loss would cost most?

    Parameters
    ----------
    result : LifetimeValue, from :func:`crmlib.lifetime.customer_lifetime_value`
    top : int, at least 1
        How many customers to draw.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else, or `top` is not positive.

    Source: see :func:`crmlib.lifetime.customer_lifetime_value`.

    >>> from crmlib.lifetime import customer_lifetime_value, fit_bg_nbd
    >>> summary = pd.DataFrame({"customer_id": ["c1", "c2", "c3"], "repeats": [0, 1, 5], "span": [0, 5, 30], "age": 40, "unit": "week"})
    >>> margin = pd.Series(2.0, index=["c1", "c2", "c3"])
    >>> worth = customer_lifetime_value(fit_bg_nbd(summary), margin, summary, periods=52, draws=50, rng=1)
    >>> len(lifetime_values(worth, top=2).get_yticks())
    2
    """
    need_result(result, "customers", "crm.lifetime.customer_lifetime_value")
    if isinstance(top, bool) or not isinstance(top, (int, np.integer)) or top < 1:
        raise ValueError(_("top is {value}; ask for at least one customer.").format(value=top))
    rows: pd.DataFrame = result.customers.nlargest(top, "lifetime_value_yuan").iloc[::-1]
    ax = canvas(ax, height=max(2.4, 0.32 * len(rows) + 1.3))
    place, value = np.arange(len(rows)), rows["lifetime_value_yuan"].to_numpy()
    ax.barh(place, value, color=theme.SKY, alpha=0.8, height=0.66, zorder=2)
    reach = np.abs(rows[["low", "high"]].to_numpy().T - value)
    ax.errorbar(value, place, xerr=reach, fmt="none", color=theme.INK, capsize=3, linewidth=1.2, zorder=3)
    right = rows["high"].max()
    for y, (high, alive) in enumerate(zip(rows["high"], rows["probability_alive"], strict=True)):
        ax.text(high + 0.015 * right, y, f"{alive:.0%}", va="center", color=theme.GREY)
    ax.set_yticks(place, rows.index.astype(str))
    ax.set_xlim(0, 1.14 * right)
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.set_xlabel(_("Lifetime value (yuan of margin); in grey: probability of still being a customer"))
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    return ax
