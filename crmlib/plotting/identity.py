"""Figures of who is who: what agreements weigh, one pair's sum, probabilities of all pairs, and how good the ids are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from crmlib import theme
from crmlib.checks import require_columns
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas, percent_axis
from crmlib.plotting.credit import require_result

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.identity import Evaluation, Links, MatchModel, PairScore

_ROW = 0.3
_SHORT = 22
_BINS = 20


def match_weights(model: MatchModel, *, ax: Axes | None = None) -> Axes:
    """Draw what each level of agreement weighs, by field.

    Answers: what speaks for one customer, what against, and how strongly?

    Parameters
    ----------
    model : MatchModel, from :func:`crmlib.identity.fit_matches`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The model is something else.

    Source: Fellegi and Sunter (1969).

    >>> import pandas as pd
    >>> from types import SimpleNamespace
    >>> table = pd.DataFrame({"field": ["mobile"], "level": ["equal"], "weight": [6.0], "pairs": [10]})
    >>> len(match_weights(SimpleNamespace(table=table, prior=0.5, rounds=1)).patches)
    1
    """
    require_result(model, ("table", "prior", "rounds"), "crm.identity.fit_matches")
    table = model.table[model.table["pairs"] > 0].reset_index(drop=True)
    fields = list(dict.fromkeys(table["field"]))
    place = np.arange(len(table)) + table["field"].map(fields.index).to_numpy() * 0.8
    ax = canvas(ax, height=1.1 + _ROW * (place[-1] + 1))
    weights = table["weight"].to_numpy()
    drawn = ax.barh(
        place,
        weights,
        height=0.78,
        color=np.where(weights > 0, theme.BLUE, theme.ORANGE),
    )
    ax.bar_label(
        drawn,
        [f"{weight:+.1f}" for weight in weights],
        padding=4,
        color=theme.INK,
        fontsize=9,
    )
    words = [label(level, "agreement_level") for level in table["level"]]
    heads = [
        f"{label(name)}  " if name != before else ""
        for name, before in zip(
            table["field"], [None, *table["field"][:-1]], strict=True
        )
    ]
    ax.set_yticks(
        place,
        [
            _("{field}: {level}").format(field=head.strip(), level=word)
            if head
            else word
            for head, word in zip(heads, words, strict=True)
        ],
    )
    ax.invert_yaxis()
    ax.axvline(0, color=theme.INK, linewidth=0.8)
    reach = max(np.abs(weights).max(), 1.0) * 1.22
    ax.set_xlim(-reach, reach)
    ax.set_xlabel(
        _("Weight, log₂(m/u): +1 doubles the odds of one customer, −1 halves them")
    )
    ax.tick_params(axis="y", length=0)
    return ax


def pair_score(score: PairScore, *, ax: Axes | None = None) -> Axes:
    """Draw how the weights of one pair add up, step by step.

    Answers: why is this pair taken for one customer?

    Parameters
    ----------
    score : PairScore, from :func:`crmlib.identity.how_one_pair_scored`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The score is something else.

    Source: Fellegi and Sunter (1969): weights add up.

    >>> import pandas as pd
    >>> from types import SimpleNamespace
    >>> table = pd.DataFrame({"field": ["mobile"], "level": ["equal"], "weight": [6.0], "left": ["1"], "right": ["1"]})
    >>> score = SimpleNamespace(left="a", right="b", table=table, prior_weight=1.0, probability=0.99)
    >>> len(pair_score(score).patches)
    3
    """
    require_result(
        score,
        ("left", "right", "table", "prior_weight", "probability"),
        "crm.identity.how_one_pair_scored",
    )
    table = score.table[score.table["level"] != "missing"]
    ax = canvas(ax, height=1.4 + 0.62 * (len(table) + 2))
    steps = np.concatenate([[score.prior_weight], table["weight"].to_numpy()])
    ends = np.cumsum(steps)
    starts = np.concatenate([[0.0], ends[:-1]])
    place = np.arange(len(steps) + 1)
    colours = [
        theme.GREY,
        *np.where(table["weight"] > 0, theme.BLUE, theme.ORANGE),
        theme.INK,
    ]
    ax.barh(
        place,
        np.append(ends - starts, ends[-1]),
        left=np.append(starts, 0.0),
        height=0.62,
        color=colours,
    )
    ax.vlines(
        ends, place[:-1] - 0.31, place[1:] + 0.31, color=theme.GREY, linewidth=0.7
    )
    low, high = min(0.0, ends.min(), starts.min()), max(0.0, ends.max(), starts.max())
    room = max(high - low, 1.0)
    words = [f"{step:+.1f}" for step in steps] + [
        _("{weight:+.1f}: probability {probability:.1%}").format(
            weight=ends[-1], probability=score.probability
        )
    ]
    for spot, one, two, text in zip(
        place, np.append(starts, 0.0), np.append(ends, ends[-1]), words, strict=True
    ):
        ax.text(max(one, two) + 0.015 * room, spot, text, va="center", color=theme.INK)
    names = [_("start: share of one customer among candidates")]
    for row in table.itertuples():
        names.append(
            _("{field}: {level}").format(field=label(row.field), level=label(row.level, "agreement_level"))
            + f"\n{_short(row.left)} | {_short(row.right)}"
        )
    ax.set_yticks(place, [*names, _("sum")])
    for tick in ax.get_yticklabels():
        tick.set_fontsize(9)
    ax.invert_yaxis()
    ax.axvline(0, color=theme.INK, linewidth=0.8)
    ax.set_xlim(low - 0.06 * room, high + 0.34 * room)
    ax.set_title(_("{left} and {right}").format(left=score.left, right=score.right))
    ax.set_xlabel(_("Weight, added up (log₂ of the odds)"))
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def record_before_and_after(changed: pd.DataFrame, record_id: str, *, ax: Axes | None = None) -> Axes:
    """Draw what cleaning changed in one record.

    Answers: what did this record look like before, what does it look like now, and which rule did it?

    Parameters
    ----------
    changed : DataFrame, from :func:`crmlib.identity.what_changed`
    record_id : str
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        A column is missing, or nothing was changed in this record.

    Source: house design.

    >>> import pandas as pd
    >>> changed = pd.DataFrame({"record_id": ["a"], "field": ["name"], "before": ["甲 店"], "after": ["甲店"], "change_rules": ["spacing"]})
    >>> len(record_before_and_after(changed, "a").texts)
    6
    """
    require_columns(changed.columns, ["record_id", "field", "before", "after", "change_rules"])
    rows = changed[changed["record_id"] == record_id]
    if rows.empty:
        raise ValueError(_("Nothing was changed in the record {record}.").format(record=record_id))
    ax = canvas(ax, height=1.0 + 0.62 * len(rows))
    for left, words, colour in ((0.18, label("before"), theme.ORANGE), (0.60, label("after"), theme.BLUE)):
        ax.text(left, -0.85, words, color=colour, va="center")
    for place, row in enumerate(rows.itertuples()):
        rules = " + ".join(label(rule, "change_rule") for rule in row.change_rules.split("+"))
        ax.text(0.0, place, label(row.field), color=theme.INK, va="center")
        ax.text(0.18, place, str(row.before), color=theme.ORANGE, va="center", fontsize=9)
        ax.text(0.60, place - 0.14, str(row.after), color=theme.BLUE, va="center", fontsize=9)
        ax.text(0.60, place + 0.26, rules, color=theme.GREY, va="center", fontsize=8)
    ax.set(xlim=(0, 1), ylim=(len(rows) - 0.3, -1.2), title=str(record_id))
    ax.set_axis_off()
    return ax


def match_probabilities(links: Links, *, ax: Axes | None = None) -> Axes:
    """Draw how many pairs have which probability, with the bounds of the decision.

    Answers: how many pairs are clear, and how many lie in between?

    Parameters
    ----------
    links : Links, from `model.decide()`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        links is something else.

    Source: Fellegi and Sunter (1969): link, clerical review, no link.

    >>> from types import SimpleNamespace
    >>> links = SimpleNamespace(probability=np.array([0.01, 0.99]), match_at=0.9, review_from=0.1, decision=np.array(["apart", "link"]))
    >>> len(match_probabilities(links).patches)
    20
    """
    require_result(
        links, ("probability", "match_at", "review_from", "decision"), "model.decide()"
    )
    ax = canvas(ax)
    counts, edges = np.histogram(links.probability, bins=np.linspace(0, 1, _BINS + 1))
    middle = (edges[1:] + edges[:-1]) / 2
    colours = np.select(
        [middle >= links.match_at, middle >= links.review_from],
        [theme.BLUE, theme.YELLOW],
        theme.GREY,
    )
    ax.bar(middle, np.maximum(counts, 0.5), width=0.9 / _BINS, color=colours, bottom=0)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    top = max(counts.max(), 1)
    ax.set_ylim(0.5, top * 6)
    bounds = (0.0, links.review_from, links.match_at, 1.0)
    for name, colour, low, high in zip(
        ("apart", "review", "link"),
        (theme.GREY, theme.ORANGE, theme.BLUE),
        bounds[:-1],
        bounds[1:],
        strict=True,
    ):
        text = (
            f"{label(name, 'link_decision')}\n{int((links.decision == name).sum()):,}"
        )
        ax.text(
            (low + high) / 2,
            top * 1.6,
            text,
            ha="center",
            va="bottom",
            color=colour,
            fontweight="bold",
        )
    for bound in bounds[1:3]:
        ax.axvline(bound, color=theme.INK, linewidth=0.8, linestyle="--")
    ax.set_xlabel(_("Probability of one customer"))
    ax.set_ylabel(_("Pairs (each line ten times the one below)"))
    percent_axis(ax, "x")
    return ax


def identity_measures(result: Evaluation, *, ax: Axes | None = None) -> Axes:
    """Draw the measures with their intervals, and the target of integration.

    Answers: how good are the ids, and is the target met for certain?

    Parameters
    ----------
    result : Evaluation, from :func:`crmlib.identity.evaluate`
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        The result is something else.

    Source: Menestrina, Whang and Garcia-Molina (2010) for the measures.

    >>> import pandas as pd
    >>> from types import SimpleNamespace
    >>> table = pd.DataFrame({"value": [0.95], "low": [0.93], "high": [0.97]}, index=["integrated"])
    >>> len(identity_measures(SimpleNamespace(table=table, mistakes=None, target=0.9)).get_yticks())
    1
    """
    require_result(result, ("table", "mistakes", "target"), "crm.identity.evaluate")
    table = result.table.dropna()
    ax = canvas(ax, height=1.3 + 0.5 * len(table))
    place = np.arange(len(table))
    ax.errorbar(table["value"].to_numpy(), place, fmt="o", color=theme.BLUE, capsize=4,
                xerr=[(table["value"] - table["low"]).to_numpy(), (table["high"] - table["value"]).to_numpy()])  # fmt: skip
    left = min(float(table["low"].min()), result.target) - 0.03
    for spot, row in zip(place, table.itertuples(), strict=True):
        words = _("{rate:.1%} ({low:.1%} to {high:.1%})").format(
            rate=row.value, low=row.low, high=row.high
        )
        ax.text(1.012, spot, words, va="center", color=theme.INK)
    ax.set_yticks(place, [label(name, "identity_measure") for name in table.index])
    ax.set(
        xlim=(max(left, -0.02), 1 + 0.55 * (1 - max(left, 0))),
        ylim=(len(table) - 0.4, -0.9),
    )
    if "integrated" in table.index:
        at = table.index.get_loc("integrated")
        ax.vlines(result.target, at - 0.38, at + 0.38, color=theme.ORANGE, linewidth=2)
        ax.text(
            result.target,
            at - 0.42,
            _("target {target:.0%}").format(target=result.target),
            ha="center",
            va="bottom",
            color=theme.ORANGE,
        )
    step = next((step for step in (0.02, 0.05, 0.1) if (1 - left) / step <= 7), 0.2)
    ax.set_xticks(np.arange(np.ceil(max(left, 0) / step), round(1 / step) + 1) * step)
    percent_axis(ax, "x")
    ax.grid(axis="x")
    ax.tick_params(axis="y", length=0)
    return ax


def _short(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
