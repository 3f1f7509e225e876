"""The two tracks of a call."""

from __future__ import annotations

import asyncio
import fractions
from array import array

import pytest
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler, CodecContext, Packet

from orchestrator.gateway.webrtc.playout import FRAME
from orchestrator.gateway.webrtc.tracks import SILENCE, AgentTrack, OpusEncoder, caller_audio
from tests.gateway.webrtc.phone import pitch, tone


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
    pieces = [piece async for piece in caller_audio(Given(tone(440, 1000)))]

    assert {len(piece) for piece in pieces} == {FRAME}
    assert len(pieces) in (49, 50)
    assert pitch(b"".join(pieces), 24_000) == pytest.approx(440, rel=0.02)


async def test_no_packets_are_silence() -> None:
    """Once the caller has begun: turn detection waits for it."""
    pieces = []
    async for piece in caller_audio(Given(tone(440, 100), stays=True)):
        pieces.append(piece)
        if len(pieces) == 15:
            break

    assert max(pieces[0]) > 0
    assert pieces[-1] == bytes(FRAME)


class Time:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


async def test_packets_keep_the_pace_of_speech() -> None:
    """One each 20 ms, silence when there is nothing to say; nothing more once the track was stopped."""
    frames, time = [tone(440, 20, 24_000), None], Time()
    track = AgentTrack(lambda: frames.pop(0) if frames else None, clock=time, sleep=time.sleep)
    packets = [await track.recv() for _ in range(4)]
    track.stop()

    assert [packet.pts for packet in packets] == [0, 480, 960, 1440]
    assert time.slept == pytest.approx([0, 0.02, 0.02, 0.02])
    with pytest.raises(MediaStreamError):
        await track.recv()


async def test_a_packet_that_is_late_makes_the_next_one_come_sooner() -> None:
    """The pace is that of the clock, not that of the machine."""
    time = Time()
    track = AgentTrack(lambda: None, clock=time, sleep=time.sleep)
    await track.recv()
    time.now += 0.03
    packets = [await track.recv() for _ in range(2)]

    assert time.slept == pytest.approx([0, 0, 0.01])
    assert [packet.pts for packet in packets] == [480, 960]


def test_sound_after_silence_and_silence_after_sound() -> None:
    """Silence that lasts is the constant packet; a decoder hears the tones and nothing else."""
    encoder, decoder = OpusEncoder(), CodecContext.create("libopus", "r")
    sound = tone(440, 1000, 24_000)
    pieces: list[bytes | None] = [sound[at : at + FRAME] for at in range(0, len(sound), FRAME)]
    packets = [encoder.encode(piece) for piece in [None] * 30 + pieces + [None] * 30 + pieces]
    resampler = AudioResampler(format="s16", layout="mono", rate=24_000)
    heard = b""
    for packet in packets:
        for frame in decoder.decode(Packet(packet)):
            for one in resampler.resample(frame):
                heard += bytes(one.planes[0])[: one.samples * 2]
    second = 2 * 24_000
    spoken, paused, again = heard[30 * FRAME :][:second], heard[95 * FRAME : 108 * FRAME], heard[110 * FRAME :]

    assert packets[15] == packets[29] == packets[100] == SILENCE
    assert max(map(len, packets)) < 200
    assert pitch(spoken, 24_000) == pytest.approx(440, rel=0.03)
    assert pitch(again, 24_000) == pytest.approx(440, rel=0.03)
    assert max(abs(sample) for sample in array("h", paused)) < 50


async def test_a_stall_is_skipped() -> None:
    """After it the time goes on, and not as a burst of packets."""
    time = Time()
    track = AgentTrack(lambda: None, clock=time, sleep=time.sleep)
    await track.recv()
    time.now += 0.215
    packets = [await track.recv() for _ in range(2)]

    assert [packet.pts for packet in packets] == [10 * 480, 11 * 480]
    assert time.slept == pytest.approx([0, 0, 0.005])
