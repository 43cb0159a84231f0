"""The whole way on the shipped firm's own generator, where it is known who is who."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import identity
from crmlib.company import lark, simulate


@pytest.fixture(scope="module")
def small():
    firm, truth = simulate(customers=300, months=12, seed=5)
    return firm.source_records, truth


@pytest.fixture(scope="module")
def model(small):
    return identity.fit_matches(identity.candidate_pairs(identity.normalise(small[0])))


@pytest.fixture(scope="module")
def clusters(model):
    return identity.cluster(model.decide())


@pytest.fixture(scope="module")
def who(small):
    return small[1]["same_customer"].set_index("record_id")


def test_writing_alone_is_undone(small):
    records, truth = small
    clean, errors = identity.normalise(records), truth["source_errors"]
    own = truth["same_customer"].merge(
        truth["source_profiles"], on=["customer_id", "branch"]
    )
    own = own.set_index("record_id").loc[records["record_id"]].reset_index()
    plain = ~errors.filter(regex="typo|old|name_form|contact_polite").any(axis=1)
    for field, true in (("mobile", own["mobile"]), ("landline", own["landline"]), ("name", own["name"]), ("contact_name", own["contact_name"]),
                        ("street", own["street"]), ("house", own["detail"])):  # fmt: skip
        rows = plain & clean[field].notna()
        assert rows.any() and (clean.loc[rows, field] == true[rows]).all(), (
            f"{field}: width, script, blanks and forms are the only differences"
        )
    # A province that was dropped with its city cannot be known; what is filled must be right.
    province = plain & clean["province"].notna()
    assert (clean.loc[province, "province"] == own.loc[province, "province"]).all()
    assert (clean["branch_town"] != "")[own["branch"]].mean() > 0.9 and not (
        clean["branch_town"] != ""
    )[~own["branch"]].any()


def test_what_changed_tells_every_error_of_writing(small):
    records, truth = small
    changes, errors = (
        identity.what_changed(records),
        truth["source_errors"].set_index("record_id"),
    )
    rules = (
        changes.groupby("record_id")["change_rules"]
        .agg("+".join)
        .reindex(errors.index)
        .fillna("")
    )
    assert rules[errors["full_width"]].str.contains("full_width").all()
    assert rules[errors["contact_polite"]].str.contains("polite_form").all()
    assert rules[errors["spacing"]].str.contains("spacing").all()
    assert (changes["before"] != changes["after"]).all()
    counts = identity.change_counts(records)
    assert counts["all"].sum() == changes["change_rules"].str.count(r"\+").sum() + len(
        changes
    )


def test_blocks_find_nearly_all_and_say_what_each_key_adds(model, small):
    found = identity.blocking_recall(model.pairs, small[1]["same_customer"])
    assert found.loc["all", "recall"] > 0.95
    assert (found["recall"] <= found.loc["all", "recall"]).all()
    assert (
        model.pairs.keys["new_pairs"].sum() == len(model.pairs.pairs)
        and "%" in model.pairs.summary()
    )


def test_probabilities_come_true(model, who):
    table = model.decide().table
    one, two = (
        who.loc[table["left"]].reset_index(drop=True),
        who.loc[table["right"]].reset_index(drop=True),
    )
    same = (one["customer_id"] == two["customer_id"]) & (one["branch"] == two["branch"])
    # Four standard errors of the number of true pairs, were the probabilities right, and one pair in fifty for fields that are not independent.
    expected, error = (
        table["probability"].sum(),
        np.sqrt((table["probability"] * (1 - table["probability"])).sum()),
    )
    assert abs(same.sum() - expected) < 4 * error + 0.02 * len(table)
    assert (
        same[table["probability"] > 0.99].mean() > 0.98
        and same[table["probability"] < 0.01].mean() < 0.02
    )


def test_weights_are_near_those_of_the_truth(model, who):
    ids = model.pairs.clean["record_id"].to_numpy()
    one, two = (
        who.loc[ids[model.pairs.pairs[side]]].reset_index(drop=True)
        for side in ("left", "right")
    )
    same = (
        (one["customer_id"] == two["customer_id"]) & (one["branch"] == two["branch"])
    ).to_numpy()
    for field, level in (
        ("mobile", "equal"),
        ("address", "equal"),
        ("contact_name", "equal"),
    ):
        seen = model.levels[field].to_numpy()
        m, u = (float((seen[rows & (seen >= 0)] == 0).mean()) for rows in (same, ~same))
        row = model.table[
            (model.table["field"] == field) & (model.table["level"] == level)
        ].iloc[0]
        # The few hundred pairs leave some hundredths to chance; a contact shared by chance is taken for the same customer now and then.
        assert abs(row["m"] - m) < 0.06 and abs(row["u"] - u) < 0.15


def test_customers_are_found_and_the_share_has_an_interval(clusters, small):
    found = identity.evaluate(clusters, small[1]["same_customer"], rng=1)
    table = found.table
    assert (
        table.loc["pair_precision", "value"] > 0.97
        and table.loc["pair_recall", "value"] > 0.93
    )
    assert (
        table.loc["integrated", "low"]
        < table.loc["integrated", "value"]
        < table.loc["integrated", "high"]
    )
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    assert found.table.equals(
        identity.evaluate(clusters, small[1]["same_customer"], rng=1).table
    )
    assert set(found.mistakes["kind"]) <= {"merged_wrongly", "split"}
    # Neighbours within an id of several customers, or of a customer in several ids: so many as there are too many of either.
    assert (
        (found.mistakes["kind"] == "split")
        == (found.mistakes["customer_left"] == found.mistakes["customer_right"])
    ).all()


def test_measures_equal_a_count_by_hand(clusters, small):
    truth = (
        small[1]["same_customer"]
        .set_index("record_id")["customer_id"]
        .loc[clusters.table["record_id"]]
        .to_numpy()
    )
    ours = clusters.table["unified_id"].to_numpy()
    left, right = np.triu_indices(len(ours), 1)
    together, true = ours[left] == ours[right], truth[left] == truth[right]
    table = identity.evaluate(
        clusters, small[1]["same_customer"], resamples=100, rng=1
    ).table
    assert table.loc["pair_precision", "value"] == pytest.approx(
        (together & true).sum() / together.sum()
    )
    assert table.loc["pair_recall", "value"] == pytest.approx(
        (together & true).sum() / true.sum()
    )
    sets = [
        set(map(frozenset, pd.Series(range(len(ours))).groupby(by).agg(list)))
        for by in (ours, truth)
    ]
    whole = len(sets[0] & sets[1])
    assert table.loc["cluster_precision", "value"] == pytest.approx(
        whole / len(sets[0])
    )
    assert table.loc["cluster_recall", "value"] == pytest.approx(whole / len(sets[1]))


def test_branches_are_a_trap_for_pairs_and_joined_by_name():
    records = lark().source_records
    branch = records["name"].str.endswith("分公司")
    core = identity.normalise(records)["name_core"]
    records = records[core.isin(set(core[branch]))].reset_index(drop=True)
    clean = identity.normalise(records)
    links = identity.fit_matches(identity.candidate_pairs(clean)).decide()
    town = clean.set_index("record_id")["branch_town"]
    linked = links.table[links.table["decision"] == "link"]
    assert (
        town.loc[linked["left"]].to_numpy() == town.loc[linked["right"]].to_numpy()
    ).all(), "no pair links a branch with its company"
    joined, apart = identity.cluster(links), identity.cluster(links, branches="apart")
    heads = set(joined.table.loc[joined.table["site"] == "", "unified_id"])
    inside = joined.table.loc[joined.table["site"] != "", "unified_id"].isin(heads)
    assert (
        inside.mean() > 0.6
        and joined.table["unified_id"].nunique() < apart.table["unified_id"].nunique()
    )


def test_golden_fields_come_from_a_record_of_the_customer(clusters, small):
    book = identity.golden_records(clusters)
    assert len(book.table) == clusters.table["unified_id"].nunique() and book.table[
        "records"
    ].sum() == len(small[0])
    home = clusters.table.set_index("record_id")["unified_id"]
    assert (
        home.loc[book.sources["record_id"]].to_numpy() == book.sources["unified_id"]
    ).all()
    mobile = book.sources[book.sources["field"] == "mobile"]
    assert (
        clusters.clean.set_index("record_id")
        .loc[mobile["record_id"], "mobile"]
        .to_numpy()
        == mobile["value"]
    ).all()
    assert set(book.where_from(book.table["unified_id"][0])["field"]) <= set(
        identity.survivorship_rules()["field"]
    )


def test_majority_serves_better_than_the_newest(clusters, small, who):
    true = small[1]["source_profiles"]
    true = true[~true["branch"]].set_index("customer_id")["mobile"]
    owner = (
        who["customer_id"]
        .loc[clusters.table["record_id"]]
        .groupby(clusters.table["unified_id"].to_numpy())
        .first()
    )
    right = {}
    for rule in ("majority", "newest"):
        rules = identity.survivorship_rules().assign(
            rule=lambda table, rule=rule: table["rule"].where(
                table["field"] != "mobile", rule
            )
        )
        found = identity.golden_records(clusters, rules=rules).sources
        found = found[found["field"] == "mobile"]
        assert (found["rule"] == rule).all()
        right[rule] = (
            true.loc[owner.loc[found["unified_id"]]].to_numpy() == found["value"]
        ).mean()
    assert right["majority"] >= right["newest"] and right["majority"] > 0.85


def test_a_labelled_sample_estimates_what_the_truth_says(model, who):
    links = model.decide()

    def answers(table):
        one, two = (
            who.loc[table["left"], "customer_id"].to_numpy(),
            who.loc[table["right"], "customer_id"].to_numpy(),
        )
        return table.assign(answer=np.where(one == two, "same", "different"))

    every = answers(links.table)
    linked, same = every["decision"] == "link", every["answer"] == "same"
    precision, recall = (
        (linked & same).sum() / linked.sum(),
        (linked & same).sum() / same.sum(),
    )
    inside = []
    for seed in range(10):
        sample = identity.review_sample(links, size=120, rng=seed)
        assert (
            not sample.duplicated(["left", "right"]).any()
            and "probability" not in sample
        )
        table = identity.estimate_from_labels(
            links, answers(sample), level=0.9, rng=1
        ).table
        inside += [
            table.loc[name, "low"] <= value <= table.loc[name, "high"]
            for name, value in (("precision", precision), ("recall", recall))
        ]
    # Twenty intervals at 90 %: fewer than 14 would come by chance once in four hundred.
    assert sum(inside) >= 14
    whole = identity.estimate_from_labels(links, every, rng=1).table
    assert whole.loc["precision", ["value", "low", "high"]].tolist() == pytest.approx(
        [precision] * 3
    ), "who looked at all knows all"


def test_nothing_depends_on_the_order_of_records(small, clusters):
    mixed = small[0].sample(frac=1, random_state=1)
    links = identity.fit_matches(
        identity.candidate_pairs(identity.normalise(mixed))
    ).decide()
    again = identity.cluster(links).table
    table = again.merge(clusters.table, on="record_id")
    assert (
        len(table.drop_duplicates(["unified_id_x", "unified_id_y"]))
        == table["unified_id_x"].nunique()
        == table["unified_id_y"].nunique()
    )


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "王若芷",
                "王女士",
                "",
                "　",
                "12号",
                "A店",
                "浙江省",
                "区",
                "分公司",
                "公司",
            ]
        ),
        min_size=1,
        max_size=6,
    )
)
def test_normalising_twice_changes_nothing_more(texts):
    records = pd.DataFrame({"system": "order", "record_id": range(len(texts)), "name": [f"店{text}铺" for text in texts],
                            "contact_name": texts, "mobile": texts, "landline": texts, "address": texts})  # fmt: skip
    once = identity.normalise(records)
    twice = identity.normalise(once.assign(address=records["address"]))
    assert once[["name", "name_core", "mobile", "street"]].equals(
        twice[["name", "name_core", "mobile", "street"]]
    )
    assert once["mobile"].isna().all() and len(once) == len(texts)
