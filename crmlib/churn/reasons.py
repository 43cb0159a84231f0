"""Why the model worries about a customer: what pushes the chance away from the average customer's, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.churn.frame import feature_names, plain_frame
from crmlib.churn.model import ChurnModel, design_of, log_odds
from crmlib.churn.wording import in_words, is_unusual, reason_of
from crmlib.credit.chance import whole
from crmlib.i18n import _

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ORDERS = 32
_SMALL = 0.2
"""A push on the log-odds that changes the odds by less than a fifth or so is not worth telling a salesperson."""


@dataclass(frozen=True, eq=False)
class Reasons:
    """Why a customer's chance differs from the average customer's.

    `chance`; `average`: the chance of a customer who is average in everything; `table`: reason (code), log_odds (what it adds to the
    log-odds of leaving; positive makes leaving likelier), words, unusual (whether the words tell of anything that most customers do not
    share); the strongest for leaving first. The log-odds add up to those of the chance less those of the average.
    """

    customer_id: str
    cutoff: pd.Timestamp
    chance: float
    average: float
    table: pd.DataFrame = field(repr=False)
    top: int = 3

    def words(self) -> list[str]:
        """The `top` unusual reasons that make leaving clearly likelier, strongest first; fewer where there are fewer."""
        telling = self.table["unusual"] & (self.table["log_odds"] >= _SMALL)
        return self.table.loc[telling, "words"].head(self.top).tolist()

    def summary(self) -> str:
        """The chance and its reasons in two sentences."""
        opening = _("{customer} leaves with a chance of {chance:.0%}; for an average customer it is {average:.0%}.").format(
            customer=self.customer_id, chance=self.chance, average=self.average)  # fmt: skip
        words = self.words()
        if not words:
            return opening + _(" Nothing unusual makes leaving much likelier.")
        return opening + _(" What makes leaving likelier: {reasons}.").format(reasons=_("; ").join(words))

    def plot(self, ax: Axes | None = None) -> Axes:
        """The reasons as bars; see :func:`crmlib.plotting.churn_reasons`."""
        from crmlib.plotting import churn_reasons

        return churn_reasons(self, ax=ax)


def reasons(model: ChurnModel, frame: pd.DataFrame, customer_id: str, *, top: int = 3) -> Reasons:
    """Why the model gives a customer this chance.

    Answers: what do I say to the salesperson who asks why?

    Parameters
    ----------
    model : ChurnModel
    frame : DataFrame from `churn_frame`; where the customer stands at several cut-offs, the last one counts
    customer_id : one of its customers
    top : int
        How many reasons the words name.

    Returns
    -------
    Reasons
        `.table`, `.words()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        The customer is not in the frame, or the frame lacks a feature.

    Notes
    -----
    Reasons of the model, not causes: they say what the chance was made of. In a logistic model a feature adds coefficient × (value −
    average) to the log-odds; in a boosted one its Shapley value, from the average customer, over 64 orders of the features. Silence is told
    as one: days since the last parcel, usual gap, and their ratio.

    Source: Lundberg and Lee, A Unified Approach to Interpreting Model Predictions (2017), which covers both.

    >>> from crmlib.churn.model import churn_model
    >>> gone = np.arange(100) % 3 == 0
    >>> rows = pd.DataFrame({"customer_id": [f"c{number}" for number in range(100)], "mood": 3.0 - gone, "churned": gone})
    >>> rows["mood"] += np.arange(100) % 2
    >>> test = rows.assign(cutoff=pd.Timestamp("2026-04-01"), outcome_until=pd.Timestamp("2026-06-30"))
    >>> model = churn_model(test.assign(cutoff=pd.Timestamp("2026-01-01"), outcome_until=test.cutoff), test=test, kind="logistic", rng=1)
    >>> bool(reasons(model, test, "c0").table.log_odds.iloc[0] > 0)
    True
    """
    return _reasons(model, _required(model, frame), customer_id, whole("top", top, 1))


def _reasons(model: ChurnModel, frame: pd.DataFrame, customer_id: str, top: int) -> Reasons:
    from threadpoolctl import threadpool_limits

    mine = frame[frame["customer_id"] == customer_id]
    if mine.empty:
        raise ValueError(_(
            "The frame has no customer {customer}. It holds {count}, such as {first}; only customers active at the cut-off are in it."
        ).format(customer=customer_id, count=frame["customer_id"].nunique(), first=frame["customer_id"].iloc[0]))  # fmt: skip
    row = mine.sort_values("cutoff").iloc[-1:]
    # One customer is worked out faster by one thread than shared out; the result is the same.
    with threadpool_limits(1):
        pushes, base = _pushes(model, row)
        chance = float(model.predict(row)["chance"].iloc[0])
    table = pushes.iloc[0].rename("log_odds").rename_axis("reason").reset_index()
    table = table.sort_values("log_odds", ascending=False, kind="stable", ignore_index=True)
    usual = model.usual.set_index("feature")["usual"]
    table["words"] = [
        in_words(reason, row.iloc[0], usual, raises=push > 0) for reason, push in zip(table["reason"], table["log_odds"], strict=True)
    ]
    missing = model.usual.set_index("feature")["missing_share"]
    table["unusual"] = [is_unusual(reason, row.iloc[0], usual, missing) for reason in table["reason"]]
    table["log_odds"] = table["log_odds"].astype("float64")
    return Reasons(customer_id, row["cutoff"].iloc[0], chance, float(1 / (1 + np.exp(-base))), table, top)


def call_list(model: ChurnModel, frame: pd.DataFrame, *, customers: int = 20, top: int = 3) -> pd.DataFrame:
    """The customers with the highest chances, each with its reasons in words.

    Answers: whom do we call first, and what about?

    Parameters
    ----------
    model : ChurnModel
    frame : DataFrame from `churn_frame` at one cut-off, with or without the outcome
    customers : int
        How many.
    top : int
        How many reasons each.

    Returns
    -------
    DataFrame, highest chance first
        customer_id, chance, margin_yuan where the frame has it, reasons (text; it says so where nothing unusual is found)

    Raises
    ------
    ValueError
        The frame lacks a feature or has several cut-offs.

    >>> call_list.__name__
    'call_list'
    """
    frame = _required(model, frame)
    customers = whole("customers", customers, 1)
    if frame["cutoff"].nunique() > 1:
        raise ValueError(_("The frame has several cut-offs; a list of calls is made for one day. Choose the last."))
    chances = model.predict(frame).sort_values("chance", ascending=False, kind="stable").head(customers)
    top = whole("top", top, 1)
    words = [_("; ").join(_reasons(model, frame, customer, top).words()) or _("nothing unusual") for customer in chances["customer_id"]]
    return chances.drop(columns="cutoff").assign(reasons=words).reset_index(drop=True)


def _required(model: object, frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(model, ChurnModel):
        raise ValueError(_("model must be what churn_model gives; this is a {kind}.").format(kind=type(model).__name__))
    frame = plain_frame(frame)
    feature_names(frame)
    require_columns(frame.columns, model.features)
    return frame


def _pushes(model: ChurnModel, rows: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """What each reason adds to the log-odds of each row, and the log-odds of the average customer."""
    design = design_of(model.fitted)
    matrix = design.transform(rows[list(model.features)])
    groups = [reason_of(name) for name in design.columns_]
    base = float(log_odds(model.fitted, np.zeros((1, matrix.shape[1])))[0])
    if model.kind == "logistic":
        inner = model.fitted.calibrated_classifiers_[0]
        each = -inner.calibrators[0].a_ * inner.estimator.named_steps["classifier"].coef_[0] * matrix
        return pd.DataFrame(each, index=rows.index).T.groupby(groups, sort=False).sum().T, base
    return _shapley(model, matrix, groups, rows.index), base


def _shapley(model: ChurnModel, matrix: np.ndarray, groups: list[str], index: Iterable) -> pd.DataFrame:
    """Mean contribution over orders in which the average customer turns into this one, reason by reason; each order also backwards."""
    names = list(dict.fromkeys(groups))
    place = np.array([names.index(group) for group in groups])
    rng = np.random.default_rng(0)
    orders = np.array([rng.permutation(len(names)) for _turn in range(_ORDERS)])
    orders = np.concatenate([orders, orders[:, ::-1]])
    turn_of = np.argsort(orders, axis=1)
    steps = np.arange(len(names) + 1)
    taken = turn_of[:, None, :] < steps[None, :, None]
    found = []
    for row in matrix:
        walk = np.where(taken[:, :, place], row, 0.0)
        odds = log_odds(model.fitted, walk.reshape(-1, matrix.shape[1])).reshape(len(orders), len(steps))
        gains = np.zeros((len(orders), len(names)))
        np.put_along_axis(gains, orders, np.diff(odds, axis=1), axis=1)
        found.append(gains.mean(axis=0))
    return pd.DataFrame(found, columns=names, index=index)

