"""The outbox without a crash: what is taken up, what may go, retries and dead letters, what is kept of a person, and what a trainee reads."""

import datetime as dt
import logging

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.desk import rules
from crmlib.desk.notices import Outbox, practice_addresses, rehearse_crash, senders, shipped_senders, show, sms_parts
from crmlib.desk.notices.senders import NotSent, Sender, Senders
from crmlib.desk.notices.store import STATES
from crmlib.desk.notices.wording import after_quiet
from crmlib.i18n import use_language
from crmlib.privacy import ConsentLedger

NOON = "2026-05-05 12:00"


class Post(Sender):
    """A channel in memory that refuses as often as it is told."""

    def send(self, message):
        self.__dict__.setdefault("taken", [])
        if self.__dict__.get("refusals", 0) > 0:
            self.__dict__["refusals"] -= 1
            raise NotSent("the server is down")
        self.__dict__.get("before", lambda _message: None)(message)
        self.taken.append(message)


def post(refusals=0, **changed):
    one = Post("sms", "folder:unused", **changed)
    one.__dict__["refusals"] = refusals
    return one, Senders({"sms": one})


def note(number=1, **changed):
    return pd.DataFrame([{"notice_id": f"N{number}", "send_after": "2026-05-05 09:00", "customer_id": f"C{number}", "channel": "sms",
                          "text": "快件正在派送", "subject": "派送"} | changed])  # fmt: skip


@pytest.fixture(scope="module")
def decided():
    events, customers = rules.practice()
    return rules.decide(events, rules.rule_book(), customers)


@pytest.fixture
def outbox():
    return Outbox("sqlite://", clock=lambda: dt.datetime(2026, 5, 5, 12))


def test_what_the_rules_decided_is_worded_in_both_languages_once(decided, outbox):
    before = decided.notices.copy()
    assert len(outbox.put(decided, language="zh").new) == 8 and outbox.put(decided).new == () and len(outbox.put(decided).known) == 8
    pd.testing.assert_frame_equal(decided.notices, before)
    for language in ("zh", "en"):
        mine = Outbox("sqlite://")
        mine.put(decided, language=language)
        ours = mine.table().set_index("notice_id").text
        theirs = rules.messages(decided, language=language).set_index("notice_id").text
        assert ours.to_dict() == theirs.to_dict()
    dry = outbox.deliver(at=NOON)
    assert dry.counts == {"would_send": 3, "expired": 2} and set(outbox.table().notice_state) == {"waiting"} and len(outbox.history()) == 8


