"""What a step of the way needs from the step before."""

from __future__ import annotations

import pandas as pd

from crmlib.i18n import _


def need(value: object, kind: type, name: str, maker: str) -> None:
    """Refuse a `value` that is not what `maker` gives.

    >>> need(pd.DataFrame(), pd.DataFrame, "clean", "crm.identity.normalise")
    """
    right = isinstance(value, kind)
    if not right:
        raise ValueError(
            _("{name} must be what {maker} gives, not a {kind}.").format(
                name=name, maker=maker, kind=type(value).__name__
            )
        )


def need_frame(value: object, name: str) -> None:
    """Refuse what is no table.

    >>> need_frame(pd.DataFrame(), "records")
    """
    right = isinstance(value, pd.DataFrame)
    if not right:
        raise ValueError(
            _("{name} must be a pandas table; this is a {kind}.").format(
                name=name, kind=type(value).__name__
            )
        )
