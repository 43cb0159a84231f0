import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from satisfaction.survey_world import survey

from crmlib import plotting, theme
from crmlib.i18n import use_language
from crmlib.plotting.label_places import place_labels
from crmlib.satisfaction import (
    experience_index,
    importance_performance,
    importance_weights,
    index_score,
    index_tree,
    kano,
    servqual_gaps,
)  # fmt: skip


@pytest.fixture(scope="module")
def results() -> dict[str, object]:
    answers = survey()[0]
    return {
        "index_scores": index_score(answers), "importance_weights": importance_weights(answers, resamples=100, rng=1),
        "importance_performance": importance_performance(answers, resamples=100, rng=1), "servqual_gaps": servqual_gaps(answers),
        "kano_better_worse": kano(answers), "experience_change": experience_index(answers, mix="market"), "weights_of_tree": index_tree(),
    }  # fmt: skip


@pytest.fixture(autouse=True)
def house_style():
    with plt.rc_context():
        theme.apply()
        yield
    plt.close("all")


def words(ax: plt.Axes) -> str:
    return " ".join([*(text.get_text() for text in ax.texts), *(tick.get_text() for tick in (*ax.get_yticklabels(), *ax.get_xticklabels())),
                     ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")])  # fmt: skip


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("index_scores", "after-sales", "售后"), ("importance_weights", "customers say", "客户自己说"),
        ("importance_performance", "mend first", "先改进"), ("servqual_gaps", "responsiveness", "响应性"),
        ("kano_better_worse", "live tracking", "实时轨迹"), ("experience_change", "other people answering", "回答的人变了"),
        ("weights_of_tree", "teaching weights", "教学权重"),
    ],
)  # fmt: skip
def test_every_result_draws_itself_in_both_languages(results, name, english, chinese):
    assert english in words(results[name].plot())
    use_language("zh")
    assert chinese in words(results[name].plot())
    ax = plt.subplots()[1]
    assert getattr(plotting, name)(results[name], ax=ax) is ax
    with pytest.raises(ValueError, match=r"crm\.satisfaction\."):
        getattr(plotting, name)(pd.DataFrame({"a": [1]}))


def test_the_trend_shows_scores_and_periods_with_too_few_answers(results):
    few = survey()[0].copy()
    few.loc[few.index[:3], "wave"] = 0
    told = words(plotting.experience_trend(experience_index(few)))
    assert "too few" in told and "wave 2" in told
    with pytest.raises(ValueError, match="experience_index"):
        plotting.experience_trend(3)


def boxes(ax: plt.Axes, notes: list) -> np.ndarray:
    ax.figure.draw_without_rendering()
    return np.array([note.get_window_extent().extents for note in notes])


def overlaps(first: np.ndarray, second: np.ndarray) -> bool:
    return bool((np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2]) > 0.5).all())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ["importance_performance", "kano_better_worse"])
def test_no_label_covers_another_label(results, name, language):
    use_language(language)
    ax = results[name].plot()
    found = boxes(ax, [text for text in ax.texts if text.get_text()])
    assert not any(overlaps(found[one], found[other]) for one in range(len(found)) for other in range(one))


def test_eighteen_crowded_labels_are_kept_apart():
    rng = np.random.default_rng(5)
    ax = plt.subplots(figsize=(7.2, 6))[1]
    x, y = rng.uniform(0.35, 0.65, 18), rng.uniform(0.35, 0.65, 18)
    ax.set(xlim=(0, 1), ylim=(0, 1))
    found = boxes(ax, place_labels(ax, x, y, [f"point {number}" for number in range(18)], colours=["k"] * 18))
    assert not any(overlaps(found[one], found[other]) for one in range(18) for other in range(one))
    frame = ax.get_window_extent().extents
    assert (found[:, :2] >= frame[:2] - 1).all() and (found[:, 2:] <= frame[2:] + 1).all()


def test_results_without_intervals_can_be_drawn_too():
    one = index_tree({"about": {"low": 1, "high": 10}, "t": {"a": {"weight": 1, "column": "a"}}})
    assert index_score(pd.DataFrame({"a": [7]}), one).plot().has_data()
    assert servqual_gaps(pd.DataFrame({"x_1_expected": [6], "x_1_perceived": [5]})).plot().has_data()
    assert kano(pd.DataFrame({"f_with": [1], "f_without": [5]})).plot().has_data()
    with pytest.raises(ValueError, match="nothing to draw"):
        kano(pd.DataFrame({"f_with": [5], "f_without": [1]})).plot()
