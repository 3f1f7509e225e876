"""The log-mel spectrogram that Whisper was trained on: 80 bands, 25 ms windows every 10 ms, 16 kHz.

Written in numpy because the usual implementations depend on a deep-learning framework.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.speech.audio import HEARD

WINDOW, HOP, BANDS = 400, 160, 80  # samples, samples, rows of the result
MOST = 3000  # frames (30 s) that Whisper was trained with; it also accepts fewer, which is faster


def log_mel(samples: NDArray[np.int16], *, step: int) -> NDArray[np.float32]:
    """Return features [80, frames]; frames are a multiple of `step`, at most `MOST`."""
    audio = samples.astype(np.float32) / 32768.0
    padded = np.pad(audio, (WINDOW // 2, WINDOW // 2 + HOP), mode="constant")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * _window(), axis=1)) ** 2
    mel = _filters() @ power[: len(samples) // HOP + 1].T
    log = np.log10(np.maximum(mel, 1e-10))
    log = np.maximum(log, log.max() - 8.0)
    scaled = ((log + 4.0) / 4.0).astype(np.float32)
    wanted = min(-(-scaled.shape[1] // step) * step, MOST)
    scaled = scaled[:, :wanted]
    floor = float(scaled.min())
    return np.pad(scaled, ((0, 0), (0, wanted - scaled.shape[1])), constant_values=floor)


@cache
def _window() -> NDArray[np.float32]:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters() -> NDArray[np.float64]:
    """Triangles on Slaney's mel scale, each of unit area."""
    bins = np.fft.rfftfreq(WINDOW, 1 / HEARD)
    edges = _hertz(np.linspace(0.0, _mel(HEARD / 2), BANDS + 2))
    width = np.diff(edges)
    slopes = edges[:, None] - bins[None, :]
    rising = -slopes[:-2] / width[:-1, None]
    falling = slopes[2:] / width[1:, None]
    area = 2.0 / (edges[2:] - edges[:-2])
    triangles: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling)) * area[:, None]
    return triangles


def _mel(hertz: float) -> float:
    """Linear up to 1 kHz, logarithmic above."""
    return float(15.0 + np.log(hertz / 1000.0) * 27.0 / np.log(6.4))


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15.0, mel * 200.0 / 3.0, 1000.0 * np.exp((mel - 15.0) * np.log(6.4) / 27.0))
