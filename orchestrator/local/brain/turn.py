"""One turn of the caller and what the router does about it: a function call, an answer, a question or small talk."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from orchestrator.local.brain import numbers, patterns, phrases, slots
from orchestrator.local.brain.choice import (
    SPEAK_TO,
    Choices,
    Ranked,
    is_about_speaking,
    is_destructive,
    only_names,
)
from orchestrator.local.brain.colleagues import Colleagues
from orchestrator.local.brain.encoder import SentenceEncoder, content
from orchestrator.local.brain.parameter import parameters
from orchestrator.local.brain.pending import ENOUGH, NEW_SUBJECT, REASON, SURE, Asking, Pending
from orchestrator.local.brain.port import Action, CallFunction, FunctionTool, Item, Request, Say
from orchestrator.local.brain.results import as_speech, parsed
from orchestrator.local.brain.routes import NEEDED_FIRST, can_give_back, is_route
from orchestrator.team.functions import END_CALL, HAND_BACK

MARGIN = 0.04  # of two functions closer than this the caller must choose; at 0 one choice in 60 is wrong
TALK = 0.6  # likeness from which a sentence is small talk: others reach 0.4
RECENT = 3  # of the caller's lines before a handoff, in which the router looks for what they want
CORRECTION = re.compile(
    r"\b(i meant?|actually|sorry|instead|rather|make (?:it|that)|wrong|change (?:it|that)|no,)\b", re.IGNORECASE
)
# "Cancel it" after an order was found.
REFERRING = re.compile(r"\b(it|that|this|the same|them|those)\b", re.IGNORECASE)
AND = re.compile(r",?\s+(?:and then|and also|and|also|then)\s+", re.IGNORECASE)
# What callers say beside a bare number: "my order number is 48213". Orders and bills are groups of words.
BESIDE = "parcel bill customer referenc account card pin doubl tripl sur okay ok yeah well right sorry again repeat"
BESIDE_NUMBERS = frozenset(BESIDE.split())
# The reason of a handoff without the router's own lead.
PLAIN_REASON = re.compile(rf"(?:{NEEDED_FIRST} [^:]+: )?(.+)")
ARGUMENT_LINE = re.compile(r"^([a-z_]\w*): (.+)$", re.MULTILINE)


class Turn:
    """One turn of the caller."""

    def __init__(self, encoder: SentenceEncoder, request: Request, memory: dict[str, Any]) -> None:
        # What the agent can do; nothing when the session forbids function calls.
        self._choices = Choices(encoder, _callable(request), request.instructions)
        # Says who the agent is.
        self._instructions = request.instructions
        # The session's items.
        self._items = request.items
        # The session's memory, which holds the pending function call.
        self._memory = memory
        # Collects what a function call needs.
        self._asking = Asking(self._choices, memory)
        # The agent's work with other agents.
        self.colleagues = Colleagues(self._choices, self._asking, self._items)

    def answer(self, text: str) -> list[Action]:
        """React to the caller's words."""
        pending = self._memory.pop("pending", None)
        if pending is not None:
            actions = self._asking.go_on(pending, text)
            if actions is not None:
                return actions
        return self._repeat_call(text) or self._choose(text)

    def take_over(self, briefing: str) -> list[Action]:
        """React to a handoff: do what the caller has already asked for, or ask for what it needs."""
        self._memory.pop("pending", None)
        if actions := self.colleagues.take_back(briefing):
            return actions
        lines = patterns.caller_lines(briefing)
        own = [tool for tool in self._choices.tools if not is_route(tool)]
        if len(own) == 1 and can_give_back(self._items):  # the caller can only have been sent for this function
            return self._take_up(own[0], lines[0] if lines else "", briefing, lines[:RECENT])
        wishes = [text for text in lines if not _only_numbers(text)]
        reason = patterns.REASON.search(briefing)
        reasons = PLAIN_REASON.findall(reason["reason"]) if reason else []
        for text in dict.fromkeys([*wishes[:1], *reasons, *wishes[1:RECENT]]):
            ranked = self._choices.ranked(text, own)
            if only_names(text):
                ranked = [(score, tool) for score, tool in ranked if is_about_speaking(tool)]
            if ranked and ranked[0][0] >= (SURE if text in wishes[1:] else ENOUGH):
                return self._take_up(self._best(text, ranked)[0], text, briefing, lines[:RECENT])
            score, answer = self._choices.answer(text)
            if score >= SURE and text in wishes[:1] and not only_names(text):
                return [Say(answer)]
        return [Say(phrases.taking_over(own or self._choices.tools))]

    def _take_up(self, tool: FunctionTool, text: str, briefing: str, lines: Sequence[str]) -> list[Action]:
        """Do what the caller asked a colleague for, with what they said to the colleague."""
        in_text = slots.fill(parameters(tool), text)
        passed_on = _from_briefing(tool, briefing, lines)
        known = {name: value for name, value in passed_on.items() if name not in in_text}
        return self._asking.proceed(Pending(tool, known, wish=text), text, lead="I can help you with that. ")

    def _choose(self, text: str) -> list[Action]:
        """Choose a function, an answer or small talk, or say what the agent can do."""
        if _only_numbers(text) and (lookups := self._lookups(text)):
            return self._begin(lookups[0], text)
        if reply := phrases.reflex(text):
            return self._reply(reply)
        ranked = self._choices.ranked(text)
        best = ranked[0][0] if ranked else 0.0
        talk, reply = (0.0, "") if SPEAK_TO.search(text) else self._choices.small_talk(text)
        score, known = self._choices.answer(text)
        if known and score >= max(ENOUGH, talk if talk >= TALK else 0.0, best):
            return [Say(known)]
        able = phrases.abilities(self._choices.tools)
        if talk >= max(TALK, best):
            return self._reply(reply)
        if best < ENOUGH:
            if can_give_back(self._items) and len(text.split()) >= NEW_SUBJECT:
                return [CallFunction(HAND_BACK, {"reason": text[:REASON]})]
            return [Say(f"I am not sure I understood. {able} What can I do for you?")]
        meant = self._best(text, ranked)
        return self._begin(meant[0], text) if len(meant) == 1 else self._asking.ask_back(meant, text)

    def _reply(self, reply: str) -> list[Action]:
        """Say a phrase; the last one ends the call if the agent can."""
        able = phrases.abilities(self._choices.tools)
        said: list[Action] = [Say(reply.format(who=phrases.who(self._instructions), able=able))]
        ends = reply == phrases.FAREWELL and any(tool["name"] == END_CALL for tool in self._choices.tools)
        return [*said, CallFunction(END_CALL, {})] if ends else said

    def _best(self, text: str, ranked: Ranked) -> list[FunctionTool]:
        """Return the function that is meant, or both of two that match about equally well."""
        first, *rest = AND.split(text, maxsplit=1)
        if rest and len(first.split()) > 2:  # two wishes in one sentence: take the first if it is clearer by itself
            apart = self._choices.ranked(first, [tool for _, tool in ranked])
            ranked = apart if apart[0][0] > ranked[0][0] else ranked
        return [tool for score, tool in ranked[:2] if ranked[0][0] - score < MARGIN]

    def _repeat_call(self, text: str) -> list[Action] | None:
        """Repeat the last call with what the caller corrects, or answers to a result that was a question."""
        name, before, was_question = last_call(self._items)
        tool = next((tool for tool in self._choices.tools if tool["name"] == name), None)
        if tool is None or is_route(tool) or not (was_question or CORRECTION.search(text)):
            return None
        ranked = self._choices.ranked(text)
        if ranked[0][1]["name"] != name and ranked[0][0] >= SURE:
            return None
        wanted = parameters(tool)
        values = slots.fill(wanted, text)
        if was_question and not values:
            definite = [one for one in wanted if one.required and slots.is_definite(one)]
            answers = (slots.fill([one], text, answer=True) for one in definite)
            values = next((answer for answer in answers if answer), {})
        return self._asking.proceed(Pending(tool, {**before, **values}, wish=text), "") if values else None

    def _lookups(self, text: str) -> list[FunctionTool]:
        """Return the harmless functions that a bare number can be for, the likeliest first.

        A function whose number the text names goes first; among equals, the one that was called last.
        """
        last, _, _ = last_call(self._items)
        unnamed: list[FunctionTool] = []
        named: list[FunctionTool] = []
        for tool in self._choices.tools:
            numbered = [one for one in parameters(tool) if one.required and slots.is_identifier(one)]
            if numbered and not is_destructive(tool) and not is_route(tool):
                group = named if content(numbered[0].about) & content(text) else unnamed
                group.insert(0 if tool["name"] == last else len(group), tool)
        return named + unnamed

    def _begin(self, tool: FunctionTool, text: str) -> list[Action]:
        """Make a call, or ask for what it needs; "it" and "that" refer to what the last calls were about."""
        referred = self._referred(tool) if REFERRING.search(text) else {}
        in_text = slots.fill(parameters(tool), text)
        arguments = {name: value for name, value in referred.items() if name not in in_text}
        return self._asking.proceed(Pending(tool, arguments, wish=text), text)

    def _referred(self, tool: FunctionTool) -> dict[str, Any]:
        """Return the identifiers that the last calls were about, for "it" and "that"."""
        wanted = {one.name for one in parameters(tool) if slots.is_identifier(one)}
        found: dict[str, Any] = {}
        for item in self._items:
            if item.get("type") == "function_call":
                found |= {name: value for name, value in _arguments(item).items() if name in wanted}
        return found


