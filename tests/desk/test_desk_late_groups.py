"""Which kinds of cases are late: by hand, on the firm, and bad input."""

import pandas as pd
import pytest

import crmlib as crm
from crmlib import desk
from crmlib.i18n import use_language


def clocks_of(late, in_time, *, kind):
    ids = [f"{kind}{place}" for place in range(late + in_time)]
    state = ["too_late"] * late + ["met"] * in_time
    table = pd.DataFrame({"case_id": ids, "clock": "resolution", "hours_basis": "natural", "target_hours": 24.0, "clock_state": state})
    return table.assign(used_hours=[30.0] * late + [3.0] * in_time, is_late=[True] * late + [False] * in_time), pd.Series(kind, index=ids)


def both(*parts):
    tables, kinds = zip(*parts, strict=True)
    kind = pd.concat(kinds)
    return pd.concat(tables, ignore_index=True), pd.DataFrame({"case_id": kind.index, "cause": kind.to_numpy()})


def test_the_slow_kind_is_named_and_the_others_are_not():
    clocks, cases = both(clocks_of(8, 2, kind="loss"), clocks_of(3, 27, kind="price"), clocks_of(1, 9, kind="delay"))
    found = desk.late_groups(clocks, cases)
    assert found.table.cause.tolist() == ["loss", "price", "delay"]
    assert found.table.late_cases_share.tolist() == [8 / 12, 3 / 12, 1 / 12]
    assert found.slow.cause.tolist() == ["loss"]
    assert found.overall.late_count == 12
    for language in ("zh", "en"):
        use_language(language)
        assert "8" in found.advice() and "12" in found.summary() and "76" in found.headline()
    use_language("en")


def test_small_differences_name_nobody():
    clocks, cases = both(clocks_of(2, 8, kind="loss"), clocks_of(3, 17, kind="price"))
    assert desk.late_groups(clocks, cases).advice().startswith("No kind of case")


def test_the_firm_and_its_figure():
    firm = crm.company.lark()
    found = desk.late_groups(desk.clocks(firm.cases, as_of="2026-11-01"), firm.cases)
    shares = desk.on_time(desk.clocks(firm.cases, as_of="2026-11-01")).set_index("clock")
    assert found.overall.on_time_share == shares.on_time_share["resolution"]
    assert found.hours_basis == "working" and found.table.late_count.is_monotonic_decreasing
    assert len(found.plot().get_yticks()) == len(found.table)


def test_another_clock_is_refused():
    clocks, cases = both(clocks_of(1, 3, kind="loss"))
    with pytest.raises(ValueError, match="no clock update; there are: resolution"):
        desk.late_groups(clocks, cases, clock="update")
