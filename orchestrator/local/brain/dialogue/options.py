"""Which of the times that were named a caller means: "the evening one", "the first one"."""

from __future__ import annotations

from orchestrator.local.brain.language import Expression
from orchestrator.local.brain.understanding import times

ONE_OF_THEM = Expression("one_of_them")
EARLIER, LATER = Expression("earlier_one"), Expression("later_one")
MORNING, EVENINGS, DAY_PART = Expression("morning"), Expression("evenings"), Expression("day_part")
NOON, EVENING = "12:00", "17:00"


def chosen_time(text: str, said: str) -> str:
    """Return the time of those in what was said that a text means, as `HH:MM`; "" when it means none."""
    named = ONE_OF_THEM.search(text)
    offered = [time.resolved("") for time in times.find(said)]
    if named is None or len(offered) < 2:
        return ""
    which = named["which"]
    if part := DAY_PART.search(which):
        offered = [time for time in offered if _is_in(time, part.group(0))]
    elif EARLIER.search(which):
        offered = offered[:1]
    elif LATER.search(which):
        offered = offered[1:] if len(offered) == 2 else offered[-1:]
    return offered[0] if len(offered) == 1 else ""


def _is_in(time: str, part: str) -> bool:
    """Return whether a time lies in a part of the day."""
    if MORNING.search(part):
        return time < NOON
    late = time >= EVENING
    return time >= NOON and (late if EVENINGS.search(part) else not late)
