"""Chat-completions endpoints, asked over real sockets: what they say, and how they fail."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.text import chat
from orchestrator.text.chat import Answer, ChatClient
from tests.chat_server import ChatServer, Reply, calls, chat_server, end, text
from tests.patience import PATIENCE

KEY = "sk-very-secret-key"
BODY = {"model": "m", "messages": [{"role": "user", "content": "Hi."}]}


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    """Run a scripted server."""
    async with chat_server() as running:
        yield running


@pytest.fixture
async def client(server: ChatServer) -> AsyncIterator[ChatClient]:
    """Return a client of the server."""
    made = ChatClient(server.url, {"Authorization": f"Bearer {KEY}"})
    yield made
    await made.close()


async def ask(client: ChatClient, *, longest: int = 1000, **more: Any) -> Answer:
    """Ask once, and read the answer to its end."""
    answer = Answer(longest)
    async with asyncio.timeout(PATIENCE), aclosing(client.ask(BODY | more, answer)) as pieces:
        async for _ in pieces:
            pass
    return answer


async def fault(client: ChatClient, **how: Any) -> RealtimeError:
    """Ask in vain."""
    with pytest.raises(RealtimeError) as caught:
        await ask(client, **how)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    return caught.value


async def test_an_answer_is_put_together(server: ChatServer, client: ChatClient) -> None:
    """Words, calls, why it ended and what it cost; the request is streamed, with the key."""
    call = {"index": 0, "id": "a", "function": {"name": "find", "arguments": "{}"}}
    server.answers = [text("Good ", "morning.")[:-1] + calls(call)[:-1] + end("tool_calls", prompt_tokens=7)]

    answer = await ask(client)

    assert (answer.words(ended=True), answer.ending, answer.usage) == (
        "Good morning.",
        "tool_calls",
        {"prompt_tokens": 7},
    )
    assert [call["name"] for call in answer.calls] == ["find"]
    head, body = server.requests[0]
    assert head.startswith("POST /v1/chat/completions ")
    assert f"authorization: bearer {KEY}" in head.lower()
    assert body == BODY | {"stream": True}


async def test_half_a_character_can_be_asked(server: ChatServer, client: ChatClient) -> None:
    """JSON may hold half a surrogate pair, which UTF-8 cannot."""
    server.answers = [text("Hm?")]

    await ask(client, messages=[{"role": "user", "content": "\ud83d"}])

    assert server.requests[0][1]["messages"][0]["content"] == "\ud83d"


async def test_a_server_that_knows_no_stream_options_is_asked_without(server: ChatServer, client: ChatClient) -> None:
    """Once it has said so it is not asked again; usage is then estimated."""
    refusal = (422, '{"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"]}]}')
    server.answers = [refusal, text("One."), text("Two.")]

    for words in ("One.", "Two."):
        assert (await ask(client, stream_options={"include_usage": True})).words() == words

    assert ["stream_options" in body for _, body in server.requests] == [True, False, False]


@dataclass
class Failure:
    """What a server answers, and the error that it is."""

    id: str
    answer: Reply
    code: str
    says: str
    fatal: bool = False


FAILURES = [
    Failure(
        "key", (401, f'{{"error": {{"message": "bad key {KEY}"}}}}'), "invalid_api_key", "HTTP 401: bad key …", True
    ),
    Failure("forbidden", (403, "no"), "invalid_api_key", "HTTP 403: no", True),
    Failure(
        "model", (404, '{"error": {"message": "no such model"}}'), "model_not_found", "HTTP 404: no such model", True
    ),
    Failure(
        "model by code", (400, '{"error": {"message": "no", "code": "model_not_found"}}'), "model_not_found", "no", True
    ),
    Failure("credit", (402, "pay"), "insufficient_quota", "HTTP 402: pay", True),
    Failure("busy", (429, '{"error": {"message": "slow down", "code": "tokens"}}'), "rate_limit_exceeded", "slow down"),
    Failure(
        "quota",
        (429, '{"error": {"message": "used up", "type": "insufficient_quota"}}'),
        "insufficient_quota",
        "used up",
        True,
    ),
    Failure(
        "long",
        (400, '{"error": {"message": "too long", "code": "context_length_exceeded"}}'),
        "context_length_exceeded",
        "too long",
    ),
    Failure("refused", (400, '{"error": 5}'), "refused", "HTTP 400: 5"),
    Failure("odd code", (400, '{"error": {"message": "x", "code": "a b"}}'), "refused", "HTTP 400: x"),
    Failure("redirect", (302, ""), "refused", "HTTP 302"),
    Failure("broken", (503, "<html>" + "x" * 999), "server_error", "HTTP 503: <html>"),
    Failure("slow", (504, ""), "timeout", "HTTP 504"),
    Failure("no stream", (200, "{}"), "bad_frame", "does not stream"),
    Failure("nonsense", ["nonsense"], "bad_frame", "not a JSON object"),
    Failure("deep", ["[" * 100_000], "bad_frame", "not a JSON object"),
    Failure("another form", ['{"choices": [{"delta": {"content": ["a"]}}]}'], "bad_frame", "not in the form of a chat"),
    Failure("no choices", ['{"choices": 5}'], "bad_frame", "not in the form of a chat"),
    Failure(
        "error in it",
        ['{"error": {"message": "overloaded", "code": "engine_overloaded"}}'],
        "engine_overloaded",
        "overloaded",
    ),
    Failure(
        "fatal in it", ['{"error": {"message": "x", "code": "insufficient_quota"}}'], "insufficient_quota", "x", True
    ),
    Failure("hung up", ['{"choices": []}', "HANG UP"], "closed", "broke off"),
    Failure("no end", text("Half a")[:-1], "closed", "the answer broke off"),
    Failure("no HTTP", b"SSH-2.0\r\n", "closed", "broke off"),
    Failure(
        "no gzip",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx",
        "bad_frame",
        "cannot be read",
    ),
    Failure("loops", text(*["again and again " * 10] * 10), "too_long", "longer than 1000 characters"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.id)
async def test_what_goes_wrong_has_a_code(server: ChatServer, client: ChatClient, failure: Failure) -> None:
    """In the sense of the Realtime service: fatal is what no other try can help. The key is in no message."""
    server.answers = [failure.answer]

    error = await fault(client)

    assert (error.code, error.fatal) == (failure.code, failure.fatal)
    assert failure.says in str(error)
    assert len(str(error)) < 400


async def test_a_server_that_is_not_there_may_come_back() -> None:
    """A port nobody listens on is not fatal."""
    async with chat_server() as server:
        url = server.url
    client = ChatClient(url, {})

    error = await fault(client)
    await client.close()

    assert (error.code, error.fatal) == ("unreachable", False)


async def test_a_silent_server_is_given_up(server: ChatServer) -> None:
    """The wait between two pieces has a bound."""
    client = ChatClient(server.url, {}, silent=0.05)
    server.answers = [text("never")[:1]]
    server.gate.clear()

    error = await fault(client)
    server.gate.set()
    await client.close()

    assert (error.code, error.fatal) == ("timeout", False)


@pytest.mark.parametrize(("limit", "value"), [("PIECE", 50), ("ANSWER", 500)])
async def test_what_is_read_has_a_bound(
    server: ChatServer, client: ChatClient, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    """A line without end, and lines without end."""
    monkeypatch.setattr(chat, limit, value)
    body = "x" * 100 if limit == "PIECE" else ": still thinking\n" * 100
    server.answers = [(200, body)]

    assert (await fault(client)).code == "too_long"


async def test_an_error_is_read_in_bounds(
    server: ChatServer, client: ChatClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a long page only the beginning is of interest."""
    monkeypatch.setattr(chat, "REASON", 10)
    server.answers = [(500, "0123456789" * 100_000)]

    assert str(await fault(client)) == "HTTP 500: 0123456789"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://[", "k"),
        ("http://host:99999/v1", "k"),
        ("http://h/v1", "ключ"),
        ("ftp://h/v1", "k"),
        ("http://h/v1", "a\nb"),
    ],
)
def test_what_can_be_no_endpoint_is_fatal(url: str, key: str) -> None:
    """Found when it is made, before anything is sent; neither url nor key is told."""
    with pytest.raises(RealtimeError) as caught:
        ChatClient(url, {"Authorization": f"Bearer {key}"})

    assert (caught.value.code, caught.value.fatal) == ("invalid_url", True)
    assert "url or key" in str(caught.value)
    assert repr(key) not in str(caught.value)


