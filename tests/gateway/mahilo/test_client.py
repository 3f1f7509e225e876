"""The socket of a client: what it is told beside the team's words, and how it ends."""

from __future__ import annotations

import json
import random

import pytest

from orchestrator.core.events import CallerAsked, CallerLeft, CallerSpoke, CallerTyped, Ending
from orchestrator.gateway.mahilo.frames import media
from tests.gateway.mahilo.clients import client


@pytest.mark.parametrize("voice", [False, True])
async def test_what_is_wrong_is_a_line_of_text(voice: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The voice client prints what is not JSON, the text client prints all."""
    async with client(monkeypatch, voice=voice) as (one, call):
        call.caller.refuse("some_code", "It did not work.", None, None)

        assert await one.lines(1) == ["Error: It did not work."]


END = "VEhFIEVORA=="
FRAMES = (
    *("", "null", "{}", "[]", '"', "\\", '{"event":"media"}', '{"event":"media","media":{}}', '{"event":1,"media":[]}'),
    *map(media, ("AAAA", "A", "====", "\\u0041AAA", '","x":"')),
    *('"\\ud800"', '"\\u0000"', "[" * 3000, "9" * 5000, "\x00", "é", "x" * 70_000),
)


@pytest.mark.parametrize("voice", [False, True])
async def test_whatever_is_sent_the_call_goes_on(voice: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In any order, cut anywhere, as text or in binary; what reaches the agents is well-formed."""
    chance = random.Random(15)
    async with client(monkeypatch, voice=voice) as (one, call):
        for _ in range(300):
            frame = chance.choice(FRAMES)
            frame = frame[: chance.randrange(len(frame) + 1)] if chance.random() < 0.5 else frame
            await one.socket.send(frame.encode() if chance.random() < 0.2 else frame)
        await one.socket.send(media(END) if voice else END)
        told = ""
        while END not in told:
            match await call.next():
                case CallerSpoke(frame=told):
                    assert set(json.loads(told)) == {"type", "audio"}
                case CallerTyped(item=item):
                    told = item["content"][0]["text"]
                    await one.socket.send(END)  # again: among too many lines it may have been dropped
                case event:
                    assert event == CallerAsked(patient=True)

        assert not call.left.is_set()


@pytest.mark.parametrize(
    ("ending", "code", "lines"),
    [
        (Ending.FINISHED, 1000, []),
        (Ending.TOO_LONG, 4410, ["Error: The call reached the team's time limit. (over)"]),
        (Ending.UNREACHABLE, 4500, ["Error: No agent of the team can be reached. (over)"]),
    ],
)
async def test_the_end_has_the_codes_of_every_call(
    ending: Ending, code: int, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure is said before."""
    async with client(monkeypatch) as (one, call):
        call.end(ending, "over")

        assert await one.closed() == code
        assert await one.lines(0) == lines


async def test_hanging_up_leaves_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core is told, and the call ends."""
    async with client(monkeypatch, voice=True) as (_, call):
        pass

    assert await call.next() == CallerLeft("hang-up")
    assert call.left.is_set()
