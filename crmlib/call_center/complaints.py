"""What a complaint is about, read from its words: a classifier tested on later cases that hands the unsure to a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.call_center.cause_texts import FittedTexts, fit_texts, texts_of
from crmlib.checks import require_columns, require_share
from crmlib.clean import clean, plain_names
from crmlib.company.schema import label
from crmlib.i18n import _, in_a_row
from crmlib.segments.per_customer import day
from crmlib.survey.intervals import normal_quantile, wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DECIDERS = ("machine", "person")
_LEAST_CASES, _LEAST_KEPT = 30, 20
_SURE = 0.9
"""Two-sided level whose lower end must reach the wanted accuracy, so that a lucky threshold is chosen in one of twenty firms only."""
_NEVER = 1.01
_BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
_THRESHOLDS = np.round(np.arange(0, 1, 0.05), 2)


@dataclass(frozen=True, eq=False)
class CauseClassifier:
    """A classifier of causes and how it did on later cases.

    `metrics` (index metric: accuracy, most_frequent [the accuracy of always naming the commonest cause], kept_share, kept_accuracy,
    log_loss, observed_over_expected; value, low, high); `confusion` (rows: recorded, columns: guessed, counts); `by_cause` (index cause:
    cases, guessed, right, recall, recall_low, recall_high, precision, precision_low, precision_high); `calibration` (chance_from,
    chance_to, cases, foretold, observed, low, high); `kept`: what happens at each threshold (threshold, kept, kept_share, accuracy, low,
    high, expected_accuracy); `threshold`: from this chance on the machine decides, chosen on training cases that the model had not seen;
    `scores`: the test cases with what `predict` says and whether it was right; `copied_share`: test texts that stand word for word in the
    training; `doubts`: the training cases with the chances of models that had not seen them.
    """

    causes: tuple[str, ...]
    trained_on: int
    tested_on: int
    trained_until: pd.Timestamp
    tested_from: pd.Timestamp
    threshold: float
    wanted_accuracy: float
    metrics: pd.DataFrame = field(repr=False)
    confusion: pd.DataFrame = field(repr=False)
    by_cause: pd.DataFrame = field(repr=False)
    calibration: pd.DataFrame = field(repr=False)
    kept: pd.DataFrame = field(repr=False)
    scores: pd.DataFrame = field(repr=False)
    doubts: pd.DataFrame = field(repr=False)
    copied_share: float
    text: str
    level: float
    fitted: FittedTexts = field(repr=False)

    def predict(self, cases: pd.DataFrame, *, threshold: float | None = None) -> pd.DataFrame:
        """The likeliest cause of each case, and who decides.

        Returns
        -------
        DataFrame in the order of `cases`
            case_id where there is one; guessed_cause, guess_chance, second_cause, second_chance, decided_by (machine, or person where the
            chance lies below the threshold or there are no words)
        """
        if not isinstance(cases, pd.DataFrame):
            raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(name="cases", kind=type(cases).__name__))
        require_columns(cases.columns, [self.text])
        if threshold is not None:
            require_share("threshold", threshold)
        words = texts_of(cases, self.text, missing_ok=True)
        found = _guesses(self.fitted.chances(words), self.causes, self.threshold if threshold is None else threshold, cases.index)
        found.loc[words == "", "decided_by"] = "person"
        return found if "case_id" not in cases.columns else found.assign(case_id=cases["case_id"])[["case_id", *found.columns]]

    def confusions(self) -> pd.DataFrame:
        """What every case that the model had not seen was recorded and guessed as: the test, and the training case by case left out."""
        unseen = pd.crosstab(self.doubts["recorded_cause"].to_numpy(), self.doubts["guessed_cause"].to_numpy())
        return self.confusion + unseen.reindex(index=self.confusion.index, columns=self.confusion.columns, fill_value=0)

    def summary(self) -> str:
        """The result in four sentences."""
        rows = self.metrics
        told = _(
            "Learnt from {train} cases until {until}, judged on {test} later ones: {accuracy:.0%} of its guesses agree with the record "
            "({low:.0%} to {high:.0%}); always naming the commonest cause would agree in {naive:.0%}."
        ).format(train=self.trained_on, until=str(self.trained_until.date()), test=self.tested_on, accuracy=rows.value["accuracy"],
                 low=rows.low["accuracy"], high=rows.high["accuracy"], naive=rows.value["most_frequent"])  # fmt: skip
        if self.threshold > 1:
            kept = _("No threshold reaches {wanted:.0%}: a person decides every case.").format(wanted=self.wanted_accuracy)
        else:
            kept = _(
                "From a chance of {threshold:.0%} on the machine decides: {share:.0%} of the cases, {right:.0%} of them as recorded "
                "({low:.0%} to {high:.0%}; wanted {wanted:.0%}); a person decides the rest."
            ).format(threshold=self.threshold, share=rows.value["kept_share"], right=rows.value["kept_accuracy"],
                     low=rows.low["kept_accuracy"], high=rows.high["kept_accuracy"], wanted=self.wanted_accuracy)  # fmt: skip
        trust = _("For 100 guesses that its chances promise to be right, {ratio:.0f} are ({low:.0f} to {high:.0f}).").format(
            ratio=100 * rows.value["observed_over_expected"], low=100 * rows.low["observed_over_expected"],
            high=100 * rows.high["observed_over_expected"])  # fmt: skip
        return in_a_row(told, kept, trust)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Share kept against accuracy among the kept; see :func:`crmlib.plotting.kept_accuracy`."""
        from crmlib.plotting import kept_accuracy

        return kept_accuracy(self, ax=ax)


