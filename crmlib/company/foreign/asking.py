"""Settling what foreign files hold: by guessing where that is sure, by asking where it is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crmlib.company.contract import Column, Table
from crmlib.company.customer_list.headings import heading
from crmlib.company.foreign.guessing import guess, guess_table
from crmlib.company.foreign.mapping import LEFT_OUT, Entry
from crmlib.company.foreign.sources import Source
from crmlib.company.schema import TABLES
from crmlib.company.workbook import DESCRIBING
from crmlib.i18n import _, language

NONE = "-"
"""The answer that leaves a file or a heading out."""
_TRIES = 3


@dataclass(frozen=True)
class Question:
    """Something only a person can say: a sentence, the answers that are possible, and the likeliest ("" where none is).

    `wanted` names the column that the table needs and no heading is known to fill, where that is the question.
    """

    text: str
    choices: tuple[str, ...]
    default: str = ""
    wanted: str = ""


Ask = Callable[[Question], str]


def _answer(question: Question, ask: Ask) -> str:
    for _turn in range(_TRIES):
        answer = str(ask(question)).strip() or question.default
        if answer in question.choices:
            return answer
    raise ValueError(_("“{answer}” is none of the possible answers: {choices}.").format(answer=answer, choices=", ".join(question.choices)))


def settle_entry(source: Source, ask: Ask) -> Entry:
    """What `source` holds; `ask` is called where the file alone does not say.

    Parameters
    ----------
    source : one table of foreign make
    ask : takes a Question, returns one of its choices

    Raises
    ------
    ValueError
        The answers are none of the possible ones.
    """
    headings = source.headings
    if describes_others(source):
        return Entry(source.file, source.sheet, LEFT_OUT, dict.fromkeys(headings, LEFT_OUT))
    table, sure = guess_table([source.sheet, Path(source.file).stem], headings)
    if not sure:
        question = Question(
            _("Which table does {source} hold? Its headings: {headings}. “-” leaves it out.").format(
                source=source.place, headings=", ".join(headings)
            ),
            (*TABLES, NONE),
            table or NONE,
        )
        table = _answer(question, ask)
    if table == NONE:
        return Entry(source.file, source.sheet, LEFT_OUT, dict.fromkeys(headings, LEFT_OUT))
    return Entry(source.file, source.sheet, table, _columns(source, TABLES[table], ask))


def _columns(source: Source, contract: Table, ask: Ask) -> dict[str, str]:
    chosen = dict.fromkeys(source.headings, LEFT_OUT)
    guesses = {text: found for text in chosen if (found := guess(heading(text), contract))}
    sure: dict[str, list[str]] = {}
    for text, found in guesses.items():
        if found.sure:
            sure.setdefault(found.column, []).append(text)
    for column, texts in sure.items():
        chosen[texts[0] if len(texts) == 1 else _which(source, contract[column], texts, ask)] = column
    for text, found in guesses.items():
        free = tuple(name for name in contract.names if name not in chosen.values())
        if not found.sure and found.column in free:
            told = _("{source}: does the heading “{heading}” mean {column} ({label})? Write the name of the column; “-” leaves it out.")
            told = told.format(source=source.place, heading=text, column=found.column, label=label_of(contract[found.column]))
            answer = _answer(Question(told, (*free, NONE), found.column), ask)
            chosen[text] = LEFT_OUT if answer == NONE else answer
    for column in needed_still(contract, chosen):
        left = [text for text, name in chosen.items() if name == LEFT_OUT]
        if left:
            answer = _which(source, column, left, ask, default=NONE)
            if answer != NONE:
                chosen[answer] = column.name
    return chosen


def needed_still(contract: Table, chosen: Mapping[str, str]) -> list[Column]:
    """The columns that the table needs, that no heading fills and that cannot be worked out from another.

    >>> [column.name for column in needed_still(TABLES["waybills"], {"单号": "waybill_id", "签收": "delivered_at"})][:2]
    ['customer_id', 'picked_up_at']
    """
    filled = set(chosen.values())
    return [
        column for column in contract.columns
        if column.name not in filled and not column.nullable and not (column.told_by and column.told_by[0] in filled)
    ]  # fmt: skip


def describes_others(source: Source) -> bool:
    """Whether it is one of the sheets that only describe the tables in a workbook that was saved from here."""
    return source.sheet in DESCRIBING and (source.sheet != "about" or source.headings == ["key", "value"])


def _which(source: Source, column: Column, texts: Sequence[str], ask: Ask, *, default: str = "") -> str:
    question = Question(
        _("{source}: which heading holds {column} ({label}: {meaning})? One of: {headings}; “-” if none.").format(
            source=source.place,
            column=column.name,
            label=label_of(column),
            meaning=column.meaning_zh if language() == "zh" else column.meaning_en,
            headings=", ".join(texts),
        )
        if default
        else _("{source}: several headings can mean {column} ({label}): {headings}. Which one does?").format(
            source=source.place, column=column.name, label=label_of(column), headings=", ".join(texts)
        ),
        (*texts, NONE) if default else tuple(texts),
        default or texts[0],
        column.name if default else "",
    )
    return _answer(question, ask)


def label_of(named: Column | Table) -> str:
    """What a column or table is called in the active language."""
    return named.zh if language() == "zh" else named.en
