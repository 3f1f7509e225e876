"""Tools of technical help, over the sample data in data/help.json."""

import json
from pathlib import Path
from typing import Any, Literal

DATA: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "help.json").read_text("utf-8"))
STEPS: dict[str, str] = DATA["steps"]
# A real desk would query its calendar.
FREE: dict[str, list[str]] = DATA["engineers"]  # weekday → times when an engineer is free
Problem = Literal[
    "internet down", "slow internet", "red light on the router", "forgotten password", "app crashes", "broken device"
]


def first_aid(problem: Problem) -> str:
    """Give the first step for a technical problem.

    Args:
        problem: what does not work
    """
    return f"{STEPS[problem]} If that does not help, I can send you an engineer."


def book_engineer(day: str, time: str, call: Any) -> str:
    """Book the visit of an engineer, or move it to another day or time.

    Args:
        day: the day of the visit, as "tuesday", "tomorrow" or "3 may"
        time: the time of the visit, as "14:30"
    """
    weekday = day.lower().removeprefix("on ").strip()
    if weekday in ("saturday", "sunday"):
        return "Our engineers come from Monday to Friday. Which of these days suits you?"
    free = FREE.get(weekday)
    if free is not None and _clock(time) not in free:
        return f"On {weekday.title()} an engineer is free at {' or '.join(free)}. Which time suits you?"
    relative = weekday.startswith(("today", "tomorrow", "next ", "the "))
    spoken_day = weekday if relative else f"on {weekday.title()}"
    before, visit = call.variables["visit"], f"{spoken_day} at {_clock(time)}"
    call.variables["visit"] = visit
    if before in (None, visit):
        return f"An engineer will come {visit}."
    return f"Done. The engineer comes {visit} instead of {before}."


def _clock(time: str) -> str:
    """Return a time as "14:00"; hours from one to seven are in the afternoon, when engineers work."""
    hour, _, minute = time.strip().partition(":")
    if not hour.isdigit():
        return time
    hour_of_day = int(hour) + 12 if int(hour) < 8 else int(hour)
    return f"{hour_of_day}:{minute[:2] or '00'}"
