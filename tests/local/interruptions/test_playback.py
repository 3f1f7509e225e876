"""What is still played is known by the clock, and by the caller's audio where that is faster."""

from __future__ import annotations

import asyncio

from orchestrator.local.interruptions.playback import Playback
from orchestrator.trials.simulated_time import SimulatedLoop


def test_what_is_played_passes_with_the_clock() -> None:
    """Two sentences, one after the other; then nothing; what comes later begins anew."""

    async def play() -> None:
        playback = Playback()
        assert (playback.remaining_ms, playback.sentence) == (0.0, "")
        playback.add(600, "One.")
        playback.add(400, "One.")
        playback.add(1000, "Two?")
        await asyncio.sleep(0.9)
        assert (round(playback.remaining_ms), playback.sentence) == (1100, "One.")
        await asyncio.sleep(0.2)
        assert (round(playback.remaining_ms), playback.sentence) == (900, "Two?")
        await asyncio.sleep(5)
        assert (playback.remaining_ms, playback.sentence) == (0.0, "")
        playback.add(500, "Three.")
        assert (round(playback.remaining_ms), playback.sentence) == (500, "Three.")

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        runner.run(play())


async def test_audio_of_the_caller_that_is_faster_than_the_clock_counts() -> None:
    """A recording is not heard over an agent that would have finished."""
    playback = Playback()
    playback.advance(10_000)
    playback.add(60_000, "A long one.")
    playback.advance(40_000)
    assert 29_000 < playback.remaining_ms <= 30_000
    playback.advance(71_000)
    assert playback.remaining_ms == 0.0


async def test_what_is_stopped_is_played_no_more() -> None:
    """And what follows is played at once."""
    playback = Playback()
    playback.add(60_000, "A long one.")
    playback.stop()
    assert (playback.remaining_ms, playback.sentence) == (0.0, "")
    playback.add(500, "Short.")
    assert 400 < playback.remaining_ms <= 500
