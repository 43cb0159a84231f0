"""A scorecard: points by bin that anybody can add up, from a logistic regression on weights of evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.clean import amount, column_names
from crmlib.credit.chance import generator, positive, whole
from crmlib.credit.discrimination import (
    Discrimination,
    default_calibration,
    discrimination,
)
from crmlib.credit.evidence import Evidence, defaults_of, weight_of_evidence
from crmlib.credit.history import require_frame
from crmlib.i18n import _
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REASONS = 3


@dataclass(frozen=True)
class Scorecard:
    """Points by bin, and what they are worth.

    `points`, one row a feature and bin: customers, bad_rate, woe, points. `coefficients` by feature. `dropped` says of each feature left
    out why: "weak" (information value not above chance or the least asked for), "too_many" (beyond the number asked for) or
    "turned_round" (beside the others, it would have punished the safer side). A customer with `base_points` has odds of `base_odds` to 1
    of paying, and `points_to_double` more points double the odds. `quality` (train and, where given, test) and `calibration` (of test,
    else of train) say how far to trust it.
    """

    points: pd.DataFrame = field(repr=False)
    coefficients: pd.Series = field(repr=False)
    intercept: float
    dropped: dict[str, str]
    base_points: float
    base_odds: float
    points_to_double: float
    quality: dict[str, Discrimination] = field(repr=False)
    calibration: pd.DataFrame = field(repr=False)
    evidence: dict[str, Evidence] = field(repr=False)

    @property
    def factor(self) -> float:
        """Points for each unit of log odds."""
        return self.points_to_double / np.log(2)

    @property
    def offset(self) -> float:
        """Points at odds of 1 to 1."""
        return self.base_points - self.factor * np.log(self.base_odds)

    def score(self, table: pd.DataFrame) -> pd.DataFrame:
        """Score customers and say why.

        Returns one row a customer: score (whole points), default_probability, and reason_1 to reason_3, the features that cost most points
        against the average customer of the training sample (empty where fewer do).
        """
        table = getattr(table, "table", table)
        if not isinstance(table, pd.DataFrame):
            raise ValueError(_("table must be a pandas table, one row a customer; this is a {kind}.").format(kind=type(table).__name__))
        names = list(self.coefficients.index)
        require_columns(table.columns, names)
        weights = np.column_stack([self.evidence[name].transform(table[name]) for name in names])
        logit = self.intercept + weights @ self.coefficients.to_numpy()
        share = (self.offset + self.factor * self.intercept) / len(names)
        parts = np.rint(share + self.factor * weights * self.coefficients.to_numpy())
        usual = np.array([self._usual(name) for name in names])
        loss = usual - parts
        order = np.argsort(-loss, axis=1, kind="stable")[:, :REASONS]
        codes = np.array(names, dtype=object)[order]
        found = pd.DataFrame({"score": parts.sum(axis=1), "default_probability": 1 / (1 + np.exp(logit))}, index=table.index)
        for place in range(REASONS):
            costs = (
                np.take_along_axis(loss, order[:, place : place + 1], axis=1)[:, 0] >= 1
                if place < len(names)
                else np.zeros(len(table), bool)
            )
            column = codes[:, place] if place < len(names) else np.full(len(table), "", dtype=object)
            found[f"reason_{place + 1}"] = pd.Series(np.where(costs, column, ""), index=table.index, dtype="str")
        return found

    def _usual(self, name: str) -> float:
        rows = self.points.loc[name]
        return float(np.average(rows["points"], weights=rows["customers"]))

    def summary(self) -> str:
        """The result in two sentences."""
        sample = "test" if "test" in self.quality else "train"
        quality = self.quality[sample]
        expected = float((self.calibration["predicted"] * self.calibration["customers"]).sum())
        said = _("The scorecard adds up {features} features.").format(features=len(self.coefficients))
        where = (
            _("On customers it has never seen: {quality}")
            if sample == "test"
            else _("On the customers it was made from, which flatters: {quality}")
        )
        return _("{said} {where} It expected {expected:.1f} defaults; {defaults} came.").format(
            said=said, where=where.format(quality=quality.summary()), expected=expected, defaults=quality.defaults)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Predicted against observed default; see :func:`crmlib.plotting.default_calibration`."""
        from crmlib.plotting.scorecards import default_calibration as draw

        return draw(self.calibration, ax=ax)


