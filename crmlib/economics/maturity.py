"""How far a firm has come with customer relationship management: a self-assessment over the textbook's seven contents."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlib.i18n import _, language
from crmlib.standards import get

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEVELS = 5


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).with_name("maturity.toml")).read_text("utf-8"))


def _tongue() -> str:
    return "zh" if language() == "zh" else "en"


def maturity_statements() -> pd.DataFrame:
    """The 21 statements of the self-assessment, in the active language.

    Answers: what should a firm that manages customer relationships be able to say of itself?

    Returns
    -------
    DataFrame, one row a statement, indexed by its code
        content (code), content_name, statement

    Source: the seven contents of 《快递客户关系管理》 (2016); the statements are written for teaching.

    >>> maturity_statements()["content"].value_counts().unique().tolist()
    [3]
    """
    tongue = _tongue()
    rows = [{"item": each["code"], "content": content["code"], "content_name": content[tongue], "statement": each[tongue]}
            for content in _data()["contents"] for each in content["statements"]]  # fmt: skip
    return pd.DataFrame(rows).set_index("item")


def maturity_levels() -> pd.Series:
    """What the points 1 to 5 mean, in the active language.

    >>> maturity_levels().index.tolist()
    [1, 2, 3, 4, 5]
    """
    return pd.Series(_data()[f"levels_{_tongue()}"], index=pd.RangeIndex(1, LEVELS + 1, name="answer_points"), name="meaning")


@dataclass(frozen=True, eq=False)
class Maturity:
    """Where the firm stands, content by content.

    `table`, indexed by content: content_name, mean_points (mean of three statements), low, high (lowest and highest of those who answered),
    target_points, gap_points (0 where the target is reached). `weaknesses`: code, weakness (its name), source, mean_points of its three signs, and found
    (below 3: there is not even a rule for them), the worst first. `answered`: how many people assessed.
    """

    table: pd.DataFrame
    weaknesses: pd.DataFrame = field(repr=False)
    answered: int

    def gaps(self) -> pd.DataFrame:
        """The contents below their target, the widest gap first: content_name, mean_points, target_points, gap_points, disputed, first_step.

        disputed: those who answered differ by more than a level, so talk before acting.
        """
        steps = {content["code"]: content[f"first_step_{_tongue()}"] for content in _data()["contents"]}
        found = self.table[self.table["gap_points"] > 0].copy()
        found["disputed"] = found["high"] - found["low"] > 1
        found["first_step"] = [steps[name] for name in found.index]
        columns = ["content_name", "mean_points", "target_points", "gap_points", "disputed", "first_step"]
        return found.iloc[np.argsort(-found["gap_points"].to_numpy(), kind="stable")][columns]

    def summary(self) -> str:
        """The result in two sentences."""
        widest = self.table["gap_points"].idxmax()
        found = int(self.weaknesses["found"].sum())
        return _(
            "On average {points:.1f} of {most} points; furthest from its target is “{content}” with {own:.1f}. {found} of {all} weaknesses "
            "of the trade show in the answers."
        ).format(points=self.table["mean_points"].mean(), most=LEVELS, content=self.table.loc[widest, "content_name"],
                 own=self.table.loc[widest, "mean_points"], found=found, all=len(self.weaknesses))  # fmt: skip

    def advice(self) -> str:
        """Where to begin, in a sentence."""
        gaps = self.gaps()
        if gaps.empty:
            return _("All seven contents have reached their target; look again in half a year.")
        first = gaps.iloc[0]
        return _("Of the seven contents begin with “{content}”, {gap:.1f} points short of its target. First step: {step}.").format(
            content=first.content_name, gap=first.gap_points, step=first.first_step)  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The seven contents as a radar chart; see :func:`crmlib.plotting.maturity_radar`."""
        from crmlib.plotting.economics import maturity_radar

        return maturity_radar(self, ax=ax)