def test_a_batch_with_one_bad_row_is_refused_whole(decided, outbox):
    for bad, word in [
        (note(channel="pigeon"), "pigeon|channel"), (note(text=None), "say|template"), (note(send_after="soon"), "send_after"),
        (pd.concat([note(), note()]), "more than once"), (note(quiet_from="9pm"), "quiet_from"), (note().drop(columns="customer_id"), "customer_id"),
        (note(language="fr"), "language"), (note(notice_id=" "), "notice_id"), (note().drop(columns=["text"]).assign(template="nonesuch"), "template"),
        ("N1", "str"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=word):
            outbox.put(pd.concat([note(9), bad], ignore_index=True) if isinstance(bad, pd.DataFrame) else bad)
    with pytest.raises(ValueError, match=r"delay_priority.*predicted_at.*R01:E02:C1.*outbox.put\(result\)"):
        outbox.put(decided.notices)
    assert len(outbox.table()) == 0 and len(outbox.put(note().iloc[:0]).new) == 0
    told = note(template="out_for_delivery", waybill_id="W000123456").drop(columns=["text", "subject"])
    outbox.put(told)
    assert "3456" in outbox.table().text[0] and "W000123456" not in outbox.table().to_string()


def test_a_failure_is_tried_again_later_and_at_last_becomes_a_dead_letter(outbox):
    channel, table = post(refusals=6)
    outbox.put(note(expires_at="2026-06-01"))
    at, waits = pd.Timestamp(NOON), []
    for _try in range(4):
        assert outbox.deliver(table, at=at, dry_run=False, rng=3).counts == {"failed": 1}
        assert outbox.deliver(table, at=at, dry_run=False).counts == {}
        waits.append((outbox.table().next_at[0] - at).total_seconds())
        at = outbox.table().next_at[0]
    assert all(0.5 <= wait / (60 * 2**number) <= 1.5 for number, wait in enumerate(waits)) and len(set(waits)) == 4
    assert outbox.deliver(table, at=at, dry_run=False).counts == {"dead": 1}
    assert outbox.table("dead").reason[0] == "the server is down" and "1" in outbox.summary()
    assert outbox.revive(by="A001", at=at) == 1 and outbox.deliver(table, at=at, dry_run=False).counts == {"failed": 1}
    assert outbox.deliver(table, at=at + pd.Timedelta(hours=2), dry_run=False).counts == {"sent": 1}
    assert len({message.key for message in channel.taken}) == 1
    assert outbox.history("N1").event.value_counts().to_dict() == {"put": 1, "sending": 7, "failed": 5, "dead": 1, "revived": 1, "sent": 1}


def test_consent_is_asked_at_the_moment_of_sending(outbox):
    ledger = ConsentLedger("sqlite://")
    ledger.record("C2", "marketing", "sms", True, "2026-01-01", text_version="1", by="A001")
    channel, table = post()
    withdrawn = {"text_version": "1", "by": "A001"}
    channel.__dict__["before"] = lambda message: ledger.record("C3", "all", "all", False, "2026-05-05 11:59", **withdrawn)
    outbox.put(pd.concat([note(1, consent="marketing"), note(2, consent="marketing"), note(3), note(4, who="account_manager")]))
    dry = outbox.deliver(table, at=NOON, consent=ledger).table.set_index("notice_id").outcome
    assert dry.to_dict() == {"N1": "no_consent", "N2": "would_send", "N3": "would_send", "N4": "would_send"}
    done = outbox.deliver(table, at=NOON, consent=ledger, dry_run=False).table.set_index("notice_id").outcome
    assert done.to_dict() == {"N1": "no_consent", "N2": "sent", "N3": "no_consent", "N4": "sent"}
    assert outbox.table("dropped").reason.tolist() == ["no_consent", "no_consent"]
    assert outbox.deliver(table, at=NOON, consent=ledger.table()).counts == {}


def test_quiet_hours_expiry_addresses_and_channels_without_a_sender(outbox):
    _channel, table = post()
    outbox.put(pd.concat([note(1, quiet_from="11:00", quiet_until="13:00"), note(2, expires_at="2026-05-05 11:00"), note(3, channel="email"),
                          note(4, send_after="2026-05-05 12:01")]))  # fmt: skip
    done = outbox.deliver(table, at=NOON, dry_run=False).table.set_index("notice_id")
    assert done.outcome.to_dict() == {"N1": "quiet", "N2": "expired", "N3": "dead"} and done.reason["N3"] == "no_sender"
    assert outbox.deliver(table, at="2026-05-05 13:00", dry_run=False).counts == {"sent": 2}
    with pytest.raises(ValueError, match="N1"):
        outbox.revive("N1", by="A001")
    assert outbox.revive(["N2"], by="A001", at=NOON) == 1 and outbox.deliver(table, at=NOON).counts == {"would_send": 1}


@settings(max_examples=20, deadline=None)
@given(st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 12, 31)), st.times(), st.times())
def test_quiet_hours_end_at_the_first_moment_outside_of_them(at, begins, over):
    begins, over = f"{begins:%H:%M}", f"{over:%H:%M}"
    end = after_quiet(at, begins, over)
    assert end >= at and end - at <= dt.timedelta(days=1) and after_quiet(end, begins, over) == end
    assert end == at or f"{end:%H:%M}" == over


