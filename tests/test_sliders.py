import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.i18n import use_language

mpl.use("Agg")


@pytest.fixture(autouse=True)
def no_figures():
    yield
    plt.close("all")


def draw(threshold, months=3):
    axes = plt.subplots(figsize=(3, 2))[1]
    axes.axvline(threshold * months)


def test_outside_a_notebook_the_figure_is_drawn_at_the_start_values():
    assert crm.sliders.try_values(draw, threshold=(0.05, 0.95, 0.05, 0.5), labels={"threshold": "cut"}) is None
    assert plt.gcf().get_supxlabel() == "cut: 0.5"
    assert plt.gcf().axes[0].lines[0].get_xdata()[0] == 1.5


def test_axes_figures_and_figures_of_one_s_own_are_all_taken():
    spare = plt.figure()
    for function in (lambda x: plt.figure().add_subplot(), lambda x: plt.figure(), lambda x: draw(x)):
        crm.sliders.try_values(function, x=(0, 10, 1, 4))
        assert plt.gcf().get_supxlabel().endswith("4") and plt.gcf() is not spare
    assert spare.get_supxlabel() == ""


@settings(deadline=None, max_examples=20)
@given(st.integers(-50, 50), st.sampled_from([0.01, 0.05, 0.1, 0.25, 1, 2]), st.integers(1, 40), st.integers(0, 40))
def test_every_step_of_a_slider_may_be_its_start(low, step, steps, place):
    start = low + min(place, steps) * step
    crm.sliders.try_values(lambda x: plt.figure(1, clear=True), x=(low, low + steps * step, step, start))
    assert plt.figure(1).get_supxlabel() == f"x: {start:g}"


def test_labels_are_a_mapping():
    with pytest.raises(ValueError, match="labels must name"):
        crm.sliders.try_values(draw, labels=5, threshold=(0, 1, 0.1, 0.5))


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("function", "values", "word"),
    [
        (draw, {}, "threshold="),
        ("draw", {"x": (0, 1, 0.1, 0)}, "str"),
        (draw, {"threshold": 0.5}, "threshold"),
        (draw, {"threshold": (0, 1, 0.1)}, "threshold"),
        (draw, {"threshold": (0, 1, 0.1, "x")}, "threshold"),
        (draw, {"threshold": (1, 0, 0.1, 0.5)}, "threshold"),
        (draw, {"threshold": (0, 1, 0, 0.5)}, "threshold"),
        (draw, {"threshold": (0, 1, 0.1, 2)}, "threshold"),
        (draw, {"threshold": (0, 1, 0.1, 0.55)}, "0.55"),
        (draw, {"limit": (0, 1, 0.1, 0.5)}, "limit"),
        (lambda x: None, {"x": (0, 1, 0.1, 0.5)}, "try_values"),
    ],
)
def test_bad_input_ends_in_a_sentence(language, function, values, word):
    use_language(language)
    with pytest.raises(ValueError, match=word):
        crm.sliders.try_values(function, **values)
