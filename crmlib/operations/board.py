"""A small board of the tiers of customers, for whom it is meant: the manager, an account manager, an agent."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.operations.control import ControlChart, control_chart
from crmlib.operations.parcels import lateness, months_of, of_customers, parcels_of
from crmlib.segments import abc_classes, segment_label

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from crmlib.company import Company

ROLES = ("manager", "account_manager", "agent")
ALL = "all"
TIERS = ("A", "B", "C")
TILES = {
    "manager": ("customers", "revenue_yuan", "margin_rate", "late_share"),
    "account_manager": ("customers", "parcels", "revenue_yuan", "late_share"),
    "agent": ("parcels", "late_share", "cases", "complaints_per_thousand"),
}
"""What each level sees. An agent sees no money, an account manager no margin and nobody else's customers."""
_RATES = {"margin_rate": ("margin_yuan", "revenue_yuan", 1), "late_share": ("late_parcels", "judged", 1), "complaints_per_thousand": ("complaints", "parcels", 1000)}
_SUMS = ("parcels", "revenue_yuan", "margin_yuan", "late_parcels", "judged", "cases", "complaints")


@dataclass(frozen=True, eq=False)
class Board:
    """What a role sees of the tiers of customers; shows itself at the end of a notebook's cell.

    role, salesperson_id : whom it is for
    months : the months that can be chosen
    Every method takes tier ("all", "A", "B", "C"), month (the last one by default) and region ("all" or a code).
    """

    role: str
    salesperson_id: str | None
    months: list[pd.Timestamp]
    regions: list[str]
    _facts: pd.DataFrame = field(repr=False)
    _people: pd.DataFrame = field(repr=False)

    def tiles(self, *, tier: str = ALL, month: object = None, region: str = ALL) -> pd.DataFrame:
        """The four figures of the board: tile, value, last_year (same month), change, news ("", above, below: outside its limits)."""
        rows = self._by_month(tier, month, region)
        now, then = rows.iloc[-1], rows.iloc[-13] if len(rows) > 12 else None
        found = []
        for name in TILES[self.role]:
            value, old = float(now[name]), np.nan if then is None else float(then[name])
            change = value - old if name in _RATES else value / old - 1 if old else np.nan
            found.append({"tile": name, "value": value, "last_year": old, "change": change, "news": self._news(rows, name)})
        return pd.DataFrame(found)

    def table(self, *, tier: str = ALL, month: object = None, region: str = ALL) -> pd.DataFrame:
        """What stands under the figures: for a manager a row a tier, for the others a row a customer.

        An account manager's customers stand in order of revenue, an agent's of late parcels and cases; names as the role may see them.
        """
        when = self._month(month)
        rows = self._chosen(tier, region)
        rows = rows[(rows["month"] == when) & (rows["parcels"] + rows["cases"] > 0)]
        if self.role == "manager":
            sums = rows.assign(customers=(rows["parcels"] > 0).astype(int)).groupby("abc", observed=True)[["customers", *_SUMS]].sum()
            whole = self._chosen(ALL, region)
            whole = whole.loc[whole["month"] == when, "revenue_yuan"].sum()
            found = _rates(sums).assign(revenue_share=sums["revenue_yuan"] / (whole or np.nan))
            names = ["customers", "parcels", "revenue_yuan", "revenue_share", "margin_rate", "late_share", "complaints_per_thousand"]
            return found[names].reset_index()
        rows = _rates(rows).merge(self._people, on="customer_id", how="left")
        money = ["revenue_yuan"] if self.role == "account_manager" else []
        rows = rows.sort_values([*money, "late_parcels", "cases", "customer_id"], ascending=[False] * (len(money) + 2) + [True], ignore_index=True)
        names = [name for name in ("customer_id", "name", "abc", "region") if name in rows]
        return rows[[*names, "parcels", *money, "late_parcels", "late_share", "cases", "complaints"]]

    def figure(self, *, tier: str = ALL, month: object = None, region: str = ALL) -> Figure:
        """The two figures: what the tiers bring, and the share late with its limits; see :func:`crmlib.plotting.board_page`."""
        from crmlib.plotting.operations_market import board_page

        rows, when = self._by_month(tier, month, region), self._month(month)
        every = self._chosen(ALL, region)
        every = every[(every["month"] == when) & (every["parcels"] > 0)]
        part = "parcels" if self.role == "agent" else "revenue_yuan"
        by_tier = every.groupby("abc", observed=False)
        shares = pd.DataFrame({"customer_share": by_tier.size(), f"{part.removesuffix('_yuan')}_share": by_tier[part].sum()}).reindex(TIERS)
        return board_page(shares / shares.sum().where(lambda total: total > 0), _late_chart(rows), rows["late_share"].dropna(), chosen=tier,
                          name=self._title(tier, region))  # fmt: skip

    def export(self, path: str | os.PathLike, *, tier: str = ALL, month: object = None, region: str = ALL) -> Path:
        """Write tiles and table as an .xlsx file, and tell where."""
        from crmlib.company.pages import Page, add_page, new_book
        from crmlib.company.storage import replace_file

        target = Path(path)
        if target.suffix.lower() != ".xlsx":
            raise ValueError(_("{path} must end in .xlsx.").format(path=target))
        chosen = {"tier": tier, "month": month, "region": region}
        title = f"{label(self.role, 'viewer_role')} · {self._title(tier, region)} · {self._month(month):%Y-%m}"
        tiles = self.tiles(**chosen)
        tiles["tile"] = [tile_name(name) for name in tiles["tile"]]
        table = self.table(**chosen)
        for column in table.columns.intersection(["abc", "region"]):
            table[column] = [label(str(code), column) for code in table[column]]
        pages = [(_("figures"), tiles), (_("table"), table)]

        def write(draft: Path) -> None:
            with new_book(draft) as book:
                for name, frame in pages:
                    add_page(book, Page(name, frame.rename(columns=segment_label), above=[("title", title)]))

        replace_file(target, write)
        return target

    def show(self) -> None:
        """Show the board: with selectors in a running notebook, else as it stands for the last month."""
        from crmlib.operations.board_view import show

        show(self)

    def _ipython_display_(self) -> None:
        self.show()

    def choices(self) -> dict[str, list[tuple[str, object]]]:
        """What can be chosen, as pairs of words and value, by selector: tier, month, region."""
        return {
            "tier": [(label(ALL, "tier_chosen"), ALL), *((label(tier, "abc"), tier) for tier in TIERS)],
            "month": [(f"{month:%Y-%m}", month) for month in reversed(self.months)],
            "region": [(label(ALL, "tier_chosen"), ALL), *((label(region, "region"), region) for region in self.regions)],
        }

    def _title(self, tier: str, region: str) -> str:
        words = [_("all customers") if tier == ALL else _("customers of tier {tier}").format(tier=tier)]
        return _("{who}, {region}").format(who=words[0], region=_("all regions") if region == ALL else label(region, "region"))

    def _month(self, month: object) -> pd.Timestamp:
        if month is None:
            return self.months[-1]
        try:
            found = pd.Period(month, freq="M").to_timestamp() if not isinstance(month, pd.Timestamp) else month.to_period("M").to_timestamp()
        except (ValueError, TypeError):
            found = None
        if found not in self.months:
            raise ValueError(_('month is {value}; the board has {first} to {last}, written like "2026-10".').format(
                value=month, first=f"{self.months[0]:%Y-%m}", last=f"{self.months[-1]:%Y-%m}"))  # fmt: skip
        return found

    def _chosen(self, tier: str, region: str) -> pd.DataFrame:
        for name, value, known in (("tier", tier, (ALL, *TIERS)), ("region", region, (ALL, *self.regions))):
            if value not in known:
                raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name=name, value=value, known=", ".join(known)))
        rows = self._facts
        rows = rows if tier == ALL else rows[rows["abc"] == tier]
        return rows if region == ALL else rows[rows["region"] == region]

    def _by_month(self, tier: str, month: object, region: str) -> pd.DataFrame:
        """Sums and rates of the chosen customers by month, up to the month chosen."""
        rows, when = self._chosen(tier, region), self._month(month)
        months = pd.DatetimeIndex([one for one in self.months if one <= when], name="month")
        sums = rows.assign(customers=(rows["parcels"] > 0).astype(int)).groupby("month")[["customers", *_SUMS]].sum()
        return _rates(sums.reindex(months, fill_value=0))

    def _news(self, rows: pd.DataFrame, name: str) -> str:
        if name not in _RATES or len(rows) < 6 or rows[name].isna().any():
            return ""
        if name == "margin_rate":
            chart = control_chart(rows[name])
        else:
            above, below, _times = _RATES[name]
            chart = control_chart(rows[above], sizes=rows[below], kind="p" if name == "late_share" else "u")
        return str(chart.table["signal"].iloc[-1])