def test_what_nobody_can_look_up_waits_for_a_person_or_is_sent_again(outbox):
    for policy, state in (("hold", "unsure"), ("resend", "sent")):
        channel, table = post(unsure=policy)
        clock = [dt.datetime(2026, 5, 5, 12)]
        mine = Outbox("sqlite://", clock=lambda clock=clock: clock[0])
        mine.put(note())
        mine.store.mark = lambda moment: moment == "handed_over" and (_ for _ in ()).throw(KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            mine.deliver(table, at=NOON, dry_run=False)
        mine.store.mark = lambda _moment: None
        assert mine.table().notice_state[0] == "sending" and mine.deliver(table, at=NOON, dry_run=False).counts == {}
        clock[0] += dt.timedelta(hours=1)
        cannot_tell = {"sms": lambda _key: None}
        assert mine.deliver(table, at=NOON).counts == {"would_ask": 1}
        assert mine.deliver(table, at=NOON, dry_run=False, receipts=cannot_tell).counts == {state: 1}
        assert len(channel.taken) == (1 if policy == "hold" else 2)
    with pytest.raises(ValueError, match="N9"):
        outbox.settle("N9", True, by="A001")
    again = Outbox("sqlite://", clock=lambda: clock[0])
    again.put(note())
    with again.store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE outbox_notices SET state = 'unsure'"))
    again.settle("N1", False, by="A001", at=NOON)
    assert again.table().notice_state[0] == "waiting" and again.history().reason.tolist()[-1] == "A001"


def test_nothing_personal_and_no_key_is_kept_or_logged(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("SMS_USER", "lark-user"), monkeypatch.setenv("SMS_PASSWORD", "s3cret-Pass")
    place = tmp_path / "outbox.sqlite"
    outbox = Outbox(place)
    outbox.put(note(expires_at="2026-06-01", text="请联系 13800138000，单号 W000123456，卡 6222021234567890128"))
    table = senders(pd.DataFrame({"channel": ["sms"], "url": ["json://${SMS_USER}:${SMS_PASSWORD}@127.0.0.1:9/{address}"]}))
    addresses = practice_addresses(note())
    mobile = addresses.address[0]
    with caplog.at_level(logging.DEBUG):
        done = outbox.deliver(table, at=NOON, dry_run=False, addresses=addresses)
    assert done.counts == {"failed": 1} and done.table.address[0].endswith(mobile[-2:]) and mobile not in done.table.to_string()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir()) + caplog.text.encode() + done.table.to_string().encode()
    for secret in (mobile, "s3cret-Pass", "lark-user", "13800138000", "W000123456", "6222021234567890128"):
        assert secret.encode() not in kept
    monkeypatch.delenv("SMS_PASSWORD")
    with pytest.raises(ValueError, match="SMS_PASSWORD"):
        outbox.deliver(table, at="2026-05-05 13:00", dry_run=False, addresses=addresses)
    assert outbox.deliver(table, at="2026-05-05 13:00", addresses=addresses).counts == {"would_send": 1} and not table.table.ready[0]
    assert outbox.deliver(table, at="2026-05-05 13:00").table.reason[0] == "no_address"
    with pytest.raises(ValueError, match="comma"):
        outbox.deliver(table, at="2026-05-05 13:00", addresses=addresses.assign(address="12900000001,12900000002"))
    monkeypatch.setenv("SMS_PASSWORD", "x")
    with pytest.raises(ValueError, match="addresses="):
        outbox.deliver(table, at="2026-05-05 13:00", dry_run=False)


def test_history_and_words(outbox):
    _channel, table = post()
    outbox.put(note(1, rule_id="R1"))
    outbox.deliver(table, at=NOON, dry_run=False)
    for statement in ("DELETE FROM outbox_events", "UPDATE outbox_events SET event = 'sent'"):
        with pytest.raises(sa.exc.IntegrityError, match="append-only"), outbox.store.engine.begin() as connection:
            connection.execute(sa.text(statement))
    assert outbox.by_rule().set_index("rule_id").loc["R1", ["notices", "sent", "sent_share"]].tolist() == [1, 1, 1.0]
    assert outbox.by_channel()[list(STATES)].sum(axis=1).tolist() == outbox.by_channel().notices.tolist()
    assert outbox.forget("C1") == 1 and outbox.table().text[0] == "" and outbox.history("N1").event.tolist()[-1] == "forgotten"
    with pytest.raises(ValueError, match="N7"):
        outbox.history("N7")
    with pytest.raises(ValueError, match="lost"):
        outbox.table("lost")


@pytest.mark.parametrize(("text", "word"), [
    ('[pigeon]\nurl = "folder:x"', "pigeon"), ('[sms]\nurl = ""', "url"), ('[sms]\nurl = "nonesuch://x"', "apprise"), ("[sms", "cannot be read"),
    ('[email]\nurl = "mailto://me:pass-word@example.com"', "environment"), ('[wecom]\nurl = "wecombot://a1b2c3d4e5f6"', "environment"),
    ('[sms]\nurl = "folder:x"\nunsure = "maybe"', "maybe"), ('[sms]\nurl = "folder:x"\nreciepts = "y"', "reciepts"), ('url = "x"', "outside"),
    ('[sms]\nurl = "folder:x"\nreceipts = "imap"', "imap"), ("", "no channel"),
])  # fmt: skip
def test_a_bad_table_of_senders_is_answered_with_a_sentence(tmp_path, text, word):
    path = tmp_path / "my.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=word) as told:
        senders(path)
    assert "my.toml" in str(told.value)


def test_senders_from_a_sheet_are_those_of_the_file(tmp_path):
    frame = senders().table[["channel", "url", "unsure", "receipts"]]
    frame.to_excel(tmp_path / "senders.xlsx", index=False)
    assert senders(tmp_path / "senders.xlsx").by_channel == senders(shipped_senders()).by_channel
    with pytest.raises(ValueError, match="row 2"):
        frame.assign(channel="fax").to_excel(tmp_path / "fax.xlsx", index=False)
        senders(tmp_path / "fax.xlsx")


def test_a_card_looks_like_its_channel_and_hides_no_markup(tmp_path, outbox):
    for channel in ("sms", "wecom", "dingtalk", "email"):
        card = show({"channel": channel, "subject": "A<b>", "text": "x < y & z", "send_after": "2026-05-05 09:00"})
        page = card._repr_html_()
        assert "x &lt; y &amp; z" in page and "<b>" not in page.replace("<b>云雀", "").replace("<b>Lark", "") and "x < y & z" in str(card)
    card.save(tmp_path / "card.html")
    assert "2026-05-05 09:00" in (tmp_path / "card.html").read_text("utf-8")
    outbox.put(note())
    assert str(outbox.show("N1")) == str(show(outbox.table()))
    for bad in ({"channel": "sms"}, pd.DataFrame(), 3):
        with pytest.raises(ValueError, match="notice|row"):
            show(bad)


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=400))
def test_parts_hold_the_text(text):
    parts, length = sms_parts(text), len(text.encode("utf-16-le", "surrogatepass")) // 2
    single, part = (160, 153) if text.isascii() else (70, 67)
    assert (parts == 1 and length <= single) or (length > single and (parts - 1) * part < length <= parts * part)


