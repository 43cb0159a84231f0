"""The first-order offer followed on: against counting by hand, with bad input, and with an offer that only brings forward."""

import numpy as np
import pandas as pd
import pytest

from crmlib.company import lark
from crmlib.development import OfferLater, first_order_later


def drawn(size=400):
    """Half get the offer; those with it ship on day 3, the others on day 20: it brings everybody forward and wins nobody."""
    arm = np.where(np.arange(size) % 2 == 0, "offer", "control")
    offers = pd.DataFrame({"customer_id": [f"c{n}" for n in range(size)], "kind": "first_order", "assigned_on": pd.Timestamp("2026-01-01"),
                           "stratum": "all", "arm": arm, "value_yuan": np.where(arm == "offer", 8.0, 0.0), "accepted": arm == "offer"})  # fmt: skip
    day = np.where(arm == "offer", 3, 20)
    bills = pd.DataFrame({"customer_id": offers["customer_id"], "picked_up_at": pd.Timestamp("2026-01-01") + pd.to_timedelta(day, "D"),
                          "price_yuan": 10.0, "cost_yuan": 6.0})  # fmt: skip
    return offers, bills


def test_an_offer_that_only_brings_forward_vanishes() -> None:
    found = first_order_later(*drawn(), as_of="2026-06-30").table
    assert found["effect"].tolist() == [1.0, 0.0, 0.0]
    assert found["margin_more_yuan"].round(9).tolist() == [4.0, 0.0, 0.0]
    assert (found["coupon_yuan"] == 8.0).all()


def test_shares_are_those_counted_by_hand() -> None:
    firm = lark()
    found = first_order_later(firm.offers, firm.waybills, as_of="2026-10-31", days=[30]).table.loc[30]
    offers = firm.offers[(firm.offers["kind"] == "first_order") & (firm.offers["assigned_on"] <= "2026-10-02")]
    first = firm.waybills.groupby("customer_id")["picked_up_at"].min().dt.normalize()
    there = (offers["customer_id"].map(first) - offers["assigned_on"]).dt.days < 30
    shares = there.groupby(offers["arm"].astype(str)).mean()
    assert found.customers == len(offers)
    # The method weighs strata by their customers; the plain difference may stray from it a little.
    assert found.effect == pytest.approx(shares["offer"] - shares["control"], abs=0.01)
    assert found.low < found.effect < found.high


def test_it_says_what_to_do() -> None:
    firm = lark()
    found = first_order_later(firm.offers, firm.waybills, as_of="2026-10-31")
    assert isinstance(found, OfferLater)
    assert len(found.numbers()) == 3
    assert found.advice() and found.headline() and found.summary()
    poor = first_order_later(*drawn(), as_of="2026-06-30")
    assert poor.advice() != found.advice()


@pytest.mark.parametrize("days", [(), (30, 7), (0, 7), (7.5,), (True,)])
def test_spans_must_be_whole_and_in_order(days) -> None:
    with pytest.raises(ValueError, match="days"):
        first_order_later(*drawn(8), as_of="2026-06-30", days=days)


def test_bad_tables_are_refused() -> None:
    offers, bills = drawn(8)
    with pytest.raises(ValueError, match="arm"):
        first_order_later(offers.drop(columns="arm"), bills, as_of="2026-06-30")
    with pytest.raises(ValueError, match="customer_id"):
        first_order_later(pd.concat([offers, offers]), bills, as_of="2026-06-30")
    with pytest.raises(ValueError):
        first_order_later(offers.assign(kind="retention"), bills, as_of="2026-06-30")


def test_rules_that_held_are_told_in_words() -> None:
    from crmlib.development import rules_later

    before = pd.DataFrame({"express": [True] * 40 + [False] * 40, "cross_border": False})
    after = before.assign(cross_border=[True] * 30 + [False] * 50)
    rule = pd.DataFrame({"left_side": [("express",)], "right_side": ["cross_border"], "lift": [1.5]})
    held = rules_later(rule, before, after).held()
    assert held[["asked", "rate", "others_rate"]].to_numpy().tolist() == [[40.0, 0.75, 0.0]]
    assert "cross_border" not in held["right_side"].tolist()
