"""The class data set is attacked: who is found by day, weight and region; what k-anonymity helps and where it fails; what may leave the country."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import privacy
from crmlib.company import lark
from crmlib.i18n import use_language

KNOWN = ["day", "weight_kg", "destination_region"]


@pytest.fixture(scope="module")
def parcels():
    return lark().waybills.assign(day=lambda frame: frame["picked_up_at"].dt.normalize())


@pytest.fixture(scope="module")
def seen(parcels):
    """What somebody saw of one parcel of every customer."""
    return parcels.sample(frac=1, random_state=1).groupby("customer_id").head(1)


def _first(parcels, seen, rows=60_000):
    return parcels.head(rows), seen[seen.index < rows]


def test_half_of_the_customers_are_found_from_one_parcel(parcels, seen):
    """Without names, yet 45 % of the parcels are alone in day, weight and region; the attack finds half of the customers."""
    assert 0.4 < privacy.k_anonymity(parcels, KNOWN).unique_share < 0.5
    found = privacy.reidentify(parcels.drop(columns="customer_id"), seen, on=KNOWN, learn="price_yuan")
    assert found.people == seen["customer_id"].nunique() and 0.48 < found.found_share < 0.57
    assert found.low < found.found_share < found.high and found.learned >= found.found


def test_pseudonyms_do_not_help_against_what_is_known(parcels, seen):
    view = privacy.apply_view(parcels.drop(columns="day").head(30_000), "waybills", "analyst", key="a secret of the class")
    view = view.assign(day=view["picked_up_at"].dt.normalize())
    early = parcels.head(30_000).sample(frac=1, random_state=1).groupby("customer_id").head(1)
    found = privacy.reidentify(view, early, on=KNOWN, person="customer_id")
    assert found.found_share > 0.4


def test_two_sightings_find_more_than_one(parcels):
    rows = parcels.head(20_000)
    mixed = rows.sample(frac=1, random_state=1).groupby("customer_id")
    once, twice = (privacy.reidentify(rows.rename(columns={"customer_id": "pseudonym"}), mixed.head(count), on=["day", "destination_region"],
                                      person="pseudonym").found for count in (1, 2))  # fmt: skip
    assert twice > 5 * max(once, 1)


def test_the_interns_view_prevents_it(parcels, seen):
    parcels, seen = _first(parcels, seen)
    view = privacy.apply_view(parcels.drop(columns="day"), "waybills", "intern", k=5)
    shown = ["picked_up_at", "weight_kg", "destination_region"]
    coarse = seen.assign(picked_up_at=privacy.coarse(seen["picked_up_at"]), weight_kg=privacy.coarse(seen["weight_kg"]))
    found = privacy.reidentify(view, coarse, on=shown)
    assert found.found == 0 and found.high < 0.006
    assert privacy.k_anonymity(view, list(view.columns)).k >= 5 and len(view) > 0.85 * len(parcels)
    assert not {"customer_id", "waybill_id", "price_yuan", "cost_yuan"} & set(view.columns)


def test_generalising_stops_the_attack_and_says_what_is_lost(parcels, seen):
    parcels, seen = _first(parcels, seen)
    made = privacy.generalise(parcels[[*KNOWN, "price_yuan"]], KNOWN, 5)
    assert made.k >= 5 and privacy.k_anonymity(made.frame, KNOWN).k == made.k and made.suppressed <= 0.02 * made.rows
    assert len(made.frame) == made.rows - made.suppressed
    assert privacy.reidentify(made.frame, made.coarsen(seen), on=KNOWN).found == 0
    assert (made.lost["information_lost"].between(0, 1)).all() and made.lost["information_lost"].max() > 0.3


def test_homogeneity_and_background_knowledge_defeat_k():
    table = pd.DataFrame({"region": ["east"] * 5 + ["west"] * 5, "arrears": ["yes"] * 5 + ["yes"] + ["no"] * 4, "market": ["corporate"] * 5 + ["walk_in"] * 5})
    assert privacy.k_anonymity(table, ["region"]).k == 5
    known = pd.DataFrame({"customer_id": ["C1", "C2"], "region": ["east", "west"]})
    attack = privacy.reidentify(table, known, on=["region"], learn="arrears")
    assert attack.found == 0 and attack.table["learned"].isna().tolist() == [False, True] and attack.table.loc["C1", "learned"] == "yes"
    groups = privacy.l_diversity(table, ["region"], "arrears").set_index("region")
    assert groups["homogeneous"].to_dict() == {"east": True, "west": False} and groups.loc["west", "most_common_share"] == 0.8
    told = table[~((table["region"] == "west") & (table["arrears"] == "yes"))]
    assert privacy.reidentify(told, known, on=["region"], learn="arrears").learned == 2


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab"), st.booleans()), min_size=1, max_size=30), st.integers(2, 4))
def test_k_is_the_smallest_group_and_generalising_reaches_k(rows, k):
    frame = pd.DataFrame(rows, columns=["weight_kg", "region", "late"])
    sizes = pd.Series(rows).map(lambda row: sum(row[:2] == other[:2] for other in rows))
    found = privacy.k_anonymity(frame, ["weight_kg", "region"])
    assert found.k == sizes.min() and found.unique_rows == (sizes == 1).sum() and found.groups["rows"].sum() == len(rows)
    if len(rows) >= k:
        made = privacy.generalise(frame, ["weight_kg", "region"], k, max_suppressed=0.1)
        assert made.k >= k and len(made.frame) + made.suppressed == len(rows)


def test_missing_values_are_a_group_of_their_own():
    assert privacy.k_anonymity(pd.DataFrame({"a": [np.nan, np.nan, 1.0]}), ["a"]).unique_rows == 1


@pytest.mark.parametrize(("call", "word"), [
    (lambda t: privacy.k_anonymity(t, []), "column"), (lambda t: privacy.k_anonymity(t, ["x"]), "x"), (lambda t: privacy.k_anonymity(t.head(0), ["a"]), "rows"),
    (lambda t: privacy.generalise(t, ["a"], 1), "k is 1"), (lambda t: privacy.generalise(t, ["a"], 99), "99"), (lambda t: privacy.generalise(t, ["a"], "2"), "k is"),
    (lambda t: privacy.generalise(t, ["a"], 2, max_suppressed=20), "20"), (lambda t: privacy.l_diversity(t, ["a"], "a"), "a"),
    (lambda t: privacy.reidentify(t, t.head(0), on=["a"], who="b"), "rows"), (lambda t: privacy.reidentify(t, t, on=[], who="b"), "column"),
    (lambda t: privacy.reidentify(t, t, on=["a"]), "customer_id"),
])  # fmt: skip
def test_bad_input_ends_in_a_sentence(call, word):
    with pytest.raises(ValueError, match=word):
        call(pd.DataFrame({"a": [1, 1, 2], "b": ["x", "y", "z"]}))


def test_what_may_leave_the_country():
    firm = lark()
    export = firm.waybills.head(2000)
    checked = privacy.may_leave(export, "waybills")
    assert not checked.allowed and checked.table["why_not"].to_dict()["waybill_id"] == "key" and checked.table.at["picked_up_at", "why_not"] == "too_rare"
    assert checked.table.at["price_yuan", "may_leave"] and checked.k == 1 and "waybill" not in " ".join(checked.leaving(export).columns)
    made = privacy.apply_view(firm.waybills.head(10_000), "waybills", "intern", k=5)
    assert privacy.may_leave(made, "waybills").allowed
    hidden = export[["customer_id", "price_yuan"]].assign(customer_id=lambda frame: privacy.masked_keys(frame["customer_id"], "a secret of the class"))
    assert privacy.may_leave(hidden, "waybills").allowed
    assert not privacy.may_leave(export[["customer_id", "price_yuan"]].set_index("customer_id"), "waybills").allowed


def test_persons_leave_only_with_their_own_parcels_and_identity_numbers_never():
    records = lark().source_records[["contact_name", "mobile", "id_number"]]
    assert privacy.may_leave(records, "source_records").table["may_leave"].tolist() == [False, False, False]
    assert privacy.may_leave(records, "source_records", to_deliver=True).table["why_not"].tolist() == ["", "", "sensitive"]


def test_a_number_in_a_harmless_column_stays_and_unknown_columns_too():
    export = pd.DataFrame({"title_zh": ["电话13800138000"], "memo": ["x"]})
    assert privacy.may_leave(export, "policies").table["why_not"].tolist() == ["number_in_text", "no_class"]
    assert privacy.may_leave(export, "policies", classes={"memo": "public"}).table["may_leave"].tolist() == [False, True]
    with pytest.raises(ValueError, match="weather"):
        privacy.may_leave(export, "weather")


def test_sentences_follow_each_other_as_the_language_sets_them():
    handed = pd.DataFrame({"day": [1, 1, 2], "region": ["east", "west", "west"], "arrears": ["no", "yes", "no"]})
    known = pd.DataFrame({"customer_id": ["C1"], "day": [1], "region": ["west"]})
    found = privacy.reidentify(handed, known, on=["day", "region"], learn="arrears")
    assert ". The value is certain for 1" in found.summary()
    use_language("zh")
    assert found.summary().count("。") == 2
    assert " " not in found.summary().split("。", 1)[1][:1]
