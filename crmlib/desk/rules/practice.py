"""A handful of events and customers to try a rule on."""

from __future__ import annotations

import pandas as pd

from crmlib.desk.rules.fields import EVENTS


def practice() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ten events and three customers, made up, on which every step of the engine can be seen by eye.

    Answers: does my rule do what I mean, on events few enough to check by hand?

    Returns
    -------
    (events, customers) : DataFrames, as :func:`decide` takes them

    >>> events, customers = practice()
    >>> len(events), len(customers)
    (10, 3)
    """
    rows = [
        ("E01", "2026-05-04 06:30", "out_for_delivery", "C1", "W0000001", {"product": "standard", "hours_to_promise": 30.0}),
        ("E02", "2026-05-04 10:00", "delay_predicted", "C1", "W0000002", {"p_late": 0.85, "hours_to_promise": 12.0, "offer": "priority"}),
        ("E03", "2026-05-04 22:30", "delay_predicted", "C2", "W0000003", {"p_late": 0.70, "hours_to_promise": 9.0, "offer": "notice_only"}),
        ("E04", "2026-05-05 09:00", "delay_predicted", "C2", "W0000004", {"p_late": 0.40, "hours_to_promise": 20.0, "offer": "notice_only"}),
        ("E05", "2026-05-05 09:30", "delay_predicted", "C1", "W0000005", {"p_late": 0.90, "hours_to_promise": 5.0, "offer": "priority"}),
        ("E06", "2026-05-05 11:00", "delay_predicted", "C1", "W0000006", {"p_late": 0.75, "hours_to_promise": 8.0, "offer": "pick_up_point"}),
        ("E07", "2026-05-05 15:00", "delay_predicted", "C1", "W0000007", {"p_late": 0.95, "hours_to_promise": 2.0, "offer": "priority"}),
        ("E08", "2026-05-06 01:10", "case_opened", "C3", None, {"case_id": "K1", "case_kind": "complaint", "cause": "delay", "grade": "serious"}),
        ("E09", "2026-05-06 09:00", "payment_overdue", "C3", None, {"invoice_id": "V1", "open_yuan": 320.0, "overdue_days": 7.0}),
        ("E10", "2026-05-07 16:40", "signed", "C2", "W0000003", {"late_hours": 31.5, "product": "standard", "hours_to_promise": -31.5}),
    ]  # fmt: skip
    events = pd.DataFrame([dict(zip(("event_id", "at", "event", "customer_id", "waybill_id"), row[:5], strict=True)) | row[5] for row in rows])
    events["at"] = pd.to_datetime(events["at"]).astype("datetime64[us]")
    events["event"] = pd.Categorical(events["event"], categories=EVENTS)
    events["waybill_tail"] = events["waybill_id"].str[-4:]
    events["promised_at"] = events["at"] + pd.to_timedelta(events["hours_to_promise"], unit="h")
    events["predicted_at"] = (events["promised_at"] + pd.Timedelta(hours=9)).where(events["event"] == "delay_predicted")
    customers = pd.DataFrame({
        "customer_id": ["C1", "C2", "C3"], "name": ["Willow Toys", "Heron Books", "Lotus Tea"], "market": ["e_commerce", "e_commerce", "corporate"],
        "monthly_account": [True, False, True], "salesperson_id": ["S01", None, "S01"], "channel": ["wecom", "dingtalk", "email"],
        "opened_on": pd.to_datetime(["2024-03-01", "2025-09-01", "2023-06-15"]),
    })  # fmt: skip
    return events, customers
