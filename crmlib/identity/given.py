"""What a step of the way needs from the step before."""

from __future__ import annotations

from crmlib.i18n import _


def need(value: object, kind: type, name: str, maker: str) -> None:
    """Refuse a `value` that is not what `maker` gives.

    >>> need({}, dict, "settings", "crm.settings")
    """
    right = isinstance(value, kind)
    if not right:
        raise ValueError(
            _("{name} must be what {maker} gives, not a {kind}.").format(
                name=name, maker=maker, kind=type(value).__name__
            )
        )
