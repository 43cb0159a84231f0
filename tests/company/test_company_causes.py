"""The causal diagram is that of the program: every effect has its arrow, every arrow its parameter, and the picture can be read."""

import dataclasses
import itertools
import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import crmlib as crm
from crmlib.company import Scenario, causal
from crmlib.company.cards import cards
from crmlib.company.causal import NODES, PLAIN, UNITS, causes, node_label, pairs
from crmlib.company.churn import COVARIATES
from crmlib.company.company import shipped_folder
from crmlib.company.diagram import diagrams, shown
from crmlib.company.schema import TABLES
from crmlib.i18n import language, use_language
from crmlib.plotting import causal as drawing
from crmlib.plotting import causes as draw

mpl.use("Agg")
TABLE = causes()


def _parameter(name: str) -> str:
    return name.split("[")[0]


def test_every_parameter_is_an_effect_with_an_arrow_or_plain_with_a_reason():
    known = set(Scenario.table().index)
    effects = {_parameter(name) for name in TABLE["parameter"]}
    plain = [name for names in PLAIN.values() for name in names.split()]
    assert len(plain) == len(set(plain)) and not effects & set(plain)
    assert effects | set(plain) == known, (known - effects - set(plain), effects | set(plain) - known)


def test_every_path_and_every_hazard_ratio_has_its_own_arrow():
    scenario = Scenario()
    for (cause, effect), size in scenario.satisfaction.paths.items():
        row = TABLE[TABLE["parameter"] == f"satisfaction.paths[{cause}, {effect}]"].iloc[0]
        assert row["effect"] == effect and abs(row["value"]) == abs(size)
        assert row["cause"] == ("faults" if cause == "experience" else cause)
    for name in COVARIATES:
        row = TABLE[TABLE["parameter"] == f"churn.effects[{name}]"].iloc[0]
        assert row["effect"] == "churn" and row["value"] == scenario.churn.effects[name]


def test_the_table_is_tidy():
    assert list(TABLE) == ["cause", "effect", "parameter", "value", "sign", "unit", "mark", "zh", "en"]
    assert set(TABLE["cause"]) | set(TABLE["effect"]) == set(NODES)
    assert set(TABLE["unit"]) == set(UNITS)
    assert (TABLE["cause"] != TABLE["effect"]).all() and not TABLE.duplicated(["cause", "effect", "parameter"]).any()
    assert TABLE["zh"].str.contains("[一-鿿]").all() and not TABLE["en"].str.contains("[一-鿿]").any()
    marks = Scenario.table()["mark"]
    assert (TABLE["mark"] == TABLE["parameter"].map(_parameter).map(marks)).all()
    assert set(TABLE["sign"]) == {"+", "−", "±"} and len(NODES) <= 26
    assert crm.company.causes().equals(TABLE)


@pytest.mark.parametrize(("cause", "effect", "sign"), [
    ("faults", "quality", "−"), ("quality", "satisfaction", "+"), ("satisfaction", "churn", "−"), ("price_gap", "churn", "+"),
    ("leaving", "churn", "+"), ("notices", "calls", "−"), ("notices", "churn", "−"), ("credit", "overdue", "−"),
    ("conditions", "faults", "+"),
    ("faults", "calls", "+"), ("calls", "queue", "+"), ("satisfaction", "complaint", "−"), ("complaint", "loyalty", "−"),
    ("satisfaction", "loyalty", "+"), ("offers", "churn", "−"), ("market", "churn", "−"), ("selling", "won", "±"),
])  # fmt: skip
def test_causes_run_as_in_life(cause, effect, sign):
    found = pairs(TABLE).set_index(["cause", "effect"])["sign"]
    assert found[cause, effect] == sign


def test_signs_and_sizes_follow_the_parameters():
    scenario = Scenario()
    other = dataclasses.replace(
        scenario, calls=dataclasses.replace(scenario.calls, notice_cut=-0.2),
        churn=dataclasses.replace(scenario.churn, effects=scenario.churn.effects | {"notices": 0.0, "price_gap": -1.0}),
    )  # fmt: skip
    found = causes(other).set_index("parameter")
    assert found.sign["calls.notice_cut"] == "+" and found.value["calls.notice_cut"] == 0.2
    assert found.sign["churn.effects[notices]"] == "0" and found.sign["churn.effects[price_gap]"] == "−"
    drawn = pairs(causes(other))
    assert not ((drawn["cause"] == "notices") & (drawn["effect"] == "churn")).any()
    assert len(drawn) == len(pairs(TABLE)) - 1


def test_an_effect_that_both_helps_and_harms_is_drawn_as_both():
    table = pd.DataFrame({"cause": ["a"] * 3, "effect": ["b"] * 3, "parameter": list("xyz"), "sign": ["+", "−", "±"]})
    assert pairs(table)["sign"].tolist() == ["±"] and pairs(table.iloc[[0, 2]])["sign"].tolist() == ["+"]
    assert pairs(table.iloc[[2]])["sign"].tolist() == ["±"] and pairs(table)["effects"].tolist() == [3]


def test_nodes_are_named_in_the_active_language():
    assert node_label("churn") == "Churn" and node_label("my own") == "my own"
    use_language("zh")
    assert node_label("churn") == "流失"


