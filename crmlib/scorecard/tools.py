"""Choosing a tool by weighted scores: knock-outs first, several raters, and how much the choice hangs on the weights."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.checks import (
    need_frame,
    refuse_rows,
    require_columns,
    require_rng,
    require_share,
)
from crmlib.i18n import _, in_a_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class ToolExample:
    """`scores`: tool, criterion, rater, score; `weights`: criterion → weight; `requirements`: tool, requirement, met."""

    scores: pd.DataFrame
    weights: pd.Series
    requirements: pd.DataFrame


@dataclass(frozen=True, eq=False)
class ToolChoice:
    """Which tool wins, and how firmly.

    `winner`: None where every tool is knocked out. `table`, best first: tool, score, low, high (raters as the witnesses), wins_share (of
    weightings drawn around the chosen ones), wins_any (of all weightings alike), knocked_out_by (requirements not met; such tools have no
    rank). `criteria`: tool, criterion, score (mean of the raters), spread (their standard deviation), raters. `switches`: criterion,
    weight, weight_at_switch (nearest weight with another winner, the others keeping their proportions), change, new_winner; missing where
    no weight changes it.
    """

    winner: str | None
    table: pd.DataFrame
    criteria: pd.DataFrame
    switches: pd.DataFrame
    weights: pd.Series
    level: float

    def summary(self) -> str:
        """The winner, how often it wins, and the smallest change that would topple it."""
        if self.winner is None:
            return _("Every tool fails a requirement; none is left to choose.")
        row = self.table.iloc[0]
        said = _(
            "{tool} wins with {score:.2f} of 5 ({low:.2f} to {high:.2f}), in {share:.0%} of the weightings near the chosen ones and in {any:.0%} of "
            "all."
        ).format(tool=self.winner, score=row["score"], low=row["low"], high=row["high"], share=row["wins_share"], any=row["wins_any"])
        near = self.switches.dropna(subset=["change"])
        out = int((self.table["knocked_out_by"] != "").sum())
        if len(near):
            one = near.loc[near["change"].abs().idxmin()]
            said = in_a_row(
                said,
                _("The smallest change that topples it: {criterion} from {weight:.0%} to {other:.0%}, then {tool} wins.").format(
                    criterion=_label(one["criterion"]), weight=one["weight"], other=one["weight_at_switch"], tool=one["new_winner"]
                ),
            )
        else:
            said = in_a_row(said, _("No change of a single weight topples it."))
        return in_a_row(said, _("{count} tool(s) fail a requirement and take no part.").format(count=out)) if out else said

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Scores by the weight of the most critical criterion, and the wins; see :func:`crmlib.plotting.tool_weights`."""
        from crmlib.plotting import tool_weights

        return tool_weights(self, ax=ax)


def tool_example(path: str | os.PathLike | None = None) -> ToolExample:
    """The practice table of made-up tools, or your own TOML file of the same form.

    Answers: what does a table for choosing a tool look like?

    Parameters
    ----------
    path : file, optional

    Returns
    -------
    ToolExample

    Raises
    ------
    ValueError
        The file cannot be read, or a tool lacks a criterion; the sentence names it.

    Source: individual fit, integration and cost are the three criteria of a vendor's guide; ease of use and vendor are the course's.

    >>> tool_example().scores.tool.nunique(), int(tool_example().weights.sum())
    (4, 100)
    """
    path = Path(path) if path else Path(__file__).with_name("tools.toml")
    try:
        tree = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ValueError(_("Cannot read {path}: {reason}").format(path=path, reason=error.strerror)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=path, reason=error)) from None
    weights, tools = tree.get("weights"), tree.get("tool")
    if not isinstance(weights, dict) or not isinstance(tools, list) or not tools:
        raise ValueError(_("{path} needs [weights] and one [[tool]] or more.").format(path=path.name))
    scores, requirements = [], []
    for number, tool in enumerate(tools, 1):
        name = str(tool.get("name", number))
        for criterion in weights:
            marks = tool.get(criterion)
            if not isinstance(marks, list) or not marks:
                raise ValueError(_("{path}, tool {tool}: {criterion} is missing; write a list of marks, one a rater.").format(
                    path=path.name, tool=name, criterion=criterion))  # fmt: skip
            scores += [(name, criterion, f"R{rater}", mark) for rater, mark in enumerate(marks, 1)]
        requirements += [(name, one, met) for one, met in tool.get("requirements", {}).items()]
    return ToolExample(pd.DataFrame(scores, columns=["tool", "criterion", "rater", "score"]), pd.Series(weights, name="weight"),
                       pd.DataFrame(requirements, columns=["tool", "requirement", "met"]))  # fmt: skip


