"""Speech to text with Whisper on CTranslate2: one worker thread for the whole process, first come first served.

One recognition takes 60-110 ms of one core for an utterance of up to 5 s, whatever its length.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestrator.errors import RealtimeError
from orchestrator.local.mel import MOST, log_mel
from orchestrator.local.models import WHISPER, WHISPER_CONFIG, WHISPER_WORDS

RATE = 16_000  # samples a second of everything that a transcriber hears
LONGEST, SHORTEST = 30.0, 20.0  # seconds: longer speech is cut at the quietest place between the two
STEP = 500  # mel frames (5 s) by which a window grows: 5 times faster than the usual 3000, and no worse
BEAM = 5
NO_SPEECH, UNSURE = 0.6, -1.0  # the model's own word that nobody speaks, when what it heard is unlikely too
TOKENS = 224  # of one recognition
FINAL_MARKS = ".,!?;:"
NUMBER = re.compile(r"\d(?:[\d,. -]*\d)?")
NO_DIGIT = re.compile(r"\D")
PACKED = 2.4  # how far text that does not repeat itself can be compressed


class Transcriber(Protocol):
    """Whoever turns an utterance into text."""

    async def transcribe(self, samples: NDArray[np.int16]) -> str:
        """Return what is said, or "" for nothing; 16 kHz in. Raises `RealtimeError`."""


class Whisper:
    """The embedded transcriber; loaded once per process and folder through `whisper`."""

    def __init__(self, folder: Path) -> None:
        import ctranslate2

        try:
            # The network.
            self._model: Any = ctranslate2.models.Whisper(
                str(folder), device="cpu", compute_type="int8", intra_threads=1, inter_threads=1
            )
            words = _words(folder)
        except (RuntimeError, OSError, ValueError) as error:
            message = f"The Whisper folder {str(folder)!r} cannot be loaded: {error}"
            raise RealtimeError(message, code="bad_model", fatal=True) from None
        # Tokens by number.
        self._words = words
        number = {word: at for at, word in enumerate(words)}
        # What stands before the text: English, transcription, no times.
        self._prompt = [number["<|startoftranscript|>"]]
        if self._model.is_multilingual:
            self._prompt += [number["<|en|>"], number["<|transcribe|>"]]
        self._prompt.append(number["<|notimestamps|>"])
        # Does one recognition at a time, for all sessions.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="transcription")
        self.recognize(np.zeros(RATE, np.int16))  # the first run is slow

    async def transcribe(self, samples: NDArray[np.int16]) -> str:
        """Return what is said; a job that is cancelled while it waits is never done."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self.recognize, samples)

    def recognize(self, samples: NDArray[np.int16]) -> str:
        """Return what is said in 16 kHz samples; blocks."""
        return " ".join(text for piece in pieces(samples) if (text := self._piece(piece)))

    def _piece(self, samples: NDArray[np.int16]) -> str:
        texts = self._decode(samples, step=STEP)
        if texts and is_loop(texts[0]):
            texts = self._decode(samples, step=MOST)
        return undoubled(*texts) if texts else ""

    def _decode(self, samples: NDArray[np.int16], *, step: int) -> list[str]:
        """Return what may have been said, the likeliest first; nothing where nobody speaks."""
        import ctranslate2

        features = ctranslate2.StorageView.from_array(np.ascontiguousarray(log_mel(samples, step=step)[None]))
        (result,) = self._model.generate(
            features,
            [self._prompt],
            beam_size=BEAM,
            num_hypotheses=BEAM,
            max_length=TOKENS,
            return_scores=True,
            return_no_speech_prob=True,
        )
        if result.no_speech_prob > NO_SPEECH and result.scores[0] < UNSURE:
            return []
        return [once(self._text(tokens)) for tokens in result.sequences_ids]

    def _text(self, tokens: Sequence[int]) -> str:
        return _utf8("".join(self._words[token] for token in tokens if not self._special(token))).strip()

    def _special(self, token: int) -> bool:
        word = self._words[token]
        return word.startswith("<|") and word.endswith("|>")


