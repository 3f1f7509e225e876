"""Speech to text with Whisper on CTranslate2: one worker thread for each model, first come first served.

Recognising an utterance of up to 7 s takes 60-110 ms on one core with tiny.en, whatever its length, and about three
times as long with the model of many languages.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
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
from orchestrator.local.speech.echoes import is_loop, once
from orchestrator.local.speech.hypotheses import Choose, likeliest
from orchestrator.local.speech.joined import Joined
from orchestrator.local.speech.mel import MOST, log_mel
from orchestrator.local.speech.mishearings import corrected
from orchestrator.providers.languages import ENGLISH, LANGUAGES

LONGEST, SHORTEST = 30.0, 20.0  # seconds: longer speech is cut at its quietest point between the two
STEP = 750  # mel frames (7.5 s) by which a window grows: 4-5 times faster than the usual 3000 and just as accurate
BEAM = 5
NO_SPEECH, UNSURE = 0.6, -1.0  # above the one and below the other, the model says that nobody is speaking
TOKENS = 224  # most tokens of one recognition
GROUP = re.compile(r"Ġ?\d\d+")  # a token of several digits
BEFORE = {"zh": "以下是普通话的句子。"}  # a text that is written as it should: with simplified characters
UNSPACED = frozenset({"zh"})  # written without spaces


class Transcriber(Protocol):
    """Turns utterances into text."""

    def prepare(self, language: str | None) -> None:
        """Load what it takes to hear a language; blocks. Raises `RealtimeError`."""

    async def transcribe(self, samples: NDArray[np.int16], language: str | None, choose: Choose | None = None) -> str:
        """Return the words in audio at 16 kHz, "" if there are none; raises `RealtimeError`.

        The language is an ISO 639-1 code; None: nobody has said which. `choose` decides between several hypotheses, if
        there are any.
        """


class Whisper:
    """A Whisper model; loaded once per process, through `whisper` and `whisper_base`."""

    def __init__(self, folder: Path, weights: Sequence[Path] = ()) -> None:
        import ctranslate2

        try:
            # The network.
            self._model: Any = ctranslate2.models.Whisper(
                str(folder),
                device="cpu",
                compute_type="int8",
                intra_threads=1,
                inter_threads=1,
                files=_files(folder, weights) if weights else None,
            )
            words = _words(folder)
        except (RuntimeError, OSError, ValueError) as error:
            message = f"The Whisper folder {str(folder)!r} cannot be loaded: {error}"
            raise RealtimeError(message, code="bad_model", fatal=True) from None
        # The vocabulary: token by number.
        self._words = words
        # The numbers of the tokens.
        self._number = {word: at for at, word in enumerate(words)}
        # Numbers of the tokens with several digits.
        self._groups = [at for at, word in enumerate(words) if GROUP.fullmatch(word)]
        # Recognises one utterance at a time, for all sessions.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="transcription")
        self.recognize(np.zeros(HEARD, np.int16))  # the first run is slow

    async def transcribe(
        self, samples: NDArray[np.int16], language: str = ENGLISH, choose: Choose | None = None
    ) -> str:
        """Return the words in an utterance; a job that is cancelled before its turn is skipped."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self.recognize, samples, language, choose)

    def recognize(self, samples: NDArray[np.int16], language: str = ENGLISH, choose: Choose | None = None) -> str:
        """Return the words in samples at 16 kHz; blocks."""
        found = (self._piece(piece, language, choose or likeliest) for piece in pieces(samples))
        return ("" if language in UNSPACED else " ").join(text for text in found if text)

    def _piece(self, samples: NDArray[np.int16], language: str, choose: Choose) -> str:
        text = self._decode(samples, language, choose, step=STEP)
        return self._decode(samples, language, choose, step=MOST) if is_loop(text) else text

    def _decode(self, samples: NDArray[np.int16], language: str, choose: Choose, *, step: int) -> str:
        """Return the words, "" if nobody speaks."""
        import ctranslate2

        features = ctranslate2.StorageView.from_array(np.ascontiguousarray(log_mel(samples, step=step)[None]))
        encoded = self._model.encode(features)
        result = self._generate(encoded, language, suppress_tokens=[-1])
        if result.no_speech_prob > NO_SPEECH and result.scores[0] < UNSURE:
            return ""
        guesses = [self._text(tokens, language) for tokens in result.sequences_ids]
        text = choose(list(zip(result.scores, guesses, strict=True)))
        if digits.is_doubtful(text):
            by_digits = self._generate(encoded, language, suppress_tokens=[-1, *self._groups])
            text = digits.undoubled(text, self._text(by_digits.sequences_ids[0], language))
        return digits.ungrouped(text) if language == ENGLISH else text

    def _generate(self, encoded: Any, language: str, *, suppress_tokens: Sequence[int]) -> Any:
        (result,) = self._model.generate(
            encoded,
            [self._prompt(language)],
            beam_size=BEAM,
            num_hypotheses=BEAM,
            max_length=TOKENS,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=list(suppress_tokens),
        )
        return result

    def _prompt(self, language: str) -> list[int]:
        """Return the tokens before the text: the language, if the model knows several; transcription; no timestamps."""
        told = [f"<|{language}|>", "<|transcribe|>"] if self._model.is_multilingual else []
        before = BEFORE.get(language) if told else None
        words = [] if before is None else ["<|startofprev|>", *_tokens(before, self._number)]
        return [self._number[word] for word in (*words, "<|startoftranscript|>", *told, "<|notimestamps|>")]

    def _text(self, tokens: Sequence[int], language: str) -> str:
        words = (self._words[token] for token in tokens if not self._special(token))
        text = once(_utf8("".join(words)).strip())
        return corrected(digits.plain(text)) if language == ENGLISH else text

    def _special(self, token: int) -> bool:
        word = self._words[token]
        return word.startswith("<|") and word.endswith("|>")


