"""A language model as the brain: any server of OpenAI's `/v1/chat/completions`, such as Ollama, llama.cpp or vLLM.

The answer is streamed and spoken sentence by sentence. When the server cannot be reached the caller hears it in a
sentence; the log says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx
import structlog

from orchestrator.local.brain import Action, CallFunction, Conversation, Say, words

CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0  # between two pieces of an answer
ANSWER = 16_000  # characters of one answer; what comes after is not spoken
UNREACHABLE = "I am sorry, I cannot think at the moment. Please try again in a little while."
EMPTY = "I am sorry, I have no answer to that."
log = structlog.get_logger("orchestrator")


class ChatBrain:
    """A `Brain` behind a chat-completions server."""

    def __init__(self, url: str, model: str, key: str | None) -> None:
        # Where answers are asked for.
        self._url = url.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"
        # Which model is asked.
        self._model = model
        # Connections are kept between answers.
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.AsyncClient(headers=headers, timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS))

    async def respond(self, conversation: Conversation, memory: dict[str, Any]) -> AsyncIterator[Action]:
        """Stream the model's answer: sentences as they are complete, function calls at the end."""
        answer = Answer()
        try:
            async with self._client.stream("POST", self._url, json=self._request(conversation)) as response:
                response.raise_for_status()
                async for line in response.aiter_lines():
                    for sentence in answer.take(line):
                        yield Say(sentence)
        except (httpx.HTTPError, ValueError) as error:
            log.warning("chat server failed", url=self._url, reason=f"{type(error).__name__}: {error}")
            yield Say(UNREACHABLE)
            return
        for action in answer.rest():
            yield action

    def _request(self, conversation: Conversation) -> dict[str, Any]:
        request: dict[str, Any] = {"model": self._model, "stream": True, "messages": messages(conversation)}
        if conversation.tools and conversation.tool_choice != "none":
            keys = ("name", "description", "parameters")
            request["tools"] = [
                {"type": "function", "function": {key: tool[key] for key in keys if key in tool}}
                for tool in conversation.tools
            ]
            if conversation.tool_choice == "required":
                request["tool_choice"] = "required"
        return request


class Answer:
    """An answer as it streams in."""

    def __init__(self) -> None:
        # Words that are no whole sentence yet.
        self._text = ""
        # Characters so far.
        self._length = 0
        # Index → name and argument text of a function call.
        self._calls: dict[int, list[str]] = {}

    def take(self, line: str) -> list[str]:
        """Take one line of the event stream; return the sentences that it completes. Raises ValueError for no JSON."""
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or data == "[DONE]":
            return []
        choices = json.loads(data).get("choices") or [{}]
        delta = choices[0].get("delta") or {}
        for part in delta.get("tool_calls") or []:
            call = self._calls.setdefault(int(part.get("index", len(self._calls))), ["", ""])
            function = part.get("function") or {}
            call[0] += function.get("name") or ""
            call[1] += function.get("arguments") or ""
        return self._sentences(str(delta.get("content") or ""))

    def _sentences(self, text: str) -> list[str]:
        self._length += len(text)
        if self._length > ANSWER:
            return []
        self._text += text
        *whole, self._text = re.split(r"(?<=[.!?…])\s+", self._text)
        return [sentence for sentence in whole if sentence.strip()]

    def rest(self) -> list[Action]:
        """Return the last words and the function calls."""
        actions: list[Action] = [Say(self._text.strip())] if self._text.strip() else []
        for name, arguments in self._calls.values():
            try:
                values = json.loads(arguments or "{}")
            except ValueError:
                values = {}
            actions.append(CallFunction(name, values if isinstance(values, dict) else {}))
        return actions or ([] if self._length else [Say(EMPTY)])


def messages(conversation: Conversation) -> list[dict[str, Any]]:
    """Turn Realtime items into chat messages."""
    system = "\n\n".join(filter(None, [conversation.instructions, conversation.extra]))
    spoken = "You are on the phone: answer in one or two short spoken sentences, without lists or markup."
    said = [{"role": "system", "content": f"{system}\n\n{spoken}".strip()}]
    return said + _turns(conversation.items)


def _turns(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    for item in items:
        match item.get("type"):
            case "message" if words(item):
                turns.append({"role": item["role"], "content": words(item)})
            case "function_call":
                function = {"name": item["name"], "arguments": item.get("arguments") or "{}"}
                call = {"id": item["call_id"], "type": "function", "function": function}
                turns.append({"role": "assistant", "content": "", "tool_calls": [call]})
            case "function_call_output":
                turns.append({"role": "tool", "tool_call_id": item["call_id"], "content": str(item.get("output", ""))})
    return turns
