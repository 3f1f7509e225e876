"""One turn of the caller and what the router does about it: take an answer, step aside, start something, give up."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from orchestrator.local.brain import language
from orchestrator.local.brain.dialogue import patterns
from orchestrator.local.brain.dialogue.colleagues import Colleagues
from orchestrator.local.brain.dialogue.filling import ENOUGH, NEW_SUBJECT, REASON, SURE, Filling
from orchestrator.local.brain.dialogue.frames import Dialogue, Frame
from orchestrator.local.brain.dialogue.heard import Heard, hear
from orchestrator.local.brain.dialogue.people import way_to_a_person
from orchestrator.local.brain.dialogue.routes import NEEDED_FIRST, can_give_back, is_route, is_transfer
from orchestrator.local.brain.port import Action, CallFunction, FunctionTool, Item, Request, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.saying.results import as_speech, parsed
from orchestrator.local.brain.understanding import clauses, numbers, slots
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.choice import (
    SPEAK_TO,
    Choices,
    Ranked,
    is_about_speaking,
    is_destructive,
    only_names,
)
from orchestrator.local.brain.understanding.encoder import SentenceEncoder, content
from orchestrator.local.brain.understanding.kinds import is_identifier
from orchestrator.local.brain.understanding.parameter import parameters
from orchestrator.protocol.items import words
from orchestrator.team.functions import HAND_BACK

MARGIN = 0.04  # of two functions closer than this the caller must choose; at 0 one choice in 60 is wrong
TALK = 0.6  # likeness from which a sentence is small talk: others reach 0.4
RECENT = 3  # of the caller's lines before a handoff, in which the router looks for what they want
SHORT = 8  # most words of a sentence that only asks for a repetition
EXPLAINED = 3  # functions that an explanation names
CERTAIN = 0.75  # score from which a known answer fits words that ask nothing
VAGUE, AHEAD = 0.45, 0.1  # a score below the first counts only if it is so far ahead of the next
MISSED = 2  # turns in a row that are not understood, after which a person is wanted
REFLEXES = {Act.WHO, Act.HELP, Act.WAIT, Act.GOODBYE}  # what the router has replies of its own to
END_CALL = "end_call"
# "Cancel it" after an order was found.
REFERRING = re.compile(r"\b(it|that|this|the same|them|those)\b", re.IGNORECASE)
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
        self._choices = Choices(encoder, _callable(request), request.instructions, request.today)
        # Says who the agent is.
        self._instructions = request.instructions
        # The session's items.
        self._items = request.items
        # The language.
        self._words = language.load()
        # What the conversation is about.
        self._dialogue: Dialogue = memory.setdefault("dialogue", Dialogue())
        # Collects what function calls need.
        self._filling = Filling(self._choices, self._dialogue, request.today, self._words)
        # The agent's work with other agents.
        self.colleagues = Colleagues(self._choices, self._filling, self._items)

    def answer(self, text: str) -> list[Action]:
        """React to the caller's words."""
        heard = hear(text, self._words)
        missed = self._dialogue.missed
        frame = self._dialogue.current
        steps: dict[str, Callable[[], list[Action] | None]] = {
            "asks to hear it again": lambda: self._repeat(heard),
            "asks for a person": lambda: self._to_a_person(heard) if Act.PERSON in heard.acts else None,
            "answers the question": lambda: self._filling.take(frame, heard) if frame else None,
            "asks in between": lambda: self._aside(frame, heard) if frame else None,
            "wants something else": lambda: self._another(frame, heard) if frame else None,
            "answers in passing": lambda: self._filling.take_anyway(frame, heard) if frame else None,
            "was not understood": lambda: self._again(frame, heard) if frame else None,
            "corrects the last call": lambda: self._correct_last(heard),
            "wants something": lambda: self._choose(heard),
            "was not understood at all": lambda: self._not_understood(heard),
        }
        for why, step in steps.items():
            if actions := step():
                self._dialogue.why = self._explained(why, heard)
                if self._dialogue.missed == missed:
                    self._dialogue.missed = 0
                return actions
        return []

    @property
    def why(self) -> dict[str, Any]:
        """Why the last turn was answered as it was."""
        return self._dialogue.why

    def _explained(self, why: str, heard: Heard) -> dict[str, Any]:
        """Return why this was decided, without the caller's words, which may be secret."""
        ranked = self._choices.ranked(heard.text)[:EXPLAINED]
        return {
            "why": why,
            "candidates": {str(tool["name"]): round(score, 2) for score, tool in ranked},
            "known_answer": round(self._choices.answer(heard.text)[0], 2),
            "acts": sorted(act.value for act in heard.acts),
        }

    def _repeat(self, heard: Heard) -> list[Action] | None:
        if Act.REPEAT not in heard.acts or len(heard.text.split()) > SHORT:
            return None
        said = next(
            (words(item) for item in reversed(self._items) if item.get("role") == "assistant" and words(item)), ""
        )
        plain = phrases.without_lead(said)
        return [Say(phrases.AGAIN.format(said=plain) if plain else phrases.NOTHING_SAID)]

    def go_on(self, result: str) -> list[Action]:
        """Say a result, and go on with the matter before, or with what the caller also wanted."""
        frame = self._dialogue.current
        if frame is not None:
            return [Say(f"{result} {self._filling.resume(frame)}")]
        if self._dialogue.later:
            text = self._dialogue.later.pop(0)
            ranked = self._choices.ranked(text)
            if ranked and ranked[0][0] >= ENOUGH:
                actions = self._begin(ranked[0][1], text)
                first = actions[0]
                if isinstance(first, Say):
                    return [Say(f"{result} {phrases.you_wanted(ranked[0][1])} {first.text}"), *actions[1:]]
                return [Say(result), *actions]
        return [Say(f"{result} {phrases.ANYTHING_ELSE}")]

    def take_over(self, briefing: str) -> list[Action]:
        """React to a handoff: do what the caller has already asked for, or ask for what it needs."""
        self._dialogue.frames.clear()
        if actions := self.colleagues.take_back(briefing):
            return actions
        lines = patterns.caller_lines(briefing)
        own = [tool for tool in self._choices.tools if not is_route(tool)]
        if len(own) == 1 and can_give_back(self._items):  # the caller can only have been sent for this function
            return self._take_up(own[0], lines[0] if lines else "", briefing, lines[:RECENT])
        wishes = [text for text in lines if not self._only_numbers(text)]
        reason = patterns.REASON.search(briefing)
        reasons = PLAIN_REASON.findall(reason["reason"]) if reason else []
        for text in dict.fromkeys([*wishes[:1], *reasons, *wishes[1:RECENT]]):
            ranked = self._choices.ranked(text, own)
            if only_names(text):
                ranked = [(score, tool) for score, tool in ranked if is_about_speaking(tool)]
            if ranked and ranked[0][0] >= (SURE if text in wishes[1:] else ENOUGH):
                text = self._queue_others(text)
                return self._take_up(self._best(text, ranked)[0], text, briefing, lines[:RECENT])
            score, answer = self._choices.answer(text)
            if score >= SURE and text in wishes[:1] and not only_names(text):
                return [Say(answer)]
        if len(own) == 1 and wishes:
            return self._take_up(own[0], "", briefing, lines[:RECENT])
        return [Say(phrases.taking_over(own or self._choices.tools))]

    def _take_up(self, tool: FunctionTool, text: str, briefing: str, lines: Sequence[str]) -> list[Action]:
        """Do what the caller asked a colleague for, with what they said to the colleague."""
        in_text = slots.read(parameters(tool), text, self._filling.context(tool))
        known = self._from_briefing(tool, briefing, lines)
        known = {name: value for name, value in known.items() if name not in in_text}
        return self._filling.begin(tool, text, known, lead="I can help you with that. ")

    def _again(self, frame: Frame, heard: Heard) -> list[Action]:
        """Ask again for what was not understood; after the second time, get a person."""
        self._dialogue.missed += 1
        if self._dialogue.missed >= MISSED and Act.IGNORANT not in heard.acts and (away := self._to_a_person(heard)):
            return away
        return self._filling.again(frame, heard)

    def _aside(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Answer a question in between, and come back to the matter at hand."""
        prompt = self._filling.prompt(frame)
        others = [tool for tool in self._choices.tools if tool["name"] != frame.tool["name"]]
        ranked = self._choices.ranked(heard.text, others)
        best = ranked[0][0] if ranked else 0.0
        if Act.WHY in heard.acts:
            return [Say(f"{phrases.NEED_IT.format(aim=phrases.aim(frame.tool))} {prompt}")]
        score, known = self._choices.answer(heard.text)
        if known and score >= max(ENOUGH if heard.question else CERTAIN, best):
            return [Say(f"{known} {prompt}")]
        if best >= SURE:
            return None
        if Act.HELP in heard.acts or Act.WHO in heard.acts:
            who, able = phrases.who(self._instructions), phrases.abilities(self._choices.tools)
            return [Say(f"{able if Act.HELP in heard.acts else who} {prompt}")]
        if heard.only(Act.GREETING, Act.THANKS):
            return [Say(prompt)]
        if heard.only(Act.GOODBYE) and heard.agreed is None:
            self._dialogue.frames.clear()
            return self._farewell()
        return None

    def _another(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Do what the caller clearly wants instead, or meanwhile: the matter at hand waits, unless they are put through."""
        others = [tool for tool in self._choices.tools if tool["name"] != frame.tool["name"]]
        ranked = self._choices.ranked(heard.text, others)
        if not ranked or (len(heard.text.split()) < NEW_SUBJECT and not only_names(heard.text)):
            return None
        own = self._choices.ranked(heard.text, [frame.tool])[0][0]
        score, meant = ranked[0]
        if score < SURE or score <= own:
            return None
        if is_transfer(meant):
            self._dialogue.frames.clear()
        return self._begin(meant, heard.text)

    def _choose(self, heard: Heard) -> list[Action] | None:
        """Choose a function, an answer or small talk; None when nothing fits."""
        text = heard.text
        if self._only_numbers(text) and (lookups := self._lookups(text)):
            return self._begin(lookups[0], text)
        ranked = self._choices.ranked(text)
        best = ranked[0][0] if ranked else 0.0
        score, known = self._choices.answer(text)
        if heard.question and known and score >= max(CERTAIN if heard.acts & REFLEXES else SURE, best):
            return [Say(known)]
        if reply := self._reflex(heard):
            return reply
        talk, answer = (0.0, "") if SPEAK_TO.search(text) else self._choices.small_talk(text)
        if known and score >= max(ENOUGH if heard.question else CERTAIN, talk if talk >= TALK else 0.0, best):
            return [Say(known)]
        if talk >= max(TALK, best):
            able = phrases.abilities(self._choices.tools)
            return [Say(answer.format(who=phrases.who(self._instructions), able=able))]
        if Act.ANGER in heard.acts and best < SURE and (actions := self._to_a_person(heard)):
            return actions
        second = ranked[1][0] if len(ranked) > 1 else 0.0
        if best < ENOUGH or (best < VAGUE and best - second < AHEAD):
            if can_give_back(self._items) and len(text.split()) >= NEW_SUBJECT:
                return [CallFunction(HAND_BACK, {"reason": text[:REASON]})]
            return None
        return self._take_requests(heard, ranked)

    def _take_requests(self, heard: Heard, ranked: Ranked) -> list[Action]:
        """Begin with the first of the requests in a sentence, and remember the others."""
        requests = self._requests(heard.text)
        if len(requests) > 1:
            tool = requests[0][1]
            return self._begin(tool, heard.text if is_transfer(tool) else self._queue_others(heard.text))
        meant = self._best(heard.text, ranked)
        return self._begin(meant[0], heard.text) if len(meant) == 1 else self._filling.ask_back(meant, heard.text)

    def _requests(self, text: str) -> list[tuple[str, FunctionTool]]:
        """Return the parts of a text that each clearly want something else, with what they want."""
        parts = [(part, self._choices.ranked(part)[:1]) for part in clauses.requests(text, self._words)]
        clear = [(part, ranked[0][1]) for part, ranked in parts if ranked and ranked[0][0] >= SURE - MARGIN]
        named = {str(tool["name"]): (part, tool) for part, tool in reversed(clear)}
        return sorted(named.values(), key=lambda entry: text.find(entry[0]))

    def _queue_others(self, text: str) -> str:
        """Remember all requests in a text but the first; returns the text without them."""
        for part, _ in self._requests(text)[1:]:
            self._dialogue.wait_with(part)
            text = text.replace(part, " ")
        return text

    def _reflex(self, heard: Heard) -> list[Action] | None:
        """Return the reply to words that need no choosing."""
        if (heard.only(Act.GOODBYE, Act.THANKS) and Act.GOODBYE in heard.acts) or (
            heard.only(Act.DENY, Act.GOODBYE, Act.THANKS) and heard.agreed is False
        ):
            return self._farewell()
        if heard.only(Act.AFFIRM) and Act.THANKS not in heard.acts:
            return [Say("What can I do for you?")]
        if Act.WHO in heard.acts:
            return [Say(phrases.WHO_I_AM.format(who=phrases.who(self._instructions)))]
        if Act.HELP in heard.acts:
            return [Say(f"{phrases.abilities(self._choices.tools)} What would you like?")]
        return [Say(phrases.TAKE_YOUR_TIME)] if Act.WAIT in heard.acts else None

    def _farewell(self) -> list[Action]:
        """Say goodbye, and end the call where the team lets the agent."""
        ends = [CallFunction(END_CALL, {}) for tool in self._choices.tools if tool["name"] == END_CALL]
        return [Say(phrases.FAREWELL), *ends]

    def _to_a_person(self, heard: Heard) -> list[Action] | None:
        """Put the caller through to a person, or to who can; say so when there is nobody."""
        tool = way_to_a_person(self._choices, self._items)
        if tool is None:
            if Act.PERSON not in heard.acts or any(score >= SURE for score, _ in self._choices.ranked(heard.text)[:1]):
                return None
            return [Say(phrases.NOBODY.format(able=phrases.abilities(self._choices.tools)))]
        self._dialogue.frames.clear()
        self._dialogue.missed = 0
        return self._begin(tool, heard.text)

    def _not_understood(self, heard: Heard) -> list[Action]:
        """Say what the agent can do; after the second time, get a person."""
        self._dialogue.missed += 1
        if self._dialogue.missed >= MISSED and (actions := self._to_a_person(heard)):
            return actions
        able = phrases.abilities(self._choices.tools)
        at = min(self._dialogue.missed, len(phrases.NOT_UNDERSTOOD)) - 1
        return [Say(phrases.NOT_UNDERSTOOD[at].format(able=able))]

    def _best(self, text: str, ranked: Ranked) -> list[FunctionTool]:
        """Return the function that is meant, or both of two that match about equally well."""
        first = clauses.requests(text, self._words)[0]
        if (
            first != text and len(first.split()) > 2
        ):  # two wishes in one sentence: the first, if it is clearer by itself
            apart = self._choices.ranked(first, [tool for _, tool in ranked])
            ranked = apart if apart[0][0] > ranked[0][0] else ranked
        return [tool for score, tool in ranked[:2] if ranked[0][0] - score < MARGIN]

    def _correct_last(self, heard: Heard) -> list[Action] | None:
        """Repeat the last call with what the caller corrects, or answers to a result that was a question."""
        name, before, was_question = last_call(self._items)
        tool = next((tool for tool in self._choices.tools if tool["name"] == name), None)
        declined = self._dialogue.done
        if declined is not None and declined.arguments and str(declined.tool["name"]) != name:
            tool, before, was_question = declined.tool, declined.arguments, False
        if tool is None or is_route(tool) or not (was_question or heard.repair):
            return None
        ranked = self._choices.ranked(heard.text)
        if ranked[0][1]["name"] != tool["name"] and ranked[0][0] >= SURE:
            return None
        wanted, context = parameters(tool), self._filling.context(tool)
        values = slots.corrected(wanted, heard.repair, before, context) if heard.repair else {}
        values = values or slots.fill(wanted, heard.text, context)
        if was_question and not values:
            definite = [one for one in wanted if one.required and slots.is_definite(one)]
            answers = (slots.fill([one], heard.text, context, asked=one.name) for one in definite)
            values = next((answer for answer in answers if answer), {})
        return self._filling.begin(tool, "", {**before, **values}, wish=heard.text) if values else None

    def _lookups(self, text: str) -> list[FunctionTool]:
        """Return the harmless functions that a bare number can be for, the likeliest first.

        A function whose number the text names goes first; among equals, the one that was called last.
        """
        last, _, _ = last_call(self._items)
        unnamed: list[FunctionTool] = []
        named: list[FunctionTool] = []
        for tool in self._choices.tools:
            numbered = [one for one in parameters(tool) if one.required and is_identifier(one)]
            if numbered and not is_destructive(tool) and not is_route(tool):
                group = named if content(numbered[0].about) & content(text) else unnamed
                group.insert(0 if tool["name"] == last else len(group), tool)
        return named + unnamed

    def _begin(self, tool: FunctionTool, text: str) -> list[Action]:
        """Make a call, or ask for what it needs; "it" and "that" refer to what the last calls were about."""
        referred = self._referred(tool) if REFERRING.search(text) else {}
        in_text = slots.read(parameters(tool), text, self._filling.context(tool))
        arguments = {name: value for name, value in referred.items() if name not in in_text}
        return self._filling.begin(tool, text, arguments)

    def _referred(self, tool: FunctionTool) -> dict[str, Any]:
        """Return the identifiers that the last calls were about, for "it" and "that"."""
        wanted = {one.name for one in parameters(tool) if is_identifier(one)}
        found: dict[str, Any] = {}
        for item in self._items:
            if item.get("type") == "function_call":
                found |= {name: value for name, value in _arguments(item).items() if name in wanted}
        return found

    def _only_numbers(self, text: str) -> bool:
        """Return whether a sentence says nothing but a number: "My account number is 48213."."""
        return bool(numbers.find(text)) and not content(numbers.written(text)) - BESIDE_NUMBERS

    def _from_briefing(self, tool: FunctionTool, briefing: str, lines: Sequence[str]) -> dict[str, Any]:
        """Return the arguments that came with a handoff: its own, and what the caller said before."""
        passed_on = dict(ARGUMENT_LINE.findall(briefing))
        found: dict[str, Any] = {}
        context = self._filling.context(tool)
        for one in parameters(tool):
            if one.kind == "string" and one.name in passed_on:
                found[one.name] = passed_on[one.name]
            elif one.required and is_identifier(one):
                about = content(one.name.replace("_", " "))
                values = (slots.fill([one], line, context).get(one.name, "") for line in lines if about & content(line))
                fitting = [value for value in values if value and one.length in (None, len(value))]
                if fitting:
                    found[one.name] = fitting[0]
        return found


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
