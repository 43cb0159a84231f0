"""Who is who in a customer list: rows that repeat each other, rows that share an id, rows without one."""

from __future__ import annotations

from crmlib.company.customer_list.headings import key, words
from crmlib.company.customer_list.layout import Layout
from crmlib.company.customer_list.report import Notes
from crmlib.i18n import _


def without_repeats(filled: dict[str, list], layout: Layout, notes: Notes) -> list[int]:
    """The positions of the rows to keep: rows that repeat another in every cell are dropped, those that differ under one id are noted."""
    counters = {key(word) for word in words()["words"]["sequence"]}
    compared = [field.position for field in layout.fields if field.heading.key not in counters or field.column]
    seen: dict[tuple, int] = {}
    keep: list[int] = []
    for position, (number, row) in enumerate(zip(layout.numbers, layout.rows, strict=True)):
        content = tuple(str(row[place]).strip() if row[place] is not None else "" for place in compared)
        if content in seen:
            notes.add(
                "dropped",
                _("It repeats row {row} in every cell.").format(row=seen[content]),
                row=number,
                text=" | ".join(filter(None, content)),
            )
        else:
            seen[content] = number
            keep.append(position)
    for column in ("customer_id", "name"):
        if column in filled:
            _note_shared(column, filled, layout, keep, notes)
    return keep


def _note_shared(column: str, filled: dict[str, list], layout: Layout, keep: list[int], notes: Notes) -> None:
    rows: dict[object, list[int]] = {}
    for position in keep:
        has_id = column == "name" and filled.get("customer_id", {position: None})[position] is not None
        if filled[column][position] is not None and not has_id:
            rows.setdefault(filled[column][position], []).append(layout.numbers[position])
    for value, numbers in rows.items():
        if len(numbers) > 1 and column == "customer_id":
            why = _("The rows {rows} share this id but differ; all were kept. Add them up, or delete the wrong ones.")
            for number in numbers:
                notes.add("duplicate", why.format(rows=", ".join(map(str, numbers))), column=column, row=number, text=value)
        elif len(numbers) > 1:
            why = _("The rows {rows} have this name and no customer number; they were taken for different customers.")
            notes.add("check", why.format(rows=", ".join(map(str, numbers))), column=column, row=numbers[0], text=value, count=len(numbers))


def identified(filled: dict[str, list], layout: Layout, keep: list[int], notes: Notes) -> list[str]:
    """The id of each row to keep: its own, or one made from its row number in the file."""
    given = filled.get("customer_id")
    taken = set(given or ())
    ids = []
    for position in keep:
        number = layout.numbers[position]
        own = given[position] if given else None
        if own is None:
            own = f"row-{number}"
            while own in taken:
                own += "-"
            taken.add(own)
            if given:
                notes.add(
                    "generated",
                    _("The row has no customer number; its row number was made into one."),
                    column="customer_id",
                    row=number,
                    text=own,
                )
        ids.append(own)
    if not given:
        why = _("The list has no customer numbers; the row numbers were made into ids.")
        notes.add(
            "generated",
            why,
            column="customer_id",
            row=layout.numbers[keep[0]] if keep else None,
            text=ids[0] if ids else "",
            count=len(ids),
        )
    return ids
