"""The table that a churn model learns from: features from before a cut-off, the outcome from after it, and nothing in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import require_columns
from crmlib.churn.as_of import as_of, moments_of, refuse_later, tables_of
from crmlib.churn.features import CATEGORIES, FEATURES, features_at
from crmlib.clean import clean, clean_column, is_answer, is_number, plain_names
from crmlib.i18n import _
from crmlib.segments.per_customer import day, one_row_each

if TYPE_CHECKING:
    from crmlib.company import Company

BESIDE = ("customer_id", "cutoff", "outcome_until", "margin_yuan", "churned")
"""Columns of the frame that are no features."""

_KNOWN_ON = "_known_on"
_STATE_TODAY = ("salesperson_id", "monthly_account", "expected_growth", "status", "tier", "year_spend_yuan", "outcome", "left_on")
_MOST_NAMES = 30


def churn_frame(
    company: Company | Mapping[str, pd.DataFrame], *, cutoff: object, window_days: int | None = None, grace_days: int | None = None,
    recent_days: int | None = None, outcome: bool = True, end: object = None,
) -> pd.DataFrame:  # fmt: skip
    """One row a customer who is active at the cut-off: features from strictly before it, and whether the customer is gone after it.

    Answers: what did we know on that day about those who later left, and those who stayed?

    Parameters
    ----------
    company : Company, or tables by name
        customers and waybills; of cases, invoices and payments, surveys, touches and salespeople, market_prices those that there are.
    cutoff : date, or a list of dates
        Midnight at which the features end and the outcome begins. For several dates the frames stand one below the other.
    window_days : int, days, at least grace_days; None: `churn_model.window_days`
        Length of the outcome window.
    grace_days : int, days; None: `state.lost_days`
        A customer is active on a day who sent a parcel in so many days before it.
    recent_days : int, days; None: `churn_model.recent_days`
        Days that count as recent for features; twice as many must lie before the cut-off.
    outcome : bool
        False leaves out `churned`, for a cut-off whose window is not over yet: today's customers.
    end : date; None: the company's about["end"], else the day after the last waybill
        The day on which the data end.

    Returns
    -------
    DataFrame, one row a customer and cut-off
        customer_id, cutoff, outcome_until, the features (`crm.churn.FEATURES`; missing where nothing is known), margin_yuan (of the recent
        days; no feature), churned: active at the cut-off, and not active at outcome_until.

    Raises
    ------
    ValueError
        The outcome window reaches beyond the data, too little lies before the cut-off, nobody is active, or a row has no time.

    Notes
    -----
    Columns that hold the state of the day on which the data end are not used: today's salesperson, expected growth, a parcel's status.
    A parcel under way at the cut-off counts as late only if its promise has passed.

    Source: Kaufman, Rosset, Perlich and Stitelman, Leakage in Data Mining (2012): learn-predict separation.

    >>> from crmlib.company import lark
    >>> frame = churn_frame(lark(), cutoff="2026-05-01")
    >>> frame.columns[:4].tolist(), bool((frame.recency_days <= 90).all())
    (['customer_id', 'cutoff', 'outcome_until', 'recency_days'], True)
    """
    tables = tables_of(company)
    require_columns(tables, ["customers", "waybills"])
    waybills = clean(tables["waybills"], "waybills", customer_id="id", picked_up_at="text_date?", price_yuan="number", cost_yuan="number")
    clean(tables["customers"], "customers", customer_id="name?", opened_on="text_date?")
    if tables["waybills"].empty:
        raise ValueError(_("There is not one waybill, so nobody is active. Check the period and the filter."))
    one_row_each(pd.Index(tables["customers"]["customer_id"]), "customers")
    days = {
        name: _days(name, given)
        for name, given in (("window_days", window_days), ("grace_days", grace_days), ("recent_days", recent_days))
    }
    if days["window_days"] < days["grace_days"]:
        raise ValueError(_(
            "window_days is {window}, shorter than grace_days ({grace}): a customer who shipped just before the cut-off could not be told "
            "gone in it. Make the window at least as long as the grace period."
        ).format(window=days["window_days"], grace=days["grace_days"]))  # fmt: skip
    if isinstance(cutoff, (list, tuple, pd.Index, pd.Series, np.ndarray)):
        moments = sorted({day(value, "cutoff") for value in cutoff})
        if not moments:
            raise ValueError(_('cutoff is an empty list. Give at least one date, such as "2026-02-01".'))
    else:
        moments = [day(cutoff, "cutoff")]
    picked = moments_of(tables["waybills"]["picked_up_at"], "waybills", "picked_up_at")
    tables = dict(tables) | {"waybills": waybills}
    stop = day(end, "end") if end is not None else _data_end(company, picked)
    return pd.concat([_one(tables, picked, moment, stop, outcome, **days) for moment in moments], ignore_index=True)


def _one(
    tables: Mapping[str, pd.DataFrame], picked: pd.Series, cutoff: pd.Timestamp, stop: pd.Timestamp, outcome: bool, *, window_days: int,
    grace_days: int, recent_days: int,
) -> pd.DataFrame:  # fmt: skip
    until, grace = cutoff + pd.Timedelta(days=window_days), pd.Timedelta(days=grace_days)
    if outcome and until > stop:
        raise ValueError(_(
            "The outcome window from {cutoff} ends on {until}, but the data end on {stop}: nobody knows yet who stays. The last possible "
            "cut-off is {last}; for today's customers, without an outcome, write outcome=False."
        ).format(
            cutoff=cutoff.date(), until=until.date(), stop=stop.date(), last=(stop - pd.Timedelta(days=window_days)).date()
        ))  # fmt: skip
    if cutoff > stop:
        raise ValueError(_("The cut-off {cutoff} lies after the end of the data, {stop}.").format(cutoff=cutoff.date(), stop=stop.date()))
    first = picked.min().normalize() + pd.Timedelta(days=2 * recent_days)
    if cutoff < first:
        raise ValueError(_(
            "Too little lies before the cut-off {cutoff}: the features look back {days} days. The first possible cut-off is {first}."
        ).format(cutoff=cutoff.date(), days=2 * recent_days, first=first.date()))  # fmt: skip
    senders = tables["waybills"]["customer_id"]
    active = pd.Index(senders[(picked >= cutoff - grace) & (picked < cutoff)].dropna().unique()).sort_values()
    if active.empty:
        raise ValueError(_("Nobody sent a parcel in the {days} days before {cutoff}.").format(days=grace_days, cutoff=cutoff.date()))
    features = features_at(as_of(tables, cutoff=cutoff), active, cutoff, recent_days=recent_days)
    frame = features[[name for name in FEATURES if name in features] + ["margin_yuan"]].rename_axis("customer_id").reset_index()
    frame.insert(1, "cutoff", cutoff)
    frame.insert(2, "outcome_until", until)
    if outcome:
        still = set(senders[(picked >= until - grace) & (picked < until)].dropna())
        frame["churned"] = ~frame["customer_id"].isin(still)
    return frame


def add_features(frame: pd.DataFrame, table: pd.DataFrame, *, known_on: str) -> pd.DataFrame:
    """The frame with features of your own, each with the day on which it became known.

    Answers: may this column help to foretell, or does it look into the future?

    Parameters
    ----------
    frame : DataFrame from `churn_frame`
    table : DataFrame, one row a customer (where the frame has several cut-offs: a customer and cutoff)
        customer_id, the column `known_on`, and the features: all other columns. Customers without a row get missing values.
    known_on : name of the column that says when each row became known

    Returns
    -------
    DataFrame
        The frame with the features, and for each its day, <feature>_known_on, which a model checks again.

    Raises
    ------
    ValueError
        A row was not known before the cut-off, the column holds a state of today, exists already, or corresponds to the outcome: alone it
        ranks leavers before stayers nearly without fault (`churn_model.suspicious_auc`).

    Notes
    -----
    What a column was worked out from cannot be seen in it. The day says when somebody claims to have known it; only an answer that is
    nearly without fault is noticed. Work features out from the tables of :func:`as_of`, and never from `churned`, as an average of churn
    by group.

    >>> at = pd.Timestamp("2026-05-01")
    >>> frame = pd.DataFrame({"customer_id": ["c1", "c2"], "cutoff": at, "outcome_until": at, "recency_days": [3.0, 9.0]})
    >>> visits = pd.DataFrame({"customer_id": ["c1"], "visits": [2], "counted_on": pd.to_datetime(["2026-04-30"])})
    >>> add_features(frame, visits, known_on="counted_on").columns.tolist()[-2:]
    ['visits', 'visits_known_on']
    """
    frame = plain_frame(frame)
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("{name} must be a table; this is a {kind}.").format(name="table", kind=type(table).__name__))
    if not isinstance(known_on, str) or known_on not in table.columns:
        raise ValueError(_(
            "known_on must name the column of the table that says when each row became known. It has: {have}."
        ).format(have=", ".join(map(str, table.columns))))  # fmt: skip
    require_columns(table.columns, table.columns)
    require_columns(table.columns, ["customer_id"])
    several = frame["cutoff"].nunique() > 1
    if several and "cutoff" not in table.columns:
        raise ValueError(_("The frame has several cut-offs; the table needs a column cutoff too, one row a customer and cut-off."))
    keys = ["customer_id", "cutoff"] if "cutoff" in table.columns else ["customer_id"]
    features = [name for name in table.columns if name not in (*keys, known_on)]
    if not features:
        raise ValueError(_("The table has no feature beside customer_id and {known_on}.").format(known_on=known_on))
    for name in features:
        if name in frame.columns or name in BESIDE:
            raise ValueError(_("The frame has a column {column} already. Give yours another name.").format(column=name))
        if name in _STATE_TODAY:
            raise ValueError(_(
                "{column} holds the state of the day on which the data end, not of the cut-off, so it looks into the future. Leave it out."
            ).format(column=name))  # fmt: skip
    if table.duplicated(keys).any():
        raise ValueError(_("The table holds some customers more than once. Sum up, so that each customer (and cut-off) has one row."))
    at = moments_of(table["cutoff"], "table", "cutoff") if "cutoff" in keys else frame["cutoff"].iloc[0]
    mine = table.assign(cutoff=at, customer_id=plain_names(table["customer_id"]), **{name: plain_feature(table[name], name) for name in features})
    refuse_later(mine, time=known_on, cutoff=mine["cutoff"], name=", ".join(features))
    days = {f"{name}{_KNOWN_ON}": moments_of(mine[known_on], "table", known_on) for name in features}
    mine = mine.drop(columns=known_on).assign(**days)
    both = frame.merge(mine[["customer_id", "cutoff", *(column for name in features for column in (name, f"{name}{_KNOWN_ON}"))]],
                       on=["customer_id", "cutoff"], how="left")  # fmt: skip
    both.index = frame.index
    for name in features:
        refuse_answer(both, name)
    return both


def refuse_answer(frame: pd.DataFrame, name: str) -> None:
    """Raise a ValueError where the feature `name` corresponds to the outcome, so that it must come from after the cut-off.

    >>> refuse_answer(pd.DataFrame({"x": [1.0, 2.0, 1.0], "churned": [True, False, False]}), "x")
    """
    values = frame[name]
    if not pd.api.types.is_numeric_dtype(values) and values.nunique() > _MOST_NAMES:
        raise ValueError(_("{column} is text with {count} different values, more than {most}. Put them into groups first.").format(
            column=name, count=values.nunique(), most=_MOST_NAMES))  # fmt: skip
    if "churned" not in frame or frame["churned"].sum() < 5 or (~frame["churned"].astype(bool)).sum() < 5:
        return
    from sklearn.metrics import roc_auc_score

    gone = frame["churned"].astype(bool)
    if pd.api.types.is_numeric_dtype(values):
        score = values.astype("float64")
        readings = [score.fillna(score.min() - 1), score.fillna(score.max() + 1)]
        # An answer may hide in values that neither rise nor fall with it, as odd and even numbers do.
        few = score.nunique() <= _MOST_NAMES
        groups = score if few else np.floor(score.rank(method="average", pct=True) * _MOST_NAMES)
    else:
        readings, groups = [], values.astype(object)
    groups = groups.astype(object).where(values.notna(), "").to_numpy()
    # What the others of the same value did: a row's own outcome, counted in, would make rare values look wise.
    size = gone.groupby(groups).transform("size")
    others = ((gone.groupby(groups).transform("sum") - gone) / (size - 1).clip(lower=1)).where(size > 1, gone.mean())
    best = max(abs(roc_auc_score(gone, reading) - 0.5) + 0.5 for reading in readings if reading.notna().all()) if readings else 0.5
    best = max(best, roc_auc_score(gone, others))
    if best >= standards.get("churn_model.suspicious_auc", unit="share"):
        raise ValueError(_(
            "{column} alone tells leavers from stayers nearly without fault (AUC {auc:.3f}). Something so good is usually the answer "
            "itself, known only afterwards. Find out when it was written down, and leave it out."
        ).format(column=name, auc=best))  # fmt: skip


def feature_names(frame: pd.DataFrame) -> list[str]:
    """The features of a frame, checked: one row a customer and cut-off, and each column known before the cut-off.

    >>> at = pd.Timestamp("2026-05-01")
    >>> feature_names(pd.DataFrame({"customer_id": ["c1"], "cutoff": at, "outcome_until": at, "mood": [3.0]}))
    ['mood']
    """
    _require_frame(frame)
    names = []
    for name in frame.columns:
        if name in BESIDE or str(name).endswith(_KNOWN_ON):
            continue
        if name not in FEATURES:
            if f"{name}{_KNOWN_ON}" not in frame.columns:
                raise ValueError(_(
                    "Nobody knows when {column} was known. Add columns of your own with add_features(frame, table, known_on=…), or drop "
                    "this one."
                ).format(column=name))  # fmt: skip
            dated = frame[frame[name].notna() | frame[f"{name}{_KNOWN_ON}"].notna()]
            refuse_later(dated, time=f"{name}{_KNOWN_ON}", cutoff=dated["cutoff"], name=name)
        names.append(name)
    if not names:
        raise ValueError(_("The frame has no features. Make it with churn_frame."))
    return names


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with its features as floats or names, however a file or database gave them back.

    >>> at = pd.Timestamp("2026-05-01")
    >>> frame = pd.DataFrame({"customer_id": ["c1"], "cutoff": at, "outcome_until": at, "mood": pd.Series([3], dtype=object)})
    >>> plain_frame(frame)["mood"].tolist()
    [3.0]
    """
    _require_frame(frame)
    kinds = {"customer_id": "id", "cutoff": "text_date", "outcome_until": "text_date", "churned": "answer", "margin_yuan": "number?"}
    frame = clean(frame, "frame", optional=("churned", "margin_yuan"), **kinds)
    features = [name for name in frame.columns if name not in BESIDE and not str(name).endswith(_KNOWN_ON)]
    return frame.assign(**{name: plain_feature(frame[name], name) for name in features})


