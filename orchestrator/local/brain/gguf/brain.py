"""The brain on a GGUF file: asks the model, checks what it wrote, and says or does what can be stood for.

A sentence with a number, day, time or name that nobody gave is not said; if nothing is left, the caller hears that the
agent is not sure, or the router's greeting and the like where one of those was wanted. An argument that nobody gave is
replaced by what the caller did say; if that is nothing, it is left out, or asked for when the function needs it.
A function that has to be confirmed is called after a question with exactly these arguments.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Any

import structlog

from orchestrator.core import wording
from orchestrator.local.brain.chat import SpokenAnswer, spoken
from orchestrator.local.brain.dialogue import patterns
from orchestrator.local.brain.dialogue.history import last_said
from orchestrator.local.brain.dialogue.routes import is_transfer
from orchestrator.local.brain.gguf.facts import Facts, told
from orchestrator.local.brain.gguf.grammar import END_SAY, SAY, called, described, grammar, said
from orchestrator.local.brain.gguf.model import LanguageModel
from orchestrator.local.brain.language import speaking
from orchestrator.local.brain.port import Action, CallFunction, FunctionTool, Request, Say
from orchestrator.local.brain.router import requested_line, unless_repeated
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import dates
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter, parameters
from orchestrator.local.brain.understanding.slots import read
from orchestrator.local.brain.understanding.utterance import Context
from orchestrator.protocol.items import words
from orchestrator.team.functions import CONFIRM
from orchestrator.text.messages import NOTE, OPENING, in_words, messages

LEFT_OUT = NOTE.format("Earlier lines are left out.")
CUT_OFF = "length"  # why an answer ended that had no room for its end
NOBODY = frozenset({"caller", "customer", "user", "patient", "client", "guest"})  # what a model writes for a name
LINES = 6  # of the caller's, in which a value is looked for
PROMPT = 12_000  # characters of the conversation that the model sees; of a longer one the newest
TOGETHER = 8  # messages that are left out at a time: what is left begins alike for some turns, and is not read again


@dataclass(slots=True)
class GuidedAnswer(SpokenAnswer):
    """An answer under the grammar: one line of JSON, which says something or calls a function."""

    def words(self, *, ended: bool = False) -> str:
        """Return what is said so far; of an answer that was cut off, whole sentences."""
        if not self.raw.startswith(SAY):
            return ""
        plain = self.raw.removeprefix(SAY).removesuffix(END_SAY)
        if ended and self.ending == CUT_OFF:
            return plain[: max(plain.rfind(end) for end in ".!?") + 1]
        return plain

    def functions(self) -> list[CallFunction]:
        """Return the call; one that was cut off is none."""
        try:
            made = json.loads(self.raw)
        except ValueError:
            return []
        is_call = isinstance(made, dict) and "call" in made
        return [CallFunction(made["call"], made["arguments"])] if is_call else []


class GgufBrain:
    """A `Brain` on a model in this process."""

    def __init__(self, model: LanguageModel, today: Callable[[], date] = date.today) -> None:
        # Shared by all calls.
        self._model = model
        # Returns the date that requests will have.
        self._today = today

    def prepare(self, instructions: str, tools: Sequence[FunctionTool], language: str) -> None:
        """Have the agent's part of the prompt read in advance."""
        told = [{"role": "system", "content": system(instructions, tools, self._today())}]
        self._model.read_in_advance(self._body([*told, {"role": "user", "content": OPENING}], grammar((), "none")))

    async def respond(self, request: Request, memory: dict[str, Any]) -> AsyncIterator[Action]:
        """Yield what the model says and does, as far as it is founded."""
        with speaking(request.language):
            line = requested_line(request) or phrases.NOT_SURE
            checks = Checks(request)
        if request.purpose == wording.FILLER:  # the model would take longer than what is waited for
            yield Say(line)
            return
        log = structlog.get_logger()
        done = held_back = 0
        body = self._body(prompt(request), grammar(allowed(request), request.tool_choice))
        answer = GuidedAnswer()
        async with aclosing(spoken(self._model, body, answer, request.language)) as actions:
            async for action in actions:
                with speaking(request.language):
                    founded = list(checks.founded(action))
                for one in founded:
                    yield one
                done, held_back = done + len(founded), held_back + (not founded)
        if answer.ending and not (answer.said.passed_on or answer.functions()):
            log.warning("model gave no answer", model=self._model.host, ending=answer.ending)
        if held_back:
            log.warning("model was not believed", model=self._model.host, unfounded=checks.unfounded)
        if not done:
            yield Say(line)

    def _body(self, told: list[dict[str, Any]], form: str) -> dict[str, Any]:
        return {"model": self._model.host, "messages": told, "grammar": form}


