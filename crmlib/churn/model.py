"""Who is likely to leave: models fitted at earlier cut-offs and judged at a later one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import require_columns, require_share
from crmlib.churn.frame import feature_names, plain_frame, refuse_answer, stacked
from crmlib.churn.metrics import (
    calibration_table,
    gain_table,
    generator,
    require_resamples,
    score_chances,
    weights,
)
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("logistic", "boosting")
_SHUFFLES, _FOLDS, _CHOICE_FOLDS = 30, 5, 3


@dataclass(frozen=True, eq=False)
class ChurnModel:
    """A fitted churn model and how it did at a later cut-off.

    `kind`: "logistic" or "boosting"; `features`; `trained_at`, `tested_at`: cut-offs; `trained_on`: rows; `metrics` (see `score_chances`);
    `calibration` (`calibration_table`); `gain` (`gain_table`); `importance` (feature, importance: how much AUC is lost when the feature is
    shuffled, low, high); `choice`: where a kind was to be chosen, the log loss of each on customers of the training frames whom it had not
    seen; `scores`: customer_id, cutoff, chance, churned, margin_yuan of the customers it was judged on; `usual`: what the features are on
    average, for reasons; `fitted`: the calibrated scikit-learn pipeline.
    """

    kind: str
    features: tuple[str, ...]
    trained_at: tuple[pd.Timestamp, ...]
    tested_at: tuple[pd.Timestamp, ...]
    trained_on: int
    metrics: pd.DataFrame
    calibration: pd.DataFrame = field(repr=False)
    gain: pd.DataFrame = field(repr=False)
    importance: pd.DataFrame = field(repr=False)
    choice: pd.DataFrame = field(repr=False)
    scores: pd.DataFrame = field(repr=False)
    usual: pd.DataFrame = field(repr=False)
    fitted: object = field(repr=False)
    level: float = 0.95

    def metric(self, name: str) -> float:
        """The value of one measure, such as "auc"."""
        return float(self.metrics.set_index("metric").loc[name, "value"])

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The chance that each customer of a frame leaves within the window.

        Returns
        -------
        DataFrame in the order of the frame
            customer_id, cutoff, chance, and margin_yuan where the frame has it

        Raises
        ------
        ValueError
            The frame lacks a feature, or holds one that was not known before its cut-off.
        """
        from threadpoolctl import threadpool_limits

        frame = plain_frame(frame)
        feature_names(frame)
        require_columns(frame.columns, self.features)
        with threadpool_limits(1):
            chance = self.fitted.predict_proba(frame[list(self.features)])[:, 1]
        beside = [name for name in ("customer_id", "cutoff", "margin_yuan") if name in frame.columns]
        found = frame[beside].assign(chance=chance)
        return found[["customer_id", "cutoff", "chance", *beside[2:]]]

    def summary(self) -> str:
        """The result in three sentences."""
        rows = self.metrics.set_index("metric")
        return _(
            "Fitted on {train} customer rows, judged on {test} customers at {day}, later than all of them. AUC {auc:.2f} ({auc_low:.2f} to "
            "{auc_high:.2f}); the tenth with the highest chances leaves {lift:.1f} times as often as all ({lift_low:.1f} to "
            "{lift_high:.1f}). For 100 expected to leave, {ratio:.0f} left ({ratio_low:.0f} to {ratio_high:.0f})."
        ).format(
            train=self.trained_on, test=len(self.scores), day=str(max(self.tested_at).date()),
            auc=rows.value["auc"], auc_low=rows.low["auc"], auc_high=rows.high["auc"],
            lift=rows.value["top_decile_lift"], lift_low=rows.low["top_decile_lift"], lift_high=rows.high["top_decile_lift"],
            ratio=100 * rows.value["observed_over_expected"], ratio_low=100 * rows.low["observed_over_expected"],
            ratio_high=100 * rows.high["observed_over_expected"],
        )  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The gain curve; see :func:`crmlib.plotting.churn_gain`."""
        from crmlib.plotting import churn_gain

        return churn_gain(self, ax=ax)


def churn_model(
    train: pd.DataFrame | Sequence[pd.DataFrame], *, test: pd.DataFrame, kind: str | None = None, level: float = 0.95,
    resamples: int = 1000, rng: np.random.Generator | int,
) -> ChurnModel:  # fmt: skip
    """Fit a churn model on earlier cut-offs and judge it on a later one.

    Answers: whom should we worry about, and how far can the warning be trusted?

    Parameters
    ----------
    train : DataFrame from `churn_frame`, or several
        Every outcome window must be over when the test begins.
    test : DataFrame from `churn_frame` at a later cut-off
    kind : "logistic", "boosting", or None
        None takes the logistic model unless boosting foretells unseen customers of the training frames better by two standard errors,
        and by a share of the log loss that is worth it (`churn_model.worthwhile`): the simpler one in doubt. The test has no say in it.
    level : float, 0–1
    resamples : int, at least 100
    rng : numpy Generator, or an int as a seed

    Returns
    -------
    ChurnModel
        `.predict(frame)`, metrics, calibration, gain, importance, choice, scores; `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        The test is not later than the training, as in a random split; a feature was not known before the cut-off or is the answer itself;
        fewer than 20 left, or stayed.

    Notes
    -----
    Both are calibrated by Platt's method: a straight line is laid through the log-odds that they give to customers held out (five folds;
    no customer on both sides). The importance of a feature is what AUC loses at the test when it is shuffled among customers drawn anew;
    features that tell the same share their importance.

    Source: Platt (1999) and Niculescu-Mizil and Caruana (2005) for calibration; Breiman (2001) for permutation importance; Neslin and
    others (2006), Defection Detection, for judging on a later period.

    >>> days = np.tile(np.arange(100.0), 2)
    >>> rows = pd.DataFrame({"customer_id": [f"c{number}" for number in range(200)], "recency_days": days, "churned": days > 60})
    >>> train = rows.assign(cutoff=pd.Timestamp("2026-01-01"), outcome_until=pd.Timestamp("2026-04-01"))
    >>> test = rows.assign(cutoff=pd.Timestamp("2026-04-01"), outcome_until=pd.Timestamp("2026-06-30"))
    >>> churn_model(train.assign(churned=days % 9 > 4), test=test.assign(churned=days % 7 > 3), kind="logistic", rng=1).kind
    'logistic'
    """
    from threadpoolctl import threadpool_limits

    from crmlib.churn.pipelines import calibrated, held_out_chances

    require_share("level", level)
    require_resamples(resamples)
    draw = generator(rng)
    if kind is not None and kind not in KINDS:
        raise ValueError(_("kind is {kind}; it must be one of {kinds}, or None to choose.").format(kind=kind, kinds=", ".join(KINDS)))
    train = plain_frame(stacked(train))
    test = plain_frame(test)
    features = _checked(train, test)
    x, churned, customers = train[features], train["churned"].to_numpy(dtype=bool), train["customer_id"]
    seed = int(draw.integers(2**31))
    # Some thousand rows are worked out faster by one thread than shared out; the result is the same.
    with threadpool_limits(1):
        held_out = {name: held_out_chances(name, x, churned, customers, seed, _CHOICE_FOLDS) for name in (() if kind else KINDS)}
        choice = _choice(held_out, churned, customers)
        chosen = kind or _simplest(choice)
        fitted = calibrated(chosen, x, churned, customers, seed, _FOLDS)
        chance = pd.Series(fitted.predict_proba(test[features])[:, 1], index=test.index)
        gone = test["churned"].astype(bool)
        return ChurnModel(
            kind=chosen, features=tuple(features), trained_at=_days(train), tested_at=_days(test),
            trained_on=len(train),
            metrics=score_chances(gone, chance, customers=test["customer_id"], level=level, resamples=resamples, rng=draw),
            calibration=calibration_table(gone, chance, groups=min(10, len(test)), level=level), gain=gain_table(gone, chance),
            importance=_importance(fitted, test, features, draw, level), choice=choice,
            scores=test[["customer_id", "cutoff"]].assign(chance=chance, churned=gone, margin_yuan=test.get("margin_yuan", np.nan)),
            usual=_usual(x), fitted=fitted, level=level,
        )  # fmt: skip


def _checked(train: pd.DataFrame, test: pd.DataFrame) -> list[str]:
    features = feature_names(train)
    also = feature_names(test)
    require_columns(also, features)
    for frame, name in ((train, "train"), (test, "test")):
        require_columns(frame.columns, ["churned"])
        gone = int(frame["churned"].sum())
        if min(gone, len(frame) - gone) < 20:
            raise ValueError(_("{name}: {gone} left and {stayed} stayed. At least 20 of each are needed to learn or to judge from.").format(
                name=name, gone=gone, stayed=len(frame) - gone))  # fmt: skip
    lengths = {length.days for frame in (train, test) for length in (frame["outcome_until"] - frame["cutoff"]).unique()}
    if len(lengths) > 1 or min(lengths) < 1:
        raise ValueError(_("The outcome windows are of {days} days. Train and test on windows of the same length, at least one day.").format(
            days=", ".join(map(str, sorted(lengths)))))  # fmt: skip
    ends, begins = pd.to_datetime(train["outcome_until"]).max(), pd.to_datetime(test["cutoff"]).min()
    if ends > begins:
        raise ValueError(_(
            "The test begins on {begins}, before the outcomes of the training are known on {ends}. Rows split at random, or windows that "
            "overlap, let the model see the time that it is to foretell; its results would be too good. Train at cut-offs whose windows "
            "end by {begins}, or test at a cut-off from {ends} on."
        ).format(begins=begins.date(), ends=ends.date()))  # fmt: skip
    for frame in (train, test):
        for name in features:
            refuse_answer(frame, name)
    return features


def _days(frame: pd.DataFrame) -> tuple[pd.Timestamp, ...]:
    return tuple(sorted(pd.to_datetime(frame["cutoff"]).unique()))


def _choice(held_out: dict[str, np.ndarray], churned: np.ndarray, customers: pd.Series) -> pd.DataFrame:
    """Log loss of each kind; better_by: by how many standard errors (over customers) it is better than the logistic model."""
    losses = {name: -np.where(churned, np.log(chance), np.log1p(-chance)) for name, chance in held_out.items()}
    rows = []
    for name, loss in losses.items():
        gain = losses.get("logistic", loss) - loss
        sums = pd.Series(gain - gain.mean()).groupby(customers.to_numpy()).sum()
        error = float(np.sqrt((sums**2).sum())) / len(gain)
        better = float(gain.mean()) / error if error else 0.0
        rows.append({"kind": name, "log_loss": float(loss.mean()), "better_by": better})
    return pd.DataFrame(rows, columns=["kind", "log_loss", "better_by"])


def _simplest(choice: pd.DataFrame) -> str:
    rows = choice.set_index("kind")
    saved = 1 - rows.log_loss["boosting"] / rows.log_loss["logistic"]
    worthwhile = saved >= standards.get("churn_model.worthwhile", unit="share") and rows.better_by["boosting"] > 2
    return "boosting" if worthwhile else "logistic"


def log_odds(model: object, matrix: np.ndarray) -> np.ndarray:
    """The calibrated log-odds of leaving for rows of the design matrix.

    >>> log_odds.__name__
    'log_odds'
    """
    inner = model.calibrated_classifiers_[0]
    line = inner.calibrators[0]
    return -(line.a_ * inner.estimator.named_steps["classifier"].decision_function(matrix) + line.b_)


def design_of(model: object) -> object:
    """The design step of a calibrated pipeline.

    >>> design_of.__name__
    'design_of'
    """
    return model.calibrated_classifiers_[0].estimator.named_steps["design"]


def _importance(model: object, test: pd.DataFrame, features: list[str], rng: np.random.Generator, level: float) -> pd.DataFrame:
    design = design_of(model)
    matrix, owners = design.transform(test[features]), np.array(design.columns_)
    gone, who = test["churned"].to_numpy(dtype=bool), pd.factorize(test["customer_id"])[0]
    drawn = weights(rng, who, _SHUFFLES)
    whole = _auc(gone, log_odds(model, matrix), drawn)
    lost = {}
    for name in features:
        shuffled = np.tile(matrix, (_SHUFFLES, 1))
        places = np.concatenate([rng.permutation(len(matrix)) for _shuffle in range(_SHUFFLES)])
        own = np.flatnonzero(owners == name)
        shuffled[:, own] = matrix[places][:, own]
        odds = log_odds(model, shuffled).reshape(_SHUFFLES, len(matrix))
        lost[name] = whole - np.array([_auc(gone, odds[turn], drawn[turn : turn + 1])[0] for turn in range(_SHUFFLES)])
    table = pd.DataFrame(
        {
            "feature": name, "importance": values.mean(),
            "low": np.quantile(values, (1 - level) / 2), "high": np.quantile(values, (1 + level) / 2),
        } for name, values in lost.items()
    )  # fmt: skip
    return table.sort_values("importance", ascending=False, kind="stable", ignore_index=True)


def _auc(gone: np.ndarray, score: np.ndarray, weight: np.ndarray) -> np.ndarray:
    order = np.argsort(-score, kind="stable")
    gone, score, weight = gone[order], score[order], weight[:, order]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(score) != 0]))
    up, down = np.add.reduceat(weight * gone, starts, axis=1), np.add.reduceat(weight * ~gone, starts, axis=1)
    after = down.sum(axis=1, keepdims=True) - np.cumsum(down, axis=1)
    return (up * (after + down / 2)).sum(axis=1) / (up.sum(axis=1) * down.sum(axis=1))


def _usual(features: pd.DataFrame) -> pd.DataFrame:
    """The average customer: the median of a number, the most frequent name, the share of customers without a value."""
    rows = []
    for name in features.columns:
        values = features[name]
        if pd.api.types.is_numeric_dtype(values):
            usual = float(values.median())
        else:
            usual = values.mode().iloc[0] if values.notna().any() else None
        rows.append({"feature": name, "usual": usual, "missing_share": float(values.isna().mean())})
    return pd.DataFrame(rows).astype({"usual": object})
