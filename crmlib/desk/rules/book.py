"""A book of rules: what was read from a file and found sound."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.checks import need_frame
from crmlib.company.company import shipped_folder
from crmlib.desk.rules import table_files
from crmlib.desk.rules.checking import SETTINGS, Checked, channel_order
from crmlib.desk.rules.conditions import Condition
from crmlib.desk.rules.table_files import COLUMNS, Raw, read_raw
from crmlib.i18n import _, language

_MOST = 8


@dataclass(frozen=True, eq=False)
class Rule:
    """One rule as the engine uses it; `place` is its place in the table, the last word where two have the same priority."""

    place: int
    rule_id: str
    name: dict[str, str]
    event: str
    condition: Condition
    who: str
    channels: tuple[str, ...]
    template: str
    priority: int
    quiet: tuple[int, int] | None
    quiet_drops: bool
    cap: tuple[int, np.timedelta64] | None
    consent: str
    experiment: str
    arm: str
    valid: tuple[np.datetime64, np.datetime64]
    """From the first moment to the first one after."""

    @property
    def reason(self) -> str:
        """Why it speaks, in a line: its name and its condition."""
        return self.name[language()] + (f": {self.condition.text}" if self.condition.text else "")


@dataclass(frozen=True, eq=False)
class RuleBook:
    """Rules, templates, experiments and settings, all checked. The frames are for looking and editing; `with_rules` checks again.

    >>> book = rule_book()
    >>> len(book.rules) == len(book.active) + int((book.rules.enabled == False).sum())
    True
    """

    rules: pd.DataFrame
    templates: pd.DataFrame
    experiments: pd.DataFrame
    settings: pd.DataFrame
    source: str = ""
    active: tuple[Rule, ...] = field(default=(), repr=False)
    """The rules that are enabled."""

    @property
    def customer_cap(self) -> tuple[int, np.timedelta64]:
        """How many notices a sender may get from all rules together, in how long a time."""
        said = SETTINGS | dict(zip(self.settings["setting"], self.settings["value"], strict=True))
        return int(said["customer_cap_count"]), np.timedelta64(int(said["customer_cap_days"]) * 86_400_000_000, "us")

    def shares(self, experiment: str) -> dict[str, float]:
        """The arms of an experiment and the share of customers in each."""
        mine = self.experiments[self.experiments["experiment"] == experiment]
        return dict(zip(mine["arm"], mine["share"].astype(float), strict=True))

    def with_rules(self, rules: pd.DataFrame) -> RuleBook:
        """The same book with other rules, checked; row numbers in sentences are those of the frame, the first being 1."""
        return book_of(rules=rules, templates=self.templates, experiments=self.experiments, settings=self.settings)

    def only(self, *rule_ids: str) -> RuleBook:
        """The same book with these rules alone."""
        if strange := set(rule_ids) - set(self.rules["rule_id"]):
            raise ValueError(_("There is no rule {rule}. Known: {known}.").format(rule=", ".join(sorted(strange)), known=", ".join(self.rules["rule_id"])))
        return self.with_rules(self.rules[self.rules["rule_id"].isin(rule_ids)])

    def save(self, path: str | os.PathLike) -> None:
        """Write the book to a .toml or .xlsx file; what is there is replaced."""
        table_files.write_tables(path, {sheet: getattr(self, sheet) for sheet in COLUMNS})

    def summary(self) -> str:
        """What the book holds, in two sentences."""
        count, days = self.customer_cap
        return _("{rules} rules, {active} of them enabled, on {events} kinds of event, with {templates} templates. A sender gets at most {count} "
                 "notices in {days} days.").format(
            rules=len(self.rules), active=len(self.active), events=len({rule.event for rule in self.active}), templates=len(self.templates),
            count=count, days=int(days / np.timedelta64(1, "D")))  # fmt: skip


def _from(checked: Checked) -> RuleBook:
    if said := checked.sentences():
        more = _(" … and {count} more; crm.desk.rules.check_rules lists all.").format(count=len(said) - _MOST) if len(said) > _MOST else ""
        raise ValueError("\n".join(said[:_MOST]) + more)
    frames = {sheet: checked.frame(sheet) for sheet in COLUMNS}
    active = tuple(_rule(place, entry, checked.conditions[entry["rule_id"]])
                   for place, entry in enumerate(frames["rules"].to_dict("records")) if entry["enabled"])  # fmt: skip
    return RuleBook(**frames, source=checked.raw.path, active=active)


def _rule(place: int, entry: dict, condition: Condition) -> Rule:
    minutes = [int(entry[name][:2]) * 60 + int(entry[name][3:]) for name in ("quiet_from", "quiet_until") if entry[name] != ""]
    day = np.timedelta64(1, "D")
    return Rule(
        place, entry["rule_id"], {"zh": entry["name_zh"], "en": entry["name_en"]}, entry["event"], condition, entry["who"],
        tuple(channel_order(entry["channel"])), entry["template"], entry["priority"], (minutes[0], minutes[1]) if minutes else None,
        entry["quiet_then"] == "drop", (entry["cap_count"], (entry["cap_days"] * day).astype("timedelta64[us]")) if entry["cap_count"] != "" else None,
        entry["consent"], entry["experiment"], entry["arm"],
        (np.datetime64(entry["valid_from"] or "1900-01-01", "us"), np.datetime64(entry["valid_until"] or "2200-01-01", "D") + day))  # fmt: skip


def book_of(*, rules: pd.DataFrame, templates: pd.DataFrame, experiments: pd.DataFrame | None = None, settings: pd.DataFrame | None = None) -> RuleBook:
    """A book from frames, as `RuleBook` has them.

    Raises
    ------
    ValueError
        Something is wrong with a cell; all such cells are named.

    >>> book = rule_book()
    >>> len(book_of(rules=book.rules, templates=book.templates, experiments=book.experiments).rules) == len(book.rules)
    True
    """
    frames = {"rules": rules, "templates": templates, "experiments": experiments, "settings": settings}
    sheets, rows, strange = {}, {}, []
    for sheet, frame in frames.items():
        frame = pd.DataFrame(columns=list(COLUMNS[sheet])) if frame is None else frame
        need_frame(frame, sheet)
        strange += [(sheet, 0, str(column)) for column in frame.columns if column not in COLUMNS[sheet]]
        kept = frame[[column for column in frame.columns if column in COLUMNS[sheet]]]
        sheets[sheet] = [{column: value for column, value in row.items() if not (pd.isna(value) or value == "")}
                         for row in kept.astype(object).to_dict("records")]  # fmt: skip
        rows[sheet] = list(range(1, len(frame) + 1))
    return _from(Checked(Raw(_("the table"), sheets, rows, strange, {})))


def rule_book(path: str | os.PathLike | None = None) -> RuleBook:
    """Read a book of rules from a .toml or .xlsx file.

    Answers: which rules does the desk go by?

    Parameters
    ----------
    path : the file; None: the rules that come with the course, ``datasets/rules/rules.toml`` (and the same as ``rules.xlsx``)

    Returns
    -------
    RuleBook
        `.rules`, `.templates`, `.experiments`, `.settings`, `.save(path)`, `.with_rules(frame)`, `.only(rule_id, …)`, `.summary()`

    Raises
    ------
    ValueError
        Something is wrong: every sentence names file, sheet, row, column and mend; the first eight are listed.

    Source: the six nodes with notices and the delay offer, 《快递客户关系管理》 and its companion designs; the rules themselves are for teaching.

    >>> rule_book().only("R01").rules.event.tolist()
    ['delay_predicted']
    """
    if path is None:
        ours = _shipped()  # with frames of your own: what you change in them, nobody else sees
        return replace(ours, **{sheet: getattr(ours, sheet).copy() for sheet in COLUMNS})
    return _from(Checked(read_raw(path)))


@cache
def _shipped() -> RuleBook:
    return _from(Checked(read_raw(shipped_rules())))


def shipped_rules(kind: str = "toml") -> Path:
    """Where the rules of the course lie: copy the file, and edit the copy.

    >>> shipped_rules("xlsx").name
    'rules.xlsx'
    """
    return shipped_folder() / "rules" / f"rules.{kind}"


def check_rules(path: str | os.PathLike) -> pd.DataFrame:
    """Everything that is wrong with a rule file.

    Answers: what must I mend before the desk takes my rules?

    Parameters
    ----------
    path : a .toml or .xlsx file

    Returns
    -------
    DataFrame, one row a problem; none when all is well
        sheet, row (of the sheet; in TOML the line), rule_id, column (with its letter in Excel), problem, mend

    Raises
    ------
    ValueError
        There is no such file, or it is neither TOML nor Excel.

    >>> len(check_rules(shipped_rules()))
    0
    """
    return Checked(read_raw(path)).table()
