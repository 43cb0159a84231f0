import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib import i18n
from crmlib.credit import aging, days_sales_outstanding, invoice_status, unbilled

START = pd.Timestamp("2026-01-01")


def bills(rows) -> pd.DataFrame:
    """Rows of (customer, day of issue, days to pay, amount)."""
    table = pd.DataFrame(rows, columns=["customer_id", "issued", "terms", "amount_yuan"])
    return pd.DataFrame({
        "invoice_id": [f"i{number}" for number in range(len(table))], "customer_id": table["customer_id"],
        "issued_on": START + pd.to_timedelta(table["issued"], unit="D"),
        "due_on": START + pd.to_timedelta(table["issued"] + table["terms"], unit="D"), "amount_yuan": table["amount_yuan"].astype(float),
    })  # fmt: skip


def paid(rows) -> pd.DataFrame:
    """Rows of (number of the invoice, day, amount)."""
    table = pd.DataFrame(rows, columns=["invoice", "day", "amount_yuan"])
    return pd.DataFrame({
        "invoice_id": [f"i{number}" for number in table["invoice"]],
        "paid_on": START + pd.to_timedelta(table["day"].astype(float), unit="D"),
        "amount_yuan": table["amount_yuan"].astype(float),
    })  # fmt: skip


LEDGERS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 150), st.integers(0, 60), st.integers(1, 500)), min_size=1, max_size=12)
PAYMENTS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 300), st.integers(1, 400)), max_size=20)


def by_hand(rows, payments, today):
    """Each invoice's open money, credit and days past due, one after the other."""
    for number, (customer, issued, terms, amount) in enumerate(rows):
        if issued <= today:
            came = sorted((day, yuan) for invoice, day, yuan in payments if invoice == number and day <= today)
            total, full = 0, None
            for day, yuan in came:
                total += yuan
                full = day if full is None and total >= amount else full
            late = (today if total < amount else full) - issued - terms
            yield customer, max(amount - total, 0), max(total - amount, 0), late, issued, terms


@settings(deadline=None, max_examples=12)
@given(LEDGERS, PAYMENTS, st.integers(151, 320))
def test_status_and_aging_agree_with_the_books_kept_by_hand(rows, payments, today):
    payments = [payment for payment in payments if payment[0] < len(rows)]
    as_of = START + pd.Timedelta(days=today)
    expected = list(by_hand(rows, payments, today))
    status = invoice_status(bills(rows), paid(payments), as_of=as_of)
    assert status["open_yuan"].tolist() == [row[1] for row in expected]
    assert status["credit_yuan"].tolist() == [row[2] for row in expected]
    assert status["days_past_due"].tolist() == [row[3] for row in expected]
    for basis in ("due", "issued"):
        found = aging(bills(rows), paid(payments), as_of=as_of, basis=basis, buckets=(30, 60))
        wanted = dict.fromkeys(found.buckets, 0)
        for __, opened, __, __, issued, terms in expected:
            age = today - issued - (terms if basis == "due" else 0)
            place = sum(age > edge for edge in ((0, 30, 60) if basis == "due" else (30, 60)))
            wanted[found.buckets[place]] += opened
        assert found.totals["open_yuan"].to_dict() == wanted
        assert found.table["open_yuan"].sum() == found.open_yuan == sum(row[1] for row in expected)
        assert found.table["credit_yuan"].sum() == sum(row[2] for row in expected), "overpayments are shown, not netted"


