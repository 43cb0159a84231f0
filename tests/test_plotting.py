import itertools
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import matplotlib.text
import numpy as np
import pandas as pd
import pytest

import crmlib as crm
from crmlib import plotting, segments

mpl.use("Agg")
TODAY = pd.Timestamp("2026-11-01")


@pytest.fixture(autouse=True, params=["zh", "en"])
def language(request):
    crm.setup(request.param)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield request.param
    plt.close("all")
    crm.setup("en")


@pytest.fixture(scope="module")
def revenue() -> pd.Series:
    amounts = np.random.default_rng(4).lognormal(4, 1.5, 500)
    return pd.Series(amounts, index=[f"C{number:05d}" for number in range(500)])


@pytest.fixture(scope="module")
def classes(revenue) -> pd.DataFrame:
    return segments.abc_classes(revenue)


@pytest.fixture(scope="module")
def scores(revenue) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    activity = pd.DataFrame({
        "last_on": TODAY - pd.to_timedelta(rng.integers(0, 365, 500), unit="D"),
        "parcels": rng.geometric(0.05, 500),
        "revenue_yuan": revenue.to_numpy(),
    }, index=revenue.index)  # fmt: skip
    return segments.rfm(activity, today=TODAY)


@pytest.fixture(scope="module")
def abcd(revenue) -> pd.Series:
    rng = np.random.default_rng(6)
    margin = revenue * rng.uniform(0, 0.6, 500)
    columns = {"margin_yuan": margin, "fast_share": rng.random(500), "expected_growth": rng.normal(0.1, 0.2, 500)}
    return segments.value_need_potential(pd.DataFrame(columns)).abcd


@pytest.fixture(scope="module")
def moves(revenue, classes) -> segments.Migration:
    before = revenue * np.random.default_rng(7).lognormal(0, 0.6, 500)
    return segments.segment_migration(segments.abc_classes(before[before.index[:460]]).abc, classes.abc.drop(classes.index[100:140]))


@pytest.fixture(scope="module")
def groups(scores) -> segments.Clusters:
    table = scores.assign(margin_yuan=scores.monetary * 0.2 - 5, fast_share=np.linspace(0, 1, 500))
    return segments.cluster_customers(table, columns=["frequency", "monetary", "margin_yuan", "fast_share"], k=4, rng=1)


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def written(ax) -> list:
    """Every piece of text that a reader sees."""
    found = [*ax.texts, ax.title, ax._left_title]
    for axis in (ax.xaxis, ax.yaxis):
        if axis.get_visible():
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            found += [axis.label, *(label for tick in ticks for label in (tick.label1, tick.label2) if label.get_visible())]
    return [text for text in found if text.get_text().strip() and text.get_visible()]


def box_of(text) -> mpl.transforms.Bbox:
    """Where the words stand; the line that leads from an annotation to its point may cross what it likes."""
    return mpl.text.Text.get_window_extent(text)


def assert_legible(ax) -> None:
    """No text lies on another or leaves the figure, none is tiny, and every glyph is there (a missing one warns, and warnings fail)."""
    figure = ax.figure
    figure.canvas.draw()
    boxes = [(text.get_text(), box_of(text)) for text in written(ax)]
    for (first, box), (second, other) in itertools.combinations(boxes, 2):
        width = min(box.x1, other.x1) - max(box.x0, other.x0)
        height = min(box.y1, other.y1) - max(box.y0, other.y0)
        assert width <= 1 or height <= 1, f"{first!r} lies on {second!r}"
    for name, box in boxes:
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1, f"{name!r} is cut off"
    assert min(text.get_fontsize() for text in written(ax)) >= 9