def choose_tool(
    scores: pd.DataFrame,
    weights: Mapping[str, float] | pd.Series,
    *,
    rng: np.random.Generator | int,
    requirements: pd.DataFrame | None = None,
    draws: int = 10_000,
    concentration: float | None = None,
    level: float = 0.95,
) -> ToolChoice:
    """Choose a tool by weighted scores, and say how much the choice hangs on the weights.

    Answers: which tool, and would we choose it still if we weighed a little differently?

    Parameters
    ----------
    scores : DataFrame: tool, criterion, rater, score (1 to 5); every rater marks every tool on every criterion
    weights : criterion → weight from 0 on; only their proportions count
    rng : Generator or whole number, for the weightings drawn
    requirements : DataFrame: tool, requirement, met (yes or no), optional; who fails one is out before any score is looked at
    draws : how many weightings
    concentration : float above 0, of the weightings near yours, optional; None: the standard scorecard.concentration
    level : float, 0–1, of the intervals

    Returns
    -------
    ToolChoice

    Raises
    ------
    ValueError
        A score is missing, given twice or off the scale, a weight is negative or belongs to no criterion, or all weights are 0.

    Notes
    -----
    Weightings near yours are Dirichlet(concentration × weights), all weightings Dirichlet(1, …, 1). Ties are shared. low and high:
    Student's t over the raters' own totals; with three raters it is wide, as it should be; it says nothing of marks that all raters got
    wrong alike.

    Source: Keeney and Raiffa (1976), additive value; Lahdelma and Salminen (2001), shares of weightings (SMAA).

    >>> marks = pd.DataFrame({"tool": ["A", "B"] * 2, "criterion": ["fit", "fit", "cost", "cost"], "rater": "R1", "score": [5, 3, 1, 4]})
    >>> choose_tool(marks, {"fit": 3, "cost": 1}, rng=0).switches.round(3).values.tolist()
    [['fit', 0.75, 0.6, -0.15, 'B'], ['cost', 0.25, 0.4, 0.15, 'B']]
    """
    need_frame(scores, "scores")
    require_share("level", level)
    rng = require_rng(rng)
    if isinstance(draws, bool) or not isinstance(draws, (int, np.integer)) or draws < 1:
        raise ValueError(_("{name} must be a whole number from 1 on, not {value}.").format(name="draws", value=repr(draws)))
    require_columns(scores.columns, ["tool", "criterion", "rater", "score"])
    marks = pd.to_numeric(scores["score"], errors="coerce")
    refuse_rows(~marks.between(1, 5), _("A score is no number from 1 to 5"), _("Mend the mark."))
    refuse_rows(scores.duplicated(["tool", "criterion", "rater"]), _("A rater marked a tool twice on one criterion"), _("Keep one mark."))
    weight = pd.to_numeric(pd.Series(dict(weights)), errors="coerce").astype(float)
    if weight.isna().any() or (weight < 0).any() or not np.isfinite(weight).all() or weight.sum() <= 0:
        raise ValueError(_("Weights must be numbers from 0 on, and not all 0."))
    weight /= weight.sum()
    lacking = set(weight.index) ^ set(scores["criterion"])
    if lacking:
        raise ValueError(
            _("{criterion} stands either only among the weights or only among the scores.").format(criterion=min(map(str, lacking)))
        )
    wide = scores.assign(score=marks).pivot(index=["tool", "rater"], columns="criterion", values="score")[list(weight.index)]
    raters, tools = scores["rater"].unique(), list(dict.fromkeys(scores["tool"]))
    wide = wide.reindex(pd.MultiIndex.from_product([tools, raters], names=["tool", "rater"]))
    gaps = wide.isna().stack()
    if gaps.any():
        tool, rater, criterion = gaps.index[gaps.to_numpy()][0]
        raise ValueError(_("Rater {rater} gave {tool} no mark for {criterion}. Fill it in, or leave this rater out.").format(
            rater=rater, tool=tool, criterion=criterion))  # fmt: skip
    out = _knocked_out(requirements, tools)
    left = [tool for tool in tools if not out[tool]]
    means = wide.groupby(level="tool", sort=False).mean().reindex(tools)
    totals = (wide * weight).sum(axis=1).unstack("rater").reindex(tools)
    half = _student_half(totals, level)
    table = pd.DataFrame(
        {
            "tool": tools,
            "score": totals.mean(axis=1).to_numpy(),
            "low": (totals.mean(axis=1) - half).clip(lower=1).to_numpy(),
            "high": (totals.mean(axis=1) + half).clip(upper=5).to_numpy(),
        }
    )
    firmness = standards.get("scorecard.concentration", unit="count") if concentration is None else concentration
    if not isinstance(firmness, (int, float)) or not 0 < firmness < np.inf:
        raise ValueError(_("concentration must be a number above 0, not {value}.").format(value=repr(firmness)))
    for name, shape in (("wins_share", np.maximum(weight * firmness, 1e-9)), ("wins_any", np.ones(len(weight)))):
        won = _wins(means.loc[left].to_numpy(), rng.dirichlet(shape, draws)) if left else []
        table[name] = table["tool"].map(dict(zip(left, won, strict=True))).fillna(0.0)
    table["knocked_out_by"] = table["tool"].map(out)
    table = table.sort_values(
        ["knocked_out_by", "score"], key=lambda one: one.ne("") if one.name == "knocked_out_by" else -one, kind="stable", ignore_index=True
    )
    criteria = pd.DataFrame(
        [
            (tool, criterion, means.at[tool, criterion], wide.loc[tool, criterion].std(ddof=1), len(raters))
            for tool in tools
            for criterion in weight.index
        ],
        columns=["tool", "criterion", "score", "spread", "raters"],
    )
    winner = table["tool"].iloc[0] if left else None
    switches = pd.DataFrame([_switch(means.loc[left], weight, criterion, winner) for criterion in weight.index],
                            columns=["criterion", "weight", "weight_at_switch", "change", "new_winner"])  # fmt: skip
    return ToolChoice(winner, table, criteria, switches, weight.rename("weight"), level)


