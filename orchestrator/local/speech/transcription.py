"""Speech to text with Whisper on CTranslate2: one worker thread for the whole process, first come first served.

Recognising an utterance of up to 7 s takes 60-110 ms on one core, whatever its length.
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
from orchestrator.local.models import WHISPER, verified
from orchestrator.local.speech import digits
from orchestrator.local.speech.audio import HEARD
from orchestrator.local.speech.hypotheses import Choose, likeliest
from orchestrator.local.speech.mel import MOST, log_mel
from orchestrator.local.speech.mishearings import corrected

LONGEST, SHORTEST = 30.0, 20.0  # seconds: longer speech is cut at its quietest point between the two
STEP = 750  # mel frames (7.5 s) by which a window grows: 4-5 times faster than the usual 3000 and just as accurate
BEAM = 5
NO_SPEECH, UNSURE = 0.6, -1.0  # above the one and below the other, the model says that nobody is speaking
TOKENS = 224  # most tokens of one recognition
FINAL_MARKS = ".,!?;:"
LONG = re.compile(r"\d(?:-?\d){2}")  # a number that nobody says twice in one breath
GROUP = re.compile(r"Ġ?\d\d+")  # a token of several digits
PACKED = 2.4  # highest compression ratio of text that does not repeat itself


class Transcriber(Protocol):
    """Turns utterances into text."""

    async def transcribe(self, samples: NDArray[np.int16], choose: Choose | None = None) -> str:
        """Return the words in audio at 16 kHz, "" if there are none; raises `RealtimeError`.

        `choose` decides between several hypotheses, if there are any.
        """


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
        # The vocabulary: token by number.
        self._words = words
        number = {word: at for at, word in enumerate(words)}
        # Numbers of the tokens with several digits.
        self._groups = [at for at, word in enumerate(words) if GROUP.fullmatch(word)]
        # The tokens before the text: English, transcription, no timestamps.
        self._prompt = [number["<|startoftranscript|>"]]
        if self._model.is_multilingual:
            self._prompt += [number["<|en|>"], number["<|transcribe|>"]]
        self._prompt.append(number["<|notimestamps|>"])
        # Recognises one utterance at a time, for all sessions.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="transcription")
        self.recognize(np.zeros(HEARD, np.int16))  # the first run is slow

    async def transcribe(self, samples: NDArray[np.int16], choose: Choose | None = None) -> str:
        """Return the words in an utterance; a job that is cancelled before its turn is skipped."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self.recognize, samples, choose)

    def recognize(self, samples: NDArray[np.int16], choose: Choose | None = None) -> str:
        """Return the words in samples at 16 kHz; blocks."""
        return " ".join(text for piece in pieces(samples) if (text := self._piece(piece, choose)))

    def _piece(self, samples: NDArray[np.int16], choose: Choose | None) -> str:
        text = self._decode(samples, choose, step=STEP)
        return self._decode(samples, choose, step=MOST) if is_loop(text) else text

    def _decode(self, samples: NDArray[np.int16], choose: Choose | None, *, step: int) -> str:
        """Return the words, "" if nobody speaks."""
        import ctranslate2

        features = ctranslate2.StorageView.from_array(np.ascontiguousarray(log_mel(samples, step=step)[None]))
        encoded = self._model.encode(features)
        result = self._generate(encoded, suppress_tokens=[-1])
        if result.no_speech_prob > NO_SPEECH and result.scores[0] < UNSURE:
            return ""
        guesses = [corrected(digits.plain(self._text(tokens))) for tokens in result.sequences_ids]
        text = (choose or likeliest)(list(zip(result.scores, guesses, strict=True)))
        if digits.is_doubtful(text):
            by_digits = self._generate(encoded, suppress_tokens=[-1, *self._groups])
            text = digits.undoubled(text, digits.plain(self._text(by_digits.sequences_ids[0])))
        return digits.ungrouped(text)

    def _generate(self, encoded: Any, *, suppress_tokens: Sequence[int]) -> Any:
        (result,) = self._model.generate(
            encoded,
            [self._prompt],
            beam_size=BEAM,
            num_hypotheses=BEAM,
            max_length=TOKENS,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=list(suppress_tokens),
        )
        return result

    def _text(self, tokens: Sequence[int]) -> str:
        words = (self._words[token] for token in tokens if not self._special(token))
        return once(_utf8("".join(words)).strip())

    def _special(self, token: int) -> bool:
        word = self._words[token]
        return word.startswith("<|") and word.endswith("|>")


