"""From what the rules decided to rows for the outbox: the words in both languages, without more of a person than the channel needs."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from crmlib import i18n, standards
from crmlib.checks import refuse_rows, require_columns
from crmlib.desk.rules.book import rule_book
from crmlib.desk.rules.checking import CHANNELS, template_fields
from crmlib.desk.rules.fields import shown
from crmlib.i18n import _

HOUSE = ("account_manager", "crisis_group")
"""Who works for the firm: they need the whole number of a parcel, and no consent is asked for."""
LANGUAGES = ("zh", "en")
_WORDS = ("subject_zh", "text_zh", "subject_en", "text_en")
_WAYBILL = re.compile(r"(?<![A-Za-z0-9])W(\d{5,})(\d{4})(?!\d)")
_TIME_OF_DAY = r"(?:[01]\d|2[0-3]):[0-5]\d"


def sms_parts(text: str) -> int:
    """How many text messages a text takes: 70 characters in one, 67 in each part of a longer one; without Chinese 160 and 153.

    Answers: is the notice short enough for one message?

    Source: 3GPP TS 23.038 (7 or 16 bits a character, 140 bytes a message) and TS 23.040 (6 bytes join the parts).

    >>> sms_parts("快" * 70), sms_parts("快" * 71), sms_parts("a" * 160), sms_parts("")
    (1, 2, 1, 1)
    """
    plain = str(text).isascii()
    bits = 7 if plain else 16
    single, part = (int(standards.get(f"notices.sms{name}_characters", unit="count")) * 16 // bits for name in ("", "_part"))
    length = len(str(text).encode("utf-16-le")) // 2
    return 1 if length <= single else math.ceil(length / part)


@lru_cache(maxsize=4096)
def masked_words(text: str, *, house: bool = False) -> str:
    """A text without what the reader need not see: parcels by their last four figures, and no number or address of a person.

    >>> masked_words("W000123456 / 12912345678")
    'W*****3456 / 129******78'
    """
    from crmlib.privacy import find_personal
    from crmlib.privacy.masking import MASKS

    if not house:
        text = _WAYBILL.sub(lambda found: f"W{'*' * len(found[1])}{found[2]}", text)
    if not re.search(r"[0-9０-９]{7}|@|＠", re.sub(r"[-\s]", "", text)):
        return text
    for find in find_personal(text).iloc[::-1].itertuples():
        kind = str(find.kind_found)
        if kind != "waybill":
            text = text[: find.begins] + MASKS.get(kind, MASKS["id_number"])(find.text) + text[find.ends :]
    return text


def prepared(notices: object, *, language: str | None = None) -> list[dict[str, Any]]:
    """Rows for the outbox, from a result of the rules or from a frame; see :meth:`Outbox.put`."""
    decisions = getattr(notices, "decisions", notices)
    frame = getattr(decisions, "notices", decisions)
    if not isinstance(frame, pd.DataFrame):
        raise ValueError(_("Notices come as a result of crm.desk.rules.decide or replay, or as a table, not as {kind}.").format(kind=type(notices).__name__))
    require_columns(frame.columns, ["notice_id", "send_after", "customer_id", "channel"])
    frame = frame.reset_index(drop=True)
    if language not in (None, *LANGUAGES):
        raise ValueError(_("language is {language}; it must be zh or en.").format(language=language))
    _refuse_unsound(frame)
    words = _of_decisions(decisions) if hasattr(decisions, "book") else _of_frame(frame)
    missing = words[["text_zh", "text_en"]].replace(r"^\s*$", None, regex=True).isna().all(axis=1)
    refuse_rows(missing, _("There is nothing to say: neither text nor template"), _("Fill in text, or template and its fields."))
    table = pd.concat([frame.drop(columns=[name for name in words if name in frame]), words], axis=1)
    useful = pd.Timedelta(hours=standards.get("notices.useful_hours", unit="hours"))
    send = pd.to_datetime(table["send_after"])
    until = pd.to_datetime(table["expires_at"]) if "expires_at" in table else pd.Series(pd.NaT, index=table.index)
    table = table.assign(send_after=send, expires_at=until.fillna(send + useful),
                         at=pd.to_datetime(table["at"]) if "at" in table else send)  # fmt: skip
    spoken = language or i18n.language()
    return [_row(entry, spoken) for entry in table.astype(object).where(table.notna(), None).to_dict("records")]


def _refuse_unsound(frame: pd.DataFrame) -> None:
    ids = frame["notice_id"]
    refuse_rows(ids.isna() | (ids.astype(str).str.strip() == ""), _("notice_id is missing"), _("Every notice needs a number of its own."))
    refuse_rows(ids.duplicated(), _("Some notice_id stands there more than once"), _("Keep one row a notice."))
    refuse_rows(ids.astype(str).str.len() > 200, _("notice_id is longer than 200 characters"), _("Give a shorter one."))
    refuse_rows(~frame["channel"].isin(CHANNELS), _("The channel is unknown"), _("Write one of: {codes}.").format(codes=", ".join(CHANNELS)))
    house = frame["who"].isin(HOUSE) if "who" in frame else False
    refuse_rows(frame["customer_id"].isna() & ~pd.Series(house, index=frame.index), _("customer_id is missing"), _("Say whom the notice is for."))
    for name in ("send_after", "at", "expires_at"):
        if name in frame:
            read = pd.to_datetime(frame[name], errors="coerce")
            refuse_rows(read.isna() & (frame[name].notna() | (name == "send_after")), _("{column} is missing or cannot be read").format(column=name),
                        _("Write it as 2026-11-02 09:30."))  # fmt: skip
            if read.dt.tz is not None:
                raise ValueError(_("{column} has a time zone. Take it away: all moments are Beijing time.").format(column=name))
    for name in ("quiet_from", "quiet_until"):
        if name in frame:
            given = frame[name].fillna("").astype(str)
            refuse_rows((given != "") & ~given.str.fullmatch(_TIME_OF_DAY), _("{column} is no time of day").format(column=name), _("Write it as 21:00."))
    if "language" in frame:
        refuse_rows(frame["language"].notna() & ~frame["language"].isin(LANGUAGES), _("The language is unknown"), _("Write zh or en."))


def _of_decisions(decisions: Any) -> pd.DataFrame:
    """Words, purpose, quiet hours and the last useful moment of each notice, template by template."""
    from crmlib.desk.rules.engine import _Rows

    notices, book = decisions.notices.reset_index(drop=True), decisions.book
    place = pd.Index(decisions.events["event_id"]).get_indexer(notices["event_id"])
    who = decisions.people.ids.get_indexer(notices["customer_id"].astype(object))
    rules = book.rules.set_index("rule_id")
    templates = book.templates.set_index("template")
    found: list[pd.DataFrame] = []
    for (rule_id, template), rows in notices.groupby(["rule_id", "template"], observed=True).indices.items():
        columns = _Rows(decisions.events, decisions.people, place[rows], who[rows])
        names = [name for part in _WORDS for name in template_fields(templates.at[template, part])]
        values = {}
        for name in dict.fromkeys(names):
            read = columns(name)
            values[name] = [read.plain(row) for row in range(len(rows))]
        rule = rules.loc[rule_id]
        told = _worded(notices.iloc[rows], templates.loc[template], values, house=rule["who"] in HOUSE)
        promised = values.get("predicted_at")
        found.append(told.assign(
            purpose=rule["consent"] or None, quiet_from=rule["quiet_from"] or None, quiet_until=rule["quiet_until"] or None,
            expires_at=pd.to_datetime(pd.Series(promised, index=told.index)) if promised else pd.NaT))  # fmt: skip
    empty = pd.DataFrame(columns=[*_WORDS, "purpose", "quiet_from", "quiet_until", "expires_at"], index=notices.index[:0])
    return pd.concat([frame.astype(object) for frame in found]).sort_index() if found else empty


def _of_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """The words that stand in the frame, or those of its templates."""
    words = pd.DataFrame(index=frame.index, columns=list(_WORDS), dtype=object)
    for name in ("subject", "text"):
        for language in LANGUAGES:
            column = f"{name}_{language}"
            words[column] = frame.get(column, frame.get(name))
    lacking = words["text_zh"].isna() & words["text_en"].isna()
    words.loc[~lacking, list(_WORDS)] = words.loc[~lacking, list(_WORDS)].fillna("")
    house = frame["who"].isin(HOUSE) if "who" in frame else pd.Series(False, index=frame.index)
    for name in _WORDS:
        words[name] = [masked_words(str(text), house=inside) if not pd.isna(text) else None
                       for text, inside in zip(words[name], house, strict=True)]  # fmt: skip
    if "template" in frame and lacking.any():
        templates = rule_book().templates.set_index("template")
        open_rows = frame[lacking]
        refuse_rows(~open_rows["template"].isin(templates.index), _("The template is unknown"),
                    _("Write one of: {codes}.").format(codes=", ".join(templates.index)))  # fmt: skip
        if "waybill_id" in open_rows and "waybill_tail" not in open_rows:
            open_rows = open_rows.assign(waybill_tail=open_rows["waybill_id"].astype("string").str[-4:])
        for template, group in open_rows.groupby("template", observed=True):
            names = dict.fromkeys(name for part in _WORDS for name in template_fields(templates.at[template, part]))
            values = {name: list(group[name]) if name in group else [None] * len(group) for name in names}
            words.loc[group.index, list(_WORDS)] = _worded(group, templates.loc[template], values, house=bool(house[group.index].all()))
    return words.assign(purpose=frame.get("consent", frame.get("purpose")))


def _worded(notices: pd.DataFrame, template: pd.Series, values: Mapping[str, list], *, house: bool) -> pd.DataFrame:
    """The template filled in for each notice, in both languages."""
    for name, found in values.items():
        lost = [str(one) for one, value in zip(notices["notice_id"], found, strict=True) if value is None or pd.isna(value)]
        if lost:
            raise ValueError(_("Template {template} names {field}, but these notices have none: {notices}. Put the whole result of the rules – "
                               "outbox.put(result) –, add the column, or take these rows out.").format(
                template=notices["template"].iloc[0], field="{" + name + "}", notices=", ".join(lost[:3]) + (" …" if len(lost) > 3 else "")))  # fmt: skip
    told: dict[str, list[str]] = {}
    before = i18n.language()
    try:
        for language in LANGUAGES:
            i18n.use_language(language)
            named = {name: _shown(name, found) for name, found in values.items()}
            for part in ("subject", "text"):
                form = str(template[f"{part}_{language}"])
                told[f"{part}_{language}"] = [masked_words(form.format(**{name: column[row] for name, column in named.items()}), house=house)
                                              for row in range(len(notices))]  # fmt: skip
    finally:
        i18n.use_language(before)
    return pd.DataFrame(told, index=notices.index)


def _shown(name: str, found: list) -> list[str]:
    """Values as a reader likes them; each distinct one is looked up once, and a number or a name has no label to look up."""
    if name.endswith(("_id", "_tail", "_name")):
        return [str(value) for value in found]
    known = {value: shown(name, pd.Timestamp(value) if isinstance(value, dt.datetime) else value) for value in dict.fromkeys(found)}
    return [known[value] for value in found]


_KEPT = ("rule_id", "event_id", "waybill_id", "who", "purpose", "template", "arm", "quiet_from", "quiet_until", "reason", *_WORDS)


def _row(entry: Mapping[str, Any], language: str) -> dict[str, Any]:
    row = {name: None if entry.get(name) is None else str(entry[name]) for name in _KEPT}
    who = row["who"] or "sender"
    moments = {name: pd.Timestamp(entry[name]).to_pydatetime() for name in ("at", "send_after", "expires_at")}
    notice = str(entry["notice_id"])
    return row | moments | {
        "notice_id": notice, "key": notice_key(notice), "state": "waiting", "tries": 0, "channel": str(entry["channel"]), "who": who,
        "customer_id": None if entry["customer_id"] is None else str(entry["customer_id"]), "reason": "", "worker": None, "lease_until": None,
        "next_at": moments["send_after"], "language": entry.get("language") or language,
        "purpose": row["purpose"] or (None if who in HOUSE else "delivery_notice"),
    }  # fmt: skip


def notice_key(notice_id: str) -> str:
    """What a message carries so that it can be known again: it tells nobody whose it is.

    >>> notice_key("R05:E01:C1") == notice_key("R05:E01:C1"), len(notice_key("x"))
    (True, 32)
    """
    return hashlib.sha256(f"notice/{notice_id}".encode()).hexdigest()[:32]


def spoken(row: Any) -> tuple[str, str]:
    """Subject and text of a row of the outbox, in the language of the notice, or in the other where it has none."""
    first, second = LANGUAGES if row.language == "zh" else LANGUAGES[::-1]
    return tuple(getattr(row, f"{part}_{first}") or getattr(row, f"{part}_{second}") or "" for part in ("subject", "text"))


def after_quiet(at: dt.datetime, quiet_from: str | None, quiet_until: str | None) -> dt.datetime:
    """The first moment from `at` on that is outside of the quiet hours.

    >>> after_quiet(dt.datetime(2026, 5, 1, 22, 30), "21:00", "08:00"), after_quiet(dt.datetime(2026, 5, 1, 9), "21:00", "08:00").hour
    (datetime.datetime(2026, 5, 2, 8, 0), 9)
    """
    if not quiet_from or not quiet_until or quiet_from == quiet_until:
        return at
    now, over = at.time(), dt.time.fromisoformat(quiet_until)
    begins = dt.time.fromisoformat(quiet_from)
    inside = begins <= now < over if begins < over else now >= begins or now < over
    if not inside:
        return at
    end = dt.datetime.combine(at.date(), over)
    return end if end > at else end + dt.timedelta(days=1)


def moment(value: object, now: dt.datetime) -> dt.datetime:
    """A moment as a person gives it; None: now."""
    if value is None:
        return now
    try:
        found = pd.Timestamp(value)
        if found is pd.NaT or found.tz is not None:
            raise ValueError
    except (ValueError, TypeError):
        raise ValueError(_("at is {value}; write it as 2026-11-02 09:30, Beijing time.").format(value=value)) from None
    return found.to_pydatetime(warn=False)


def table_of(rows: Iterable[Any]) -> pd.DataFrame:
    """Rows of the outbox as a table for people."""
    told = [(row.notice_id, row.state, row.channel, row.rule_id, row.who, row.customer_id, row.send_after, row.expires_at, row.next_at, row.tries,
             sms_parts(words[1]) if row.channel == "sms" else 1, row.reason, *words) for row in rows for words in [spoken(row)]]  # fmt: skip
    table = pd.DataFrame(told, columns=["notice_id", "notice_state", "channel", "rule_id", "who", "customer_id", "send_after", "expires_at", "next_at",
                                        "tries", "parts", "reason", "subject", "text"])  # fmt: skip
    return table.astype({name: "datetime64[us]" for name in ("send_after", "expires_at", "next_at")})
