"""The default brain: chooses among the agent's functions by meaning, fills their arguments, asks for the rest.

It is a router with tools, not a partner for a chat. What it knows stands in the session: the functions with their
descriptions and examples, the known answers, the results. It never says anything else as a fact.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from orchestrator.local.brain import phrases
from orchestrator.local.brain.choice import ANSWER, prototypes
from orchestrator.local.brain.encoder import SentenceEncoder
from orchestrator.local.brain.port import Action, CallFunction, Request, Say
from orchestrator.local.brain.results import parsed, spoken, worked
from orchestrator.local.brain.turn import Turn
from orchestrator.local.brain.ways import HANDED, calls, is_asked, is_waited_for, since_anything_was_said
from orchestrator.protocol.items import words
from orchestrator.team.functions import HAND_BACK

ENDING = re.compile(r"The call ends now: (.+?)\.")
SUMMARY_LINES = 6  # of the caller, in a summary


class Router:
    """A `Brain` that needs no language model."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        # Compares meanings.
        self._encoder = encoder
        encoder.remember(saying for sayings in phrases.SMALL_TALK.values() for saying in sayings)

    def prepare(self, instructions: str, tools: Sequence[Mapping[str, Any]]) -> None:
        """Encode what stands for the session's functions and known answers."""
        questions = (question for question, _ in ANSWER.findall(instructions))
        self._encoder.remember([*questions, *(text for tool in tools for text in prototypes(tool))])

    async def respond(self, request: Request, memory: dict[str, Any]) -> AsyncIterator[Action]:
        """Yield what to do about the newest item."""
        for action in await asyncio.to_thread(self.decide, request, memory):
            yield action

    def decide(self, request: Request, memory: dict[str, Any]) -> list[Action]:
        """Decide; plain and synchronous."""
        items, wanted = request.items, request.extra.lower()
        if "summar" in wanted:
            return [Say(summary(items))]
        if wanted.startswith("greet"):
            return [Say(phrases.GREETING)]
        if wanted.startswith("tell the caller in a few words"):
            return [Say(phrases.LOOKING)]
        if ending := ENDING.match(request.extra):
            return [Say(phrases.THE_END.format(why=ending.group(1)))]
        turn = Turn(self._encoder, request, memory)
        last: Mapping[str, Any] = items[-1] if items else {}
        if last.get("type") == "function_call_output":
            return fresh(turn.team.refused(), items) or told(items)
        if is_asked(items):
            return turn.team.advise(words(last))
        if last.get("role") == "system" and HANDED.match(words(last)):
            return turn.take_over(words(last))
        said = unanswered(items)
        if not said:
            return [Say(phrases.GREETING)]
        text = " ".join(filter(None, said))
        return turn.answer(text) if text else [Say(phrases.NOT_HEARD)]


def unanswered(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what the caller has said since it was last answered: a pause splits one thought into several turns."""
    said: list[str] = []
    for item in reversed(items):
        if item.get("role") == "user":
            said.insert(0, words(item))
        elif said and (item.get("type") != "message" or words(item)):
            break
    return said


def fresh(actions: Sequence[Action], items: Sequence[Mapping[str, Any]]) -> list[Action]:
    """Return what to do; nothing when it is a call that was made already and nobody has said anything since."""
    made = [(one.name, one.arguments) for one in since_anything_was_said(items)]
    calling = (one for one in actions if isinstance(one, CallFunction))
    return [] if any((one.name, one.arguments) in made for one in calling) else list(actions)


def told(items: Sequence[Mapping[str, Any]]) -> list[Action]:
    """Tell what came of the newest calls; who is waited for then gives the caller back, if it went well."""
    output = results(items)
    if is_asked(items) or output.endswith("?"):
        return [Say(output)]
    done = calls(items)[-1]
    if is_waited_for(items) and not done.name.startswith("ask_") and worked(output):
        return [Say(output), CallFunction(HAND_BACK, {"reason": f"{phrases.plain(done.name)}: {output}"})]
    return [Say(f"{output} {phrases.ANYTHING_ELSE}")]


def results(items: Sequence[Mapping[str, Any]]) -> str:
    """Say the newest results; several of one response in order, but no refusal after which what it needs was done."""
    outputs: list[str] = []
    for item in reversed(items):
        if item.get("type") not in ("function_call_output", "function_call"):
            break
        if item.get("type") == "function_call_output":
            outputs.insert(0, str(item.get("output", "")))
    before = [output for output in outputs[:-1] if "call_first" not in (parsed(output) or {})]
    return " ".join(spoken(output) for output in [*before, *outputs[-1:]])


def summary(items: Sequence[Mapping[str, Any]]) -> str:
    """Return what the caller said, in short."""
    said = [words(item) for item in items if item.get("role") == "user" and words(item)]
    return "The caller said: " + " ".join(said[-SUMMARY_LINES:]) if said else "The caller has said nothing yet."
