"""A check of one's own sheet in words: for a terminal, and as a small table for a notebook."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable, Iterator

from crmlib.classroom.answer_key import AnswerKey, Item
from crmlib.classroom.hints import hints, needed
from crmlib.classroom.progress import Progress, SheetProgress, attempted, when
from crmlib.classroom.self_check import CheckResult, ItemResult
from crmlib.i18n import _, language

MARKS = {"full": "✓", "lost": "✗", "open": "·", "by_hand": "✎"}
_COLOURS = {"full": "#009E73", "lost": "#B35900", "open": "#8A9099", "by_hand": "#0072B2"}


def in_lines(result: CheckResult, *, command: str) -> Iterator[str]:
    """A check as lines of text.

    Parameters
    ----------
    result : CheckResult
    command : str
        How the learner asks for a solution, without the item's number.
    """
    yield result.title
    yield from result.notes
    if result.untouched:
        yield _(
            "Nothing is answered in this notebook yet. If you have just written something, save it (Ctrl+S, on a Mac Command+S) and "
            "check again."
        )
        return
    for one in result.items:
        yield f"  {MARKS[_kind(one)]}  {one.item.title}  {_score(one)}"
        for sentence in _told(one):
            yield textwrap.indent(sentence, "       ")
    yield from ["", *_total(result), _("Checked as saved on {date}.").format(date=_date(result)), *_next(result, command)]


def in_html(result: CheckResult, *, command: str) -> str:
    """The same for a notebook."""
    if result.untouched:
        return "".join(f"<p>{html.escape(line)}</p>" for line in in_lines(result, command=command))
    lines = [f"<p><b>{html.escape(result.title)}</b></p>", *(f"<p>{html.escape(note)}</p>" for note in result.notes), "<table>"]
    for one in result.items:
        kind = _kind(one)
        told = "<br>".join(html.escape(sentence).replace("\n", "<br>") for sentence in _told(one))
        lines.append(
            f'<tr><td style="color: {_COLOURS[kind]}; font-weight: bold">{MARKS[kind]}</td>'
            f'<td style="text-align: left">{html.escape(one.item.title)}</td>'
            f'<td style="text-align: left; white-space: nowrap">{html.escape(_score(one))}</td>'
            f'<td style="text-align: left; max-width: 34em">{told}</td></tr>'
        )
    lines.append("</table>")
    below = [*_total(result), *_next(result, command)]
    if any(one.item.by_hand for one in result.items):
        below.append(_("Text is checked as saved on {date}.").format(date=_date(result)))
    lines += [f"<p>{html.escape(line)}</p>" for line in below]
    return "\n".join(lines)


def _kind(one: ItemResult) -> str:
    if not one.written:
        return "open"
    return "by_hand" if one.item.by_hand else ("full" if one.full else "lost")


def _score(one: ItemResult) -> str:
    if not one.written:
        return _("not begun")
    if one.item.by_hand:
        return _("{points} points, marked by hand").format(points=f"{one.item.points:g}")
    return f"{one.points:g} / {one.item.points:g}"


def _told(one: ItemResult) -> Iterator[str]:
    if not one.written:
        return
    if one.stopped:
        yield _("The cell ended in an error.") + "\n" + one.stopped
    else:
        yield from one.hints


def _total(result: CheckResult) -> Iterator[str]:
    yield _("{points} of the {most} points that a program can give.").format(points=f"{result.points:g}", most=f"{result.by_program:g}")
    if result.by_hand:
        by_hand = _("; ").join(one.item.title for one in result.items if one.item.by_hand)
        yield _("{points} more have to be given by hand: {items}.").format(points=f"{result.by_hand:g}", items=by_hand)


def _date(result: CheckResult) -> str:
    return result.saved.strftime("%Y-%m-%d %H:%M")


def _next(result: CheckResult, command: str) -> Iterator[str]:
    written = [one.item for one in result.items if one.written]
    lost = next((one.item for one in result.items if one.written and not one.full and not one.item.by_hand), None)
    by_hand = next((item for item in written if item.by_hand), None)
    if lost is not None:
        yield _("Mend it and check again. When you are stuck, see a right answer: {command}").format(command=f"{command} {lost.number}")
    if by_hand is not None:
        yield _("Compare what you wrote with a model and the way it is marked: {command}").format(command=f"{command} {by_hand.number}")


def solution(key: AnswerKey, number: str, progress: Progress, *, again: str) -> list[tuple[str, str]]:
    """The right answers of one item; nothing of them before an attempt at it was checked.

    Parameters
    ----------
    key : AnswerKey
    number : str
    progress : Progress
    again : str
        How the learner has the sheet checked.

    Returns
    -------
    list of (kind, text); the kind is "title", "say", "answer" or "point"
    """
    item = key.item(number)
    if not attempted(progress, key.sheet, item.key):
        told = _("The solution is shown once you have tried: answer the item, have it checked ({command}), then ask again.")
        return [("title", item.title), ("say", told.format(command=again))]
    return [("title", item.title), *_shown(item)]


def _shown(item: Item) -> Iterator[tuple[str, str]]:
    first, *others = item.models
    yield "say", _("A model answer:") if item.by_hand else _("A right answer:")
    yield "answer", first
    for text in others:
        yield "say", _("Another way:")
        yield "answer", text
    if item.rubric:
        yield "say", _("How it is marked:")
        yield "answer", item.rubric
    why = [hints()[slip][language()] for slip in item.slips if slip in hints() and not needed(slip)]
    if why:
        yield "say", _("Why this way, and what often goes wrong here:")
        yield from (("point", sentence) for sentence in why)


def solution_text(parts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A solution as lines.

    >>> list(solution_text([("title", "Item 1"), ("say", "So:"), ("answer", "a = 1"), ("point", "Not 2.")]))
    ['Item 1', '', 'So:', '    a = 1', '  · Not 2.']
    """
    for kind, text in parts:
        if kind == "say":
            yield ""
        yield {"answer": textwrap.indent(text, "    "), "point": f"  · {text}"}.get(kind, text)


def solution_html(parts: Iterable[tuple[str, str]]) -> str:
    """A solution for a notebook.

    >>> solution_html([("title", "Item 1"), ("answer", "a < 1")])
    '<p><b>Item 1</b></p>\\n<pre style="white-space: pre-wrap; padding-left: 2em">a &lt; 1</pre>'
    """
    forms = {
        "title": "<p><b>{}</b></p>", "say": "<p>{}</p>", "point": '<div style="padding-left: 2em">· {}</div>',
        "answer": '<pre style="white-space: pre-wrap; padding-left: 2em">{}</pre>',
    }  # fmt: skip
    return "\n".join(forms[kind].format(html.escape(text, quote=False)) for kind, text in parts)


def table(sheets: dict[str, SheetProgress]) -> Iterator[str]:
    """What was done so far, a line a sheet."""
    for name, sheet in sheets.items():
        if not sheet.checks:
            yield _("{title}: not checked yet").format(title=sheet.title if sheet.items else name)
            continue
        yield _("{title}: {done} of {items} items done, {points} of {most} points; checked {checks} ×, last on {date}").format(
            title=sheet.title, done=sheet.count("done"), items=len(sheet.items), points=f"{sheet.best:g}", most=f"{sheet.by_program:g}",
            checks=len(sheet.checks), date=when(sheet.checks[-1][0]).strftime("%Y-%m-%d %H:%M"),
        )  # fmt: skip