class TestPareto:
    def test_shows_the_curve_and_the_reached_value(self, classes, language):
        ax = plotting.pareto(classes)
        reached = classes.cumulative_share.iloc[99]
        curve = ax.lines[0].get_xydata()
        assert curve[0].tolist() == [0, 0] and curve[-1].tolist() == [1, 1]
        assert curve[100].tolist() == pytest.approx([0.2, reached])
        assert any(f"{reached:.1%}" in text and "20%" in text for text in words(ax))
        assert {"A", "B", "C"} <= set(words(ax))
        assert ax.get_xlabel() == {"zh": "客户累计占比（按收入从高到低）", "en": "Share of customers, largest first"}[language]
        assert ax.xaxis.get_major_formatter()(0.2) == "20%" and ax.yaxis.get_major_formatter()(1.0) == "100%"
        assert ax.get_legend() is None
        assert_legible(ax)

    def test_the_bands_are_as_wide_as_the_classes(self, classes):
        edges = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in plotting.pareto(classes).patches]
        assert np.allclose(edges, [(0, 0.05), (0.05, 0.2), (0.2, 1)])

    @pytest.mark.parametrize("guess", [0, 12, 50, 66.6, np.int64(70), 72, 74, 76, 78, 80, 82, 89, 90, 100])
    def test_a_guess_is_drawn_and_covers_nothing(self, classes, guess):
        ax = plotting.pareto(classes, guess_percent=guess)
        dashed = [line for line in ax.lines if line.is_dashed() and set(np.round(line.get_ydata(), 9)) == {round(float(guess) / 100, 9)}]
        assert len(dashed) == 1
        assert any(f"{float(guess):g}%" in text for text in words(ax))
        assert_legible(ax)
        ax.figure.canvas.draw()
        label = next(text for text in ax.texts if text.get_fontweight() == "bold" and "%" in text.get_text())
        label = box_of(label)
        line = ax.transData.transform((0, float(guess) / 100))[1]
        assert not label.y0 < line < label.y1, "the line of the guess runs through the label"

    @pytest.mark.parametrize("b_share", [0.1, 0.3, 0.5, 0.7, 0.9])
    def test_other_shares_and_unequal_customers(self, revenue, b_share):
        for values in (revenue, revenue * 0 + 5, revenue**3):
            ax = plotting.pareto(segments.abc_classes(values, b_share=b_share), guess_percent=45)
            assert any(f"{b_share:.0%}" in text for text in words(ax))
            assert_legible(ax)

    def test_few_customers(self):
        for count in (1, 2, 5):
            ax = plotting.pareto(segments.abc_classes(pd.Series(range(1, count + 1))), guess_percent=80)
            assert_legible(ax)

    @pytest.mark.parametrize("guess", [0.5, -3, 101, "50", float("nan"), [50], True])
    def test_a_guess_that_is_no_percentage_is_refused(self, classes, guess, language):
        with pytest.raises(ValueError) as caught:
            plotting.pareto(classes, guess_percent=guess)
        assert str(caught.value).startswith("guess_percent") and "50%" in str(caught.value)

    @pytest.mark.parametrize("guess", ["80", "80%"])
    def test_a_guess_in_quotation_marks_is_told_to_lose_them(self, classes, guess, language):
        with pytest.raises(ValueError) as caught:
            plotting.pareto(classes, guess_percent=guess)
        assert {"zh": "去掉引号", "en": "Remove the quotation marks"}[language] in str(caught.value)
        assert guess in str(caught.value)

    def test_another_table_is_refused(self, revenue):
        with pytest.raises(ValueError, match="cumulative_share"):
            plotting.pareto(revenue.to_frame("revenue"))
        with pytest.raises(ValueError, match="crm.segments.abc_classes"):
            plotting.pareto(revenue)

    def test_draws_on_given_axes_and_changes_nothing(self, classes):
        figure, axes = plt.subplots(1, 2)
        before = classes.copy(deep=True)
        assert plotting.pareto(classes, ax=axes[1]) is axes[1]
        assert not axes[0].lines
        pd.testing.assert_frame_equal(classes, before)


class TestConcentration:
    def test_shows_the_estimate_its_interval_and_gini(self, revenue):
        result = segments.concentration(revenue, rng=1)
        ax = result.plot()
        texts = " ".join(words(ax))
        for number in (f"{result.revenue_share:.1%}", f"{result.low:.1%}", f"{result.high:.1%}", f"{result.gini:.2f}", "95%", "20%"):
            assert number in texts
        assert_legible(ax)

    def test_equal_customers(self):
        assert_legible(segments.concentration(pd.Series([5.0] * 30), rng=1).plot())

    def test_something_else_is_refused(self, classes):
        with pytest.raises(ValueError, match="crm.segments.concentration"):
            plotting.concentration(classes)


class TestBars:
    def test_class_shares(self, classes, language):
        summary = segments.class_summary(classes.abc, classes.revenue)
        ax = plotting.class_shares(summary)
        lengths = [patch.get_width() for patch in ax.patches]
        assert lengths == pytest.approx([*summary.customer_share, *summary.revenue_share])
        wanted = "客户的 80.0%" if language == "zh" else "80.0% of customers"
        assert wanted in words(ax)
        assert [text.get_text()[0] for text in ax.get_yticklabels()] == ["A", "B", "C"]
        assert ax.get_legend() is None
        assert_legible(ax)

    def test_a_class_without_customers(self):
        kinds = pd.Series(pd.Categorical(["corporate"], categories=["e_commerce", "corporate", "walk_in"]), index=["c1"], name="market")
        ax = plotting.class_shares(segments.class_summary(kinds, pd.Series({"c1": 5.0})))
        assert_legible(ax)

    def test_labels_come_from_the_schema(self, language):
        state = pd.Series([5, 3, 1], index=pd.Index(["loyal", "lost", "new"], name="state"))
        ax = plotting.bars(state)
        names = [text.get_text() for text in ax.get_yticklabels()]
        assert names == [crm.company.label(code, "state") for code in state.index]
        assert names[0] == {"zh": "忠诚客户", "en": "loyal customer"}[language]
        assert_legible(ax)

    def test_numbers(self):
        assert words(plotting.bars(pd.Series({"a": 1234, "b": -5}))) == ["1,234", "−5"]
        assert words(plotting.bars(pd.Series({"a": 0.5, "b": -0.125}), percent=True)) == ["50.0%", "−12.5%"]
        assert words(plotting.bars(pd.Series({"a": 1234.6, "b": 2.346, "c": None}))) == ["1,235", "2.35", "–"]
        for series in (pd.Series({"a": -3.0, "b": -8.5}), pd.Series({"a": 0, "b": 0}), pd.Series({"a": 7})):
            assert_legible(plotting.bars(series))

    @pytest.mark.parametrize("given", [[1, 2], pd.Series(["a"]), pd.Series(dtype=float), pd.DataFrame({"a": [1]})])
    def test_something_else_is_refused(self, given):
        with pytest.raises(ValueError):
            plotting.bars(given)

    def test_another_table_is_refused(self, classes):
        with pytest.raises(ValueError, match="customer_share"):
            plotting.class_shares(classes)