class Checks:
    """What is known in a conversation, against which its actions are checked."""

    def __init__(self, request: Request) -> None:
        self._request = request
        given = told(request.items)
        functions = [described([tool]) for tool in request.tools]
        # What the conversation tells, for arguments; and all that may be said.
        self._given = Facts.of(given, request.today)
        about = [request.instructions, request.response_instructions, *functions, request.today.isoformat()]
        self._known = Facts.of([*about, *given], request.today, prose=request.instructions)
        # How many numbers, days, times and names of the model's own were found.
        self.unfounded = 0

    def founded(self, action: Action) -> Iterator[Action]:
        """Yield what may be said or done of an action, or the question that has to come first."""
        if isinstance(action, Say):
            wrong = self._known.unfounded(action.text)
            self.unfounded += len(wrong)
            if not wrong:
                yield action
            return
        tool = next((tool for tool in self._request.tools if tool["name"] == action.name), {})
        arguments = dict(action.arguments)
        for one in parameters(tool):
            if one.name in arguments and not self._is_given(one, arguments[one.name]):
                self.unfounded += 1
                del arguments[one.name]
                arguments |= self._heard(one)
            if one.required and one.name not in arguments:
                yield Say(phrases.question(one))
                return
        question = phrases.confirmation(tool, arguments, self._request.today)
        if CONFIRM in str(tool.get("description") or "") and question not in last_said(self._request.items):
            yield Say(question)
            return
        yield from unless_repeated([CallFunction(action.name, arguments)], self._request.items)

    def _heard(self, parameter: Parameter) -> dict[str, Any]:
        """Return the value that the caller said for a parameter, as the router reads it: the last one."""
        context = Context(self._request.today)
        lines = [words(item) for item in self._request.items if item.get("role") == "user"]
        found = (read([parameter], line, context) for line in reversed(lines[-LINES:]))
        return next(filter(None, found), {})

    def _is_given(self, parameter: Parameter, value: Any) -> bool:
        """Whether an argument's value comes from the conversation."""
        kind = kind_of(parameter)
        if kind in (Kind.CHOICE, Kind.FLAG) or isinstance(value, Mapping | list):
            return True
        text = str(value)
        if kind is Kind.NAME:
            return text.lower() not in NOBODY and not self._given.strange(text, whole=True)
        if kind is Kind.DAY and not dates.find(text, self._request.today):
            return False
        return not self._given.unfounded(text)


def allowed(request: Request) -> list[FunctionTool]:
    """Return the functions that may be called now: who was just handed the caller says something before passing on."""
    last = request.items[-1] if request.items else {}
    arrived = last.get("role") == "system" and patterns.HANDED_OVER.match(words(last))
    return [tool for tool in request.tools if not (arrived and is_transfer(tool))]


def prompt(request: Request) -> list[dict[str, Any]]:
    """Return the messages of a request: first what stays alike for the agent, last what is only for this response."""
    first = {"role": "system", "content": system(request.instructions, request.tools, request.today)}
    items = request.items
    if request.response_instructions:
        note = {"type": "input_text", "text": request.response_instructions}
        items = [*items, {"type": "message", "role": "system", "content": [note]}]
    return [first, *newest(in_words(messages(items, ""), said, called))]


def system(instructions: str, tools: Sequence[FunctionTool], today: date) -> str:
    """Return what the model is told about its agent."""
    day = f"Today is {today:%A}, {today.isoformat()}."
    return "\n\n".join(filter(None, (instructions, described(tools), day)))


def newest(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the oldest messages of a long conversation."""
    size = sum(len(message["content"]) for message in told)
    first = 0
    while size > PROMPT and first + TOGETHER < len(told):
        size -= sum(len(message["content"]) for message in told[first : first + TOGETHER])
        first += TOGETHER
    if not first:
        return told
    begins = (
        []
        if told[first]["role"] == "user"
        else [{"role": "user", "content": NOTE.format("Earlier lines are left out.")}]
    )
    return [*begins, *told[first:]]
