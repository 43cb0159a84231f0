import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import polars as pl
import pytest

import crmlib as crm
from crmlib import plotting, survey

mpl.use("Agg")


@pytest.fixture(autouse=True, params=["zh", "en"])
def language(request):
    crm.setup(request.param)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield request.param
    plt.close("all")
    crm.setup("en")


@pytest.fixture(scope="module")
def firm():
    return crm.company.lark()


@pytest.fixture(scope="module")
def invited(firm):
    return survey.who_was_asked(firm.survey_invitations, firm.customers, firm.surveys, earlier="satisfaction_1")


def texts(ax) -> str:
    ax.figure.canvas.draw()
    return " ".join(
        [*(text.get_text() for text in ax.texts), *(tick.get_text() for tick in ax.get_yticklabels()), ax.get_title(), ax.get_xlabel()]
    )


def overlapping(ax) -> list[tuple[str, str]]:
    """Pairs of texts that cover each other."""
    renderer = ax.figure.canvas.get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in [*ax.texts, *ax.get_yticklabels()] if text.get_text()]
    return [(one, other) for place, (one, box) in enumerate(boxes) for other, second in boxes[place + 1 :] if box.overlaps(second)]


def test_net_promoter_by_market(invited, language):
    table = survey.net_promoter_by(invited, by="market")
    ax = plotting.net_promoter(table)
    said = texts(ax)
    for row in table.itertuples():
        assert f"{row.net_promoter_score:.1f}" in said and crm.company.label(row.market) in said
    widths = [bar.get_width() for bar in ax.patches]
    assert sum(widths) == pytest.approx(300), "three bars of 100 %"
    assert overlapping(ax) == []
    assert ("推荐者" in said) == (language == "zh")
    again = plotting.net_promoter(survey.net_promoter_by(pl.from_pandas(invited[["market", "recommend"]]).lazy(), by="market"))
    assert texts(again) == said


def test_one_score_and_the_top_boxes(firm):
    result = survey.net_promoter_score(firm.surveys.recommend)
    ax = result.plot()
    assert f"{result.score:.1f}" in texts(ax) and overlapping(ax) == []
    boxes = survey.csat(firm.surveys.satisfaction_1, low=1, high=10)
    ax = boxes.plot()
    assert f"{boxes.share:.1%}" in texts(ax) and len({bar.get_facecolor() for bar in ax.patches}) == 2
    assert plotting.top_boxes(boxes, ax=ax) is ax


def test_items_go_by_their_wording_and_weak_ones_stand_out(firm, language):
    turned = survey.reverse_items(firm.surveys, "image_3_reversed", low=1, high=10)
    result = survey.cronbach_alpha(turned, ["image_1", "image_2", "image_3", "complaint_1"])
    ax = result.plot()
    said = texts(ax)
    assert crm.company.label("image_1") in said and crm.company.label("image_3_reversed") in said and "image_" not in said
    assert [bar.get_facecolor() for bar in ax.patches][-1] != ax.patches[0].get_facecolor()
    assert overlapping(ax) == []


def test_response_rates_name_columns_and_groups(invited, language):
    ax = survey.nonresponse_report(invited, known=["market", "channel", "monthly_account", "earlier_satisfaction_1"]).plot()
    said = texts(ax)
    assert "37.8%" in said and "earlier" not in said and crm.company.label("e_commerce") in said
    assert {"zh": "邀请渠道", "en": "channel of the invitation"}[language] in said
    assert {"zh": "没有记录", "en": "no record"}[language] in said
    assert overlapping(ax) == []


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: plotting.net_promoter(pd.DataFrame({"market": ["a"]})), "answers"),
        (lambda: plotting.net_promoter(5), "int"),
        (lambda: plotting.top_boxes(5), "int"),
        (lambda: plotting.response_rates(5), "int"),
        (lambda: plotting.item_quality(pd.DataFrame({"a": [1]})), "item_total"),
        (lambda: plotting.net_promoter(survey.net_promoter_by(pd.DataFrame({"g": ["a"], "recommend": [float("nan")]}), by="g")), "."),
    ],
)
def test_something_else_is_refused_with_a_sentence(call, word):
    with pytest.raises(ValueError, match=word):
        call()
