"""Who looked at whose data, when and why: a log that cannot be edited unnoticed, and the looks that are out of the ordinary."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from crmlib.checks import need_frame, require_columns, require_share
from crmlib.i18n import _
from crmlib.privacy.chain import Chain

ACCESS_REASONS = ("case", "call", "delivery", "billing", "visit", "own_request", "check", "analysis", "training")
"""Why somebody may look; own_request is the customer's own wish to see, mend or erase."""
_PERSON = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,31}\Z")
_NUMBER = re.compile(r"[A-Z][A-Z0-9-]{0,31}\Z")
_DIGITS = re.compile(r"\d{7}")


class AccessLog(Chain):
    """The log of looks at customers' data. It holds numbers of people, customers and cases, and names of tables and columns; no values.

    See :class:`Chain` for the parameters and what the seals and the anchor tell.

    Source: hash chain with a signed head, after Schneier and Kelsey (1999), "Secure audit logs to support computer forensics".

    >>> log = AccessLog("sqlite://")
    >>> log.record("A001", "agent", "contacts", ["phone"], "C00003", "call", at="2026-11-02 09:30")
    1
    >>> log.verify().ok, log.table().columns.tolist()
    (True, ['entry', 'at', 'person_id', 'role', 'table', 'columns', 'customer_id', 'why'])
    """

    table_name = "access_log"
    fields = ("at", "person_id", "role", "table", "columns", "customer_id", "why")

    def record(
        self, who: str, role: str, table: str, columns: Iterable[str], customer_id: str | Iterable[str], why: str, *, at: object = None
    ) -> int:
        """Write down a look, one entry a customer, before the data are shown.

        Parameters
        ----------
        who : the person's number or login, such as "A001"
        role : one of `crmlib.privacy.ROLES`
        table, columns : what was looked at, by the names in the firm's contracts
        customer_id : one number, or several for a list
        why : one of ACCESS_REASONS, or the number of a case, such as "K000012"; no words of one's own, which could hold personal information
        at : moment; without it: now

        Returns
        -------
        int
            The number of the last entry.

        Raises
        ------
        ValueError
            Something is not as above; the log does not agree with its anchor; or the database refuses.
        """
        from crmlib.company.schema import TABLES
        from crmlib.privacy.roles import ROLES

        columns = [columns] if isinstance(columns, str) else list(columns)
        customers = [customer_id] if isinstance(customer_id, str) else list(customer_id)
        if not isinstance(who, str) or not _PERSON.match(who) or _DIGITS.search(who):
            raise ValueError(
                _("who must be a staff number or login such as A001, without spaces; the log holds no names or telephone numbers.")
            )
        if role not in ROLES:
            raise ValueError(_("There is no role {role}. Roles: {roles}.").format(role=role, roles=", ".join(ROLES)))
        if table not in TABLES:
            raise ValueError(_("There is no table {table}. Tables: {tables}.").format(table=table, tables=", ".join(TABLES)))
        unknown = [str(name) for name in columns if name not in TABLES[table].names]
        if unknown or not columns:
            raise ValueError(_("The table {table} has no column {columns}. It has: {have}.").format(
                table=table, columns=", ".join(unknown) or "–", have=", ".join(TABLES[table].names)))  # fmt: skip
        if not customers or not all(isinstance(each, str) and _NUMBER.match(each) for each in customers):
            raise ValueError(
                _("customer_id must be a customer's number such as C00017, or a list of them; nothing else goes into the log.")
            )
        if why not in ACCESS_REASONS and not (isinstance(why, str) and re.fullmatch(r"[A-Z]\d{1,9}", why)):
            raise ValueError(
                _("why must be one of {reasons}, or the number of a case such as K000012.").format(reasons=", ".join(ACCESS_REASONS))
            )
        moment = pd.Timestamp.now().floor("s") if at is None else moment_of(at, "at")
        return self._append([
            {"at": moment.isoformat(), "person_id": who, "role": role, "table": table, "columns": ", ".join(columns),
             "customer_id": each, "why": why} for each in customers
        ])  # fmt: skip

    def table(self) -> pd.DataFrame:
        """All looks in order: entry, at, person_id, role, table, columns, customer_id, why."""
        found = super().table()
        return found.assign(at=pd.to_datetime(found["at"], format="ISO8601"))


def unusual_access(log: AccessLog | pd.DataFrame, *, false_alarms: float = 0.05) -> pd.DataFrame:
    """Who looked at unusually many customers on a day, against the other people of the same role.

    Answers: does somebody look up customers out of curiosity, or to sell the list?

    A person's customers of a day are held against all days of the others in the role, as draws from a negative binomial distribution with
    their mean and variance. An alarm is a question to ask, no proof: a campaign day explains many.

    Parameters
    ----------
    log : AccessLog, or a frame with at, person_id, role, customer_id
    false_alarms : at most this chance that honest people cause any alarm in the whole report (Bonferroni over all person-days), 0 to 1

    Returns
    -------
    DataFrame, one row a person and day, the most unusual first
        person_id, role, day, customer_count, usual_count (the others' mean), p_value, alarm (yes/no). Where a role has fewer than
        five person-days of others, p_value is empty and there is no alarm.

    Raises
    ------
    ValueError
        A column is missing, or `false_alarms` is no share.

    Source: the test is ours; "the other days are alike" is an assumption, checked by simulation in the tests.

    >>> day = pd.Timestamp("2026-11-02")
    >>> looks = [(day, who, "agent", f"C{n}") for who, many in {"A1": 4, "A2": 5, "A3": 6, "A4": 5, "A5": 4, "A6": 90}.items() for n in range(many)]
    >>> found = unusual_access(pd.DataFrame(looks, columns=["at", "person_id", "role", "customer_id"]))
    >>> found.loc[found.alarm, "person_id"].tolist()
    ['A6']
    """
    from scipy import stats

    require_share("false_alarms", false_alarms)
    frame = log.table() if isinstance(log, AccessLog) else log
    need_frame(frame, "log")
    require_columns(frame.columns, ["at", "person_id", "role", "customer_id"])
    days = pd.to_datetime(frame["at"]).dt.normalize().rename("day")
    counts = frame.groupby([frame["person_id"], frame["role"], days])["customer_id"].nunique().rename("customer_count").reset_index()
    x = counts["customer_count"].astype(float)
    by_role, by_person = counts["role"], [counts["role"], counts["person_id"]]
    n, total, squares = (
        values.groupby(by_role).transform("sum") - values.groupby(by_person).transform("sum") for values in (x * 0 + 1, x, x**2)
    )
    mean = total / n.where(n >= 5)
    # The others' mean is uncertain by a part 1/n of the variance, and the variance too: an upper bound keeps alarms below the stated rate.
    bound = (squares - n * mean**2) / stats.chi2.ppf(0.1, n - 1)
    variance = np.maximum(bound, mean * 1.0001) * (1 + 1 / n)
    p_value = stats.nbinom.sf(x - 1, mean**2 / (variance - mean), mean / variance)
    found = counts.assign(usual_count=mean, p_value=p_value)
    found["alarm"] = found["p_value"] < false_alarms / max(len(found), 1)
    return found.sort_values(["p_value", "person_id", "day"], ignore_index=True)


def moment_of(value: object, name: str) -> pd.Timestamp:
    """`value` as a moment, or a sentence."""
    try:
        moment = pd.Timestamp(value)
    except (ValueError, TypeError):
        moment = pd.NaT
    if pd.isna(moment) or isinstance(value, (int, float)):
        raise ValueError(_("{name} is {value}; write a moment such as 2026-11-02 09:30.").format(name=name, value=value))
    return moment.tz_localize(None)
