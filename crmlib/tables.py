"""Tables for reading: headings and values in the learner's language, numbers with their units."""

from __future__ import annotations

import html

import pandas as pd
from pandas.io.formats.style import Styler

from crmlib.company.schema import is_value
from crmlib.i18n import _
from crmlib.segments.labels import segment_label
from crmlib.theme import GREY

_UNITS = ("_yuan", "_kg", "_days")
_OWN_NAMES = ("tool",)
"""Columns of names that somebody gave: a tool called A is no customer of class A."""

_CLASSES = ("class", "from", "to")
_MOMENTS = ("at", "since", "send_after")
_MONEY = ("revenue", "before", "now", "gain", "monetary")
_FEN = ("yuan", "goods_yuan", "over_cap_yuan", "postage_back_yuan", "goodwill_yuan")
"""What is owed on one claim: never rounded to whole yuan."""


def _heading(name: object) -> str:
    suffix = next((end for end in _UNITS if str(name).endswith(end)), "_yuan" if name in _MONEY else "")
    own = {"potential": _("high potential"), "margin_share": _("share of margin"), "agents": _("number of agents"),
           "cases": _("number of cases"), "calls": _("number of calls"), "customers": _("number of customers"), "mean": _("mean"),
           "value": _("value"), "month": _("month")}  # fmt: skip
    title = own.get(name) or segment_label(name)
    unit = {"_yuan": _("yuan"), "_kg": _("kg"), "_days": _("days")}.get(suffix)
    shown = title if unit is None or unit in title else _("{name} ({unit})").format(name=title, unit=unit)
    if shown == str(name):
        return html.escape(shown)
    return f'{html.escape(shown)}<br><code style="color: {GREY}; font-weight: normal">{html.escape(str(name))}</code>'


def _format(name: str, column: pd.Series):
    if pd.api.types.is_datetime64_any_dtype(column):
        timed = name.endswith("_at") or name in _MOMENTS
        form = "%Y-%m-%d %H:%M" if timed and (column.dropna() != column.dropna().dt.normalize()).any() else "%Y-%m-%d"
        return lambda value: "–" if pd.isna(value) else value.strftime(form)
    if pd.api.types.is_bool_dtype(column):
        return lambda value: "" if pd.isna(value) else "✓" if value else "–"
    if pd.api.types.is_integer_dtype(column):
        return "{:,}"
    if pd.api.types.is_float_dtype(column):
        known = column.dropna()
        whole = (known.abs().max() >= 100 and name not in _FEN) or (known == known.round()).all()
        share = name.endswith(("share", "rate", "service_level", "occupancy"))
        change = "growth" in name and not name.endswith("_yuan")
        spec = "{:.1%}" if share else "{:+.0%}" if change else "{:,.0f}" if whole else _decimals(name, known)
        return lambda value: "–" if pd.isna(value) else spec.format(round(value, 9) + 0.0).replace("-", "\N{MINUS SIGN}")
    return lambda value: "–" if pd.isna(value) else _value(value, name)


def _estimate(columns: pd.Index, name: object) -> str:
    """The column whose unit this one has: bounds have that of the estimate which they follow."""
    names = [str(column) for column in columns]
    bounded = str(name) in ("low", "high") and "low" in names[1:]
    return names[names.index("low") - 1] if bounded else str(name)


def _decimals(name: str, known: pd.Series) -> str:
    """Two places; one where the column was rounded to one, for a nought that nobody worked out says too much. Money keeps its fen."""
    return "{:,.1f}" if (known == known.round(1)).all() and not name.endswith("_yuan") and name not in _MONEY else "{:,.2f}"


def _value(code: object, column: str) -> str:
    if column in _OWN_NAMES:
        return str(code)
    if is_value(code, column):
        return segment_label(code, column)
    places = [column, *(["abc"] if column in _CLASSES else []), None]
    return next((name for place in places if (name := segment_label(code, place)) != code), str(code))


def show(table: pd.DataFrame | pd.Series, *, rows: int = 8) -> Styler:
    """The first rows of a table, with headings and values in the active language; the table itself stays as it is.

    Under each heading stands the name of the column, which is what code must use; once, where the heading is that name.

    Parameters
    ----------
    table : DataFrame or Series
    rows : int
        How many rows to show; a caption tells how many there are.

    Raises
    ------
    ValueError
        `rows` is not positive.

    >>> show(pd.DataFrame({"abc": ["A"], "revenue_yuan": [1234.5]})).data.shape
    (1, 2)
    """
    if rows < 1:
        raise ValueError(_("rows is {rows}; ask for at least one.").format(rows=rows))
    frame = table.to_frame() if isinstance(table, pd.Series) else table
    if frame.index.name is None and pd.api.types.is_integer_dtype(frame.index):
        frame = frame.reset_index(drop=True)
    else:
        named = frame.index.name or "class"
        frame = frame.rename_axis(named).reset_index()
    head = frame.head(rows)
    formats = {name: _format(_estimate(head.columns, name), head[name]) for name in head.columns}
    style = head.style.format(formats).format_index(_heading, axis=1).hide(axis="index")
    text = [place for place, kind in enumerate(head.dtypes) if not pd.api.types.is_numeric_dtype(kind)]
    left = [{"selector": f".col{place}", "props": "text-align: left"} for place in text]
    style = style.set_table_styles([{"selector": "caption", "props": f"caption-side: bottom; color: {GREY}"}, *left])
    if len(frame) > rows:
        style = style.set_caption(_("first {rows} of {all} rows").format(rows=rows, all=f"{len(frame):,}"))
    return style
