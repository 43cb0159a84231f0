"""How well a table without names hides people: k-anonymity, l-diversity, making a table coarser until it hides k, and what that costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.company.schema import label
from crmlib.i18n import _

ANY = "*"
"""What stands where a value was given up altogether."""


@dataclass(frozen=True, eq=False)
class KAnonymity:
    """How many rows share their quasi-identifiers.

    `k`: rows in the smallest group; `rows`; `unique_rows`: rows alone in their group; `groups`: one row a group, smallest first, with `rows`
    and, where a sensitive column was given, `distinct` values of it and `most_common_share`.
    """

    k: int
    rows: int
    unique_rows: int
    groups: pd.DataFrame = field(repr=False)

    @property
    def unique_share(self) -> float:
        """The part of the rows that are alone in their group."""
        return self.unique_rows / self.rows

    def summary(self) -> str:
        """How small the smallest group is, and how many rows stand alone."""
        return _("The smallest group has {k} row(s); {unique:,} of {rows:,} rows ({share:.1%}) share their values with nobody.").format(
            k=self.k, unique=self.unique_rows, rows=self.rows, share=self.unique_share
        )

    def plot(self, ax=None):
        """How many rows stand in groups of which size."""
        from crmlib.plotting.privacy import group_sizes

        return group_sizes(self, ax)


def k_anonymity(frame: pd.DataFrame, quasi_identifiers: Sequence[str]) -> KAnonymity:
    """How many rows have the same values in what others may know.

    Answers: could somebody who knows these things about a person find the row?

    Parameters
    ----------
    frame : DataFrame, one row a person or parcel
    quasi_identifiers : columns that others may know

    Returns
    -------
    KAnonymity
        `.k`, `.unique_rows`, `.unique_share`, `.groups`, `.summary()`, `.plot()`. Missing values count as a value.

    Raises
    ------
    ValueError
        A column is missing, none is named, or the table is empty.

    Source: Sweeney (2002), k-anonymity: a model for protecting privacy.

    >>> k_anonymity(pd.DataFrame({"region": ["east", "east", "west"]}), ["region"]).k
    1
    """
    names = _quasi(frame, quasi_identifiers)
    groups = frame.groupby(names, dropna=False, observed=True, sort=False).size().rename("rows").reset_index()
    groups = groups.sort_values("rows", kind="stable", ignore_index=True)
    return KAnonymity(int(groups["rows"].iloc[0]), len(frame), int((groups["rows"] == 1).sum()), groups)


def l_diversity(frame: pd.DataFrame, quasi_identifiers: Sequence[str], sensitive: str) -> pd.DataFrame:
    """How many values of a sensitive column each group has; one value, and whoever finds the group knows it.

    Answers: does a group of k people still give its secret away?

    Parameters
    ----------
    frame, quasi_identifiers : as for :func:`k_anonymity`
    sensitive : the column that nobody should learn

    Returns
    -------
    DataFrame, one row a group, the least diverse first
        the quasi-identifiers, rows, distinct (l of the group), most_common_share, homogeneous (one value only)

    Raises
    ------
    ValueError
        As :func:`k_anonymity`; or `sensitive` is one of the quasi-identifiers.

    Source: Machanavajjhala et al. (2007), l-diversity: privacy beyond k-anonymity.

    >>> table = pd.DataFrame({"region": ["east"] * 3 + ["west"] * 2, "arrears": ["yes"] * 3 + ["yes", "no"]})
    >>> l_diversity(table, ["region"], "arrears")[["rows", "distinct", "homogeneous"]].values.tolist()
    [[3, 1, True], [2, 2, False]]
    """
    names = _quasi(frame, quasi_identifiers)
    require_columns(frame.columns, [sensitive])
    if sensitive in names:
        raise ValueError(_("{name} cannot be both what is known and what is to be learnt; take it out of one.").format(name=sensitive))
    counts = frame.groupby([*names, sensitive], dropna=False, observed=True, sort=False).size().rename("rows").reset_index()
    groups = counts.groupby(names, dropna=False, observed=True, sort=False)["rows"].agg(
        rows="sum", distinct="size", most="max"
    ).reset_index()  # fmt: skip
    groups["most_common_share"] = groups.pop("most") / groups["rows"]
    groups["homogeneous"] = groups["distinct"] == 1
    return groups.sort_values(["distinct", "most_common_share", "rows"], ascending=[True, False, False], kind="stable", ignore_index=True)


@dataclass(frozen=True, eq=False)
class Generalised:
    """A table made coarser until every row hides among k.

    `frame`: what may be released; `k`: reached; `suppressed`: rows left out; `lost`: column by column how coarse it became, how many values are
    left and how much of its information (entropy) is lost; `steps`: the coarseness of each column.
    """

    frame: pd.DataFrame = field(repr=False)
    k: int
    suppressed: int
    rows: int
    steps: Mapping[str, str]
    lost: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The k reached, what was left out and which column suffered most."""
        worst = self.lost["information_lost"].idxmax()
        return _("Every row hides among {k} or more. Left out: {left:,} of {rows:,} rows ({share:.1%}). Most is lost of {column}: {lost:.0%}.").format(
            k=self.k, left=self.suppressed, rows=self.rows, share=self.suppressed / self.rows, column=label(worst), lost=self.lost["information_lost"].max()
        )

    def coarsen(self, known: pd.DataFrame) -> pd.DataFrame:
        """Another table made as coarse as this one: what an attacker does with what is known."""
        need_frame(known, "known")
        return known.assign(**{name: _LEVELS[step](known[name]) for name, step in self.steps.items() if name in known.columns})


