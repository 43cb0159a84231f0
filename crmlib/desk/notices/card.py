"""What the reader sees: a notice as a text message, a chat of WeCom or DingTalk, or an e-mail."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from crmlib import i18n
from crmlib.company.schema import label
from crmlib.company.storage import replace_file
from crmlib.desk.notices.wording import sms_parts
from crmlib.i18n import _

_LOOKS = {
    "sms": ("#f2f2f7", "#ffffff", "#e9e9eb", "#1c1c1e", "18px"), "wecom": ("#ededed", "#f7f7f7", "#ffffff", "#191919", "6px"),
    "dingtalk": ("#eef3fb", "#3296fa", "#ffffff", "#171a1d", "10px"), "email": ("#ffffff", "#f5f6f8", "#ffffff", "#1f2329", "0"),
}  # fmt: skip
"""Background, bar, bubble, ink, and how round the bubble is."""


@dataclass(frozen=True)
class Card:
    """One notice as its reader sees it: HTML in a notebook, plain text elsewhere."""

    channel: str
    subject: str
    text: str
    when: str
    parts: int

    @property
    def _foot(self) -> str:
        if self.channel != "sms":
            return label(self.channel, "channel")
        return _("{channel}, {count} characters, {parts} part(s)").format(channel=label("sms", "channel"), count=len(self.text), parts=self.parts)

    def __str__(self) -> str:
        head = [f"[{label(self.channel, 'channel')}] {self.when}".rstrip()]
        subject = [self.subject] if self.subject and self.channel != "sms" else []
        return "\n".join([*head, *subject, self.text, f"({self._foot})"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        ground, bar, bubble, ink, round_ = _LOOKS.get(self.channel, _LOOKS["sms"])
        firm, subject, text, when = (html.escape(part) for part in (_("Lark Express"), self.subject, self.text, self.when))
        text = text.replace("\n", "<br>")
        white = "#ffffff" if self.channel == "dingtalk" else ink
        title = f'<div style="font-weight:600;margin-bottom:4px">{subject}</div>' if subject and self.channel != "sms" else ""
        badge = f'<div style="flex:none;width:34px;height:34px;border-radius:{"50%" if self.channel == "sms" else "6px"};background:#0072b2;color:#fff;' \
                f'text-align:center;line-height:34px;font-weight:600;margin-right:8px">{firm[:1]}</div>'  # fmt: skip
        if self.channel == "email":
            body = f'<div style="padding:12px 16px"><div style="font-size:17px;font-weight:600;margin-bottom:10px">{subject or "–"}</div>' \
                   f'<div style="display:flex;align-items:center;border-bottom:1px solid #e5e6eb;padding-bottom:10px;margin-bottom:10px">{badge}' \
                   f'<div style="font-size:13px"><b>{firm}</b><br><span style="color:#646a73">{when}</span></div></div>' \
                   f'<div style="min-height:70px">{text}</div></div>'  # fmt: skip
        else:
            body = f'<div style="padding:10px 14px 16px"><div style="text-align:center;color:#6b6b70;font-size:12px;margin-bottom:8px">{when}</div>' \
                   f'<div style="display:flex;align-items:flex-start">{"" if self.channel == "sms" else badge}<div style="background:{bubble};' \
                   f'border-radius:{round_};padding:9px 13px;max-width:82%;overflow-wrap:anywhere">{title}{text}</div></div></div>'  # fmt: skip
        return (
            f'<div style="width:340px;max-width:100%;border:1px solid #c9cdd4;border-radius:16px;overflow:hidden;background:{ground};color:{ink};'
            "font:15px/1.5 system-ui,-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif\">"
            f'<div style="background:{bar};color:{white};padding:9px 14px;text-align:center;font-weight:600;border-bottom:1px solid #dfe1e5">{firm}</div>'
            f'{body}<div style="padding:5px 14px 8px;font-size:12px;color:#5f6368;text-align:right">{html.escape(self._foot)}</div></div>'
        )

    def save(self, path: str | os.PathLike) -> None:
        """Write the card as a page of HTML."""
        page = f'<!doctype html><html lang="{i18n.language()}"><meta charset="utf-8"><title>{html.escape(self.subject)}</title>{self._repr_html_()}</html>\n'
        replace_file(Path(path), lambda place: place.write_text(page, "utf-8", newline="\n"))


def show(notice: Any, *, language: str | None = None) -> Card:
    """A notice as its reader sees it on the phone or in the mailbox.

    Answers: would I like to get this?

    Parameters
    ----------
    notice : a row of `outbox.table()`, of a delivery's table, or of messages of crm.desk.rules (Series, mapping, or a frame, whose first row
        counts): channel, text, subject, send_after
    language : "zh" or "en", where it holds both; None: the active one

    Returns
    -------
    Card
        a picture in the notebook; `str(card)`, `.save(path)`

    Raises
    ------
    ValueError
        It holds no words, or no channel.

    >>> show({"channel": "sms", "text": "快件正在派送"}).parts
    1
    """
    if isinstance(notice, pd.DataFrame):
        if notice.empty:
            raise ValueError(_("There is no notice to show: the table is empty."))
        notice = notice.iloc[0]
    if not isinstance(notice, (Mapping, pd.Series)):
        raise ValueError(_("Give a row of the outbox's table, not {kind}.").format(kind=type(notice).__name__))
    spoken = language or i18n.language()

    def part(*names: str) -> str:
        return next((str(value) for value in map(notice.get, names) if not pd.isna(value) and str(value)), "")

    channel, text = part("channel"), part("text", f"text_{spoken}")
    if channel not in _LOOKS or not text:
        raise ValueError(_("A notice to show has a channel ({known}) and a text.").format(known=", ".join(_LOOKS)))
    at = part("send_after", "at")
    return Card(channel, part("subject", f"subject_{spoken}"), text, at[:16], sms_parts(text) if channel == "sms" else 1)
