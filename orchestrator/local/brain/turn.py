"""One turn of the caller, and what the router does about it: a call, a question, an answer, or small talk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.local.brain import numbers, phrases, slots
from orchestrator.local.brain.choice import (
    SPEAK_TO,
    Choices,
    Ranked,
    Tool,
    is_about_speaking,
    is_destructive,
    only_names,
)
from orchestrator.local.brain.colleagues import Teamwork
from orchestrator.local.brain.encoder import SentenceEncoder, content
from orchestrator.local.brain.parameter import parameters
from orchestrator.local.brain.pending import ENOUGH, NEW_SUBJECT, REASON, SURE, Asking, Pending
from orchestrator.local.brain.port import Action, CallFunction, Request, Say
from orchestrator.local.brain.results import parsed, spoken
from orchestrator.local.brain.ways import FIRST, can_give_back, is_way
from orchestrator.team.functions import HAND_BACK

MARGIN = 0.04  # two functions that are nearer than this are asked back; at 0 one wrong choice in 60 slips through
TALK = 0.6  # likeness from which a sentence is small talk: what is none reaches 0.4
RECENT = 3  # of the caller's lines before a handoff, among which their wish is looked for
CORRECTION = re.compile(
    r"\b(i meant?|actually|sorry|instead|rather|make (?:it|that)|wrong|change (?:it|that)|no,)\b", re.IGNORECASE
)
# "Cancel it" after an order was found.
REFERRING = re.compile(r"\b(it|that|this|the same|them|those)\b", re.IGNORECASE)
AND = re.compile(r",?\s+(?:and then|and also|and|also|then)\s+", re.IGNORECASE)
# What is said beside a bare number: "my order number is 48213". Orders and bills are groups of words.
BESIDE = "parcel bill customer referenc account card pin doubl tripl sur okay ok yeah well right sorry again repeat"
BESIDE_NUMBERS = frozenset(BESIDE.split())


class Turn:
    """One turn of the caller."""

    def __init__(self, encoder: SentenceEncoder, request: Request, memory: dict[str, Any]) -> None:
        # What the agent can do; nothing when the session forbids it.
        self._choices = Choices(encoder, _possible(request), request.instructions)
        # Who the agent is.
        self._instructions = request.instructions
        # The session's items.
        self._items = request.items
        # The session's memory: the pending call.
        self._memory = memory
        # Brings a call to its end.
        self._asking = Asking(self._choices, memory)
        # What it does with colleagues.
        self.team = Teamwork(self._choices, self._asking, self._items)

    def answer(self, text: str) -> list[Action]:
        """React to the caller's words."""
        pending = self._memory.pop("pending", None)
        if pending is not None:
            decided = self._asking.go_on(pending, text)
            if decided is not None:
                return decided
        return self._again(text) or self._choose(text)

    def take_over(self, briefing: str) -> list[Action]:
        """React to a handoff: do what the caller has asked for already, or ask what is needed for it."""
        self._memory.pop("pending", None)
        if back := self.team.come_back(briefing):
            return back
        said = re.findall(r"^Caller: (.+)$", briefing, re.MULTILINE)[::-1]
        reason = re.findall(rf"^Reason: (?:{FIRST} [^:]+: )?(.+)$", briefing, re.MULTILINE)
        own = [tool for tool in self._choices.tools if not is_way(tool)]
        if len(own) == 1 and can_give_back(self._items):  # whoever is sent for something is sent for this
            return self._take_up(own[0], said[0] if said else "", briefing, said[:RECENT])
        wishes = [text for text in said if not _only_numbers(text)]
        for text in dict.fromkeys([*wishes[:1], *reason, *wishes[1:RECENT]]):
            ranked = self._choices.ranked(text, own)
            if only_names(text):
                ranked = [(score, tool) for score, tool in ranked if is_about_speaking(tool)]
            if ranked and ranked[0][0] >= (SURE if text in wishes[1:] else ENOUGH):
                return self._take_up(self._best(text, ranked)[0], text, briefing, said[:RECENT])
            score, answer = self._choices.answer(text)
            if score >= SURE and text in wishes[:1] and not only_names(text):
                return [Say(answer)]
        return [Say(phrases.taking_over(own or self._choices.tools))]

    def _take_up(self, tool: Tool, text: str, briefing: str, before: Sequence[str]) -> list[Action]:
        """Do what the caller asked a colleague for, with what they have said to them."""
        said = slots.fill(parameters(tool), text)
        known = {name: value for name, value in _told(tool, briefing, before).items() if name not in said}
        return self._asking.proceed(Pending(tool, known, said=text), text, lead="I can help you with that. ")

    def _choose(self, text: str) -> list[Action]:
        """Choose a function, an answer, small talk, or say what can be done."""
        if _only_numbers(text) and (found := self._looked_up(text)):
            return self._begin(found[0], text)
        if reply := phrases.reflex(text):
            return [Say(reply.format(who=phrases.who(self._instructions)))]
        ranked = self._choices.ranked(text)
        best = ranked[0][0] if ranked else 0.0
        talk, reply = (0.0, "") if SPEAK_TO.search(text) else self._choices.small_talk(text)
        score, known = self._choices.answer(text)
        if known and score >= max(ENOUGH, talk if talk >= TALK else 0.0, best):
            return [Say(known)]
        able = phrases.abilities(self._choices.tools)
        if talk >= max(TALK, best):
            return [Say(reply.format(who=phrases.who(self._instructions), able=able))]
        if best < ENOUGH:
            if can_give_back(self._items) and len(text.split()) >= NEW_SUBJECT:
                return [CallFunction(HAND_BACK, {"reason": text[:REASON]})]
            return [Say(f"I am not sure I understood. {able} What can I do for you?")]
        best_ones = self._best(text, ranked)
        return self._begin(best_ones[0], text) if len(best_ones) == 1 else self._asking.ask_back(best_ones, text)

    def _best(self, text: str, ranked: Ranked) -> list[Tool]:
        """Return the function that is meant, or the two that are as near."""
        first, *rest = AND.split(text, maxsplit=1)
        if rest and len(first.split()) > 2:  # two wishes in one sentence: the first one, where it is clearer by itself
            apart = self._choices.ranked(first, [tool for _, tool in ranked])
            ranked = apart if apart[0][0] > ranked[0][0] else ranked
        return [tool for score, tool in ranked[:2] if ranked[0][0] - score < MARGIN]

    def _again(self, text: str) -> list[Action] | None:
        """Do the last call again with what the caller corrects, or answers to a result that was a question."""
        name, before, question = last_call(self._items)
        tool = next((tool for tool in self._choices.tools if tool["name"] == name), None)
        if tool is None or is_way(tool) or not (question or CORRECTION.search(text)):
            return None
        ranked = self._choices.ranked(text)
        if ranked[0][1]["name"] != name and ranked[0][0] >= SURE:
            return None
        wanted = parameters(tool)
        read = slots.fill(wanted, text)
        if question and not read:
            typed = [one for one in wanted if one.required and slots.is_definite(one)]
            read = next((found for one in typed if (found := slots.fill([one], text, answer=True))), {})
        return self._asking.proceed(Pending(tool, {**before, **read}, said=text), "") if read else None

    def _looked_up(self, text: str) -> list[Tool]:
        """Return the functions that a bare number can be for: harmless ones that need one, the last used first."""
        last, _, _ = last_call(self._items)
        fitting: list[tuple[bool, int, Tool]] = []
        for tool in self._choices.tools:
            numbered = [one for one in parameters(tool) if one.required and slots.is_identifier(one)]
            if numbered and not is_destructive(tool) and not is_way(tool):
                named = len(content(numbered[0].about) & content(text))
                fitting.append((named == 0, tool["name"] != last, tool))
        return [tool for *_, tool in sorted(fitting, key=lambda entry: entry[:2])]

    def _begin(self, tool: Tool, text: str) -> list[Action]:
        """Make a call, or ask for what it needs; "it" and "that" are what the last calls were about."""
        referred = self._referred(tool) if REFERRING.search(text) else {}
        said = slots.fill(parameters(tool), text)
        arguments = {name: value for name, value in referred.items() if name not in said}
        return self._asking.proceed(Pending(tool, arguments, said=text), text)

    def _referred(self, tool: Tool) -> dict[str, Any]:
        """Return the numbers that the last calls were about, for "it" and "that"."""
        wanted = {one.name for one in parameters(tool) if slots.is_identifier(one)}
        found: dict[str, Any] = {}
        for item in self._items:
            if item.get("type") == "function_call":
                found |= {name: value for name, value in _arguments(item).items() if name in wanted}
        return found


