"""A brain behind any chat-completions server: Ollama, llama.cpp, vLLM, LM Studio, hosted ones.

Sentences are passed on while the model still writes. What goes wrong is logged with its reason and told to the caller
in plain words: the call goes on, and the next turn tries again.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import structlog

from orchestrator.local.brain import Action, CallFunction, Conversation, Say
from orchestrator.local.chat_messages import choice, functions, messages
from orchestrator.local.reading import sentences

CONNECT_SECONDS = 5.0  # to reach the server
SILENT_SECONDS = 30.0  # between two pieces of an answer; a local model reads a long prompt in this time
LONGEST = 8_000  # characters of one answer: ten minutes of speech, after which a model is looping
UNREACHABLE = "I am sorry, I have a technical problem and cannot answer right now. Please try again in a moment."
BROKEN_OFF = "I am sorry, I lost the thread because of a technical problem. Could you say that again?"
EMPTY = "I am sorry, I have no answer to that. Could you put it another way?"
# Reasoning models that write their thoughts into the answer; only what follows is for the caller.
THOUGHTS = re.compile(r"<think>.*?(?:</think>\s*|$)", re.DOTALL)
MARK = "<think>"


class ChatError(Exception):
    """What a server did wrong, for the log; without the key."""


@dataclass(slots=True)
class Answer:
    """One answer, put together from its pieces."""

    raw: str = ""  # all that was written, thoughts included
    told: int = 0  # characters of the plain text that have been passed on
    calls: list[dict[str, str]] = field(default_factory=list)  # id, name, arguments as far as they have come

    def add(self, piece: Mapping[str, Any]) -> None:
        """Take one `chat.completion.chunk`; raises `ChatError` when it reports an error or never ends."""
        if error := piece.get("error"):
            raise ChatError(str(error.get("message", error) if isinstance(error, Mapping) else error)[:300])
        for option in (piece.get("choices") or [])[:1]:
            delta = option.get("delta") or {}
            self.raw += delta.get("content") or ""
            for call in delta.get("tool_calls") or []:
                self._add_call(call)
        if len(self.raw) + sum(len(call["arguments"]) for call in self.calls) > LONGEST:
            raise ChatError(f"the answer is longer than {LONGEST} characters")

    def _add_call(self, piece: Mapping[str, Any]) -> None:
        """Continue a function call, or begin one: not every server counts them, and some give the id once."""
        made, at = piece.get("id") or "", piece.get("index")
        known = [call for call in self.calls if call["index"] == str(at) and made in ("", call["id"])]
        if not known:
            known = [{"index": str(at), "id": made, "name": "", "arguments": ""}]
            self.calls.extend(known)
        function, call = piece.get("function") or {}, known[-1]
        call["name"] += function.get("name") or ""
        arguments = function.get("arguments") or ""
        call["arguments"] += arguments if isinstance(arguments, str) else json.dumps(arguments)

    def ready(self, *, ended: bool = False) -> list[str]:
        """Return the sentences that are complete and have not been passed on."""
        plain = THOUGHTS.sub("", self.raw)
        if not ended and MARK.startswith(plain[plain.rfind("<") :] or " "):
            return []  # it may become the mark of a thought
        rest = plain[self.told :]
        parts = sentences(rest)
        if not ended and parts:
            last = parts.pop()
            self.told += rest.rindex(last)
        elif ended:
            self.told = len(plain)
        return parts

    def functions(self) -> list[CallFunction]:
        """Return the calls; arguments that are no JSON object are left out, and the tool tells what it misses."""
        return [CallFunction(call["name"], _arguments(call["arguments"])) for call in self.calls if call["name"]]


class ChatBrain:
    """A `Brain` on a chat-completions server."""

    def __init__(self, url: str, model: str, api_key: str | None) -> None:
        """Prepare the connection; nothing is sent. Raises `ImportError` when `httpx` is missing."""
        import httpx

        base = url.rstrip("/")
        base = base if urlsplit(base).path else f"{base}/v1"
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        # Kept open between turns.
        self._client = httpx.AsyncClient(
            base_url=base, headers=headers, timeout=httpx.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS)
        )
        # The server's name of the model.
        self._model = model
        # Kept out of the log, even where a server repeats it.
        self._secret = api_key

    def prepare(self, instructions: str, tools: Sequence[Mapping[str, Any]]) -> None:
        """Do nothing: the server gets everything with each request."""

    async def respond(self, conversation: Conversation, memory: dict[str, Any]) -> AsyncIterator[Action]:
        """Yield sentences as they are written, then the function calls."""
        answer = Answer()
        try:
            async for piece in self._pieces(self._request(conversation)):
                answer.add(piece)
                for sentence in answer.ready():
                    yield Say(sentence)
        except ChatError as error:
            self._log(str(error))
            yield Say(BROKEN_OFF if answer.told else UNREACHABLE)
            return
        last = answer.ready(ended=True)
        for sentence in last:
            yield Say(sentence)
        for call in answer.functions():
            yield call
        if not (answer.told or answer.calls):
            yield Say(EMPTY)

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._client.aclose()

    def _log(self, reason: str) -> None:
        if self._secret:
            reason = reason.replace(self._secret, "…")
        server = self._client.base_url.host
        structlog.get_logger().warning("chat server failed", server=server, model=self._model, reason=reason)

    def _request(self, conversation: Conversation) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self._model, "messages": messages(conversation), "stream": True}
        if conversation.tools and conversation.tool_choice != "none":
            body |= {"tools": functions(conversation.tools), "tool_choice": choice(conversation.tool_choice or "auto")}
        return body

    async def _pieces(self, body: Mapping[str, Any]) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the answer's server-sent events; raises `ChatError` for all that can go wrong on the way."""
        import httpx

        came = False
        try:
            async with self._client.stream("POST", "chat/completions", json=body) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise ChatError(f"HTTP {answer.status_code}: {_reason(await answer.aread())}")
                async for line in answer.aiter_lines():
                    data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
                    if data == "[DONE]":
                        return
                    if data:
                        came = True
                        yield _object(data)
        except httpx.TimeoutException as error:
            raise ChatError(f"no answer in time ({type(error).__name__})") from None
        except httpx.HTTPError as error:
            raise ChatError(f"{type(error).__name__}: {error}") from None
        if not came:
            raise ChatError("the server does not stream: no server-sent event came")


def _object(data: str) -> Mapping[str, Any]:
    try:
        value = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, Mapping):
        raise ChatError("a piece of the answer is not a JSON object")
    return value


def _arguments(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _reason(body: bytes) -> str:
    """Return what a server says about an error, shortened."""
    text = body.decode("utf-8", "replace")
    try:
        error = json.loads(text)["error"]
        text = str(error["message"] if isinstance(error, Mapping) else error)
    except (ValueError, KeyError, TypeError):
        pass
    return " ".join(text.split())[:300]
