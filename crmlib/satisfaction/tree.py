"""An index tree as data: weighted nodes read from TOML, each leaf fed by one column of answers."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from crmlib.i18n import _, language
from crmlib.segments.labels import segment_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHIPPED = "state_post_bureau"
SCALES = ("of_top", "of_range")
_FOLDER = Path(__file__).parent / "trees"
_OWN = ("zh", "en", "weight", "column", "low", "high")
_ABOUT = ("source", "date", "mark", "low", "high", "scale")
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Node:
    """One node: `weight` within its parent, `total_weight` in the whole; a leaf is fed by `column`, with answers from `low` to `high`."""

    code: str
    parent: str
    depth: int
    weight: float
    total_weight: float
    zh: str
    en: str
    column: str = ""
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class IndexTree:
    """A tree of weighted nodes, the root first, each node before its own nodes.

    `about` says where the tree comes from (source, date, mark) and how a mean answer becomes a score (scale: "of_top", 100 × mean ÷ highest
    answer, or "of_range", 100 × (mean − lowest) ÷ (highest − lowest)).
    """

    nodes: tuple[Node, ...]
    about: Mapping[str, object] = field(default_factory=dict)

    @property
    def root(self) -> Node:
        """The whole."""
        return self.nodes[0]

    @property
    def leaves(self) -> tuple[Node, ...]:
        """The nodes that are fed by a column of answers."""
        return tuple(node for node in self.nodes if node.column)

    @property
    def branches(self) -> tuple[Node, ...]:
        """The nodes right below the root."""
        return tuple(node for node in self.nodes if node.depth == 1)

    @property
    def columns(self) -> list[str]:
        """The columns of answers that the tree needs."""
        return [leaf.column for leaf in self.leaves]

    @property
    def scale(self) -> str:
        """How a mean answer becomes a score: "of_top" or "of_range"."""
        return str(self.about.get("scale", "of_range"))

    @property
    def table(self) -> pd.DataFrame:
        """One row a node, indexed by `indicator`: parent, depth, weight, total_weight, column."""
        rows = [{"indicator": node.code, "parent": node.parent, "depth": node.depth, "weight": node.weight,
                 "total_weight": node.total_weight, "column": node.column} for node in self.nodes]  # fmt: skip
        return pd.DataFrame(rows).set_index("indicator")

    def label(self, code: str) -> str:
        """What a node is called in the active language."""
        node = self._node(code)
        return (node.zh if language() == "zh" else node.en) or node.code

    def leaves_of(self, code: str) -> tuple[Node, ...]:
        """The leaves under a node; of a leaf, itself."""
        parent = {node.code: node.parent for node in self.nodes}

        def under(leaf: str) -> bool:
            while leaf and leaf != code:
                leaf = parent[leaf]
            return leaf == code

        self._node(code)
        return tuple(leaf for leaf in self.leaves if under(leaf.code))

    def with_weights(self, weights: Mapping[str, float]) -> IndexTree:
        """The same tree with other weights for the named nodes; the nodes of one parent must still sum to 1.

        >>> index_tree().with_weights({"acceptance": 0.2, "information": 0.1}).table["total_weight"].head(2).tolist()
        [1.0, 0.2]
        """
        if not isinstance(weights, Mapping):
            raise ValueError(_('Name the nodes and their weights, as in {"acceptance": 0.2, "information": 0.1}.'))
        for code in weights:
            self._node(code)
        changed = [replace(node, weight=_number(weights.get(node.code, node.weight), node.code)) for node in self.nodes]
        about = dict(self.about) | {"mark": "teaching"} if weights else self.about
        return IndexTree(_weighed(changed), about)

    def summary(self) -> str:
        """The tree in two sentences."""
        return _("{name}: {leaves} items under {branches} branches. {weights}").format(
            name=self.label(self.root.code), leaves=len(self.leaves), branches=len(self.branches),
            weights=weights_sentence(self))  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """The tree with its weights; see :func:`crmlib.plotting.weights_of_tree`."""
        from crmlib.plotting import weights_of_tree

        return weights_of_tree(self, ax=ax)

    def _node(self, code: str) -> Node:
        found = next((node for node in self.nodes if node.code == code), None)
        if found is None:
            raise ValueError(_("The tree has no node {code}. It has: {have}.").format(
                code=code, have=", ".join(node.code for node in self.nodes)))  # fmt: skip
        return found


def node_label(code: str, tree: IndexTree | None) -> str:
    """What a driver is called: by the tree that it comes from, else as the column or category of that name.

    >>> node_label("my own driver", None)
    'my own driver'
    """
    named = tree is not None and any(node.code == code for node in tree.nodes)
    if named:
        return tree.label(code)
    found = segment_label(code, "indicator")
    return found if found != code else segment_label(code)


def weights_sentence(tree: IndexTree) -> str:
    """What kind of weights these are, in one sentence.

    >>> len(weights_sentence(index_tree())) > 0
    True
    """
    if tree.about.get("mark") == "teaching":
        return _("The weights are teaching weights: chosen for the lesson, not published by anybody.")
    return _("The weights are those of: {source}.").format(source=tree.about.get("source") or _("no source given"))


def index_tree(path_or_name: str | os.PathLike | Mapping | None = None) -> IndexTree:
    """Read a tree of weighted nodes; without a path, the State Post Bureau's tree with teaching weights.

    Answers: of what is satisfaction made up, and how much does each part count?

    Parameters
    ----------
    path_or_name : path of a TOML file, name of a shipped tree ("state_post_bureau"), or the same content as a mapping, optional
        One table is the root; a table within a table is a node under it, with `weight` (the nodes of one parent sum to 1), `zh`, `en`, and
        `column` where it has no nodes of its own. A table [about] may give source, date, mark, and low, high and scale of the answers;
        a leaf may have its own low and high.

    Returns
    -------
    IndexTree
        nodes, about; `.table`, `.leaves`, `.branches`, `.columns`, `.label(code)`, `.with_weights({...})`, `.summary()`, `.plot()`

    Raises
    ------
    ValueError
        The file cannot be read, or is no tree: weights do not sum to 1, a weight is not positive, a leaf has no column, a node has both a
        column and nodes, a node or a column stands twice, a key is unknown, or the scale of the answers is wrong.

    Source: State Post Bureau (国家邮政局), 快递服务公众满意度调查, 2021; the weights are chosen for teaching.

    >>> tree = index_tree()
    >>> [branch.code for branch in tree.branches], len(tree.leaves)
    (['acceptance', 'pickup', 'delivery', 'aftersales', 'information'], 18)
    """
    if isinstance(path_or_name, IndexTree):
        return path_or_name
    raw, origin = _read(path_or_name)
    about = raw.get("about", {})
    if not isinstance(about, Mapping) or not set(about) <= set(_ABOUT):
        raise ValueError(_("{origin}: [about] may hold only {keys}.").format(origin=origin, keys=", ".join(_ABOUT)))
    roots = {code: node for code, node in raw.items() if code != "about"}
    if len(roots) != 1 or not isinstance(next(iter(roots.values())), Mapping):
        raise ValueError(_("{origin}: a tree has exactly one root table; this has {count}: {names}.").format(
            origin=origin, count=len(roots), names=", ".join(map(str, roots)) or "–"))  # fmt: skip
    code, node = next(iter(roots.items()))
    nodes = list(_walk(code, {"weight": 1.0} | dict(node), "", 0, about, origin))
    _refuse_twice([node.code for node in nodes], _("{origin}: these nodes stand twice: {names}. Give each its own name."), origin)
    _refuse_twice(
        [node.column for node in nodes if node.column], _("{origin}: these columns feed two leaves: {names}. Once is enough."), origin
    )
    if str(about.get("scale", "of_range")) not in SCALES:
        raise ValueError(_("{origin}: the scale {scale} is unknown. Use {known}.").format(
            origin=origin, scale=about["scale"], known=_(" or ").join(SCALES)))  # fmt: skip
    return IndexTree(_weighed(nodes, origin), dict(about))


def _read(path_or_name: str | os.PathLike | Mapping | None) -> tuple[Mapping, str]:
    if isinstance(path_or_name, Mapping):
        return path_or_name, _("the tree")
    if not isinstance(path_or_name, (str, os.PathLike, type(None))):
        raise ValueError(_("A tree is read from a TOML file, by its name, or from a mapping; this is a {kind}.").format(
            kind=type(path_or_name).__name__))  # fmt: skip
    name = SHIPPED if path_or_name is None else os.fspath(path_or_name)
    shipped = _FOLDER / f"{name}.toml"
    path = shipped if shipped.exists() else Path(name)
    try:
        return tomllib.loads(path.read_text("utf-8-sig")), path.name
    except OSError as error:
        shipped_names = ", ".join(sorted(file.stem for file in _FOLDER.glob("*.toml")))
        raise ValueError(_("Cannot read the tree {path}: {reason}. Trees that are shipped: {shipped}.").format(
            path=path, reason=error.strerror, shipped=shipped_names)) from None  # fmt: skip
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(_("{path} is not a TOML file in UTF-8: {reason}").format(path=path, reason=error)) from None


def _walk(code: str, raw: Mapping, parent: str, depth: int, about: Mapping, origin: str) -> Iterator[Node]:
    children = {name: child for name, child in raw.items() if isinstance(child, Mapping)}
    unknown = [name for name in raw if name not in children and name not in _OWN]
    if unknown:
        raise ValueError(_("{origin}: the node {code} has the unknown key(s) {keys}. Known: {known}.").format(
            origin=origin, code=code, keys=", ".join(unknown), known=", ".join(_OWN)))  # fmt: skip
    column = raw.get("column", "")
    if not isinstance(column, str) or bool(column) == bool(children):
        raise ValueError(_("{origin}: the node {code} must have either a column that feeds it or nodes of its own, and not both.").format(
            origin=origin, code=code))  # fmt: skip
    if "weight" not in raw:
        raise ValueError(_("{origin}: the node {code} has no weight.").format(origin=origin, code=code))
    low, high = math.nan, math.nan
    if column:
        low, high = (_number(raw.get(end, about.get(end)), f"{code}.{end}") for end in ("low", "high"))
        if not low < high:
            raise ValueError(_("{origin}: the answers to {code} must go from a low to a higher number; here {low} to {high}.").format(
                origin=origin, code=code, low=low, high=high))  # fmt: skip
    weight = _number(raw["weight"], code)
    yield Node(code, parent, depth, weight, math.nan, str(raw.get("zh", "")), str(raw.get("en", "")), column, low, high)
    for name, child in children.items():
        yield from _walk(name, child, code, depth + 1, about, origin)


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(_("{name} must be a number, not {value}.").format(name=name, value=value))
    return float(value)


def _refuse_twice(names: list[str], sentence: str, origin: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(sentence.format(origin=origin, names=", ".join(twice)))


def _weighed(nodes: list[Node], origin: str = "") -> tuple[Node, ...]:
    """The nodes with their weights in the whole; weights that do not sum to 1 are refused."""
    origin, total = origin or _("the tree"), {"": 1.0}
    for node in nodes:
        if not 0 < node.weight <= 1 + _TOLERANCE:
            raise ValueError(_("{origin}: the weight of {code} is {weight:g}; it must be above 0 and at most 1. Leave out a node that does "
                               "not count.").format(origin=origin, code=node.code, weight=node.weight))  # fmt: skip
    for parent in dict.fromkeys(node.parent for node in nodes):
        own = [node for node in nodes if node.parent == parent]
        if abs(sum(node.weight for node in own) - 1) > _TOLERANCE:
            raise ValueError(_("{origin}: the weights under {parent} sum to {sum:g}, not to 1: {weights}.").format(
                origin=origin, parent=parent or "–", sum=sum(node.weight for node in own),
                weights=", ".join(f"{node.code} {node.weight:g}" for node in own)))  # fmt: skip
    weighed = []
    for node in nodes:
        total[node.code] = total[node.parent] * node.weight
        weighed.append(replace(node, total_weight=total[node.code]))
    return tuple(weighed)
