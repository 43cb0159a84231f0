"""What the groups of a survival curve are called."""

from __future__ import annotations

import pandas as pd

from crmlib.company.schema import label


def group_label(name: object, column: str | None) -> str:
    """The name of a group in the active language: a category's label, or yes and no for True and False.

    >>> group_label("my own group", None)
    'my own group'
    """
    from crmlib.i18n import _

    if isinstance(name, (bool,)) or str(name) in ("True", "False"):
        answer = _("yes") if str(name) == "True" else _("no")
        return f"{label(column)}: {answer}" if column else answer
    if isinstance(name, pd.Interval):
        return str(name)
    found = label(str(name), column)
    return label(str(name)) if found == str(name) else found
