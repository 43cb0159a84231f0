"""Five systems' records of the same customers: the stated error rates found again, and how hard it is to tell who is who."""

from __future__ import annotations

import dataclasses
import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outside_world import small_world
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from crmlib import i18n
from crmlib.company.misspellings import HOMOPHONES, full_width, mistype, traditional
from crmlib.company.source_errors import full_address
from crmlib.company.source_systems import SYSTEMS, SourceScenario, draw_source_systems
from crmlib.company.tables.sources import SOURCE_RECORDS

PARAMETERS = SourceScenario()


@pytest.fixture(autouse=True)
def english():
    before = i18n.language()
    i18n.use_language("en")
    yield
    i18n.use_language(before)


@pytest.fixture(scope="module")
def drawn() -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    tables, truth = draw_source_systems(small_world())
    return tables["source_records"], truth


@pytest.fixture(scope="module")
def rows(drawn) -> pd.DataFrame:
    """Each record beside what is true of its customer (columns true_…)."""
    records, truth = drawn
    profiles = truth["source_profiles"]
    profiles = profiles.assign(address=full_address(profiles)).add_prefix("true_")
    both = records.merge(truth["same_customer"].drop(columns="system"), on="record_id", validate="one_to_one")
    return both.merge(profiles, left_on=["customer_id", "branch"], right_on=["true_customer_id", "true_branch"], how="left", validate="m:1")


def digits(phones: pd.Series) -> pd.Series:
    """Mobile numbers as eleven digits, however they were written."""
    plain = phones.map(lambda text: unicodedata.normalize("NFKC", text), na_action="ignore").str.replace(r"\D", "", regex=True)
    return plain.str[-11:]


def near(share: float, expected: float, trials: int) -> bool:
    """Whether a share out of so many trials is within four standard errors of what is expected."""
    return abs(share - expected) <= 4 * np.sqrt(max(expected * (1 - expected), 1e-4) / trials)


def test_records_keep_the_contract_and_come_again(drawn):
    records, truth = drawn
    SOURCE_RECORDS.pandera_schema().validate(records, lazy=True)
    again, truth_again = draw_source_systems(small_world())
    pd.testing.assert_frame_equal(again["source_records"], records)
    for name, frame in truth.items():
        pd.testing.assert_frame_equal(truth_again[name], frame)
    other = draw_source_systems(small_world(seed=1))[0]["source_records"]
    assert not other["mobile"].equals(records["mobile"])


def test_about_two_and_a_quarter_records_a_customer_and_nobody_without(drawn, tmp_path):
    records, truth = drawn
    customers = small_world().customers
    assert 2.1 < len(records) / len(customers) < 2.35
    assert set(truth["same_customer"]["customer_id"]) == set(customers["customer_id"])
    assert records["record_id"].tolist() == truth["same_customer"]["record_id"].tolist()
    records.to_parquet(tmp_path / "records.parquet", compression="zstd")
    assert (tmp_path / "records.parquet").stat().st_size < 300_000


def test_systems_know_the_stated_share_of_the_customers(rows):
    world = small_world()
    shipped = world.customers[world.customers["customer_id"].isin(world.waybills["customer_id"])]
    for system in ("warehouse", "transport", "payment"):
        asked = world.customers if system == "payment" else shipped
        for market, expected in PARAMETERS.known[system].items():
            ids = asked.loc[asked["market"] == market, "customer_id"]
            assert near(ids.isin(rows.loc[rows["system"] == system, "customer_id"]).mean(), expected, len(ids)), (system, market)
    goods = rows[rows["system"].isin(["warehouse", "transport"])]
    assert goods["customer_id"].isin(shipped["customer_id"]).all()
    served = world.customers.dropna(subset="salesperson_id")["customer_id"]
    assert rows.loc[rows["system"] == "sales_list", "customer_id"].isin(served).all()


@pytest.mark.parametrize("system", SYSTEMS)
def test_repeated_records_and_filled_fields_have_the_stated_shares(rows, system):
    here = rows[rows["system"] == system]
    assert near(here["repeated"].sum() / here["customer_id"].nunique(), PARAMETERS.repeated[system], here["customer_id"].nunique())
    assert (here["repeated"].sum()) == here.duplicated("customer_id").sum()
    for field, expected in PARAMETERS.filled[system].items():
        able = here[here[f"true_{field}"].notna()]
        assert near(able[field].notna().mean(), expected, len(able)), field