def _knocked_out(requirements: pd.DataFrame | None, tools: list) -> dict:
    if requirements is None:
        return dict.fromkeys(tools, "")
    need_frame(requirements, "requirements")
    require_columns(requirements.columns, ["tool", "requirement", "met"])
    refuse_rows(~requirements["met"].isin([True, False]), _("met is neither yes nor no"), _("Write True or False."))
    refuse_rows(~requirements["tool"].isin(tools), _("A tool of the requirements has no scores"), _("Mend its name."))
    failed = requirements[~requirements["met"].astype(bool)]
    return {tool: ", ".join(map(str, failed["requirement"][failed["tool"] == tool])) for tool in tools}


def _student_half(totals: pd.DataFrame, level: float) -> pd.Series:
    from scipy.stats import t

    many = totals.shape[1]
    return totals.std(axis=1, ddof=1) / many**0.5 * t.ppf((1 + level) / 2, many - 1) if many > 1 else pd.Series(np.nan, index=totals.index)


def _wins(means: np.ndarray, weightings: np.ndarray) -> np.ndarray:
    totals = weightings @ means.T
    best = np.isclose(totals, totals.max(axis=1, keepdims=True), rtol=0, atol=1e-12)
    return (best / best.sum(axis=1, keepdims=True)).mean(axis=0)


def _switch(means: pd.DataFrame, weight: pd.Series, criterion: str, winner: str | None) -> tuple:
    """Where along the weight of one criterion another tool first comes level with the winner."""
    now, others = weight[criterion], weight.drop(criterion)
    nothing = (criterion, now, np.nan, np.nan, None)
    if winner is None or others.sum() <= 0:
        return nothing
    rest = (means[others.index] * (others / others.sum())).sum(axis=1)
    ahead, own = rest[winner] - rest, means.loc[winner, criterion] - means[criterion]
    with np.errstate(divide="ignore", invalid="ignore"):
        level_at = (ahead / (ahead - own)).drop(winner)
    level_at = level_at[level_at.between(0, 1, inclusive="neither")]
    if level_at.empty:
        return nothing
    rival = (level_at - now).abs().idxmin()
    return criterion, now, level_at[rival], level_at[rival] - now, rival


def _label(criterion: str) -> str:
    from crmlib.company.schema import label

    return label(criterion, "criterion")
