"""The points ledger: earned, spent, expired first in first out; the balance on any day."""

from __future__ import annotations

from collections import deque

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows, require_columns
from crmlib.i18n import _
from crmlib.loyalty.marks import dates
from crmlib.segments.per_customer import day, numbers

KINDS = ("earn", "redeem", "expire")
_MOST = 2.0**53
"""Beyond this a float is no exact whole number any more."""
_NO_DAY = int(np.iinfo("int64").min)


def points_ledger(entries: pd.DataFrame, *, until: object = None, lasts_months: int | None = None) -> pd.DataFrame:
    """Book points in order of date: what was earned first is spent first, and what is too old expires.

    Answers: how many points has each member on each day, and which did nobody use?

    Parameters
    ----------
    entries : DataFrame, one row a booking
        member_id, booked_on, kind ("earn" or "redeem"), points (whole numbers, positive when earned, negative when redeemed). Leave
        expiries out: the ledger works them out.
    until : date, datetime or text, optional
        The ledger is kept up to the end of this day. Without it: up to the last entry.
    lasts_months : int, optional
        Points expire at the end of the day so many months after they were earned. Without it: by the rule of the simulated firm, at the
        end of the half-year (June, December) that follows the one in which they were earned.

    Returns
    -------
    DataFrame, in order of date; on one day earned before redeemed before expired
        member_id, booked_on, kind (category earn, redeem, expire), points (change), balance (afterwards), expires_on (when points earned
        will expire; NaT for other entries)

    Raises
    ------
    ValueError
        A column or date is missing, points are no whole numbers or have the wrong sign, or a member spends more than it has; the sentence
        names member and day.

    Source: the usual first-in-first-out ledger of a loyalty scheme.

    >>> entries = pd.DataFrame({
    ...     "member_id": "m1", "booked_on": pd.to_datetime(["2026-01-31", "2026-08-31", "2026-09-05"]),
    ...     "kind": ["earn", "earn", "redeem"], "points": [300, 200, -250]})
    >>> points_ledger(entries, until="2026-12-31")[["kind", "points", "balance"]].values.tolist()
    [['earn', 300, 300], ['earn', 200, 500], ['redeem', -250, 250], ['expire', -50, 200]]
    """
    booked = _checked(entries)
    end = booked["booked_on"].max() if until is None else day(until, "until").tz_localize(None).normalize()
    booked = booked[booked["booked_on"] <= end]
    expiry = _expiry(booked["booked_on"], lasts_months)
    booked = booked.assign(expires_on=expiry.where(booked["kind"] == "earn"))
    order = booked["kind"].map({"earn": 0, "redeem": 1}).to_numpy()
    booked = booked.iloc[np.lexsort((order, booked["booked_on"].to_numpy(), booked["member_id"].astype(str).to_numpy()))]
    days = {name: booked[name].to_numpy().astype("datetime64[D]").astype("int64").tolist() for name in ("booked_on", "expires_on")}
    last = int(np.datetime64(end, "D").astype("int64"))
    return _framed(_book(booked["member_id"].tolist(), days["booked_on"], booked["points"].tolist(), days["expires_on"], last))


def points_balance(ledger: pd.DataFrame, *, on: object) -> pd.Series:
    """Each member's points at the end of a day.

    Answers: how many points does the firm owe on that day?

    Parameters
    ----------
    ledger : DataFrame from :func:`points_ledger`, or the firm's table points
        member_id, booked_on, points, with the expiries booked.
    on : date, datetime or text

    Returns
    -------
    Series of whole numbers, indexed by member_id; members without an entry up to that day have 0

    Raises
    ------
    ValueError
        A column, date or number is missing.

    Source: the balance is the sum of all changes up to the day.

    >>> ledger = pd.DataFrame({"member_id": ["m1", "m1"], "booked_on": ["2026-01-31", "2026-03-05"], "points": [300, -100]})
    >>> points_balance(ledger, on="2026-02-28").tolist(), points_balance(ledger, on="2026-03-05").tolist()
    ([300], [200])
    """
    _table(ledger, "ledger", ("member_id", "booked_on", "points"))
    when = dates(ledger["booked_on"], "booked_on")
    change = numbers(ledger["points"], "points").where(when <= day(on, "on").tz_localize(None).normalize(), 0.0)
    return change.groupby(ledger["member_id"], observed=True).sum().round().astype("int64").rename("balance")