@pytest.mark.parametrize("system", SYSTEMS)
def test_errors_found_by_comparing_with_the_truth_have_the_stated_rates(rows, system):
    here, careless = rows[rows["system"] == system], PARAMETERS.carelessness[system]

    def rate(error: str) -> float:
        return PARAMETERS.errors[error] * careless

    mobile = here.dropna(subset="mobile")
    wrong = (digits(mobile["mobile"]) != mobile["true_mobile"]).mean()
    assert near(wrong, 1 - (1 - rate("mobile_old")) * (1 - rate("mobile_typo")), len(mobile))
    person = here[here["true_kind"] == "person"]
    plain = person["name"].str.replace("[ 　]", "", regex=True)
    changed = (plain != person["true_name"]) & (plain != traditional(person["true_name"].to_numpy(dtype=object)))
    assert near(changed.mean(), rate("name_typo"), max(len(person), 1)) or person.empty
    blank = here["name"].str.contains("[ 　]", regex=True).mean()
    assert near(blank, rate("spacing"), len(here))
    card = here.dropna(subset="id_number")
    assert near((card["id_number"] != card["true_id_number"]).mean(), rate("id_typo"), len(card))
    email = here.dropna(subset="email")
    assert near((email["email"] != email["true_email"]).mean(), rate("email_typo"), len(email))
    address = here.dropna(subset="address")
    whole = [unicodedata.normalize("NFKC", text).startswith((full[:6], traditional(np.array([full], dtype=object))[0][:6]))
             for text, full in zip(address["address"], address["true_address"], strict=True)]  # fmt: skip
    untouched = (1 - rate("address_short")) * (1 - rate("address_old"))
    assert np.mean(whole) == pytest.approx(untouched, abs=0.03 + 4 * np.sqrt(0.25 / len(address)))


def test_the_account_of_errors_agrees_with_the_rates(rows, drawn):
    errors = drawn[1]["source_errors"]
    assert errors["record_id"].tolist() == rows["record_id"].tolist()
    careless = rows["system"].map(PARAMETERS.carelessness)
    for error in ("name_typo", "spacing", "traditional"):
        assert near(errors[error].mean(), PARAMETERS.errors[error] * careless.mean(), len(errors)), error
    business = (rows["true_kind"] == "business").to_numpy()
    assert near(errors["name_form"][business].mean(), PARAMETERS.errors["name_form"] * careless[business].mean(), business.sum())


def test_a_clean_world_writes_every_field_as_it_is():
    clean = SourceScenario(
        errors=dict.fromkeys(PARAMETERS.errors, 0.0), filled={name: dict.fromkeys(part, 1.0) for name, part in PARAMETERS.filled.items()},
        branches=0.0, namesakes=0.0, repeated=dict.fromkeys(SYSTEMS, 0.0))  # fmt: skip
    world = small_world()
    tables, truth = draw_source_systems(dataclasses.replace(world, scenario=dataclasses.replace(world.scenario, sources=clean)))
    profiles = truth["source_profiles"].set_index("customer_id").loc[truth["same_customer"]["customer_id"]].reset_index()
    records = tables["source_records"]
    for field in ("name", "contact_name", "mobile", "landline", "id_number", "email"):
        assert records[field].astype(object).where(records[field].notna(), None).tolist() == profiles[field].astype(object).where(
            profiles[field].notna(), None).tolist(), field  # fmt: skip
    assert records["address"].tolist() == full_address(profiles).tolist()
    assert profiles["name"].tolist() == world.customers.set_index("customer_id").loc[profiles["customer_id"], "name"].tolist()


def pairs(labels: pd.Series) -> set[tuple[int, int]]:
    """All pairs of rows with the same label; rows without one pair with nobody."""
    found = set()
    for group in labels.dropna().groupby(labels).groups.values():
        members = sorted(group)
        found |= {(one, other) for place, one in enumerate(members) for other in members[place + 1 :]}
    return found


def score(labels: pd.Series, truth: pd.Series) -> tuple[float, float]:
    """Precision and recall of the pairs."""
    claimed, real = pairs(labels), pairs(truth)
    return len(claimed & real) / len(claimed), len(claimed & real) / len(real)


def joined(keys: list[pd.Series]) -> pd.Series:
    """The connected components of the rows that share any key."""
    edges = [pair for key in keys for group in key.dropna().groupby(key).groups.values()
             for pair in zip(sorted(group), sorted(group)[1:], strict=False)]  # fmt: skip
    left, right = np.array(edges).T
    size = len(keys[0])
    return pd.Series(connected_components(coo_matrix((np.ones(len(left)), (left, right)), shape=(size, size)), directed=False)[1])


