"""Whether callers tell what they were asked for in their own words, or ask something instead."""

from __future__ import annotations

from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.language import Expression
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.understanding.kinds import is_topic
from orchestrator.local.brain.understanding.parameter import Parameter

GIVES = (Doing.ANSWER, Doing.CORRECT)  # what answers
ABOUT, WONDERS = Expression("about"), Expression("wonders")


def gives(parameter: Parameter, heard: Heard) -> bool:
    """Return whether words answer a question for the caller's own words."""
    about = ABOUT.search(heard.text) is not None and not heard.question
    return heard.surely(*GIVES) or about or wonders(parameter, heard)


def inquires(parameter: Parameter, heard: Heard) -> bool:
    """Return whether the caller asks something, instead of telling what they want to know."""
    return heard.question and not wonders(parameter, heard)


def wonders(parameter: Parameter, heard: Heard) -> bool:
    """Return whether a caller says what they want to know, which is what they were asked for: "I want to know if …"."""
    return is_topic(parameter) and WONDERS.search(heard.text) is not None and not heard.text.rstrip().endswith("?")