async def test_closing_the_question_ends_the_request(server: ChatServer, client: ChatClient) -> None:
    """The server sees the connection go; the next question is answered."""
    server.answers = [text("One. ", *["More words. "] * 100)]
    server.gate.clear()
    async with asyncio.timeout(PATIENCE):
        pieces = client.ask(BODY, Answer(10_000))
        await anext(pieces)
        await pieces.aclose()
        server.gate.set()
        server.answers = [text("Next.")]
        assert (await ask(client)).words() == "Next."


async def stray(client: ChatClient, server: ChatServer, *pieces: str, ending: str = "stop") -> list[str]:
    """Return what was passed on of an answer, after each piece and at the end."""
    server.answers = [text(*pieces)[:-1] + end(ending)]
    answer, seen = Answer(1000), []
    async with asyncio.timeout(PATIENCE), aclosing(client.ask(BODY, answer)) as coming:
        async for _ in coming:
            seen.append(answer.words())
            answer.said.passed_on = len(seen[-1])
    return [*seen, answer.words(ended=True)]


async def test_p65_a_thought_without_its_beginning_is_never_passed_on(server: ChatServer, client: ChatClient) -> None:
    """P65: until an endpoint is known, and for good once it has sent one, words wait for the mark or the end."""
    thought = ("The caller greets. ", "I should greet. ", "</thi", "nk>\n\nHel", "lo.")

    for _ in range(2):
        assert set(await stray(client, server, *thought)) == {"", "Hel", "Hello."}
    assert (await stray(client, server, "No thought. ", "At all."))[-1] == "No thought. At all."
    assert (await stray(client, server, "A thought that is cut", ending="length"))[-1] == ""


