"""The monthly accounts of the simulated firm: invoices by contract, and payments whose delay follows the customer's credit quality."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.company.axes import require_keys, require_whole
from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.draws import Stream, pick
from crmlib.company.parameters import chosen, figure, parameter_table
from crmlib.company.purchases import Purchases, dates
from crmlib.company.tables.money import INVOICES, PAYMENTS
from crmlib.company.world import World

CLASSES = INVOICES["credit_class"].categories
METHODS = PAYMENTS["method"].categories


@dataclass(frozen=True, kw_only=True)
class MoneyScenario:
    """How the simulated customers pay. Credit quality is standardised; the firm's classes follow it with error.

    The day of a payment, counted from the due day, is

    days_late = usual_delay + quality_effect × quality + habit + luck,

    habit normal (one a customer), luck exponential less its mean (one an invoice); nobody pays before the day after the issue. Odds of
    never paying, of paying in two parts: exp(base + effect × quality [+ gone, for a customer that left the firm before the due day]).

    Raises
    ------
    ValueError
        Shares do not sum to 1, or a mapping lacks an entry.

    >>> MoneyScenario().terms_days["C"]
    30
    """

    class_shares: Mapping[str, float] = chosen(
        {"A": 0.06, "B": 0.16, "C": 0.60, "D": 0.18}, "月结客户中各信用等级的比例", "Share of each credit class among the monthly accounts")
    class_accuracy: float = chosen(
        0.80, "公司评的信用分与真实信用质量的相关系数", "Correlation of the score behind the firm's classes with the true credit quality")
    terms_days: Mapping[str, int] = figure(
        {"A": 60, "B": 45, "C": 30, "D": 15}, "各信用等级的付款天数；行业常见 30 天", "Terms by credit class; 30 days are usual in the trade", "GK")
    limit_months: Mapping[str, float] = chosen(
        {"A": 6.0, "B": 4.5, "C": 3.0, "D": 1.5}, "信用额度约为几个月的平均账单", "Credit limit in mean monthly invoices")
    usual_delay: float = figure(
        -2.0, "信用质量居中的客户平均迟付几天；由应收账款周转 10–15 次、即 24–36 天推算",
        "Mean days late at mean credit quality; from a turnover of receivables of 10 to 15 a year, that is 24–36 days", "D")
    quality_effect: float = chosen(-5.0, "信用质量高一个标准差，晚付几天", "Days late for each standard deviation of credit quality")
    habit_sd: float = chosen(2.0, "客户付款习惯的标准差，天", "Standard deviation of the customers' habits, days")
    luck_days: float = chosen(7.0, "每份账单快慢的标准差，天；右偏", "Standard deviation of luck by invoice, days; skewed to the right")
    never_paid: Mapping[str, float] = chosen(
        {"base": -5.2, "quality": -0.8, "gone": 1.5}, "始终不付的对数几率：底数、信用质量的系数、到期前已经流失的客户另加",
        "Log odds of never paying: base, effect of credit quality, and of having left before the due day")
    in_parts: Mapping[str, float] = chosen(
        {"base": -2.6, "quality": -0.5}, "分两笔付的对数几率", "Log odds of paying in two parts")
    second_part_days: tuple[int, int] = chosen((10, 40), "第二笔晚几天", "The second part comes so many days after the first")
    overpaid: float = chosen(0.012, "凑整多付的比例", "Share of invoices paid too high, rounded up to a hundred yuan")
    method_shares: tuple[float, float, float] = chosen(
        (0.70, 0.24, 0.06), "惯用银行转账、移动支付、承兑汇票的客户比例", "Shares of customers that use transfers, mobile payment and bills")

    def __post_init__(self) -> None:
        require_whole("money.class_shares", self.class_shares.values())
        require_whole("money.method_shares", self.method_shares)
        for name, wanted in {"class_shares": CLASSES, "terms_days": CLASSES, "limit_months": CLASSES,
                             "never_paid": ("base", "quality", "gone"), "in_parts": ("base", "quality")}.items():  # fmt: skip
            require_keys(f"money.{name}", getattr(self, name), wanted)

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, source (or meaning) in both languages and mark, indexed by name."""
        return parameter_table(cls)


