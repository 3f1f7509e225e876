"""The default brain: chooses among the agent's functions by meaning, fills their arguments, asks for the rest.

It is a router with tools, not a partner for a chat. What it knows stands in the session: the functions with their
descriptions and examples, the known answers, the results. It never says anything else as a fact.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.local import numbers, phrases, slots
from orchestrator.local.brain import Action, CallFunction, Conversation, Say, words
from orchestrator.local.encoder import Encoder, content

Tool = Mapping[str, Any]
# Measured on the development sentences (44 of a service desk, 24 of an airline); see the README for held-out figures.
ENOUGH = 0.25  # likeness below which nothing is taken to be meant
SURE = 0.42  # likeness from which a sentence breaks off the question that was asked before
MARGIN = 0.04  # two functions that are nearer than this are asked back
FITS = 0.06  # what it adds when the sentence has all that a function needs
NAMED = 0.25  # what it adds when the caller names the colleague they want
EXAMPLES = re.compile(r"\s*For example: (.+)$", re.DOTALL)
CONFIRM = "Ask the caller to confirm before calling this."
ANSWER = re.compile(r"^Q: (.+?) A: (.+)$", re.MULTILINE)
HANDED = "The caller was handed to you"
SPEAK_TO = re.compile(
    r"\b(transfer|connect|put me|speak|talk|pass me|switch|go back|back to|send me|someone (?:in|from))\b"
)
FORGET = re.compile(r"\b(never mind|forget it|forget about it|leave it|skip that|cancel that)\b", re.IGNORECASE)
BESIDE_NUMBERS = frozenset(
    {"number", "order", "invoice", "customer", "reference", "account", *numbers.UNITS, *numbers.TIMES}
)
RETRIES = 2  # questions asked again for one argument, before it is dropped


@dataclass(slots=True)
class Pending:
    """A function call that waits for the caller's word."""

    tool: Tool
    arguments: dict[str, Any] = field(default_factory=dict)
    asked: str = ""  # the parameter asked for; "" when it is to be confirmed
    options: tuple[Tool, ...] = ()  # what was asked back between, with the words said then
    said: str = ""
    tries: int = 0


class Router:
    """A `Brain` that needs no language model."""

    def __init__(self, encoder: Encoder) -> None:
        # Compares meanings.
        self._encoder = encoder

    async def respond(self, conversation: Conversation, memory: dict[str, Any]) -> AsyncIterator[Action]:
        """Yield what to do about the newest item."""
        for action in await asyncio.to_thread(self.decide, conversation, memory):
            yield action

    def decide(self, conversation: Conversation, memory: dict[str, Any]) -> list[Action]:
        """Decide; plain and synchronous."""
        items = conversation.items
        if "summar" in conversation.extra.lower():
            return [Say(summary(items))]
        last: Mapping[str, Any] = items[-1] if items else {}
        if last.get("type") == "function_call_output":
            return [Say(self._results(items))]
        if last.get("role") == "system" and words(last).startswith(HANDED):
            return Turn(self._encoder, conversation, memory).take_over(words(last))
        heard = next((item for item in reversed(items) if item.get("role") == "user"), None)
        if heard is None:
            return [Say("Hello. How can I help you?")]
        text = words(heard)
        return Turn(self._encoder, conversation, memory).answer(text) if text else [Say(phrases.NOT_HEARD)]

    @staticmethod
    def _results(items: Sequence[Mapping[str, Any]]) -> str:
        """Say the newest results; several of one response in order."""
        outputs: list[str] = []
        for item in reversed(items):
            if item.get("type") not in ("function_call_output", "function_call"):
                break
            if item.get("type") == "function_call_output":
                outputs.insert(0, phrases.spoken(str(item.get("output", ""))))
        told = " ".join(outputs)
        return told if told.endswith("?") else f"{told} {phrases.ANYTHING_ELSE}"


def summary(items: Sequence[Mapping[str, Any]]) -> str:
    """Return what the caller said, in short."""
    said = [words(item) for item in items if item.get("role") == "user" and words(item)]
    return "The caller said: " + " ".join(said[-5:]) if said else "Nothing was said yet."


