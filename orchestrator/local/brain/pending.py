"""A function call that waits for the caller's word: an argument, a yes, or which of two things was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.local.brain import phrases, slots
from orchestrator.local.brain.choice import Choices, Tool, is_destructive, names
from orchestrator.local.brain.encoder import content
from orchestrator.local.brain.parameter import Parameter, parameters
from orchestrator.local.brain.port import Action, CallFunction, Say
from orchestrator.local.brain.slot_readers import agreement
from orchestrator.local.brain.ways import is_consult, is_transfer
from orchestrator.team.functions import HAND_BACK

ENOUGH = 0.28  # likeness below which nothing is taken to be meant: unrelated sentences reach 0.2
SURE = 0.5  # likeness from which a sentence breaks off the question that was asked before
CLEARER = 0.04  # how much nearer one of two options must be to be taken
TRIES = 3  # questions for one argument, before it is dropped
NEW_SUBJECT = 3  # words that a change of subject has at least
ELSEWHERE = 0.3  # how much more another function must be meant, to break off a question with its answer in hand
REASON = 200  # characters of the caller's words that travel with a handoff
FORGET = re.compile(r"\b(never ?mind|forget (?:it|about it|that)|leave it|skip (?:it|that)|drop it)\b", re.IGNORECASE)
IGNORANT = re.compile(
    r"\b(?:don't|do not|can't|cannot) (?:know|have|remember|find)\b|\bno idea\b|\bnot sure\b", re.IGNORECASE
)
FIRST = re.compile(r"\b(first|former)\b", re.IGNORECASE)
SECOND = re.compile(r"\b(second|latter)\b", re.IGNORECASE)


@dataclass(slots=True)
class Pending:
    """A function call that waits for the caller's word."""

    tool: Tool
    arguments: dict[str, Any] = field(default_factory=dict)
    asked: str = ""  # the parameter asked for; "" when it is to be confirmed
    options: tuple[Tool, ...] = ()  # what was asked back between
    said: str = ""  # the caller's words that began it
    heard: str = ""  # digits of the parameter asked for, as far as they have come
    tries: int = 0