class TestGrids:
    def test_migration(self, moves, language):
        ax = moves.plot()
        assert_legible(ax)
        cells = [text.split("\n")[0] for text in words(ax)]
        for row in moves.counts.index:
            for column in moves.counts.columns:
                if (row, column) != ("new", "left"):
                    assert f"{moves.counts.loc[row, column]:,}" in cells
        assert len(ax.patches) == 15
        rows, columns = ([text.get_text() for text in labels] for labels in (ax.get_yticklabels(), ax.get_xticklabels()))
        assert rows[:3] == columns[:3] == [crm.company.label(letter, "abc") for letter in "ABC"]
        assert (rows[3], columns[3]) == {"zh": ("新来", "离开"), "en": ("came", "left")}[language]

    def test_up_is_blue_and_down_is_orange(self, moves):
        cells = {(round(patch.get_y() + 0.5), round(patch.get_x() + 0.5)): patch.get_facecolor() for patch in moves.plot().patches}
        red, _green, blue, _alpha = cells[1, 0]
        assert blue > red, "B to A is up"
        red, _green, blue, _alpha = cells[0, 1]
        assert red > blue, "A to B is down"

    def test_class_cross(self, classes, abcd):
        table = pd.crosstab(classes.abc, abcd)
        ax = plotting.class_cross(table)
        assert_legible(ax)
        assert words(ax)[:-1] == [f"{count:,}" for count in table.to_numpy().ravel()]
        assert ax.get_ylabel() == segments.segment_label("abc") and ax.get_xlabel() == segments.segment_label("abcd")

    def test_wide_and_long_cross_tables(self, scores, abcd, classes):
        assert_legible(plotting.class_cross(pd.crosstab(scores.group, classes.abc)))
        assert_legible(plotting.class_cross(pd.crosstab(classes.abc, scores.group)))
        assert_legible(segments.segment_migration(abcd, abcd.iloc[5:]).plot())

    def test_cross_table_of_own_classes(self):
        table = pd.DataFrame([[1, 0], [0, 0]], index=["mine", "yours"], columns=["x", "y"])
        ax = plotting.class_cross(table)
        assert [text.get_text() for text in ax.get_yticklabels()] == ["mine", "yours"]
        assert_legible(ax)

    @pytest.mark.parametrize("cells", [["a"], [-1], [float("nan")], []])
    def test_no_counts_no_cross_table(self, cells):
        with pytest.raises(ValueError):
            plotting.class_cross(pd.DataFrame({"x": cells}))

    def test_rfm_grid(self, scores):
        ax = plotting.rfm_grid(scores)
        assert_legible(ax)
        best = scores.query("r == 5 and f == 5")
        share = best.monetary.sum() / scores.monetary.sum()
        corner = next(text for text in ax.texts if text.get_position() == (4, 0))
        assert corner.get_text() == f"{len(best)}\n{share:.1%}"
        assert [text.get_text() for text in ax.get_yticklabels()] == ["5", "4", "3", "2", "1"]
        assert sum(int(text.get_text().split("\n")[0]) for text in ax.texts if text.get_text() != "–") == len(scores)

    def test_clusters(self, groups):
        ax = groups.plot()
        assert_legible(ax)
        assert len(ax.patches) == 16
        assert any("−" in text for text in words(ax)) == bool((groups.profile.margin_yuan < 0).any())
        share = groups.profile.fast_share.iloc[0]
        assert f"{share:.0%}" in words(ax)

    @pytest.mark.parametrize("draw", [plotting.migration, plotting.clusters])
    def test_something_else_is_refused(self, draw, classes):
        with pytest.raises(ValueError, match="crm.segments"):
            draw(classes)

    def test_rfm_grid_needs_scores(self, classes):
        with pytest.raises(ValueError, match="monetary"):
            plotting.rfm_grid(classes)
