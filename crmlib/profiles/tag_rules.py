"""The rules of tags: a file that a trainee edits (TOML or Excel), read with every mistake named by file, place and mend."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from crmlib.company.profiles_columns import RULE_COLUMNS
from crmlib.i18n import _, language
from crmlib.profiles.tag_conditions import TagCondition
from crmlib.profiles.tag_panel import features, symbols
from crmlib.segments.per_customer import day
from crmlib.standards import get

SHIPPED = Path(__file__).parent / "tags.toml"
NEEDED = ("tag", "when", "evidence", "least", "valid_from", "by")
_USUAL = {"until": "", "reviews": 1, "lapse_weeks": 26, "valid_until": pd.NaT, "name_zh": "", "name_en": "", "source": "", "use_zh": "", "use_en": ""}
_DAYS = ("valid_from", "valid_until")


@dataclass(frozen=True)
class TagRules:
    """Rules that were read and checked. `table` has one row a rule: tag, name_zh, name_en, when, until, evidence, least, reviews,
    lapse_weeks, valid_from, valid_until, by, source, use_zh, use_en. A tag whose rule changed has a row for each version.

    >>> tag_rules().name("dormant") in ("dormant customer", "沉睡客户")
    True
    """

    table: pd.DataFrame
    origin: str = field(default="", compare=False)

    @property
    def tags(self) -> list[str]:
        """The codes of the tags, in the order of the file."""
        return list(dict.fromkeys(self.table["tag"]))

    @cached_property
    def conditions(self) -> list[tuple[TagCondition, TagCondition | None]]:
        """What gives and what takes each tag, row by row."""
        return [(TagCondition(row.when), TagCondition(row.until) if row.until else None) for row in self.table.itertuples()]

    def name(self, tag: str) -> str:
        """What a tag is called in the active language."""
        rows = self.table[self.table["tag"] == tag]
        if rows.empty:
            near = get_close_matches(str(tag), self.tags, n=1, cutoff=0.3)
            hint = _(" Did you mean “{near}”?").format(near=near[0]) if near else ""
            raise ValueError(_("There is no tag “{tag}”.{hint} There are: {tags}.").format(tag=tag, hint=hint, tags=", ".join(self.tags)))
        return rows[f"name_{language()}"].iloc[-1] or tag

    def use(self, tag: str) -> str:
        """What the tag is for, in the active language."""
        return str(self.table.loc[self.table["tag"] == tag, f"use_{language()}"].iloc[-1])

    def summary(self) -> str:
        """The rules in one sentence."""
        return _("{rules} rules for {tags} tags from {origin}: {names}.").format(
            rules=len(self.table), tags=len(self.tags), origin=self.origin or "–", names=_(", ").join(map(self.name, self.tags)))  # fmt: skip

    def save(self, path: str | os.PathLike) -> Path:
        """Write the rules where they can be edited: an .xlsx file (headings in the active language) or a .toml file."""
        from crmlib.company.storage import replace_file

        path = Path(path)
        if path.suffix == ".xlsx":
            heads = {name: label[0 if language() == "zh" else 1] for name, label in RULE_COLUMNS.items()}
            table = self.table.rename(columns=heads)
            replace_file(path, lambda spare: table.to_excel(spare, sheet_name="rules", index=False, engine="openpyxl"))
        elif path.suffix == ".toml":
            replace_file(path, lambda spare: spare.write_text(_as_toml(self.table), "utf-8", newline="\n"))
        else:
            raise ValueError(_("{path}: rules are written as .toml or .xlsx.").format(path=path.name))
        return path


def tag_rules(path: str | os.PathLike | TagRules | pd.DataFrame | None = None) -> TagRules:
    """Read the rules that give and take tags.

    Answers: by which rules does a shop become a "speed-sensitive seller", who wrote them, and since when do they hold?

    Parameters
    ----------
    path : a .toml or .xlsx file (its first sheet), a table, or None for the rules of the course
        One row a rule. tag: a code of your own. when: the condition that gives the tag; until: the one that takes it (empty: whoever no
        longer fits `when` loses it). evidence: the feature that counts what the rule rests on, of which there must be at least `least`.
        reviews: on so many Mondays in a row `when` must fit (1). lapse_weeks: without enough evidence for so long the tag goes (26).
        valid_from, valid_until: first and last day on which the rule holds. by: who answers for it, in one language or as
        "中文 / English". name_zh, name_en, source, use_zh, use_en: words. Headings may be codes or labels, Chinese or English.

    Returns
    -------
    TagRules
        `.table`, `.tags`, `.name(tag)`, `.use(tag)`, `.summary()`, `.save(path)`

    Raises
    ------
    ValueError
        The file cannot be read, or a rule is wrong: the message names file, rule and column, and the mend.

    >>> tag_rules().tags[:3]
    ['eco_packaging', 'sensitive_goods', 'speed_sensitive']
    """
    if isinstance(path, TagRules):
        return path
    if isinstance(path, pd.DataFrame):
        return _checked(path.to_dict("records"), _("the table"), [_("row {row}").format(row=row) for row in path.index])
    file = SHIPPED if path is None else Path(path)
    if not file.is_file():
        raise ValueError(_("There is no file {path}. Write one to begin with: crm.profiles.tag_rules().save(\"{path}\").").format(path=file))
    if file.suffix == ".toml":
        rows, places = _from_toml(file)
    elif file.suffix == ".xlsx":
        rows, places = _from_xlsx(file)
    else:
        raise ValueError(_("{path}: rules are read from .toml or .xlsx.").format(path=file.name))
    return _checked(rows, file.name, places)


def in_language(name: str) -> str:
    """Of a name that is written "中文 / English", the part in the active language; any other name as it is.

    >>> in_language("课程组 / course team") in ("课程组", "course team"), in_language("Li / Wang")
    (True, 'Li / Wang')
    """
    zh, _slash, en = name.partition(" / ")
    if zh.isascii() or not en or not en.isascii():
        return name
    return zh if language() == "zh" else en


def _from_toml(file: Path) -> tuple[list[dict], list[str]]:
    try:
        rows = tomllib.loads(file.read_text("utf-8-sig")).get("tag", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(_("{file} is no TOML file: {error}. Text stands in quotes, every rule begins with [[tag]].").format(
            file=file.name, error=error)) from None  # fmt: skip
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ValueError(_("{file}: every rule begins with a line [[tag]].").format(file=file.name))
    return rows, [_("rule {number} ({tag})").format(number=number, tag=row.get("tag", "–")) for number, row in enumerate(rows, 1)]


def _from_xlsx(file: Path) -> tuple[list[dict], list[str]]:
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        sheets = pd.read_excel(file, sheet_name=None, dtype=object, engine="openpyxl")
    except (ValueError, OSError, KeyError, BadZipFile, InvalidFileException) as error:
        raise ValueError(_("{file} cannot be read as an Excel file: {error}.").format(file=file.name, error=error)) from None
    sheet, table = next(iter(sheets.items()))
    codes = {label: name for name, labels in RULE_COLUMNS.items() for label in (name, *labels)}
    table = table.rename(columns=lambda head: codes.get(str(head).strip(), str(head).strip())).dropna(how="all")
    places = [_("sheet {sheet}, row {row}").format(sheet=sheet, row=row + 2) for row in table.index]
    return table.to_dict("records"), places


def _checked(rows: list[dict], name: str, places: list[str]) -> TagRules:
    if not rows:
        raise ValueError(_("{file} holds no rule.").format(file=name))
    table = pd.DataFrame([_row(row, f"{name}, {place}") for row, place in zip(rows, places, strict=True)], columns=list(RULE_COLUMNS))
    table = table.astype(dict.fromkeys(_DAYS, "datetime64[us]"))
    for tag, versions in table.groupby("tag", sort=False):
        ends = versions["valid_until"].fillna(pd.Timestamp.max.normalize())
        order = versions["valid_from"].argsort().to_numpy()
        late = np.flatnonzero(ends.to_numpy()[order][:-1] >= versions["valid_from"].to_numpy()[order][1:])
        if len(late):
            first, second = (versions.index[order[late[0] + step]] for step in (0, 1))
            raise ValueError(_("{place}, column valid_from: the tag {tag} has an earlier rule ({other}) that holds then, too. Give that one a valid_until.").format(
                place=f"{name}, {places[second]}", tag=tag, other=places[first]))  # fmt: skip
    return TagRules(table, name)


def _row(row: Mapping, place: str) -> dict:
    given = {name: value for name, value in row.items() if not _empty(value)}
    unknown = [str(name) for name in given if name not in RULE_COLUMNS]
    if unknown:
        near = get_close_matches(unknown[0], list(RULE_COLUMNS), n=1, cutoff=0.4)
        hint = _(" Did you mean “{near}”?").format(near=near[0]) if near else ""
        raise ValueError(_("{place}: a rule has no column “{name}”.{hint}").format(place=place, name=unknown[0], hint=hint))
    missing = [name for name in NEEDED if name not in given]
    if missing:
        raise ValueError(_("{place}, column {column}: it is empty and must be filled in.").format(place=place, column=missing[0]))
    rule = _USUAL | given
    for name in ("least", "reviews", "lapse_weeks"):
        rule[name] = _whole(rule[name], 0 if name == "least" else 1, _column(place, name))
    for name in _DAYS:
        if not _empty(rule[name]):
            try:
                rule[name] = day(rule[name], name).normalize()
            except ValueError as error:
                raise ValueError(f"{_column(place, name)}: {error}") from None
    if not pd.isna(rule["valid_until"]) and rule["valid_until"] < rule["valid_from"]:
        raise ValueError(_("{place}, column valid_until: it lies before valid_from.").format(place=place))
    for name in ("when", "until"):
        rule[name] = _condition(name, rule, _column(place, name))
    counts = [name for name, of in symbols().items() if features()[of].get("unit") == "count" and name == of or name.endswith("_of")]
    if rule["evidence"] not in counts:
        near = get_close_matches(str(rule["evidence"]), counts, n=1, cutoff=0.3)
        hint = _(" Did you mean “{near}”?").format(near=near[0]) if near else ""
        raise ValueError(_("{place}, column evidence: “{name}” is no feature that counts.{hint} Those are: {counts}.").format(
            place=place, name=rule["evidence"], hint=hint, counts=", ".join(counts)))  # fmt: skip
    return {name: value if name in ("least", "reviews", "lapse_weeks", *_DAYS) else str(value).strip() for name, value in rule.items()}


def _column(place: str, name: str) -> str:
    return _("{place}, column {column}").format(place=place, column=name)


def _condition(name: str, rule: Mapping, place: str) -> str:
    text = str(rule[name]).strip()
    if not text:
        return ""
    try:
        condition = TagCondition(text)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
    plain = [one for one in sorted(condition.names) if features().get(one, {}).get("kind") == "share"]
    least = int(get("profiles.least_for_share", unit="count"))
    if plain and rule["least"] < least and name == "when" and not any(one.startswith(f"{plain[0]}_") for one in condition.names):
        raise ValueError(_(
            "{place}: {name} is a plain share, and {count} cases make no share. Ask for {name}_low (the lower end of its interval), or set least to {least} or more."
        ).format(place=place, name=plain[0], count=rule["least"], least=least))  # fmt: skip
    return text


def _whole(value: object, low: int, place: str) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if isinstance(value, bool) or not (number >= low and number == int(number)):
        raise ValueError(_("{place}: it is {value}; it must be a whole number from {low} on.").format(place=place, value=value, low=low))
    return int(number)


def _empty(value: object) -> bool:
    return value is None or value is pd.NaT or isinstance(value, float) and np.isnan(value) or isinstance(value, str) and not value.strip()


def _as_toml(table: pd.DataFrame) -> str:
    def line(name: str, value: object) -> str:
        if isinstance(value, pd.Timestamp):
            return f"{name} = {value:%Y-%m-%d}"
        return f"{name} = {int(value) if isinstance(value, (int, np.integer)) else json.dumps(value, ensure_ascii=False)}"

    return "\n".join(
        "\n".join(["[[tag]]", *(line(name, value) for name, value in row.items() if not _empty(value)), ""]) for row in table.to_dict("records")
    )
