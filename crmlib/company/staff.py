"""The simulated firm's salespeople, their successors, and the customers' contact persons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlib.company.columns import decoded, numbered
from crmlib.company.contract import conform
from crmlib.company.draws import Stream, pick
from crmlib.company.names import draw_names
from crmlib.company.parameters import chosen, parameter_table
from crmlib.company.tables.core import CONTACTS, SALESPEOPLE

_ROLES = CONTACTS["role"].categories
_CHANNELS = CONTACTS["channel"].categories


@dataclass(frozen=True, kw_only=True)
class StaffScenario:
    """Who serves the simulated customers, and whom they speak to.

    >>> StaffScenario().customers_each
    110
    """

    customers_each: int = chosen(110, "平均每位客户经理对应的客户数（含零散客户）", "Customers of the firm for each salesperson, walk-in customers included")
    leave_per_year: float = chosen(0.22, "客户经理的年离职率", "Share of the salespeople who leave in a year")
    felt_months: int = chosen(3, "客户经理离职后几个月内客户更容易流失", "For so many months after a salesperson left, the customers are at risk")
    contacts: tuple[float, float, float] = chosen(
        (0.45, 0.35, 0.20), "有一位、两位、三位联系人的客户比例", "Shares of customers with one, two and three contacts")
    channels: tuple[float, float, float, float] = chosen(
        (0.46, 0.20, 0.22, 0.12), "偏好企业微信、钉钉、短信、电子邮件的比例", "Shares that prefer WeCom, DingTalk, text message and e-mail")

    @classmethod
    def table(cls) -> pd.DataFrame:
        """Every parameter with its default value, source (or meaning) in both languages and mark, indexed by name."""
        return parameter_table(cls)


@dataclass(frozen=True, eq=False)
class Staff:
    """The salespeople, who serves each customer today (-1: nobody), and customers × months: has the salesperson just left?"""

    salespeople: pd.DataFrame
    current: np.ndarray
    just_left: np.ndarray


def draw_staff(
    served: np.ndarray, origin: np.datetime64, edges: np.ndarray, stream: Stream, scenario: StaffScenario, number: int = 1
) -> Staff:
    """Posts and who holds them; when somebody leaves, a successor takes over all customers of the post the next day.

    Salespeople are numbered from `number`.
    """
    posts, days = max(3, len(served) // scenario.customers_each), int(edges[-1])
    first_post = (stream.uniforms("salesperson", len(served)) * posts).astype(np.int64)
    joined, tenure = stream.uniforms("staff/joined", posts), stream.strata("staff/tenure", np.zeros(posts))
    gone = (-np.log1p(-tenure) / -np.log1p(-scenario.leave_per_year) * 365.25).astype(np.int64)
    leavers = np.flatnonzero(gone < days)
    leavers = leavers[np.argsort(gone[leavers], kind="stable")]
    names = draw_names(np.full(posts + len(leavers), "person"), stream.generator("staff/names"))
    left = np.where(gone < days, gone, -1)
    joins = np.concatenate([-30 - (joined * 2400).astype(np.int64), gone[leavers] + 1])
    missing = np.datetime64("NaT")
    table = pd.DataFrame({
        "salesperson_id": numbered("S", np.arange(number, number + len(joins)), 2),
        "name": names,
        "joined_on": origin + joins.astype("timedelta64[D]"),
        "left_on": np.concatenate([np.where(left >= 0, origin + left.astype("timedelta64[D]"), missing), np.full(len(leavers), missing)]),
        "predecessor_id": numbered("S", np.concatenate([np.zeros(posts, dtype=np.int64), leavers]) + number, 2).where(
            np.arange(len(joins)) >= posts),
    })  # fmt: skip
    successor = np.arange(posts)
    successor[leavers] = posts + np.arange(len(leavers))
    since = edges[None, :-1] - np.where(left >= 0, left, 10**6)[:, None]
    felt = (since > 0) & (since <= scenario.felt_months * 30.5)
    return Staff(conform(table, SALESPEOPLE), np.where(served, successor[first_post], -1), felt[first_post] & served[:, None])


def draw_contacts(customer_id: pd.Series, served: np.ndarray, stream: Stream, scenario: StaffScenario, number: int = 1) -> pd.DataFrame:
    """One to three contact persons of each customer that has a salesperson, numbered from `number`."""
    business = np.flatnonzero(served)
    count = 1 + pick(stream.uniforms("contacts", len(served)), np.array(scenario.contacts))[business]
    who = np.repeat(business, count)
    place = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)
    digits = (stream.uniforms("contacts/phone", len(who)) * 10_000).astype(np.int64)
    return conform(pd.DataFrame({
        "contact_id": numbered("P", np.arange(number, number + len(who)), 5),
        "customer_id": customer_id.iloc[who].to_numpy(),
        "name": draw_names(np.full(len(who), "person"), stream.generator("contacts/names")),
        "role": decoded(place, _ROLES),
        "phone": numbered("129****", digits, 4),
        "channel": decoded(pick(stream.uniforms("contacts/channel", len(who)), np.array(scenario.channels)), _CHANNELS),
    }), CONTACTS)  # fmt: skip
