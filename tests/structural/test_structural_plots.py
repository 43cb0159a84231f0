"""The picture of a path model and the map of importance and performance."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyBboxPatch
from test_structural_model import BLOCKS, PATHS, people

from crmlib import theme
from crmlib.i18n import use_language
from crmlib.plotting import construct_map, plot_paths
from crmlib.structural import bootstrap_paths, importance_performance_map, path_model


@pytest.fixture(scope="module")
def result():
    return path_model(people(1, 60), paths=PATHS, blocks=BLOCKS)


@pytest.fixture(scope="module")
def intervals(result):
    return bootstrap_paths(result, resamples=200, rng=1)


@pytest.fixture(autouse=True)
def house_style():
    theme.apply()
    yield
    plt.close("all")


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_every_construct_path_and_share_is_drawn(result):
    ax = result.plot()
    codes = {patch.get_gid() for patch in ax.patches}
    assert codes == {*BLOCKS, *(f"{driver}>{target}" for driver, target in PATHS)}
    for size in result.paths["coefficient"]:
        assert f"{size:.2f}".replace("-", "−") in words(ax)
    assert sum("R^2" in word for word in words(ax)) == 3


def test_unsure_paths_are_dashed_and_strong_ones_thick(result, intervals):
    ax = intervals.plot()
    order = sorted(result.paths.itertuples(), key=lambda row: -abs(row.coefficient))
    widths = sorted((line.get_linewidth() for line in ax.lines), reverse=True)
    assert widths == pytest.approx([0.8 + 4 * abs(row.coefficient) for row in order])
    assert sum(line.get_linestyle() != "-" for line in ax.lines) == (~intervals.paths["clear"]).sum() > 0
    assert any("includes 0" in word for word in words(ax))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_boxes_stand_apart_and_numbers_beside_them(result, language):
    use_language(language)
    renamed = {"image": "Reputation", "quality": "Work", "value": "Worth", "satisfaction": "Joy"}
    paths = [(renamed[driver], renamed[target]) for driver, target in PATHS]
    own = path_model(people(1, 60), paths=paths, blocks={renamed[name]: block for name, block in BLOCKS.items()})
    for model in (result, own):
        ax = plot_paths(model)
        ax.figure.canvas.draw()
        boxes = [patch.get_window_extent() for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
        numbers = [text.get_window_extent() for text in ax.texts if text.get_bbox_patch() is not None]
        together = [*boxes, *numbers]
        assert not any(one.overlaps(two) for place, one in enumerate(together) for two in together[place + 1 :])
        frame = ax.get_window_extent()
        assert all(frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1 and frame.y0 - 1 <= box.y0 and box.y1 <= frame.y1 + 1 for box in boxes)


def test_places_of_ones_own(result):
    places = {"image": (0, 0), "quality": (1, 1), "value": (0, 2), "satisfaction": (2, 1)}
    _figure, ax = plt.subplots()
    assert plot_paths(result, places=places, ax=ax) is ax
    with pytest.raises(ValueError, match='no place for "quality"'):
        plot_paths(result, places={"image": (0, 0)})


def test_the_map_names_every_construct(result):
    found = importance_performance_map(result, low=-20, high=40)
    ax = found.plot()
    assert {"image", "quality", "value", "mend first", "keep it up"} <= set(words(ax)) and "satisfaction" in ax.get_xlabel()
    np.testing.assert_allclose(ax.collections[0].get_offsets(), found.table[["importance", "performance"]])
    use_language("zh")
    assert "满意度" in construct_map(found).get_xlabel()


def test_what_is_refused(result, intervals):
    other = path_model(people(1, 60), paths=PATHS[:3], blocks=BLOCKS)
    for wrong, message in ((lambda: plot_paths(BLOCKS), "path_model"), (lambda: plot_paths(other, intervals=intervals), "same model"),
                           (lambda: construct_map(result), "importance_performance_map")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            wrong()