def split_by_time(cases: pd.DataFrame, *, test_share: float | None = None, test_from: object = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Earlier cases to learn from and later ones to be judged on, in order of opening.

    Answers: how would the classifier have done on cases that were still to come?

    Parameters
    ----------
    cases : DataFrame with opened_at
    test_share : float, 0–1
        The latest cases that make this share are the test. Without it: the standard call_center.cause.test_share.
    test_from : date or text, instead of test_share
        Cases opened from then on are the test.

    Returns
    -------
    (DataFrame, DataFrame)
        train and test; cases opened at the same moment stand on the same side

    Raises
    ------
    ValueError
        One of the two would be empty, or both options are given.

    >>> cases = pd.DataFrame({"opened_at": pd.to_datetime(["2026-03-01", "2026-01-01", "2026-02-01"])})
    >>> train, test = split_by_time(cases, test_from="2026-02-15")
    >>> train.index.tolist(), test.index.tolist()
    ([1, 2], [0])
    """
    cases = clean(cases, "cases", opened_at="date")
    if test_share is not None and test_from is not None:
        raise ValueError(_("Give test_share or test_from, not both."))
    ordered = cases.sort_values("opened_at", kind="stable")
    if test_from is not None:
        begins = day(test_from, "test_from")
    elif len(ordered):
        share = standards.get("call_center.cause.test_share", unit="share") if test_share is None else test_share
        require_share("test_share", share)
        begins = ordered["opened_at"].iloc[min(int(len(ordered) * (1 - share)), len(ordered) - 1)]
    else:
        begins = pd.Timestamp(0)
    later = ordered["opened_at"] >= begins
    if not later.any() or later.all():
        raise ValueError(_(
            "With the test from {day}, {train} cases are left to learn from and {test} to be judged on. Choose another day."
        ).format(
            day=f"{begins:%Y-%m-%d}", train=int((~later).sum()), test=int(later.sum())))  # fmt: skip
    return ordered[~later], ordered[later]


def cause_classifier(
    train: pd.DataFrame, *, test: pd.DataFrame, text: str = "text", cause: str = "cause", kept_accuracy: float | None = None,
    level: float = 0.95,
) -> CauseClassifier:  # fmt: skip
    """Learn from earlier complaints what their words say of the cause, and judge it on later ones.

    Answers: which complaints can be sorted by machine, how often is it right, and which must a person read?

    Parameters
    ----------
    train, test : DataFrame with opened_at, `text` and `cause`, as :func:`split_by_time` gives them
        Every case of the training must be opened before the first of the test.
    text, cause : names of the columns
    kept_accuracy : float, 0–1
        How often the machine must be right where it decides. Without it: the standard call_center.cause.kept_accuracy.
    level : float, 0–1
        Confidence of all intervals.

    Returns
    -------
    CauseClassifier
        `.metrics`, `.confusion`, `.by_cause`, `.calibration`, `.kept`, `.threshold`, `.predict(cases)`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        Fewer than 30 cases to learn from, only one cause, a text missing, or a test that does not lie after the training.

    Notes
    -----
    Characters and pairs of characters, of the whole text and once more of its first 14 characters, weighted by tf-idf; logistic regression.
    Its log chances are divided by one temperature, chosen so that they fit training cases that the model had not seen. The threshold is the
    lowest chance from which those unseen cases are right as often as wanted with 95 % certainty; the test has no say in it. What is "right"
    is the recorded cause, which agents now and then choose wrongly, so 100 % cannot be reached.

    Source: Guo and others, On Calibration of Modern Neural Networks (2017); Geifman and El-Yaniv, Selective Classification for Deep Neural
    Networks (2017), for abstaining.

    >>> words = ["box broken", "arrived late", "glass broken", "two days late", "broken lid", "so late"] * 10
    >>> cases = pd.DataFrame({"text": words, "cause": ["damage", "delay"] * 30, "opened_at": pd.date_range("2026-01-01", periods=60)})
    >>> train, test = split_by_time(cases)
    >>> model = cause_classifier(train, test=test)
    >>> float(model.metrics.value["accuracy"]), model.predict(pd.DataFrame({"text": ["broken"]})).guessed_cause.tolist()
    (1.0, ['damage'])
    """
    require_share("level", level)
    wanted = standards.get("call_center.cause.kept_accuracy", unit="share") if kept_accuracy is None else kept_accuracy
    require_share("kept_accuracy", wanted)
    train, test = (
        clean(part, name, opened_at="date", **{cause: "name", text: "name?"}) for part, name in ((train, "train"), (test, "test"))
    )
    if len(train) < _LEAST_CASES or not len(test):
        raise ValueError(_("There are {train} cases to learn from and {test} to be judged on; it takes at least {least} and 1.").format(
            train=len(train), test=len(test), least=_LEAST_CASES))  # fmt: skip
    if train["opened_at"].max() >= test["opened_at"].min():
        raise ValueError(_(
            "The test begins on {test}, before the training ends on {train}: a classifier is judged on cases that were still to come. "
            "Split with split_by_time."
        ).format(test=f"{test['opened_at'].min():%Y-%m-%d}", train=f"{train['opened_at'].max():%Y-%m-%d}"))  # fmt: skip
    train = train.sort_values("opened_at", kind="stable")
    told, seen = (part[cause].astype(str).to_numpy() for part in (train, test))
    if len(set(told)) < 2:
        raise ValueError(_("All cases have the cause {cause}, so there is nothing to tell apart.").format(cause=told[0]))
    words, asked = texts_of(train, text, missing_ok=False), texts_of(test, text, missing_ok=True)
    fitted, unseen = fit_texts(words.tolist(), told.tolist())
    threshold = _threshold(unseen.max(axis=1), np.array(fitted.causes)[unseen.argmax(axis=1)] == told, wanted)
    scores = _guesses(fitted.chances(asked), fitted.causes, threshold, test.index)
    scores.loc[asked == "", "decided_by"] = "person"
    scores = scores.assign(recorded_cause=seen, right=scores["guessed_cause"] == seen)
    doubts = _guesses(unseen, fitted.causes, threshold, train.index).assign(recorded_cause=told, words=words)
    doubts["recorded_chance"] = unseen[np.arange(len(told)), [fitted.causes.index(one) for one in told]]
    if "case_id" in train.columns:
        doubts.insert(0, "case_id", train["case_id"])
    order = _order(train[cause], [*fitted.causes, *seen])
    commonest = pd.Series(told).mode().iloc[0]
    return CauseClassifier(
        fitted.causes, len(train), len(test), train["opened_at"].max(), test["opened_at"].min(), threshold, wanted,
        _metrics(scores, fitted.chances(asked), fitted.causes, commonest, level), _confusion(scores, order),
        _by_cause(scores, order, level),
        _calibration(scores, level), _kept(scores, level), scores, doubts, float(np.isin(asked, words).mean()), text, level, fitted,
    )  # fmt: skip


def suspect_causes(model: CauseClassifier, *, least_chance: float | None = None) -> pd.DataFrame:
    """Training cases whose recorded cause their own words contradict.

    Answers: which records should somebody read again?

    Parameters
    ----------
    model : CauseClassifier
    least_chance : float, 0–1
        The chance of the other cause from which a record is doubted. Without it: the standard call_center.cause.suspect_chance.

    Returns
    -------
    DataFrame, the most doubtful first
        case_id where there is one; recorded_cause, guessed_cause, guess_chance, recorded_chance, words. The chances are those of models
        that had not seen the case.

    Raises
    ------
    ValueError
        `model` is something else, or least_chance is no share.

    Source: Northcutt, Jiang and Chuang, Confident Learning (2021).

    >>> words = ["box broken", "arrived late", "glass broken", "two days late", "broken lid", "so late"] * 10
    >>> cases = pd.DataFrame({"text": words, "cause": ["damage", "delay"] * 30, "opened_at": pd.date_range("2026-01-01", periods=60)})
    >>> cases.loc[4, "cause"] = "delay"
    >>> train, test = split_by_time(cases)
    >>> suspect_causes(cause_classifier(train, test=test)).index.tolist()
    [4]
    """
    if not isinstance(model, CauseClassifier):
        raise ValueError(_("model must be what cause_classifier gives; this is a {kind}.").format(kind=type(model).__name__))
    least = standards.get("call_center.cause.suspect_chance", unit="share") if least_chance is None else least_chance
    require_share("least_chance", least)
    table = model.doubts
    table = table[(table["guessed_cause"] != table["recorded_cause"]) & (table["guess_chance"] >= least)].sort_values(
        "guess_chance", ascending=False, kind="stable"
    )
    first = ["case_id"] if "case_id" in table.columns else []
    return table[[*first, "recorded_cause", "guessed_cause", "guess_chance", "recorded_chance", "words"]]


def cause_label(code: object) -> str:
    """What a cause is called in the active language; a cause of one's own is its own label.

    >>> cause_label("my own cause")
    'my own cause'
    """
    return label(str(code), "cause")


def _guesses(chances: np.ndarray, causes: tuple[str, ...], threshold: float, index: pd.Index) -> pd.DataFrame:
    order = np.argsort(-chances, axis=1, kind="stable")[:, :2]
    rows = np.arange(len(chances))
    names = np.array(causes, dtype=object)
    first, second = chances[rows, order[:, 0]], chances[rows, order[:, 1]]
    return pd.DataFrame({
        "guessed_cause": names[order[:, 0]], "guess_chance": first, "second_cause": names[order[:, 1]], "second_chance": second,
        "decided_by": np.where(first >= threshold, *DECIDERS),
    }, index=index)  # fmt: skip


def _threshold(chance: np.ndarray, right: np.ndarray, wanted: float) -> float:
    order = np.argsort(-chance, kind="stable")
    kept = np.arange(1, len(order) + 1)
    surely = wilson_interval(np.cumsum(right[order]), kept, _SURE)[0]
    good = (surely >= wanted) & (kept >= _LEAST_KEPT)
    # Cases of equal chance are kept together.
    sorted_chance = chance[order]
    good &= np.append(sorted_chance[1:] < sorted_chance[:-1], True)
    return float(sorted_chance[np.flatnonzero(good)[-1]]) if good.any() else _NEVER


def _order(recorded: pd.Series, also: list[str]) -> list[str]:
    """The causes, in the order of the firm's contract where it has them."""
    from crmlib.company.schema import TABLES

    known = [code for code in TABLES["cases"]["cause"].categories]
    seen = {*plain_names(recorded).astype(str), *also}
    return [code for code in known if code in seen] + sorted(seen - set(known))


def _confusion(scores: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    table = pd.crosstab(scores["recorded_cause"].to_numpy(), scores["guessed_cause"].to_numpy()).reindex(
        index=order, columns=order, fill_value=0
    )
    return table.rename_axis(index="recorded_cause", columns="guessed_cause")


def _by_cause(scores: pd.DataFrame, order: list[str], level: float) -> pd.DataFrame:
    table = _confusion(scores, order)
    counts = pd.DataFrame({"cases": table.sum(axis=1), "guessed": table.sum(axis=0), "right": np.diag(table)}, index=order)
    for name, of in (("recall", "cases"), ("precision", "guessed")):
        whole = counts[of].astype(float).where(counts[of] > 0)
        counts[name] = counts["right"] / whole
        counts[f"{name}_low"], counts[f"{name}_high"] = wilson_interval(counts["right"], whole, level)
    return counts.rename_axis("cause")


def _calibration(scores: pd.DataFrame, level: float) -> pd.DataFrame:
    band = np.clip(np.searchsorted(_BANDS, scores["guess_chance"], side="right") - 1, 0, len(_BANDS) - 2)
    rows = scores.groupby(band).agg(cases=("right", "size"), foretold=("guess_chance", "mean"), right=("right", "sum"))
    rows["observed"] = rows["right"] / rows["cases"]
    rows["low"], rows["high"] = wilson_interval(rows["right"], rows["cases"].astype(float), level)
    rows.insert(0, "chance_from", [_BANDS[place] for place in rows.index])
    rows.insert(1, "chance_to", [_BANDS[place + 1] for place in rows.index])
    return rows.drop(columns="right").reset_index(drop=True)


def _kept(scores: pd.DataFrame, level: float) -> pd.DataFrame:
    keep = scores["guess_chance"].to_numpy() >= _THRESHOLDS[:, None]
    kept, right = keep.sum(axis=1), (keep & scores["right"].to_numpy()).sum(axis=1)
    some = np.where(kept > 0, kept, np.nan)
    low, high = wilson_interval(right, some, level)
    return pd.DataFrame({"threshold": _THRESHOLDS, "kept": kept, "kept_share": kept / len(scores), "accuracy": right / some, "low": low,
                         "high": high, "expected_accuracy": (keep * scores["guess_chance"].to_numpy()).sum(axis=1) / some})  # fmt: skip


def _metrics(scores: pd.DataFrame, chances: np.ndarray, causes: tuple[str, ...], commonest: str, level: float) -> pd.DataFrame:
    size, kept = len(scores), scores["decided_by"] == "machine"
    shares = {"accuracy": (scores["right"].sum(), size), "most_frequent": ((scores["recorded_cause"] == commonest).sum(), size),
              "kept_share": (kept.sum(), size), "kept_accuracy": (scores["right"][kept].sum(), kept.sum())}  # fmt: skip
    rows = {name: (right / of, *wilson_interval(right, of, level)) if of else (np.nan,) * 3 for name, (right, of) in shares.items()}
    place = {name: spot for spot, name in enumerate(causes)}
    of_recorded = np.array([chances[row, place[one]] if one in place else 1e-9 for row, one in enumerate(scores["recorded_cause"])])
    loss = -np.log(np.maximum(of_recorded, 1e-9))
    half = normal_quantile(level) * loss.std(ddof=1) / np.sqrt(size) if size > 1 else np.nan
    rows["log_loss"] = (loss.mean(), loss.mean() - half, loss.mean() + half)
    expected = scores["guess_chance"].mean()
    rows["observed_over_expected"] = tuple(value / expected for value in rows["accuracy"])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"]).rename_axis("metric")
