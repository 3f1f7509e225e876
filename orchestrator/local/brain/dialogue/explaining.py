"""Why a turn was answered as it was, without the caller's words, which may be secret."""

from __future__ import annotations

from typing import Any

from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.port import FunctionTool
from orchestrator.local.brain.understanding.choice import Choices
from orchestrator.local.brain.understanding.parameter import parameters

FUNCTIONS = 3  # that an explanation names


def explained(why: str, heard: Heard, choices: Choices, about: FunctionTool | None, asked: str) -> dict[str, Any]:
    """Return why something was decided: what fits how well, what a sentence does, and what it has values of.

    It is `about` a function of which one parameter was asked for, or about none.
    """
    ranked = choices.ranked(heard.text)[:FUNCTIONS]
    found: dict[str, Any] = {
        "why": why,
        "candidates": {str(tool["name"]): round(score, 2) for score, tool in ranked},
        "known_answer": round(choices.answer(heard.text)[0], 2),
        "acts": sorted(act.value for act in heard.acts),
    }
    if heard.doings:
        doing = max(heard.doings, key=heard.doings.__getitem__)
        found["does"] = {doing.value: round(heard.doings[doing], 2)}
    if about is not None and (learnt := choices.learnt_values(about)):
        values = learnt(heard.text, parameters(about), asked)
        found["values"] = {name: round(best.likelier, 1) for name, likely in values.items() for best in likely.best(1)}
    return found
