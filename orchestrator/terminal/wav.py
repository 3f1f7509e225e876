"""WAV files: reads all common formats as 24 kHz PCM16 mono, and writes that."""

from __future__ import annotations

import array
import struct
import sys
import wave
from math import cos, isfinite, pi, sin
from pathlib import Path

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.audio import PCM_RATE

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
RATES = (1_000, 768_000)  # lowest and highest; a damaged header must not cause hours of resampling
TAPS = 16  # samples on each side that the resampler uses


def read_wav(path: str | Path) -> bytes:
    """Return the audio of a WAV file (8, 16, 24, 32 bit or float; any rate and channels) as 24 kHz PCM16 mono.

    Raises `OrchestratorError` for any other file.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise OrchestratorError(f"{path}: cannot be read: {error.strerror}.") from None
    try:
        kind, channels, rate, bits, body = _chunks(data)
        samples = _mono(_samples(kind, bits, body), channels)
        if not samples:
            raise ValueError("it contains no audio")
    except struct.error:
        raise OrchestratorError(f"{path}: not a usable WAV file (its header is damaged).") from None
    except ValueError as error:
        raise OrchestratorError(f"{path}: not a usable WAV file ({error}).") from None
    return _pcm16(_resample(samples, rate))


def _chunks(data: bytes) -> tuple[int, int, int, int, bytes]:
    """Return format, channels, rate, bits and audio data of a RIFF file."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("no RIFF/WAVE header")
    form: tuple[int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt ":
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
            if kind == EXTENSIBLE:
                kind = struct.unpack_from("<H", body, 24)[0]
            form = (kind, channels, rate, bits)
        elif name == b"data" and form:
            if not form[1] or not RATES[0] <= form[2] <= RATES[1]:
                raise ValueError(f"{form[1]} channels at {form[2]} Hz")
            return (*form, body)
        at += 8 + size + size % 2
    raise ValueError("it contains no audio")


def _samples(kind: int, bits: int, body: bytes) -> list[float]:
    """Convert the audio data to samples between -1 and 1."""
    width = bits // 8
    body = body[: len(body) // width * width] if width else body
    if kind == PCM and bits == 8:
        return [(byte - 128) / 128 for byte in body]
    if kind == PCM and bits == 24:
        return [int.from_bytes(body[at : at + 3], "little", signed=True) / 2**23 for at in range(0, len(body), 3)]
    code = {(PCM, 16): "h", (PCM, 32): "i", (FLOAT, 32): "f", (FLOAT, 64): "d"}.get((kind, bits))
    if code is None:
        raise ValueError(f"format {kind} with {bits} bits")
    values = array.array(code, body)
    if sys.byteorder == "big":
        values.byteswap()
    if kind == FLOAT:
        return [max(-1.0, min(1.0, value)) if isfinite(value) else 0.0 for value in values]
    scale = float(2 ** (bits - 1))
    return [value / scale for value in values]


def _mono(samples: list[float], channels: int) -> list[float]:
    if channels == 1:
        return samples
    return [sum(samples[at : at + channels]) / channels for at in range(0, len(samples) - channels + 1, channels)]


def _resample(samples: list[float], rate: int) -> list[float]:
    """Resample to 24 kHz with a windowed sinc, which preserves all of the speech in a recording."""
    if rate == PCM_RATE or not samples:
        return samples
    ratio = rate / PCM_RATE
    cutoff = min(1.0, 1 / ratio)
    reach = int(TAPS * max(1.0, ratio))
    kernels: dict[float, list[float]] = {}  # the phases repeat: common rates have few distinct ones
    padded = [0.0] * reach + samples + [0.0] * (reach + 1)
    out = []
    for index in range(int(len(samples) / ratio)):
        at = index * rate / PCM_RATE
        whole = int(at)
        phase = round(at - whole, 9)
        if phase not in kernels:
            kernels[phase] = [_kernel(offset - phase, cutoff, reach) for offset in range(1 - reach, reach + 1)]
        window = padded[whole + 1 : whole + 1 + 2 * reach]
        out.append(sum(map(float.__mul__, kernels[phase], window)))
    return out


def _kernel(x: float, cutoff: float, reach: int) -> float:
    if abs(x) >= reach:
        return 0.0
    sinc = 1.0 if abs(x) < 1e-9 else sin(pi * x * cutoff) / (pi * x * cutoff)
    return cutoff * sinc * (0.5 + 0.5 * cos(pi * x / reach))


def _pcm16(samples: list[float]) -> bytes:
    values = array.array("h", (max(-32768, min(32767, round(sample * 32767))) for sample in samples))
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def write_wav(path: str | Path, pcm: bytes) -> None:
    """Write 24 kHz PCM16 mono as a WAV file; raises `OrchestratorError`."""
    try:
        with Path(path).open("wb") as target, wave.open(target, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(PCM_RATE)
            file.writeframes(pcm)
    except OSError as error:
        raise OrchestratorError(f"{path}: cannot be written: {error.strerror}.") from None
