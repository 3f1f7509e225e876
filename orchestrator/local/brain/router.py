"""The default brain: chooses one of the agent's functions by meaning, fills its arguments and asks for what is missing.

It routes calls and uses tools; it does not hold a free conversation. All it knows is in the session: the functions with
their descriptions and examples, the known answers, the results. It states nothing else as a fact.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import structlog

from orchestrator.core import wording
from orchestrator.local.brain import language
from orchestrator.local.brain.dialogue import patterns
from orchestrator.local.brain.dialogue.documents import searches
from orchestrator.local.brain.dialogue.routes import (
    is_consulted,
    is_transfer,
    is_waited_for,
    news,
    past_calls,
    since_anything_was_said,
)
from orchestrator.local.brain.dialogue.turn import Turn
from orchestrator.local.brain.language import asks, closed_up, current, normalized, speaking
from orchestrator.local.brain.learned.meaning import meaning
from orchestrator.local.brain.pauses import joined, taken_together, unanswered, was_cut_short
from orchestrator.local.brain.port import Action, CallFunction, FunctionTool, Item, Request, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.saying.results import as_speech, parsed, worked
from orchestrator.local.brain.saying.spoken import natural
from orchestrator.local.brain.understanding.choice import ABLE, BEYOND, Choices, prototypes
from orchestrator.local.brain.understanding.encoder import SentenceEncoder
from orchestrator.local.brain.understanding.knowledge import Knowledge
from orchestrator.local.brain.understanding.meant import described, sought_of
from orchestrator.protocol.items import words
from orchestrator.team.functions import HAND_BACK, NOTHING, TELL, consult_name, transfer_name

SUMMARY_LINES = 6  # of the caller's, in a summary


class Router:
    """A `Brain` that needs no language model."""

    def __init__(self, encoder: SentenceEncoder, able: Mapping[str, Sequence[FunctionTool]] | None = None) -> None:
        # Compares sentences by meaning.
        self._encoder = encoder
        # Agent → its own functions: what a caller can be transferred for.
        self._able = able or {}
        language.load()  # takes a moment that no caller should wait for

    def prepare(self, instructions: str, tools: Sequence[FunctionTool], language: str) -> None:
        """Encode the sentences that stand for the session's functions and known answers, and compile the language."""
        with speaking(language):
            known = Knowledge(self._encoder, instructions)
            everybodys = [tool for theirs in self._able.values() for tool in theirs]
            stand = [
                text for tool in (*self._with_abilities(tools, instructions), *everybodys) for text in prototypes(tool)
            ]
            talk = [saying for sayings in phrases.small_talk().values() for saying in sayings]
            self._encoder.remember([*known.sentences(), *stand, *talk])
            if learnt := meaning(current().code):
                learnt.remember(known.described())
                learnt.remember(text for tool in (*tools, *everybodys) for text in (*described(tool), *sought_of(tool)))
            Choices(self._encoder, tools, instructions, date.min).ranked(phrases.GREETING)

    def _with_abilities(self, tools: Sequence[FunctionTool], instructions: str) -> list[FunctionTool]:
        """Return functions of which each transfer knows what the colleague, or those whom they connect to, can do.

        What this agent knows itself is nothing to transfer anybody for.
        """
        looks_up = any(map(searches, tools))  # nobody is put through to be told what is in a document
        able = {
            name: [tool for tool in theirs if not (looks_up and searches(tool)) and not is_known(tool, instructions)]
            for name, theirs in self._able.items()
        }
        everybodys = [tool for theirs in able.values() for tool in theirs]
        found: list[FunctionTool] = []
        for tool in tools:
            if is_transfer(tool):
                theirs = able.get(str(tool["name"]).removeprefix(transfer_name("")), [])
                tool = {**tool, ABLE: theirs, BEYOND: () if theirs else everybodys}
            found.append(tool)
        return found

    async def respond(self, request: Request, memory: dict[str, Any]) -> AsyncIterator[Action]:
        """Yield what to do about the newest item."""
        for action in await asyncio.to_thread(self.decide, request, memory):
            yield action

    def decide(self, request: Request, memory: dict[str, Any]) -> list[Action]:
        """Return what to do about the newest item; blocks for a few milliseconds."""
        with speaking(request.language):
            done = self._decide(request, memory)
            return [Say(closed_up(action.text)) if isinstance(action, Say) else action for action in done]

    def _decide(self, request: Request, memory: dict[str, Any]) -> list[Action]:
        items = request.items
        request = replace(request, tools=self._with_abilities(request.tools, request.instructions))
        if (line := requested_line(request)) is not None:
            return [Say(line)]
        last: Item = items[-1] if items else {}
        turns = taken_together(memory, items) if last.get("role") == "user" else unanswered(items)
        turn = Turn(self._encoder, request, memory)
        if last.get("type") == "function_call_output" and (found := turn.documents.found(items, request.today)):
            return looked_up(turn, *found, items, request.today)
        if last.get("type") == "function_call_output":
            return unless_repeated(turn.colleagues.after_refusal(), items) or report(turn, items, request.today)
        if is_consulted(items):
            question = normalized(words(last))
            return turn.documents.advised(question) or turn.colleagues.advise(question)
        if last.get("role") == "system" and any(one.search(words(last)) for one in patterns.IN_VAIN):
            return [Say(f"{phrases.NOBODY_FREE} {phrases.WHAT_CAN_I_DO}")]
        if last.get("role") == "system" and patterns.HANDED_OVER.match(words(last)):
            return turn.take_over(words(last))
        told: list[Action] = [Say(phrases.news(sender, text)) for sender, text in news(items)]
        if told and not waits(items):
            return told
        told += again(items, request.today)
        if not turns:
            return [Say(phrases.GREETING)]
        if not (text := joined(turns)):
            return told or [Say(phrases.NOT_HEARD)]
        actions = [*told, *turn.answer(text)]
        structlog.get_logger().info("local router decided", **turn.why)
        return [replace(action, why=turn.why) if isinstance(action, CallFunction) else action for action in actions]


