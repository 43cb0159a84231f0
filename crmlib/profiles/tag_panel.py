"""What was known of every customer on the morning of every Monday: the features that conditions of tags ask for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.churn.as_of import moments_of, tables_of
from crmlib.company.schema import TABLES
from crmlib.i18n import _, language
from crmlib.segments.per_customer import day
from crmlib.standards import get
from crmlib.survey.intervals import wilson_interval

PEAKS = ("midyear_618", "double_11", "double_12")
_WEEK = pd.Timedelta(weeks=1)


@cache
def _file() -> dict:
    return tomllib.loads((Path(__file__).parent / "tag_features.toml").read_text("utf-8"))


def features() -> Mapping[str, dict]:
    """What stands in tag_features.toml of every feature, by name.

    >>> features()["express_share"]["kind"]
    'share'
    """
    return _file()["features"]


def tag_features() -> pd.DataFrame:
    """The features that conditions of tags may ask for.

    Answers: what may I write into a rule, and what does it mean?

    Returns
    -------
    DataFrame, indexed by feature
        feature_name, feature_kind (share, number, word), unit, window_weeks (how far back; 0: everything up to the day), tables, meaning
        (in the active language) and, for words, values. Of a share named NAME a condition may also ask for NAME_low and NAME_high (the
        ends of its interval) and NAME_of (out of how many).

    >>> tag_features().loc["express_share", "tables"]
    'waybills'
    """
    tongue = language()
    rows = {
        name: (one[tongue], one["kind"], one.get("unit", ""), one.get("window_weeks", 0), ", ".join(one["tables"]), one[f"meaning_{tongue}"],
               ", ".join(word_values(name)) if one["kind"] == "word" else "")
        for name, one in features().items()
    }  # fmt: skip
    columns = ["feature_name", "feature_kind", "unit", "window_weeks", "tables", "meaning", "values"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("feature")


def word_values(name: str) -> list[str]:
    """The codes that a word may take.

    >>> word_values("market")
    ['e_commerce', 'corporate', 'walk_in']
    """
    return [value.code for value in TABLES["customers"][name].values]


def symbols() -> dict[str, str]:
    """Every name that a condition may hold, with the feature behind it.

    >>> symbols()["express_share_low"]
    'express_share'
    """
    names = {}
    for name, one in features().items():
        names |= {name: name} | ({f"{name}_{end}": name for end in ("low", "high", "of")} if one["kind"] == "share" else {})
    return names


class Panel:
    """Features of all customers (rows) at all reviews (columns), worked out when first asked for.

    `customers` are the customer_ids, `reviews` the Mondays from the first one after the first parcel to `as_of`, `known` says from which
    review on a customer has an account. Each review knows what came before its midnight, and nothing else.

    >>> from crmlib.company import lark
    >>> panel = Panel(lark(), "2024-12-01")
    >>> [str(day.date()) for day in panel.reviews], panel.value("parcels").shape
    (['2024-11-04', '2024-11-11', '2024-11-18', '2024-11-25'], (2000, 4))
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame], as_of: object, *, customers: Iterable | None = None) -> None:
        self.tables = tables_of(tables)
        self.level = get("profiles.tag_level", unit="share")
        self.as_of = day(as_of, "as_of").normalize()
        self._only, self._read = None, {}
        picked = moments_of(self._table("waybills", "customer_id", "picked_up_at")["picked_up_at"], "waybills", "picked_up_at")
        if customers is not None:
            self._only, self._read = [customers] if isinstance(customers, str) else list(customers), {}
            unknown = sorted(set(self._only) - set(self._whole("customers")["customer_id"]))
            if unknown:
                raise ValueError(_("There is no customer {customer}.").format(customer=unknown[0]))
        people = self._table("customers", "customer_id", "opened_on")
        self.customers = pd.Index(people["customer_id"].astype(object), name="customer_id")
        if not self.customers.is_unique:
            raise ValueError(_("A customer stands twice in customers. Drop the repetitions first."))
        self.begins = picked.min().normalize() if len(picked) else pd.NaT
        first = self.begins + pd.Timedelta(days=7 - self.begins.weekday()) if len(picked) else self.as_of
        if not len(picked) or first > self.as_of:
            raise ValueError(_("On {day} no week with parcels had been seen yet, so there are no tags. The first day with tags is {first}.").format(
                day=f"{self.as_of:%Y-%m-%d}", first=f"{first:%Y-%m-%d}" if len(picked) else "–"))  # fmt: skip
        self.reviews = pd.date_range(first, self.as_of, freq=_WEEK)
        self._edges = self.reviews.to_numpy("datetime64[us]")
        self.opened = moments_of(people["opened_on"], "customers", "opened_on").to_numpy("datetime64[us]")[:, None]
        self.known = self.opened < self._edges
        self._kept: dict[str, np.ndarray] = {}

    def value(self, name: str) -> np.ndarray:
        """A feature, or an end of its interval, or out of how many; customers × reviews (a word: customers × 1)."""
        if name not in self._kept:
            feature = symbols()[name]
            kind = features()[feature]["kind"]
            if kind == "word":
                self._kept[name] = self._table("customers", name)[name].astype(object).to_numpy()[:, None]
            elif kind == "number":
                self._kept[name] = getattr(self, f"_{feature}")()
            else:
                self._keep_share(feature)
        return self._kept[name]

    def hits(self, feature: str) -> np.ndarray:
        """How many things a share counts (express parcels, late invoices …)."""
        self.value(feature)
        return self._kept[f"{feature} hits"]

    def _keep_share(self, name: str) -> None:
        hits, out_of = getattr(self, f"_{name}")()
        hits = np.minimum(hits, out_of)
        with np.errstate(all="ignore"):
            share = hits / out_of
            low, high = wilson_interval(hits, out_of, self.level)
        self._kept |= {name: share, f"{name}_low": low, f"{name}_high": high, f"{name}_of": out_of, f"{name} hits": hits}

    def _table(self, name: str, *columns: str) -> pd.DataFrame:
        if name not in self._read:
            table = self._whole(name)
            if self._only is not None and "customer_id" in table.columns:
                wanted = table["customer_id"] == self._only[0] if len(self._only) == 1 else table["customer_id"].isin(self._only)
                table = table[wanted]
            self._read[name] = table
        require_columns(self._read[name].columns, columns)
        return self._read[name]

    def _whole(self, name: str) -> pd.DataFrame:
        if name not in self.tables:
            raise ValueError(_("These rules need the table {table}, which the data lack. Take the rules out that ask for it, or add the table.").format(table=name))
        return self.tables[name]

    def _rows(self, customers: pd.Series) -> np.ndarray:
        return self.customers.get_indexer(pd.Index(customers.astype(object)))

    def _place(self, customers: np.ndarray, when: pd.Series | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which events count, and the cell of each: its customer and the first review that knows of it."""
        when = np.asarray(when, dtype="datetime64[us]")
        review = np.searchsorted(self._edges, when, side="right")
        chosen = (customers >= 0) & (review < len(self.reviews)) & ~np.isnat(when)
        return chosen, customers[chosen] * len(self.reviews) + review[chosen]

    def _sums(self, customers: np.ndarray, when: object, weights: object = None, *, weeks: int) -> np.ndarray:
        """Events (or the sum of their weights) up to each review, of the last `weeks` weeks; 0: of all."""
        chosen, cell = self._place(customers, when)
        shape = len(self.customers), len(self.reviews)
        added = np.bincount(cell, None if weights is None else np.asarray(weights, float)[chosen], shape[0] * shape[1]).reshape(shape)
        total = added.cumsum(axis=1, dtype=float)
        if weeks and weeks < shape[1]:
            total[:, weeks:] -= total[:, :-weeks].copy()
        return total

    def _count(self, feature: str, customers: pd.Series, when: pd.Series, **options: object) -> np.ndarray:
        return self._sums(self._rows(customers), when, weeks=features()[feature]["window_weeks"], **options)

    def _latest(self, customers: np.ndarray, when: object, values: object) -> np.ndarray:
        """The value of the last event before each review; missing before the first."""
        order = np.argsort(np.asarray(when, dtype="datetime64[us]"), kind="stable")
        chosen, cell = self._place(customers[order], np.asarray(when, dtype="datetime64[us]")[order])
        grid = np.full((len(self.customers), len(self.reviews)), np.nan)
        grid.ravel()[cell] = np.asarray(values, float)[order][chosen]
        filled = np.maximum.accumulate(np.where(np.isnan(grid), -1, np.arange(grid.shape[1])), axis=1)
        return np.where(filled < 0, np.nan, np.take_along_axis(grid, np.maximum(filled, 0), axis=1))

    def _bills(self, *columns: str) -> pd.DataFrame:
        return self._table("waybills", "customer_id", "picked_up_at", *columns)

    @property
    def _senders(self) -> np.ndarray:
        if "senders" not in self._kept:
            self._kept["senders"] = self._rows(self._bills()["customer_id"])
        return self._kept["senders"]

    def _sent(self, weeks: int, weights: object = None) -> np.ndarray:
        return self._sums(self._senders, self._bills()["picked_up_at"], weights, weeks=weeks)

    def _parcels(self) -> np.ndarray:
        return self._sent(26)

    def _parcels_year(self) -> np.ndarray:
        return self._sent(52)

    def _parcels_ever(self) -> np.ndarray:
        return self._sent(0)

    def _revenue(self) -> np.ndarray:
        return self._sent(26, self._bills("price_yuan")["price_yuan"])

    def _months_open(self) -> np.ndarray:
        return np.where(self.known, (self._edges - self.opened) / np.timedelta64(1, "D") / 30.4375, np.nan)

    def _sensitive_trade(self) -> np.ndarray:
        names = self._table("customers", "name")["name"]
        return np.repeat(_tells(names, "sensitive_trades").astype(float)[:, None], len(self.reviews), axis=1)

    def _last_day(self) -> np.ndarray:
        day = self._bills()["picked_up_at"].to_numpy("datetime64[D]")
        return self._latest(self._senders, day, day.astype(float))

    def _silent_days(self) -> np.ndarray:
        return self._edges.astype("datetime64[D]").astype(float) - self._last_day()

    def _usual_gap_days(self) -> np.ndarray:
        days = pd.DataFrame({"row": self._senders, "day": self._bills()["picked_up_at"].to_numpy("datetime64[D]")}).drop_duplicates()
        times = self._sums(days["row"].to_numpy(), days["day"], weeks=0)
        first = np.full(len(self.customers), np.nan)
        firsts = days[days["row"] >= 0].groupby("row")["day"].min()
        first[firsts.index] = firsts.to_numpy("datetime64[D]").astype(float)
        return (self._last_day() - first[:, None]) / np.where(times > 1, times - 1, np.nan)

    def _express_share(self) -> tuple[np.ndarray, np.ndarray]:
        return self._sent(26, self._bills("product")["product"] == "express"), self.value("parcels")

    def _economy_share(self) -> tuple[np.ndarray, np.ndarray]:
        return self._sent(26, self._bills("product")["product"] == "economy"), self.value("parcels")

    def _cross_border_share(self) -> tuple[np.ndarray, np.ndarray]:
        return self._sent(26, self._bills("scope")["scope"] == "cross_border"), self.value("parcels")

    def _late_share(self) -> tuple[np.ndarray, np.ndarray]:
        bills = self._bills("delivered_at", "promised_at")
        # A parcel is judged when it arrives, or when its promise is broken, whichever comes first.
        known = bills[["delivered_at", "promised_at"]].min(axis=1)
        late = ~(bills["delivered_at"] <= bills["promised_at"])
        return self._sums(self._senders, known, late, weeks=26), self._sums(self._senders, known, weeks=26)

    def _peak_share(self) -> tuple[np.ndarray, np.ndarray]:
        calendar = self._table("calendar", "date", "festival")
        days = pd.Index(calendar.loc[calendar["festival"].isin(PEAKS), "date"].to_numpy("datetime64[D]"))
        busy = pd.Index(self._bills()["picked_up_at"].to_numpy("datetime64[D]")).isin(days)
        year = np.timedelta64(52 * 7, "D")
        whole = (self._edges - year >= np.datetime64(self.begins, "us")) & (self.opened <= self._edges - year)
        return np.where(whole, self._sent(52, busy), 0.0), np.where(whole, self.value("parcels_year"), 0.0)

    def _complaint_share(self) -> tuple[np.ndarray, np.ndarray]:
        cases = self._table("cases", "customer_id", "opened_at", "kind")
        cases = cases[cases["kind"].isin(("complaint", "claim"))]
        return self._count("complaint_share", cases["customer_id"], cases["opened_at"]), self.value("parcels_year")

    def _tracking_call_share(self) -> tuple[np.ndarray, np.ndarray]:
        calls = self._table("calls", "customer_id", "arrived_at", "reason")
        calls = calls[calls["reason"] == "where_is_my_parcel"]
        return self._count("tracking_call_share", calls["customer_id"], calls["arrived_at"]), self.value("parcels")

    def _late_invoice_share(self) -> tuple[np.ndarray, np.ndarray]:
        bills = self._table("invoices", "invoice_id", "customer_id", "due_on", "amount_yuan")
        paid = self._table("payments", "invoice_id", "paid_on", "amount_yuan").sort_values("paid_on", kind="stable")
        paid = paid.assign(sum=paid.groupby("invoice_id")["amount_yuan"].cumsum()).merge(
            bills[["invoice_id", "amount_yuan"]], on="invoice_id", suffixes=("", "_due"))  # fmt: skip
        whole = paid[paid["sum"] >= paid["amount_yuan_due"] - 0.005].groupby("invoice_id")["paid_on"].min()
        settled = whole.reindex(bills["invoice_id"]).astype("datetime64[us]").set_axis(bills.index)
        missed = bills["due_on"] + pd.Timedelta(days=1)
        late = ~(settled < missed)
        known, rows = settled.where(~late, missed), self._rows(bills["customer_id"])
        return self._sums(rows, known, late, weeks=52), self._sums(rows, known, weeks=52)

    def _price_questions(self) -> np.ndarray:
        calls, cases = self._table("calls", "customer_id", "arrived_at", "reason"), self._table("cases", "customer_id", "opened_at", "cause")
        calls, cases = calls[calls["reason"] == "price"], cases[cases["cause"] == "price"]
        total = self._count("price_questions", calls["customer_id"], calls["arrived_at"])
        total = total + self._count("price_questions", cases["customer_id"], cases["opened_at"])
        sheets = self._table("surveys", "customer_id", "answered_on", "comment")
        sheets = sheets[_tells(sheets["comment"], "price")]
        return total + self._count("price_questions", sheets["customer_id"], sheets["answered_on"])

    def _sensitive_questions(self) -> np.ndarray:
        cases = self._table("cases", "customer_id", "opened_at", "text")
        cases = cases[_tells(cases["text"], "sensitive_goods")]
        return self._count("sensitive_questions", cases["customer_id"], cases["opened_at"])

    def _green(self) -> pd.DataFrame:
        return self._table("surveys", "customer_id", "answered_on", "green_packaging_with").dropna(subset=["green_packaging_with"])

    def _green_answer(self) -> np.ndarray:
        sheets = self._green()
        return self._latest(self._rows(sheets["customer_id"]), sheets["answered_on"], sheets["green_packaging_with"])

    def _green_answers(self) -> np.ndarray:
        sheets = self._green()
        return self._count("green_answers", sheets["customer_id"], sheets["answered_on"])


def _tells(text: pd.Series, words: str) -> np.ndarray:
    pattern = "|".join(_file()["words"][words])
    return text.astype("string").str.contains(pattern, case=False, na=False).to_numpy(dtype=bool)