def draw_money(world: World) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The tables invoices and payments.

    The truth gets two frames. "credit", one row a monthly account: customer_id, credit_quality, credit_class, habit_days. "invoices", one
    row an invoice: invoice_id, days_late (of the first payment, also if it comes after the data end), never_paid, in_parts, overpaid.

    >>> from crmlib.company.simulation import draw_world
    >>> tables, truth = draw_money(draw_world(customers=40, months=3, seed=7))
    >>> len(tables["invoices"]) == len(truth["invoices"])
    True
    """
    scenario = getattr(world.scenario, "money", None) or MoneyScenario()
    stream, people = world.stream, world.truth["customers"]
    parcels, yuan = Purchases(world).by_month(world.edges, len(people))
    account = world.customers["monthly_account"].to_numpy()
    quality = people["credit_quality"].to_numpy()
    credit = _credit_classes(quality, account, stream, scenario)
    month, customer = np.nonzero((parcels * account[:, None]).T)
    terms = np.array([scenario.terms_days[name] for name in CLASSES])[credit[customer]]
    issued = world.edges[month + 1] - 1
    ids = numbered("V", world.numbers(len(customer)), 6)
    amount = yuan[customer, month]
    invoices = pd.DataFrame({
        "invoice_id": ids,
        "customer_id": decoded(customer, world.customers["customer_id"]),
        "month": dates(world.first, world.edges[month]),
        "issued_on": dates(world.first, issued),
        "due_on": dates(world.first, issued + terms),
        "parcels": parcels[customer, month],
        "amount_yuan": amount,
        "credit_class": decoded(credit[customer], CLASSES),
        "terms_days": terms,
        "credit_limit_yuan": _limits(yuan, credit, stream, scenario)[customer],
    })  # fmt: skip
    habit = scenario.habit_sd * stream.normals("money/habit", len(people))
    first_day = np.datetime64(world.first, "D")
    leaves = people["leaves_on"].to_numpy().astype("datetime64[D]")
    leaves = np.where(np.isnat(leaves), 10**6, (leaves - first_day).astype(np.int64))
    gone = leaves[customer] < issued + terms
    fate = _fates(quality[customer], habit[customer], gone, issued, terms, stream, scenario)
    payments = _payments(fate, ids, customer, amount, world, scenario)
    truth = {
        "credit": pd.DataFrame({
            "customer_id": world.customers["customer_id"], "credit_quality": quality,
            "credit_class": np.array(CLASSES, dtype=object)[credit], "habit_days": habit,
        })[account].reset_index(drop=True),
        "invoices": pd.DataFrame({"invoice_id": ids, "days_late": fate["paid"] - issued - terms,
                                  **{name: fate[name] for name in ("never_paid", "in_parts", "overpaid")}}),
    }  # fmt: skip
    return {"invoices": conform(invoices, INVOICES), "payments": payments}, truth


def _credit_classes(quality: np.ndarray, account: np.ndarray, stream: Stream, scenario: MoneyScenario) -> np.ndarray:
    """Each customer's class as an index of CLASSES, by its rank among the monthly accounts."""
    accuracy = scenario.class_accuracy
    score = accuracy * quality + np.sqrt(1 - accuracy**2) * stream.normals("money/score", len(quality))
    better = np.searchsorted(np.sort(-score[account]), -score) / max(account.sum(), 1)
    shares = np.array([scenario.class_shares[name] for name in CLASSES])
    return np.searchsorted(np.cumsum(shares)[:-1], better, side="right")


def _limits(yuan: np.ndarray, credit: np.ndarray, stream: Stream, scenario: MoneyScenario) -> np.ndarray:
    """In whole hundreds of yuan, from the mean of the months in which the customer sent something."""
    usual = yuan.sum(axis=1) / np.maximum((yuan > 0).sum(axis=1), 1)
    wide = usual * np.array([scenario.limit_months[name] for name in CLASSES])[credit]
    wide = wide * np.exp(0.2 * stream.normals("money/limit", len(usual)))
    return np.maximum(np.ceil(wide / 100), 1) * 100


def _fates(
    quality: np.ndarray, habit: np.ndarray, gone: np.ndarray, issued: np.ndarray, terms: np.ndarray, stream: Stream, scenario: MoneyScenario
) -> dict[str, np.ndarray]:
    """When each invoice is first paid, whether in two parts, too high or never, and how the parts go."""
    size, never, parts = len(quality), scenario.never_paid, scenario.in_parts
    luck = scenario.luck_days * (-np.log1p(-stream.uniforms("money/luck", size)) - 1)
    late = np.rint(scenario.usual_delay + scenario.quality_effect * quality + habit + luck).astype(np.int64)
    odds = np.exp(never["base"] + never["quality"] * quality + never["gone"] * gone)
    split_odds = np.exp(parts["base"] + parts["quality"] * quality)
    never_paid = stream.uniforms("money/never", size) < odds / (1 + odds)
    in_parts = (stream.uniforms("money/parts", size) < split_odds / (1 + split_odds)) & ~never_paid
    low, high = scenario.second_part_days
    paid = issued + np.maximum(terms + late, 1)
    return {
        "paid": paid, "never_paid": never_paid, "in_parts": in_parts,
        "overpaid": (stream.uniforms("money/overpaid", size) < scenario.overpaid) & ~never_paid & ~in_parts,
        "share": 0.4 + 0.4 * stream.uniforms("money/share", size),
        "second": paid + low + (stream.uniforms("money/second", size) * (high - low + 1)).astype(np.int64),
    }  # fmt: skip


def _payments(
    fate: dict[str, np.ndarray], ids: pd.Series, customer: np.ndarray, amount: np.ndarray, world: World, scenario: MoneyScenario
) -> pd.DataFrame:
    part = np.where(fate["in_parts"], (amount * fate["share"]).round(2), amount)
    part = np.where(fate["overpaid"], np.floor(amount / 100 + 1) * 100, part)
    paying, halves = np.flatnonzero(~fate["never_paid"]), np.flatnonzero(fate["in_parts"] & (part < amount))
    invoice = np.concatenate([paying, halves])
    day = np.concatenate([fate["paid"][paying], fate["second"][halves]])
    paid = np.concatenate([part[paying], (amount - part)[halves].round(2)])
    order = np.lexsort((invoice, day))
    order = order[(day[order] < world.days) & (paid[order] > 0)]
    method = pick(world.stream.uniforms("money/method", len(world.customers)), np.array(scenario.method_shares))
    return conform(pd.DataFrame({
        "payment_id": numbered("Y", world.numbers(len(order)), 6),
        "invoice_id": decoded(invoice[order], ids),
        "paid_on": dates(world.first, day[order]),
        "amount_yuan": paid[order],
        "method": decoded(method[customer[invoice[order]]], METHODS),
    }), PAYMENTS)  # fmt: skip
