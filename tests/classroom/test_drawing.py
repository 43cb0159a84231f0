"""A described figure says where bars stand and reads level lines however matplotlib draws them, also when it is handed over."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from crmlib.classroom.drawing import axes_of, describe
from crmlib.classroom.grading.handover import decode, encode


def here_and_handed_over(ax):
    return describe(axes_of(ax)), decode(encode(ax))


def test_bars_say_where_they_stand():
    upright, lying = Figure().subplots(1, 2)
    upright.bar([3, 1, 2], [30, 10, 20], label="parcels")
    lying.barh([2, 1], [7, 5])
    for drawing in here_and_handed_over(upright):
        assert (drawing.bars[0].at, drawing.bars[0].heights, drawing.bars[0].horizontal) == ((3.0, 1.0, 2.0), (30.0, 10.0, 20.0), False)
    for drawing in here_and_handed_over(lying):
        assert (drawing.bars[0].at, drawing.bars[0].heights, drawing.bars[0].horizontal) == ((2.0, 1.0), (7.0, 5.0), True)


def test_bars_over_dates_stand_in_the_order_of_the_dates():
    ax = Figure().subplots()
    days = pd.to_datetime(["2026-03-09", "2026-03-08"])
    ax.bar(days, [2, 1])
    for drawing in here_and_handed_over(ax):
        later, earlier = drawing.bars[0].at
        assert later - earlier == pytest.approx(1)


@pytest.mark.parametrize(
    "draw",
    [lambda ax: ax.axhline(4.0), lambda ax: ax.hlines(4.0, 0, 2), lambda ax: ax.plot([0, 2], [4.0, 4.0])],
    ids=["axhline", "hlines", "plot"],
)
def test_a_level_line_is_read_however_it_is_drawn(draw):
    ax = Figure().subplots()
    ax.bar([0, 1, 2], [1, 2, 9])
    draw(ax)
    for drawing in here_and_handed_over(ax):
        (line,) = drawing.lines
        assert set(line.y) == {4.0}


def test_upright_lines_are_read_and_dots_are_not_taken_for_lines():
    ax = Figure().subplots()
    ax.vlines([1, 2], 0, 5, label="days")
    ax.scatter([1], [2])
    for drawing in here_and_handed_over(ax):
        assert [line.x for line in drawing.lines] == [(1.0, 1.0), (2.0, 2.0)]
        assert {line.label for line in drawing.lines} == {"days"}
        assert drawing.points == ((1.0, 2.0),)
