"""The figures of the call centre, in both languages."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from crmlib import call_center, plotting
from crmlib.company import lark
from crmlib.i18n import use_language


@pytest.fixture(scope="module")
def firm():
    return lark()


@pytest.fixture(autouse=True)
def close_all():
    yield
    plt.close("all")


def _words(ax) -> str:
    return " ".join([ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel(), *(text.get_text() for text in ax.texts),
                     *(tick.get_text() for tick in (*ax.get_xticklabels(), *ax.get_yticklabels()))])  # fmt: skip


def test_a_metric_is_drawn_with_its_groups_in_both_languages(firm):
    found = call_center.connection_rate(firm.calls, by="line")
    english = _words(found.plot())
    assert "Connection rate by line" in english and "1 tracking" in english and found.written(found.value) in english
    use_language("zh")
    assert "1 查件" in _words(found.plot()) and "接通率" in _words(found.plot())


def test_clock_and_single_figures_are_drawn(firm):
    few = firm.calls.iloc[:3000]
    assert "10:00" in _words(call_center.service_level(few, by="hour").plot())
    assert "12\n2024" in _words(call_center.contact_rate(firm.calls, firm.waybills, by="month").plot())
    assert "all calls" in _words(call_center.occupancy(firm.calls, firm.shifts).plot())
    with pytest.raises(ValueError, match="draws one grouping"):
        call_center.connection_rate(few, by=["hour", "line"]).plot()
    with pytest.raises(ValueError, match="crm.call_center.connection_rate"):
        plotting.call_metric(3)


def test_the_four_levels_the_traps_and_the_way_name_their_numbers(firm):
    level = call_center.service_level(firm.calls)
    words = _words(level.plot_definitions())
    assert all(f"{value:.1%}" in words for value in level.definitions["service_level"])
    traps = call_center.metrics_that_mislead(firm.calls)
    assert all(f"{value:.1%}" in _words(traps.plot()) for value in traps.table.query("unit == 'share'")["reported"])
    path = call_center.call_path(firm.calls, by="month")
    words = _words(path.plot())
    assert f"{path.calls:,}" in words and f"{path.ends.groupby('end', observed=True)['call_count'].sum()['abandoned']:,}" in words
    for draw in (plotting.service_levels, plotting.misleading_metrics, plotting.call_path):
        with pytest.raises(ValueError, match="This figure needs"):
            draw(None)
