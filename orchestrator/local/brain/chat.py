"""A brain behind any chat-completions server: Ollama, llama.cpp, vLLM, LM Studio, hosted ones.

Sentences are passed on while the model is still writing. A failure is logged with its reason and the caller hears an
apology: the call goes on, and the next turn tries again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from orchestrator.errors import RealtimeError
from orchestrator.local.brain.port import Action, CallFunction, FunctionTool, Request, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.speech.reading_aloud import sentences
from orchestrator.text.chat import Answer, ChatClient
from orchestrator.text.messages import choice, functions, json_object, messages

SILENT_SECONDS = 30.0  # between two pieces of an answer: a local model needs that long to read a long prompt
LONGEST = 8_000  # characters of one answer: ten minutes of speech; a longer one means that the model is looping


@dataclass(slots=True)
class SpokenAnswer(Answer):
    """An answer that is spoken while it is being written."""

    longest: int = LONGEST

    def ready(self, *, ended: bool = False) -> list[str]:
        """Return the sentences that are complete and have not been passed on."""
        plain = self.words(ended=ended)
        rest = plain[self.said.passed_on :]
        parts = sentences(rest)
        if not ended and parts:
            last = parts.pop()
            self.said.passed_on += rest.rindex(last)
        elif ended:
            self.said.passed_on = len(plain)
        return parts

    def functions(self) -> list[CallFunction]:
        """Return the calls; arguments that are no JSON object are passed on as they are, for the tool to refuse."""
        made = ((call["name"], call["arguments"]) for call in self.calls if call["name"])
        read = ((name, text, json_object(text)) for name, text in made)
        return [
            CallFunction(name, {}, text) if found is None else CallFunction(name, found) for name, text, found in read
        ]


class Writer(Protocol):
    """Whatever writes an answer: a `ChatClient`, or a model in this process."""

    @property
    def host(self) -> str:
        """Who it is, for the log."""

    def ask(self, body: Mapping[str, Any], answer: Answer) -> AsyncGenerator[None, None]:
        """Add the pieces of an answer as they come, yielding after each; raises `RealtimeError`."""


async def spoken(
    writer: Writer, body: Mapping[str, Any], answer: SpokenAnswer, code: str
) -> AsyncGenerator[Action, None]:
    """Yield an answer's sentences as soon as they are complete, then its calls; a failure becomes words and a log line.

    The words are in the language with this code. Closing it ends the answer.
    """
    try:
        async with aclosing(writer.ask(body, answer)) as pieces:
            async for _ in pieces:
                for sentence in answer.ready():
                    yield Say(sentence)
    except RealtimeError as error:
        log = structlog.get_logger()
        log.warning("chat server failed", server=writer.host, model=body["model"], reason=str(error))
        yield Say(phrases.line_in(code, "broken_off" if answer.said.passed_on else "unreachable"))
        return
    for sentence in answer.ready(ended=True):
        yield Say(sentence)
    calls = answer.functions()
    for call in calls:
        yield call
    if not (answer.said.passed_on or calls):
        yield Say(phrases.line_in(code, "empty"))


class ChatBrain:
    """A `Brain` on a chat-completions server."""

    def __init__(self, url: str, model: str, api_key: str | None) -> None:
        """Prepare the connection without sending anything; raises what `ChatClient` raises."""
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        # Kept open between turns.
        self._client = ChatClient(url, headers, silent=SILENT_SECONDS)
        # The model's name on the server.
        self._model = model

    def prepare(self, instructions: str, tools: Sequence[FunctionTool], language: str) -> None:
        """Do nothing: each request carries everything that the server needs."""

    async def respond(self, request: Request, memory: dict[str, Any]) -> AsyncIterator[Action]:
        """Yield sentences as soon as they are complete, then the function calls."""
        said = spoken(self._client, self._body(request), SpokenAnswer(), request.language)
        async with aclosing(said) as actions:
            async for action in actions:
                yield action

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._client.close()

    def _body(self, request: Request) -> dict[str, Any]:
        system = "\n\n".join(filter(None, (request.instructions, request.response_instructions)))
        body: dict[str, Any] = {"model": self._model, "messages": messages(request.items, system)}
        if request.tools and request.tool_choice != "none":
            body |= {"tools": functions(request.tools), "tool_choice": choice(request.tool_choice or "auto")}
        return body
