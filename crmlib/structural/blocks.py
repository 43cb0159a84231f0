"""A model as data: which constructs there are, which items measure each, and which construct acts on which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib.checks import require_columns
from crmlib.company.survey_items import ECSI_ITEMS
from crmlib.i18n import _

_LOWEST, _HIGHEST, _TURNED = 1, 10, "_reversed"
_ECSI_PATHS = (
    ("image", "expectation"), ("expectation", "quality"), ("expectation", "value"), ("quality", "value"),
    ("image", "satisfaction"), ("expectation", "satisfaction"), ("quality", "satisfaction"), ("value", "satisfaction"),
    ("satisfaction", "complaint"), ("image", "loyalty"), ("satisfaction", "loyalty"), ("complaint", "loyalty"),
)  # fmt: skip


@dataclass(frozen=True)
class Model:
    """`paths`: pairs (driver, target). `blocks`: the items of each construct. `modes`: "A" or "B" of each construct.

    In mode A the construct shows in its items (reflective); in mode B the items make the construct (formative).
    """

    paths: tuple[tuple[str, str], ...]
    blocks: Mapping[str, tuple[str, ...]]
    modes: Mapping[str, str] = field(default_factory=dict)

    @property
    def items(self) -> list[str]:
        """All items, block by block."""
        return [item for block in self.blocks.values() for item in block]

    def drivers(self, target: str) -> list[str]:
        """The constructs that act directly on `target`, in the order of the blocks."""
        return [name for name in self.blocks if (name, target) in self.paths]


def ecsi_model() -> Model:
    """The European (and Chinese) customer satisfaction index for the surveys of the simulated firm.

    Answers: which constructs does a satisfaction index have, what measures them, and what acts on what?

    Returns
    -------
    Model
        paths and blocks, all in mode A. The item names are those that :func:`ecsi_answers` gives: reversed items are turned round and
        have lost "_reversed" from their names.

    Source: ECSI Technical Committee (1998); the Chinese index (GB/T 19038) has the same constructs but for the name.

    >>> model = ecsi_model()
    >>> len(model.paths), model.blocks["image"]
    (12, ('image_1', 'image_2', 'image_3'))
    >>> model.drivers("loyalty")
    ['image', 'satisfaction', 'complaint']
    """
    blocks: dict[str, tuple[str, ...]] = {}
    for item in ECSI_ITEMS:
        blocks[item.of] = (*blocks.get(item.of, ()), item.name.removesuffix(_TURNED))
    return Model(_ECSI_PATHS, blocks, dict.fromkeys(blocks, "A"))


def ecsi_answers(surveys: pd.DataFrame) -> pd.DataFrame:
    """The answers to the items of :func:`ecsi_model`, with reversed items turned round.

    Answers: how must the survey table look before it enters the model?

    Parameters
    ----------
    surveys : DataFrame, one row a respondent and wave
        The table `surveys`. An item that is already turned round, and so has lost "_reversed" from its name, is taken as it is.

    Returns
    -------
    DataFrame, with the index of `surveys`
        21 columns, points from 1 to 10; image_3_reversed has become image_3 = 11 − image_3_reversed. Gaps stay gaps.

    Raises
    ------
    ValueError
        A column is missing, or an answer is text or outside 1 to 10.

    >>> surveys = pd.DataFrame({item.name: [2.0, 9.0] for item in ECSI_ITEMS})
    >>> ecsi_answers(surveys)[["image_1", "image_3"]].values.tolist()
    [[2.0, 9.0], [9.0, 2.0]]
    """
    from crmlib.structural.answers import numeric_answers, refuse_outside

    if not isinstance(surveys, pd.DataFrame):
        raise ValueError(_("surveys must be the survey table; this is a {kind}.").format(kind=type(surveys).__name__))
    plain = {item.name: item.name.removesuffix(_TURNED) for item in ECSI_ITEMS}
    found = {old: old if old in surveys or new not in surveys else new for old, new in plain.items()}
    require_columns(surveys.columns, found.values())
    answers = numeric_answers(surveys, list(found.values()))
    refuse_outside(answers, _LOWEST, _HIGHEST)
    turned = {
        new: _LOWEST + _HIGHEST - answers[found[old]] if found[old].endswith(_TURNED) else answers[found[old]] for old, new in plain.items()
    }
    return pd.DataFrame(turned, index=surveys.index)


@dataclass(frozen=True)
class Design:
    """A checked model as arrays. Items stand block by block; `block` gives the construct of each, `starts` the first item of each."""

    model: Model
    names: tuple[str, ...]
    block: np.ndarray
    starts: np.ndarray
    joined: np.ndarray
    drivers: tuple[np.ndarray, ...]
    formative: tuple[int, ...]

    def rows(self, construct: int) -> slice:
        """The places of the items of one construct."""
        ends = [*self.starts[1:], len(self.block)]
        return slice(int(self.starts[construct]), int(ends[construct]))

    def reached(self) -> list[tuple[int, int]]:
        """Every pair (driver, target) with a way from one to the other, by any number of arrows."""
        onward = np.zeros_like(self.joined)
        for target, drivers in enumerate(self.drivers):
            onward[drivers, target] = True
        for _step in self.names:
            onward = onward | (onward.astype(int) @ onward.astype(int) > 0)
        return [(int(one), int(two)) for one, two in np.argwhere(onward)]


def design(paths: Iterable[Sequence[str]], blocks: Mapping[str, Iterable[str]], modes: Mapping[str, str] | str | None) -> Design:
    """The model checked and made into arrays; each thing that is wrong with it is a sentence.

    >>> design([("a", "b")], {"a": ["a1"], "b": ["b1", "b2"]}, None).block.tolist()
    [0, 1, 1]
    """
    if not isinstance(blocks, Mapping) or len(blocks) < 2:
        raise ValueError(_('blocks must name at least two constructs and their items: {"image": ["image_1", "image_2"], …}.'))
    items = {
        str(name): tuple(block) if isinstance(block, Iterable) and not isinstance(block, str) else () if block is None else (block,)
        for name, block in blocks.items()
    }
    for name, block in items.items():
        if not block:
            raise ValueError(_("The construct {name} has no items. Give it at least one.").format(name=name))
    every = [item for block in items.values() for item in block]
    twice = sorted({str(item) for item in every if every.count(item) > 1})
    if twice:
        raise ValueError(_("The item(s) {items} stand twice in blocks; each item measures one construct.").format(items=", ".join(twice)))
    arrows = _arrows(paths, items)
    kinds = _modes(modes, items)
    names = tuple(items)
    direct = np.zeros((len(names), len(names)), dtype=bool)
    for driver, target in arrows:
        direct[names.index(driver), names.index(target)] = True
    alone = [name for place, name in enumerate(names) if not (direct[place].any() or direct[:, place].any())]
    if alone:
        raise ValueError(_("The construct(s) {names} have no path to or from another. Add one, or leave them out.").format(
            names=", ".join(alone)))  # fmt: skip
    reach = np.linalg.matrix_power(np.eye(len(names)) + direct, len(names)) > 0
    circle = [names[one] for one in range(len(names)) if any(direct[one, two] and reach[two, one] for two in range(len(names)))]
    if circle:
        raise ValueError(_("The paths run in a circle through {names}. Take one of these arrows away.").format(names=", ".join(circle)))
    sizes = [len(block) for block in items.values()]
    return Design(
        Model(arrows, items, kinds), names, np.repeat(np.arange(len(names)), sizes), np.cumsum([0, *sizes[:-1]]), direct | direct.T,
        tuple(np.flatnonzero(direct[:, place]) for place in range(len(names))),
        tuple(place for place, name in enumerate(names) if kinds[name] == "B"),
    )  # fmt: skip


def _arrows(paths: Iterable[Sequence[str]], blocks: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    if isinstance(paths, (str, pd.DataFrame)) or not isinstance(paths, (Iterable, type(None))):
        raise ValueError(_('paths must be pairs (driver, target): [("image", "satisfaction"), ("satisfaction", "loyalty")].'))
    arrows = [tuple(path) if isinstance(path, Sequence) and not isinstance(path, str) else (path,) for path in paths or ()]
    if not arrows or any(len(arrow) != 2 for arrow in arrows):
        raise ValueError(_('paths must be pairs (driver, target): [("image", "satisfaction"), ("satisfaction", "loyalty")].'))
    for arrow in arrows:
        unknown = [str(name) for name in arrow if name not in blocks]
        if unknown:
            raise ValueError(_("The path {driver} → {target} names {unknown}, for which blocks has no items. It knows: {known}.").format(
                driver=arrow[0], target=arrow[1], unknown=", ".join(unknown), known=", ".join(blocks)))  # fmt: skip
        if arrows.count(arrow) > 1:
            raise ValueError(_("The path {driver} → {target} stands twice.").format(driver=arrow[0], target=arrow[1]))
    return tuple((str(driver), str(target)) for driver, target in arrows)


def _modes(modes: Mapping[str, str] | str | None, blocks: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    if not (modes is None or isinstance(modes, (str, Mapping))):
        raise ValueError(_('modes must be one letter for all, or say it by construct: {"image": "A", "quality": "B"}.'))
    given = dict.fromkeys(blocks, modes) if isinstance(modes, str) else dict(modes or {})
    for name, mode in given.items():
        if name not in blocks or mode not in ("A", "B"):
            raise ValueError(_('modes says {name}: {mode}. Write a construct of blocks and "A" (reflective) or "B" (formative).').format(
                name=name, mode=mode))  # fmt: skip
    return {name: given.get(name, "A") for name in blocks}
