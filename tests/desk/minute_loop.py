"""Clocks by walking minute after minute: slow, and written without a look at crmlib's way."""

from __future__ import annotations

import datetime as dt

MINUTE = dt.timedelta(minutes=1)


def is_open(moment: dt.datetime, hours: list[tuple[str, str]], days_off: set[dt.date], days_worked: set[dt.date]) -> bool:
    """Whether a desk with these hours on working days is open at a moment; hours may run past midnight."""
    for day in (moment.date(), moment.date() - dt.timedelta(days=1)):
        works = day in days_worked or (day.weekday() < 5 and day not in days_off)
        for begin, end in hours if works else []:
            opens, closes = _at(day, begin), _at(day, end)
            closes += dt.timedelta(days=1) if closes <= opens else dt.timedelta(0)
            if opens <= moment < closes:
                return True
    return False


def _at(day: dt.date, text: str) -> dt.datetime:
    hour, minute = map(int, text.split(":"))
    return dt.datetime.combine(day, dt.time()) + dt.timedelta(hours=hour, minutes=minute)


def runs(events: list[tuple[dt.datetime, str, str]], rule, as_of: dt.datetime) -> list[tuple[dt.datetime, dt.datetime, bool]]:
    """(start, stop, still running) of each stretch of a rule."""
    known = [event for event in events if event[0] <= as_of]
    kinds = [kind for _at, kind, _reason in known]
    begins = [place for place, kind in enumerate(kinds) if kind in rule.starts]
    if not begins:
        return []
    found = []
    if rule.counts == "each":
        for place in range(begins[0], len(known)):
            if kinds[place] in rule.starts:
                later = [other for other in range(place + 1, len(known)) if kinds[other] in rule.starts + rule.stops]
                found.append((known[place][0], known[later[0]][0] if later else as_of, not later))
        return found
    later = [other for other in range(begins[0] + 1, len(known)) if kinds[other] in rule.stops]
    if rule.counts == "last" and later and "reopened" in kinds[later[-1] + 1 :]:
        later = []
    stop = later[0 if rule.counts == "first" else -1] if later else None
    return [(known[begins[0]][0], as_of if stop is None else known[stop][0], stop is None)]


def stands_still(moment: dt.datetime, events: list[tuple[dt.datetime, str, str]], pauses: tuple[str, ...]) -> bool:
    """Whether one of the reasons in `pauses` holds at a moment."""
    waits = set()
    for at, kind, reason in events:
        if at > moment:
            break
        if kind == "waiting":
            waits.add(reason)
        elif kind == "resumed":
            waits.discard(reason)
        elif kind == "resolved":
            waits = {"closed"}
        elif kind == "reopened":
            waits = set()
    return bool(waits & set(pauses))


def minute_loop(events, rule, as_of, open_at) -> list[dict]:
    """What a rule's stretches used, left out and when they were due, in minutes; `open_at` says whether a minute counts."""
    found = []
    events = sorted(events, key=lambda event: (event[0], event[1] != "opened"))
    known = [event for event in events if event[0] <= as_of]
    for start, stop, running in runs(events, rule, as_of):
        used = paused = walked = 0
        target, moment, due = round(60 * rule.hours), start, None
        while moment < stop or due is None:
            counts = rule.basis == "natural" or open_at(moment)
            still = moment < stop and stands_still(moment, known, rule.pauses)
            if counts and moment < stop:
                used, paused = used + (not still), paused + still
            walked += counts and not still
            moment += MINUTE
            if due is None and walked >= target:
                due = moment
        found.append({"start": start, "stop": stop, "running": running, "used": used, "paused": paused, "due": due})
    return found
