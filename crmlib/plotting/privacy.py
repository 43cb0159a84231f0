"""Figures on privacy: a waybill before and after masking, who sees what, and how many rows hide among how many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.patches import Circle, FancyBboxPatch, Rectangle

from crmlib.company.schema import label
from crmlib.i18n import _
from crmlib.plotting.canvas import canvas
from crmlib.theme import BLUE, GREEN, GREY, INK, ORANGE, PALE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from crmlib.privacy.anonymity import KAnonymity

_WIDTH, _HEIGHT, _GAP = 10.0, 11.6, 0.9


def waybill(waybill: Mapping[str, str], ax: Axes | None = None) -> Axes:
    """An electronic waybill as the system knows it, and as it may be printed.

    >>> from crmlib.privacy import sample_waybill
    >>> len(waybill(sample_waybill()).patches) > 50
    True
    """
    from crmlib.privacy.waybills import mask_waybill

    ax = canvas(ax, height=4.6)
    _label_of_parcel(ax, 0, dict(waybill), _("Before: everybody on the way can read it"), GREY)
    _label_of_parcel(ax, _WIDTH + _GAP, mask_waybill(waybill), _("After: masked by the national rule"), ORANGE)
    ax.set(xlim=(-0.15, 2 * _WIDTH + _GAP + 0.15), ylim=(-0.9, _HEIGHT + 1.1), aspect="equal")
    ax.text(_WIDTH + _GAP / 2, -0.45, _("Hidden: a character of the name, six digits of the phone, building and room"), color=ORANGE, ha="center",
            va="center", fontsize=9.5)  # fmt: skip
    ax.axis("off")
    return ax


def _label_of_parcel(ax: Axes, left: float, fields: dict[str, str], title: str, colour: str) -> None:
    ax.text(left, _HEIGHT + 0.55, title, color=INK if colour == GREY else colour, va="center", fontsize=11.5)
    ax.add_patch(FancyBboxPatch((left, 0), _WIDTH, _HEIGHT, boxstyle="round,pad=0,rounding_size=0.25", facecolor="white", edgecolor=INK, linewidth=1.4))
    ax.text(left + 0.4, _HEIGHT - 0.75, _("Lark Express"), color=BLUE, va="center", fontsize=13)
    ax.text(left + _WIDTH - 0.4, _HEIGHT - 0.75, _("standard parcel"), color=INK, ha="right", va="center", fontsize=9.5)
    number = str(fields.get("waybill_id", "W000000000"))
    _bars(ax, left + 0.9, _HEIGHT - 3.35, _WIDTH - 1.8, 1.65, number)
    ax.text(left + _WIDTH / 2, _HEIGHT - 3.8, " ".join(number), color=INK, ha="center", va="center", fontsize=9)
    for height in (_HEIGHT - 1.4, _HEIGHT - 4.25, 3.55):
        ax.plot([left, left + _WIDTH], [height, height], color=INK, linewidth=0.9)
    _person(ax, left, 5.55, _("to"), [fields[f"recipient_{part}"] for part in ("name", "phone", "address")], colour, 11)
    _person(ax, left, 1.85, _("from"), [fields[f"sender_{part}"] for part in ("name", "phone", "address")], colour, 9.5)


def _person(ax: Axes, left: float, middle: float, who: str, parts: list[str], colour: str, size: float) -> None:
    ax.add_patch(Circle((left + 0.95, middle), 0.55, facecolor=INK, edgecolor="none"))
    ax.text(left + 0.95, middle, who, color="white", ha="center", va="center", fontsize=9 if len(who) < 3 else 7.5)
    _starred(ax, left + 1.9, middle + 0.65, parts[0], size, colour)
    _starred(ax, left + 4.4, middle + 0.65, parts[1], size, colour)
    for line, text in enumerate(_lines(parts[2])):
        _starred(ax, left + 1.9, middle - 0.35 - 0.75 * line, text, size - 1.5, colour)


def _lines(address: str) -> list[str]:
    """An address in lines that fit; a Chinese character takes the room of two letters, and stars stay together."""
    lines, room = [""], 40
    for part in re.findall(r"\*+|.", address):
        size = len(part) * (2 if ord(part[0]) > 0x2E7F else 1)
        if room < size:
            lines, room = [*lines, ""], 40
        lines[-1] += part
        room -= size
    return lines


def _starred(ax: Axes, x: float, y: float, text: str, size: float, colour: str) -> None:
    """Text whose stars have a colour of their own: drawn piece by piece, each where the last one ends."""
    from matplotlib.offsetbox import AnnotationBbox, HPacker, TextArea

    pieces, run = [], ""
    for letter in text:
        if run and (letter == "*") != (run[-1] == "*"):
            pieces.append(run)
            run = ""
        run += letter
    boxes = [TextArea(piece, textprops={"color": colour if piece[0] == "*" else INK, "fontsize": size,
                                        "fontweight": "bold" if piece[0] == "*" else "normal"}) for piece in [*pieces, run]]  # fmt: skip
    ax.add_artist(AnnotationBbox(HPacker(children=boxes, pad=0, sep=0, align="baseline"), (x, y), frameon=False, box_alignment=(0, 0.5), pad=0))


def _bars(ax: Axes, left: float, bottom: float, width: float, height: float, number: str) -> None:
    """Bars that look like a bar code; they stand for the number but no scanner reads them."""
    bits = "".join("110" if bit == "1" else "10" for letter in number for bit in f"{ord(letter) % 32:05b}").rstrip("0")
    step = width / len(bits)
    for bar in re.finditer("1+", bits):
        size = (left + bar.start() * step, bottom), (bar.end() - bar.start()) * step, height
        ax.add_patch(Rectangle(*size, facecolor=INK, edgecolor="none", snap=False))


def role_views(ax: Axes | None = None) -> Axes:
    """Who sees what: roles down, kinds of data across.

    >>> len(role_views().patches)
    48
    """
    from crmlib.privacy.roles import role_views as table

    views = table().drop(columns="tables")
    ax = canvas(ax, height=4.0)
    colours = {"full": BLUE, "masked": "#A9CDE3", "hidden": PALE}
    for row, (_role, line) in enumerate(views.iterrows()):
        for column, seen in enumerate(line):
            ax.add_patch(Rectangle((column + 0.04, row + 0.06), 0.92, 0.88, facecolor=colours[seen], edgecolor="none"))
            ax.text(column + 0.5, row + 0.5, label(seen, "treatment"), ha="center", va="center", fontsize=9, color="white" if seen == "full" else INK)
    heads = [_("public"), _("internal"), _("identifying in\ncombination"), _("keys"), _("names, phones,\naddresses"), _("sensitive\npersonal")]
    ax.set(xlim=(0, len(heads)), ylim=(len(views), 0), xticks=np.arange(len(heads)) + 0.5, yticks=np.arange(len(views)) + 0.5)
    ax.set_xticklabels(heads, fontsize=9.5)
    ax.set_yticklabels([label(role, "viewer_role") for role in views.index])
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return ax


def group_sizes(found: KAnonymity, ax: Axes | None = None) -> Axes:
    """How many rows share their values with how many.

    >>> from crmlib.privacy import k_anonymity
    >>> len(group_sizes(k_anonymity(pd.DataFrame({"region": ["east", "east", "west"]}), ["region"])).patches)
    5
    """
    ax = canvas(ax, height=3.2)
    sizes = found.groups["rows"]
    shelves = pd.cut(sizes, [0, 1, 4, 9, 49, np.inf], labels=[_("alone"), "2–4", "5–9", "10–49", _("50 and more")])
    shares = sizes.groupby(shelves, observed=False).sum() / found.rows
    bars = ax.barh(range(5), shares, color=[ORANGE, "#E3A27A", GREY, "#7FBFA9", GREEN], height=0.7)
    for bar, share in zip(bars, shares, strict=True):
        ax.text(bar.get_width() + 0.01, bar.get_y() + 0.35, f"{share:.1%}", va="center", color=INK)
    ax.set(yticks=range(5), xlim=(0, max(shares) * 1.15), xticks=[], title=_("{rows:,} rows, by how many share their values").format(rows=found.rows))
    ax.set_yticklabels(shares.index)
    ax.invert_yaxis()
    ax.tick_params(length=0)
    ax.spines[["bottom", "left"]].set_visible(False)
    return ax
