"""Amounts and exposures of a rollout's outcomes by region and month, and what a year of them would bring and cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.company.schema import TABLES

if TYPE_CHECKING:
    from crmlib.company import Company

REGIONS = list(TABLES["customers"]["region"].categories)
_HOUR = 3600


class Panel:
    """Amounts and exposures by customer's region and month, for the whole and for each draw of customers."""

    def __init__(self, company: Company) -> None:
        self._company = company
        names = pd.Index(company.customers["customer_id"])
        self._names, self.people = names, len(names)
        self._region = pd.Index(REGIONS).get_indexer(company.customers["region"].astype(object))
        picked = company.waybills["picked_up_at"]
        self.first, last = picked.min().to_period("M"), picked.max().to_period("M")
        self.months = (last - self.first).n + 1
        self._sender = pd.Series(company.waybills["customer_id"].to_numpy(), index=company.waybills["waybill_id"].to_numpy())

    def month(self, number: int) -> pd.Timestamp:
        return (self.first + int(number)).start_time

    def per(self, outcome: str) -> str:
        return "answers" if outcome == "satisfaction" else "parcels"

    def cells(self, outcome: str, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both with axes draw (the first is the whole), stage, region, month."""
        if outcome == "wismo_calls":
            from crmlib.desk.delay.notice_effect import STAGES, panel_cells

            cells, _unknown = panel_cells(self._company)
            names = pd.factorize(self._company.waybills["customer_id"])[1]
            customer = self._names.get_indexer(names)[cells["customer"].to_numpy()]
            stage, stages = cells["stage"].to_numpy(), len(STAGES)
            month = (cells["month"].to_numpy().astype("datetime64[M]") - np.datetime64(self.first.start_time, "M")).astype(int)
            parts = cells["calls"].to_numpy(float), cells["exposure"].to_numpy(float)
        else:
            (top, base), stages = self._parts(outcome), 1
            frame = pd.concat([top, base], ignore_index=True).groupby(["customer", "month"], as_index=False).sum()
            customer, month, stage = frame["customer"].to_numpy(), frame["month"].to_numpy(), 0
            parts = frame["amount"].to_numpy(float), frame["exposure"].to_numpy(float)
        shape = (stages, len(REGIONS), self.months)
        place = (stage * len(REGIONS) + self._region[customer]) * self.months + month
        found = []
        for values in parts:
            grid = np.empty((len(weights) + 1, int(np.prod(shape))))
            grid[0] = np.bincount(place, weights=values, minlength=grid.shape[1])
            for draw, weight in enumerate(weights, 1):
                grid[draw] = np.bincount(place, weights=values * weight[customer], minlength=grid.shape[1])
            found.append(grid.reshape(-1, *shape))
        return found[0], found[1]

    def table(self, outcome: str, amount: np.ndarray, exposure: np.ndarray, treated: np.ndarray) -> pd.DataFrame:
        """By region and month; of calls those before and after the promise together, over all parcels."""
        base = exposure[0]
        grid = pd.MultiIndex.from_product(
            [[outcome], REGIONS, [self.month(one) for one in range(self.months)]], names=["effect_on", "region", "month"]
        )
        flat = pd.DataFrame(
            {"amount": amount.sum(axis=0).ravel(), "exposure": base.ravel(), "started": treated.ravel()}, index=grid
        ).reset_index()
        flat = flat[flat["exposure"] > 0]
        return flat.assign(rate=flat["amount"] / flat["exposure"])

    def unit_yuan(self, outcome: str) -> float:
        """What one of them costs; missing where nothing is saved in yuan."""
        company, calls, cases = self._company, self._company.calls, self._company.cases
        if outcome == "wismo_calls":
            seconds = calls.loc[(calls["reason"] == "where_is_my_parcel").to_numpy(), "handle_seconds"].fillna(0).mean()
            return float(seconds / _HOUR * standards.get("economics.cost_call_hour", unit="yuan"))
        if outcome == "inquiries":
            return float(standards.get("economics.cost_case", unit="yuan"))
        if outcome == "complaints":
            own = company.cases[(cases["kind"] == "complaint").to_numpy()]
            return float(standards.get("economics.cost_case", unit="yuan") + own["compensation_yuan"].fillna(0).mean())
        return 1.0 if outcome == "service_cost" else np.nan

    def _rows(self, customer: pd.Series, when: pd.Series, amount: object, column: str) -> pd.DataFrame:
        month = (when.to_numpy().astype("datetime64[M]") - np.datetime64(self.first.start_time, "M")).astype(int)
        frame = pd.DataFrame({"customer": self._names.get_indexer(customer), "month": month, "amount": 0.0, "exposure": 0.0})
        frame[column] = amount if np.isscalar(amount) else np.asarray(amount, dtype=float)
        return frame[(frame["customer"] >= 0) & frame["month"].between(0, self.months - 1)]

    def _parts(self, outcome: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        company = self._company
        if outcome == "satisfaction":
            items = [column.name for column in TABLES["surveys"].columns if column.name.startswith("satisfaction_")]
            given = company.surveys[company.surveys[items].notna().all(axis=1).to_numpy()]
            return (self._rows(given["customer_id"], given["answered_on"], given[items].mean(axis=1), "amount"),
                    self._rows(given["customer_id"], given["answered_on"], 1.0, "exposure"))  # fmt: skip
        parcels = self._rows(company.waybills["customer_id"], company.waybills["picked_up_at"], 1.0, "exposure")
        cases = company.cases
        if outcome in ("inquiries", "complaints"):
            own = cases[(cases["kind"] == {"inquiries": "inquiry", "complaints": "complaint"}[outcome]).to_numpy()]
            return self._rows(own["customer_id"], own["opened_at"], 1.0, "amount"), parcels
        calls, notices = company.calls, company.touches[(company.touches["kind"] == "notice").to_numpy()]
        who = calls["waybill_id"].map(self._sender).fillna(calls["customer_id"])
        spent = [
            self._rows(
                who,
                calls["arrived_at"],
                calls["handle_seconds"].fillna(0) / _HOUR * standards.get("economics.cost_call_hour", unit="yuan"),
                "amount",
            ),
            self._rows(
                cases["customer_id"],
                cases["opened_at"],
                cases["compensation_yuan"].fillna(0) + standards.get("economics.cost_case", unit="yuan"),
                "amount",
            ),
            self._rows(notices["customer_id"], notices["happened_on"], standards.get("economics.cost_notice", unit="yuan"), "amount"),
        ]
        return pd.concat(spent, ignore_index=True), parcels


def year_without(months: pd.DataFrame, table: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """What the last twelve months would have brought without notices anywhere, and what one costs.

    >>> from crmlib.company.simulation import simulate_as_wanted
    >>> Panel(simulate_as_wanted(customers=20, months=2, seed=7)).months
    2
    """
    last = months[months["month"] > months["month"].max() - pd.DateOffset(months=12)]
    change = last["effect_on"].map(table.set_index("effect_on")["change"])
    without = (last["amount"] / np.where(last["started"], 1 + change, 1.0)).groupby(last["effect_on"], sort=False).sum()
    share = 12 / max(last["month"].nunique(), 1)
    frame = pd.DataFrame(
        {"yearly_amount": without * share, "unit_yuan": [panel.unit_yuan(one) for one in without.index]}, index=without.index
    )
    return frame[frame["unit_yuan"].notna()].rename_axis("effect_on").reset_index()
