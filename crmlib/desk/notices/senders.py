"""Who carries the messages: a table of channels that a trainee edits, checked when it is read; what is secret stays in the environment."""

from __future__ import annotations

import email.message
import email.policy
import logging
import mailbox
import os
import re
import threading
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd

from crmlib.desk.rules.checking import CHANNELS
from crmlib.i18n import _, in_a_row

KEY_HEADER = "X-Notice-Key"
"""The header by which a mailbox knows a message again."""
_COLUMNS = ("channel", "url", "unsure", "receipts")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WITHOUT_KEY = ("json", "form", "xml", "smseagle")
"""Own servers of a firm, which may ask for no key."""
_FOLDER, _MAILDIR = "folder:", "maildir:"

Receipts = Callable[[str], bool | None]
"""Asked for the key of a message, it says whether it arrived; None: it cannot tell."""


@dataclass(frozen=True)
class Message:
    """One message on its way: `key` is the same at every try. `to` stands nowhere but here."""

    key: str
    channel: str
    to: str
    subject: str
    text: str


class NotSent(Exception):
    """A channel did not take a message; the sentence names nobody."""


@dataclass(frozen=True)
class Sender:
    """How one channel's messages go out."""

    channel: str
    url: str
    unsure: str = "hold"
    receipts: str = ""

    @property
    def needs(self) -> list[str]:
        """Names of the environment's variables it asks for."""
        return list(dict.fromkeys(_VARIABLE.findall(self.url)))

    @property
    def lacks(self) -> list[str]:
        """Those that are not set."""
        return [name for name in self.needs if not os.environ.get(name)]

    @property
    def asks_address(self) -> bool:
        """Whether it must know a person's address."""
        return "{address}" in self.url

    def lookup(self) -> Receipts | None:
        """What can be asked whether a message arrived; None: nothing can."""
        if self.receipts.startswith(_MAILDIR):
            return folder_receipts(self.receipts.removeprefix(_MAILDIR))
        return folder_receipts(self.url.removeprefix(_FOLDER)) if self.url.startswith(_FOLDER) else None

    def send(self, message: Message) -> None:
        """Hand a message over.

        Raises
        ------
        NotSent
            The channel did not take it, or did not say so.
        """
        if self.url.startswith(_FOLDER):
            _into_folder(self.url.removeprefix(_FOLDER), message)
            return
        _by_apprise(self.filled(message), message, secrets=[os.environ[name] for name in self.needs] + [message.to])

    def filled(self, message: Message) -> str:
        """The URL with what is secret, the address and, for e-mail, the key of the message."""
        url = _VARIABLE.sub(lambda found: quote(os.environ.get(found[1], ""), safe=""), self.url).replace("{address}", quote(message.to, safe="@"))
        if url.startswith("mailto"):
            url += f"{'&' if '?' in url else '?'}format=text&+{KEY_HEADER}={message.key}"
        return url


@dataclass(frozen=True)
class Senders:
    """The senders by channel, checked.

    >>> senders().table.channel.tolist()
    ['email', 'wecom', 'dingtalk', 'sms']
    """

    by_channel: dict[str, Sender] = field(repr=False)
    source: str = ""

    @property
    def table(self) -> pd.DataFrame:
        """channel, url, unsure, receipts, needs (variables of the environment), ready (all of them are set)."""
        return pd.DataFrame([(one.channel, one.url, one.unsure, one.receipts, ", ".join(one.needs), not one.lacks) for one in self.by_channel.values()],
                            columns=[*_COLUMNS, "needs", "ready"])  # fmt: skip

    def summary(self) -> str:
        """Which channels are ready, in a sentence or two."""
        lacking = {name: one.lacks for name, one in self.by_channel.items() if one.lacks}
        told = _("{count} channels: {channels}.").format(count=len(self.by_channel), channels=", ".join(self.by_channel))
        return in_a_row(told, *(
            _("{channel} cannot send yet: set {variables} in the environment.").format(channel=name, variables=", ".join(variables))
            for name, variables in lacking.items()))  # fmt: skip


def shipped_senders() -> Path:
    """The table of senders that comes with the course: copy the file, and edit the copy.

    >>> shipped_senders().name
    'senders.toml'
    """
    return Path(__file__).with_name("senders.toml")


