"""A recording as WAV, whatever it is kept as."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

from orchestrator.errors import OrchestratorError
from orchestrator.records.audio.sound import RATE
from orchestrator.records.audio.stereo import Stereo, wav_header

BLOCK = 1 << 16  # bytes


def as_wav(sound: Stereo) -> Iterator[bytes]:
    """Yield a recording as a stereo WAV file, PCM16 at 24 kHz; blocks while it is decoded."""
    if sound.path is None or sound.path.suffix == ".wav":
        yield from sound.pieces()
        return
    with TemporaryFile() as file:
        for block in _decoded(sound.path):
            file.write(block)
        yield wav_header(file.tell())
        file.seek(0)
        while block := file.read(BLOCK):
            yield block


def _decoded(path: Path) -> Iterator[bytes]:
    try:
        import av
    except ImportError:
        message = f"{path} is Ogg/Opus. Play it as it is, or install what decodes it: pip install av."
        raise OrchestratorError(message) from None

    resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
    with av.open(str(path)) as container:
        for frame in (*container.decode(audio=0), None):
            for each in resampler.resample(frame):
                yield bytes(each.planes[0])[: each.samples * 4]
