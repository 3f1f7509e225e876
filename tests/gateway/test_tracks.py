"""The two tracks of a call."""

from __future__ import annotations

import asyncio
import fractions

import pytest
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from orchestrator.gateway import tracks
from orchestrator.gateway.playout import FRAME
from orchestrator.gateway.tracks import Voice, heard
from tests.gateway.phone import pitch, tone


class Given(MediaStreamTrack):
    """A caller's track as the library gives it: 48 kHz stereo."""

    kind = "audio"

    def __init__(self, mono: bytes, *, stays: bool = False) -> None:
        super().__init__()
        self.left = [mono[at : at + 1920] for at in range(0, len(mono), 1920)]
        self.stays = stays

    async def recv(self) -> AudioFrame:
        if not self.left and self.stays:
            await asyncio.Event().wait()
        if not self.left:
            raise MediaStreamError
        mono = self.left.pop(0)
        frame = AudioFrame(format="s16", layout="stereo", samples=len(mono) // 2)
        frame.planes[0].update(b"".join(mono[at : at + 2] * 2 for at in range(0, len(mono), 2)))
        frame.sample_rate, frame.time_base = 48_000, fractions.Fraction(1, 48_000)
        return frame


async def test_the_caller_is_heard_in_pieces() -> None:
    """20 ms each, at 24 kHz, one channel; the end of the track is the end."""
    pieces = [piece async for piece in heard(Given(tone(440, 1000)))]

    assert {len(piece) for piece in pieces} == {FRAME}
    assert len(pieces) in (49, 50)
    assert pitch(b"".join(pieces), 24_000) == pytest.approx(440, rel=0.02)


async def test_no_packets_are_silence() -> None:
    """Once the caller has begun: turn detection waits for it."""
    pieces = []
    async for piece in heard(Given(tone(440, 100), stays=True)):
        pieces.append(piece)
        if len(pieces) == 15:
            break

    assert max(pieces[0]) > 0
    assert pieces[-1] == bytes(FRAME)


async def test_the_voice_keeps_the_pace() -> None:
    """A frame each 20 ms, silence when there is nothing to say; nothing more when it was stopped."""
    said = [b"\x01" * FRAME, None]
    voice = Voice(lambda: said.pop(0) if said else None)
    clock = asyncio.get_running_loop().time
    began = clock()
    frames = [await voice.recv() for _ in range(4)]
    took = clock() - began
    voice.stop()

    assert [bytes(frame.planes[0])[:1] for frame in frames] == [b"\x01", b"\0", b"\0", b"\0"]
    assert [frame.pts for frame in frames] == [0, 480, 960, 1440]
    assert 0.055 < took < 0.5
    with pytest.raises(MediaStreamError):
        await voice.recv()


async def test_what_was_missed_is_not_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a long stall the time goes on, and not as a burst of frames."""
    monkeypatch.setattr(tracks, "LATE_SECONDS", 0.05)
    voice = Voice(lambda: None)
    await voice.recv()
    await asyncio.sleep(0.2)
    frame = await voice.recv()

    assert frame.pts is not None
    assert frame.pts >= 9 * 480
