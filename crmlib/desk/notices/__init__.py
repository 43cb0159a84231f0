"""Notices on their way: an outbox that sends each exactly once, senders by channel, and what the reader sees."""

from __future__ import annotations

from crmlib.desk.notices.addresses import practice_addresses
from crmlib.desk.notices.card import Card, show
from crmlib.desk.notices.delivery import Delivery
from crmlib.desk.notices.outbox import Outbox, Put
from crmlib.desk.notices.rehearsal import rehearse_crash
from crmlib.desk.notices.senders import Senders, folder_receipts, senders, shipped_senders
from crmlib.desk.notices.store import STATES
from crmlib.desk.notices.wording import sms_parts

__all__ = [
    "STATES", "Card", "Delivery", "Outbox", "Put", "Senders", "folder_receipts", "practice_addresses", "rehearse_crash", "senders", "shipped_senders",
    "show", "sms_parts",
]  # fmt: skip