class Asking:
    """Brings a call to the point where it can be made, over as many turns as it takes."""

    def __init__(self, choices: Choices, memory: dict[str, Any]) -> None:
        # What else the caller may mean.
        self._choices = choices
        # The session's memory, where a call waits.
        self._memory = memory

    def proceed(self, pending: Pending, text: str, lead: str = "") -> list[Action]:
        """Make the call with what the text says, or ask for what it still needs."""
        every = parameters(pending.tool)
        missing = [one for one in every if one.name not in pending.arguments]
        self._read(pending, missing, text)
        if is_transfer(pending.tool) or pending.tool["name"] == HAND_BACK:
            pending.arguments.setdefault("reason", (pending.said or text)[:REASON])
        elif is_consult(pending.tool):
            pending.arguments.setdefault("question", pending.said or text)
        pending.options = ()
        open_ones = [one for one in every if one.required and one.name not in pending.arguments]
        if open_ones:
            if pending.asked != open_ones[0].name:
                pending.asked, pending.tries = open_ones[0].name, 0
            asked = phrases.so_far(pending.heard) if pending.heard else phrases.question(open_ones[0])
            return self._wait(pending, lead + asked)
        if is_destructive(pending.tool):
            pending.asked, pending.tries = "", 0
            return self._wait(pending, lead + phrases.confirmation(pending.tool, pending.arguments))
        return [_call(pending)]

    def go_on(self, pending: Pending, text: str) -> list[Action] | None:
        """Take the caller's words as the answer to what was asked; None when they are about something else."""
        if pending.options:
            return self._picked(pending, text)
        if not pending.asked:
            return self._confirmed(pending, text)
        parameter = next(one for one in parameters(pending.tool) if one.name == pending.asked)
        if slots.is_free(parameter):
            return self._told(pending, text, parameter)
        return self._given(pending, text, parameter)

    def _told(self, pending: Pending, text: str, parameter: Parameter) -> list[Action] | None:
        """Take free words as they are, unless they are short and about the question itself, or said for another."""
        if len(text.split()) <= 2 * NEW_SUBJECT:
            if FORGET.search(text):
                return [Say(phrases.DROPPED)]
            if phrases.is_waiting(text):
                return self._wait(pending, phrases.TAKE_YOUR_TIME)
            if any(names(text, tool) for tool in self._choices.tools):
                return None
        if len(text.split()) >= NEW_SUBJECT and self._choices.is_literal(text, pending.tool):
            return None
        self._read(pending, [parameter], text, answer=True)
        return self._ask_again(pending, parameter) if parameter.name not in pending.arguments else self._more(pending)

    def _given(self, pending: Pending, text: str, parameter: Parameter) -> list[Action] | None:
        """Take a typed value: a number, a day, a name."""
        if FORGET.search(text):
            return [Say(phrases.DROPPED)]
        if not IGNORANT.search(text) and self._is_elsewhere(pending, text):
            return None
        heard = pending.heard
        self._read(pending, [parameter], text)
        if parameter.name in pending.arguments:
            return self.proceed(pending, text)
        if pending.heard == heard:
            if phrases.is_waiting(text):
                return self._wait(pending, phrases.TAKE_YOUR_TIME)
            if IGNORANT.search(text):
                return [Say(phrases.without(parameter))]
            if self._is_new(pending, text):
                return None
            self._read(pending, [parameter], text, answer=True)
        return self._ask_again(pending, parameter) if parameter.name not in pending.arguments else self._more(pending)

    def _more(self, pending: Pending) -> list[Action]:
        return self.proceed(pending, "")

    def _read(self, pending: Pending, wanted: Sequence[Parameter], text: str, *, answer: bool = False) -> None:
        """Put what a text says into the arguments; of a number that is too short, keep what came."""
        read = slots.fill(wanted, text, answer=answer, nearest=self._choices.nearest)
        for parameter in wanted:
            length = parameter.length
            if length and parameter.name in read:
                value = slots.joined(pending.heard, read.pop(parameter.name), length)
                if len(value) == length:
                    pending.heard = ""
                    read[parameter.name] = value
                elif parameter.required and pending.asked in ("", parameter.name):
                    pending.heard = value
        pending.arguments |= read

    def _ask_again(self, pending: Pending, parameter: Parameter) -> list[Action]:
        pending.tries += 1
        if pending.tries >= TRIES:
            return [Say(f"I am sorry, I did not understand it. {phrases.abilities(self._choices.tools)}")]
        if pending.heard:
            return self._wait(pending, phrases.so_far(pending.heard))
        return self._wait(pending, f"Sorry, I did not get that. {phrases.question(parameter)}")

    def _wait(self, pending: Pending, words: str) -> list[Action]:
        """Say something, and wait on."""
        self._memory["pending"] = pending
        return [Say(words)]

    def ask_back(self, options: Sequence[Tool], text: str) -> list[Action]:
        """Ask which of two functions is meant."""
        return self._wait(Pending(options[0], options=tuple(options), said=text), phrases.ask_back(options))

    def _picked(self, pending: Pending, text: str) -> list[Action] | None:
        """Find which of the options is meant; what was said first still counts."""
        first, second = pending.options
        tool: Tool | None = None
        if FIRST.search(text) or SECOND.search(text):
            tool = first if FIRST.search(text) else second
        named = [one for one in pending.options if content(phrases.plain(str(one["name"]))) & content(text)]
        ranked = self._choices.ranked(text, pending.options)
        if tool is None and len(named) == 1:
            tool = named[0]
        if tool is None and ranked[0][0] - ranked[1][0] >= CLEARER and ranked[0][0] >= ENOUGH:
            tool = ranked[0][1]
        if tool is not None:
            return self.proceed(Pending(tool, said=pending.said), f"{pending.said} {text}")
        return [Say(phrases.DROPPED)] if agreement(text) is False or FORGET.search(text) else None

    def _confirmed(self, pending: Pending, text: str) -> list[Action] | None:
        """Do it when the caller says yes."""
        agreed = agreement(text)
        corrected = slots.fill(parameters(pending.tool), text)
        corrected = {name: value for name, value in corrected.items() if pending.arguments.get(name) != value}
        if corrected:
            for name in corrected:
                pending.arguments.pop(name, None)
            return self.proceed(pending, text)
        if phrases.is_waiting(text):
            return self._wait(pending, phrases.TAKE_YOUR_TIME)
        if agreed is False or FORGET.search(text):
            return [Say(phrases.NOT_DONE)]
        if agreed:
            return [_call(pending)]
        if self._is_new(pending, text):
            return None
        pending.tries += 1
        if pending.tries >= TRIES:
            return [Say(phrases.NOT_DONE)]
        return self._wait(pending, f"Please say yes or no. {phrases.confirmation(pending.tool, pending.arguments)}")

    def _is_elsewhere(self, pending: Pending, text: str) -> bool:
        """Return whether a sentence is so much about another function that even its number is not the answer."""
        scores = {str(tool["name"]): score for score, tool in self._choices.ranked(text)}
        best, own = max(scores.values(), default=0.0), scores.get(str(pending.tool["name"]), 0.0)
        return best >= SURE and best - own >= ELSEWHERE and len(text.split()) > NEW_SUBJECT

    def _is_new(self, pending: Pending, text: str) -> bool:
        """Return whether the caller has clearly turned to another subject."""
        others = [tool for tool in self._choices.tools if tool["name"] != pending.tool["name"]]
        ranked = self._choices.ranked(text, others)
        return bool(ranked) and ranked[0][0] >= SURE and len(text.split()) >= NEW_SUBJECT


def _call(pending: Pending) -> CallFunction:
    return CallFunction(str(pending.tool["name"]), pending.arguments)
