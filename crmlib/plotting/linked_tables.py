"""How the tables of a firm hang together: boxes by theme, joined by the columns that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch

from crmlib import theme
from crmlib.company.schema import TABLES, label
from crmlib.company.tables import core, desk, money, sales, voice
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas

if TYPE_CHECKING:
    from crmlib.company.company import Company

_HUB = "customers"
_ROW, _BOX = 0.46, 0.36
_LEFT, _MIDDLE, _RIGHT = (0.0, 0.185), (0.275, 0.485), (0.61, 0.81)
_PLACES = ((0.0, 0.32), (0.34, 0.66), (0.68, 1.0))


def table_map(firm: Company, *, ax: Axes | None = None) -> Axes:
    """Draw the firm's tables and the columns by which they can be joined.

    Answers: which table holds what, and over which column does one reach it from the customers?

    Parameters
    ----------
    firm : Company
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
        Customers on the left; in the middle the tables that name the customer; on the right those that hang on them; below those
        that share no number with any other.

    Raises
    ------
    ValueError
        `firm` is no Company.

    Source: the references of the contracts in `crmlib.company.TABLES`.

    >>> from crmlib.company import Company, lark
    >>> ax = table_map(Company(customers=lark().customers, waybills=lark().waybills))
    >>> [text.get_text() for text in ax.texts if text.get_gid() == "name"]
    ['customers', 'waybills']
    """
    if not hasattr(firm, "tables"):
        raise ValueError(_("This figure needs a firm, such as crm.company.lark(), not a {kind}.").format(kind=type(firm).__name__))
    parents = _parents([name for name in TABLES if name in firm.tables])
    branches = _branches(parents)
    alone = [name for name, (parent, _key) in parents.items() if parent is None and name != _HUB and name not in _linked(branches)]
    staff = [name for name in alone if name in {_target(column.ref) for column in TABLES[_HUB].columns}]
    apart = [name for name in alone if name not in staff]
    rows = max(1, sum(max(1, len(branch)) for branch in branches.values()), 2 + 2 * len(staff))
    below = 0 if not apart else 0.9 + (len(apart) + 2) // 3
    ax = canvas(ax, height=0.1 + _ROW * (rows + below))
    ax.set(xlim=(-0.005, 1.005), ylim=(rows + below - 0.5, -0.5))
    ax.axis("off")
    hub = (rows - 1) / 2 - len(staff)
    _draw_staff(ax, staff, hub)
    _draw_branches(ax, branches, parents, hub)
    _draw_apart(ax, apart, rows)
    return ax


def _target(ref: str) -> str:
    return ref.partition(".")[0]


def _parents(names: list[str]) -> dict[str, tuple[str | None, str]]:
    """For each table the one it hangs on and the column: the table that its own key names, else customers, else the first it names."""
    found: dict[str, tuple[str | None, str]] = {}
    for name in names:
        named = [(_target(column.ref), column) for column in TABLES[name].columns if column.ref and _target(column.ref) in names]
        named = [] if name == _HUB else [(target, column) for target, column in named if target != name]
        named.sort(key=lambda link: (not link[1].key, link[0] != _HUB))
        found[name] = (named[0][0], named[0][1].name) if named else (None, "")
    return found


def _branches(parents: dict[str, tuple[str | None, str]]) -> dict[str, list[str]]:
    """Under each table that names the customer, what hangs on it; agents and their shifts hang on the calls that name the agents."""
    children = {name: [other for other, (parent, _key) in parents.items() if parent == name] for name in parents}
    branches: dict[str, list[str]] = {name: list(children[name]) for name in children[_HUB]}
    for name, branch in branches.items():
        for target in (_target(column.ref) for column in TABLES[name].columns):
            free = target != _HUB and target not in _linked(branches) and parents.get(target, ("", ""))[0] is None
            if free and children[target]:
                branch += [target, *children[target]]
    return branches


def _linked(branches: dict[str, list[str]]) -> set[str]:
    return {*branches, *(name for branch in branches.values() for name in branch)}


def _themes() -> dict[str, tuple[str, str]]:
    """For each table the colour and the name of its theme."""
    named = (
        (core, theme.BLUE, _("customers\nand parcels")), (money, theme.GREEN, _("money")), (voice, theme.ORANGE, _("what customers\nsay")),
        (desk, theme.PURPLE, _("telephone")), (sales, theme.YELLOW, _("winning and\nkeeping")),
    )  # fmt: skip
    return {table.name: (colour, words) for module, colour, words in named for table in module.TABLES}


def _box(ax: Axes, name: str, place: tuple[float, float], row: float, colour: str, *, strong: bool = False) -> None:
    left, right = place
    pale = tuple(0.86 + 0.14 * part for part in to_rgb(colour))
    ax.add_patch(FancyBboxPatch(
        (left, row - _BOX), right - left, 2 * _BOX, boxstyle="round,pad=0,rounding_size=0.008", mutation_aspect=12,
        facecolor=colour if strong else pale, edgecolor=colour, linewidth=1.1, zorder=3,
    ))  # fmt: skip
    middle, ink, words = (left + right) / 2, "white" if strong else theme.INK, label(name)
    if words == name:
        ax.text(middle, row, name, ha="center", va="center", fontsize=9.5, color=ink, zorder=4, gid="name")
        return
    ax.text(middle, row - 0.02, words, ha="center", va="bottom", fontsize=9.5, color=ink, zorder=4)
    ax.text(middle, row + 0.02, name, ha="center", va="top", fontsize=9, color=ink, alpha=0.85, zorder=4, gid="name")


def _link(ax: Axes, start: tuple[float, float], end: tuple[float, float], turn: float) -> None:
    (x, y), (other_x, other_y) = start, end
    ax.plot([x, turn, turn, other_x], [y, y, other_y, other_y], color=theme.GREY, linewidth=1, zorder=1, solid_joinstyle="round")


def _draw_staff(ax: Axes, staff: list[str], hub: float) -> None:
    _box(ax, _HUB, _LEFT, hub, theme.BLUE, strong=True)
    for number, name in enumerate(staff, start=1):
        row, x = hub + 2 * number, sum(_LEFT) / 2
        key = next(column.name for column in TABLES[_HUB].columns if _target(column.ref) == name)
        ax.plot([x, x], [row - 2, row], color=theme.GREY, linewidth=1, zorder=1)
        ax.text(x, row - 1, key, ha="center", va="center", fontsize=9, zorder=2, bbox={"facecolor": "white", "linewidth": 0, "pad": 1.5})
        _box(ax, name, _LEFT, row, theme.BLUE)


def _draw_branches(ax: Axes, branches: dict[str, list[str]], parents: dict[str, tuple[str | None, str]], hub: float) -> None:
    themes, row, bands = _themes(), 0, {}
    turn, second = (_LEFT[1] + _MIDDLE[0]) / 2, _MIDDLE[1] + 0.015
    for name, branch in branches.items():
        colour, words = themes[name]
        _box(ax, name, _MIDDLE, row, colour)
        _link(ax, (_LEFT[1], hub), (_MIDDLE[0], row), turn)
        for place, other in enumerate(branch):
            _box(ax, other, _RIGHT, row + place, colour)
            _link(ax, (_MIDDLE[1], row), (_RIGHT[0], row + place), second)
            key = parents[other][1] or next(column.name for column in TABLES[name].columns if _target(column.ref) == other)
            ax.text((second + _RIGHT[0]) / 2, row + place - 0.06, key, ha="center", va="bottom", fontsize=9, zorder=2)
        last = row + max(1, len(branch)) - 1
        bands[words] = (bands[words][0] if words in bands else row, last, colour)
        row = last + 1
    ax.text(turn, hub, "customer_id" if branches else "", ha="center", va="center", rotation=90, fontsize=9, zorder=2,
            bbox={"facecolor": "white", "linewidth": 0, "pad": 1.5})  # fmt: skip
    for words, (first, last, colour) in bands.items():
        ax.plot([0.835, 0.835], [first - _BOX, last + _BOX], color=colour, linewidth=2.5, solid_capstyle="butt")
        ax.text(0.85, (first + last) / 2, words, ha="left", va="center", fontsize=10, linespacing=1.25)


def _draw_apart(ax: Axes, apart: list[str], rows: int) -> None:
    if not apart:
        return
    ax.text(0, rows + 0.15, _("No number in common with the others: go by the day, the place or the name"), va="center", fontsize=10)
    for number, name in enumerate(apart):
        _box(ax, name, _PLACES[number % 3], rows + 0.95 + number // 3, theme.GREY)
