"""What a customer is owed for a parcel lost, short, damaged or late, line by line, and whether what was paid keeps to the rules."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from crmlib import standards
from crmlib.call_center.compensation_rules import ROLES, approval_limits, compensation_rules
from crmlib.checks import refuse_rows
from crmlib.clean import clean
from crmlib.i18n import _, in_a_row

GOODS = ("loss", "shortage", "damage", "signed_not_received")
FAULTS = ("carrier", "gross", "sender", "force_majeure")
_KINDS = {
    "what": "name", "postage_yuan": "number", "insured": "answer", "declared_yuan": "number?", "proved_yuan": "number?",
    "lost_part": "number", "spoilt": "answer", "fault": "name", "pointed_out": "answer",
}  # fmt: skip
_USUAL = {"insured": False, "declared_yuan": np.nan, "proved_yuan": np.nan, "lost_part": 1.0, "spoilt": False, "fault": "carrier",
          "pointed_out": True}  # fmt: skip
_GOODS_RULES = ("not_our_fault", "", "insured", "insured_unproved", "uninsured_least", "uninsured_cap", "cap_lifted", "uninsured")
VERDICTS = ("as_ruled", "too_little", "too_much", "cannot_tell")


@dataclass(frozen=True, eq=False)
class Compensation:
    """What is owed, and why.

    `yuan`: what is to be paid now; `most`: what the rules allow at most once the missing proof comes, or as good will (infinite where no
    cap holds); `approval`: who may agree (agent, leader, manager); `lines`: pay_item (code), yuan (adding up to `yuan`), why, according_to,
    how_sure; `missing`: what proof is missing ("value" or "").
    """

    what: str
    yuan: float
    most: float
    approval: str
    missing: str
    lines: pd.DataFrame = field(repr=False)

    def summary(self) -> str:
        """The result in one to three sentences."""
        told = _("{yuan:,.2f} yuan are owed.").format(yuan=self.yuan)
        span = ""
        if self.missing and self.most == np.inf:
            span = _("With proof of what the goods were worth it becomes that: no cap holds.")
        elif self.missing and self.most > self.yuan + 0.005:
            span = _("With proof of what the goods were worth it may become up to {most:,.2f} yuan.").format(most=self.most)
        elif self.most > self.yuan + 0.005:
            span = _("As a sign of good will it may be up to {most:,.2f} yuan.").format(most=self.most)
        who = {
            "agent": _("An agent may agree to this alone."),
            "leader": _("The team leader must agree before anybody promises it."),
            "manager": _("The manager must agree before anybody promises it."),
        }[self.approval]
        return in_a_row(told, span, who)


def compensation(
    *, what: str, postage_yuan: float, insured: bool = False, declared_yuan: float | None = None, proved_yuan: float | None = None,
    lost_part: float = 1.0, spoilt: bool = False, fault: str = "carrier", pointed_out: bool = True,
) -> Compensation:  # fmt: skip
    """Work out what one customer is owed, by the law's and the firm's rules, every line explained.

    Answers: how much do we pay, by which rule, and who must agree?

    Parameters
    ----------
    what : "loss", "shortage", "damage", "signed_not_received" (not found: as a loss), "delay", or another cause of the firm
    postage_yuan : float, yuan
        The price of the parcel, without any fee for insurance.
    insured : bool
    declared_yuan : float, yuan
        The value declared when the parcel was insured; an insured parcel needs it.
    proved_yuan : float, yuan, optional
        What all of the goods were worth, if it is proved.
    lost_part : float, above 0 and at most 1
        The part of the value that was lost or destroyed.
    spoilt : bool
        Whether what came late lost its value by it (fresh fruit); it is then compensated as a loss of `lost_part`.
    fault : "carrier", "gross" (the carrier with intent or gross negligence), "sender" (packing, forbidden goods), "force_majeure"
    pointed_out : bool
        Whether the cap for uninsured parcels was pointed out to the sender.

    Returns
    -------
    Compensation
        `.yuan`, `.most`, `.approval`, `.missing`, `.lines`, `.summary()`

    Raises
    ------
    ValueError
        A figure is missing, negative or no number; insured without a declared value; a share outside 0–1; an unknown fault.

    Notes
    -----
    No legal advice. Which rules were read and which are general knowledge or set for class stands in the column how_sure.

    Source: :func:`compensation_rules`.

    >>> compensation(what="loss", postage_yuan=12, proved_yuan=900).lines[["pay_item", "yuan"]].values.tolist()
    [['goods', 900.0], ['over_cap', -816.0], ['postage', 12.0]]
    >>> compensation(what="damage", postage_yuan=12, insured=True, declared_yuan=600, proved_yuan=600, lost_part=0.5).yuan
    300.0
    """
    given = {"what": what, "postage_yuan": postage_yuan, "insured": insured, "declared_yuan": declared_yuan, "proved_yuan": proved_yuan,
             "lost_part": lost_part, "spoilt": spoilt, "fault": fault, "pointed_out": pointed_out}  # fmt: skip
    for name, value in given.items():
        if value is None and name not in ("declared_yuan", "proved_yuan"):
            raise ValueError(_("{name} is missing.").format(name=name))
    table = pd.DataFrame({name: [np.nan if value is None else value] for name, value in given.items()}, index=pd.Index(["–"]))
    row = compensation_table(table).iloc[0]
    return Compensation(what, float(row["yuan"]), float(row["most_yuan"]), str(row["approval"]),
                        str(row["missing_proof"]), _lines(row))  # fmt: skip


def compensation_table(claims: pd.DataFrame) -> pd.DataFrame:
    """What :func:`compensation` works out, for many claims at once.

    Answers: what do all these claims cost, and which of them need a superior?

    Parameters
    ----------
    claims : DataFrame with what and postage_yuan; the other arguments of :func:`compensation` as columns where they differ from the usual

    Returns
    -------
    DataFrame: `claims` and
        goods_yuan (what was lost), over_cap_yuan (what of it lies over the cap, negative), postage_back_yuan, goodwill_yuan, yuan (their
        sum), most_yuan, missing_proof, rule (the rule for the goods), approval

    Raises
    ------
    ValueError
        As :func:`compensation`, naming the rows.

    >>> claims = pd.DataFrame({"what": ["delay", "loss"], "postage_yuan": [10.0, 10.0], "proved_yuan": [None, 50.0]})
    >>> compensation_table(claims)[["yuan", "approval"]].values.tolist()
    [[10.0, 'agent'], [60.0, 'leader']]
    """
    if isinstance(claims, pd.DataFrame):
        usual = {name: value for name, value in _USUAL.items() if name not in claims.columns}
        if "fault" in usual:
            usual["fault"] = pd.Categorical.from_codes(np.zeros(len(claims), dtype=np.int8), categories=["carrier"])
        claims = claims.assign(**usual)
    claims = clean(claims, "claims", **_KINDS)
    _refuse(claims)
    rule = compensation_rules()["value"]
    is_goods, late = _is_one_of(claims["what"], GOODS), _is_one_of(claims["what"], ("delay",))
    ours, gross = _is_one_of(claims["fault"], ("carrier", "gross")), _is_one_of(claims["fault"], ("gross",))
    senders, forced = _is_one_of(claims["fault"], ("sender",)), _is_one_of(claims["fault"], ("force_majeure",))
    insured, postage, part = claims["insured"].to_numpy(bool), claims["postage_yuan"].to_numpy(), claims["lost_part"].to_numpy()
    goods = is_goods | (late & claims["spoilt"].to_numpy(bool))
    value, declared = claims["proved_yuan"].to_numpy(), claims["declared_yuan"].to_numpy()
    proved = ~np.isnan(value)
    capped = ~insured & ~gross & claims["pointed_out"].to_numpy(bool)
    worth = np.where(insured, np.where(proved, np.fmin(declared, value), declared * rule["insured_unproved"]),
                     np.where(proved, value, postage * rule["uninsured_least"]))  # fmt: skip
    highest = np.where(insured, np.fmin(declared, np.where(proved, value, declared)),
                       np.where(proved, value, np.where(capped, postage * rule["uninsured_cap"], np.inf)))  # fmt: skip
    owed = goods & ours
    lost, top = np.where(owed, _cents(worth * part), 0.0), np.where(owed, highest * part, 0.0)
    cap = np.where(capped & owed, _cents(postage * rule["uninsured_cap"]), np.inf)
    over = np.minimum(cap - lost, 0.0)
    whole = owed & (part >= 1)
    back = np.select([whole, late & ~senders, is_goods & (part >= 1) & forced],
                     [rule["loss_refund"], rule["delay_refund"], rule["loss_refund"]], 0.0)  # fmt: skip
    back = _cents(postage * back)
    kindness = ~goods & ~late & ours
    least, most = (np.where(kindness, rule[f"goodwill_{end}"], 0.0) for end in ("least", "most"))
    yuan = _cents(lost + over + back + least)
    found = claims.assign(
        goods_yuan=lost, over_cap_yuan=np.where(over < 0, _cents(over), 0.0), postage_back_yuan=back, goodwill_yuan=least, yuan=yuan,
        most_yuan=_cents(np.minimum(top, cap) + back + most),
        missing_proof=pd.Categorical.from_codes((owed & ~proved).astype(np.int8), categories=["", "value"]),
        rule=_rule(insured, proved, goods, ours, capped, over < 0),
    )  # fmt: skip
    lifted = owed & ~insured & ~capped
    return found.assign(approval=_approval(yuan, lifted))


def compensation_check(cases: pd.DataFrame, waybills: pd.DataFrame) -> pd.DataFrame:
    """What was paid, against what the rules allow.

    Answers: whom did we pay too little, and where was money given away?

    Parameters
    ----------
    cases : the firm's cases (case_id, waybill_id, cause, insured, outcome, compensation_yuan); declared_yuan if it is known
    waybills : the firm's waybills (waybill_id, price_yuan)

    Returns
    -------
    DataFrame, one row a settled complaint or claim, in the order of `cases`
        case_id, cause, outcome, paid_yuan, least_yuan, most_yuan, payment_verdict (as_ruled, too_little, too_much, cannot_tell)

    Raises
    ------
    ValueError
        A column is missing, or a waybill stands twice.

    Notes
    -----
    Compensated for loss or damage: between the least and the cap of an uninsured parcel, or between the unproved share and all of the
    declared value. Compensated for another cause: good will. Refunded: the postage. Other outcomes: nothing. Without a waybill, or insured
    without a declared value, nobody can tell. A difference of call_center.compensation.check_tolerance_yuan is rounding.

    >>> cases = pd.DataFrame({"case_id": ["k1", "k2"], "waybill_id": ["w1", "w1"], "cause": "loss", "insured": False,
    ...     "outcome": "compensated", "compensation_yuan": [50.0, 200.0]})
    >>> compensation_check(cases, pd.DataFrame({"waybill_id": ["w1"], "price_yuan": [10.0]})).payment_verdict.tolist()
    ['as_ruled', 'too_much']
    """
    kinds = {"case_id": "id", "waybill_id": "id?", "cause": "name", "insured": "answer", "outcome": "name?", "compensation_yuan": "number?",
             "declared_yuan": "number?", "kind": "name"}  # fmt: skip
    cases = clean(cases, "cases", optional=("declared_yuan", "kind"), **kinds)
    waybills = clean(waybills, "waybills", waybill_id="id", price_yuan="number")
    refuse_rows(waybills["waybill_id"].duplicated(), _("waybills holds some waybills more than once"), _("Keep one row a waybill."))
    if "kind" in cases.columns:
        cases = cases[cases["kind"].isin(["complaint", "claim"])]
    cases = cases[cases["outcome"].notna()]
    postage = cases["waybill_id"].map(waybills.set_index("waybill_id")["price_yuan"]).to_numpy(dtype="float64", na_value=np.nan)
    rule = compensation_rules()["value"]
    declared = cases["declared_yuan"].to_numpy() if "declared_yuan" in cases.columns else np.full(len(cases), np.nan)
    outcome, insured = cases["outcome"].astype(str), cases["insured"].to_numpy(bool)
    failed = cases["cause"].astype(str).isin(["loss", "damage"]).to_numpy()
    paid_out, refunded = (outcome == "compensated").to_numpy(), (outcome == "refunded").to_numpy()
    ways = [refunded, paid_out & failed & insured, paid_out & failed, paid_out]
    least = np.select(ways, [postage, declared * rule["insured_unproved"], postage * rule["uninsured_least"], rule["goodwill_least"]], 0.0)
    most = np.select(ways, [postage, declared, postage * rule["uninsured_cap"], rule["goodwill_most"]], 0.0)
    # Beside what the goods were worth the postage may have been given back.
    most = np.where(paid_out & failed, most + postage * rule["loss_refund"], most)
    paid = cases["compensation_yuan"].fillna(0.0).to_numpy()
    near = standards.get("call_center.compensation.check_tolerance_yuan", unit="yuan")
    verdict = np.select([np.isnan(least) | np.isnan(most), paid < least - near, paid > most + near],
                        ["cannot_tell", "too_little", "too_much"],
                        "as_ruled")  # fmt: skip
    return pd.DataFrame({"case_id": cases["case_id"], "cause": cases["cause"], "outcome": cases["outcome"], "paid_yuan": paid,
                         "least_yuan": least, "most_yuan": most, "payment_verdict": verdict}, index=cases.index)  # fmt: skip


def approver(yuan: float, *, outside: bool = False) -> str:
    """The lowest role that may agree to so much; outside of the rules it is the manager.

    >>> approver(50), approver(51), approver(501), approver(10, outside=True)
    ('agent', 'leader', 'manager', 'manager')
    """
    return str(_approval(np.array([yuan]), np.array([outside]))[0])


def _approval(yuan: np.ndarray, outside: np.ndarray) -> pd.Categorical:
    limits = approval_limits()["up_to_yuan"].to_numpy()[:2]
    level = np.where(outside, 2, np.searchsorted(limits, yuan - 0.005, side="left"))
    return pd.Categorical.from_codes(level, categories=ROLES, ordered=True)


def _is_one_of(names: pd.Series, some: tuple[str, ...]) -> np.ndarray:
    # Each name is looked at once, not once a row.
    codes, seen = pd.factorize(names)
    return np.array([str(one) in some for one in seen], dtype=bool)[codes] if len(names) else np.zeros(0, dtype=bool)


def _cents(yuan: np.ndarray) -> np.ndarray:
    # Half cents go away from 0, as on a receipt; without the hair 0.285 would round down in binary.
    return np.copysign(np.floor(np.abs(yuan) * 100 + (0.5 + 1e-7)) / 100, yuan)


def _refuse(claims: pd.DataFrame) -> None:
    for name in ("postage_yuan", "declared_yuan", "proved_yuan"):
        refuse_rows(claims[name] < 0, _("{name} is below 0").format(name=name), _("Write what it was in yuan."))
    share = claims["lost_part"]
    refuse_rows(
        (share <= 0) | (share > 1), _("lost_part lies outside 0 to 1"), _("Write the part that was lost; all of it is 1, half is 0.5.")
    )
    refuse_rows(claims["insured"].astype(bool) & claims["declared_yuan"].isna(), _("An insured parcel has no declared_yuan"),
                _("Look up the value declared on the waybill."))  # fmt: skip
    refuse_rows(~claims["fault"].isin(FAULTS), _("fault is unknown"), _("Use one of: {known}.").format(known=", ".join(FAULTS)))
    from crmlib.company.schema import TABLES

    known = {*TABLES["cases"]["cause"].categories, *GOODS}
    refuse_rows(~claims["what"].isin(known), _("what is unknown"), _("Use one of: {known}.").format(known=", ".join(sorted(known))))


def _rule(
    insured: np.ndarray, proved: np.ndarray, goods: np.ndarray, ours: np.ndarray, capped: np.ndarray, over: np.ndarray
) -> pd.Categorical:
    ways = [goods & ~ours, ~goods, insured & proved, insured, ~proved, over, ~capped]
    return pd.Categorical.from_codes(np.select(ways, range(len(ways)), len(ways)), categories=_GOODS_RULES)


def _lines(row: pd.Series) -> pd.DataFrame:
    rules = compensation_rules()
    value = rules["value"]
    goods_rule = str(row["rule"])
    first = {"uninsured_cap": "uninsured", "": ""}.get(goods_rule, goods_rule)
    told = [("goods", row["goods_yuan"], first), ("over_cap", row["over_cap_yuan"], "uninsured_cap"),
            ("postage", row["postage_back_yuan"], "delay_refund" if row["what"] == "delay" else "loss_refund"),
            ("good_will", row["goodwill_yuan"], "goodwill_least")]  # fmt: skip
    kept = [(item, float(yuan), rule) for item, yuan, rule in told if yuan or (item == "goods" and first)]
    lines = pd.DataFrame(kept, columns=["pay_item", "yuan", "rule"])
    lines["why"] = [_in_figures(item, row, rules.at[rule, "words"], value) for item, _yuan, rule in kept]
    for name in ("according_to", "how_sure"):
        lines[name] = [rules.at[rule, name] for rule in lines["rule"]]
    return lines


def _in_figures(item: str, row: pd.Series, words: str, rule: pd.Series) -> str:
    postage, part = row["postage_yuan"], row["lost_part"]
    if item == "goods" and row["rule"] == "uninsured_least":
        sums = _("{times:g} × {postage:g} yuan postage × {share:.0%} lost").format(
            times=rule["uninsured_least"], postage=postage, share=part
        )
    elif item == "goods" and row["rule"] == "insured_unproved":
        sums = _("{paid:.0%} of {declared:g} yuan declared × {share:.0%} lost").format(
            paid=rule["insured_unproved"], declared=row["declared_yuan"], share=part)  # fmt: skip
    elif item == "goods" and row["rule"] == "insured":
        sums = _("the lower of {declared:g} yuan declared and {value:g} yuan proved × {share:.0%} lost").format(
            declared=row["declared_yuan"], value=row["proved_yuan"], share=part)  # fmt: skip
    elif item == "goods" and row["rule"] != "not_our_fault":
        sums = _("{value:g} yuan proved × {share:.0%} lost").format(value=row["proved_yuan"], share=part)
    elif item == "over_cap":
        sums = _("cap {times:g} × {postage:g} yuan postage").format(times=rule["uninsured_cap"], postage=postage)
    else:
        return words
    return in_a_row(words, _("({sums})").format(sums=sums))