def _only_numbers(text: str) -> bool:
    """Return whether a sentence says nothing but a number: "My account number is 48213."."""
    return bool(numbers.find(text)) and not content(numbers.written(text)) - BESIDE_NUMBERS


def _possible(request: Request) -> list[Tool]:
    """Return the functions that can be called now."""
    if request.tool_choice == "none":
        return []
    back = can_give_back(request.items)
    return [tool for tool in request.tools if tool["name"] != HAND_BACK or back]


def last_call(items: Sequence[Mapping[str, Any]]) -> tuple[str, dict[str, Any], bool]:
    """Return the function called last, its arguments, and whether its result was a question to the caller."""
    outputs = {
        item.get("call_id"): str(item.get("output") or "")
        for item in items
        if item.get("type") == "function_call_output"
    }
    turns = 0
    for item in reversed(items):
        turns += item.get("role") == "user"
        if item.get("type") == "function_call":
            asked = turns == 1 and spoken(outputs.get(item.get("call_id"), "")).endswith("?")
            return str(item.get("name")), _arguments(item), asked
    return "", {}, False


def _arguments(item: Mapping[str, Any]) -> dict[str, Any]:
    return dict(parsed(str(item.get("arguments") or "{}")) or {})


def _told(tool: Tool, briefing: str, before: Sequence[str]) -> dict[str, Any]:
    """Return the arguments that came with a handoff: its own, and numbers that the caller named, the newest first."""
    lines = dict(re.findall(r"^([a-z_]\w*): (.+)$", briefing, re.MULTILINE))
    found: dict[str, Any] = {}
    for one in parameters(tool):
        if one.kind == "string" and one.name in lines:
            found[one.name] = lines[one.name]
        elif one.required and slots.is_identifier(one):
            about = content(one.name.replace("_", " "))
            read = (slots.fill([one], line).get(one.name, "") for line in before if about & content(line))
            found |= next(({one.name: value} for value in read if value and one.length in (None, len(value))), {})
    return found