def generalise(frame: pd.DataFrame, quasi_identifiers: Sequence[str], k: int, *, max_suppressed: float = 0.02) -> Generalised:
    """Make what others may know coarser, step by step, until every row shares its values with k − 1 others; leave out a few rows.

    Answers: how can this table be handed on, and what does that cost?

    Parameters
    ----------
    frame : DataFrame, one row a person or parcel
    quasi_identifiers : columns that others may know. Moments go by hour, day, month, quarter, year; numbers by two digits, one digit, power of
        ten; everything ends in "*".
    k : rows that must share their values, at least 2
    max_suppressed : share of rows that may be left out instead of making all others coarser

    Returns
    -------
    Generalised
        `.frame`, `.k`, `.suppressed`, `.lost` (index column; coarse_step, values_before, values_after, information_lost), `.summary()`,
        `.coarsen(known)`

    Raises
    ------
    ValueError
        As :func:`k_anonymity`; k is below 2 or above the number of rows.

    Notes
    -----
    At each turn the column with the most different values becomes coarser; so does Sweeney's Datafly (1997). The result is good, not the best.

    >>> found = generalise(pd.DataFrame({"weight_kg": [1.1, 1.2, 1.3, 5.0], "price_yuan": [1, 2, 3, 4]}), ["weight_kg"], 2, max_suppressed=0.3)
    >>> found.frame.weight_kg.tolist(), found.suppressed
    ([1.0, 1.0, 1.0], 1)
    """
    names = _quasi(frame, quasi_identifiers)
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or not 2 <= k <= len(frame):
        raise ValueError(_("k is {k}; it must be a whole number from 2 to the number of rows, {rows:,}.").format(k=k, rows=len(frame)))
    if not 0 <= max_suppressed < 1:
        raise ValueError(_("{name} is {value}; it must lie between 0 and 1 (write 20% as 0.2).").format(name="max_suppressed", value=max_suppressed))
    ladders = {name: _ladder(frame[name]) for name in names}
    places = dict.fromkeys(names, 0)
    coarse = frame.copy()
    while True:
        sizes = coarse.groupby(names, dropna=False, observed=True)[names[0]].transform("size")
        small = sizes < k
        open_columns = [name for name in names if places[name] < len(ladders[name]) - 1]
        if small.mean() <= max_suppressed or not open_columns:
            break
        widest = max(open_columns, key=lambda name: coarse[name].nunique(dropna=False))
        places[widest] += 1
        coarse[widest] = _LEVELS[ladders[widest][places[widest]]](frame[widest])
    steps = {name: ladders[name][places[name]] for name in names}
    kept = coarse[~small]
    lost = pd.DataFrame({
        "coarse_step": steps,
        "values_before": {name: frame[name].nunique(dropna=False) for name in names},
        "values_after": {name: kept[name].nunique(dropna=False) for name in names},
        "information_lost": {name: 1 - _entropy(kept[name]) / before if (before := _entropy(frame[name])) else 0.0 for name in names},
    }).rename_axis("column")  # fmt: skip
    reached = int(sizes[~small].min()) if len(kept) else 0
    return Generalised(kept.reset_index(drop=True), reached, int(small.sum()), len(frame), steps, lost)


def _quasi(frame: pd.DataFrame, quasi_identifiers: Sequence[str]) -> list[str]:
    need_frame(frame, "frame")
    names = [quasi_identifiers] if isinstance(quasi_identifiers, str) else list(dict.fromkeys(quasi_identifiers))
    if not names:
        raise ValueError(_("Name at least one column that others may know."))
    require_columns(frame.columns, names)
    if frame.empty:
        raise ValueError(_("The table has no rows."))
    return names


def _period(code: str) -> Callable[[pd.Series], pd.Series]:
    return lambda values: values.dt.to_period(code).dt.start_time


def _digits(places: int) -> Callable[[pd.Series], pd.Series]:
    def rounded(values: pd.Series) -> pd.Series:
        numbers = values.astype(float)
        power = np.floor(np.log10(numbers.abs().where(numbers != 0, 1.0)))
        size = 10.0 ** (power - places + 1)
        return ((numbers / size).round() * size).round(9) if places else np.sign(numbers) * 10.0**power

    return rounded


_LEVELS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "exact": lambda values: values, "hour": lambda values: values.dt.floor("h"), "day": lambda values: values.dt.normalize(), "month": _period("M"),
    "quarter": _period("Q"), "year": _period("Y"), "two_digits": _digits(2), "one_digit": _digits(1), "power_of_ten": _digits(0),
    "given_up": lambda values: pd.Series(ANY, index=values.index, dtype=object),
}  # fmt: skip


def _ladder(values: pd.Series) -> tuple[str, ...]:
    if pd.api.types.is_datetime64_any_dtype(values):
        return ("exact", "hour", "day", "month", "quarter", "year", "given_up")
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return ("exact", "two_digits", "one_digit", "power_of_ten", "given_up")
    return ("exact", "given_up")


def _entropy(values: pd.Series) -> float:
    shares = values.value_counts(normalize=True, dropna=False).to_numpy()
    return float(-(shares * np.log(shares)).sum())