@cache
def whisper(folder: Path | None) -> Whisper:
    """Return the process-wide transcriber; blocks about 0.5 s the first time.

    `folder` is a CTranslate2 Whisper model; None: the packaged tiny.en, checked by SHA-256.
    Raises `RealtimeError`, `ImportError`.
    """
    return Whisper(folder or verified(WHISPER) / "model")


def pieces(samples: NDArray[np.int16]) -> list[NDArray[np.int16]]:
    """Cut audio that is longer than a Whisper window at its quietest 100 ms."""
    found = []
    block = HEARD // 10
    while len(samples) > LONGEST * HEARD:
        first = int(SHORTEST * HEARD)
        window = samples[first : int(LONGEST * HEARD)].astype(np.float32)
        loudness = (window[: len(window) // block * block].reshape(-1, block) ** 2).mean(axis=1)
        cut = first + int(loudness.argmin()) * block + block // 2
        found.append(samples[:cut])
        samples = samples[cut:]
    return [*found, samples]


def is_loop(text: str) -> bool:
    """Return whether the decoder repeated itself endlessly, as it may in a window shorter than Whisper's own."""
    data = text.encode()
    return len(data) / len(zlib.compress(data)) > PACKED


def once(text: str) -> str:
    """Drop what Whisper repeats at the end of a short window: a whole text, a sentence, a number.

    A word or two said twice is intended ("bye bye"), and so are the digits of a number.
    """
    words = text.split()
    bare = [word.strip(FINAL_MARKS).lower() for word in words]
    for size in range(len(words) // 2, 0, -1):
        end = len(words)
        while end >= 2 * size and bare[end - size : end] == bare[end - 2 * size : end - size]:
            end -= size
        if end < len(words) and _is_echo(bare[end - size : end], copies=(len(words) - end) // size + 1):
            return once(" ".join(words[:end]))
    return _without_false_start(words, bare)


def _is_echo(unit: list[str], *, copies: int) -> bool:
    if len(unit) == 1:
        return bool(re.fullmatch(r"[\d,-]{3,}", unit[0])) or (copies > 3 and not unit[0].isdigit())
    digits = "".join(unit)
    if digits.isdigit():
        return len(digits) > 3 and len(set(digits)) > 1
    return len(unit) > 2 or copies > 2 or any(LONG.search(word) for word in unit)


def _without_false_start(words: list[str], bare: list[str]) -> str:
    """Drop the second start of a text that is begun again and cut off ("Take a message, please. Take a mess…")."""
    for size in range(-(-len(words) // 2), len(words) - 2):
        if words[size - 1][-1] in ".!?" and bare[size:] == bare[: len(words) - size]:
            return " ".join(words[:size])
    return " ".join(words)


def _words(folder: Path) -> list[str]:
    """Read the vocabulary: a JSON list, or one token per line."""
    import json

    listed = folder / "vocabulary.json"
    if listed.exists():
        return [str(word) for word in json.loads(listed.read_text(encoding="utf-8"))]
    return (folder / "vocabulary.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")


def _utf8(tokens: str) -> str:
    """Turn byte-pair tokens, which write each byte as one printable character, into text."""
    return bytes(_bytes()[sign] for sign in tokens if sign in _bytes()).decode("utf-8", errors="replace")


@cache
def _bytes() -> dict[str, int]:
    """Map characters to bytes: printable Latin-1 to itself, the characters from U+0100 on to the other 68 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + at): byte for at, byte in enumerate(others)}
