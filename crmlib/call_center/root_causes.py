"""Which few causes make most of the complaints, how sure their order is, and what the classifier's confusions change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.call_center.complaints import CauseClassifier
from crmlib.checks import refuse_rows, require_rng, require_share
from crmlib.clean import clean
from crmlib.company.schema import label
from crmlib.credit.chance import whole
from crmlib.i18n import _, in_a_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY = 5000
_ROUNDS = 200


@dataclass(frozen=True, eq=False)
class RootCauses:
    """Causes by what they add up to, the largest first.

    `table` (index `by`): cases, amount (cases, or the sum of `weight`), share, low, high, cumulative_share, cumulative_low,
    cumulative_high, rank, rank_low, rank_high, vital (among the fewest causes that make `vital_share` together), vital_chance (how often it
    is, when customers are drawn anew); plain_share where the shares were put right for confusions.
    """

    table: pd.DataFrame
    by: str
    weight: str | None
    corrected: bool
    cases: int
    vital_share: float
    level: float

    def summary(self) -> str:
        """The result in two or three sentences."""
        vital = self.table[self.table["vital"]]
        told = _("{few} of {all} causes make {share:.0%} of {what}: {names}.").format(
            few=len(vital), all=len(self.table), share=vital["cumulative_share"].iloc[-1],
            what=_("the {cases} cases").format(cases=self.cases) if self.weight is None else label(self.weight),
            names=_(", ").join(label(str(code), self.by) for code in vital.index))  # fmt: skip
        unsure = self.table.index[self.table["vital_chance"].between(0.05, 0.95)]
        doubt = _("Not certain to stay on their side of the line: {names}.").format(
            names=_(", ").join(label(str(code), self.by) for code in unsure)) if len(unsure) else ""  # fmt: skip
        first = self.table.iloc[0]
        lead = _("Which cause comes first is not certain.") if first["rank_high"] > 1 else ""
        return in_a_row(told, doubt, lead)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The causes as bars with intervals; see :func:`crmlib.plotting.root_causes`."""
        from crmlib.plotting import root_causes

        return root_causes(self, ax=ax)


def root_causes(
    cases: pd.DataFrame, *, by: str = "cause", weight: str | None = None, confusion: CauseClassifier | None = None, level: float = 0.95,
    resamples: int = 2000, rng: np.random.Generator | int,
) -> RootCauses:  # fmt: skip
    """Pareto of causes with intervals.

    Answers: which few causes should be worked on first, and is their order more than chance?

    Parameters
    ----------
    cases : DataFrame, one row a case; with a column customer_id, the cases of one customer are drawn together
    by : column of causes
    weight : column of numbers to add up instead of counting cases, such as compensation_yuan; missing counts as 0
    confusion : CauseClassifier, optional
        Where `by` holds the guesses of this classifier, shares are put right for what it confuses, as cases showed that it had not seen.
        Not with `weight`.
    level : float, 0–1
    resamples : int, at least 100
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    RootCauses
        `.table`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        No rows, a weight below 0, a guess that the classifier does not know, or both `weight` and `confusion`.

    Notes
    -----
    Intervals draw customers anew (bootstrap; of more than 5,000 customers from the normal distribution of the sums). With `confusion` those
    unseen cases are drawn anew too. Shares by maximum likelihood under the confusions (expectation–maximisation):
    that takes bias away and adds chance. With a few hundred cases known the chance is often the larger; compare low and high with
    plain_share.

    Source: Pareto analysis, Juran, *Quality Control Handbook* (1951); Rogan and Gladen, *American Journal of Epidemiology* 107 (1978), for
    putting shares right.

    >>> cases = pd.DataFrame({"cause": ["loss"] * 70 + ["delay"] * 20 + ["price"] * 10})
    >>> table = root_causes(cases, rng=1).table
    >>> table.cumulative_share.round(2).tolist(), table.vital.tolist()
    ([0.7, 0.9, 1.0], [True, True, False])
    """
    require_share("level", level)
    rng, resamples = require_rng(rng), whole("resamples", resamples, 100)
    if confusion is not None and weight is not None:
        raise ValueError(_("Shares are put right for confusions by counting cases; leave weight out."))
    if confusion is not None and not isinstance(confusion, CauseClassifier):
        raise ValueError(_("confusion must be what cause_classifier gives; this is a {kind}.").format(kind=type(confusion).__name__))
    kinds = {by: "name", "customer_id": "id?"} | ({weight: "number?"} if weight else {})
    cases = clean(cases, "cases", optional=("customer_id",), **kinds)
    if cases.empty:
        raise ValueError(_("There are no cases. Check the filter that they come from."))
    amount = np.ones(len(cases)) if weight is None else cases[weight].fillna(0.0).to_numpy()
    refuse_rows(
        pd.Series(amount < 0, index=cases.index), _("{name} is below 0").format(name=weight), _("Net off what was paid back first.")
    )
    if not amount.sum() > 0:
        raise ValueError(_("{name} adds up to nothing, so there are no shares.").format(name=weight))
    names = cases[by].astype(str)
    codes = list(confusion.confusion.index) if confusion is not None else list(dict.fromkeys(sorted(names)))
    if strange := sorted(set(names) - set(codes)):
        raise ValueError(_("The classifier does not know the cause(s) {names}.").format(names=", ".join(strange)))
    place = pd.Index(codes).get_indexer(names)
    sums, draws = _drawn(cases, place, amount, len(codes), resamples, rng)
    plain = sums / sums.sum()
    draws = draws / np.maximum(draws.sum(axis=1, keepdims=True), 1e-12)
    share = plain
    if confusion is not None:
        share, draws = _put_right(plain, draws, confusion.confusions().to_numpy(dtype=float), rng)
    table = _table(share, draws, np.bincount(place, minlength=len(codes)), sums, codes, by, level)
    if confusion is not None:
        table["plain_share"] = pd.Series(plain, index=codes)[table.index]
    return RootCauses(
        table, by, weight, confusion is not None, len(cases), standards.get("call_center.cause.vital_share", unit="share"), level
    )