def scorecard(
    train: pd.DataFrame, *, test: pd.DataFrame | None = None, features: list[str] | None = None, base_points: float | None = None,
    base_odds: float | None = None, points_to_double: float | None = None, min_information: float | None = None,
    max_features: int | None = None, penalty: float = 1.0,
    max_bins: int = 4, min_share: float = 0.08, smoothing: float = 0.5, level: float = 0.95, resamples: int = 500,
    rng: np.random.Generator | int,
) -> Scorecard:  # fmt: skip
    """Build a scorecard on one period and try it on a later one.

    Answers: who will probably not pay, for which reasons, and can the score be trusted next year?

    Parameters
    ----------
    train, test : CreditFrame, or its table
        `test` must have its cut-off no earlier than the day from which the outcomes of `train` were known; a random split would let the
        future into the past.
    features : columns, optional
        Without them: the features of :func:`credit_frame` that are there.
    base_points, base_odds, points_to_double : float, optional
        A customer with `base_points` pays with odds of `base_odds` to 1; `points_to_double` more points double them. Without them: the
        standards credit.base_points, credit.base_odds, credit.points_to_double.
    min_information : float, optional
        Least information value of a feature. Without it: the first of the standard credit.information_steps.
    max_features : int, optional
        Most features, the most informative first. Without it: one for every five defaults in `train`, but at least three: more cannot be
        learnt from so few.
    penalty : float
        Ridge penalty on the coefficients, as 1/C of scikit-learn: more shrinks more; with few defaults a small one overfits.
    max_bins, min_share, smoothing : as in :func:`weight_of_evidence`
    level, resamples, rng : as in :func:`discrimination`

    Returns
    -------
    Scorecard
        points, coefficients, dropped, quality, calibration, evidence; `.score(table)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A column is missing; the test period begins before the outcomes of the training period were known; no feature tells anything;
        goods or defaulters are lacking; `rng` is missing.

    Source: Siddiqi, *Credit Risk Scorecards* (2006), ch. 6 (scaling; points by attribute; reason codes).

    >>> rng = np.random.default_rng(1)
    >>> late = pd.Series(rng.normal(size=400), name="mean_days_late")
    >>> table = pd.DataFrame({"mean_days_late": late, "default": rng.random(400) < 1 / (1 + np.exp(2 - late))})
    >>> card = scorecard(table, rng=1)
    >>> bool(card.score(pd.DataFrame({"mean_days_late": [-2.0, 2.0]}))["score"].is_monotonic_decreasing)
    True
    """
    from sklearn.linear_model import LogisticRegression

    train_table, test_table = require_frame(train, "train"), None if test is None else require_frame(test, "test")
    _later(train_table, test_table)
    scale = [positive(name, get(f"credit.{name}", unit="count" if name != "base_odds" else "ratio") if given is None else given)
             for name, given in (("base_points", base_points), ("base_odds", base_odds), ("points_to_double",
                 points_to_double))]  # fmt: skip
    rng = generator(rng)
    names = column_names(features, "features") if features is not None else [name for name in _usable(train_table) if test_table is None or name in test_table.columns]
    require_columns(train_table.columns, names)
    bad = defaults_of(train_table["default"], train_table.index)
    least = get("credit.information_steps", unit="ratio")[0] if min_information is None else amount("min_information", min_information)
    options = {"max_bins": max_bins, "min_share": min_share, "smoothing": smoothing}
    evidence = {name: weight_of_evidence(train_table[name], train_table["default"], **options) for name in names}
    dropped = {name: "weak" for name, found in evidence.items() if found.iv < least or found.iv <= found.noise}
    most = max(3, int(bad.sum()) // 5) if max_features is None else whole("max_features", max_features, 1)
    ranked = sorted((name for name in names if name not in dropped), key=lambda name: -evidence[name].iv)
    dropped |= dict.fromkeys(ranked[most:], "too_many")
    kept = [name for name in names if name not in dropped]
    if not kept:
        raise ValueError(_("No feature tells more about default than chance would. Take a longer history, more customers, or fewer bins."))
    weights = {name: evidence[name].transform(train_table[name]).to_numpy() for name in kept}
    while True:
        model = LogisticRegression(C=1 / positive("penalty", penalty), tol=1e-8, max_iter=500)
        model.fit(np.column_stack([weights[name] for name in kept]), 1 - bad)
        coefficients = pd.Series(model.coef_[0], index=kept)
        if len(kept) == 1 or coefficients.min() > 0:
            break
        dropped[coefficients.idxmin()] = "turned_round"
        kept = [name for name in kept if name not in dropped]
    card = Scorecard(_points(evidence, coefficients, float(model.intercept_[0]), scale), coefficients, float(model.intercept_[0]), dropped,
                     *scale, {}, pd.DataFrame(), {name: evidence[name] for name in kept})  # fmt: skip
    return _tried(card, train_table, test_table, level, resamples, rng)


def _tried(
    card: Scorecard, train: pd.DataFrame, test: pd.DataFrame | None, level: float, resamples: int, rng: np.random.Generator
) -> Scorecard:
    from dataclasses import replace

    quality = {}
    for name, table in (("train", train), ("test", test)):
        if table is not None:
            probability = card.score(table)["default_probability"]
            quality[name] = discrimination(-probability, table["default"], level=level, resamples=resamples, rng=rng)
            calibration = default_calibration(probability, table["default"], level=level)
    return replace(card, quality=quality, calibration=calibration)


def _points(evidence: dict[str, Evidence], coefficients: pd.Series, intercept: float, scale: list[float]) -> pd.DataFrame:
    base_points, base_odds, points_to_double = scale
    factor = points_to_double / np.log(2)
    share = (base_points - factor * np.log(base_odds) + factor * intercept) / len(coefficients)
    tables = {}
    for name, coefficient in coefficients.items():
        table = evidence[name].table[["customers", "bad_rate", "woe"]]
        tables[name] = table.assign(points=np.rint(share + factor * coefficient * table["woe"]).astype(np.int64))
    return pd.concat(tables, names=["feature", "bin"])


def _usable(table: pd.DataFrame) -> list[str]:
    from crmlib.credit.history import FEATURES

    return [name for name in FEATURES if name in table.columns] or [
        name for name in table.columns if name not in ("default", "cutoff", "known_on")
    ]


def _later(train: pd.DataFrame, test: pd.DataFrame | None) -> None:
    if test is None or "known_on" not in train.columns or "cutoff" not in test.columns:
        return
    known, cutoff = train["known_on"].max(), test["cutoff"].min()
    if cutoff < known:
        raise ValueError(_(
            "The test period begins on {cutoff}, before the outcomes of the training period were known ({known}): what is to be foreseen "
            "would stand in the past. Choose a later cutoff for test."
        ).format(cutoff=f"{cutoff:%Y-%m-%d}", known=f"{known:%Y-%m-%d}"))  # fmt: skip
