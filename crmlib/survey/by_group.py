"""Answers counted by group in one pass, in whatever kind of table they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import narwhals as nw
import pandas as pd
from narwhals.typing import IntoFrame

from crmlib.checks import require_columns
from crmlib.i18n import _
from crmlib.survey.answers import names_of, on_scale

_POINTS, _ROWS = "_points", "_rows"


def count_by_group(
    answers: IntoFrame, *, by: str | Sequence[str], score: str, low: float, high: float, between: Mapping[str, tuple[float, float]],
    taken: Sequence[str] = (),
) -> nw.DataFrame | nw.LazyFrame:
    """How many people of each group answered, gave no answer, and answered within certain points.

    Parameters
    ----------
    answers : pandas, polars (also lazy) or DuckDB table, one row a respondent
    by : column or columns that name the group; rows without a group are left out
    score : column of whole points from `low` to `high`
    between : mapping from the name of a count to the lowest and highest points it counts
    taken : names that the caller gives to columns of its own, so that no group may have them

    Returns
    -------
    narwhals frame of the same kind, one row a group, in order of `by`
        `by`, answers, missing and the counts of `between` (floats, so that every kind of table divides them alike)

    >>> table = pd.DataFrame({"market": ["a", "a", "b"], "recommend": [10, 3, None]})
    >>> count_by_group(table, by="market", score="recommend", low=0, high=10, between={"nines": (9, 10)}).rows()
    [('a', 2.0, 0.0, 1.0), ('b', 0.0, 1.0, 0.0)]
    """
    if isinstance(answers, pd.DataFrame):
        require_columns(answers.columns, [*names_of(by, least=1), score])
    frame = nw.from_native(answers, pass_through=True)
    if not isinstance(frame, (nw.DataFrame, nw.LazyFrame)):
        raise ValueError(_("answers must be a pandas, polars or DuckDB table; this is a {kind}.").format(kind=type(answers).__name__))
    groups, schema = names_of(by, least=1), frame.collect_schema()
    require_columns(schema.names(), [*groups, score])
    if score in groups:
        raise ValueError(_("{column} is the score itself; name the column that holds the group.").format(column=score))
    if clash := sorted({"answers", "missing", _POINTS, _ROWS, *between, *taken} & set(groups)):
        raise ValueError(_("The result has a column {columns} of its own. Rename that column of the answers.").format(
            columns=", ".join(clash)))  # fmt: skip
    if not schema[score].is_numeric():
        raise ValueError(
            _("{column} holds {kind}, not numbers. Convert it first: pd.to_numeric(answers.{column}).").format(
                column=score, kind=schema[score]
            )
        )
    points = frame.select(*groups, nw.col(score).alias(_POINTS)).group_by(*groups, _POINTS).agg(nw.len().alias(_ROWS))
    points = points.with_columns(nw.col(_POINTS).cast(nw.Float64), nw.col(_ROWS).cast(nw.Float64))
    if schema[score].is_float():
        points = points.with_columns(nw.when(~nw.col(_POINTS).is_nan()).then(nw.col(_POINTS)))
    _check(points, score, low, high)
    given = ~nw.col(_POINTS).is_null()
    kinds = {"answers": given, "missing": ~given}
    kinds |= {name: given & (nw.col(_POINTS) >= least) & (nw.col(_POINTS) <= most) for name, (least, most) in between.items()}
    counted = points.filter(*(~nw.col(group).is_null() for group in groups)).with_columns(
        **{name: nw.when(kind).then(nw.col(_ROWS)).otherwise(nw.lit(0.0)) for name, kind in kinds.items()}
    )
    try:
        return nw.maybe_reset_index(counted.group_by(*groups).agg(*(nw.col(name).sum() for name in kinds)).sort(*groups))
    except TypeError:
        raise ValueError(
            _("{column} mixes texts and numbers, so its groups have no order. Turn all of it into text first.").format(
                column=", ".join(groups)
            )
        ) from None


def _check(points: nw.DataFrame | nw.LazyFrame, score: str, low: float, high: float) -> None:
    seen = points.select(_POINTS, _ROWS)
    seen = (seen.collect("pyarrow") if isinstance(seen, nw.LazyFrame) else seen).to_pandas()
    if seen.empty:
        raise ValueError(_("The table of answers has no rows. Check the filter that it comes from."))
    values = pd.Series(seen[_POINTS].to_numpy(dtype="float64", na_value=float("nan")), index=seen[_POINTS].map("{:g}".format))
    on_scale(values, score, low, high, whole=True)
