"""A look at the papers before goods go abroad: what they are, what they need, whether they may go at all; and when to ask."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

from crmlib.checks import require_columns
from crmlib.i18n import _, language
from crmlib.pricing.cents import decimal

_DATA = Path(__file__).parent / "goods.toml"
VERDICTS = ("ready", "papers_missing", "special_line", "ask", "forbidden")
"""From the easiest to the hardest."""
_PLAIN_MATCH = ("without battery", "no battery", "不带电")
"""Words that take a battery away; without them "no battery" would be read as a battery."""


@cache
def _data() -> dict:
    return tomllib.loads(_DATA.read_text("utf-8"))


def _named(row: dict) -> str:
    return row["zh" if language() == "zh" else "en"]


@dataclass(frozen=True)
class DocumentCheck:
    """Whether a shipment may go. `verdict`: ready, papers_missing, special_line (not by the ordinary service), ask or forbidden.

    `goods` are the kinds found in the description; `papers`, one row a paper needed: paper, paper_name, at_hand. `questions` are to be
    asked of the customer.
    """

    verdict: str
    goods: tuple[str, ...]
    papers: pd.DataFrame = field(repr=False)
    questions: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """Codes of the papers that are needed and not there."""
        return self.papers.loc[~self.papers["at_hand"], "paper"].tolist()

    def summary(self) -> str:
        """The verdict in words, with what is to be done."""
        names = {row["code"]: _named(row) for row in _data()["goods"]}
        kinds = _(", ").join(names[code] for code in self.goods) or _("unknown goods")
        lacking = _(", ").join(self.papers.loc[~self.papers["at_hand"], "paper_name"])
        words = {
            "ready": _("{goods}: may go; all papers asked for here are there. Customs can still ask for more.").format(goods=kinds),
            "papers_missing": _("{goods}: not yet; missing: {papers}.").format(goods=kinds, papers=lacking),
            "special_line": _("{goods}: only by a special line, not by the ordinary service; papers missing: {papers}.").format(
                goods=kinds, papers=lacking or "–"),
            "forbidden": _("{goods}: may not be sent. Tell the customer before the pick-up, not after.").format(goods=kinds),
            "ask": _("{goods}: ask before accepting.").format(goods=kinds),
        }  # fmt: skip
        return " ".join([words[self.verdict], *self.questions])


def goods_table() -> pd.DataFrame:
    """The kinds of goods known, whether they may go by the ordinary service, and the papers they need.

    Answers: which goods are sensitive, and what do they need?

    Returns
    -------
    DataFrame, one row a kind of goods
        goods, goods_name, air (yes, papers, line, no), papers (names in the active language), most_watt_hours (missing where none)

    Source: 《2025国际快递行业客户关系管理体系研究》 names batteries and cosmetics, reports on ingredients and export permits; the rest is a
    teaching table after the usual practice of the trade.

    >>> goods_table().set_index("goods").loc["cosmetics", "air"]
    'papers'
    """
    names = {code: _named(row) for code, row in _data()["papers"].items()}
    return pd.DataFrame([
        {"goods": row["code"], "goods_name": _named(row), "air": row["air"], "papers": ", ".join(names[code] for code in row["papers"]),
         "most_watt_hours": row.get("most_watt_hours")}
        for row in _data()["goods"]
    ])  # fmt: skip


def recognise_goods(description: str) -> list[str]:
    """The kinds of goods whose words stand in a description, in the order of the table; none where it is not understood.

    >>> recognise_goods("蓝牙耳机"), recognise_goods("Phone case"), recognise_goods("thing")
    (['battery_inside'], ['electronics'], [])
    """
    text = " ".join(str(description).lower().split())
    bare = any(word in text for word in _PLAIN_MATCH)
    found, taken = [], text
    for row in _data()["goods"]:
        if row["code"] == description:
            return [row["code"]]
    for row in _data()["goods"]:
        if bare and row["code"].startswith("battery"):
            continue
        hits = [word for word in row["words"] if _stands(word.lower(), taken)]
        if hits:
            found.append(row["code"])
            for word in hits:
                taken = taken.replace(word.lower(), " ")
    return found


def _stands(word: str, text: str) -> bool:
    """Chinese words stand anywhere; others at the beginning of a word ("lipsticks", but no "paint" in "repaint")."""
    if not word.isascii():
        return word in text
    return re.search(rf"(?<![a-z]){re.escape(word)}(?:s|es)?(?![a-z])", text) is not None


def document_check(description: str, *, papers: Iterable[str] = (), watt_hours: object = None) -> DocumentCheck:
    """Check one shipment before it is picked up.

    Answers: may this go abroad, which papers are missing, and what must I ask the customer?

    Parameters
    ----------
    description : what the customer says is inside, Chinese or English, or a code of :func:`crmlib.pricing.goods_table`
    papers : codes of the papers at hand, such as ("invoice", "packing_list")
    watt_hours : of the largest battery, optional
        Goods with batteries are not passed without it.

    Returns
    -------
    DocumentCheck
        Several kinds in one description need the papers of all, and the hardest verdict counts. What is not recognised is never passed:
        the verdict is "ask".

    Raises
    ------
    ValueError
        The description is empty, a paper is unknown, or watt_hours is no number.

    Source: as :func:`crmlib.pricing.goods_table`.

    >>> found = document_check("lipstick", papers=["invoice", "packing_list", "msds"])
    >>> found.verdict, found.missing
    ('papers_missing', ['ingredients', 'export_permit'])
    """
    if isinstance(description, (pd.DataFrame, pd.Series)):
        raise ValueError(_("document_check looks at one shipment. For a whole table use check_shipments."))
    if not isinstance(description, str) or not description.strip():
        raise ValueError(_('The description of the goods is empty. Ask what is inside; "gift" or "sample" is not enough.'))
    known = _data()["papers"]
    have = {papers} if isinstance(papers, str) else set(papers)
    if have - set(known):
        raise ValueError(_("There is no paper {codes}. There are: {known}.").format(
            codes=", ".join(sorted(map(str, have - set(known)))), known=", ".join(known)))  # fmt: skip
    rows = [row for row in _data()["goods"] if row["code"] in recognise_goods(description)]
    needed = list(dict.fromkeys(paper for row in rows for paper in row["papers"]))
    table = pd.DataFrame(
        {
            "paper": pd.Series(needed, dtype=object),
            "paper_name": pd.Series([_named(known[code]) for code in needed], dtype=object),
            "at_hand": pd.Series([code in have for code in needed], dtype=bool),
        }
    )
    if not rows:
        return DocumentCheck("ask", (), table, (_unknown_question(description),))
    verdicts, questions = [], []
    for row in rows:
        verdict, question = _verdict(row, have, watt_hours)
        verdicts.append(verdict)
        questions += [question] if question else []
    return DocumentCheck(max(verdicts, key=VERDICTS.index), tuple(row["code"] for row in rows), table, tuple(dict.fromkeys(questions)))


def _verdict(row: dict, have: set[str], watt_hours: object) -> tuple[str, str]:
    if row["air"] == "no":
        return "forbidden", ""
    limit = row.get("most_watt_hours")
    if limit is not None and watt_hours is None:
        return "ask", _("How many watt-hours has the battery? (volts × ampere-hours; it is printed on it)")
    if limit is not None and decimal("watt_hours", watt_hours) > limit:
        never = decimal("watt_hours", watt_hours) > row["never_watt_hours"]
        return "forbidden" if never else "special_line", _("The battery has more than {limit} watt-hours.").format(
            limit=row["never_watt_hours"] if never else limit)  # fmt: skip
    if row["air"] == "line":
        return "special_line", ""
    return ("papers_missing" if set(row["papers"]) - have else "ready"), ""


def _unknown_question(description: str) -> str:
    words = {word.lower(): row for row in _data()["goods"] for word in row["words"]}
    near = difflib.get_close_matches(description.lower(), words, n=2, cutoff=0.6)
    if near:
        return _("Is it {words}? What is it made of, and has it a battery?").format(words=", ".join(near))
    return _("What exactly is it, what is it made of, and has it a battery, a liquid or a magnet inside?")


def check_shipments(shipments: pd.DataFrame) -> pd.DataFrame:
    """Check a list of shipments, one row each.

    Answers: which of tomorrow's parcels would stop at customs?

    Parameters
    ----------
    shipments : DataFrame
        description; papers (codes separated by spaces or commas) and watt_hours, if known.

    Returns
    -------
    DataFrame with the index of `shipments`
        description, document_verdict, goods (codes), missing_papers (codes), what_to_say (in the active language)

    Raises
    ------
    ValueError
        The column description is missing, or a row cannot be checked; the sentence names it.

    Source: as :func:`crmlib.pricing.document_check`.

    >>> parcels = pd.DataFrame({"description": ["dress", "fireworks"], "papers": ["invoice, packing_list", ""]})
    >>> check_shipments(parcels)["document_verdict"].tolist()
    ['ready', 'forbidden']
    """
    require_columns(shipments.columns, ("description",))
    rows = []
    for name, row in shipments.iterrows():
        papers, power = row.get("papers"), row.get("watt_hours")
        have = [code for code in re.split(r"[\s,;，；、]+", papers) if code] if isinstance(papers, str) else ()
        try:
            found = document_check(row["description"], papers=have, watt_hours=None if power is None or pd.isna(power) else power)
        except ValueError as error:
            raise ValueError(_("Row {row}: {problem}").format(row=name, problem=error)) from None
        rows.append((row["description"], found.verdict, " ".join(found.goods), " ".join(found.missing), found.summary()))
    return pd.DataFrame(rows, columns=["description", "document_verdict", "goods", "missing_papers", "what_to_say"], index=shipments.index)
