"""The State Post Bureau's published scores through its index tree; the weights are not published, the shipped ones are for teaching."""

import pandas as pd
import pytest

from crmlib.satisfaction import index_score, index_tree

ITEMS_2021 = {
    "acceptance_hotline": 85.3, "acceptance_courier": 90.8, "acceptance_web": 91.1, "acceptance_service_point": 87.4,
    "pickup_on_time": 87.7, "pickup_packing": 87.5, "pickup_courier": 88.6, "pickup_clear_price": 87.1,
    "delivery_speed": 84.7, "delivery_condition": 86.0, "delivery_coverage": 87.0, "delivery_courier": 84.3,
}  # fmt: skip
STAGES = {
    2021: ({"acceptance": 89.0, "pickup": 87.8, "delivery": 85.1, "aftersales": 72.5, "information": 86.8}, 83.7),
    2022: ({"acceptance": 89.1, "pickup": 88.3, "delivery": 84.4, "aftersales": 74.5, "information": 83.7}, 83.4),
}


@pytest.mark.parametrize("year", [2021, 2022])
def test_stages_give_the_published_total(year):
    """Within 0.1; the plain mean of 2022 is 84.0, which shows that the true weights are unequal."""
    stages, total = STAGES[year]
    tree = index_tree()
    assert sum(branch.weight * stages[branch.code] for branch in tree.branches) == pytest.approx(total, abs=0.1)
    if year == 2022:
        assert sum(stages.values()) / 5 == pytest.approx(84.0, abs=0.05)


def test_items_of_2021_give_their_stages():
    """One respondent whose answers times ten are the published scores; the other items of that year were not published one by one."""
    answers = {name: score / 10 for name, score in ITEMS_2021.items()}
    rest = {name: STAGES[2021][0][name.split("_")[0]] / 10 for name in index_tree().columns if name not in answers}
    table = index_score(pd.DataFrame([answers | rest])).table
    for stage, score in STAGES[2021][0].items():
        assert table.score[stage] == pytest.approx(score, abs=0.05)
    assert table.score["total"] == pytest.approx(83.7, abs=0.1)