def test_p65_thoughts_may_be_parts_of_their_own() -> None:
    """P65: some services write what a model says as parts, of which only texts are said."""
    answer = Answer(100)
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "They greet."}]}
    for content in ([thought], [{"type": "text", "text": "Hel"}], [thought, {"type": "text", "text": "lo."}], "", None):
        answer.add({"choices": [{"delta": {"content": content}}]})

    assert answer.words(ended=True) == "Hello."


async def test_p65_an_endpoint_that_is_known_passes_words_on_at_once(server: ChatServer, client: ChatClient) -> None:
    """P65: a first answer without a stray mark is enough; one that comes later takes back what is not out yet."""
    assert await stray(client, server, "One. ", "Two.") == ["", "", "", "", "One. Two."]
    assert await stray(client, server, "One. ", "Two.") == ["One. ", *["One. Two."] * 4]
    assert (await stray(client, server, "Aloud. ", "Hm</think> ", "Three."))[-1] == "Aloud. Three."
    assert (await stray(client, server, "Quiet. ", "Hm</think> ", "Three."))[-1] == "Three."


async def test_p65_an_endpoint_that_marks_both_ends_is_known_at_once(server: ChatServer, client: ChatClient) -> None:
    """P65: an answer that begins with a whole thought is passed on as soon as that is over."""
    assert (await stray(client, server, "<think>Hm</think>One. ", "Two."))[0] == "One. "