# The picture


@pytest.fixture(params=["zh", "en"])
def picture(request):
    crm.setup(request.param)
    ax = draw(TABLE)
    ax.figure.canvas.draw()
    yield ax
    plt.close("all")


def test_every_pair_is_one_arrow_and_every_node_one_box(picture):
    arrows = {line.get_gid() for line in picture.lines if line.get_gid()}
    assert arrows == {f"{row.cause}>{row.effect}" for row in pairs(TABLE).itertuples()}
    assert {patch.get_gid() for patch in picture.patches if patch.get_gid()} == set(NODES) == set(drawing.PLACES)
    texts = [text.get_text().replace("\n", " ") for text in picture.texts]
    assert {node_label(code) for code in NODES} <= {*texts, *(text.replace(" ", "") for text in texts)}


def test_signs_differ_in_colour_and_in_line(picture):
    looks = {}
    signs = {f"{row.cause}>{row.effect}": row.sign for row in pairs(TABLE).itertuples()}
    for line in picture.lines:
        if line.get_gid():
            looks.setdefault(signs[line.get_gid()], set()).add((line.get_color(), str(line._dash_pattern)))
    assert all(len(look) == 1 for look in looks.values()) and len(looks) == 3
    assert len({colour for ((colour, _dashes),) in looks.values()}) == len({dashes for ((_colour, dashes),) in looks.values()}) == 3


def test_no_arrow_runs_through_a_box_or_out_of_the_picture(picture):
    boxes = {patch.get_gid(): patch.get_window_extent() for patch in picture.patches if patch.get_gid()}
    frame = picture.get_window_extent()
    for line in picture.lines:
        if not line.get_gid():
            continue
        points = picture.transData.transform(line.get_xydata())
        dense = np.concatenate([np.linspace(a, b, 6) for a, b in itertools.pairwise(points)])
        for code, box in boxes.items():
            if code not in line.get_gid().split(">"):
                assert not any(box.contains(x, y) for x, y in dense), (line.get_gid(), code)
        assert frame.x0 <= dense[:, 0].min() and dense[:, 0].max() <= frame.x1, line.get_gid()
        assert frame.y0 <= dense[:, 1].min() and dense[:, 1].max() <= frame.y1, line.get_gid()


def test_words_stay_in_their_boxes_and_boxes_apart(picture):
    boxes = {patch.get_gid(): patch.get_window_extent() for patch in picture.patches if patch.get_gid()}
    labels = [text for text in picture.texts if text.get_ha() == "center"]
    assert len(labels) == len(boxes)
    for text in labels:
        inside = text.get_window_extent()
        assert any(box.x0 < inside.x0 and inside.x1 < box.x1 and box.y0 < inside.y0 and inside.y1 < box.y1 for box in boxes.values()), text
    for one, other in itertools.combinations(boxes.values(), 2):
        assert not one.overlaps(other)


def test_words_do_not_overlap(picture):
    everything = [text.get_window_extent() for text in picture.texts if text.get_text()]
    for one, other in itertools.combinations(everything, 2):
        assert not one.overlaps(other)


def test_a_drawing_is_put_where_it_is_wanted():
    figure, ax = plt.subplots(figsize=(5, 4))
    assert draw(TABLE, ax=ax) is ax and tuple(figure.get_size_inches()) == (5, 4)
    plt.close("all")


def test_a_node_without_a_place_and_a_wrong_table_are_told():
    use_language("en")
    strange = TABLE.assign(effect=TABLE["effect"].where(TABLE.index > 0, "moon"))
    with pytest.raises(ValueError, match="no place for"):
        draw(strange)
    with pytest.raises(ValueError, match="sign"):
        draw(TABLE.drop(columns="sign"))
    plt.close("all")


# The files


@pytest.fixture(scope="module")
def files():
    return diagrams()


def test_the_shipped_diagrams_show_what_the_program_says(files):
    for name, svg in files.items():
        assert shown((shipped_folder() / name).read_text("utf-8")) == shown(svg)


def test_diagrams_hold_boxes_arrows_and_words_of_their_language(files):
    for name, svg in files.items():
        place = 0 if "zh" in name else 1
        seen = shown(svg)
        assert {f"{row.cause}>{row.effect}" for row in pairs(TABLE).itertuples()} <= seen and set(NODES) <= seen
        words = "|".join(seen)
        for labels in NODES.values():
            assert all(word in words for word in re.split("[、 ]", labels[place]))
        assert "<text" not in svg and len(svg) < 2**20


def test_drawing_leaves_the_language_as_it_was():
    use_language("en")
    diagrams()
    assert language() == "en"


def test_every_card_tells_the_effects_of_its_table():
    told, known = set(), Scenario.table()
    assert list(cards()) == list(TABLES)
    for name, card in cards().items():
        for pattern in card.parameters:
            assert len(dataclasses.replace(card, parameters=[pattern]).pick_parameters(known)), (name, pattern)
        for pattern in card.effects:
            assert len(dataclasses.replace(card, effects=[pattern]).pick_effects(TABLE)), (name, pattern)
        told |= set(card.pick_effects(TABLE).index)
    assert told == set(TABLE.index)
    assert causal.causes is causes
