"""While grading, figures are drawn once: the picture must be the one that a notebook shows."""

import base64

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core import pylabtools

from crmlib.classroom.grading.drawn_once import draw_once


def bars():
    _figure, ax = plt.subplots(layout="constrained")
    ax.bar(["A", "B", "C"], [3, 2, 1])
    ax.set(title="Customers", xlabel="class", ylabel="yuan")


def panels():
    figure, grid = plt.subplots(2, 2, layout="constrained", figsize=(6, 4))
    for ax in grid.flat:
        ax.imshow(np.arange(9).reshape(3, 3))
    figure.suptitle("four")


def two_scales():
    figure, ax = plt.subplots(figsize=(9, 3), layout="constrained")
    ax.plot([1, 2, 5])
    ax.twinx().plot([30, 10, 20], color="red")
    figure.patch.set_facecolor("#ddeeff")


def bare():
    _figure, ax = plt.subplots(figsize=(3, 3), layout="constrained")
    ax.axis("off")
    ax.text(0.5, 0.5, "hello")


def over_the_edge():
    _figure, ax = plt.subplots(layout="constrained")
    ax.plot([1, 2], label="x")
    ax.set_title("a title much too long for its figure " * 5)
    ax.figure.text(1.3, 0.5, "outside")


def legend_outside():
    figure, ax = plt.subplots(layout="constrained")
    ax.plot([1, 2], label="a long name")
    figure.legend(loc="outside right upper")
    ax.legend(loc="best")


def no_layout():
    _figure, ax = plt.subplots(layout="none")
    ax.pie([1, 2, 3], labels=list("abc"))


def colour_bar():
    figure, ax = plt.subplots(layout="constrained")
    figure.colorbar(ax.imshow(np.arange(9).reshape(3, 3)), ax=ax)


def inside():
    _figure, ax = plt.subplots(layout="constrained")
    ax.plot([1, 2])
    ax.inset_axes([0.5, 0.5, 0.4, 0.4]).plot([2, 1])


@pytest.fixture
def once(monkeypatch):
    """What takes the place of IPython's function; that one is put back afterwards."""
    monkeypatch.setattr(pylabtools, "print_figure", pylabtools.print_figure)
    draw_once()
    yield pylabtools.print_figure
    plt.close("all")


TWICE = pylabtools.print_figure


def shown(draw, show, **how) -> tuple[bytes, int]:
    """The picture, and how often the figure was really painted or measured."""
    draw()
    figure, times = plt.gcf(), []
    figure.canvas.mpl_connect("draw_event", times.append)
    picture = show(figure, "png", **how)
    plt.close(figure)
    return picture, len(times)


@pytest.mark.parametrize("draw", [bars, panels, two_scales, bare, over_the_edge, legend_outside, inside])
def test_one_drawing_gives_the_very_picture_that_two_give(once, draw):
    matplotlib.use("agg")
    assert (*shown(draw, once), 2) == (shown(draw, TWICE)[0], 1, shown(draw, TWICE)[1])


@pytest.mark.parametrize("draw", [no_layout, colour_bar])
def test_what_the_first_drawing_settles_is_drawn_as_ever(once, draw):
    matplotlib.use("agg")
    assert shown(draw, once) == shown(draw, TWICE)


def test_other_ways_of_showing_are_left_alone(once):
    matplotlib.use("agg")
    assert shown(bars, once, bbox_inches=None)[0] == shown(bars, TWICE, bbox_inches=None)[0]
    assert shown(bars, once, dpi=40)[0] == shown(bars, TWICE, dpi=40)[0]
    assert base64.b64decode(shown(bars, once, base64=True)[0]) == shown(bars, once)[0]
    assert once(plt.figure()) is None


def test_a_figure_that_cannot_be_drawn_fails_as_it_would_in_a_notebook(once):
    matplotlib.use("agg")
    for show in (once, TWICE):
        _figure, ax = plt.subplots()
        ax.set_title("$\\frac{1}{$")
        with pytest.raises(ValueError, match="frac"):
            show(plt.gcf(), "png")


def test_the_layout_is_the_learners_again_afterwards(once):
    matplotlib.use("agg")
    over_the_edge()
    engine = plt.gcf().get_layout_engine()
    once(plt.gcf(), "png")
    assert plt.gcf().get_layout_engine() is engine is not None
