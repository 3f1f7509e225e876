"""`orchestrator talk`: connecting, holding a call to its end, and what is left of it."""

from __future__ import annotations

import asyncio
import base64
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from websockets.asyncio.server import ServerConnection, serve

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.audio import PCM_RATE
from orchestrator.terminal import turn_end
from orchestrator.terminal.devices import BLOCK
from orchestrator.terminal.talk import Turn, converse, read_turns
from orchestrator.terminal.wav import read_wav, write_wav
from orchestrator.testing import say
from tests.calls import desk
from tests.patience import PATIENCE
from tests.terminal.test_devices import Driver


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let turns be over sooner than people would like."""
    monkeypatch.setattr(turn_end, "QUIET_SECONDS", 0.2)


def test_turns_are_read_in_order(tmp_path: Path) -> None:
    """Recordings are read before the call begins, and an invalid one is reported then."""
    write_wav(tmp_path / "a.wav", b"\1\0\2\0")

    turns = read_turns([("--text", "hi"), ("--wav", str(tmp_path / "a.wav"))])

    assert turns == [Turn(text="hi"), Turn(speech=read_wav(tmp_path / "a.wav"))]
    with pytest.raises(OrchestratorError, match="cannot be read"):
        read_turns([("--wav", str(tmp_path / "b.wav"))])


async def test_what_was_heard_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file has the whole call in real time, silence included; the rest is printed."""
    out = tmp_path / "reply.wav"
    async with desk() as desk_:
        desk_.service.reply("front", say("Hello.", ms=100))
        desk_.service.reply("front", say("Fine.", ms=200))
        await converse(desk_.url, None, [Turn(text="How are you?")], devices=False, out=out)

    pcm = read_wav(out)
    spoken = [at for at in range(0, len(pcm), 2) if pcm[at : at + 2] != b"\0\0"]
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("front", "you", "call", "wrote"))]

    assert len(spoken) == PCM_RATE * 300 // 1000
    assert spoken[-1] - spoken[0] > 2 * len(spoken)  # a pause between them
    assert [line.split("   [")[0] for line in told[:3]] == ["front ▸ Hello.", "you ▸ How are you?", "front ▸ Fine."]
    assert told[3].startswith("call of ")
    assert told[4] == f"wrote {out}"


async def test_recordings_are_played(capsys: pytest.CaptureFixture[str]) -> None:
    """A recording is a turn like any other."""
    async with desk() as desk_:
        turns = [Turn(speech=b"\xff\x0f" * 2400)]
        talking = asyncio.ensure_future(converse(desk_.url, None, turns, devices=False, out=None))
        session = await desk_.service.session("front")
        await session.wait_for("input_audio_buffer.append", 3)
        await session.wait_for("response.create")
        while not any(event["audio"].startswith("/w//D") for event in session.of("input_audio_buffer.append")):
            await session.wait_for("input_audio_buffer.append", len(session.of("input_audio_buffer.append")) + 1)
        await session.hear("Where is my order?")
        await asyncio.wait_for(talking, PATIENCE)

    assert "you ▸ Where is my order?" in capsys.readouterr().out


async def test_lines_are_typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without turns, the lines of the input are sent until it ends."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("first\n\n  second  \n"))
    async with desk() as desk_:
        await converse(desk_.url, None, [], devices=False, out=None)
        session = await desk_.service.session("front")

        typed = [event["item"]["content"][0]["text"] for event in session.of("conversation.item.create")]
        assert typed == ["first", "second"]
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("you")] == [
        "you ▸ first",
        "you ▸ second",
    ]


async def test_a_terminal_is_not_echoed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows what was typed already."""
    typed = io.StringIO("hello\n")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(readline=typed.readline, isatty=lambda: True))
    async with desk() as desk_:
        await converse(desk_.url, None, [], devices=False, out=None)

    assert "you ▸" not in capsys.readouterr().out


async def test_microphone_and_speakers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The microphone is sent and the answer is played, until the call is interrupted."""
    driver = Driver()
    monkeypatch.setitem(sys.modules, "sounddevice", driver)
    async with desk() as desk_:
        talking = asyncio.ensure_future(converse(desk_.url, None, [], devices=True, out=None))
        session = await desk_.service.session("front")
        await session.wait_for("input_audio_buffer.append")
        spoken = b"\x10\x20" * BLOCK
        driver.turn(spoken)
        async with asyncio.timeout(PATIENCE):
            while not any(
                base64.b64decode(event["audio"]) == spoken for event in session.received[1:] if "audio" in event
            ):
                await session.wait_for("input_audio_buffer.append", len(session.of("input_audio_buffer.append")) + 1)
            while not any(driver.turn(bytes(2 * BLOCK))):
                await session.wait_for("input_audio_buffer.append", len(session.of("input_audio_buffer.append")) + 1)
        talking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await talking

    assert "call of " in capsys.readouterr().out


async def test_a_call_that_the_server_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error is raised after the recording was written, without waiting for the next line."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(readline=lambda: "hello\n", isatty=lambda: False))
    async with desk() as desk_:
        out = tmp_path / "reply.wav"
        talking = asyncio.ensure_future(converse(desk_.url, None, [], devices=False, out=out))
        await (await desk_.service.session("front")).wait_for("response.create")
        desk_.service.faults.status = 401
        (await desk_.service.session("front")).drop()
        with pytest.raises(OrchestratorError, match=r"closed the call: .*4500"):
            await asyncio.wait_for(talking, PATIENCE)

        assert out.exists()
    assert "call of " in capsys.readouterr().out


async def test_a_normal_hangup_is_not_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The server may end the call with 1000."""

    async def hang_up(connection: ServerConnection) -> None:
        await connection.recv()

    async with serve(hang_up, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        await converse(f"127.0.0.1:{port}", None, [Turn(text="hello")], devices=False, out=None)

    assert "the server ended the call" in capsys.readouterr().out


async def test_keys_are_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """With the right key the call is held; with a wrong one the reason is shown."""
    async with desk(api_keys="right-key") as desk_:
        with pytest.raises(OrchestratorError, match="3000"):
            await converse(desk_.url, "wrong-key", [Turn(text="hello")], devices=False, out=None)
        assert "Incorrect API key" in capsys.readouterr().err

        await converse(desk_.url, "right-key", [Turn(text="hello")], devices=False, out=None)
        assert "front ▸" in capsys.readouterr().out
