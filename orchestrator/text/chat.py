"""Any chat-completions endpoint (OpenAI, Azure, Ollama, llama.cpp, vLLM, LM Studio …): asked, and read while it writes.

Limits: 5 s to connect, 60 s between two pieces of an answer, unless its user says otherwise; 1 MiB for one piece,
64 MiB for all of an answer on the wire, of which the user says how many characters it takes. Whatever is larger or
slower is given up. Redirects are not followed: they would take the key to whatever host they name.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from orchestrator.errors import RealtimeError
from orchestrator.outside.addresses import http_url
from orchestrator.outside.proxies import Proxy, proxy_for, through
from orchestrator.protocol.faults import UNKNOWN, code_of
from orchestrator.protocol.frames import MOST_VALUES
from orchestrator.protocol.values import more_values
from orchestrator.providers.faults import FATAL_CODES, HTTP_CODES
from orchestrator.text.thoughts import Words

CONNECT_SECONDS = 5.0  # to reach the server
SILENT_SECONDS = 60.0  # between two pieces: a reasoning model thinks before the first one
PIECE, ANSWER, REASON = 1024 * 1024, 64 * 1024 * 1024, 64 * 1024  # bytes on the wire; the last of an error's body
WORDS = 300  # characters of a server's own words that are repeated
# What other statuses than those of the socket's handshake mean; 402 is how resellers say that the credit is used up.
STATUSES = {**HTTP_CODES, 402: "insufficient_quota", 408: "timeout", 429: "rate_limit_exceeded", 504: "timeout"}
OPTIONS = "stream_options"  # not every server knows it


@dataclass(slots=True)
class Answer:
    """One answer, put together from its pieces."""

    longest: int  # characters, after which a model is looping
    raw: str = ""  # all that was written, thoughts included
    said: Words = field(default_factory=Words)
    calls: list[dict[str, str]] = field(default_factory=list)  # index, id, name, arguments as far as they have come
    ending: str = ""  # why it ended: `stop`, `length`, `tool_calls`, `content_filter`
    usage: Mapping[str, Any] = field(default_factory=dict)  # tokens, as the server counts them

    def add(self, piece: Mapping[str, Any]) -> None:
        """Take one `chat.completion.chunk`; raises `RealtimeError` when it reports an error or never ends."""
        if error := piece.get("error"):
            raise reported(error)
        try:
            self._add(piece)
        except (TypeError, AttributeError):
            raise RealtimeError("a piece of the answer is not in the form of a chat", code="bad_frame") from None
        if len(self.raw) + sum(len(call["arguments"]) for call in self.calls) > self.longest:
            raise RealtimeError(f"the answer is longer than {self.longest} characters", code="too_long")

    def _add(self, piece: Mapping[str, Any]) -> None:
        counted = piece.get("usage")
        self.usage = counted if isinstance(counted, Mapping) else self.usage
        for option in (piece.get("choices") or [])[:1]:
            delta = option.get("delta") or {}
            text = _text(delta.get("content") or "")
            self.raw += text
            self.said.add(text)
            for call in delta.get("tool_calls") or []:
                self._add_call(call)
            self.ending = option.get("finish_reason") or self.ending

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

    def words(self, *, ended: bool = False) -> str:
        """Return what is said so far, without thoughts, and without what may become the mark of one."""
        return self.said.said(ended=ended)


class ChatClient:
    """Asks one endpoint. Its key is in no message, log or repr; connections are kept open between questions."""

    def __init__(self, base: str, headers: Mapping[str, str], *, silent: float = SILENT_SECONDS) -> None:
        """Prepare the connection; nothing is sent. `base` is what `http_url` takes.

        The first one in a process reads the system's certificates, which takes a moment. Raises `RealtimeError` (code
        `invalid_url`) when there can be no such endpoint.
        """
        import httpx

        from orchestrator.outside.http import make_client

        try:
            url = http_url(base, "chat/completions")
            _check(url, headers)
            # Where the completions are.
            self._url = httpx.URL(url)
            # What stands between.
            self._proxy = proxy_for(url)
            # Kept open between questions.
            timeout = httpx.Timeout(silent, connect=CONNECT_SECONDS)
            self._client = make_client(self._proxy, headers=dict(headers), timeout=timeout)
        except (httpx.InvalidURL, ValueError):
            message = "The provider's url or key cannot be used for HTTP."
            raise RealtimeError(message, code="invalid_url", fatal=True) from None
        # What authorises us: hidden should the server repeat it.
        self._secrets = tuple(filter(None, (value.removeprefix("Bearer ") for value in headers.values())))
        # The server has refused `stream_options`.
        self._plain = False
        # Whether its answers may begin inside a thought; None until one has ended.
        self._unopened: bool | None = None

    @property
    def host(self) -> str:
        """Whom it asks, for the log."""
        return str(self._url.host)

    async def ask(self, body: Mapping[str, Any], answer: Answer) -> AsyncGenerator[None, None]:
        """Add the pieces of an answer as they come, yielding after each; closing the iterator ends the request.

        Raises `RealtimeError` for all that can go wrong on the way, also when the answer breaks off.
        """
        import httpx

        answer.said.held = self._unopened is not False
        try:
            async with self._asked(body) as reply, aclosing(_read(reply, answer)) as pieces:
                async for _ in pieces:
                    yield
            self._learn(answer)
        except httpx.HTTPError as error:  # without its words: they may repeat what was sent
            raise _failed(error, self._proxy) from None
        except RealtimeError as error:
            raise RealtimeError(self._hidden(str(error)), code=error.code, fatal=error.fatal) from None

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._client.aclose()

    def _learn(self, answer: Answer) -> None:
        """Note whether an answer began inside a thought, and release what was held of one that did not."""
        said, cut = answer.said, answer.ending == "length"
        if said.unopened:
            self._unopened = True
        elif self._unopened and said.held and cut:
            said.plain = ""  # all of it was a thought
        elif self._unopened is None and said.plain and not cut:
            self._unopened = False
        said.held = False

    @asynccontextmanager
    async def _asked(self, body: Mapping[str, Any]) -> AsyncIterator[Any]:
        """Send a question; a server that does not know `stream_options` is asked again without them."""
        import httpx

        said = {key: value for key, value in body.items() if key != OPTIONS or not self._plain} | {"stream": True}
        # ASCII: half a surrogate pair, which JSON may hold, cannot be sent as UTF-8.
        content, kind = json.dumps(said).encode(), {"Content-Type": "application/json"}
        async with self._client.stream("POST", self._url, content=content, headers=kind) as reply:
            if reply.status_code == httpx.codes.OK:
                yield reply
                return
            reason = await _reason(reply)
        if reply.status_code == httpx.codes.PROXY_AUTHENTICATION_REQUIRED and self._proxy:
            raise self._proxy.refused(f"HTTP {reply.status_code}")
        if OPTIONS not in said or reply.status_code not in (400, 422) or OPTIONS.encode() not in reason:
            raise _refused(reply.status_code, reason)
        self._plain = True
        async with self._asked(body) as reply:
            yield reply

    def _hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text


def _text(content: Any) -> Any:
    """Return what a piece says; some services write it as parts, of which thoughts are others."""
    if not isinstance(content, list):
        return content
    return "".join(part.get("text") or "" for part in content if part.get("type") == "text")


def reported(error: Any, code: str | None = None) -> RealtimeError:
    """Make the error that a server reports in an answer or in place of it; `code` goes before one that is not fatal."""
    said = error if isinstance(error, Mapping) else {"message": error}
    named = code_of(said)
    if code is None or named in FATAL_CODES:
        code = "server_error" if named == UNKNOWN else named
    message = " ".join(str(said.get("message") or named).split())[:WORDS]
    return RealtimeError(message, code=code, fatal=code in FATAL_CODES)


def _check(url: str, headers: Mapping[str, str]) -> None:
    """Raise `ValueError` for what the client would find out, and repeat, only when it has connected."""
    parts = urlsplit(url)
    sendable = all(value.isascii() and value.isprintable() for value in headers.values())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or not sendable:
        raise ValueError


async def _read(reply: Any, answer: Answer) -> AsyncGenerator[None, None]:
    """Add the server-sent events of an answer; raises `RealtimeError` when it has no end."""
    came = False
    async with aclosing(_lines(reply)) as lines:
        async for line in lines:
            data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
            if data == "[DONE]":
                return
            if data:
                came = True
                answer.add(_object(data))
                yield
    if not came:
        raise RealtimeError("the server does not stream: no server-sent event came", code="bad_frame")
    if not answer.ending:
        raise RealtimeError("the answer broke off", code="closed")


async def _lines(reply: Any) -> AsyncGenerator[str, None]:
    rest, size = b"", 0
    async for data in reply.aiter_bytes():
        size += len(data)
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace").strip()
        if len(rest) > PIECE or size > ANSWER:
            raise RealtimeError("the server sends more than an answer can be", code="too_long")
    yield rest.decode("utf-8", "replace").strip()


def _object(data: str) -> Mapping[str, Any]:
    try:
        value = None if more_values(data, MOST_VALUES) else json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, Mapping):
        raise RealtimeError("a piece of the answer is not a JSON object", code="bad_frame")
    return value


async def _reason(reply: Any) -> bytes:
    """Read what a server says about an error, as far as it is of interest."""
    body = b""
    async for data in reply.aiter_bytes():
        body += data
        if len(body) > REASON:
            break
    return body[:REASON]


def _refused(status: int, body: bytes) -> RealtimeError:
    text = body.decode("utf-8", "replace")
    try:
        said = json.loads(text)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        said = text
    error = reported(said, STATUSES.get(status, "server_error" if status >= 500 else None))
    code = "refused" if error.code == "server_error" and status < 500 else error.code
    return RealtimeError(f"HTTP {status}: {error}", code=code, fatal=error.fatal)


def _failed(error: Exception, proxy: Proxy | None) -> RealtimeError:
    """Make the error of a connection that was not made, or not kept."""
    import httpx

    kind = type(error).__name__
    match error:
        case httpx.ProxyError() if proxy:
            return proxy.refused(error)
        case httpx.TimeoutException():
            return RealtimeError(f"no answer{through(proxy)} in time ({kind})", code="timeout")
        case httpx.RemoteProtocolError() | httpx.ReadError() | httpx.WriteError():
            return RealtimeError(f"the server broke off{through(proxy)} ({kind})", code="closed")
        case httpx.DecodingError():
            return RealtimeError(f"the answer cannot be read ({kind})", code="bad_frame")
    return RealtimeError(f"the server cannot be reached{through(proxy)} ({kind})", code="unreachable")
