"""Where the course's sources contradict each other or themselves, and what the course uses instead."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd

from crmlib.i18n import language


def contradictions() -> pd.DataFrame:
    """The figures of the sources that do not agree.

    Answers: which of the figures I read can I build on?

    Returns
    -------
    DataFrame, one row a figure, by topic
        figure_topic, document (its title), says (in its own words), stated (hours, months, shares or counts as the remark tells), remark,
        course_uses

    Source: the documents named in `document`.

    >>> sorted(contradictions().query("says.str.contains('留存率')").stated)
    [0.8, 0.85]
    """
    tree = tomllib.loads(Path(__file__).with_name("contradictions.toml").read_text("utf-8"))
    tongue = language()
    return pd.DataFrame([
        (topic[f"name_{tongue}"], tree["source"][source], says, float(value), remark, topic[f"uses_{tongue}"])
        for topic in tree["topic"] for source, says, value, remark in topic["says"]
    ], columns=["figure_topic", "document", "says", "stated", "remark", "course_uses"])  # fmt: skip