def _only_numbers(text: str) -> bool:
    """Return whether a sentence says nothing but a number: "My account number is 48213."."""
    return bool(numbers.find(text)) and not content(numbers.written(text)) - BESIDE_NUMBERS


def _callable(request: Request) -> list[FunctionTool]:
    """Return the functions that can be called now."""
    if request.tool_choice == "none":
        return []
    back = can_give_back(request.items)
    return [tool for tool in request.tools if tool["name"] != HAND_BACK or back]


def last_call(items: Sequence[Item]) -> tuple[str, dict[str, Any], bool]:
    """Return the last function called, its arguments, and whether its result was a question to the caller."""
    outputs = {
        item.get("call_id"): str(item.get("output") or "")
        for item in items
        if item.get("type") == "function_call_output"
    }
    turns = 0  # of the caller, since the call
    for item in reversed(items):
        if item.get("role") == "user":
            turns += 1
        if item.get("type") == "function_call":
            was_question = turns == 1 and as_speech(outputs.get(item.get("call_id"), "")).endswith("?")
            return str(item.get("name")), _arguments(item), was_question
    return "", {}, False


def _arguments(item: Item) -> dict[str, Any]:
    return dict(parsed(str(item.get("arguments") or "{}")) or {})


def _from_briefing(tool: FunctionTool, briefing: str, lines: Sequence[str]) -> dict[str, Any]:
    """Return the arguments that came with a handoff: its own, and the identifiers that the caller named last."""
    passed_on = dict(ARGUMENT_LINE.findall(briefing))
    found: dict[str, Any] = {}
    for one in parameters(tool):
        if one.kind == "string" and one.name in passed_on:
            found[one.name] = passed_on[one.name]
        elif one.required and slots.is_identifier(one):
            about = content(one.name.replace("_", " "))
            values = (slots.fill([one], line).get(one.name, "") for line in lines if about & content(line))
            fitting = [value for value in values if value and one.length in (None, len(value))]
            if fitting:
                found[one.name] = fitting[0]
    return found
