"""The datasheets of the shipped data, Chinese and English side by side: an index, and a card a table, from the contracts and the data."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from crmlib.company.calibration import calibration
from crmlib.company.cards import CARDS
from crmlib.company.company import Company, in_folder, shipped_folder
from crmlib.company.scenario import Scenario
from crmlib.company.schema import TABLES, Column, Table

_UNITS = {
    "": "–", "date": "日期 date", "datetime": "日期时刻 date and time", "share_per_year": "每年的份额 share per year", "kg": "千克 kg", "yuan": "元 yuan",
    "share": "份额 share", "count": "个数 count", "points": "分 points", "months": "月 months", "days": "天 days", "hours": "小时 hours",
    "minutes": "分钟 minutes", "seconds": "秒 seconds", "weekday": "星期几 day of the week",
}  # fmt: skip
_KINDS = {
    "text": "文本 text", "category": "类别 category", "number": "数 number", "yes_no": "是/否 yes/no", "date": "日期 date", "datetime": "时刻 time",
}  # fmt: skip
_MARKS = {
    "V": "读过来源 a source was read", "V-": "来源较弱 a weak source", "D": "由已读来源推算 derived from a source that was read",
    "GK": "常识，未核 general knowledge, not checked", "teaching": "教学取值 chosen for teaching",
}  # fmt: skip


def datasheets(folder: Path | None = None) -> dict[str, str]:
    """The datasheets of the data sets in `folder` (None: the shipped ones), as relative path → text.

    >>> "cards/waybills.md" in datasheets()
    True
    """
    folder = folder or shipped_folder()
    company = in_folder(folder)
    cards = {f"cards/{name}.md": _card(TABLES[name], folder, company) for name in company.tables}
    return {"README.md": _index(folder, company)} | cards


def _index(folder: Path, company: Company) -> str:
    about, tables = company.about, {name: TABLES[name] for name in company.tables}
    files = [
        (f"[{name}.parquet]({name}.parquet)", f"[{table.zh} {table.en}](cards/{name}.md)",
         f"{len(company.tables[name]):,}", str(len(table.columns)), *_weight(folder / f"{name}.parquet"))
        for name, table in tables.items()
    ]  # fmt: skip
    files.append(("[about.json](about.json)", "整套数据的说明 the data as a whole", "–", "–", *_weight(folder / "about.json")))
    facts = [
        ("内容", "Content", f"云雀快递 24 个月的经营数据（{about['first_day']} 起，{about['end']} 零点止）。",
         f"24 months of Lark Express, from customers and waybills to the market around them (from {about['first_day']} to midnight at the "
         f"start of {about['end']})."),
        ("来源", "Origin", "**全部是模拟数据**：客户、名称、运单都是程序造的，没有一条来自真实的人或公司；如有雷同，纯属巧合。",
         "**All of it is simulated**: a program made the customers, names and waybills; none is real. Any likeness is chance."),
        ("重新生成", "Making it again", f"`python -m crmlib.company.ship`（种子 {about['seed']}）；同一种子，数值相同。",
         f"`python -m crmlib.company.ship` (seed {about['seed']}); the same seed gives the same values."),
        ("打开", "Opening it", "`import crmlib as crm; firm = crm.company.lark()`；文件里的数压缩过，给别的软件用，先 `crm company export lark.xlsx`。",
         "`import crmlib as crm; firm = crm.company.lark()`; the files are packed: for other software, `crm company export lark.xlsx`."),
        ("许可", "Licence", "MIT，与整个仓库相同。", "MIT, like the whole repository."),
    ]  # fmt: skip
    columns = [
        (f"`{table.name}`", f"`{column.name}`", column.zh, column.en, _UNITS[column.unit])
        for table in tables.values()
        for column in table.columns
    ]
    return _page(
        "# 数据集 · Data sets",
        _table(("", "", "中文", "English"), facts),
        "## 文件 · Files",
        _table(("文件 file", "内容 content", "行 rows", "列 columns", "大小 size", "sha256"), files),
        "## 列 · Columns",
        _table(("表 table", "列 column", "中文", "English", "单位 unit"), columns),
    )


def _card(table: Table, folder: Path, company: Company) -> str:
    file = folder / f"{table.name}.parquet"
    intro = [
        *CARDS.get(table.name, ()),
        ("来源", "Origin", "**模拟数据**，由 `crmlib.company.simulate` 生成；不含任何真实的人或公司。",
         "**Simulated** by `crmlib.company.simulate`; holds no real person or firm."),
        ("许可", "Licence", "MIT", "MIT"),
        ("文件", "File", f"{len(company.tables[table.name]):,} 行，sha256 `{_sha256(file)}`",
         f"{len(company.tables[table.name]):,} rows, sha256 `{_sha256(file)}`"),
    ]  # fmt: skip
    parts = [
        f"# {table.zh} · {table.en[0].upper()}{table.en[1:]} (`{table.name}`)",
        _table(("", "", "中文", "English"), intro),
        "## 列 · Columns",
        _table(("列 column", "中文", "English", "类型 type", "单位 unit", "含义", "Meaning", "可空 may be empty"), map(_column_row, table.columns)),
        "## 取值 · Values",
        _table(("列 column", "代码 code", "中文", "English"),
               [(f"`{column.name}`", f"`{value.code}`", value.zh, value.en) for column in table.columns for value in column.values]),
    ]  # fmt: skip
    return _page(*parts, *(_made_from(company) if table.name == "waybills" else ()))


def _made_from(company: Company) -> Iterable[str]:
    near = calibration(company).reset_index()
    parameters = Scenario.table()
    marks = "；".join(f"{mark} = {meaning}" for mark, meaning in _MARKS.items())
    return (
        "## 像不像 · How lifelike it is",
        _table(("指标", "Figure", "公布值 published", "来源 source", "依据 mark", "本数据 here"),
               near[["zh", "en", "target", "source", "mark", "here"]].itertuples(index=False)),
        "## 参数 · Parameters",
        f"依据 mark: {marks}.",
        _table(("参数 parameter", "值 value", "说明与来源", "Meaning and source", "依据 mark"),
               [(f"`{name}`", _value(row.value), row.source_zh, row.source_en, row.mark) for name, row in parameters.iterrows()]),
    )  # fmt: skip


def _column_row(column: Column) -> tuple[str, ...]:
    notes = (" 键 key" if column.key else "") + (f" → `{column.ref}`" if column.ref else "")
    return (
        f"`{column.name}`{notes}", column.zh, column.en, _KINDS[column.dtype], _UNITS[column.unit], column.meaning_zh, column.meaning_en,
        "可 yes" if column.nullable else "否 no",
    )  # fmt: skip


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{'/'.join(key) if isinstance(key, tuple) else key} {_value(part)}" for key, part in value.items())
    if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
        return f"{len(value)} 项 entries"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_value, value)) + ")"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _table(heading: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heading = tuple(heading)
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _page(*parts: str) -> str:
    note = "<!-- 由程序生成，不要手改 · generated by crmlib/company/datasheet.py, do not edit -->"
    return "\n\n".join([parts[0], note, *parts[1:]]) + "\n"


def _weight(path: Path) -> tuple[str, str]:
    return f"{-(-path.stat().st_size // 1024):,} KiB", f"`{_sha256(path)}`"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