def senders(source: str | os.PathLike | pd.DataFrame | Senders | None = None) -> Senders:
    """Read the table of senders.

    Answers: by what way does each channel's message leave the house?

    Parameters
    ----------
    source : path of a .toml file (one table a channel) or of an .xlsx (one row a channel), or a frame: channel, url, unsure, receipts; None: the
        shipped one, by which everything goes into the folder `mailbox`
        url: an address of the apprise library, such as ``mailto://…``, ``wecombot://${WECOM_BOT_KEY}``, or ``folder:PATH``; ``${NAME}`` is taken
        from the environment when a message goes out, ``{address}`` is the person's. unsure: hold or resend. receipts: ``maildir:PATH``, or empty

    Returns
    -------
    Senders

    Raises
    ------
    ValueError
        A channel is unknown or stands twice, an address cannot be used, or a password stands in the file.

    >>> senders(pd.DataFrame({"channel": ["sms"], "url": ["bulksms://${SMS_USER}:${SMS_PASSWORD}@{address}"]})).table.needs.tolist()
    ['SMS_USER, SMS_PASSWORD']
    """
    if isinstance(source, Senders):
        return source
    place, rows = _read(source)
    found: dict[str, Sender] = {}
    for where, row in rows:
        here = _("{file}, {where}").format(file=place, where=where)
        values = {name: str(row.get(name) or "").strip() for name in _COLUMNS}
        strange = [str(name) for name in row if name not in _COLUMNS]
        if strange:
            raise ValueError(_("{place}: nobody knows {names}. Known: {known}.").format(place=here, names=", ".join(strange), known=", ".join(_COLUMNS)))
        if values["channel"] not in CHANNELS:
            raise ValueError(_("{place}: the channel {channel} is unknown. Write one of: {known}.").format(
                place=here, channel=values["channel"] or "–", known=", ".join(CHANNELS)))  # fmt: skip
        if values["channel"] in found:
            raise ValueError(_("{place}: the channel {channel} stands there twice. Keep one.").format(place=here, channel=values["channel"]))
        values["unsure"] = values["unsure"] or "hold"
        if values["unsure"] not in ("hold", "resend"):
            raise ValueError(_("{place}: unsure is {value}; write hold or resend.").format(place=here, value=values["unsure"]))
        if values["receipts"] and not values["receipts"].startswith(_MAILDIR):
            raise ValueError(_("{place}: receipts is {value}; write maildir:PATH, or leave it empty.").format(place=here, value=values["receipts"]))
        if problem := _problem(values["url"]):
            raise ValueError(f"{here}: {problem}")
        found[values["channel"]] = Sender(**values)
    if not found:
        raise ValueError(_("{place} holds no channel.").format(place=place))
    return Senders(found, place)


def _read(source: Any) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """Name of the source, and its rows, each with where it stands."""
    if isinstance(source, pd.DataFrame):
        return _("the table"), _numbered(source, 1)
    path = shipped_senders() if source is None else Path(source)
    if not path.is_file():
        raise ValueError(_("There is no file {path}.").format(path=path))
    try:
        if path.suffix.lower() == ".xlsx":
            return path.name, _numbered(pd.read_excel(path, dtype=object), 2)
        tree = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(_("{path} cannot be read: {reason}").format(path=path, reason=error)) from None
    for name, entry in tree.items():
        if not isinstance(entry, dict):
            raise ValueError(_("{path}: {name} stands outside of a table. Begin each channel with its name, such as [sms].").format(path=path, name=name))
    return path.name, [(f"[{name}]", {"channel": name} | entry) for name, entry in tree.items()]


def _numbered(frame: pd.DataFrame, first: int) -> list[tuple[str, dict[str, Any]]]:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [(_("row {row}").format(row=number), {str(name): value for name, value in row.items()}) for number, row in enumerate(rows, first)]