def board(company: Company, *, role: str = "manager", salesperson_id: str | None = None) -> Board:
    """A board of the tiers of customers for one level of the firm.

    Answers: how do my customers do this month, and what of it is news?

    Parameters
    ----------
    company : Company with customers, waybills and cases
    role : "manager" (all tiers, with money and margin), "account_manager" (the own customers, with revenue) or "agent" (parcels,
        lateness and cases, no money)
    salesperson_id : whose board it is, for role "account_manager"

    Returns
    -------
    Board
        As the last line of a cell it shows itself: selectors of tier, month and region, four tiles, two figures, a table, and a button that
        writes them to an .xlsx file. Where no widgets run the same page stands still.

    Raises
    ------
    ValueError
        The role is another, the account manager is unknown or not named, or a table is missing.

    Notes
    -----
    A customer's tier in a month is its A/B/C class by the revenue of the twelve months up to that month's end (in the first year by what
    there is): tiers of different months are different customers. Names are masked as :func:`crmlib.privacy.visible` says for the role.

    Source: 《快递客户关系管理》, project 4, task 2; tiers by :func:`crmlib.segments.abc_classes`.

    >>> import crmlib as crm
    >>> len(crm.operations.board(crm.company.lark()).months)
    24
    """
    if role not in ROLES:
        raise ValueError(_("{name} is {value}; it must be one of {known}.").format(name="role", value=role, known=", ".join(ROLES)))
    require_columns(company.tables, ["customers", "waybills", "cases"])
    facts = _facts(company)
    people = company.customers
    if role == "account_manager":
        known = sorted(people["salesperson_id"].dropna().unique())
        if salesperson_id not in known:
            raise ValueError(_('salesperson_id is {value}; name whose board it is, such as "{first}". Known: {known}.').format(
                value=salesperson_id, first=known[0] if known else "S01", known=", ".join(known[:40])))  # fmt: skip
        own = people.loc[people["salesperson_id"] == salesperson_id, "customer_id"]
        facts = facts[facts["customer_id"].isin(own)]
    elif salesperson_id is not None:
        raise ValueError(_('salesperson_id is for role="account_manager" alone.'))
    months = sorted(pd.Timestamp(month) for month in months_of(company.waybills["picked_up_at"]).unique())
    return Board(role, salesperson_id, months, sorted(facts["region"].unique()), facts.reset_index(drop=True), _names(people, role))


