"""Calibration of what customers say and how they are served: surveys, complaints, calls, the desk."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from crmlib.company.company import Company
from crmlib.company.measured import CHOSEN, GENERAL, SPB, VENDORS, Figure, counted, ratio

_STAGES = (
    ("acceptance", "受理满意度，分", "Satisfaction: acceptance, points", "89.0 (2021)", 89.0, "V"),
    ("pickup", "揽收满意度，分", "Satisfaction: pick-up, points", "87.8 (2021)", 87.8, "V"),
    ("delivery", "投递满意度，分", "Satisfaction: delivery, points", "85.1 (2021)", 85.1, "V"),
    ("aftersales", "售后满意度，分", "Satisfaction: after-sales, points", "80.2 (2024 Q2)", 80.2, "D"),
    ("information", "信息满意度，分", "Satisfaction: information, points", "86.8 (2021)", 86.8, "D"),
)
_CAUSES = (
    ("loss", "投诉事由：丢失", "Complaints about loss", 0.237, "V"),
    ("damage", "投诉事由：损毁", "Complaints about damage", 0.236, "V"),
    ("delay", "投诉事由：延误", "Complaints about delay", 0.159, "D"),
)
_APPEALS = (f"{SPB[0]}，申诉", f"{SPB[1]}, appeals")
_IN_TIME = 20
_LEGAL_DAYS = 7


def _surveys(company: Company) -> Iterator[Figure]:
    """Stage scores of the index, two points either way: those who answer are somewhat more satisfied than those asked."""
    surveys = company.surveys
    for code, zh, en, target, score, mark in _STAGES:
        items = surveys[[name for name in surveys if name.startswith(f"{code}_")]]
        items = items.dropna(how="all")
        yield Figure(
            zh=zh,
            en=en,
            table="surveys",
            target=target,
            form=".1f",
            mark=mark,
            low=score - 2,
            high=score + 2,
            **ratio(10 * items.mean(axis=1), 1, surveys.loc[items.index, "customer_id"]),
        )
    recommend = surveys["recommend"].dropna()
    points = 100 * ((recommend >= 9).astype(float) - (recommend <= 6))
    yield Figure(
        zh="净推荐值",
        en="Net promoter score",
        table="surveys",
        target="10–40",
        form=".1f",
        source=GENERAL,
        mark="GK",
        low=10,
        high=40,
        **ratio(points, 1, surveys.loc[recommend.index, "customer_id"]),
    )


def _answers(company: Company) -> Iterator[Figure]:
    asked = company.survey_invitations
    yield Figure(
        zh="调查回答率",
        en="Response rate of the surveys",
        table="survey_invitations",
        target="30%–45%",
        low=0.30,
        high=0.45,
        source=CHOSEN,
        mark="teaching",
        **ratio(asked["responded"], 1, asked["customer_id"]),
    )


def _cases(company: Company) -> Iterator[Figure]:
    complaints = company.cases[company.cases["kind"] == "complaint"]
    yield Figure(
        zh="投诉，每千件",
        en="Complaints, per thousand parcels",
        table="cases",
        target="1–5",
        form=".2f",
        source=GENERAL,
        mark="GK",
        low=1,
        high=5,
        **counted(len(complaints), len(company.waybills) / 1000),
    )
    for code, zh, en, share, mark in _CAUSES:
        yield Figure(
            zh=zh,
            en=en,
            table="cases",
            target=f"{share:.1%} (2021-06)",
            source=_APPEALS,
            mark=mark,
            low=share - 0.04,
            high=share + 0.04,
            **ratio(complaints["cause"] == code, 1, complaints.index),
        )
    november = complaints[complaints["opened_at"].dt.month == 11]
    if len(november):
        yield Figure(
            zh="11 月投诉事由：延误",
            en="Complaints about delay in November",
            table="cases",
            target="24.6% (2021-11)",
            source=_APPEALS,
            low=0.20,
            high=0.35,
            **ratio(november["cause"] == "delay", 1, november.index),
        )
    ended = company.cases["resolved_at"].max()
    ripe = complaints[complaints["opened_at"] < ended - pd.Timedelta(days=30)]
    within = (ripe["resolved_at"] - ripe["opened_at"]) <= pd.Timedelta(days=_LEGAL_DAYS)
    yield Figure(
        zh="投诉 7 日内办结",
        en="Complaints settled within 7 days",
        table="cases",
        target="85%–97%",
        low=0.85,
        high=0.97,
        source=(
            "期限出自《快递暂行条例》，达成率为教学取值",
            "the term is the law's (Interim Regulations on Express), the share was chosen",
        ),
        mark="teaching",
        **ratio(within, 1, ripe.index),
    )


def _calls(company: Company) -> Iterator[Figure]:
    """Calls are clustered by day: what makes one caller wait makes the next wait too."""
    calls = company.calls
    queued = calls[calls["entered_queue_at"].notna()]
    day, answered = queued["arrived_at"].dt.normalize(), queued[queued["answered_at"].notna()]
    trade = {"table": "calls", "source": VENDORS, "mark": "V-"}
    yield Figure(
        zh="转人工的来电占件数",
        en="Calls to agents over parcels",
        target="1%–4%",
        low=0.01,
        high=0.04,
        form=".2%",
        **trade,
        **counted(len(queued), len(company.waybills)),
    )
    yield Figure(
        zh="平均处理时长，分钟",
        en="Mean handle time, minutes",
        target="4–8",
        low=4,
        high=8,
        form=".2f",
        **trade,
        **ratio(answered["handle_seconds"] / 60, 1, answered.index),
    )
    first = answered[answered["repeat_of"].isna() & answered["resolved_first_contact"].notna()]
    yield Figure(
        zh="一次解决率",
        en="First contact resolution",
        target="70%–85%",
        low=0.70,
        high=0.85,
        **trade,
        **ratio(first["resolved_first_contact"].astype(float), 1, first.index),
    )
    yield Figure(
        zh="排队中放弃",
        en="Calls abandoned in the queue",
        target="≤ 15%",
        low=0.0,
        high=0.15,
        **trade,
        **ratio(queued["abandoned"], 1, day),
    )
    yield Figure(
        zh="人工接通率", en="Calls connected", target="≥ 80%", low=0.80, high=1.0, **trade, **ratio(queued["answered_at"].notna(), 1, day)
    )
    in_time = queued["answered_at"].notna() & (queued["wait_seconds"] <= _IN_TIME)
    yield Figure(zh="20 秒内接通", en="Service level within 20 s", target="≥ 80%", low=0.80, high=1.0, **trade, **ratio(in_time, 1, day))
    yield Figure(
        zh="自助解决",
        en="Calls settled in the voice menu",
        target="70%–80%",
        low=0.70,
        high=0.80,
        **trade,
        **ratio(calls["solved_in_ivr"], 1, calls.index),
    )
    daily = calls["arrived_at"].dt.normalize().value_counts()
    usual, most = daily.median(), daily.nlargest(3).mean()
    yield Figure(
        zh="来电最多的三天为平日的倍数",
        en="The three busiest days of calls over an ordinary day",
        target="3–5",
        low=3,
        high=5,
        form=".1f",
        **trade,
        value=most / usual,
        error=np.sqrt(most / 3) / usual,
    )


def _intents(company: Company, calls: pd.DataFrame) -> Iterator[Figure]:
    routine = calls["intent"].isin(["where_is_my_parcel"])
    yield Figure(
        zh="来电中查件的占比",
        en="Calls about where a parcel is",
        table="calls",
        target="60%",
        source=VENDORS,
        mark="V-",
        low=0.5,
        high=0.65,
        **ratio(routine, 1, calls.index),
    )


def _shifts(company: Company) -> Iterator[Figure]:
    shifts = company.shifts
    yield Figure(
        zh="班次缺勤",
        en="Shifts missed",
        table="shifts",
        target="3.5%",
        source=CHOSEN,
        mark="teaching",
        low=0.03,
        high=0.04,
        **ratio(shifts["absence"] != "none", 1, shifts.index),
    )


MEASURES = (
    (("surveys",), _surveys),
    (("survey_invitations",), _answers),
    (("cases", "waybills"), _cases),
    (("calls", "waybills"), _calls),
    (("calls", "truth:calls"), _intents),
    (("shifts",), _shifts),
)
"""What is measured: the tables (and frames of the truth) wanted, and the function that measures."""
