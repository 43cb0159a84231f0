"""What of the open money will not come: an allowance from rates by age, and such rates from the firm's own past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.credit.aging import Aging
from crmlib.credit.rolling import RollRates
from crmlib.i18n import _
from crmlib.segments.per_customer import numbers
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Allowance:
    """The part of `open_yuan` that is set aside: `yuan`, between `low` and `high` where the rates have intervals (else both are missing).

    `table`, one row a bucket: open_yuan, rate, allowance_yuan, and low_yuan, high_yuan.
    """

    yuan: float
    low: float
    high: float
    open_yuan: float
    table: pd.DataFrame = field(repr=False, compare=False)

    def summary(self) -> str:
        """The result in one or two sentences."""
        said = _("Of {open:,.0f} yuan open, {yuan:,.0f} yuan ({share:.1%}) are set aside.").format(
            open=self.open_yuan, yuan=self.yuan, share=self.yuan / self.open_yuan if self.open_yuan else 0.0)  # fmt: skip
        if np.isnan(self.low):
            return said
        return _("{said} The rates are estimates: {low:,.0f} to {high:,.0f} yuan.").format(said=said, low=self.low, high=self.high)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Open money and allowance by age; see :func:`crmlib.plotting.allowance`."""
        from crmlib.plotting.credit import allowance

        return allowance(self, ax=ax)


def allowance(
    amounts: Aging | pd.Series | Sequence[float], rates: RollRates | Mapping[str, float] | pd.Series | Sequence[float] | None = None
) -> Allowance:
    """Set aside a share of the open money, the larger the older it is.

    Answers: how much of what customers owe us should we not count on?

    Parameters
    ----------
    amounts : Aging, or yuan by bucket (Series or list, youngest first)
    rates : share lost of each bucket, 0–1, optional
        A list in the order of the buckets, a mapping or Series by the name of the bucket, or what :func:`roll_rates` found. Without them:
        the standard credit.allowance_rates, one for each of five buckets.

    Returns
    -------
    Allowance
        yuan, low, high, open_yuan, table; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        Amounts and rates differ in number or name; a rate lies outside 0 to 1; an amount is negative or missing.

    Notes
    -----
    low and high add up the ends of all buckets, as if all rates erred the same way at once: they hold the truth at least as often as `level`
    of the rates says.

    Source: aging method of the allowance for doubtful accounts, accounting textbooks.

    >>> allowance([320_000, 110_000, 24_000, 18_000, 43_000], [0.01, 0.03, 0.10, 0.33, 0.75]).yuan
    47090.0
    """
    opened = amounts.totals["open_yuan"] if isinstance(amounts, Aging) else amounts
    opened = opened if isinstance(opened, pd.Series) else pd.Series(list(opened) if np.iterable(opened) else [opened], dtype="object")
    opened = numbers(opened, "amounts").rename_axis("bucket")
    if opened.empty:
        raise ValueError(_("There are no amounts. Give the open yuan of each bucket."))
    refuse_rows(opened < 0, _("An amount is negative"), _("Show credit notes and overpayments apart instead of netting them off."))
    found = _rates(rates, opened.index)
    table = pd.DataFrame({"open_yuan": opened, "rate": found["rate"]})
    for name, column in (("allowance_yuan", "rate"), ("low_yuan", "low"), ("high_yuan", "high")):
        table[name] = (table["open_yuan"] * found[column]).round(2)
    total = table[["allowance_yuan", "low_yuan", "high_yuan"]].sum(skipna=False).round(2)
    return Allowance(*(float(value) for value in total), float(opened.sum()), table)


def _rates(rates: object, buckets: pd.Index) -> pd.DataFrame:
    if rates is None:
        rates = get("credit.allowance_rates", unit="share")
    if isinstance(rates, RollRates):
        rates = rates.table
    if isinstance(rates, pd.DataFrame):
        require_columns(rates.columns, ["rate", "low", "high"])
        found = rates[["rate", "low", "high"]].astype(float)
    else:
        named = isinstance(rates, (Mapping, pd.Series))
        if not named and len(rates) != len(buckets):
            raise ValueError(_("There are {rates} rates for {buckets} buckets. Give one rate for each bucket: {names}.").format(
                rates=len(rates), buckets=len(buckets), names=", ".join(map(str, buckets))))  # fmt: skip
        found = pd.Series(rates, dtype="object") if named else pd.Series(list(rates), index=buckets, dtype="object")
        found = pd.DataFrame({"rate": numbers(found, "rates"), "low": np.nan, "high": np.nan})
    unknown = [str(name) for name in buckets if name not in found.index]
    if unknown:
        raise ValueError(_("There is no rate for the bucket(s) {names}.").format(names=", ".join(unknown)))
    refuse_rows((found["rate"] < 0) | (found["rate"] > 1) | found["rate"].isna(), _("A rate lies outside 0 to 1"), _("Write 33% as 0.33."))
    return found.loc[buckets]