class Turn:
    """One turn of the caller, and what is to be done about it."""

    def __init__(self, encoder: Encoder, conversation: Conversation, memory: dict[str, Any]) -> None:
        # Compares meanings.
        self._encoder = encoder
        # The agent's functions; none when the session forbids them.
        self._tools = [] if conversation.tool_choice == "none" else list(conversation.tools)
        # Who the agent is, and what it knows.
        self._instructions = conversation.instructions
        # The session's memory: the pending call.
        self._memory = memory

    # --- what the caller said ---

    def answer(self, text: str) -> list[Action]:
        """React to the caller's words."""
        pending = self._memory.pop("pending", None)
        if pending is not None:
            decided = self._go_on(pending, text)
            if decided is not None:
                return decided
        return self._choose(text)

    def take_over(self, briefing: str) -> list[Action]:
        """React to a handoff: do what the caller has asked for already, or ask what is needed for it."""
        self._memory.pop("pending", None)
        said = re.findall(r"^Caller: (.+)$", briefing, re.MULTILINE)
        reason = re.search(r"^Reason: (.+)$", briefing, re.MULTILINE)
        text = said[-1] if said else reason.group(1) if reason else ""
        own = [tool for tool in self._tools if not _is_transfer(tool)]
        ranked = self._ranked(text, own)
        best = ranked[0][0] if ranked else 0.0
        score, answer = self._answers(text)
        if answer and score >= max(ENOUGH, best):
            return [Say(answer)]
        if best >= ENOUGH:
            return self._call(Pending(ranked[0][1], said=text), text, lead="I can help you with that. ")
        return [Say(f"I am taking over from here. {phrases.abilities(own)} What would you like?")]

    def _choose(self, text: str) -> list[Action]:
        """Choose a function, an answer, small talk, or say what can be done."""
        if numbers.find(text) and not content(text) - BESIDE_NUMBERS:
            for tool in self._looked_up():
                return self._call(Pending(tool, said=text), text)
        ranked = self._ranked(text, self._tools)
        best = ranked[0][0] if ranked else 0.0
        talk, reply = self._small_talk(text)
        answer_score, answer = self._answers(text)
        if answer and answer_score >= max(ENOUGH, talk) and answer_score > best:
            return [Say(answer)]
        if talk >= ENOUGH and talk > best:
            return [Say(reply)]
        if best < ENOUGH:
            return [Say(f"I am not sure I understood. {phrases.abilities(self._tools)}")]
        close = [tool for score, tool in ranked[:2] if best - score < MARGIN]
        if len(close) == 2:
            self._memory["pending"] = Pending(close[0], options=tuple(close), said=text)
            return [Say(phrases.ask_back(close))]
        return self._call(Pending(ranked[0][1], said=text), text)

    def _looked_up(self) -> list[Tool]:
        """Return the functions that a bare number can be for: harmless ones that need one, the last used first."""
        harmless = [tool for tool in self._tools if CONFIRM not in str(tool.get("description"))]
        fitting = [
            tool for tool in harmless if any(slots.is_identifier(one) for one in slots.parameters(tool) if one.required)
        ]
        return sorted(fitting, key=lambda tool: tool["name"] != self._memory.get("last"))

    def _ranked(self, text: str, tools: Sequence[Tool]) -> list[tuple[float, Tool]]:
        """Return the functions by how much they are meant."""
        plain, scored = numbers.written(text), []
        for tool in tools:
            score = max(self._encoder.likeness(plain, prototypes(tool)), default=0.0)
            if (
                _is_transfer(tool)
                and SPEAK_TO.search(text.lower())
                and content(phrases.plain(str(tool["name"]))) & content(text)
            ):
                score += NAMED
            needed = [parameter for parameter in slots.parameters(tool) if parameter.required]
            if needed and len(slots.fill(needed, text)) == len(needed):
                score += FITS
            scored.append((score, tool))
        return sorted(scored, key=lambda pair: -pair[0])

    def _small_talk(self, text: str) -> tuple[float, str]:
        best, reply = 0.0, ""
        for answer, sayings in phrases.SMALL_TALK.items():
            score = max(self._encoder.likeness(text, sayings))
            if score > best:
                best, reply = score, answer
        said = {"who": phrases.who(self._instructions), "able": phrases.abilities(self._tools)}
        return best, reply.format(**said)

    def _answers(self, text: str) -> tuple[float, str]:
        known = ANSWER.findall(self._instructions)
        scores = self._encoder.likeness(text, [question for question, _ in known])
        return max(zip(scores, (answer for _, answer in known), strict=True), default=(0.0, ""))

    # --- a call that waits ---

    def _go_on(self, pending: Pending, text: str) -> list[Action] | None:
        """Take the caller's words as the answer to what was asked; None when they are about something else."""
        if FORGET.search(text):
            return [Say(phrases.DROPPED)]
        if pending.options:
            return self._picked(pending, text)
        if not pending.asked:
            return self._confirmed(pending, text)
        wanted = [parameter for parameter in slots.parameters(pending.tool) if parameter.name == pending.asked]
        read = slots.fill(wanted, text)
        if not read and self._is_new(pending, text):
            return None
        read = read or slots.fill(wanted, text, answer=True)
        if read:
            pending.arguments |= read
            return self._call(pending, text)
        pending.tries += 1
        if pending.tries > RETRIES:
            return [Say(f"I am sorry, I did not understand it. {phrases.abilities(self._tools)}")]
        self._memory["pending"] = pending
        return [Say(f"Sorry, I did not get that. {phrases.question(wanted[0])}")]

    def _picked(self, pending: Pending, text: str) -> list[Action] | None:
        """Find which of the options is meant."""
        lowered = text.lower()
        first, second = pending.options
        if re.search(r"\b(first|former)\b", lowered):
            return self._call(Pending(first, said=pending.said), pending.said)
        if re.search(r"\b(second|latter)\b", lowered):
            return self._call(Pending(second, said=pending.said), pending.said)
        ranked = self._ranked(text, pending.options)
        own = [tool for tool in pending.options if content(phrases.plain(str(tool["name"]))) & content(text)]
        if len(own) == 1:
            return self._call(Pending(own[0], said=pending.said), f"{pending.said} {text}")
        if ranked[0][0] - ranked[1][0] >= MARGIN:
            return self._call(Pending(ranked[0][1], said=pending.said), f"{pending.said} {text}")
        return [Say(phrases.DROPPED)] if slots.agreement(text) is False else None

    def _confirmed(self, pending: Pending, text: str) -> list[Action] | None:
        """Do it when the caller says yes."""
        agreed = slots.agreement(text)
        if agreed:
            return [self._now(pending)]
        if agreed is False:
            corrected = slots.fill(slots.parameters(pending.tool), text)
            if corrected and corrected != pending.arguments:
                pending.arguments |= corrected
                return self._call(pending, "")
            return [Say(phrases.NOT_DONE)]
        if self._is_new(pending, text):
            return None
        pending.tries += 1
        if pending.tries > RETRIES:
            return [Say(phrases.NOT_DONE)]
        self._memory["pending"] = pending
        return [Say(f"Please say yes or no. {phrases.confirmation(pending.tool, pending.arguments)}")]

    def _is_new(self, pending: Pending, text: str) -> bool:
        """Return whether the caller has clearly turned to another subject."""
        others = [tool for tool in self._tools if tool["name"] != pending.tool["name"]]
        ranked = self._ranked(text, others)
        return bool(ranked) and ranked[0][0] >= SURE and len(text.split()) > 2

    def _call(self, pending: Pending, text: str, lead: str = "") -> list[Action]:
        """Call a function, or ask for what it still needs."""
        parameters = slots.parameters(pending.tool)
        missing = [parameter for parameter in parameters if parameter.name not in pending.arguments]
        pending.arguments |= slots.fill(missing, text)
        if _is_transfer(pending.tool):
            pending.arguments.setdefault("reason", pending.said or text)
        open_ones = [one for one in parameters if one.required and one.name not in pending.arguments]
        if open_ones:
            pending.tries = 0 if pending.asked != open_ones[0].name else pending.tries
            pending.asked = open_ones[0].name
            pending.options = ()
            self._memory["pending"] = pending
            return [Say(lead + phrases.question(open_ones[0]))]
        if CONFIRM in str(pending.tool.get("description")):
            pending.asked, pending.options, pending.tries = "", (), 0
            self._memory["pending"] = pending
            return [Say(lead + phrases.confirmation(pending.tool, pending.arguments))]
        return [self._now(pending)]

    def _now(self, pending: Pending) -> CallFunction:
        """Call the function with what is known."""
        self._memory["last"] = pending.tool["name"]
        return CallFunction(str(pending.tool["name"]), pending.arguments)


def _is_transfer(tool: Tool) -> bool:
    return str(tool["name"]).startswith("transfer_to_")


def prototypes(tool: Tool) -> list[str]:
    """Return sentences that stand for a function: its description, and what callers say for it."""
    described = str(tool.get("description") or "").replace(CONFIRM, "").strip()
    found = EXAMPLES.search(described)
    examples = re.findall(r'"([^"]+)"', found.group(1)) if found else []
    about = EXAMPLES.sub("", described)
    about = re.sub(r"^Hand the caller over to \S+\. ?", "", about)
    parts = re.split(r"(?<=\.)\s+|: ", about.replace("Use it for: ", ""))
    lists = [item for part in parts if part.count(",") > 1 for item in part.rstrip(".").split(", ")]
    return [text for text in (about, *parts[1:], *lists, phrases.plain(str(tool["name"])), *examples) if text]
