"""Pseudonyms join tables and lead nowhere; hashes without a key lead straight back."""

from __future__ import annotations

import hashlib
import hmac

import pandas as pd
import pytest

from crmlib.company import Company, lark
from crmlib.privacy import KeyRing, crack_unkeyed, pseudonymise, pseudonyms, unkeyed_hashes


@pytest.fixture(scope="module")
def ring(tmp_path_factory) -> KeyRing:
    return KeyRing.create(tmp_path_factory.mktemp("keys") / "keys.json")


@pytest.fixture(scope="module")
def mobiles() -> pd.Series:
    return lark().source_records["mobile"].dropna().str.replace(r"\D", "", regex=True).loc[lambda values: values.str.fullmatch(r"129\d{8}")]


def test_tables_still_join_and_nothing_of_the_number_is_left(ring):
    firm = lark()
    some = Company(about=firm.about, **{name: firm.tables[name] for name in ("customers", "contacts", "touches", "salespeople", "members")})
    hidden = pseudonymise(some, ring, purpose="study", of=["customers.customer_id", "salespeople.salesperson_id"])
    assert hidden.validate().ok
    assert hidden.customers["customer_id"].nunique() == len(firm.customers)
    assert not hidden.touches["customer_id"].isin(firm.customers["customer_id"]).any()
    joined = hidden.touches.merge(hidden.customers, on="customer_id")
    assert len(joined) == len(firm.touches)
    assert joined.groupby("market").size().equals(firm.touches.merge(firm.customers, on="customer_id").groupby("market").size())
    assert hidden.customers["salesperson_id"].isna().equals(firm.customers["salesperson_id"].isna())
    assert hidden.salespeople["predecessor_id"].dropna().isin(hidden.salespeople["salesperson_id"]).all()


def test_purposes_rings_and_kinds_cannot_be_joined(ring, tmp_path):
    ids = lark().customers["customer_id"].head(300)
    ours = pseudonyms(ids, ring, purpose="study")
    assert ours.equals(pseudonyms(ids, KeyRing.open(ring.path), purpose="study"))
    for others in (
        pseudonyms(ids, ring, purpose="campaign"), pseudonyms(ids, ring, purpose="study", kind="lead_id"),
        pseudonyms(ids, KeyRing.create(tmp_path / "other.json"), purpose="study"),
    ):  # fmt: skip
        assert not others.isin(ours).any()
    assert pseudonyms(ids, ring.add_key(), purpose="study").equals(ours)


def test_bad_input(ring):
    with pytest.raises(ValueError, match="purpose"):
        pseudonyms(pd.Series(["C1"]), ring, purpose=" ")
    with pytest.raises(ValueError, match="12"):
        pseudonyms(pd.Series([12]), ring, purpose="study")
    with pytest.raises(ValueError, match="customers.market"):
        pseudonymise(Company(customers=lark().customers), ring, purpose="study", of="customers.market")
    assert pseudonyms(pd.Series([None, "C1"]), ring, purpose="study").isna().tolist() == [True, False]


def test_hashes_without_a_key_give_every_mobile_back(mobiles):
    seen = mobiles.drop_duplicates().head(40)
    masks = seen.str[:3] + "****" + seen.str[-4:]
    found = crack_unkeyed(unkeyed_hashes(seen.head(12)), pattern=masks.head(12))
    assert found["number"].tolist() == seen.head(12).tolist()
    assert (found["try_count"] == 10_000).all()
    first = seen.iloc[0][:6]
    within = seen[seen.str.startswith(first)]
    assert crack_unkeyed(unkeyed_hashes(within), pattern=first + "*****")["number"].tolist() == within.tolist()


def test_a_key_ends_the_attack(mobiles, ring):
    seen = mobiles.drop_duplicates().head(3)
    masks = seen.str[:3] + "****" + seen.str[-4:]
    secret = ring.secret_for("pseudonym/study")
    keyed = seen.map(lambda value: hmac.new(secret, value.encode(), hashlib.sha256).hexdigest())
    assert crack_unkeyed(keyed, pattern=masks)["number"].isna().all()
    assert crack_unkeyed(pseudonyms(seen, ring, purpose="study", kind="mobile"), pattern=masks)["number"].isna().all()


def test_patterns_are_checked():
    hashes = unkeyed_hashes(pd.Series(["12912345678", None]))
    with pytest.raises(ValueError, match="most=2,000,000"):
        crack_unkeyed(hashes, pattern="129********")
    with pytest.raises(ValueError, match="129-"):
        crack_unkeyed(hashes, pattern="129-****5678")
    assert crack_unkeyed(hashes, pattern="1291234****")["number"].isna().tolist() == [False, True]
