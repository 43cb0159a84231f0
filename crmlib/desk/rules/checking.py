"""Everything that is wrong with a rule file, each with its place and how to mend it."""

from __future__ import annotations

from difflib import get_close_matches
from string import Formatter
from typing import Any

import pandas as pd

from crmlib.desk.rules import table_files
from crmlib.desk.rules.conditions import Condition, walk
from crmlib.desk.rules.fields import EVENTS, FIRM_EVENTS, PARCEL_EVENTS, Field, fields_of
from crmlib.desk.rules.table_files import COLUMNS, Raw
from crmlib.i18n import _

WHO = ("sender", "recipient", "account_manager", "crisis_group")
CHANNELS = ("wecom", "dingtalk", "sms", "email")
PREFERRED, CONTROL = "preferred", "control"
SETTINGS = {"customer_cap_count": 5, "customer_cap_days": 7}
_NEEDED = {
    "rules": ("rule_id", "name_zh", "name_en", "event", "who", "channel", "template"), "templates": ("template", "text_zh", "text_en"),
    "experiments": COLUMNS["experiments"], "settings": COLUMNS["settings"],
}  # fmt: skip
_DEFAULTS = {"enabled": True, "condition": "", "priority": 100, "quiet_then": "wait"}
_LONGEST = 500
_BUILT_IN = ("abs", "all", "any", "max", "min", "sum", "split")
_FULL_WIDTH = "“”‘’（），＝＞＜！；"