def _names(people: pd.DataFrame, role: str) -> pd.DataFrame:
    from crmlib.privacy import apply_view

    seen = apply_view(people[["customer_id", "name", "nature"]], "customers", role)
    return seen[[name for name in ("customer_id", "name") if name in seen]]


def _facts(company: Company) -> pd.DataFrame:
    """One row a customer and month: sums, region and tier."""
    bills = parcels_of(company.waybills, "customer_id", "picked_up_at", "price_yuan", "cost_yuan", "promised_at", "delivered_at")
    late = lateness(bills)
    rows = pd.DataFrame({
        "customer_id": bills["customer_id"], "month": months_of(bills["picked_up_at"]), "parcels": 1, "revenue_yuan": bills["price_yuan"],
        "margin_yuan": bills["price_yuan"] - bills["cost_yuan"], "late_parcels": late.fillna(0).astype(int), "judged": late.notna().astype(int),
    })  # fmt: skip
    cases = company.cases
    asked = pd.DataFrame({"customer_id": cases["customer_id"], "month": months_of(cases["opened_at"]), "cases": 1,
                          "complaints": (cases["kind"] == "complaint").astype(int)})  # fmt: skip
    asked = asked[asked["customer_id"].notna() & asked["month"].isin(rows["month"].unique())]
    keys = ["customer_id", "month"]
    sums = rows.groupby(keys, observed=True).sum().join(asked.groupby(keys, observed=True).sum(), how="outer").fillna(0).reset_index()
    counted = [name for name in _SUMS if not name.endswith("_yuan")]
    sums = sums.astype(dict.fromkeys(counted, np.int64))
    sums["region"] = of_customers(sums, company.customers, ["region"])["region"]
    revenue = sums.pivot(index="month", columns="customer_id", values="revenue_yuan").fillna(0).sort_index().rolling(12, min_periods=1).sum()
    tiers = pd.concat({month: abc_classes(year[year > 0])["abc"].astype(object) for month, year in revenue.iterrows()}, names=["month"])
    sums["abc"] = tiers.reindex(pd.MultiIndex.from_frame(sums[["month", "customer_id"]])).fillna("C").to_numpy()
    return sums.assign(abc=pd.Categorical(sums["abc"], TIERS))


def tile_name(name: str) -> str:
    """What a figure of the board is called.

    >>> tile_name("parcels") != "revenue_yuan"
    True
    """
    own = {"customers": _("number of customers"), "cases": _("number of cases"), "revenue_yuan": _("revenue (yuan)"), "parcels": _("number of parcels")}
    return own.get(name) or label(name)


def _rates(sums: pd.DataFrame) -> pd.DataFrame:
    return sums.assign(**{name: times * sums[above] / sums[below].where(sums[below] > 0) for name, (above, below, times) in _RATES.items()})


def _late_chart(rows: pd.DataFrame) -> ControlChart | None:
    rows = rows[rows["judged"] > 0]
    return control_chart(rows["late_parcels"], sizes=rows["judged"], kind="p") if len(rows) >= 6 else None