def _drawn(
    cases: pd.DataFrame, place: np.ndarray, amount: np.ndarray, width: int, resamples: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sums by cause, and those of customers drawn anew (resamples × causes)."""
    person = np.arange(len(cases))
    if "customer_id" in cases.columns:
        ids = cases["customer_id"]
        person = pd.factorize(ids.astype(object).where(ids.notna(), pd.Series(person, index=cases.index)))[0]
    people = person.max() + 1
    each = np.bincount(person * width + place, weights=amount, minlength=people * width).reshape(people, width)
    sums = each.sum(axis=0)
    if people > _MANY:
        spread = each.T @ each - np.outer(sums, sums) / people
        return sums, np.maximum(rng.multivariate_normal(sums, spread, size=resamples, method="eigh"), 0.0)
    counts = rng.multinomial(people, np.full(people, 1 / people), size=resamples)
    return sums, counts @ each


def _put_right(plain: np.ndarray, draws: np.ndarray, confusion: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    seen = confusion.sum(axis=1)
    # A hair on the diagonal: a cause that the test did not hold is taken to be told rightly.
    rows = confusion + np.diag(np.where(seen > 0, 0.0, 1.0)) + 1e-9
    chances = rows / rows.sum(axis=1, keepdims=True)
    anew = np.stack(
        [rng.multinomial(int(total) or 1, chance, size=len(draws)) for total, chance in zip(seen, chances, strict=True)], axis=1
    )
    anew = anew + 1e-6
    return _likeliest(plain[None], chances[None])[0], _likeliest(draws, anew / anew.sum(axis=2, keepdims=True))


def _likeliest(guessed: np.ndarray, chances: np.ndarray) -> np.ndarray:
    """True shares (rows × causes) under which the guessed shares are likeliest, when cause c is guessed as g with chances[:, c, g]."""
    true = guessed + 1e-6
    true = true / true.sum(axis=1, keepdims=True)
    for _round in range(_ROUNDS):
        expected = np.einsum("rc,rcg->rg", true, chances)
        true = true * np.einsum("rcg,rg->rc", chances, guessed / np.maximum(expected, 1e-12))
        true = true / true.sum(axis=1, keepdims=True)
    return true


def _table(
    share: np.ndarray, draws: np.ndarray, counts: np.ndarray, sums: np.ndarray, codes: list[str], by: str, level: float
) -> pd.DataFrame:
    order = np.argsort(-share, kind="stable")
    ends = [(1 - level) / 2, (1 + level) / 2]
    wanted = standards.get("call_center.cause.vital_share", unit="share") - 1e-9
    placed = np.argsort(np.argsort(-draws, axis=1, kind="stable"), axis=1, kind="stable") + 1
    sorted_draws = -np.sort(-draws, axis=1)
    before = np.take_along_axis(np.cumsum(sorted_draws, axis=1) - sorted_draws, placed - 1, axis=1)
    along = np.cumsum(draws[:, order], axis=1)
    cumulative = np.cumsum(share[order])
    low, high = np.quantile(draws[:, order], ends, axis=0)
    from_, to = np.quantile(along, ends, axis=0)
    first, last = np.quantile(placed[:, order], ends, axis=0, method="inverted_cdf")
    return pd.DataFrame({
        "cases": counts[order], "amount": sums[order], "share": share[order], "low": low, "high": high, "cumulative_share": cumulative,
        "cumulative_low": from_, "cumulative_high": np.minimum(to, 1.0), "rank": np.arange(1, len(codes) + 1),
        "rank_low": first.astype(int),
        "rank_high": last.astype(int), "vital": cumulative - share[order] < wanted, "vital_chance": (before < wanted).mean(axis=0)[order],
    }, index=pd.Index(np.array(codes, dtype=object)[order], name=by))  # fmt: skip
