"""Makes the stereo file of a seat: `python -m orchestrator.records.audio.encoder BASE`.

A process of its own, of low priority: it computes for as long as it takes, and no call waits for it. With PyAV (extra
`webrtc`) it makes Ogg/Opus of 24 kbit/s, else WAV. The spool is removed when the stereo file is complete.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from orchestrator.records.audio.files import spool_of, with_suffix
from orchestrator.records.audio.rendering import Sides, render
from orchestrator.records.audio.sound import RATE
from orchestrator.records.audio.stereo import FRAME_BYTES, interleaved, length, wav_header

BIT_RATE = 24_000
NICE = 10


def encode(base: Path) -> Path | None:
    """Make the stereo file of a seat; returns it, or None when there is nothing to make it of, or no longer."""
    spool = spool_of(base)
    if not spool.exists():
        return None
    sides = render(spool)
    samples = length(sides)
    if not samples:
        spool.unlink(missing_ok=True)
        with suppress(OSError):  # other seats have recordings
            base.parent.rmdir()
        return None
    suffix = ".ogg" if _has_opus() else ".wav"
    path = with_suffix(base, suffix)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        (_write_opus if suffix == ".ogg" else _write_wav)(part, sides, samples)
        if not spool.exists():  # another process has done it meanwhile, or the call was removed
            return None
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    spool.unlink(missing_ok=True)
    return path


def _has_opus() -> bool:
    try:
        import av
    except ImportError:
        return False
    return "libopus" in av.codecs_available


def _write_wav(path: Path, sides: Sides, samples: int) -> None:
    with path.open("wb") as file:
        file.write(wav_header(samples * FRAME_BYTES))
        for block in interleaved(sides, 0, samples):
            file.write(block)


def _write_opus(path: Path, sides: Sides, samples: int) -> None:
    import av

    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo", options={"application": "voip"})
        stream.bit_rate = BIT_RATE
        at = 0
        for block in interleaved(sides, 0, samples):
            frame = av.AudioFrame(format="s16", layout="stereo", samples=len(block) // FRAME_BYTES)
            frame.planes[0].update(block)
            frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), at
            at += frame.samples
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def main(base: str) -> None:
    """Make one stereo file."""
    if hasattr(os, "nice"):
        os.nice(NICE)
    encode(Path(base))


if __name__ == "__main__":
    main(sys.argv[1])
