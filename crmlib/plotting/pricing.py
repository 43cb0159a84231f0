"""Figures of prices: the list, a quotation line by line, discounts, clearance, delay cover and kinds of sellers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    from crmlib.pricing.clearance import ClearancePromise
    from crmlib.pricing.delay_cover import DelayCover
    from crmlib.pricing.landed import LandedCost
    from crmlib.pricing.margin import BreakEven
    from crmlib.pricing.quote_response import QuoteResponse
    from crmlib.pricing.quoting import Quote
    from crmlib.pricing.sellers import SellerComparison
    from crmlib.pricing.tariff import Tariff

_ROW = 0.46
_COLOURS = {"economy": theme.BLUE, "standard": theme.GREEN, "express": theme.ORANGE}


def tariff_steps(tariff: Tariff, *, scope: str = "domestic", most_kg: float = 6, ax: Axes | None = None) -> Axes:
    """Draw the freight of each product by weight: steps, since every kilogram begun counts.

    Answers: what does one gram too many cost?

    Parameters
    ----------
    tariff : Tariff, from :func:`crmlib.pricing.read_tariff`
    scope : which zone is drawn
    most_kg : how far the weight goes, kilograms
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The tariff is something else, or has no such zone.

    Source: the price list itself.

    >>> from crmlib import pricing
    >>> len(tariff_steps(pricing.read_tariff()).collections) >= 3
    True
    """
    require_result(tariff, ("rates", "zone_of"), "crm.pricing.read_tariff")
    zone = tariff.zone_of(scope, "abroad" if scope == "cross_border" else "east")
    ax = canvas(ax)
    step = float(tariff.step_kg)
    edges = np.arange(0, most_kg + step, step)
    for product, colour in _COLOURS.items():
        if (product, zone.code) in tariff.rates:
            first, further = map(float, tariff.rates[product, zone.code])
            price = first + further * np.arange(len(edges) - 1)
            ax.hlines(price, edges[:-1], edges[1:], color=colour, linewidth=2.5)
            ax.plot(edges[1:], price, "o", color=colour, markersize=4)
            ax.text(edges[-1] + 0.08 * step, price[-1], label(product, "product"), color=colour, va="center", fontweight="bold")
    ax.set(xlim=(0, edges[-1] * 1.16), ylim=(0, None))
    ax.set_xticks(edges)
    ax.set_xlabel(_("Weight (kg)"))
    ax.set_ylabel(_("Freight (yuan)"))
    ax.set_title(_("{zone}: each kilogram begun is a step").format(zone=zone.name))
    ax.grid(axis="y")
    return ax


def quote_lines(quote: Quote | LandedCost, *, ax: Axes | None = None) -> Axes:
    """Draw the lines of a quotation or a landed cost as steps that end at the total.

    Answers: which line makes the price?

    Parameters
    ----------
    quote : Quote or LandedCost
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The quote is something else.

    Source: waterfall chart.

    >>> from crmlib import pricing
    >>> len(quote_lines(pricing.quote(weight_kg=2.5)).patches)
    3
    """
    require_result(quote, ("lines", "total_yuan"), "crm.pricing.quote")
    lines = quote.lines
    ax = canvas(ax, height=1.0 + _ROW * (len(lines) + 1))
    amount = lines["line_yuan"].to_numpy()
    ends = np.cumsum(amount)
    starts = ends - amount
    place = np.arange(len(lines) + 1)
    colours = [theme.GREEN if value < 0 else theme.BLUE for value in amount] + [theme.INK]
    ax.barh(place, [*amount, quote.total_yuan], left=[*starts, 0], height=0.66, color=colours)
    reach = max(float(np.max([*starts, *ends])), 0.01)
    for spot, (low, value) in enumerate(zip(np.minimum(starts, ends), amount, strict=True)):
        ax.text(max(low + abs(value), low) + 0.012 * reach, spot, f"{value:+,.2f}", va="center", color=theme.INK)
    ax.text(
        quote.total_yuan + 0.012 * reach, len(lines), _("{yuan:,.2f} yuan").format(yuan=quote.total_yuan), va="center", fontweight="bold"
    )
    landed = hasattr(quote, "customs_value_yuan")
    names = [label("clearance_yuan") if landed and code == "clearance" else label(code, "line") for code in lines["line"]]
    ax.set_yticks(place, [*names, _("total")])
    ax.invert_yaxis()
    ax.set_xlim(0, reach * 1.22)
    return _bare(ax)


def discount_break_even(result: BreakEven, *, ax: Axes | None = None) -> Axes:
    """Draw how many more parcels a discount needs and, where a response is given, how many it brings.

    Answers: up to which discount do the parcels gained pay for the price let off?

    Parameters
    ----------
    result : BreakEven, from :func:`crmlib.pricing.break_even_discount`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: break-even analysis.

    >>> from crmlib import pricing
    >>> len(discount_break_even(pricing.break_even_discount(10, 6, response=(2, 4))).lines) >= 2
    True
    """
    require_result(result, ("table", "margin_rate"), "crm.pricing.break_even_discount")
    table = result.table[result.table["growth_needed"].between(0, 2)]
    ax = canvas(ax)
    ax.plot(table["discount"], table["growth_needed"], color=theme.ORANGE)
    last = table.iloc[-1]
    ax.annotate(_("parcels needed"), (last["discount"], last["growth_needed"]), xytext=(6, 0), textcoords="offset points",
                color=theme.ORANGE, va="center", fontweight="bold")  # fmt: skip
    if result.response is not None:
        whole = result.table[result.table["discount"] <= last["discount"] + 1e-9]
        ax.fill_between(
            whole["discount"], whole["growth_expected_low"], whole["growth_expected_high"], color=theme.BLUE, alpha=0.18, linewidth=0
        )
        ax.plot(whole["discount"], whole["growth_expected"], color=theme.BLUE)
        end = whole.iloc[-1]
        near = abs(end["growth_expected"] - last["growth_needed"]) < 0.12
        ax.annotate(_("parcels brought"), (end["discount"], end["growth_expected"]), xytext=(6, -16 if near else 0),
                    textcoords="offset points", color=theme.BLUE, va="center", fontweight="bold")  # fmt: skip
        if result.break_even:
            ax.axvline(result.break_even, color=theme.GREY, linewidth=1, linestyle="--")
            ax.annotate(_("even at {even:.1%}").format(even=result.break_even), (result.break_even, 0.97), xytext=(5, 0), va="top",
                        xycoords=ax.get_xaxis_transform(), textcoords="offset points", color=theme.GREY)  # fmt: skip
    ax.set_xlim(0, max(float(last["discount"]), 0.01) * 1.3)
    ax.set_ylim(0, None)
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.set_xlabel(_("Discount"))
    ax.set_ylabel(_("More parcels"))
    ax.set_title(_("With a margin of {margin:.1%}").format(margin=result.margin_rate))
    ax.grid(axis="y")
    return ax


def quote_win_rates(result: QuoteResponse, *, ax: Axes | None = None) -> Axes:
    """Draw how often a quote is accepted, by the discount beyond that of the list.

    Answers: how many more customers does another per cent win?

    Parameters
    ----------
    result : QuoteResponse, from :func:`crmlib.pricing.quote_response`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: logistic regression of the firm's quotes.

    >>> import numpy as np, pandas as pd
    >>> from crmlib import pricing
    >>> extra = np.linspace(-0.1, 0.1, 200)
    >>> quotes = pd.DataFrame({"lead_id": range(200), "quoted_on": pd.Timestamp("2026-01-01"), "product": "economy", "tier_discount": 0.2,
    ...     "discount": 0.2 + extra, "decision": np.where((np.arange(200) * 7 % 10) < 5 + 30 * extra, "accepted", "rejected")})
    >>> len(quote_win_rates(pricing.quote_response(quotes)).lines)
    1
    """
    require_result(result, ("table", "effect"), "crm.pricing.quote_response")
    table = result.table
    ax = canvas(ax)
    ax.fill_between(table["extra_discount"], table["win_low"], table["win_high"], color=theme.BLUE, alpha=0.18, linewidth=0)
    ax.plot(table["extra_discount"], table["win_rate"], color=theme.BLUE)
    for row in (table.iloc[0], table.iloc[-1]):
        ax.annotate(f"{row['win_rate']:.0%}", (row["extra_discount"], row["win_rate"]), xytext=(0, 8), textcoords="offset points",
                    ha="left" if row["extra_discount"] == 0 else "right", color=theme.BLUE, fontweight="bold")  # fmt: skip
    ax.set_ylim(0, 1)
    percent_axis(ax, "x")
    percent_axis(ax, "y")
    ax.set_xlabel(_("Discount beyond the price list"))
    ax.set_ylabel(_("Quotes accepted"))
    ax.grid(axis="y")
    return ax


def clearance_curve(result: ClearancePromise, *, ax: Axes | None = None) -> Axes:
    """Draw the share of parcels cleared by time, with what may be promised.

    Answers: how many parcels does a promise of so many days keep?

    Parameters
    ----------
    result : ClearancePromise, from :func:`crmlib.pricing.clearance_promise`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Kaplan and Meier (1958).

    >>> import numpy as np, pandas as pd
    >>> from crmlib import pricing
    >>> times = pd.DataFrame({"entered_at": pd.date_range("2026-01-01", periods=100), "clearance_hours": np.arange(100.0), "cleared": True})
    >>> len(clearance_curve(pricing.clearance_promise(times, rng=1)).lines) >= 3
    True
    """
    require_result(result, ("times", "promise_days"), "crm.pricing.clearance_promise")
    times = result.times.sort_values("clearance_hours", kind="stable")
    cleared = times["cleared"].to_numpy(dtype=float)
    done = 1 - np.cumprod(1 - cleared / np.arange(len(times), 0, -1))
    days = times["clearance_hours"].to_numpy() / 24
    ax = canvas(ax)
    ax.step(days, done, where="post", color=theme.BLUE)
    ax.axhline(result.share, color=theme.GREY, linewidth=1, linestyle="--")
    reach = float(np.quantile(days, 0.995)) * 1.05
    ax.axvspan(result.low / 24, result.high / 24, color=theme.BLUE, alpha=0.2, linewidth=0)
    ax.plot([result.promise_days] * 2, [0, 1], color=theme.GREEN, linewidth=1.5)
    ax.plot([result.handbook_days] * 2, [0, 1], color=theme.ORANGE, linewidth=1.5)
    ax.text(result.promise_days + 0.01 * reach, 0.10, _("promise {share:.0%} within {days} days").format(
        share=result.share, days=result.promise_days), color=theme.GREEN, fontweight="bold")  # fmt: skip
    ax.text(result.handbook_days + 0.01 * reach, 0.24, _("handbook, {days:g} days:\n{kept:.0%} kept").format(
        days=result.handbook_days, kept=result.kept_share), color=theme.ORANGE, fontweight="bold",
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1})  # fmt: skip
    ax.set(xlim=(0, max(reach, result.promise_days * 1.6)), ylim=(0, 1.02))
    percent_axis(ax, "y")
    ax.set_xlabel(_("Days in clearance"))
    ax.set_ylabel(_("Parcels cleared"))
    return ax


def delay_cover_prices(result: DelayCover, *, ax: Axes | None = None) -> Axes:
    """Draw what delay cover costs the firm for each product, with its interval, and the price asked.

    Answers: may all products have one price for the cover?

    Parameters
    ----------
    result : DelayCover, from :func:`crmlib.pricing.delay_cover`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: premium = expected cost plus loading.

    >>> import numpy as np, pandas as pd
    >>> from crmlib import pricing
    >>> picked = pd.date_range("2026-01-01", periods=200)
    >>> parcels = pd.DataFrame({"picked_up_at": picked, "promised_at": picked + pd.Timedelta(days=5), "product": "standard",
    ...     "delivered_at": picked + pd.to_timedelta(np.resize([3, 4, 9], 200), unit="D"), "price_yuan": 80.0, "scope": "cross_border"})
    >>> len(delay_cover_prices(pricing.delay_cover(parcels, rng=1)).get_yticks())
    2
    """
    require_result(result, ("table", "expected_yuan"), "crm.pricing.delay_cover")
    rows = [(label(row.product, "product"), row.expected_cost_yuan, row.low, row.high, row.cover_price_yuan, row.late_share)
            for row in result.table.sort_values("cover_price_yuan").itertuples()]  # fmt: skip
    rows.append((_("all together"), result.expected_yuan, result.low, result.high, result.price_yuan, result.late_share))
    ax = canvas(ax, height=1.3 + 1.25 * _ROW * len(rows))
    reach = max(row[4] for row in rows)
    for spot, (_name, value, low, high, price, late) in enumerate(rows):
        ax.errorbar(value, spot, xerr=[[max(value - low, 0)], [max(high - value, 0)]], fmt="o", color=theme.BLUE, capsize=4)
        ax.plot(price, spot, "D", color=theme.ORANGE)
        ax.text(max(price, high) + 0.045 * reach, spot, _("costs {value:.2f}, asks {price:.2f} yuan; {late:.1%} late").format(
            value=value, price=price, late=late), va="center")  # fmt: skip
    ax.set_yticks(range(len(rows)), [row[0] for row in rows])
    ax.set(xlim=(0, max(reach, 0.01) * 1.75), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xlabel(_("Yuan a parcel: expected cost with interval (dot), price of the cover (diamond)"))
    ax.grid(axis="x")
    return ax


def seller_differences(result: SellerComparison, *, ax: Axes | None = None) -> Axes:
    """Draw marketplace against own-shop sellers: each measure with its interval, own-shop sellers' median as 100 %.

    Answers: do the two kinds really ship differently?

    Parameters
    ----------
    result : SellerComparison, from :func:`crmlib.pricing.compare_sellers`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: differences of medians over customers.

    >>> import pandas as pd
    >>> from crmlib import pricing
    >>> ids = [f"c{n}" for n in range(12)]
    >>> customers = pd.DataFrame({"customer_id": ids, "cross_border": ["marketplace_seller"] * 6 + ["own_shop_seller"] * 6})
    >>> parcels = pd.DataFrame({"customer_id": ids * 2, "picked_up_at": pd.Timestamp("2026-01-01"), "product": "express"})
    >>> parcels = parcels.assign(delivered_at=parcels.picked_up_at, promised_at=parcels.picked_up_at)
    >>> len(seller_differences(pricing.compare_sellers(customers, parcels, rng=1)).get_yticks())
    4
    """
    require_result(result, ("differences", "table"), "crm.pricing.compare_sellers")
    rows = result.differences
    ax = canvas(ax, height=1.3 + 1.1 * _ROW * len(rows))
    ax.axvline(0, color=theme.GREY, linewidth=1)
    words = {
        "yes": _("the study says more: borne out"),
        "no": _("the study says more: contradicted"),
        "open": _("the study says more: open"),
    }
    fewer = {
        "yes": _("the study says fewer: borne out"),
        "no": _("the study says fewer: contradicted"),
        "open": _("the study says fewer: open"),
    }
    reach = 0.0
    for spot, row in enumerate(rows.itertuples()):
        value, low, high = row.ratio, row.ratio_low, row.ratio_high
        ax.errorbar(value, spot, xerr=[[max(value - low, 0)], [max(high - value, 0)]], fmt="o", capsize=4,
                    color={"yes": theme.GREEN, "no": theme.ORANGE, "open": theme.GREY}[row.holds])  # fmt: skip
        reach = max(reach, abs(low), abs(high))
    for spot, row in enumerate(rows.itertuples()):
        ax.text(reach * 1.08, spot, (words if row.claimed == "more" else fewer)[row.holds], va="center")
    ax.set_yticks(range(len(rows)), [label(code, "yardstick") for code in rows["yardstick"]])
    ax.set(xlim=(-reach * 1.05 - 0.01, reach * 2.6 + 0.02), ylim=(len(rows) - 0.5, -0.5))
    ax.set_xticks([tick for tick in ax.get_xticks() if abs(tick) <= reach * 1.05])
    percent_axis(ax, "x")
    ax.set_xlabel(_("Marketplace sellers against own-shop sellers"))
    return ax


def _bare(ax: Axes) -> Axes:
    """The numbers stand beside the bars; an axis would say them twice."""
    ax.xaxis.set_visible(False)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax
