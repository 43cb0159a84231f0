"""The datasheets of the shipped data, Chinese and English side by side: an index, and a card a table, from the contracts and the data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from crmlib.company.company import Company, shipped_folder
from crmlib.company.scenario import Scenario
from crmlib.company.schema import TABLES, Column, Table

_UNITS = {
    "": "–", "date": "日期 date", "datetime": "日期时刻 date and time", "share_per_year": "每年的份额 share per year", "kg": "千克 kg", "yuan": "元 yuan",
}  # fmt: skip
_KINDS = {
    "text": "文本 text", "category": "类别 category", "number": "数 number", "yes_no": "是/否 yes/no", "date": "日期 date", "datetime": "时刻 time",
}  # fmt: skip
_MARKS = {
    "V": "读过来源 a source was read", "V-": "来源较弱 a weak source", "D": "由已读来源推算 derived from a source that was read",
    "GK": "常识，未核 general knowledge, not checked", "teaching": "教学取值 chosen for teaching",
}  # fmt: skip
_CARDS = {
    "customers": (
        ("这张表回答什么", "What it answers", "云雀快递有哪些客户：做哪一行、在哪里、谁负责、什么时候开的户。",
         "Who Lark's customers are: their market, place, salesperson and the day they opened their account."),
        ("一行是什么", "What a row is", "一个登记过的客户。约 5% 只登记、从没寄过件，他们是潜在客户。",
         "One registered customer. About 5% registered and never shipped: the potential customers."),
        ("当心", "Take care", "预计年增长是客户经理自己估的，有偏也有错；零散客户没有客户经理，这两列留空。",
         "Expected growth is the salesperson's own guess, biased and noisy; walk-in customers have no salesperson: both are empty."),
    ),
    "waybills": (
        ("这张表回答什么", "What it answers", "谁在什么时候寄了什么、寄到哪、多重、收了多少钱、花了多少成本、几时送到。",
         "Who sent what and when, where to, how heavy, at what price and cost, and when it arrived."),
        ("一行是什么", "What a row is", "一件快件。一个客户可以有很多行，也可以一行没有。", "One parcel. A customer may have many rows, or none."),
        ("怎么定价", "How the price comes about", "首重加续重，续重不足一千克按一千克算，再乘（1 − 客户折扣）；不计体积重。",
         "First kilogram plus each further kilogram begun, times (1 − the customer's discount); volumetric weight is ignored."),
        ("当心", "Take care", "数据截止时还在路上的快件没有签收时间。算准时率时，它们既不是准时，也不是迟到。",
         "Parcels still under way when the data end have no delivered_at. In an on-time rate they count neither as on time nor as late."),
    ),
}  # fmt: skip


def datasheets(folder: Path | None = None) -> dict[str, str]:
    """The datasheets of the data sets in `folder` (None: the shipped ones), as relative path → text.

    >>> sorted(datasheets())
    ['README.md', 'cards/customers.md', 'cards/waybills.md']
    """
    folder = folder or shipped_folder()
    company = Company.open(folder)
    return {"README.md": _index(folder, company)} | {f"cards/{name}.md": _card(table, folder, company) for name, table in TABLES.items()}


def calibration(company: Company) -> pd.DataFrame:
    """How near the firm comes to the published figures: one row a figure with target, source, mark and the value in these data.

    >>> from crmlib.company import lark
    >>> calibration(lark()).loc["Other cities", "target"]
    '88.9%'
    """
    waybills = company.waybills
    domestic = waybills[waybills["scope"] != "cross_border"]
    other_cities = waybills[(waybills["scope"] == "domestic") & waybills["delivered_at"].notna()]
    hours = (other_cities["delivered_at"] - other_cities["picked_up_at"]).dt.total_seconds() / 3600
    scope = waybills["scope"].value_counts(normalize=True)
    region = domestic["destination_region"].value_counts(normalize=True)
    spb = ("国家邮政局 State Post Bureau", "V")
    rows = [
        ("同城件占比", "Same city", "8.9%", *spb, f"{scope['same_city']:.1%}"),
        ("异地件占比", "Other cities", "88.9%", *spb, f"{scope['domestic']:.1%}"),
        ("国际及港澳台件占比", "Cross-border", "2.2%", *spb, f"{scope['cross_border']:.1%}"),
        ("国内件，寄往东部", "Domestic, to the east", "72.4%", *spb, f"{region['east']:.1%}"),
        ("国内件，寄往中部", "Domestic, to the centre", "18.7%", *spb, f"{region['central']:.1%}"),
        ("国内件，寄往西部", "Domestic, to the west", "8.9%", *spb, f"{region['west']:.1%}"),
        ("国内件均价，元", "Mean domestic price, yuan", "8.0 (2024)", spb[0], "D", f"{domestic['price_yuan'].mean():.2f}"),
        ("异地件 72 小时内送达", "Other cities, within 72 h", "84.72% (2024 Q2)", *spb, f"{(hours <= 72).mean():.1%}"),
        ("异地件全程时长，小时", "Other cities, mean hours", "53.07 (2024 Q2)", *spb, f"{hours.mean():.1f}"),
        ("11 月 11 日为平日的倍数", "11 November over an ordinary day", "1.51–1.87", *spb, _peaks(waybills["picked_up_at"])),
        ("收入最高的 20% 客户占收入", "Revenue of the top 20% of customers", "–", "不设目标，如实算出 no target: as it came out", "teaching",
         f"{_top_fifth(company):.1%}"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["zh", "en", "target", "source", "mark", "here"]).set_index("en")


def _peaks(picked_up_at: pd.Series) -> str:
    """Each year's 11 November over the median day from October to mid-January."""
    daily = picked_up_at.dt.normalize().value_counts().sort_index()
    found = []
    for day in daily.index[(daily.index.month == 11) & (daily.index.day == 11)]:
        around = daily[day - pd.Timedelta(days=41) : day + pd.Timedelta(days=65)]
        found.append(f"{daily[day] / around.median():.2f} ({day.year})")
    return ", ".join(found)


def _top_fifth(company: Company) -> float:
    revenue = company.waybills.groupby("customer_id")["price_yuan"].sum().reindex(company.customers["customer_id"], fill_value=0.0)
    return revenue.nlargest(round(len(revenue) / 5)).sum() / revenue.sum()


def _index(folder: Path, company: Company) -> str:
    about = company.about
    files = [
        (f"[{name}.parquet]({name}.parquet)", f"[{table.zh} {table.en}](cards/{name}.md)",
         f"{len(company.tables[name]):,}", str(len(table.columns)), *_weight(folder / f"{name}.parquet"))
        for name, table in TABLES.items()
    ]  # fmt: skip
    files.append(("[about.json](about.json)", "整套数据的说明 the data as a whole", "–", "–", *_weight(folder / "about.json")))
    facts = [
        ("内容", "Content", f"云雀快递 24 个月的客户和运单（{about['first_day']} 起，{about['end']} 零点止）。",
         f"Customers and waybills of Lark Express over 24 months (from {about['first_day']} to midnight at the start of {about['end']})."),
        ("来源", "Origin", "**全部是模拟数据**：客户、名称、运单都是程序造的，没有一条来自真实的人或公司；如有雷同，纯属巧合。",
         "**All of it is simulated**: a program made the customers, names and waybills; none is real. Any likeness is chance."),
        ("重新生成", "Making it again", f"`python -m crmlib.company.ship`（种子 {about['seed']}）；同一种子，数值相同。",
         f"`python -m crmlib.company.ship` (seed {about['seed']}); the same seed gives the same values."),
        ("打开", "Opening it", "`import crmlib as crm; firm = crm.company.lark()`；别的软件直接读 Parquet 文件。",
         "`import crmlib as crm; firm = crm.company.lark()`; other software reads the Parquet files."),
        ("许可", "Licence", "MIT，与整个仓库相同。", "MIT, like the whole repository."),
    ]  # fmt: skip
    columns = [
        (f"`{table.name}`", f"`{column.name}`", column.zh, column.en, _UNITS[column.unit])
        for table in TABLES.values()
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
        *_CARDS[table.name],
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
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_value, value)) + ")"
    return f"{value:g}"


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
