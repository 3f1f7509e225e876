"""The way to a person: for callers who ask for one, who are angry, or who were not understood twice."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.local.brain.dialogue.routes import briefing, can_give_back, is_transfer, past_calls, reasons
from orchestrator.local.brain.language import Language, current, load
from orchestrator.local.brain.port import FunctionTool, Item
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding.acts import Act, acts
from orchestrator.local.brain.understanding.choice import Choices, is_about_speaking, vocabulary
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.team.functions import HAND_BACK


def way_to_a_person(choices: Choices, items: Sequence[Item]) -> FunctionTool | None:
    """Return the function that leads to a person, or to an agent who may know one; None when there is no such way."""
    transfers = [tool for tool in choices.tools if is_transfer(tool)]
    person, front = _meaning("a_person"), _meaning("front_desk")
    for tool in transfers:
        if content(phrases.plain(str(tool["name"]))) & person or vocabulary(tool) & {"person"}:
            return tool
    messages = [tool for tool in choices.tools if not is_transfer(tool) and is_about_speaking(tool)]
    if messages:
        return messages[0]
    tried = {call.name for call in past_calls(items)}
    for tool in transfers:
        if vocabulary(tool) & front and tool["name"] not in tried:
            return tool
    back = [tool for tool in choices.tools if tool["name"] == HAND_BACK]
    return back[0] if back and can_give_back(items) and HAND_BACK not in tried else None


def was_sent_for_a_person(items: Sequence[Item], words: Language) -> bool:
    """Return whether a colleague put the caller through to this agent because they had asked for a person."""
    return any(Act.PERSON in acts(reason, words) for reason in reasons(briefing(items)))


def _meaning(name: str) -> frozenset[str]:
    """Return the words of meaning in a list of a language's file; names of agents may be English."""
    return content(current().words[name]) | content(load().words[name])
