import numpy as np
import pandas as pd
import pytest

from crmlib.segments import cluster_customers


def three_kinds(each=40, seed=0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    centres = [(2, 30), (40, 600), (900, 9000)]
    rows = [(parcels * rng.lognormal(0, 0.15), money * rng.lognormal(0, 0.15)) for parcels, money in centres for _number in range(each)]
    return pd.DataFrame(rows, columns=["parcels", "revenue_yuan"], index=[f"c{number}" for number in range(3 * each)])


def test_finds_the_groups_that_are_there():
    table = three_kinds()
    result = cluster_customers(table, columns=["parcels", "revenue_yuan"], k=3, rng=1)
    assert result.labels.tolist() == [3] * 40 + [2] * 40 + [1] * 40, "cluster 1 is the largest by the first column"
    assert result.labels.index.equals(table.index)
    assert result.profile.customers.tolist() == [40, 40, 40]
    assert result.profile.customer_share.sum() == pytest.approx(1)
    assert result.profile.parcels.iloc[0] == pytest.approx(table.parcels.iloc[80:].median())
    assert result.silhouette.idxmax() == 3 and result.silhouette.index.tolist() == list(range(2, 9))
    assert result.silhouette[3] > 0.8
    assert result.stability > 0.99


def test_noise_is_less_stable_than_groups():
    noise = pd.DataFrame(np.random.default_rng(3).random((120, 2)), columns=["a", "b"])
    result = cluster_customers(noise, columns=["a", "b"], k=5, rng=1)
    assert result.stability < 0.9 and result.silhouette.max() < 0.6


def test_same_seed_same_clusters():
    table = three_kinds(20)
    first, second = (cluster_customers(table, columns=["parcels", "revenue_yuan"], k=4, rng=9) for _number in range(2))
    pd.testing.assert_series_equal(first.labels, second.labels)
    assert first.stability == second.stability


def test_losses_are_allowed_and_scale_does_not_matter():
    table = three_kinds().assign(margin_yuan=lambda frame: frame.revenue_yuan - 700)
    result = cluster_customers(table, columns=["parcels", "margin_yuan"], k=3, rng=1)
    assert sorted(result.profile.customers) == [40, 40, 40]
    thousand = cluster_customers(table.assign(customer_id=table.index), columns=("parcels", "margin_yuan"), k=3, rng=1)
    pd.testing.assert_series_equal(thousand.labels, result.labels, check_names=False)


def test_summary_speaks():
    text = cluster_customers(three_kinds(), columns=["parcels", "revenue_yuan"], k=3, rng=1).summary()
    assert text.startswith("120 customers in 3 clusters. Silhouette 0.")
    assert "would be 3 with" in text


@pytest.mark.parametrize(
    ("table", "options", "sentence"),
    [
        (three_kinds(), {"columns": ["parcels"]}, "columns must name at least two different columns"),
        (three_kinds(), {"columns": "parcels"}, "columns must name at least two different columns"),
        (three_kinds(), {"columns": ["parcels", "parcels"]}, "columns must name at least two different columns"),
        (three_kinds(), {"columns": ["parcels", "age"]}, "lacks the column(s) age"),
        (three_kinds(), {"k": 1}, "k is 1; it must be a whole number from 2 to 8"),
        (three_kinds(), {"k": 2.5}, "k is 2.5; it must be a whole number from 2 to 8"),
        (three_kinds(), {"k": 9}, "k is 9; it must be a whole number from 2 to 8"),
        (three_kinds(2), {"k": 3}, "6 customer(s) are too few for 3 clusters; at least 9 are needed"),
        (three_kinds().assign(parcels=3), {}, "parcels is the same for every customer"),
        (three_kinds().assign(parcels="many"), {}, "parcels is not a number: 120 row(s)"),
        (three_kinds().assign(parcels=np.nan), {}, "parcels is missing: 120 row(s)"),
        (three_kinds().assign(parcels=[1, 2] * 60, revenue_yuan=[3, 4] * 60), {}, "Only 2 different customers in these columns"),
        (three_kinds(), {"rng": None}, "rng must be a whole number or numpy.random.default_rng"),
    ],
)
def test_unusable_input_is_refused_with_a_sentence(table, options, sentence):
    with pytest.raises(ValueError) as caught:
        cluster_customers(table, **{"columns": ["parcels", "revenue_yuan"], "k": 3, "rng": 1, **options})
    assert sentence in str(caught.value)