class Checked:
    """A rule file as it was checked: `tables` (a frame a sheet, defaults filled in), `conditions` by rule, `problems`."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self.problems: list[dict[str, Any]] = []
        self.conditions: dict[str, Condition] = {}
        self.sheets = {sheet: [self._plain(sheet, row, entry) for row, entry in enumerate(entries)] for sheet, entries in raw.sheets.items()}
        for sheet, number, column in raw.strange:
            self._strange(sheet, number, column)
        for sheet, key in (("rules", "rule_id"), ("templates", "template")):
            self._once(sheet, key)
        self._settings()
        self._arms = self._experiments()
        if not self.sheets["rules"]:
            self.say("rules", 0, "rule_id", _("there is no rule"), _("Write at least one row."))
        for row, entry in enumerate(self.sheets["rules"]):
            self._rule(row, entry)
        for row, entry in enumerate(self.sheets["templates"]):
            self._template(row, entry)

    def frame(self, sheet: str) -> pd.DataFrame:
        """The checked sheet as a frame, every column there, empty text where nothing is written."""
        rows = [{column: entry.get(column, "") for column in COLUMNS[sheet]} for entry in self.sheets[sheet]]
        return pd.DataFrame(rows, columns=list(COLUMNS[sheet]), dtype=object)

    def table(self) -> pd.DataFrame:
        """The problems: sheet, row, rule_id, column, problem, mend."""
        return pd.DataFrame(self.problems, columns=["sheet", "row", "rule_id", "column", "problem", "mend"])

    def sentences(self) -> list[str]:
        """The problems, each a sentence."""
        cell = _("{file}, sheet {sheet}, row {row}, column {column}{rule}: {problem}. {mend}")
        return [cell.format(file=table_files.Path(self.raw.path).name, sheet=each["sheet"], row=each["row"], column=each["column"] or "–",
                            rule=f" ({each['rule_id']})" if each["rule_id"] else "", problem=each["problem"], mend=each["mend"])
                for each in self.problems]  # fmt: skip

    def say(self, sheet: str, row: int, column: str, problem: str, mend: str) -> None:
        """Note a problem."""
        place = self.raw.place(sheet, row, column)
        entry = self.raw.sheets.get(sheet, [])
        rule = str(entry[row].get("rule_id", "")) if sheet == "rules" and row < len(entry) else ""
        name = f"{column} ({place.letter})" if place.letter else column
        self.problems.append({"sheet": sheet, "row": place.row, "rule_id": rule, "column": name, "problem": problem, "mend": mend})

    def _plain(self, sheet: str, row: int, entry: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {column: value for column, value in _DEFAULTS.items() if sheet == "rules"}
        for column, value in entry.items():
            try:
                found[column] = table_files.plain(column, value)
            except ValueError as error:
                self.say(sheet, row, column, _("{value} cannot be read").format(value=repr(value)), str(error))
        for column in _NEEDED[sheet]:
            if entry.get(column) is None or str(entry[column]).strip() == "":
                self.say(sheet, row, column, _("the cell is empty"), _("Fill it in."))
        return found

    def _strange(self, sheet: str, number: int, column: str) -> None:
        known = COLUMNS.get(sheet, ()) if column else tuple(COLUMNS)
        self.problems.append({
            "sheet": sheet, "row": number, "rule_id": "", "column": column, "mend": near(column or sheet, known),
            "problem": _("there is no column {name}").format(name=column) if column else _("there is no sheet {name}").format(name=sheet),
        })  # fmt: skip

    def _once(self, sheet: str, key: str) -> None:
        seen: dict[str, int] = {}
        for row, entry in enumerate(self.sheets[sheet]):
            code = str(entry.get(key, ""))
            if code and code in seen:
                self.say(sheet, row, key, _("{code} stands there twice").format(code=code), _("Give each its own."))
            seen.setdefault(code, row)

    def _settings(self) -> None:
        for row, entry in enumerate(self.sheets["settings"]):
            if entry.get("setting") and entry["setting"] not in SETTINGS:
                self.say("settings", row, "setting", _("there is no setting {name}").format(name=entry["setting"]), near(entry["setting"], SETTINGS))
            elif "value" in entry and (entry["value"] != int(entry["value"]) or entry["value"] < 1):
                self.say("settings", row, "value", _("{value} cannot be read").format(value=entry["value"]), _("Write a whole number of 1 or more."))

    def _experiments(self) -> dict[str, dict[str, float]]:
        arms: dict[str, dict[str, float]] = {}
        for row, entry in enumerate(self.sheets["experiments"]):
            mine = arms.setdefault(entry.get("experiment", ""), {})
            if entry.get("arm") in mine:
                self.say("experiments", row, "arm", _("{code} stands there twice").format(code=entry["arm"]), _("Give each its own."))
            mine[entry.get("arm", "")] = entry.get("share", 0.0)
        for row, entry in enumerate(self.sheets["experiments"]):
            name = entry.get("experiment", "")
            if name in arms and abs(sum(arms[name].values()) - 1) > 1e-9 and entry is next(e for e in self.sheets["experiments"] if e.get("experiment") == name):
                self.say("experiments", row, "share", _("the shares of {name} add up to {total:.0%}").format(name=name, total=sum(arms[name].values())),
                         _("Make them add up to 1; the arm control hears nothing."))  # fmt: skip
        return arms

    def _choice(self, row: int, entry: dict[str, Any], column: str, known: Any) -> bool:
        value = entry.get(column, "")
        if value and value not in known:
            self.say("rules", row, column, _("{value} is unknown").format(value=value), near(value, known))
            return False
        return bool(value)

    def _rule(self, row: int, entry: dict[str, Any]) -> None:
        from crmlib.privacy import PURPOSES

        known_event = self._choice(row, entry, "event", EVENTS)
        who = entry.get("who", "") if self._choice(row, entry, "who", WHO) else ""
        self._choice(row, entry, "template", [each.get("template", "") for each in self.sheets["templates"]])
        self._choice(row, entry, "quiet_then", ("wait", "drop"))
        self._choice(row, entry, "consent", PURPOSES)
        self._channels(row, entry, who)
        if known_event:
            self._condition(row, entry)
            self._person(row, entry, who)
        for one, other in (("quiet_from", "quiet_until"), ("cap_count", "cap_days")):
            for column, missing in ((one, other), (other, one)):
                if entry.get(column, "") != "" and entry.get(missing, "") == "" and missing not in self.raw.sheets["rules"][row]:
                    self.say("rules", row, missing, _("{column} needs {missing} too").format(column=column, missing=missing), _("Fill in both, or neither."))
        if entry.get("quiet_from") and entry.get("quiet_from") == entry.get("quiet_until"):
            self.say("rules", row, "quiet_until", _("the quiet hours begin and end at the same time"), _("Empty both for no quiet hours."))
        for column in ("cap_count", "cap_days"):
            if entry.get(column) == 0:
                self.say("rules", row, column, _("{value} cannot be read").format(value=0), _("Write a whole number of 1 or more."))
        if entry.get("valid_from") and entry.get("valid_until") and entry["valid_until"] < entry["valid_from"]:
            self.say("rules", row, "valid_until", _("the last day comes before the first"), _("Exchange the two days."))
        self._experiment(row, entry, who)

    def _channels(self, row: int, entry: dict[str, Any], who: str) -> None:
        several = channel_order(entry.get("channel", ""))
        for one in several:
            if one not in (PREFERRED, *CHANNELS):
                self.say("rules", row, "channel", _("{value} is unknown").format(value=one), near(one, (PREFERRED, *CHANNELS)))
        if who == "recipient" and several and "sms" not in several:
            self.say("rules", row, "channel", _("of a recipient only the phone is known"), _("Write sms."))

    def _person(self, row: int, entry: dict[str, Any], who: str) -> None:
        if who == "recipient" and entry["event"] not in PARCEL_EVENTS:
            self.say("rules", row, "who", _("{event} is about no parcel, so it has no recipient").format(event=entry["event"]), _("Write sender."))
        if who in ("account_manager", "crisis_group") and entry.get("consent"):
            self.say("rules", row, "consent", _("colleagues are not asked for consent"), _("Empty the cell."))

    def _experiment(self, row: int, entry: dict[str, Any], who: str) -> None:
        if self._choice(row, entry, "experiment", [name for name in self._arms if name]):
            self._choice(row, entry, "arm", self._arms[entry["experiment"]])
            if who == "crisis_group" and entry.get("event") in FIRM_EVENTS:
                self.say("rules", row, "experiment", _("this event has no customer who could be assigned to an arm"), _("Empty the cell."))
            if entry.get("arm") == CONTROL:
                self.say("rules", row, "arm", _("the control group hears nothing"), _("Name another arm, or leave it empty."))
        elif entry.get("arm") and not entry.get("experiment"):
            self.say("rules", row, "experiment", _("an arm belongs to an experiment"), _("Name the experiment, or empty the arm."))

    def _condition(self, row: int, entry: dict[str, Any]) -> None:
        text, fields = entry.get("condition", ""), fields_of(entry["event"])
        found = condition_problem(text, fields, entry["event"])
        if isinstance(found, Condition):
            self.conditions[str(entry.get("rule_id", ""))] = found
        else:
            self.say("rules", row, "condition", *found)

    def _template(self, row: int, entry: dict[str, Any]) -> None:
        users = [rule for rule in self.sheets["rules"] if rule.get("template") == entry.get("template") and rule.get("event") in EVENTS]
        for column in COLUMNS["templates"][1:]:
            try:
                names = template_fields(entry.get(column, ""))
            except ValueError:
                self.say("templates", row, column, _("the braces do not fit together, or hold more than a name"),
                         _("Write a field as {waybill_tail}, nothing else in braces."))  # fmt: skip
                continue
            for rule in users:
                for name in names:
                    if name not in (fields := fields_of(rule["event"])):
                        self.say("templates", row, column, _("{event}, which rule {rule} waits for, has no field {name}").format(
                            event=rule["event"], rule=rule.get("rule_id", ""), name=name), near(name, fields))  # fmt: skip


def condition_problem(text: str, fields: dict[str, Field], event: str) -> Condition | tuple[str, str]:
    """The condition, or what is wrong with it and how to mend it.

    >>> condition_problem("p_lat > 0.5", fields_of("delay_predicted"), "delay_predicted")[0]
    'delay_predicted has no field p_lat'
    """
    import rule_engine

    wrong = [sign for sign in _FULL_WIDTH if sign in text]
    if len(text) > _LONGEST:
        return _("the condition is longer than {most} characters").format(most=_LONGEST), _("Make two rules of it.")
    try:
        condition = Condition(text, fields)
    except rule_engine.errors.SymbolResolutionError as error:
        return _("{event} has no field {name}").format(event=event, name=error.symbol_name), near(error.symbol_name, fields)
    except rule_engine.errors.AttributeResolutionError as error:
        return _("there is no {name} of such a value").format(name=error.attribute_name), _("Compare fields, as in: {example}.").format(example="hours_to_promise < 6")
    except rule_engine.errors.EvaluationError:
        return _("it compares things of different kinds"), _("Texts stand in quotes, numbers do not: market == 'corporate' and hour >= 8.")
    except (rule_engine.EngineError, RecursionError) as error:
        if wrong:
            return _("{sign} is a full-width character").format(sign=wrong[0]), _("Type it with the Chinese input method off.")
        token = getattr(getattr(error, "token", None), "lexpos", None)
        where = _("at its end") if token is None else _("near “{text}”").format(text=text[token : token + 12])
        return _("it cannot be read {where}").format(where=where), _("Compare with == != < <= > >= in; join with and, or, not.")
    return _meant(condition, fields, event) or condition


def _meant(condition: Condition, fields: dict[str, Field], event: str) -> tuple[str, str] | None:
    import rule_engine

    statement = condition._rule.statement
    if statement.expression.result_type != rule_engine.DataType.BOOLEAN:
        return _("it is neither yes nor no"), _("Compare fields, as in: {example}.").format(example="hours_to_promise < 6")
    for node in walk(statement):
        name = type(node).__name__
        if name == "SymbolExpression" and node.scope and node.name not in _BUILT_IN:
            return _("${name} gives another answer tomorrow").format(name=node.name), _("Use the fields of the event: at, hour, weekday.")
        pairs: list[tuple[Any, list[Any]]] = []
        if name == "ComparisonExpression":
            pairs = [(node.left, [node.right]), (node.right, [node.left])]
        elif name == "ContainsExpression" and type(node.container).__name__ in ("ArrayExpression", "SetExpression"):
            pairs = [(node.member, list(node.container.value))]
        for symbol, literals in pairs:
            field = fields.get(getattr(symbol, "name", "")) if type(symbol).__name__ == "SymbolExpression" else None
            for literal in literals if field else ():
                kind = {"StringExpression": "text", "FloatExpression": "number", "BooleanExpression": "yes_no", "DatetimeExpression": "datetime"}.get(
                    type(literal).__name__)  # fmt: skip
                if kind and kind != field.kind:
                    return _("{name} is no {kind}").format(name=field.name, kind=_KIND_NAMES()[kind]), _("It is a {kind}.").format(
                        kind=_KIND_NAMES()[field.kind])  # fmt: skip
                if kind == "text" and field.values and literal.evaluate({}) not in field.values:
                    return _("{name} is never {value}").format(name=field.name, value=literal.evaluate({})), near(literal.evaluate({}), field.values)
    return None


def _KIND_NAMES() -> dict[str, str]:
    return {"text": _("text"), "number": _("number"), "yes_no": _("yes/no (true, false)"), "datetime": _("moment (d'2026-05-01')")}


def near(name: str, known: Any) -> str:
    """What might have been meant.

    >>> near("emial", CHANNELS)
    'Did you mean email?'
    """
    known = list(known)
    if found := get_close_matches(str(name), known, n=1, cutoff=0.5):
        return _("Did you mean {name}?").format(name=found[0])
    more = " …" if len(known) > 40 else ""
    return _("Known: {known}.").format(known=", ".join(known[:40]) + more)


def channel_order(text: str) -> list[str]:
    """The channels of a cell, in the order of fall-back: separated by commas of either kind.

    >>> channel_order("preferred， sms")
    ['preferred', 'sms']
    """
    return [part.strip() for part in str(text).replace("，", ",").replace("、", ",").split(",") if part.strip()]


def template_fields(text: str) -> list[str]:
    """The fields that a template names.

    Raises
    ------
    ValueError
        The braces do not fit together, or hold more than a name.

    >>> template_fields("Parcel {waybill_tail} is late")
    ['waybill_tail']
    """
    names = []
    for _text, name, form, how in Formatter().parse(str(text)):
        if name is not None:
            if not name.isidentifier() or form or how:
                raise ValueError(name)
            names.append(name)
    return names
