"""A roadmap as data: stages, their aims and actions, and the targets that fall due."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.i18n import _, language
from crmlib.scorecard.definitions import kpi_entries

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHIPPED = Path(__file__).with_name("roadmap.toml")
_MARKS = ("seed", "teaching", "own")


@dataclass(frozen=True, eq=False)
class Roadmap:
    """Stages and targets of a CRM programme.

    `stages`: stage, stage_name, from_month, to_month, aim; `actions`: stage, action; `targets`: stage, by_month (when it is due), kpi,
    target, direction (up: at least; down: at most), target_mark (seed: a programme's proposal; teaching; own),
    source.
    """

    title: str
    stages: pd.DataFrame
    actions: pd.DataFrame
    targets: pd.DataFrame

    def at(self, month: int) -> pd.DataFrame:
        """The targets worked for in `month`: of each KPI the next that falls due, or the last once all are past.

        >>> roadmap().at(8).query("kpi == 'self_service'").target.tolist()
        [0.5]
        """
        ahead = self.targets.assign(past=self.targets["by_month"] < month).sort_values("by_month")
        coming = ahead[~ahead["past"]].groupby("kpi", sort=False).head(1)
        last = ahead[~ahead["kpi"].isin(coming["kpi"])].groupby("kpi", sort=False).tail(1)
        return pd.concat([coming, last]).drop(columns="past").sort_values(["by_month", "stage", "kpi"], ignore_index=True)

    def summary(self) -> str:
        """How long it takes and how many targets it sets."""
        return _("{title}: {stages} stages in {months} months, {targets} targets for {kpis} KPIs, {seed} of them proposals and none a fact "
                 "about the trade.").format(
            title=self.title, stages=len(self.stages), months=int(self.stages["to_month"].max()), targets=len(self.targets),
            kpis=self.targets["kpi"].nunique(), seed=int((self.targets["target_mark"] == "seed").sum()))  # fmt: skip

    def plot(self, measures: pd.DataFrame | None = None, *, month: int | None = None, ax: Axes | None = None) -> Axes:
        """The stages on a time line with their targets, and where we are; see :func:`crmlib.plotting.roadmap_line`."""
        from crmlib.plotting import roadmap_line

        return roadmap_line(self, measures, month=month, ax=ax)


def roadmap(path: str | os.PathLike | None = None) -> Roadmap:
    """The roadmap of the programme, or your own from a TOML file.

    Answers: what is to be reached by when?

    Parameters
    ----------
    path : file, optional
        A copy of the shipped roadmap (:func:`copy_roadmap`) with your own stages and targets. Texts may stand in one language
        (``name = …``) or in both (``name_zh``, ``name_en``).

    Returns
    -------
    Roadmap

    Raises
    ------
    ValueError
        The file cannot be read, or something in it is missing or wrong; the sentence names file, stage and target.

    Source: 《2025国际快递行业客户关系管理体系研究》, its stages and aims: a proposal.

    >>> roadmap().stages[["from_month", "to_month"]].values.tolist()
    [[1, 6], [7, 12], [13, 24]]
    """
    path = Path(path) if path else _SHIPPED
    try:
        tree = tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ValueError(_("Cannot read {path}: {reason}").format(path=path, reason=error.strerror)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=path, reason=error)) from None
    given = tree.get("stage")
    if not isinstance(given, list) or not given or not all(isinstance(one, dict) for one in given):
        raise ValueError(_("{path} has no stage: write [[stage]] once for each.").format(path=path.name))
    stages, actions, targets = [], [], []
    for number, one in enumerate(given, 1):
        place = _("{path}, stage {stage}").format(path=path.name, stage=number)
        first, last = (_whole(one, name, place) for name in ("from_month", "to_month"))
        if last < first or stages and first <= stages[-1][3]:
            raise ValueError(_("{place}: its months {first} to {last} must follow those of the stage before.").format(
                place=place, first=first, last=last))  # fmt: skip
        stages.append((number, _text(one, "name", place), first, last, _text(one, "aim", place)))
        actions += [(number, str(action)) for action in _text(one, "actions", place, [])]
        wanted = one.get("target", [])
        if type(wanted) is not list:
            raise ValueError(_("{place}: write [[stage.target]], with two brackets, for each target.").format(place=place))
        targets += [_target(target, number, last, _("{place}, target {target}").format(place=place, target=which))
                    for which, target in enumerate(wanted, 1)]  # fmt: skip
    table = pd.DataFrame(targets, columns=["stage", "by_month", "kpi", "target", "direction", "target_mark", "source"])
    twice = table[table.duplicated(["kpi", "by_month"])]
    if len(twice):
        raise ValueError(_("{path}: {kpi} has two targets due in month {month}. Keep one.").format(
            path=path.name, kpi=twice["kpi"].iloc[0], month=twice["by_month"].iloc[0]))  # fmt: skip
    return Roadmap(
        _text(tree, "title", path.name, path.stem),
        pd.DataFrame(stages, columns=["stage", "stage_name", "from_month", "to_month", "aim"]),
        pd.DataFrame(actions, columns=["stage", "action"]),
        table,
    )


def copy_roadmap(path: str | os.PathLike) -> Path:
    """Write the shipped roadmap as a TOML file that you can edit.

    Answers: where do I begin with the roadmap of my own firm?

    Parameters
    ----------
    path : file that does not exist yet

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        The file exists, or cannot be written.

    Source: own.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(roadmap(copy_roadmap(Path(folder) / "mine.toml")).targets)
    9
    """
    path = Path(path)
    if path.exists():
        raise ValueError(_("{path} exists already and is not overwritten. Choose another name.").format(path=path))
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_bytes(_SHIPPED.read_bytes())
        os.replace(fresh, path)
    except OSError as error:
        raise ValueError(_("Cannot write {path}: {reason}").format(path=path, reason=error.strerror)) from None
    return path


def _target(one: object, stage: int, last: int, place: str) -> tuple:
    known = kpi_entries()
    if type(one) is not dict:
        raise ValueError(_("{place} is no table: write [[stage.target]] above its lines.").format(place=place))
    kpi = one.get("kpi")
    if kpi not in known:
        near = get_close_matches(str(kpi), list(known), n=3, cutoff=0.3) or list(known)
        raise ValueError(_("{place}: the KPI {kpi} is not known. Did you mean: {near}?").format(place=place, kpi=kpi, near=", ".join(near)))
    target = one.get("target")
    if type(target) not in (int, float):
        raise ValueError(_("{place}: target must be a number such as 0.85, not {value}.").format(place=place, value=repr(target)))
    if known[kpi]["unit"] == "share" and not 0 < target <= 1:
        raise ValueError(_("{place}: the target of {kpi} is {value}; a share lies between 0 and 1 (write 85% as 0.85).").format(
            place=place, kpi=kpi, value=target))  # fmt: skip
    mark = one.get("mark", "own")
    if mark not in _MARKS:
        raise ValueError(_("{place}: mark must be one of {marks}, not {value}.").format(place=place, marks=", ".join(_MARKS), value=mark))
    due = _whole(one, "by_month", place) if "by_month" in one else last
    return stage, due, kpi, float(target), known[kpi]["direction"], mark, str(one.get("source", ""))


def _whole(tree: dict, name: str, place: str) -> int:
    value = tree.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(
            _("{place}: {name} must be a whole number from 1 on, not {value}.").format(place=place, name=name, value=repr(value))
        )
    return value


def _text(tree: dict, name: str, place: str, usual: object = None):
    """The text in the active language, or the one that stands without a language."""
    found = tree.get(f"{name}_{language()}", tree.get(name, usual))
    if found is None:
        raise ValueError(_('{place}: {name} is missing; write {name} = "…".').format(place=place, name=name))
    if type(found) is not (list if name == "actions" else str):
        raise ValueError(_("{place}: {name} must be text in quotes (actions: a list of texts).").format(place=place, name=name))
    return found
