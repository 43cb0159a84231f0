"""What the alternatives cost: freight, handling, lateness, and how many customers agree."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

import pandas as pd

from crmlib import standards
from crmlib.desk.delay.costs import delay_costs
from crmlib.i18n import _

OPTIONS = ("wait", "reroute", "split", "postpone", "refund")
NEEDS = {"wait": "nothing", "reroute": "capacity", "split": "consent_and_capacity", "postpone": "consent", "refund": "consent"}
_SHARES = ("late_day_share", "split_delay_share", "reroute_capacity_share", "split_consent", "postpone_consent", "refund_consent")
_CONSENT = ("split_consent", "postpone_consent", "refund_consent")


@dataclass(frozen=True, kw_only=True)
class RiskCosts:
    """Costs in yuan a parcel, shares and hours; all teaching values to be changed with :func:`risk_costs` or :func:`dataclasses.replace`.

    late_yuan: calls, complaints and margin lost by a late parcel; late_day_share: goodwill lost by each day late, of the freight, at most all of it;
    reroute_share (of the freight), reroute_hours (longer than usual), reroute_capacity_share (of the touched parcels): the other route;
    split_yuan, split_delay_share (of the waiting), split_capacity (room of a parcel on the other route): a batch of its own;
    postpone_yuan, postpone_hours: a later promise; refund_yuan: besides the freight; *_consent: customers who agree, the others wait.

    Raises
    ------
    ValueError
        A figure is negative or no number, or a share lies above 1.

    >>> risk_costs().postpone_hours
    72
    """

    late_yuan: float
    late_day_share: float
    reroute_share: float
    reroute_hours: float
    reroute_capacity_share: float
    split_yuan: float
    split_delay_share: float
    split_capacity: float
    postpone_yuan: float
    postpone_hours: float
    refund_yuan: float
    split_consent: float
    postpone_consent: float
    refund_consent: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            most = 1 if name in _SHARES else float("inf")
            if isinstance(value, (bool, str)) or not 0 <= value <= most or value == float("inf"):
                raise ValueError(_("{name} is {value}; it must be a number of at least 0{most}.").format(
                    name=name, value=value, most=_(" and at most 1") if name in _SHARES else ""))  # fmt: skip

    def consent(self, option: str) -> float:
        """The share of customers who agree to an option; 1 where nobody need be asked."""
        return getattr(self, f"{option}_consent", 1.0)

    def table(self) -> pd.DataFrame:
        """Every figure: cost, value, unit, mark, source."""
        rows = []
        for one in fields(self):
            if one.name == "late_yuan":
                known = ("yuan", "teaching", _("crm.desk.delay.delay_costs().late_loss"))
            else:
                entry = standards.entry("risk.consent_shares" if one.name in _CONSENT else f"risk.{one.name}")
                known = (entry.unit, entry.mark, entry.source)
            rows.append((one.name, getattr(self, one.name), *known))
        return pd.DataFrame(rows, columns=["cost", "value", "unit", "mark", "source"])

    def summary(self) -> str:
        """The prices of the alternatives in a sentence."""
        return _("A late parcel costs {late:.2f} yuan and {day:.0%} of its freight a day. Another route costs {route:.0%} of the freight and has room for "
                 "{room:.0%} of the parcels; a later date costs {postpone:.2f} yuan, a refund the freight and {refund:.2f}.").format(
            late=self.late_yuan, day=self.late_day_share, route=self.reroute_share, room=self.reroute_capacity_share,
            postpone=self.postpone_yuan, refund=self.refund_yuan)  # fmt: skip


def risk_costs(**changes: float) -> RiskCosts:
    """The costs of the standards, with changes.

    Answers: what does each way out cost?

    Parameters
    ----------
    changes : figures of :class:`RiskCosts` by name

    Returns
    -------
    RiskCosts

    Raises
    ------
    ValueError
        There is no such figure, or it is out of range.

    Source: alternatives 转运、分批发货、改期、退款 of 《2025国际快递行业客户关系管理体系研究》; all figures are teaching values.

    >>> risk_costs(reroute_capacity_share=0.1).reroute_capacity_share
    0.1
    """
    names = [one.name for one in fields(RiskCosts)]
    if unknown := [name for name in changes if name not in names]:
        raise ValueError(_("There is no cost {name}. There are: {names}.").format(name=unknown[0], names=", ".join(names)))
    consent = dict(zip(_CONSENT, standards.get("risk.consent_shares", unit="share"), strict=True))
    plain = {name: standards.entry(f"risk.{name}").value for name in names if name != "late_yuan" and name not in _CONSENT}
    return RiskCosts(**({"late_yuan": delay_costs().late_loss} | plain | consent | changes))