@cache
def whisper(folder: Path | None) -> Whisper:
    """Return the process's own transcriber; blocks about 0.5 s the first time.

    `folder` is a CTranslate2 Whisper model; None: the packaged tiny.en, checked by SHA-256.
    Raises `RealtimeError`, `ImportError`.
    """
    if folder is None:
        WHISPER_CONFIG.find()
        WHISPER_WORDS.find()
        return Whisper(WHISPER.find().parent)
    return Whisper(folder)


def pieces(samples: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    """Cut what is longer than a Whisper window at its quietest 100 ms."""
    found = []
    block = RATE // 10
    while len(samples) > LONGEST * RATE:
        first = int(SHORTEST * RATE)
        window = samples[first : int(LONGEST * RATE)].astype(np.float32)
        loudness = (window[: len(window) // block * block].reshape(-1, block) ** 2).mean(axis=1)
        cut = first + int(loudness.argmin()) * block + block // 2
        found.append(samples[:cut])
        samples = samples[cut:]
    return [*found, samples]


def is_loop(text: str) -> bool:
    """Tell whether the decoder ran in circles, as it may in a window shorter than Whisper's own."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) > PACKED


def undoubled(likeliest: str, *others: str) -> str:
    """Take from less likely texts the long numbers in which the likeliest only has one digit twice.

    Where Whisper writes digits in groups it likes to say the last of one group again ("377-865" for 37865). What it
    writes with a comma ("10,059") it has understood as an amount.
    """
    text = likeliest
    for other in others:
        theirs = NUMBER.findall(other)
        if len(theirs) == len(NUMBER.findall(text)):
            text = _chosen(text, theirs)
    return text


def _chosen(text: str, theirs: Sequence[str]) -> str:
    rest = iter(theirs)

    def choose(found: re.Match[str]) -> str:
        mine, other = found.group(), NO_DIGIT.sub("", next(rest))
        return other if "," not in mine and _is_doubled(NO_DIGIT.sub("", mine), other) else mine

    return NUMBER.sub(choose, text)


def _is_doubled(long: str, short: str) -> bool:
    """Tell whether `long` is a `short` of at least five digits with one of them twice."""
    return len(long) == len(short) + 1 > 5 and any(
        long[at] == long[at - 1] and long[:at] + long[at + 1 :] == short for at in range(1, len(long))
    )


def once(text: str) -> str:
    """Drop what Whisper's short window says again at the end: a whole text, a sentence, a number.

    A word or two said twice is meant ("bye bye"), and so are the digits of a number.
    """
    words = text.split()
    bare = [word.strip(FINAL_MARKS).lower() for word in words]
    for size in range(len(words) // 2, 0, -1):
        end = len(words)
        while end >= 2 * size and bare[end - size : end] == bare[end - 2 * size : end - size]:
            end -= size
        if end < len(words) and _is_echo(bare[end - size : end], copies=(len(words) - end) // size + 1):
            return once(" ".join(words[:end]))
    return text


def _is_echo(unit: list[str], *, copies: int) -> bool:
    if len(unit) == 1:
        return bool(re.fullmatch(r"[\d,-]{3,}", unit[0])) or copies > 4
    digits = "".join(unit)
    if digits.isdigit():
        return len(digits) > 4 and len(set(digits)) > 1
    return len(unit) > 2 or copies > 2


def _words(folder: Path) -> list[str]:
    """Read the vocabulary, as one token a line or as a JSON list."""
    import json

    listed = folder / "vocabulary.json"
    if listed.exists():
        return [str(word) for word in json.loads(listed.read_text(encoding="utf-8"))]
    return (folder / "vocabulary.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")


def _utf8(tokens: str) -> str:
    """Turn byte-pair tokens, which write each byte as one printable sign, into text."""
    return bytes(_bytes()[sign] for sign in tokens if sign in _bytes()).decode("utf-8", errors="replace")


@cache
def _bytes() -> dict[str, int]:
    """Map signs to bytes: printable Latin-1 stands for itself, the other 68 bytes for the signs from U+0100 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + at): byte for at, byte in enumerate(others)}
