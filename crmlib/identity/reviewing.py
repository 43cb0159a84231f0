"""The pairs a person should look at: a table to fill in, written and read as an .xlsx file."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns
from crmlib.company.storage import replace_file
from crmlib.i18n import _
from crmlib.identity.explaining import SHOWN
from crmlib.identity.given import need
from crmlib.identity.linking import Links

_SHEET = "review"
_ANSWERS = {
    "same": "same",
    "different": "different",
    "相同": "same",
    "同一客户": "same",
    "不同": "different",
    "不同客户": "different",
}
_TO_FILL = ("answer", "reason", "by")
_MOST = 500


def side_by_side(links: Links, rows: np.ndarray) -> pd.DataFrame:
    """Pairs with both records' fields side by side, and three empty columns to fill in.

    >>> from crmlib.identity import candidate_pairs, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> links = fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).decide()
    >>> side_by_side(links, np.array([0]))[["left", "right", "mobile_left", "answer"]].values.tolist()
    [['r0', 'r1', '12900000000', '']]
    """
    clean, found = links.clean, {}
    sides = {"left": links.left[rows], "right": links.right[rows]}
    for side, places in sides.items():
        found[side] = clean["record_id"].to_numpy()[places]
    for name in ("system", *SHOWN):
        for side, places in sides.items():
            part = (
                clean.iloc[places][list(SHOWN.get(name, (name,)))]
                .fillna("")
                .astype(str)
            )
            found[f"{name}_{side}"] = ["".join(values) for values in part.to_numpy()]
    return pd.DataFrame(
        found | {name: np.full(len(rows), "", dtype=object) for name in _TO_FILL}
    )


def review_list(links: Links, *, most: int = _MOST) -> pd.DataFrame:
    """The pairs of which the machine is unsure, nearest to even odds first.

    Answers: which pairs does a person have to look at today?

    Parameters
    ----------
    links : Links, from `model.decide()`
    most : int
        So many pairs at most.

    Returns
    -------
    DataFrame, one row a pair
        left, right (record_id), each field of both, answer, reason and by (empty, to be filled in: same or different, why, who),
        probability

    Raises
    ------
    ValueError
        links is something else.

    Source: Fellegi and Sunter (1969): between link and no link lies a region that goes to clerical review.

    >>> from crmlib.identity import candidate_pairs, fit_matches, normalise
    >>> records = pd.DataFrame({"system": "order", "record_id": [f"r{i}" for i in range(80)], "name": [f"澜禾{i // 2}号店" for i in range(80)],
    ...     "mobile": [f"129{i // 2:08d}" for i in range(80)]})
    >>> len(review_list(fit_matches(candidate_pairs(normalise(records), keys={"mobile": ["mobile"]})).decide()))
    0
    """
    need(links, Links, "links", "model.decide()")
    rows = np.flatnonzero(links.decision == "review")
    rows = rows[np.argsort(np.abs(links.probability[rows] - 0.5), kind="stable")][:most]
    return side_by_side(links, rows).assign(probability=links.probability[rows])


def write_review(table: pd.DataFrame, path: str | os.PathLike) -> None:
    """Write a review list or a sample as an .xlsx file with a choice of answers in each row.

    Answers: how does somebody who does not program decide?

    Parameters
    ----------
    table : DataFrame, from :func:`review_list` or :func:`crmlib.identity.review_sample`
    path : a file that ends in .xlsx

    Raises
    ------
    ValueError
        The file ends otherwise or cannot be written; a column is lacking.

    Source: rule of this library: who decides need not program.

    >>> import tempfile
    >>> table = pd.DataFrame({"left": ["r0"], "right": ["r1"], "answer": [""], "reason": [""], "by": [""]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_review(table, Path(folder) / "review.xlsx")
    ...     len(read_review(Path(folder) / "review.xlsx"))
    1
    """
    need_frame(table, "table")
    path = _xlsx(path)
    require_columns(table.columns, ["left", "right", *_TO_FILL])
    replace_file(path, lambda draft: _write(table, draft))


def _write(table: pd.DataFrame, draft: Path) -> None:
    import xlsxwriter

    from crmlib.company.schema import label

    with xlsxwriter.Workbook(
        draft, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(_SHEET)
        head, fill = (
            book.add_format({"bold": True, "bg_color": "#E3E7EA"}),
            book.add_format({"bg_color": "#FFF6D6"}),
        )
        for place, name in enumerate(table.columns):
            sheet.write(0, place, name, head)
            sheet.write_comment(0, place, label(name))
            sheet.set_column(
                place,
                place,
                26 if name.startswith(("name", "address")) else 14,
                fill if name in _TO_FILL else None,
            )
            for row, value in enumerate(table[name].tolist(), start=1):
                sheet.write(
                    row,
                    place,
                    "" if pd.isna(value) else value,
                    fill if name in _TO_FILL else None,
                )
        answer = table.columns.get_loc("answer")
        sheet.data_validation(
            1,
            answer,
            max(len(table), 1),
            answer,
            {
                "validate": "list",
                "source": ["same", "different", "同一客户", "不同客户"],
            },
        )
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)


def read_review(path: str | os.PathLike) -> pd.DataFrame:
    """Read the answers back from the file.

    Answers: what did the person decide, and is every answer readable?

    Parameters
    ----------
    path : the file that :func:`write_review` wrote and a person filled in

    Returns
    -------
    DataFrame, one row a pair
        left, right, answer (same, different, or "" where it is open), reason, by

    Raises
    ------
    ValueError
        The file cannot be read, or a cell holds what no answer is; file, sheet, row and column are named.
        An answer needs a reason and a name.

    Source: rule of this library: who decides need not program.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = pd.DataFrame({"left": ["r0"], "right": ["r1"], "answer": ["同一客户"], "reason": ["电话核实"], "by": ["李"]})
    ...     write_review(table, Path(folder) / "review.xlsx")
    ...     read_review(Path(folder) / "review.xlsx")["answer"].tolist()
    ['same']
    """
    path = _xlsx(path)
    try:
        table = pd.read_excel(path, sheet_name=0, dtype=str, keep_default_na=False)
    except OSError as error:
        raise ValueError(
            _("Cannot read {path}: {reason}").format(
                path=path, reason=error.strerror or error
            )
        ) from None
    except (ValueError, KeyError, zipfile.BadZipFile):
        raise ValueError(
            _(
                "{path} is no .xlsx file that can be read. Save it once more from the program you edit it with."
            ).format(path=path)
        ) from None
    require_columns(table.columns, ["left", "right", *_TO_FILL])
    made = {name: [] for name in ("left", "right", *_TO_FILL)}
    for number, row in enumerate(table.to_dict("records"), start=2):
        told = {name: str(row[name]).strip() for name in made}
        if not any(told.values()):
            continue
        answer = told["answer"].lower()
        if answer and answer not in _ANSWERS:
            _refuse(
                path,
                number,
                "answer",
                _(
                    '"{value}" is no answer. Write same (同一客户) or different (不同客户), or leave it empty.'
                ).format(value=told["answer"]),
            )
        for name in ("left", "right", *(("reason", "by") if answer else ())):
            if not told[name]:
                _refuse(
                    path,
                    number,
                    name,
                    _(
                        "The cell is empty. An answer needs both record numbers, a reason and a name."
                    ),
                )
        for name, value in (told | {"answer": _ANSWERS.get(answer, "")}).items():
            made[name].append(value)
    return pd.DataFrame(made, dtype=object)


def _refuse(path: Path, row: int, column: str, sentence: str) -> None:
    raise ValueError(_("{path}, sheet {sheet}, row {row}, column {column}: {sentence}").format(
        path=path.name, sheet=_SHEET, row=row, column=column, sentence=sentence))  # fmt: skip


def _xlsx(path: str | os.PathLike) -> Path:
    if Path(path).suffix.lower() != ".xlsx":
        raise ValueError(_("{path} must end in .xlsx.").format(path=path))
    return Path(path)
