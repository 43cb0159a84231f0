"""Where a test cell finds a learner's answers: by name, in the notebook's namespace or in one that is put in its place."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from crmlib.classroom.grading.handed import LeftOver, Unsendable
from crmlib.classroom.hints import Lost, needed, sentence
from crmlib.classroom.left_over import is_left_over
from crmlib.notebook import BLANK


@dataclass
class _Desk:
    """What the running test cell works on."""

    answers: Mapping[str, object] | None = None
    cells: tuple[str, ...] = ()
    item: object = None
    looked_up: str = ""
    moment: object = field(default=None, repr=False)


_desk: ContextVar[_Desk] = ContextVar("crm_marking_desk")


def desk() -> _Desk:
    """The desk of the running cell; without :func:`answering`, a fresh one for every cell that IPython runs.

    >>> with answering({"top_share": 0.8}):
    ...     dict(desk().answers)
    {'top_share': 0.8}
    """
    current = _desk.get(None)
    if current is not None and current.answers is not None:
        return current
    moment = _cell_number()
    if current is None or current.moment != moment:
        current = _Desk(moment=moment)
        _desk.set(current)
    return current


def _cell_number() -> object:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell.execution_count if shell else None


@contextmanager
def answering(answers: Mapping[str, object], *, cells: Iterable[str] = ()) -> Iterator[None]:
    """Take answers from `answers` for one test cell, instead of from the notebook's own namespace.

    Parameters
    ----------
    answers : mapping of name to answer
        A namespace, or plain data that was handed in.
    cells : iterable of str
        The learner's own cells; a gap left in one of them explains a missing answer.

    Why: a test cell touches nothing but the answers that it names.

    >>> with answering({"top_share": 0.8}):
    ...     look_up("top_share")
    0.8
    """
    token = _desk.set(_Desk(answers=answers, cells=tuple(cells)))
    try:
        yield
    finally:
        _desk.reset(token)


def item(label: object) -> None:
    """Say which item of the sheet the running test cell belongs to; its hints then begin with it.

    Parameters
    ----------
    label : int or str
        "2" gives "Item 2: …".

    Why: the learner should see at once where to look.

    >>> with answering({}):
    ...     item(2)
    """
    desk().item = label


def look_up(name: str) -> object:
    """The learner's answer `name`.

    Raises
    ------
    Lost
        There is none, a gap was left in it, or its cell failed and it is what it was before.

    >>> with answering({"top_share": 0.8}):
    ...     look_up("top_share")
    0.8
    """
    current = desk()
    current.looked_up = name
    answers = current.answers if current.answers is not None else vars(sys.modules["__main__"])
    if name not in answers:
        lose("still-blank" if _left_blank(name, answers, current.cells) else "not-found", name=name)
    answer = answers[name]
    if isinstance(answer, LeftOver) or (current.answers is None and is_left_over(name, answer)):
        lose("left-over", name=name)
    if isinstance(answer, Unsendable) and answer.too_large:
        lose("too-large", name=name, kind=answer.kind)
    if answer is Ellipsis or (isinstance(answer, str) and BLANK.search(answer)):
        lose("still-blank", name=name)
    if answer is None:
        lose("nothing-in-it", name=name)
    return answer


def _left_blank(name: str, answers: Mapping[str, object], cells: tuple[str, ...]) -> bool:
    history = answers.get("In", ())
    sources = [*cells, *(history if isinstance(history, list) else ())]
    makes_it = re.compile(rf"^[ \t]*(def[ \t]+|(?:\w+[ \t]*,[ \t]*)+)?{re.escape(name)}\b[ \t]*(=(?!=)|\(|:|,)", re.MULTILINE)
    makers = [source for source in sources if isinstance(source, str) and makes_it.search(source)]
    return bool(makers) and BLANK.search(makers[-1]) is not None


def lose(key: str, **values: object) -> None:
    """Raise :class:`Lost` with the hint `key`, begun with the item if the cell has said which.

    Raises
    ------
    Lost
        Always.

    >>> with answering({}):
    ...     try:
    ...         lose("still-blank", name="top_share")
    ...     except Lost as lost:
    ...         lost.hint
    'still-blank'
    """
    current = desk()
    values = {"name": current.looked_up, **values}
    told = "" if current.item is None else sentence("item-prefix", item=current.item)
    got = values.get("got", "")
    if not (isinstance(got, str) and got == "") and "got" not in needed(key):
        told += sentence("you-have", got=got)
    raise Lost(told + sentence(key, **values), key) from None
