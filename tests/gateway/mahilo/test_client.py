"""The socket of a client: what it is told beside the team's words, and how it ends."""

from __future__ import annotations

import pytest

from orchestrator.core.events import CallerLeft, Ending
from tests.gateway.mahilo.clients import client


@pytest.mark.parametrize("voice", [False, True])
async def test_what_is_wrong_is_a_line_of_text(voice: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The voice client prints what is not JSON, the text client prints all."""
    async with client(monkeypatch, voice=voice) as (one, call):
        call.caller.refuse("some_code", "It did not work.", None, None)

        assert await one.lines(1) == ["Error: It did not work."]


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