def plain_feature(values: pd.Series, name: str) -> pd.Series:
    """One feature as floats, yes/no as 1 and 0, or as names.

    >>> plain_feature(pd.Series([True, None], dtype=object), "visited").tolist()
    [1.0, nan]
    """
    if name not in CATEGORIES and (name in FEATURES or is_number(values) or is_answer(values) or values.isna().all()):
        return clean_column(values, name, "number?")
    return plain_names(values)


def _require_frame(frame: object) -> None:
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(_("frame must be the table that churn_frame gives; this is a {kind}.").format(kind=type(frame).__name__))
    require_columns(frame.columns, ["customer_id", "cutoff", "outcome_until"])
    require_columns(frame.columns, frame.columns)
    if frame.empty:
        raise ValueError(_("The frame has no rows."))
    if frame.duplicated(["customer_id", "cutoff"]).any():
        raise ValueError(_("The frame holds some customers more than once at the same cut-off. Make it with churn_frame."))


def _days(name: str, given: int | None) -> int:
    key = "state.lost_days" if name == "grace_days" else f"churn_model.{name}"
    value = standards.get(key, unit="days") if given is None else given
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer)) or not 1 <= value <= 3650 or value != int(value):
        raise ValueError(_("{name} is {value}; it must be a whole number of days, 1 or more.").format(name=name, value=value))
    return int(value)


def _data_end(company: object, picked: pd.Series) -> pd.Timestamp:
    told = getattr(company, "about", {}).get("end")
    return day(told, "end") if told else picked.max().normalize() + pd.Timedelta(days=1)


def stacked(frames: Sequence[pd.DataFrame] | pd.DataFrame) -> pd.DataFrame:
    """Several frames below one another, or one as it is.

    >>> stacked([pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]})])["a"].tolist()
    [1, 2]
    """
    if isinstance(frames, pd.DataFrame):
        return frames
    parts = list(frames) if isinstance(frames, (list, tuple)) else [frames]
    if not parts or not all(isinstance(part, pd.DataFrame) for part in parts):
        raise ValueError(_("Give the table of churn_frame, or a list of such tables; this is a {kind}.").format(kind=type(frames).__name__))
    return pd.concat(parts, ignore_index=True)