def is_known(tool: FunctionTool, instructions: str) -> bool:
    """Return whether a function would only tell what instructions tell."""
    told = str(tool.get("description") or "")
    return told.startswith(TELL) and told.removeprefix(TELL) in instructions


def requested_line(request: Request) -> str | None:
    """Return the words for what the orchestrator asks of this response; None when it asks for nothing in particular."""
    match request.purpose:
        case wording.SUMMARY:
            return summary(request.items)
        case wording.GREETING:
            return phrases.GREETING
        case wording.APOLOGY:
            return phrases.NO_ANSWER
        case wording.FILLER:
            return phrases.LOOKING
        case wording.GOODBYE if request.response_instructions == wording.LAST_WORDS:
            told = results(request.items).removesuffix(NOTHING)
            return f"{told} {phrases.FAREWELL}".strip()
        case wording.GOODBYE if ending := patterns.ENDING.match(request.response_instructions):
            return phrases.THE_END.format(why=ending["why"])
    return None


def waits(items: Sequence[Item]) -> bool:
    """Return whether the caller has said something since the agent last spoke."""
    said = next((item for item in reversed(items) if item.get("role") in ("user", "assistant")), {})
    return said.get("role") == "user"


def again(items: Sequence[Item], today: date) -> list[Action]:
    """Say results again of which hardly anything was heard, because the caller went on speaking."""
    at = len(items)
    while at and _is_unheard(items[at - 1]):
        at -= 1
    cut = any(item.get("role") == "assistant" for item in items[at:])
    if not cut or not at or items[at - 1].get("type") != "function_call_output":
        return []
    told = natural(results(items[:at]), today)
    return [Say(told)] if told and not is_transfer({"name": past_calls(items)[-1].name}) else []


def _is_unheard(item: Item) -> bool:
    """Return whether an item is the caller's, or an answer of which they heard hardly anything."""
    return item.get("role") == "user" or (item.get("role") == "assistant" and was_cut_short(words(item)))


def unless_repeated(actions: Sequence[Action], items: Sequence[Item]) -> list[Action]:
    """Return the actions, or none when they repeat a function call with nothing said since."""
    made = [(call.name, call.arguments) for call in since_anything_was_said(items)]
    calling = (action for action in actions if isinstance(action, CallFunction))
    return [] if any((action.name, action.arguments) in made for action in calling) else list(actions)


def looked_up(turn: Turn, question: str, told: str, items: Sequence[Item], today: date) -> list[Action]:
    """Say what was found in documents; if that is nothing, answer as if there were none."""
    if is_consulted(items):
        return [Say(natural(told, today))] if told else turn.colleagues.advise(question)
    return turn.go_on(natural(told, today)) if told else turn.answer(question)


def report(turn: Turn, items: Sequence[Item], today: date) -> list[Action]:
    """Say the results of the newest calls; if they are good and a colleague waits for the caller, hand back."""
    output = natural(results(items), today)
    if is_consulted(items) or asks(output):
        return [Say(output)]
    done = past_calls(items)[-1]
    if is_waited_for(items) and not done.name.startswith(consult_name("")) and worked(output):
        return [Say(output), CallFunction(HAND_BACK, {"reason": f"{phrases.plain(done.name)}: {output}"})]
    return turn.go_on(output)


def results(items: Sequence[Item]) -> str:
    """Return the newest results as speech, in order; a refusal that a later call has made good is left out."""
    outputs: list[str] = []
    for item in reversed(items):
        if item.get("type") not in ("function_call_output", "function_call"):
            break
        if item.get("type") == "function_call_output":
            outputs.insert(0, str(item.get("output", "")))
    before = [output for output in outputs[:-1] if "call_first" not in (parsed(output) or {})]
    return " ".join(as_speech(output) for output in [*before, *outputs[-1:]])


def summary(items: Sequence[Item]) -> str:
    """Return the caller's last lines."""
    lines = [words(item) for item in items if item.get("role") == "user" and words(item)]
    return phrases.line("summary", lines=" ".join(lines[-SUMMARY_LINES:])) if lines else phrases.NO_SUMMARY
