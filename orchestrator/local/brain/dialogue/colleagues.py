"""How the router works with colleagues: it advises them, does what they need first, and takes callers back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.local.brain.dialogue import patterns
from orchestrator.local.brain.dialogue.filling import CLEARER, ENOUGH, REASON, Filling
from orchestrator.local.brain.dialogue.routes import (
    NEEDED_FIRST,
    PastCall,
    briefing,
    is_consult,
    is_message,
    is_transfer,
    past_calls,
    reasons,
    requiring,
    since_briefing,
    since_the_caller_spoke,
    way_back,
)
from orchestrator.local.brain.port import Action, CallFunction, Item, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import slots
from orchestrator.local.brain.understanding.choice import Choices, informs, only_names
from orchestrator.local.brain.understanding.parameter import parameters
from orchestrator.protocol.items import words
from orchestrator.team.functions import HAND_BACK, transfer_name


class Colleagues:
    """One agent's side of its work with other agents."""

    def __init__(self, choices: Choices, filling: Filling, items: Sequence[Item]) -> None:
        # What the agent can do, and how well words match it.
        self._choices = choices
        # Collects what function calls need.
        self._filling = filling
        # The session's items.
        self._items = items

    def after_refusal(self) -> list[Action]:
        """Do what a refused call needs first, or ask for it; nothing if that was already done or answered."""
        since = since_the_caller_spoke(self._items)
        last = since[-1] if since else None
        if last is None or "error" not in last.output:
            return []
        first = last.output.get("call_first")
        tool = next((tool for tool in self._choices.tools if tool["name"] == first), None)
        if tool is not None and all(call.name != first for call in since):
            reason = f"{NEEDED_FIRST} {phrases.plain(last.name)}: {last.wish}"[:REASON]
            known = {"reason": reason} if is_transfer(tool) else {}
            return self._filling.begin(tool, last.wish, known)
        asked = last.output.get("ask_for", ())
        answered = any(name in last.arguments for name in asked)  # with something that the call does not accept
        return self._retry(last) if asked and not answered and tool is None else []

    def take_back(self, briefing: str) -> list[Action]:
        """Go on with a caller who is given back: with what they want now, or with the call that was refused before.

        What was answered before they were sent away is not answered again.
        """
        found = patterns.GIVEN_BACK.search(briefing)
        if found is None:
            return []
        left_by = transfer_name(found["source"])
        if wish := new_wish(briefing):
            others = [tool for tool in self._choices.tools if tool["name"] not in (left_by, HAND_BACK)]
            ranked = self._choices.ranked(wish, others)
            score, known = self._choices.answer(wish)
            if known and score >= max(ENOUGH, ranked[0][0] if ranked else 0.0):
                return [Say(known)]
            if ranked and ranked[0][0] >= ENOUGH:
                return self._filling.begin(ranked[0][1], wish)
        elif refused := sent_away_for(self._items, left_by):
            return self._retry(refused)
        return [Say(phrases.taking_over(self._choices.tools))]

    def onward(self) -> list[Action]:
        """Go on with what the last call was only a step to: a call that was refused before it, or the caller's wish."""
        calls = past_calls(self._items)
        done = calls[-1].name
        before = (call for call in reversed(calls[:-1]) if call.name != done)
        refused = next((call for call in before if call.output.get("call_first") == done), None)
        if refused is not None:
            later = calls[calls.index(refused) + 1 : -1]
            return [] if any(call.name == refused.name for call in later) else self._retry(refused)
        note = briefing(self._items)
        since = {call.name for call in since_briefing(self._items)}
        wishes = [text for text in patterns.caller_lines(note) if not only_names(text)]
        step = next((tool for tool in self._choices.tools if tool["name"] in since), None)
        if len(since) != 1 or not wishes or step is None or not informs(step):
            return []  # what does something is no step to something else
        ways = [tool for tool in self._choices.tools if is_transfer(tool) and tool["name"] != way_back(note)]
        for text in dict.fromkeys([*reasons(note), *wishes[:1]]):
            ranked = self._choices.ranked(text, ways)
            own = max((score for score, tool in self._choices.ranked(text) if tool["name"] in since), default=0.0)
            if ranked and ranked[0][0] >= max(ENOUGH, own + CLEARER):
                return self._filling.begin(ranked[0][1], text)
        return []

    def _retry(self, refused: PastCall) -> list[Action]:
        """Make a call again that was refused before."""
        tool = next((tool for tool in self._choices.tools if tool["name"] == refused.name), None)
        if tool is None:
            return []
        tool = requiring(tool, refused.output.get("ask_for", ()))
        return self._filling.begin(tool, refused.wish, refused.arguments)

    def advise(self, question: str) -> list[Action]:
        """Answer a colleague from what is known, or call a function whose arguments are all given; ask nothing back."""
        able = [tool for tool in self._choices.tools if not is_transfer(tool)]
        ranked = self._choices.ranked(question, able)
        score, known = self._choices.answer(question)
        if known and score >= max(ENOUGH, ranked[0][0] if ranked else 0.0):
            return [Say(known)]
        if not ranked or (ranked[0][0] < ENOUGH and len(able) > 1):
            return [Say(phrases.DO_NOT_KNOW)]
        tool = ranked[0][1]
        if is_consult(tool):
            return [CallFunction(str(tool["name"]), {"question": question})]
        if is_message(tool):
            return [CallFunction(str(tool["name"]), {"text": question})]
        arguments: dict[str, Any] = {}
        for line in (question, *patterns.caller_lines(words(self._items[0]))):
            open_ones = [parameter for parameter in parameters(tool) if parameter.name not in arguments]
            arguments |= slots.fill(open_ones, line, self._filling.context(tool))
        missing = [one for one in parameters(tool) if one.required and one.name not in arguments]
        return [Say(phrases.missing(missing))] if missing else [CallFunction(str(tool["name"]), arguments)]


def new_wish(briefing: str) -> str:
    """Return why the caller is given back, if the reason is in their own words, else ""."""
    reason = patterns.REASON.search(briefing)
    return reason["reason"] if reason and reason["reason"] in " ".join(patterns.caller_lines(briefing)[::-1]) else ""


def sent_away_for(items: Sequence[Item], transfer: str) -> PastCall | None:
    """Return the refused call for which the caller was transferred last; None when they were not sent for one."""
    calls = past_calls(items)
    last = max((at for at, call in enumerate(calls) if call.name == transfer), default=0)
    before = calls[last - 1] if last else None
    return before if before and before.output.get("call_first") == transfer else None
