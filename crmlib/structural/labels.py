"""What constructs are called in figures and sentences."""

from __future__ import annotations

from crmlib.company.schema import label


def construct_label(code: object) -> str:
    """The name of a construct in the active language; one of your own is its own name.

    >>> construct_label("my construct")
    'my construct'
    """
    return label(str(code), "construct")
