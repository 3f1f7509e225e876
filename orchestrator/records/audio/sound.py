"""From a frame of a call to what stands in the files of a recording: base64 of PCM16 at 24 kHz, little-endian.

That is what most frames hold, so that their text is kept as it came, and decoded only when somebody listens: decoding
took more time than all else that is done to record a frame. Places are counted in steps, of which each has a whole
number of samples, bytes and characters.

G.711 is decoded and brought from 8 to 24 kHz by one table, in which each pair of neighbouring samples has the three
steps between them: a straight line, which is enough for the voice of a telephone, and costs 50 ns a sample without any
library. The table is made with the first telephone call.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import a2b_base64, b2a_base64
from functools import cache
from struct import pack, unpack

from orchestrator.protocol.audio import G711_RATE, PCM_RATE
from orchestrator.protocol.audio_frames import APPEND_OPENING, DELTA_OPENING

RATE, SAMPLE_BYTES = PCM_RATE, 2
STEPS = G711_RATE  # a second
STEP_SAMPLES, STEP_BYTES, STEP_CHARACTERS = 3, 6, 8
PCM, G711 = "audio/pcm", ("audio/pcmu", "audio/pcma")
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# What was never written, and what a peer has sent that is not base64, is silence.
READABLE = bytes(code if code in ALPHABET else ord("A") for code in range(256))


class Spelling:
    """Turns the frames of one source into text of whole steps; what is left of a frame goes to the next of its item."""

    def __init__(self) -> None:
        # Whose bytes are left, and those: less than a step.
        self._item, self._left = "", b""

    def frame(self, item_id: str, frame: str, kind: str) -> str:
        """Return the text of an `append` or `delta` frame of a format; raises `ValueError` when it has no audio."""
        text = text_of(frame)
        fits = len(text) % STEP_CHARACTERS == 0 and not self._left
        if fits and kind == PCM and text[-1:] != "=" and text.isascii():
            return text
        return self.pcm(item_id, samples(b64decode(text), kind))

    def pcm(self, item_id: str, pcm: bytes) -> str:
        """Return the text of PCM16."""
        pcm = self._left + pcm if item_id == self._item else pcm
        whole = len(pcm) // STEP_BYTES * STEP_BYTES
        self._item, self._left = item_id, pcm[whole:]
        return text_of_pcm(pcm[:whole])


def text_of(frame: str) -> str:
    """Return the audio of an `append` or `delta` frame, in base64; raises `ValueError` when there is none."""
    opened = APPEND_OPENING.match(frame) or DELTA_OPENING.match(frame)
    if opened is not None:
        text = frame[opened.end() : frame.find('"', opened.end())]
        if "\\" not in text:
            return text
    try:
        event = json.loads(frame)
        return str(event["audio"] if "audio" in event else event["delta"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"a frame without audio ({type(error).__name__})") from None


def text_of_pcm(pcm: bytes) -> str:
    """Return PCM16 as text."""
    return b2a_base64(pcm, newline=False).decode()


def pcm_of(text: bytes) -> bytes:
    """Return the samples of text from a file; what is not a whole step at its end is left out."""
    return a2b_base64(text[: len(text) // STEP_CHARACTERS * STEP_CHARACTERS].translate(READABLE))


def steps_in(size: int, kind: str) -> int:
    """Return how many steps so many bytes take; `kind` is the `type` of their format."""
    return size if kind in G711 else size // STEP_BYTES


def samples(payload: bytes, kind: str) -> bytes:
    """Return a payload as PCM16 at 24 kHz."""
    if kind not in G711:
        return payload[:-1] if len(payload) % SAMPLE_BYTES else payload
    pairs = bytearray(2 * len(payload))
    pairs[0::2] = payload
    pairs[1::2] = payload[:1] + payload[:-1]  # the sample before each
    return b"".join(map(_steps(kind).__getitem__, unpack(f"<{len(payload)}H", pairs)))


@cache
def _steps(kind: str) -> list[bytes]:
    """Return, for the code of one sample (high byte) and of the next (low byte), the way from one to the other."""
    levels = [_mulaw(code) if kind == "audio/pcmu" else _alaw(code) for code in range(256)]
    return [pack("<hhh", a + (b - a) // 3, a + 2 * (b - a) // 3, b) for a in levels for b in levels]


def _mulaw(code: int) -> int:
    code = ~code & 0xFF
    level = ((((code & 0x0F) << 3) + 132) << (code >> 4 & 7)) - 132
    return -level if code & 0x80 else level


def _alaw(code: int) -> int:
    code ^= 0x55
    segment, step = code >> 4 & 7, (code & 0x0F) << 4
    level = (step + 264) << (segment - 1) if segment else step + 8
    return level if code & 0x80 else -level
