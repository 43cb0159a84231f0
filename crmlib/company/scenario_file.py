"""A scenario written as a small TOML file: only what is to differ from the usual one."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crmlib.company.scenario import Scenario
from crmlib.i18n import _


def read_scenario(path: str | Path) -> Scenario:
    """The usual scenario with the parameters that a TOML file names.

    A parameter is called as in `Scenario.table()`; those of a theme stand in the theme's own section. Of a parameter that goes by market,
    product or scope only the entries named are changed; a pair is written ``"economy/domestic"``.

    Parameters
    ----------
    path : the file, for example ``potential = 0.1`` and, below ``[churn]``, ``wallet = 0``

    Raises
    ------
    ValueError
        The file cannot be read, a name is unknown, a value is of another kind, or the scenario as a whole cannot be.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "scenario.toml"
    ...     _size = file.write_text('potential = 0.1\\n[tariff]\\n"economy/domestic" = [7, 2]\\n[churn]\\nwallet = 0\\n', encoding="utf-8")
    ...     scenario = read_scenario(file)
    >>> scenario.potential, scenario.tariff["economy", "domestic"], scenario.churn.wallet
    (0.1, (7.0, 2.0), 0.0)
    """
    try:
        given = tomllib.loads(Path(path).read_text("utf-8-sig"))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ValueError(_("The scenario {path} cannot be read: {reason}.").format(path=path, reason=reason)) from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(_("The scenario {path} is no TOML: {reason}.").format(path=path, reason=error)) from None
    try:
        return _changed(Scenario(), given, "")
    except _Misfit as misfit:
        raise ValueError(_("{path}: {problem}").format(path=path, problem=misfit)) from None


class _Misfit(Exception):
    """What is wrong with an entry, in a sentence."""


def _changed(default: Any, given: Mapping[str, Any], place: str) -> Any:
    known = [field.name for field in dataclasses.fields(default)]
    _require_known(given, known, place)
    return dataclasses.replace(default, **{name: _like(getattr(default, name), value, place + name) for name, value in given.items()})


def _require_known(given: Mapping[str, Any], known: list[str], place: str) -> None:
    for name in given:
        if name not in known:
            raise _Misfit(_("there is no {name}. There are: {known}.").format(name=place + name, known=", ".join(known)))


def _like(default: Any, given: Any, place: str) -> Any:
    """`given` as a value of the same kind as `default`."""
    if dataclasses.is_dataclass(default):
        return _changed(default, _section(given, place), place + ".")
    if isinstance(default, Mapping):
        keys = {"/".join(key) if isinstance(key, tuple) else key: key for key in default}
        _require_known(_section(given, place), list(keys), place + ".")
        return {**default, **{keys[name]: _like(default[keys[name]], value, f"{place}.{name}") for name, value in given.items()}}
    if isinstance(default, tuple):
        return _several(default, given, place)
    number = isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given)
    if not number or (isinstance(default, int) and given != int(given)):
        kind = _("a whole number") if isinstance(default, int) else _("a number")
        raise _Misfit(_("{name} must be {kind}, such as {example}.").format(name=place, kind=kind, example=default))
    return int(given) if isinstance(default, int) else float(given)


def _section(given: Any, place: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise _Misfit(_("{name} has several entries. Write a section [{name}].").format(name=place))
    return given


def _several(default: tuple, given: Any, place: str) -> tuple:
    if dataclasses.is_dataclass(default[0]):
        raise _Misfit(_("{name} cannot be set in a file. Set it in Python: dataclasses.replace.").format(name=place))
    free = isinstance(default[0], tuple)
    if not isinstance(given, list) or not given or (not free and len(given) != len(default)):
        raise _Misfit(_("{name} must be a list like {example}.").format(name=place, example=_as_list(default)))
    examples = default[:1] * len(given) if free else default
    return tuple(
        _like(example, value, f"{place}[{turn}]") for turn, (example, value) in enumerate(zip(examples, given, strict=True), start=1)
    )


def _as_list(value: Any) -> Any:
    return [_as_list(part) for part in value] if isinstance(value, tuple) else value