def maturity(answers: Mapping[str, int] | pd.Series | pd.DataFrame, *, target: float | Mapping[str, float] | None = None) -> Maturity:
    """Score a self-assessment over the seven contents.

    Answers: which part of customer relationship management lags most behind what we want?

    Parameters
    ----------
    answers : points 1–5 by statement (see `maturity_statements`), or a table with one row a person and one column a statement
        A person may leave statements out; each must be answered by somebody.
    target : float 1–5, or one by content, optional
        Without it: the standard economics.maturity_target.

    Returns
    -------
    Maturity
        table, weaknesses, answered; `.gaps()`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        A statement is not known or not answered, points are not whole numbers from 1 to 5, or a target is not from 1 to 5.

    Notes
    -----
    A self-assessment says what people think of their firm. Let several answer without seeing each other's points: where they differ, low
    and high lie apart, and that is itself a finding. The picture's area means nothing, since it hangs on the order of the contents.

    Source: 《快递客户关系管理》 (2016); the weaknesses also from 《2025国际快递行业客户关系管理体系研究》.

    >>> found = maturity({item: 2 for item in maturity_statements().index})
    >>> found.table["mean_points"].unique().tolist(), int(found.weaknesses["found"].sum())
    ([2.0], 10)
    """
    people = _people(answers)
    statements = maturity_statements()
    targets = _targets(target, statements["content"].unique())
    by_person = people.T.groupby(statements["content"], sort=False).mean().T
    table = statements.drop_duplicates("content").set_index("content")[["content_name"]]
    mean = people.mean()
    table["mean_points"] = mean.groupby(statements["content"], sort=False).mean()
    table["low"], table["high"] = by_person.min(), by_person.max()
    table["target_points"] = targets
    table["gap_points"] = (table["target_points"] - table["mean_points"]).clip(lower=0)
    rows = [{"code": each["code"], "weakness": each[_tongue()], "source": each["source"], "mean_points": float(mean[each["signs"]].mean())}
            for each in _data()["weaknesses"]]  # fmt: skip
    weaknesses = pd.DataFrame(rows)
    weaknesses["found"] = weaknesses["mean_points"] < 3
    weaknesses = weaknesses.iloc[np.argsort(weaknesses["mean_points"].to_numpy(), kind="stable")].reset_index(drop=True)
    return Maturity(table, weaknesses, len(people))


def _people(answers: object) -> pd.DataFrame:
    table = answers if isinstance(answers, pd.DataFrame) else pd.DataFrame([dict(answers)]) if isinstance(
        answers, (Mapping, pd.Series)) else None  # fmt: skip
    if table is None or table.empty:
        raise ValueError(_("The answers must be points by statement, or a table with one row a person. See maturity_statements()."))
    known = maturity_statements().index
    odd = [str(name) for name in table.columns if name not in known]
    if odd:
        raise ValueError(
            _("These are no statements of the self-assessment: {odd}. See maturity_statements().").format(odd=", ".join(odd[:3]))
        )
    silent = [name for name in known if name not in table.columns or table[name].isna().all()]
    if silent:
        raise ValueError(_("{count} statement(s) are not answered, first {first}.").format(count=len(silent), first=", ".join(silent[:3])))
    numbers = table[list(known)].apply(pd.to_numeric, errors="coerce")
    wrong = (numbers.isna() & table[list(known)].notna()) | (numbers.notna() & ~numbers.isin(range(1, LEVELS + 1)))
    if wrong.any().any():
        raise ValueError(_("Points must be whole numbers from 1 to {most}; they are not for {items}.").format(
            most=LEVELS, items=", ".join(wrong.columns[wrong.any()][:3])))  # fmt: skip
    return numbers.astype("float64").reset_index(drop=True)


def _targets(target: object, contents: np.ndarray) -> pd.Series:
    usual = get("economics.maturity_target", unit="points")
    given = target if isinstance(target, Mapping) else dict.fromkeys(contents, usual if target is None else target)
    odd = [str(name) for name in given if name not in contents]
    if odd:
        raise ValueError(_("There is no content {odd}. There are: {known}.").format(odd=", ".join(odd), known=", ".join(contents)))
    found = pd.Series({name: given.get(name, usual) for name in contents})
    numbers = pd.to_numeric(found, errors="coerce")
    if not numbers.between(1, LEVELS).all():
        raise ValueError(_("A target must lie from 1 to {most}; it is {value}.").format(most=LEVELS, value=target))
    return numbers.astype("float64")
