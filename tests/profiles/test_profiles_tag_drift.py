"""Overlap and drift: right counts, and no more false alarms than stated."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlib as crm
from crmlib.profiles.drift import _odd


@pytest.fixture(scope="module")
def firm():
    return crm.company.lark()


@pytest.fixture(scope="module")
def found(firm):
    return crm.profiles.tag_drift(firm, start="2025-11-01", end="2026-11-01")


@settings(max_examples=10)
@given(st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["x", "y", "z"])), min_size=2))
def test_overlap_by_hand(rows):
    carried = pd.DataFrame(sorted(rows), columns=["customer_id", "tag"])
    if carried["tag"].nunique() < 2:
        with pytest.raises(ValueError, match="two|两"):
            crm.profiles.tag_overlap(carried)
        return
    crossed = pd.crosstab(carried["customer_id"], carried["tag"]).astype(bool)
    for row in crm.profiles.tag_overlap(carried, customers=8).table.itertuples():
        one, other = crossed[row.tag], crossed[row.other_tag]
        assert (row.both, row.either) == ((one & other).sum(), (one | other).sum())
        assert row.low - 1e-12 <= row.jaccard <= row.high + 1e-12
        assert row.expected_both == one.sum() * other.sum() / 8


def test_no_more_false_alarms_than_stated():
    """The share with a tag is the same on both days, the customers are mostly the same, and more come than go."""
    rng, alarms, trials = np.random.default_rng(8), 0, 400
    for _trial in range(trials):
        nature = rng.random(500)
        stay, come = rng.random(500) < 0.85, rng.random(500)
        before, after = np.arange(500) < 400, stay | (come < 0.3)
        tagged = [rng.random(500) < np.clip(0.2 + 0.6 * (nature > 0.7), 0, 1) for _day in range(2)]
        one, other = tagged[0] & before, tagged[1] & after
        alarms += _odd(int((other & ~one).sum()), int((one & ~other).sum()), int(one.sum() + other.sum()), int(before.sum()), int(after.sum())) <= 0.05
    assert alarms / trials <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / trials)
    # And a share that went from 38 % to 50 % is seen.
    assert _odd(90, 40, 400 * 38 // 100 + 200, 400, 400) < 0.001


def test_drift_counts_and_sees_what_moved(firm, found):
    crm.setup("en")
    assert found.shares["day"].nunique() == 13
    assert ((found.shares["low"] <= found.shares["share"]) & (found.shares["share"] <= found.shares["high"])).all()
    wide = found.shares.pivot(index="day", columns="tag", values="tagged")
    assert ((found.changes["gained"] - found.changes["taken_off"]) == (wide.iloc[-1] - wide.iloc[0])[found.changes.index]).all()
    # Before a whole year had been seen nobody could be a peak-season seller; a year later some are.
    assert {"peak_season", "peak_share"} <= set(found.alarms)
    calm = crm.profiles.tag_drift(firm, start="2026-10-27", end="2026-10-29")
    assert calm.alarms == []
    assert "nothing moved" in calm.summary()


def test_figures_name_every_tag(firm, found):
    crm.setup("en")
    carried = crm.profiles.tags(firm, as_of="2026-11-01")
    overlap = crm.profiles.tag_overlap(carried)
    assert len(overlap.plot().texts) == len(overlap.table)
    drawn = {text.get_text().rsplit(" ", 1)[0] for text in found.plot().texts}
    assert drawn == {found.names[tag] for tag in found.changes.index}


def test_bad_questions_end_in_a_sentence(firm):
    crm.setup("en")
    with pytest.raises(ValueError, match="before end"):
        crm.profiles.tag_drift(firm, start="2026-11-01", end="2026-10-01")
    with pytest.raises(ValueError, match="false_alarms"):
        crm.profiles.tag_drift(firm, start="2026-10-01", end="2026-11-01", false_alarms=5)
    with pytest.raises(ValueError, match="twice"):
        crm.profiles.tag_overlap(pd.DataFrame({"customer_id": ["c", "c"], "tag": ["a", "a"]}))
