"""What the firm's own quotes say of discounts: how much more often they are accepted when more is let off."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns, require_share
from crmlib.i18n import _
from crmlib.pricing.cents import decimal
from crmlib.segments.per_customer import numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEEDED = ("lead_id", "quoted_on", "product", "tier_discount", "discount", "decision")


@dataclass(frozen=True)
class QuoteResponse:
    """How acceptance moves with the discount beyond that of the price list.

    `effect` is the change of the log odds of acceptance for 100 % more discount (so a hundredth of it for one per cent), between `low` and
    `high`. `quotes` were decided, a share `accepted` of them. `table`, one row an extra discount: extra_discount, win_rate, win_low,
    win_high.
    """

    effect: float
    low: float
    high: float
    level: float
    quotes: int
    accepted: float
    table: pd.DataFrame = field(repr=False)
    coefficients: np.ndarray = field(repr=False, compare=False)
    covariance: np.ndarray = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in two sentences."""
        return _(
            "Of {quotes} quotes decided, {accepted:.0%} were accepted; each further per cent off raises the odds by {odds:.0%} "
            "({low:.0%} to {high:.0%}). Salespeople chose the discounts: what they saw in a customer and did not write down may be part "
            "of it."
        ).format(
            quotes=self.quotes,
            accepted=self.accepted,
            odds=np.expm1(self.effect / 100),
            low=np.expm1(self.low / 100),
            high=np.expm1(self.high / 100),
        )

    def margin(self, price_yuan: object, cost_yuan: object) -> pd.DataFrame:
        """What a quote is worth on average: chance of acceptance × margin, by extra discount; `price_yuan` is the price without extra.

        Returns the table with margin_yuan (of a parcel sold) and expected_yuan, expected_low, expected_high (of a quote, per parcel).
        """
        price, cost = float(decimal("price_yuan", price_yuan, least=0.01)), float(decimal("cost_yuan", cost_yuan))
        margin = price * (1 - self.table["extra_discount"]) - cost
        ends = np.sort(np.stack([self.table["win_low"] * margin, self.table["win_high"] * margin]), axis=0)
        return self.table.assign(
            margin_yuan=margin, expected_yuan=self.table["win_rate"] * margin, expected_low=ends[0], expected_high=ends[1]
        )

    def growth(self, extra: float) -> tuple[float, float, float]:
        """How much more is accepted with so much extra discount than with none: estimate, low, high (0.2 is a fifth more).

        The interval is that of the ratio of both rates (delta method, on its logarithm). A ValueError unless `extra` lies between 0 and 1.
        """
        from scipy.stats import norm

        require_share("extra", extra)
        none, some = (1 / (1 + np.exp(-(self.coefficients[0] + shift * self.coefficients[1]))) for shift in (0.0, extra))
        slope = np.array([none - some, extra * (1 - some)])
        reach = float(norm.ppf(0.5 + self.level / 2)) * float(np.sqrt(slope @ self.covariance[:2, :2] @ slope))
        return tuple(float(some / none * np.exp(shift) - 1) for shift in (0.0, -reach, reach))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Win rate by extra discount; see :func:`crmlib.plotting.quote_win_rates`."""
        from crmlib.plotting.pricing import quote_win_rates

        return quote_win_rates(self, ax=ax)


def quote_response(quotes: pd.DataFrame, *, level: float = 0.95) -> QuoteResponse:
    """Estimate how acceptance follows the discount, among customers of the same tier and product.

    Answers: does more discount win more customers, and is it worth the money?

    Parameters
    ----------
    quotes : DataFrame, as in the contract of the table quotes
        lead_id, quoted_on, product, tier_discount, discount, decision (accepted, rejected, revised; open ones are left out). The last quote
        of a lead counts: an earlier one was revised because it did not win.
    level : confidence of the intervals

    Returns
    -------
    QuoteResponse

    Raises
    ------
    ValueError
        A column is missing, a number is missing or text, or there are fewer than 20 accepted or 20 rejected quotes, or discounts never
        differ from those of the tiers.

    Source: logistic regression of the decision on (discount − tier_discount), tier_discount and product; interval by the normal
    approximation of its coefficients.

    >>> rng = np.random.default_rng(1)
    >>> extra = rng.uniform(-0.1, 0.1, 2000)
    >>> won = rng.random(2000) < 1 / (1 + np.exp(-10 * extra))
    >>> quotes = pd.DataFrame({"lead_id": range(2000), "quoted_on": pd.Timestamp("2026-01-01"), "product": "economy",
    ...     "tier_discount": 0.2, "discount": 0.2 + extra, "decision": np.where(won, "accepted", "rejected")})
    >>> found = quote_response(quotes)
    >>> bool(found.low < 10 < found.high)
    True
    """
    require_columns(quotes.columns, NEEDED)
    require_share("level", level)
    decided = quotes.sort_values("quoted_on", kind="stable").drop_duplicates("lead_id", keep="last")
    decided = decided[decided["decision"].isin(["accepted", "rejected"])]
    won = (decided["decision"] == "accepted").to_numpy()
    if won.sum() < 20 or (~won).sum() < 20:
        raise ValueError(_("{won} quotes were accepted and {lost} rejected; at least 20 of each are needed.").format(
            won=int(won.sum()), lost=int((~won).sum())))  # fmt: skip
    tier, given = (numbers(decided[name], name) for name in ("tier_discount", "discount"))
    refuse_rows((given >= 1) | (given < 0), _("discount lies outside 0 to 1"), _("Write 20% as 0.2."))
    extra = (given - tier).round(6).to_numpy()
    if np.ptp(extra) < 1e-9:
        raise ValueError(_("All discounts lie equally far from those of the tiers; nothing can be learnt of their effect."))
    return _fitted(extra, tier.to_numpy(), decided["product"].astype(str).to_numpy(), won, level)


def _fitted(extra: np.ndarray, tier: np.ndarray, product: np.ndarray, won: np.ndarray, level: float) -> QuoteResponse:
    import statsmodels.api as sm
    from scipy.stats import norm

    others = [tier - tier.mean()] if np.ptp(tier) > 1e-9 else []
    others += [(product == name) - (product == name).mean() for name in np.unique(product)[1:]]
    design = np.column_stack([np.ones(len(extra)), extra, *others])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = sm.Logit(won.astype(float), design).fit(disp=0, maxiter=100)
    if not np.isfinite(fit.bse).all() or not fit.mle_retvals["converged"]:
        raise ValueError(
            _("Acceptance follows the discount so sharply, or so little, that its effect cannot be estimated from these quotes.")
        )
    wide = norm.ppf(0.5 + level / 2)
    grid = np.round(np.arange(0, max(extra.max(), 0.05) + 1e-9, 0.01), 3)
    line = fit.params[0] + fit.params[1] * grid
    spread = np.sqrt(fit.cov_params()[0, 0] + 2 * grid * fit.cov_params()[0, 1] + grid**2 * fit.cov_params()[1, 1])
    odds = {name: 1 / (1 + np.exp(-(line + shift * spread))) for name, shift in (("win_rate", 0), ("win_low", -wide), ("win_high", wide))}
    return QuoteResponse(
        float(fit.params[1]), float(fit.params[1] - wide * fit.bse[1]), float(fit.params[1] + wide * fit.bse[1]), level, len(won),
        float(won.mean()), pd.DataFrame({"extra_discount": grid, **odds}), np.asarray(fit.params), np.asarray(fit.cov_params()),
    )  # fmt: skip
