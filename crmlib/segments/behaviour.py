"""Classes by behaviour: how recently, how often and for how much a customer ships."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlib.checks import refuse_rows
from crmlib.i18n import _
from crmlib.segments.per_customer import customer_table, day, numbers
from crmlib.standards import get

RULES = ("rank", "quantile")
GROUPS = {
    (True, True, True): "important_active",
    (True, False, True): "important_develop",
    (False, True, True): "important_slipping",
    (False, False, True): "important_at_risk",
    (True, True, False): "small_active",
    (True, False, False): "small_develop",
    (False, True, False): "small_slipping",
    (False, False, False): "small_at_risk",
}


def rfm_rule() -> pd.DataFrame:
    """The eight groups of R, F and M, as a table.

    Answers: which combination of recent, frequent and large makes which group?

    Returns
    -------
    DataFrame, eight rows
        r_high, f_high, m_high (bool: the score lies above the middle of the scale, so 4 or 5 of five), group (code;
        :func:`segment_label` names it)

    Source: Hughes, *Strategic Database Marketing* (1994) for R, F and M; the eight groups are those usual in Chinese practice.

    >>> rfm_rule().query("r_high and f_high and m_high").group.tolist()
    ['important_active']
    """
    return pd.DataFrame([(*key, group) for key, group in GROUPS.items()], columns=["r_high", "f_high", "m_high", "group"])


def rfm(activity: pd.DataFrame, *, today: object, bins: int | None = None, rule: str = "rank") -> pd.DataFrame:
    """Score each customer's recency, frequency and monetary value from 1 to `bins`.

    Answers: who ships still, often, and for good money, and who did so once but has gone quiet?

    Parameters
    ----------
    activity : DataFrame, one row a customer
        customer_id (a column or the index), last_on (date), parcels (count), revenue_yuan; from :func:`customer_activity`.
    today : date, datetime or text such as "2026-11-01"
        The day from which recency counts; no customer may have shipped after it.
    bins : int, 2–9, optional
        Scores a measure. Without it: the standard rfm.bins.
    rule : "rank" or "quantile"
        "rank": customers are lined up, and the line is cut into `bins` stretches that differ by at most one customer. Customers with
        the same value stand in order of customer_id, so that two equal customers can get different scores.
        "quantile": a score is 1 plus the number of the cut values (for five: the 20, 40, 60 and 80% quantiles) that lie below
        the value. Equal customers get equal scores, but groups differ in size, and with many ties some scores stay unused.

    Returns
    -------
    DataFrame, indexed by customer_id, in the order of `activity`
        recency_days, frequency (parcels), monetary (yuan), r, f, m (1 to `bins`, `bins` is best: few days, many parcels, much money),
        rfm (text such as "555"), group (category: see :func:`rfm_rule`)

    Raises
    ------
    ValueError
        A column or value is missing, a customer stands twice or shipped after `today`, there are fewer customers than `bins`,
        `bins` or `rule` is unknown.

    Source: Hughes, *Strategic Database Marketing* (1994).

    >>> activity = pd.DataFrame({
    ...     "customer_id": ["c1", "c2"], "parcels": [40, 2], "revenue_yuan": [400.0, 90.0],
    ...     "last_on": pd.to_datetime(["2026-10-30", "2026-05-01"])})
    >>> rfm(activity, today="2026-11-01", bins=2)[["recency_days", "rfm"]].values.tolist()
    [[2, '222'], [184, '111']]
    """
    bins = get("rfm.bins", unit="count") if bins is None else bins
    if isinstance(bins, bool) or not isinstance(bins, (int, np.integer)) or not 2 <= bins <= 9:
        raise ValueError(_("bins is {value}; it must be a whole number from 2 to 9.").format(value=bins))
    if rule not in RULES:
        raise ValueError(
            _('There is no rule "{rule}". Use "rank" (equal groups) or "quantile" (equal customers, equal scores).').format(rule=rule)
        )
    table = customer_table(activity, ["last_on", "parcels", "revenue_yuan"], "activity")
    if len(table) < bins:
        raise ValueError(_("{count} customer(s) cannot be put into {bins} groups. Choose fewer bins.").format(count=len(table), bins=bins))
    days = days_since(table["last_on"], day(today, "today")).to_numpy()
    parcels, money = numbers(table["parcels"], "parcels").to_numpy(), numbers(table["revenue_yuan"], "revenue_yuan").to_numpy()
    goodness = (-days, parcels, money)
    if rule == "rank":
        ids = pd.factorize(table.index, sort=True)[0]
        r, f, m = (_rank_scores(values, ids, bins) for values in goodness)
    else:
        r, f, m = (_quantile_scores(values, bins) for values in goodness)
    middle = (bins + 1) / 2
    place = np.zeros((2, 2, 2), dtype=np.int8)
    for number, high in enumerate(GROUPS):
        place[tuple(map(int, high))] = number
    groups = place[tuple((score > middle).astype(np.intp) for score in (r, f, m))]
    return pd.DataFrame({
        "recency_days": days,
        "frequency": parcels.astype(np.int64) if (parcels == np.round(parcels)).all() else parcels,
        "monetary": money,
        "r": r,
        "f": f,
        "m": m,
        "rfm": pd.array(100 * r + 10 * f + m).astype("str"),
        "group": pd.Categorical.from_codes(groups, categories=list(GROUPS.values())),
    }, index=table.index)  # fmt: skip


def days_since(dates: pd.Series, today: pd.Timestamp) -> pd.Series:
    """Whole days from each of `dates` to `today`; a date that is missing, text or later than `today` is refused.

    >>> days_since(pd.Series(pd.to_datetime(["2026-10-30"]), name="last_on"), pd.Timestamp("2026-11-01")).tolist()
    [2]
    """
    name = dates.name
    found = pd.to_datetime(dates, errors="coerce", format=None if pd.api.types.is_datetime64_any_dtype(dates) else "ISO8601")
    refuse_rows(
        found.isna(), _("{name} is missing or no date").format(name=name), _('Write dates like "2026-11-01", or drop these customers.')
    )
    if found.dt.tz is not None:
        found = found.dt.tz_localize(None)
    passed = (today.tz_localize(None).normalize() - found.dt.normalize()).dt.days
    refuse_rows(
        passed < 0,
        _("{name} is later than today ({today:%Y-%m-%d})").format(name=name, today=today),
        _("Add up the waybills with end=today, or choose a later day."),
    )
    return passed


def _rank_scores(values: np.ndarray, ids: np.ndarray, bins: int) -> np.ndarray:
    """Ranks 1…n cut at their quantiles, in whole numbers so that no rounding moves a customer across a cut."""
    order = np.lexsort((ids, values))
    place = np.empty(len(values), dtype=np.int64)
    place[order] = np.arange(len(values))
    return np.maximum(1, -(-place * bins // (len(values) - 1)))


def _quantile_scores(values: np.ndarray, bins: int) -> np.ndarray:
    cuts = np.quantile(values, np.arange(1, bins) / bins)
    return np.searchsorted(cuts, values, side="left") + 1
