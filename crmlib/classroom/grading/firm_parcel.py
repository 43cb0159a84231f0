"""A simulated firm on its way from the judge, who has drawn it, to the learner's process, which is spared the work."""

from __future__ import annotations

import pickle
from functools import cache, partial

from crmlib.classroom.grading.wire import Message
from crmlib.company import Company, personal


def pack(code: str, firm: Company) -> Message:
    """The tables of a firm that are there already; the others are drawn anew where they are wanted."""
    buffers: list[pickle.PickleBuffer] = []
    words = pickle.dumps((dict(firm.about), list(firm.tables), firm.tables.made()), protocol=5, buffer_callback=buffers.append)
    return Message({"code": code}, [words, *(buffer.raw() for buffer in buffers)])


def unpack(message: Message) -> tuple[str, Company]:
    """The firm in a message of the judge's. Never for one of the learner's: a pickle runs whatever its writer likes.

    >>> from crmlib.company import firm_code
    >>> code = firm_code("class", "2026001")
    >>> firm = personal(code)
    >>> unpack(pack(code, firm))[1].waybills.equals(firm.waybills)
    True
    """
    code = message.head["code"]
    about, names, made = pickle.loads(message.parts[0], buffers=message.parts[1:])
    whole = cache(partial(personal, code))
    later = {name: lambda name=name: whole().tables[name] for name in names if name not in made}
    return code, Company(about=about, **made, **later)
