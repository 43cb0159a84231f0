"""What every measure of a questionnaire starts from: answers that are numbers on their scale, and reversed items turned round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _

_LARGEST = 1e100
"""Beyond this the squares of answers are no numbers of a computer any more."""

REVERSED = "_reversed"
"""How the name of an item ends that says the opposite of what it measures."""


def reverse_items(answers: pd.DataFrame, items: str | Sequence[str], *, low: float, high: float) -> pd.DataFrame:
    """Turn the answers to reversed items round, so that more means better in every item.

    Answers: what would these people have said, had the sentence been put the other way round?

    Parameters
    ----------
    answers : DataFrame, one row a respondent
    items : name or names of the reversed items
    low, high : lowest and highest answer of the scale, for example 1 and 10
        An answer becomes low + high − answer; one left out stays left out.

    Returns
    -------
    DataFrame
        A copy of `answers` in which these items are turned. A name loses its ending ``_reversed``, so that nobody turns an item twice.

    Raises
    ------
    ValueError
        An item is missing, holds text, or holds an answer outside the scale; or the item without ``_reversed`` is there already.

    Source: Nunnally and Bernstein, *Psychometric Theory* (1994), ch. 8.

    >>> answers = pd.DataFrame({"image_1": [9.0, 3.0], "image_3_reversed": [2.0, None]})
    >>> turned = reverse_items(answers, ["image_3_reversed"], low=1, high=10)
    >>> turned.columns.tolist(), turned.image_3.tolist()
    (['image_1', 'image_3'], [9.0, nan])
    """
    names = names_of(items, least=1)
    need_table(answers)
    require_columns(answers.columns, names)
    require_scale(low, high)
    new_names = {name: str(name).removesuffix(REVERSED) if str(name).endswith(REVERSED) else name for name in names}
    for name, new in new_names.items():
        if name != new and new in answers.columns:
            raise ValueError(_("The table already has a column {new}. Rename or drop it before turning {name} round.").format(
                new=new, name=name))  # fmt: skip
    turned = {name: low + high - on_scale(answers[name], name, low, high) for name in names}
    return answers.assign(**turned).rename(columns=new_names)


def complete_answers(answers: pd.DataFrame, items: Sequence[str], *, least_items: int) -> tuple[np.ndarray, int]:
    """The answers (respondents × items) of those who answered every one of `items`, and how many did not.

    >>> matrix, left_out = complete_answers(pd.DataFrame({"a": [1, 2, None, 2], "b": [3, 5, 4, 4]}), ["a", "b"], least_items=2)
    >>> matrix.tolist(), left_out
    ([[1.0, 3.0], [2.0, 5.0], [2.0, 4.0]], 1)
    """
    names = names_of(items, least=least_items)
    need_table(answers)
    require_columns(answers.columns, names)
    matrix = np.column_stack([numbers(answers[name], name).to_numpy() for name in names])
    whole = ~np.isnan(matrix).any(axis=1)
    found = matrix[whole]
    if len(found) <= len(names):
        raise ValueError(
            _("Only {count} respondent(s) answered all of {items}; with {number} items it takes at least {least}.").format(
                count=len(found), items=", ".join(map(str, names)), number=len(names), least=len(names) + 1
            )
        )
    same = [name for name, column in zip(names, found.T, strict=True) if np.ptp(column) <= max(1e-12 * np.abs(column).max(), 1e-100)]
    if same:
        raise ValueError(
            _("Everybody gave {items} the same answer, so it tells nobody apart. Leave it out.").format(items=", ".join(map(str, same)))
        )
    return found, int((~whole).sum())


def names_of(items: str | Iterable[str], *, least: int) -> list[str]:
    """The names of items as a list: at least so many, none twice.

    >>> names_of("image_1", least=1)
    ['image_1']
    """
    names = [items] if isinstance(items, str) or not isinstance(items, Iterable) else list(items)
    if len(names) < least:
        raise ValueError(_("This needs at least {least} item(s); there are {count}.").format(least=least, count=len(names)))
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(_("{items} stands twice among the items. Name each item once.").format(items=", ".join(map(str, twice))))
    return names


def need_table(answers: object) -> None:
    """Refuse what is no pandas table, or has no rows.

    >>> need_table(pd.DataFrame({"a": [1]}))
    """
    if not isinstance(answers, pd.DataFrame):
        raise ValueError(_("answers must be a table with one row a respondent; this is a {kind}.").format(kind=type(answers).__name__))
    if answers.empty:
        raise ValueError(_("The table of answers has no rows. Check the filter that it comes from."))


def numbers(answers: pd.Series, name: str) -> pd.Series:
    """`answers` as floats, missing where left out; text, infinities and numbers too large to be answers are refused.

    >>> numbers(pd.Series([1, None]), "image_1").tolist()
    [1.0, nan]
    """
    kinds = pd.api.types
    if kinds.is_object_dtype(answers) or kinds.is_string_dtype(answers) or (kinds.is_any_real_numeric_dtype(answers)):
        found = pd.to_numeric(answers, errors="coerce").astype("float64")
    else:
        found = pd.Series(np.nan, index=answers.index)
    bad = (found.isna() & answers.notna()) | (found.abs() > _LARGEST)
    refuse_rows(bad, _("{name} is not a number").format(name=name), _("Turn the text into numbers first; an answer left out stays empty."))
    return found


def on_scale(answers: pd.Series, name: str, low: float, high: float, *, whole: bool = False) -> pd.Series:
    """`answers` as floats between `low` and `high`, missing where left out; others, or (`whole`) fractions, are refused.

    >>> on_scale(pd.Series([1, 10]), "image_1", 1, 10).tolist()
    [1.0, 10.0]
    """
    found = numbers(answers, name)
    refuse_rows(
        (found < low) | (found > high),
        _("{name} is outside the scale from {low} to {high}").format(name=name, low=f"{low:g}", high=f"{high:g}"),
        _("Look these answers up, or leave them empty and say so."),
    )
    if whole:
        refuse_rows(
            found.notna() & (found != found.round()),
            _("{name} is not a whole number of points").format(name=name),
            _("Use the answers themselves, not averages of them."),
        )
    return found


def require_scale(low: object, high: object) -> None:
    """Refuse the ends of a scale that are no numbers or turned round.

    >>> require_scale(1, 10)
    """
    numeric = all(isinstance(end, (int, float, np.number)) and not isinstance(end, bool) and np.isfinite(end) for end in (low, high))
    if not numeric or low >= high:
        raise ValueError(
            _("The scale from {low} to {high} is empty: high must be above low, as in low=1, high=10.").format(low=low, high=high)
        )


def given_answers(answers: pd.Series, name: str, low: float, high: float) -> tuple[pd.Series, int]:
    """The whole points that people gave, as floats, and how many people gave none.

    >>> given, missing = given_answers(pd.Series([9, None, 10]), "recommend", 0, 10)
    >>> given.tolist(), missing
    ([9.0, 10.0], 1)
    """
    if not isinstance(answers, pd.Series):
        raise ValueError(
            _("{name} must be a Series with one answer a respondent; this is a {kind}. Write for example answers.{name}.").format(
                name=name, kind=type(answers).__name__
            )
        )
    found = on_scale(answers, name, low, high, whole=True).dropna()
    if found.empty:
        raise ValueError(_("Nobody answered {name}. Check the filter that it comes from.").format(name=name))
    return found, len(answers) - len(found)
