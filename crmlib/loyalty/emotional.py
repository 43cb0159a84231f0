"""Loyalty by what customers feel: the textbook's four marks, read from the answers to a survey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.loyalty.marks import checked_weights, dates, require_number, weighted_score
from crmlib.segments.per_customer import day, numbers
from crmlib.standards import get
from crmlib.survey.answers import names_of

ITEMS: dict[str, tuple[str, ...]] = {
    "pays_more": ("loyalty_3_reversed",),
    "benchmark": ("satisfaction_3",),
    "recommends": ("recommend",),
    "suggests": ("comment",),
}
"""Which columns of the table surveys stand for each mark."""


@dataclass(frozen=True)
class EmotionalLoyalty:
    """The scores of those who answered, and how many of the customers that is.

    `scores`: one row a customer who answered, indexed by customer_id: answered_on (day of the answer), pays_more, benchmark, recommends,
    suggests (0–100, NaN where the items were left out), known_share (weights of the marks that are known), emotional (0–100).
    `customers`: how many customers there are, None where nobody said. `answered`: how many of them have a score.
    """

    scores: pd.DataFrame
    answered: int
    customers: int | None

    @property
    def coverage(self) -> float:
        """The share of customers who have a score; NaN where the number of customers is not known."""
        return self.answered / self.customers if self.customers else float("nan")

    def summary(self) -> str:
        """The result in two sentences."""
        mean = float(self.scores["emotional"].mean())
        if self.customers is None:
            return _("{answered:,} customers answered; their mean emotional loyalty is {mean:.1f} of 100.").format(
                answered=self.answered, mean=mean
            )
        return _(
            "{answered:,} of {customers:,} customers ({coverage:.1%}) answered; their mean emotional loyalty is {mean:.1f} of 100. "
            "What the others feel is not known."
        ).format(answered=self.answered, customers=self.customers, coverage=self.coverage, mean=mean)


def emotional_items() -> pd.DataFrame:
    """Which survey item stands for which mark of emotional loyalty, and how it is scored.

    Answers: what did we ask, to call a customer's feeling loyal?

    Returns
    -------
    DataFrame, indexed by mark (pays_more, benchmark, recommends, suggests)
        item (column of the survey), rule (in the active language), weight (share of the whole score)

    Source: the four marks: 《快递客户关系管理》, project 1, task 1; items and weights chosen for teaching.

    >>> emotional_items().item.tolist()
    ['loyalty_3_reversed', 'satisfaction_3', 'recommend', 'comment']
    """
    rules = {
        "pays_more": _("1 to 10, turned round: who would not change for a slightly lower price pays a little more to stay"),
        "benchmark": _("1 to 10: near my ideal of a courier firm"),
        "recommends": _("0 to 10: would recommend the firm"),
        "suggests": _("wrote a comment and means to stay ({item} of {limit:.0f} or more): 100, else 0").format(
            item="loyalty_1", limit=get("loyalty.stays_from", unit="count")
        ),
    }
    weights = get("loyalty.emotional_weights", unit="share")
    rows = [(mark, ", ".join(ITEMS[mark]), rules[mark], weight) for mark, weight in zip(ITEMS, weights, strict=True)]
    return pd.DataFrame(rows, columns=["mark", "item", "rule", "weight"]).set_index("mark")


def emotional_loyalty(
    surveys: pd.DataFrame,
    *,
    as_of: object = None,
    within_days: int | None = None,
    customers: Iterable | None = None,
    items: Mapping[str, Sequence[str]] | None = None,
    weights: Sequence[float] | None = None,
) -> EmotionalLoyalty:
    """Score how loyal the feelings are that customers tell of, from 0 to 100.

    Answers: who would pay a little more to stay, takes us as the benchmark, recommends us, and helps us to get better?

    Parameters
    ----------
    surveys : DataFrame, one row an answer
        customer_id, answered_on, and the items. Of several answers of a customer the latest counts.
    as_of : date, datetime or text, optional
        Only answers before this day count. Without it: all.
    within_days : int, optional
        Only answers of so many days before `as_of` (or before the last answer) count: feelings grow old.
    customers : customer_ids, or a table with customer_id, optional
        All customers, so that the coverage can be told; answers of others are left out.
    items : mapping of the four marks to columns, optional
        Without it: see :func:`emotional_items`. A column named ``…_reversed`` is turned round, ``recommend`` runs from 0 to 10,
        ``comment`` is text, a yes/no column counts 100 or 0, any other runs from 1 to 10.
    weights : four shares that add up to 1, optional
        Of pays_more, benchmark, recommends, suggests. Without them: the standard loyalty.emotional_weights.

    Returns
    -------
    EmotionalLoyalty
        scores, answered, customers, coverage; `.summary()`. Who left out an item is scored by the others; who left out all has NaN.

    Raises
    ------
    ValueError
        A column is missing, an answer lies outside its scale, a date is missing, nobody answered in time, or the weights do not fit.

    Notes
    -----
    A comment by itself says nothing of loyalty: the angry write as well. It counts only of those who mean to stay (Hirschman, *Exit,
    Voice, and Loyalty*, 1970).

    Source: 《快递客户关系管理》, project 1, task 1 (情感忠诚: pays extra, takes the firm as benchmark, recommends, suggests improvements).

    >>> answers = pd.DataFrame({
    ...     "customer_id": ["c1", "c2"], "answered_on": pd.to_datetime(["2026-10-09", "2026-10-10"]), "loyalty_1": [9, 3],
    ...     "loyalty_3_reversed": [1, 10], "satisfaction_3": [10, 1], "recommend": [10, 0], "comment": ["faster, please", None]})
    >>> emotional_loyalty(answers, customers=["c1", "c2", "c3", "c4"]).scores.emotional.tolist()
    [100.0, 0.0]
    """
    if not isinstance(items, (Mapping, type(None))):
        raise ValueError(_("items must name columns for each of: {marks}.").format(marks=", ".join(ITEMS)))
    columns = ITEMS if items is None else {mark: tuple(names_of(items.get(mark, ()), least=0)) for mark in ITEMS}
    if items is not None and (set(items) != set(ITEMS) or not all(columns.values())):
        raise ValueError(_("items must name columns for each of: {marks}.").format(marks=", ".join(ITEMS)))
    weights = checked_weights(get("loyalty.emotional_weights", unit="share") if weights is None else weights, tuple(ITEMS), "weights")
    wanted = [name for names in columns.values() for name in names]
    if not isinstance(surveys, pd.DataFrame):
        raise ValueError(_("surveys must be a pandas table; this is a {kind}.").format(kind=type(surveys).__name__))
    require_columns(surveys.columns, ["customer_id", "answered_on", *wanted, *(["loyalty_1"] if "comment" in wanted else [])])
    latest = _latest(surveys, as_of, within_days)
    everyone = None if customers is None else pd.Index(pd.unique(_ids(customers)))
    if everyone is not None:
        latest = latest[latest.index.isin(everyone)]
    if latest.empty:
        raise ValueError(_("No customer answered in that time, so nothing is known of their feelings. Check as_of and within_days."))
    scores = pd.DataFrame({
        mark: pd.concat([_points(latest, name) for name in names], axis=1).mean(axis=1) for mark, names in columns.items()
    })  # fmt: skip
    emotional, known = weighted_score(scores, weights)
    if emotional.isna().all():
        raise ValueError(_("Whoever answered in that time left out all of these items, so nothing is known of their feelings."))
    scores.insert(0, "answered_on", latest["answered_on"])
    scores = scores.assign(known_share=known, emotional=emotional)
    return EmotionalLoyalty(scores, int(emotional.notna().sum()), None if everyone is None else len(everyone))


def _ids(customers: Iterable) -> np.ndarray:
    if isinstance(customers, pd.DataFrame):
        customers = customers.get("customer_id", customers.index)
    if isinstance(customers, str) or not isinstance(customers, Iterable):
        raise ValueError(
            _("customers must be a list of customer_ids, or a table with customer_id; this is {value}.").format(value=customers)
        )
    return np.asarray(list(customers), dtype=object)


def _latest(surveys: pd.DataFrame, as_of: object, within_days: int | None) -> pd.DataFrame:
    """The last answer of each customer, indexed by customer_id, in order of customer_id."""
    refuse_rows(surveys["customer_id"].isna(), _("{name} is missing").format(name="customer_id"), _("Fill it in, or drop these rows."))
    answers = surveys.assign(answered_on=dates(surveys["answered_on"], "answered_on"))
    end = None if as_of is None else day(as_of, "as_of").tz_localize(None).normalize()
    if end is not None:
        answers = answers[answers["answered_on"] < end]
    if within_days is not None and len(answers):
        within_days = require_number(within_days, "within_days")
        end = answers["answered_on"].max() + pd.Timedelta(days=1) if end is None else end
        answers = answers[answers["answered_on"] >= end - pd.Timedelta(days=within_days)]
    answers = answers.sort_values("answered_on", kind="stable")
    latest = answers.drop_duplicates("customer_id", keep="last").set_index("customer_id")
    # Numbers and texts among customer_ids have an order only as texts.
    mixed = pd.api.types.infer_dtype(latest.index, skipna=True).startswith("mixed")
    return latest.sort_index(key=(lambda index: index.astype(str)) if mixed else None)


def _points(latest: pd.DataFrame, name: str) -> pd.Series:
    """One item as points from 0 to 100; more is more loyal."""
    values = latest[name]
    if name == "comment":
        stays = _in_scale(latest["loyalty_1"], "loyalty_1", 1, 10)
        written = pd.Series([isinstance(text, str) and bool(text.strip()) for text in values], index=values.index)
        meant = written & (stays >= get("loyalty.stays_from", unit="count"))
        return meant.map({True: 100.0, False: 0.0}).where(stays.notna() | ~written)
    if pd.api.types.is_bool_dtype(values):
        return 100 * values.astype("float64")
    low = 0 if name == "recommend" else 1
    share = (_in_scale(values, name, low, 10) - low) / (10 - low)
    return 100 * (1 - share if name.endswith("_reversed") else share)


def _in_scale(values: pd.Series, name: str, low: int, high: int) -> pd.Series:
    found = numbers(values, name, missing_ok=True)
    refuse_rows(
        (found < low) | (found > high),
        _("{name} lies outside {low} to {high}").format(name=name, low=low, high=high),
        _("Look for typing errors, or for answers on another scale."),
    )
    return found