@cache
def whisper(folder: Path | None) -> Whisper:
    """Return the process-wide transcriber of English, or of a folder's languages; blocks about 0.5 s the first time.

    `folder` is a CTranslate2 Whisper model; None: the packaged tiny.en, checked by SHA-256.
    Raises `RealtimeError`, `ImportError`.
    """
    return Whisper(folder or verified(WHISPER) / "model")


@cache
def whisper_base() -> Whisper:
    """Return the process-wide transcriber of all languages; blocks about a second the first time.

    Its weights come in two packages, and are read as one file. Raises `RealtimeError`, `ImportError`.
    """
    first, second = (verified(package) / "data" for package in LANGUAGES["de"].hearing)
    return Whisper(second, [first / "model.bin.part1", second / "model.bin.part2"])


def _files(folder: Path, weights: Sequence[Path]) -> dict[str, Any]:
    """Return the files of a model whose weights are in several, as the library reads them."""
    files: dict[str, Any] = {name: (folder / name).read_bytes() for name in ("config.json", "vocabulary.json")}
    return {**files, "model.bin": Joined(weights)}


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


def _words(folder: Path) -> list[str]:
    """Read the vocabulary: a JSON list, or one token per line."""
    import json

    listed = folder / "vocabulary.json"
    if listed.exists():
        return [str(word) for word in json.loads(listed.read_text(encoding="utf-8"))]
    return (folder / "vocabulary.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")


def _tokens(text: str, number: Mapping[str, int]) -> list[str]:
    """Cut a text into tokens, each as long as it can be."""
    signs = {byte: sign for sign, byte in _bytes().items()}
    rest, found = "".join(signs[byte] for byte in text.encode()), []
    while rest:
        found.append(next(rest[:end] for end in range(len(rest), 0, -1) if rest[:end] in number))
        rest = rest[len(found[-1]) :]
    return found


def _utf8(tokens: str) -> str:
    """Turn byte-pair tokens, which write each byte as one printable character, into text."""
    return bytes(_bytes()[sign] for sign in tokens if sign in _bytes()).decode("utf-8", errors="replace")


@cache
def _bytes() -> dict[str, int]:
    """Map characters to bytes: printable Latin-1 to itself, the characters from U+0100 on to the other 68 bytes."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + at): byte for at, byte in enumerate(others)}
