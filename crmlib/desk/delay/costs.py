"""What delays, warnings and offers cost, and from which chance to be late a warning pays."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import pandas as pd

from crmlib import standards
from crmlib.i18n import _

if TYPE_CHECKING:
    from crmlib.desk.delay.notice_effect import NoticeEffect

_SHARES = ("call_cut", "pick_up_discount", "pick_up_take_up")
_UNITS = {"calls_per_late": "count", "complaints_per_late": "count", "priority_hours": "hours", "pick_up_hours": "hours"}


@dataclass(frozen=True, kw_only=True)
class DelayCosts:
    """Costs in yuan a parcel, shares, counts a late parcel, and hours; change one with :func:`dataclasses.replace`.

    notice_yuan: telling a customer; false_alarm_yuan: a warning of a delay that does not come; call_yuan: a call "where is my parcel";
    complaint_yuan; calls_per_late, complaints_per_late: what an untold late parcel brings; call_cut: the share of calls that telling saves;
    told_yuan: margin kept by telling; late_yuan: margin lost by a late parcel; priority_yuan, priority_hours: what priority delivery costs and
    saves on the way; pick_up_discount (of the freight), pick_up_saves_yuan, pick_up_hours, pick_up_take_up: the pick-up point.

    Raises
    ------
    ValueError
        A figure is negative or no number, or a share lies above 1.

    >>> delay_costs().pick_up_discount
    0.1
    """

    notice_yuan: float
    false_alarm_yuan: float
    call_yuan: float
    complaint_yuan: float
    calls_per_late: float
    complaints_per_late: float
    call_cut: float
    told_yuan: float
    late_yuan: float
    priority_yuan: float
    priority_hours: float
    pick_up_discount: float
    pick_up_saves_yuan: float
    pick_up_hours: float
    pick_up_take_up: float

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            most = 1 if name in _SHARES else float("inf")
            if isinstance(value, (bool, str)) or not 0 <= value <= most or value == float("inf"):
                raise ValueError(_("{name} is {value}; it must be a number of at least 0{most}.").format(
                    name=name, value=value, most=_(" and at most 1") if name in _SHARES else ""))  # fmt: skip

    @property
    def late_loss(self) -> float:
        """What a late parcel costs that nobody was told of: calls, complaints, margin."""
        return self.calls_per_late * self.call_yuan + self.complaints_per_late * self.complaint_yuan + self.late_yuan

    @property
    def told_gain(self) -> float:
        """By how much less it costs when the customer was told before."""
        return self.calls_per_late * self.call_cut * self.call_yuan + self.told_yuan

    @property
    def threshold(self) -> float:
        """From which chance to be late a warning costs less than silence.

        A warning costs the notice and, where the parcel comes in time, a false alarm; where it comes late, it gains `told_gain`.
        """
        gain = self.told_gain + self.false_alarm_yuan
        return min((self.notice_yuan + self.false_alarm_yuan) / gain, 1.0) if gain > 0 else 1.0

    def table(self) -> pd.DataFrame:
        """Every figure: cost, value, unit, mark, source."""
        known = {one.name: standards.entry(f"delay.{one.name}") for one in fields(self)}
        return pd.DataFrame([(name, getattr(self, name), entry.unit, entry.mark, entry.source) for name, entry in known.items()],
                            columns=["cost", "value", "unit", "mark", "source"])  # fmt: skip

    def summary(self) -> str:
        """When to warn, in a sentence with its arithmetic."""
        return _("A late parcel that nobody was told of costs {loss:.2f} yuan; telling gains {gain:.2f}. Warn from a chance of {threshold:.0%}: "
                 "({notice:.2f} + {alarm:.2f}) / ({gain:.2f} + {alarm:.2f}).").format(
            loss=self.late_loss, gain=self.told_gain, threshold=self.threshold, notice=self.notice_yuan, alarm=self.false_alarm_yuan)  # fmt: skip


def delay_costs(effect: NoticeEffect | None = None) -> DelayCosts:
    """The costs of the standards in force; with `effect`, calls a late parcel and the share saved are those measured.

    Answers: what do we reckon with?

    Parameters
    ----------
    effect : NoticeEffect, optional, from :func:`crmlib.desk.delay.notice_effect`

    Returns
    -------
    DelayCosts

    Source: crmlib/standards.toml, entries delay.*; the discount of 10 % stands in the programme designs, the rest are teaching values.

    >>> round(delay_costs().threshold, 2)
    0.26
    """
    units = {one.name: _UNITS.get(one.name, "share" if one.name in _SHARES else "yuan") for one in fields(DelayCosts)}
    values = {name: standards.get(f"delay.{name}", unit=unit) for name, unit in units.items()}
    if effect is not None:
        values |= {"calls_per_late": effect.calls_per_late, "call_cut": min(max(effect.cut, 0.0), 1.0)}
    return DelayCosts(**values)