def test_naive_matching_misses_many_and_joins_namesakes_while_several_keys_find_most(rows):
    exact = score(rows["name"], rows["customer_id"])
    strict = score((rows["name"] + rows["mobile"]).where(rows["mobile"].notna()), rows["customer_id"])
    clean = rows["name"].map(lambda name: unicodedata.normalize("NFKC", name).replace(" ", ""))
    surely = joined([digits(rows["mobile"]), rows["id_number"], rows["email"], clean + rows["contact_name"]])
    several = score(surely, rows["customer_id"])
    assert 0.85 < exact[0] < 0.99 and 0.50 < exact[1] < 0.80
    assert strict[0] > 0.99 and strict[1] < 0.50
    assert several[0] > 0.90 and several[1] > exact[1] + 0.10


def test_namesakes_and_branches_have_the_stated_shares(drawn, rows):
    profiles = drawn[1]["source_profiles"]
    home = profiles[~profiles["branch"]]
    customers = small_world().customers.set_index("customer_id")
    other = home["name"].to_numpy() != customers.loc[home["customer_id"], "name"].to_numpy()
    assert near(other.mean(), PARAMETERS.namesakes, len(home))
    assert home["name"].duplicated(keep=False).sum() > other.sum()
    with_branch = rows[rows["customer_id"].isin(profiles.loc[profiles["branch"], "customer_id"])]
    assert near(with_branch["branch"].mean(), PARAMETERS.branch_records, len(with_branch))
    assert profiles.loc[profiles["branch"], "name"].str.endswith("分公司").all()


def test_nothing_in_the_records_can_be_real(drawn):
    records, truth = drawn
    profiles = truth["source_profiles"]
    assert profiles["mobile"].str.fullmatch(r"129\d{8}").all()
    assert digits(records["mobile"].dropna()).str.match(r"129").all()
    assert profiles["landline"].dropna().str.fullmatch(r"0\d{2,3}-0\d{7}").all()
    cards = profiles["id_type"] == "identity_card"
    assert profiles.loc[cards, "id_number"].str.fullmatch(r"99\d{16}").all()
    assert profiles.loc[~cards, "id_number"].str.fullmatch(r"Z1\d{16}").all()
    assert records["email"].dropna().str.endswith(".example").all()


def test_records_are_numbered_by_creation_and_within_the_period(drawn):
    records = drawn[0]
    world = small_world()
    for _system, part in records.groupby("system"):
        assert part["created_on"].is_monotonic_increasing and part["record_id"].is_monotonic_increasing
    assert records["created_on"].max() < pd.Timestamp("2026-11-01")
    opened = drawn[1]["same_customer"]["customer_id"].map(world.customers.set_index("customer_id")["opened_on"])
    assert (records["created_on"] >= opened.to_numpy()).all()


def test_incomplete_parameters_are_refused():
    with pytest.raises(ValueError, match="errors"):
        SourceScenario(errors={"name_typo": 0.1})
    with pytest.raises(ValueError, match="filled"):
        SourceScenario(filled=dict(PARAMETERS.filled) | {"order": {"mobile": 1.0}})


NAMES = st.text(alphabet="".join(HOMOPHONES), min_size=1, max_size=12)
SHARES = st.floats(0, 1, exclude_max=True)


def distance(one: str, other: str) -> int:
    """Levenshtein's distance, by the book."""
    row = list(range(len(other) + 1))
    for place, character in enumerate(one, 1):
        last, row[0] = row[0], place
        for at, letter in enumerate(other, 1):
            last, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, last + (character != letter))
    return row[-1]


@given(NAMES, SHARES, SHARES)
def test_one_slip_is_one_edit_or_one_swap(name, where, how):
    slipped = mistype(np.array([name], dtype=object), np.array([where]), np.array([how]))[0]
    assert distance(name, slipped) <= 2
    assert len(name) == 1 or slipped != name
    assert len(name) - 1 <= len(slipped) <= len(name)


@given(st.text(max_size=20))
def test_traditional_keeps_the_length_and_full_width_folds_back(text):
    one = np.array([text], dtype=object)
    assert len(traditional(one)[0]) == len(text) and traditional(traditional(one))[0] == traditional(one)[0]
    assert unicodedata.normalize("NFKC", full_width(one)[0]) == unicodedata.normalize("NFKC", text)