def reconcile_points(points: pd.DataFrame, *, until: object = None, lasts_months: int | None = None) -> pd.DataFrame:
    """Book a ledger again from what was earned and redeemed, and list where it says something else.

    Answers: does the ledger that the system shows follow from its own rules?

    Parameters
    ----------
    points : DataFrame, one row an entry, such as the firm's table points
        member_id, booked_on, kind (earn, redeem, expire), points, and balance.
    until, lasts_months : as in :func:`points_ledger`

    Returns
    -------
    DataFrame, one row a member and day whose entries differ; empty when the ledger reconciles
        member_id, booked_on, points_booked, points_worked_out (sums of the day), balance_booked, balance_worked_out (NaN: no entry)

    Raises
    ------
    ValueError
        As :func:`points_ledger`.

    Source: reconciliation as auditors do it: recompute, compare, explain what is left.

    >>> points = pd.DataFrame({"member_id": "m1", "booked_on": ["2026-01-31", "2026-06-30"], "kind": ["earn", "expire"],
    ...                        "points": [300, -300], "balance": [300, 0]})
    >>> reconcile_points(points).points_booked.tolist()
    [-300.0]
    """
    _table(points, "points", ("member_id", "booked_on", "kind", "points", "balance"))
    when = dates(points["booked_on"], "booked_on")
    kind = points["kind"].astype(object)
    refuse_rows(~kind.isin(KINDS), _("kind is none of {kinds}").format(kinds=", ".join(KINDS)), _("Look for typing errors."))
    # On one day points are earned, then redeemed, then expire, in whatever order the rows stand.
    points = points.assign(
        booked_on=when, points=numbers(points["points"], "points"), balance=numbers(points["balance"], "balance"),
        turn=kind.map(KINDS.index),
    ).sort_values("turn", kind="stable")
    end = when.max() if until is None else until
    own = points_ledger(points[points["kind"].astype(object) != "expire"], until=end, lasts_months=lasts_months)
    sides = {}
    for name, table in (("booked", points), ("worked_out", own)):
        grouped = table.groupby([table["member_id"].astype(object), "booked_on"], observed=True)
        sides[f"points_{name}"] = grouped["points"].sum().astype("float64")
        sides[f"balance_{name}"] = grouped["balance"].last().astype("float64")
    both = pd.DataFrame(sides)
    same = (both["points_booked"].eq(both["points_worked_out"])) & both["balance_booked"].eq(both["balance_worked_out"])
    columns = ["points_booked", "points_worked_out", "balance_booked", "balance_worked_out"]
    return both.loc[~same, columns].reset_index().sort_values(["booked_on", "member_id"], ignore_index=True)


def _table(table: object, name: str, columns: tuple[str, ...]) -> None:
    if not isinstance(table, pd.DataFrame):
        raise ValueError(_("{name} must be a pandas table; this is a {kind}.").format(name=name, kind=type(table).__name__))
    require_columns(table.columns, columns)