def test_a_crash_on_purpose(tmp_path):
    table = pd.DataFrame({"channel": ["sms"], "url": [f"folder:{tmp_path / 'mailbox'}"]})
    clock = [dt.datetime(2026, 5, 5, 12)]
    outbox = Outbox(tmp_path / "outbox.sqlite", clock=lambda: clock[0])
    outbox.put(pd.concat([note(number) for number in range(3)]))
    use_language("zh")
    told = rehearse_crash(outbox, table, moment="handed_over", times=2, at=NOON)
    use_language("en")
    assert outbox.table().notice_state.value_counts().to_dict() == {"sent": 1, "sending": 1, "waiting": 1} and "1" in told
    clock[0] += dt.timedelta(minutes=10)
    assert outbox.deliver(table, at=NOON, dry_run=False).counts == {"found": 1, "sent": 1}
    assert len(list((tmp_path / "mailbox" / "new").iterdir())) == 3
    with pytest.raises(ValueError, match="moment"):
        rehearse_crash(outbox, table, moment="lunch")
    with pytest.raises(ValueError, match="memory"):
        rehearse_crash(Outbox("sqlite://"), table)


def test_sentences_follow_each_other_as_the_language_sets_them(outbox):
    _channel, table = post(refusals=9)
    outbox.put(note(1))
    outbox.put(note(2, channel="email"))
    outbox.deliver(table, at=NOON, dry_run=False)
    assert ". 1 dead letters" in outbox.summary()
    use_language("zh")
    assert outbox.summary().count("。") >= 1
    assert "。 " not in outbox.summary()
    waiting = Senders({name: Sender(name, "json://${CRM_NOBODY_SET_THIS}") for name in ("sms", "email")}).summary()
    assert waiting.count("CRM_NOBODY_SET_THIS") == 2 and "。 " not in waiting


def test_addresses_that_are_no_table_are_refused_and_nothing_is_sent(outbox):
    _channel, table = post()
    outbox.put(note(1))
    for given in ("addresses.csv", [1, 2]):
        with pytest.raises(ValueError, match="addresses must be a pandas table"):
            outbox.deliver(table, at=NOON, dry_run=False, addresses=given)
    assert outbox.deliver(table, at=NOON, dry_run=False).counts == {"sent": 1}
