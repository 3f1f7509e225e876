"""The orchestrator's sentences as the router reads them, each made from the template that the orchestrator writes.

A language model reads the same sentences: briefings, questions of colleagues, errors of functions.
"""

from __future__ import annotations

import re

from orchestrator.core import wording
from orchestrator.core.memory.transcript import Speaker
from orchestrator.local.brain.language import normalized
from orchestrator.team.functions import ASK, WRITE

PLACE = re.compile(r"\\\{(\w+)(?:!r)?\\\}")  # a place to fill in, in a template that was escaped


def expression(template: str) -> str:
    """Return a regular expression for a template: each place to fill in is a group of its name."""
    named: set[str] = set()

    def group(place: re.Match[str]) -> str:
        name = place.group(1)
        if name in named:
            return rf"(?P={name})"
        named.add(name)
        return rf"(?P<{name}>.+?)"

    return PLACE.sub(group, re.escape(template))


def pattern(template: str) -> re.Pattern[str]:
    """Return what matches a template that fills a whole line."""
    return re.compile(f"^{expression(template)}$", re.MULTILINE)


ENDING = pattern(wording.ENDING)
# How the briefing of an agent begins that has no caller: it is asked something, or written to.
CONSULTED = (pattern(wording.ROLE), pattern(wording.WRITTEN_TO))
CONSULT = re.compile(f"^{expression(ASK)}")  # how the description of a consult begins

MESSAGE = re.compile(f"^{expression(WRITE)}")  # how the description of a message begins
# What other agents and the desk tell an agent, to be spoken of.
NEWS = (pattern(wording.MESSAGE_FROM), *map(pattern, (wording.SAY_FROM_DESK, wording.NOTE_FROM_DESK)))

# What it is told about a person who does not come, or has gone; the reason of a briefing, when it is another agent.
IN_VAIN = tuple(re.compile(expression(told)) for told in (wording.NOBODY_CAME, wording.PERSON_GONE))

# Lines of a briefing.
HANDED_OVER = pattern(wording.HANDED_OVER)
GIVEN_BACK = pattern(wording.GIVEN_BACK)
REASON = pattern(wording.REASON)
HAND_BACK_WHEN_DONE = pattern(wording.HAND_BACK)
SAID = wording.SAID_SO_FAR.partition("{")[0].strip()
CALLER_LINE = re.compile(rf"^{Speaker.CALLER.value}: (.+)$", re.MULTILINE)

# Errors of functions.
TRANSFER_FAILED = pattern(wording.TRANSFER_FAILED)
CONSULT_FAILED = pattern(wording.NO_ANSWER)
TOO_MANY_HANDOFFS = pattern(wording.TOO_MANY_HANDOFFS)
NOTHING_SAID_SINCE = pattern(wording.JUST_CAME)
RUN_TOO_OFTEN = pattern(wording.RAN_ALREADY)


def said_lines(briefing: str) -> list[tuple[bool, str]]:
    """Return the lines of a briefing that tell what was said: whether the caller said it, and what."""
    _, found, said = briefing.partition(SAID)
    told = (line.partition(": ") for line in said.splitlines()) if found else ()
    return [(who == Speaker.CALLER.value, normalized(text)) for who, _, text in told if text]


def caller_lines(briefing: str) -> list[str]:
    """Return what the caller said, from the lines of a briefing, the newest first."""
    return [normalized(line) for line in CALLER_LINE.findall(briefing)[::-1]]
