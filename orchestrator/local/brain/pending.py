"""A function call that waits for the caller: for an argument, a yes, or which of two functions was meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.local.brain import phrases, slots
from orchestrator.local.brain.choice import Choices, is_destructive, names
from orchestrator.local.brain.encoder import content
from orchestrator.local.brain.parameter import Parameter, parameters
from orchestrator.local.brain.port import Action, CallFunction, FunctionTool, Say
from orchestrator.local.brain.routes import is_consult, is_transfer
from orchestrator.local.brain.slot_readers import agreement
from orchestrator.team.functions import HAND_BACK

ENOUGH = 0.28  # score from which a function or an answer counts as meant: unrelated sentences reach 0.2
SURE = 0.5  # score from which a sentence abandons the question that was asked before
CLEARER = 0.04  # how far one of two options must be ahead to be taken
TRIES = 3  # questions for one argument before the call is dropped
NEW_SUBJECT = 3  # fewest words of a change of subject
ELSEWHERE = 0.3  # how far another function must be ahead for a sentence not to be the answer, even with a number in it
REASON = 200  # most characters of the caller's words in the reason of a handoff
FORGET = re.compile(r"\b(never ?mind|forget (?:it|about it|that)|leave it|skip (?:it|that)|drop it)\b", re.IGNORECASE)
IGNORANT = re.compile(
    r"\b(?:don't|do not|can't|cannot) (?:know|have|remember|find)\b|\bno idea\b|\bnot sure\b", re.IGNORECASE
)
FIRST_ONE = re.compile(r"\b(first|former)\b", re.IGNORECASE)
SECOND_ONE = re.compile(r"\b(second|latter)\b", re.IGNORECASE)


@dataclass(slots=True)
class Pending:
    """A function call that waits for the caller."""

    tool: FunctionTool
    arguments: dict[str, Any] = field(default_factory=dict)
    asked: str = ""  # the parameter asked for; "" when the caller is to confirm
    options: tuple[FunctionTool, ...] = ()  # the functions that the caller is to choose from
    wish: str = ""  # the caller's words that led to it
    digits: str = ""  # those of the parameter asked for that have come so far
    tries: int = 0  # how often the caller was asked in vain


class Asking:
    """Collects what a function call needs, over as many turns as it takes."""

    def __init__(self, choices: Choices, memory: dict[str, Any]) -> None:
        # The functions that the caller may mean instead.
        self._choices = choices
        # The session's memory, where a call waits.
        self._memory = memory

    def proceed(self, pending: Pending, text: str, lead: str = "") -> list[Action]:
        """Make the call with what the text says, or ask for what is still missing."""
        every = parameters(pending.tool)
        missing = [one for one in every if one.name not in pending.arguments]
        self._read(pending, missing, text)
        if is_transfer(pending.tool) or pending.tool["name"] == HAND_BACK:
            pending.arguments.setdefault("reason", (pending.wish or text)[:REASON])
        elif is_consult(pending.tool):
            pending.arguments.setdefault("question", pending.wish or text)
        pending.options = ()
        open_ones = [one for one in every if one.required and one.name not in pending.arguments]
        if open_ones:
            if pending.asked != open_ones[0].name:
                pending.asked, pending.tries = open_ones[0].name, 0
            question = phrases.so_far(pending.digits) if pending.digits else phrases.question(open_ones[0])
            return self._wait(pending, lead + question)
        if is_destructive(pending.tool):
            pending.asked, pending.tries = "", 0
            return self._wait(pending, lead + phrases.confirmation(pending.tool, pending.arguments))
        return [_call(pending)]

    def go_on(self, pending: Pending, text: str) -> list[Action] | None:
        """Take the caller's words as the answer; None when they are about something else."""
        if pending.options:
            return self._choose_option(pending, text)
        if not pending.asked:
            return self._take_confirmation(pending, text)
        parameter = next(one for one in parameters(pending.tool) if one.name == pending.asked)
        if slots.is_free(parameter):
            return self._take_free_words(pending, text, parameter)
        return self._take_value(pending, text, parameter)

    def _take_free_words(self, pending: Pending, text: str, parameter: Parameter) -> list[Action] | None:
        """Take any words, unless they are short and about the question itself, or meant for another function."""
        if len(text.split()) <= 2 * NEW_SUBJECT:
            if FORGET.search(text):
                return [Say(phrases.DROPPED)]
            if phrases.is_waiting(text):
                return self._wait(pending, phrases.TAKE_YOUR_TIME)
            if any(names(text, tool) for tool in self._choices.tools):
                return None
        if len(text.split()) >= NEW_SUBJECT and self._choices.is_for_another(text, pending.tool):
            return None
        self._read(pending, [parameter], text, answer=True)
        return self._after_answer(pending, parameter)

    def _take_value(self, pending: Pending, text: str, parameter: Parameter) -> list[Action] | None:
        """Take a value of a certain kind: a number, a day, a name."""
        if FORGET.search(text):
            return [Say(phrases.DROPPED)]
        if not IGNORANT.search(text) and self._is_elsewhere(pending, text):
            return None
        before = pending.digits
        self._read(pending, [parameter], text)
        if parameter.name in pending.arguments:
            return self.proceed(pending, text)
        if pending.digits == before:
            if phrases.is_waiting(text):
                return self._wait(pending, phrases.TAKE_YOUR_TIME)
            if IGNORANT.search(text):
                return [Say(phrases.without(parameter))]
            if self._is_new(pending, text):
                return None
            self._read(pending, [parameter], text, answer=True)
        return self._after_answer(pending, parameter)

    def _read(self, pending: Pending, wanted: Sequence[Parameter], text: str, *, answer: bool = False) -> None:
        """Put the values in a text into the arguments; keep the digits of a number that is too short."""
        values = slots.fill(wanted, text, answer=answer, nearest=self._choices.nearest)
        for parameter in wanted:
            length = parameter.length
            if length and parameter.name in values:
                value = slots.joined(pending.digits, values.pop(parameter.name), length)
                if len(value) == length:
                    pending.digits = ""
                    values[parameter.name] = value
                elif parameter.required and pending.asked in ("", parameter.name):
                    pending.digits = value
        pending.arguments |= values

    def _after_answer(self, pending: Pending, parameter: Parameter) -> list[Action]:
        """Proceed when the answer had a value, else ask again, up to a limit."""
        if parameter.name in pending.arguments:
            return self.proceed(pending, "")
        pending.tries += 1
        if pending.tries >= TRIES:
            return [Say(f"I am sorry, I did not understand it. {phrases.abilities(self._choices.tools)}")]
        if pending.digits:
            return self._wait(pending, phrases.so_far(pending.digits))
        return self._wait(pending, f"Sorry, I did not get that. {phrases.question(parameter)}")

    def _wait(self, pending: Pending, words: str) -> list[Action]:
        """Say something and keep waiting."""
        self._memory["pending"] = pending
        return [Say(words)]

    def ask_back(self, options: Sequence[FunctionTool], text: str) -> list[Action]:
        """Ask which of two functions is meant."""
        return self._wait(Pending(options[0], options=tuple(options), wish=text), phrases.ask_back(options))

    def _choose_option(self, pending: Pending, text: str) -> list[Action] | None:
        """Find out which of the options is meant; the caller's first words still count."""
        first, second = pending.options
        tool: FunctionTool | None = None
        if FIRST_ONE.search(text) or SECOND_ONE.search(text):
            tool = first if FIRST_ONE.search(text) else second
        named = [one for one in pending.options if content(phrases.plain(str(one["name"]))) & content(text)]
        ranked = self._choices.ranked(text, pending.options)
        if tool is None and len(named) == 1:
            tool = named[0]
        if tool is None and ranked[0][0] - ranked[1][0] >= CLEARER and ranked[0][0] >= ENOUGH:
            tool = ranked[0][1]
        if tool is not None:
            return self.proceed(Pending(tool, wish=pending.wish), f"{pending.wish} {text}")
        return [Say(phrases.DROPPED)] if agreement(text) is False or FORGET.search(text) else None

    def _take_confirmation(self, pending: Pending, text: str) -> list[Action] | None:
        """Make the call when the caller says yes."""
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
        """Return whether a sentence so clearly means another function that even a number in it is not the answer."""
        scores = {str(tool["name"]): score for score, tool in self._choices.ranked(text)}
        best, own = max(scores.values(), default=0.0), scores.get(str(pending.tool["name"]), 0.0)
        return best >= SURE and best - own >= ELSEWHERE and len(text.split()) > NEW_SUBJECT

    def _is_new(self, pending: Pending, text: str) -> bool:
        """Return whether the caller has clearly changed the subject."""
        others = [tool for tool in self._choices.tools if tool["name"] != pending.tool["name"]]
        ranked = self._choices.ranked(text, others)
        return bool(ranked) and ranked[0][0] >= SURE and len(text.split()) >= NEW_SUBJECT


def _call(pending: Pending) -> CallFunction:
    return CallFunction(str(pending.tool["name"]), pending.arguments)