def _problem(url: str) -> str:
    """What is wrong with the address of a channel; empty: nothing."""
    if url.startswith(_FOLDER):
        return "" if url.removeprefix(_FOLDER) else _("folder: lacks the name of the folder.")
    scheme, there, rest = url.partition("://")
    if not there:
        return _("url is {url}; write an address such as mailto://… or folder:mailbox.").format(url=url or "–")
    import apprise

    sample = _VARIABLE.sub("a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", url).replace("{address}", "a@b.example" if scheme.startswith("mailto") else "13800138000")
    with _Quiet():
        usable = apprise.Apprise.instantiate(sample, suppress_exceptions=True)
    if usable is None:
        return _("apprise cannot use this url of the kind {scheme}://. Its form stands at https://appriseit.com/services/.").format(scheme=scheme)
    mail = scheme.startswith("mailto")
    given = re.split(r"[/?]", rest)[0].rpartition("@")[0].partition(":")[2] if mail else rest
    asked = re.search(r"[?&](?:pass|password|token|key|secret|apikey)=(?!\$\{)[^&]+", url, re.IGNORECASE)
    if asked or given and not _VARIABLE.search(given) and scheme not in _WITHOUT_KEY:
        return _("a password or key stands in the file. Write ${NAME} in its place, and set NAME in the environment.")
    return ""


class _Quiet:
    """Keeps what channels would log, with addresses and keys in it, from every log; `said` is the last word of apprise in this thread."""

    _lock, _inside, _was = threading.Lock(), 0, {}
    _words = threading.local()

    @property
    def said(self) -> str:
        return getattr(self._words, "last", "")

    def __enter__(self) -> _Quiet:
        self._words.last = ""
        with _Quiet._lock:
            if not _Quiet._inside:
                keeper = logging.Handler(logging.WARNING)
                keeper.emit = lambda record: setattr(self._words, "last", record.getMessage() if record.name == "apprise" else self.said)
                for log in map(logging.getLogger, ("apprise", "urllib3")):
                    _Quiet._was[log] = (log.handlers[:], log.propagate, log.level)
                    log.handlers, log.propagate = [keeper], False
                    log.setLevel(logging.WARNING)
            _Quiet._inside += 1
        return self

    def __exit__(self, *_error: object) -> None:
        with _Quiet._lock:
            _Quiet._inside -= 1
            for log, (handlers, propagate, level) in _Quiet._was.items() if not _Quiet._inside else ():
                log.handlers, log.propagate = handlers, propagate
                log.setLevel(level)


def _by_apprise(url: str, message: Message, *, secrets: list[str]) -> None:
    import apprise

    from crmlib.privacy import redact

    with _Quiet() as quiet:
        one = apprise.Apprise.instantiate(url, asset=apprise.AppriseAsset(async_mode=False), suppress_exceptions=True)
        if one is None:
            raise NotSent(_("The channel {channel} cannot use this address.").format(channel=message.channel))
        try:
            taken = one.notify(body=message.text, title=message.subject, body_format=apprise.NotifyFormat.TEXT)
            said = quiet.said
        except Exception as error:  # whatever a channel's library throws, the notice is not lost
            taken, said = False, type(error).__name__
    if not taken:
        for secret in filter(None, secrets):
            said = said.replace(secret, "***").replace(quote(secret, safe=""), "***")
        raise NotSent(_("The channel {channel} did not take it: {reason}").format(channel=message.channel, reason=redact(said)[:160] or "–"))


def _into_folder(folder: str, message: Message) -> None:
    letter = email.message.EmailMessage(policy=email.policy.SMTP)
    letter["Subject"], letter["To"], letter[KEY_HEADER] = " ".join(message.subject.split()), message.to or "undisclosed", message.key
    letter["X-Channel"] = message.channel
    letter.set_content(message.text)
    try:
        mailbox.Maildir(folder, create=True).add(letter.as_bytes())
    except OSError as error:
        raise NotSent(_("The folder {folder} cannot be written: {reason}").format(folder=folder, reason=error.strerror)) from None


def folder_receipts(folder: str | os.PathLike) -> Receipts:
    """Whether a message lies in a Maildir, by its key.

    >>> folder_receipts("no such folder")("0" * 32)
    False
    """
    known: set[str] = set()
    read: set[Path] = set()
    line = re.compile(rb"^%s:\s*(\w+)" % KEY_HEADER.encode(), re.IGNORECASE | re.MULTILINE)

    def arrived(key: str) -> bool:
        for path in [*Path(folder).glob("new/*"), *Path(folder).glob("cur/*")]:
            if path not in read:
                read.add(path)
                known.update(found[1].decode() for found in line.finditer(path.read_bytes()))
        return key in known

    return arrived