@settings(deadline=None, max_examples=8)
@given(LEDGERS, PAYMENTS)
def test_receivables_by_month_are_those_of_the_status(rows, payments):
    payments = [payment for payment in payments if payment[0] < len(rows)]
    table = days_sales_outstanding(bills(rows), paid(payments), as_of="2026-10-31", period_months=2).table
    for end in table.index[[0, len(table) // 2, -1]]:
        assert table.loc[end, "receivable_yuan"] == pytest.approx(invoice_status(bills(rows), paid(payments), as_of=end)["open_yuan"].sum())


def test_age_counts_from_the_due_day_unless_the_issue_is_asked_for():
    """The mistake of counting from the invoice makes a customer with 60 days to pay look late."""
    book = bills([("a", 0, 60, 100)])
    on_time = START + pd.Timedelta(days=45)
    assert aging(book, paid([]), as_of=on_time).totals.loc["not_due", "open_yuan"] == 100
    assert aging(book, paid([]), as_of=on_time, basis="issued").totals.loc["days_31_60", "open_yuan"] == 100


def test_credit_notes_and_money_sent_back():
    book = bills([("a", 0, 30, 100), ("a", 1, 30, -30), ("b", 0, 30, 50)])
    status = invoice_status(book, paid([(0, 5, 120), (0, 9, -20), (2, 3, 80)]), as_of="2026-03-01")
    assert status["open_yuan"].tolist() == [0, 0, 0]
    assert status["credit_yuan"].tolist() == [0, 30, 30]
    assert status["paid_in_full_on"].dt.day_of_year.tolist() == [6, 2, 4]


def test_count_back_sets_the_debt_of_november_against_november():
    """Everybody pays 30 days after the invoice; only the peak differs. Count-back stays, the simple ratio does not."""
    ends = pd.date_range("2025-06-30", "2026-05-31", freq="ME")
    sales = [100.0, 100, 100, 100, 100, 300, 100, 100, 100, 100, 100, 100]
    book = pd.DataFrame(
        {"invoice_id": range(12), "customer_id": "a", "issued_on": ends, "due_on": ends + pd.Timedelta(days=30), "amount_yuan": sales}
    )
    money = pd.DataFrame({"invoice_id": range(12), "paid_on": ends + pd.Timedelta(days=45), "amount_yuan": sales})
    table = days_sales_outstanding(book, money, as_of="2026-05-31", period_months=3).table.iloc[3:]
    assert table["count_back_days"].between(59, 62).all()
    assert table.loc["2025-11-30", "simple_days"] > 70
    assert table.loc["2026-02-28", "simple_days"] < 61
    assert np.isnan(days_sales_outstanding(book, money, as_of="2026-05-31").table["simple_days"].iloc[0]), "three months must have passed"


def test_unbilled_parcels_are_owed_too():
    sent = pd.DataFrame({"customer_id": ["a", "a", "b"], "price_yuan": [10.0, 5.0, 7.0],
                         "picked_up_at": pd.to_datetime(["2026-01-31 23:00", "2026-02-01 01:00", "2026-02-10 00:00"])})  # fmt: skip
    assert unbilled(sent, bills([("a", 30, 30, 100)]), as_of="2026-02-10").to_dict() == {"a": 5.0}


def test_dates_and_ids_of_any_dress_give_the_same_books():
    book, money = bills([("a", 0, 30, 100), ("b", 3, 20, 70)]), paid([(0, 5, 40)])
    plain = aging(book, money, as_of="2026-03-01", buckets=(30,)).table
    other = book.assign(issued_on=book["issued_on"].dt.date, due_on=book["due_on"].dt.tz_localize("Asia/Shanghai"),
                        customer_id=pd.Categorical(book["customer_id"], ["a", "b", "z"]), amount_yuan=book["amount_yuan"].astype(object))  # fmt: skip
    found = aging(other, money.assign(paid_on=money["paid_on"].astype("timestamp[us][pyarrow]")), as_of="2026-03-01", buckets=(30,)).table
    pd.testing.assert_frame_equal(found, plain)


def test_inputs_stay_as_they_are():
    book, money = bills([("a", 0, 30, 100)]), paid([(0, 5, 40)])
    copies = book.copy(deep=True), money.copy(deep=True)
    aging(book, money, as_of="2026-03-01")
    days_sales_outstanding(book, money, as_of="2026-03-01")
    pd.testing.assert_frame_equal(book, copies[0])
    pd.testing.assert_frame_equal(money, copies[1])


def test_nothing_owed_is_an_answer():
    found = aging(bills([]).astype({"issued_on": "datetime64[us]"}), paid([]), as_of="2026-03-01")
    assert found.open_yuan == 0 and found.table.empty and "0 customers" in found.summary()


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        (lambda book, money: (book.drop(columns="due_on"), money), {}, "lacks the column(s) due_on"),
        (lambda book, money: (book.assign(due_on="soon"), money), {}, "due_on holds text, not dates"),
        (lambda book, money: (book.assign(amount_yuan="much"), money), {}, "amount_yuan is not a number"),
        (lambda book, money: (book.assign(amount_yuan=np.nan), money), {}, "amount_yuan is missing"),
        (lambda book, money: (pd.concat([book, book]), money), {}, "invoice_id repeats, so that money would count twice: 2 row(s)"),
        (lambda book, money: (book.assign(due_on=START - pd.Timedelta(days=9)), money), {}, "due before it was issued"),
        (lambda book, money: (book.assign(customer_id=None), money), {}, "lacks its number or its customer"),
        (lambda book, money: (book, money.assign(invoice_id="i9")), {}, "belongs to no invoice of the table: 1 row(s), first 0"),
        (lambda book, money: (book, money.assign(paid_on=pd.NaT)), {}, "paid_on is missing"),
        (lambda book, money: (book, [1]), {}, "payments must be a pandas table; this is a list"),
        (lambda book, money: (book, money), {"as_of": "some day"}, "as_of is some day, which is no date"),
        (lambda book, money: (book, money), {"basis": "paid"}, 'basis is "paid"'),
        (lambda book, money: (book, money), {"buckets": (60, 30)}, "write rising whole numbers of days"),
        (lambda book, money: (book, money), {"buckets": (30.5,)}, "write rising whole numbers of days"),
    ],
)
def test_unusable_ledgers_are_refused_with_a_sentence(change, options, sentence):
    book, money = change(bills([("a", 0, 30, 100)]), paid([(0, 5, 40)]))
    with pytest.raises(ValueError) as caught:
        aging(book, money, **{"as_of": "2026-03-01"} | options)
    assert sentence in str(caught.value)


def test_sentences_speak_both_languages():
    found = aging(bills([("a", 0, 30, 100)]), paid([]), as_of="2026-03-01")
    assert "100 yuan (100.0%) are past due" in found.summary()
    i18n.use_language("zh")
    assert "逾期" in found.summary()
