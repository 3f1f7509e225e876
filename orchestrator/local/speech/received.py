"""What a speech server has answered, as samples at 24 kHz: its content says what it is, whatever was asked for.

PCM and WAV are passed on as they arrive. What is compressed, or text in JSON, is decoded when it is complete.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from email.message import Message
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.errors import RealtimeError
from orchestrator.local.speech.audio import SPOKEN
from orchestrator.local.speech.pcm_stream import ALAW, MULAW, PCM, Layout, PcmStream, WavStream

HEAD, LONGER_HEAD = 12, 4_096  # bytes that tell what it is: of MP3 a second frame has to be seen
MOST = 32_000_000  # bytes of an answer that is decoded as a whole
JSON, TEXT, WAV, RAW, MP3 = "JSON", "text", "WAV", "PCM", "MP3"
WRITTEN = {
    JSON: re.compile(rb'\s*(?:[\[{]\s*["{\[]|(?:data|event): )'),
    TEXT: re.compile(rb"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE),
}
BEGINNINGS = {
    b"RIFF": WAV,
    b"RF64": WAV,
    b"ID3": MP3,
    b"OggS": "Ogg",
    b"fLaC": "FLAC",
    b"\x1aE\xdf\xa3": "WebM",
    b"FORM": "AIFF",
    b".snd": "AU",
    b"caff": "CAF",
}
# Parts of content types whose content need not say what it is.
NAMED = {
    "mpeg": MP3,
    "mp3": MP3,
    "ogg": "Ogg",
    "flac": "FLAC",
    "aac": "AAC",
    "mp4": "MP4",
    "json": JSON,
    "text/": TEXT,
}
LAWS = {"basic": MULAW, "pcmu": MULAW, "x-mulaw": MULAW, "pcma": ALAW, "x-alaw": ALAW}  # subtypes of audio at 8 kHz
RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}  # of MP3, by version
KILOBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # a second, of version 3
LOWER_KILOBITS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # of the others
AUDIO_KEY = re.compile("audio|b64|base64|bytes|content|data|delta|mp3|pcm|result|speech|wav", re.IGNORECASE)
RATE_KEY = re.compile("sample_?rate|rate", re.IGNORECASE)
HEX = re.compile(r"(?=.*\d)(?:[0-9a-fA-F]{2})+")
LEAST = 100  # bytes of audio in JSON


class Received:
    """One answer."""

    def __init__(self, content_type: str) -> None:
        # What the server calls it.
        self._type = Message()
        self._type["content-type"] = content_type
        # What has arrived while it is not known what it is, or not complete.
        self._data = bytearray()
        # What it is, once that is known, and where it goes if it need not be complete.
        self._what: str | None = None
        self._stream: PcmStream | WavStream | None = None

    def add(self, data: bytes) -> NDArray[np.int16]:
        """Return the samples that are complete; raises `RealtimeError`."""
        return self._add(data, last=False)

    def finish(self) -> NDArray[np.int16]:
        """Return the rest; blocks while a compressed answer is decoded. Raises `RealtimeError`."""
        samples = self._add(b"", last=True)
        if self._stream is not None:
            return samples
        if not self._data:
            raise _refused("nothing.")
        if self._what == JSON:
            return _from_json(bytes(self._data))
        if self._what == TEXT:
            raise _refused("text instead of audio.")
        return _decompressed(bytes(self._data), str(self._what))

    def _add(self, data: bytes, *, last: bool) -> NDArray[np.int16]:
        if self._stream is None:
            self._data += data
            data = self._begin(last=last)
        if self._stream is None:
            if len(self._data) > MOST:
                raise _refused(f"more than {MOST} bytes.")
            return np.zeros(0, np.int16)
        try:
            return self._stream.add(data, last=last)
        except ValueError as error:
            raise _refused(f"{error}.") from None

    def _begin(self, *, last: bool) -> bytes:
        """Find out what it is; return what goes on as it arrives."""
        if self._what is None and self._data:
            content_type = self._type.get_content_type() if self._type["content-type"] else ""
            self._what = recognized(bytes(self._data[:LONGER_HEAD]), content_type, last=last)
        if self._what == WAV:
            self._stream = WavStream()
        elif self._what == RAW:
            self._stream = PcmStream(self._layout())
        else:
            return b""
        return bytes(self._data)

    def _layout(self) -> Layout:
        """Return how raw samples are written, as far as the content type says it."""
        subtype = self._type.get_content_subtype()
        kind = LAWS.get(subtype)
        layout = Layout(
            rate=self._number("rate", SPOKEN if kind is None else 8_000),
            channels=self._number("channels", 1),
            bits=16 if kind is None else 8,
            kind=kind or PCM,
            big_endian=subtype == "l16" and _rough(self._data, "<i2") > _rough(self._data, ">i2"),
        )
        if not layout.usable:
            raise _refused(f"{self._type['content-type']}, which cannot be converted.")
        return layout

    def _number(self, name: str, otherwise: int) -> int:
        given = str(self._type.get_param(name, ""))
        return int(given) if given.isdecimal() else otherwise


def recognized(head: bytes, content_type: str, *, last: bool) -> str | None:
    """Return what an answer is by its beginning; None while that is too short. `last`: there is no more of it."""
    if len(head) < HEAD and not last:
        return None
    found = next((what for what, pattern in WRITTEN.items() if pattern.match(head)), None)
    found = found or next((what for beginning, what in BEGINNINGS.items() if head.startswith(beginning)), None)
    if found is None and head[4:8] == b"ftyp":
        found = "MP4"
    named = (what for name, what in NAMED.items() if name in content_type)
    found = found or next((what for what in named if what not in WRITTEN or _written(head)), None)
    if found is not None:
        return found
    doubtful = _mp3_frame(head) or content_type.endswith("/l16")
    if doubtful and len(head) < LONGER_HEAD and not last:
        return None
    return MP3 if _mp3_frame(head) and _mp3_frame(head[_mp3_frame(head) :]) else RAW


def _written(head: bytes) -> bool:
    """Return whether bytes are text: some servers call their sound a page."""
    text = head.decode(errors="ignore")
    return len(text.encode()) > len(head) - 4 and all(sign.isprintable() or sign.isspace() for sign in text)


def _mp3_frame(data: bytes) -> int:
    """Return the length of the MP3 frame that begins here; 0 if none does."""
    if len(data) < 3 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return 0
    version, kilobits, rate = data[1] >> 3 & 3, data[2] >> 4, data[2] >> 2 & 3
    if version not in RATES or kilobits in (0, 15) or rate == 3:
        return 0
    if version == 3:
        return 144_000 * KILOBITS[kilobits] // RATES[3][rate] + (data[2] >> 1 & 1)
    return 72_000 * LOWER_KILOBITS[kilobits] // RATES[version][rate] + (data[2] >> 1 & 1)


def _rough(data: bytearray, order: str) -> float:
    """Return how much neighbouring samples differ, read in one byte order: in the wrong one speech is noise."""
    samples = np.frombuffer(data[: len(data) // 2 * 2], order).astype(np.float64)
    return float(np.abs(np.diff(samples)).sum())


def _from_json(data: bytes) -> NDArray[np.int16]:
    """Return the audio in a JSON document, or in a stream of such documents."""
    audio, rate = b"", SPOKEN
    for document in _documents(data):
        found = ""
        for key, value in _leaves(document):
            named = not key or AUDIO_KEY.search(key)
            if isinstance(value, str) and named and len(value) > len(found) and _bytes_of(value):
                found = value
            elif isinstance(value, int) and RATE_KEY.fullmatch(key):
                rate = value
        audio += _bytes_of(found)
    if len(audio) < LEAST or recognized(audio[:LONGER_HEAD], "", last=True) in (JSON, TEXT):
        raise _refused("JSON without audio.")
    inner = Received(f"audio/pcm; rate={rate}")
    return np.concatenate((inner.add(audio), inner.finish()))


def _documents(data: bytes) -> Iterator[Any]:
    """Yield the JSON documents of an answer: one, one a line, or one an event of a stream."""
    try:
        yield json.loads(data)
        return
    except (ValueError, RecursionError):
        pass
    for line in data.decode(errors="replace").splitlines():
        try:
            yield json.loads(line.removeprefix("data:"))
        except (ValueError, RecursionError):
            continue  # `event: …`, `[DONE]`, or the end of a document that was cut


def _leaves(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield every value that is no object or list, with the key that it, or the list around it, has."""
    waiting = [("", document)]
    while waiting:
        key, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(str(name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(key, inner) for inner in value]
        else:
            yield key, value


def _bytes_of(text: str) -> bytes:
    """Return the bytes that are written in text, in base64 or in hexadecimal digits; none if it is neither."""
    plain = text.partition(";base64,")[2] if text.startswith("data:") else text
    plain = "".join(plain.split())
    try:
        return bytes.fromhex(plain) if HEX.fullmatch(plain) else base64.b64decode(plain, validate=True)
    except ValueError:
        return b""


def _decompressed(data: bytes, what: str) -> NDArray[np.int16]:
    """Decode a whole file with the libraries of FFmpeg, where they are installed."""
    try:
        import av
    except ImportError:
        raise _refused(f"{what}. Let it answer with PCM or WAV, or install a decoder: pip install av") from None
    try:
        with av.open(BytesIO(data), "r") as file:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SPOKEN)
            frames = [one for frame in file.decode(audio=0) for one in resampler.resample(frame)]
            frames += resampler.resample(None)
    except (av.error.FFmpegError, IndexError, ValueError):
        raise _refused(f"{what} that cannot be decoded.") from None
    pieces = [np.frombuffer(bytes(one.planes[0]), "<i2")[: one.samples] for one in frames]
    return np.concatenate([np.zeros(0, np.int16), *pieces]).astype(np.int16)


def _refused(what: str) -> RealtimeError:
    return RealtimeError(f"The speech server answered with {what}", code="bad_audio")
