"""Sliders as a notebook shows them: the figure is an output of the cell, drawn anew in its place."""

import sys
import types

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from IPython.core import interactiveshell
from IPython.utils.capture import RichOutput

import crmlib as crm
from crmlib import sliders

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_figures():
    plt.close("all")
    yield
    plt.close("all")


def draw(threshold, months=3):
    axes = plt.subplots(figsize=(3, 2))[1]
    axes.axvline(threshold * months)


@pytest.fixture
def notebook(monkeypatch):
    """An IPython with a kernel's way to display: what it shows, by display id, as a front end would keep it."""
    shell, shown = interactiveshell.InteractiveShell(), {}
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
    shell.kernel = types.SimpleNamespace()

    def publish(data, metadata=None, *, transient=None, update=False, **_rest):
        place = (transient or {}).get("display_id", len(shown))
        shown[place] = RichOutput(data=data)

    monkeypatch.setattr(interactiveshell.InteractiveShell, "initialized", classmethod(lambda cls: True))
    monkeypatch.setattr(interactiveshell.InteractiveShell, "instance", classmethod(lambda cls, *args, **options: shell))
    monkeypatch.setattr(shell.display_pub, "publish", publish)
    return shown


def pictures(shown):
    return [output.data["image/png"] for output in shown.values() if "image/png" in output.data]


def test_moving_a_slider_draws_the_figure_anew_in_its_place(notebook, monkeypatch):
    made = []
    monkeypatch.setattr(sliders, "_slider", lambda *given, real=sliders._slider: made.append(real(*given)) or made[-1])
    crm.sliders.try_values(draw, threshold=(0.05, 0.95, 0.05, 0.5), months=(1, 12, 1, 3))
    before = pictures(notebook)
    assert len(notebook) == 2 and len(before) == 1 and not plt.get_fignums()
    assert [type(slider).__name__ for slider in made] == ["FloatSlider", "IntSlider"]
    assert (made[0].readout_format, made[0].step, made[1].value) == (".2f", 0.05, 3)
    made[0].value = 0.8
    after = pictures(notebook)
    assert len(after) == 1 and after != before
    assert [output.data["text/plain"] for output in notebook.values()][1].startswith("threshold: 0.8")


def test_an_error_while_a_slider_moves_is_shown_where_the_figure_was(notebook, monkeypatch):
    made = []
    monkeypatch.setattr(sliders, "_slider", lambda *given, real=sliders._slider: made.append(real(*given)) or made[-1])

    def fragile(x):
        if x > 1:
            raise ValueError("too much")
        return plt.figure()

    crm.sliders.try_values(fragile, x=(0, 5, 1, 1))
    made[0].value = 2
    assert [output.data["text/plain"] for output in notebook.values()][1] == "too much"
    made[0].value = 1
    assert len(pictures(notebook)) == 1


def test_without_ipywidgets_the_notebook_shows_the_figure(notebook, monkeypatch):
    monkeypatch.setattr(sliders.importlib.util, "find_spec", lambda name: None)
    crm.sliders.try_values(draw, threshold=(0.05, 0.95, 0.05, 0.5))
    assert len(notebook) == len(pictures(notebook)) == 1