def _checked(entries: pd.DataFrame) -> pd.DataFrame:
    _table(entries, "entries", ("member_id", "booked_on", "kind", "points"))
    if entries.empty:
        raise ValueError(_("There are no entries to book."))
    refuse_rows(entries["member_id"].isna(), _("{name} is missing").format(name="member_id"), _("Fill it in, or drop these rows."))
    kind = entries["kind"].astype(object)
    refuse_rows(~kind.isin(KINDS[:2]), _("kind is neither earn nor redeem"), _("Leave expiries out: the ledger works them out."))
    points = numbers(entries["points"], "points")
    whole = (points == points.round()) & (points.abs() < _MOST)
    refuse_rows(~whole, _("points are no whole numbers"), _("Points are counted whole: drop the fractions."))
    wrong = np.where(kind == "earn", points < 0, points > 0)
    wrong = pd.Series(wrong, index=entries.index)
    refuse_rows(wrong, _("points have the wrong sign"), _("Earned points are positive, redeemed ones negative."))
    return pd.DataFrame({
        "member_id": entries["member_id"].astype(object), "booked_on": dates(entries["booked_on"], "booked_on"), "kind": kind,
        "points": points.astype("int64"),
    })  # fmt: skip


def _expiry(booked_on: pd.Series, lasts_months: int | None) -> pd.Series:
    if lasts_months is None:
        half = booked_on.dt.year * 2 + (booked_on.dt.month > 6) + 1
        month, last = np.where(half % 2, 12, 6), np.where(half % 2, 31, 30)
        return pd.to_datetime(pd.DataFrame({"year": half // 2, "month": month, "day": last}, index=booked_on.index))
    if isinstance(lasts_months, bool) or not isinstance(lasts_months, (int, np.integer)) or lasts_months < 1:
        raise ValueError(_("lasts_months is {value}; it must be a whole number of at least 1.").format(value=lasts_months))
    return booked_on + pd.DateOffset(months=int(lasts_months))


def _book(members: list, booked: list[int], points: list[int], expiry: list[int], end: int) -> list[tuple]:
    """Rows (member, day, place in KINDS, points, balance, expiry or _NO_DAY), one member after the other; days are numbers."""
    rows: list[tuple] = []
    lots: deque[list[int]] = deque()
    balance, current = 0, None

    def expire(before: int) -> None:
        nonlocal balance
        while lots and lots[0][0] < before:
            when, gone = lots[0][0], 0
            while lots and lots[0][0] == when:
                gone += lots.popleft()[1]
            if gone:
                balance -= gone
                rows.append((current, when, 2, -gone, balance, _NO_DAY))

    for member, when, change, lapses in zip(members, booked, points, expiry, strict=True):
        if member != current:
            expire(end + 1)
            lots.clear()
            balance, current = 0, member
        expire(when)
        balance += change
        if balance < 0:
            raise ValueError(
                _(
                    "Member {member} redeems {points} points on {day} but has only {balance}. "
                    "Refuse the redemption, or look for a missing entry."
                ).format(member=member, points=-change, day=np.datetime64(when, "D"), balance=balance - change)
            )
        if lapses != _NO_DAY:
            lots.append([lapses, change])
            rows.append((member, when, 0, change, balance, lapses))
            continue
        rows.append((member, when, 1, change, balance, _NO_DAY))
        while change < 0:
            taken = min(lots[0][1], -change)
            lots[0][1] -= taken
            change += taken
            if not lots[0][1]:
                lots.popleft()
    expire(end + 1)
    return rows


def _framed(rows: list[tuple]) -> pd.DataFrame:
    member, when, kind, points, balance, lapses = zip(*rows, strict=True) if rows else ((),) * 6
    ends = np.array(lapses, dtype="int64")
    lasting = np.where(ends == _NO_DAY, np.datetime64("NaT", "D"), ends.astype("datetime64[D]"))
    return pd.DataFrame({
        "member_id": list(member),
        "booked_on": np.array(when, dtype="int64").astype("datetime64[D]").astype("datetime64[us]"),
        "kind": pd.Categorical.from_codes(list(kind), categories=KINDS),
        "points": np.array(points, dtype="int64"),
        "balance": np.array(balance, dtype="int64"),
        "expires_on": lasting.astype("datetime64[us]"),
    }).sort_values("booked_on", kind="stable", ignore_index=True)  # fmt: skip
