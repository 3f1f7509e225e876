"""Builds the parts of the embedded provider from its entry in the team file.

Models are loaded once per process; the brain belongs to one provider.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from orchestrator.errors import RealtimeError
from orchestrator.local.models import not_installed
from orchestrator.local.speech import turns
from orchestrator.local.speech.embedded import hearing, speaking
from orchestrator.local.speech.speaking import Speaker
from orchestrator.local.speech.transcription import Transcriber
from orchestrator.local.speech.turns import Probability
from orchestrator.providers.languages import ENGLISH

if TYPE_CHECKING:
    from orchestrator.local.brain.port import Brain
    from orchestrator.team.schema import PartSpec, ProviderSpec

Tools = Mapping[str, Sequence[Mapping[str, Any]]]  # agent → the definitions of its own functions
# Two calls that start at the same time must not load everything twice.
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a session works with."""

    brain: Brain
    transcriber: Transcriber
    speaker: Speaker
    probability: Callable[[], Probability] = turns.SpeechProbability  # one per session
    today: Callable[[], date] = date.today  # where the callers are

    def prepare(self, heard: str | None, spoken: str | None) -> None:
        """Load what it takes to hear and to speak these languages; blocks the first time. Raises `RealtimeError`."""
        self.transcriber.prepare(heard)
        self.speaker.prepare(spoken)


def load(
    spec: ProviderSpec | None,
    brain: Brain | None = None,
    language: str | None = None,
    tools: Tools | None = None,
    today: Callable[[], date] = date.today,
) -> Parts:
    """Load the parts that `spec` asks for; blocks for up to two seconds the first time.

    `language` is the team's. If its packages are not installed, the log says so, and whoever needs them gets an error:
    what is typed can be answered all the same. Raises `RealtimeError`: `not_installed`, `bad_model` or
    `invalid_provider`, all fatal.
    """
    stt, tts = (spec.stt, spec.tts) if spec else (None, None)
    with _loading:
        try:
            turns.warm()
            own = brain or make_brain(spec.brain if spec else None, tools, today)
            parts = Parts(own, _transcriber(stt), _speaker(tts), today=today)
            _prepare(parts, language)
            return parts
        except ImportError as error:
            raise not_installed(error.name or "a package of the extra 'local'") from None


def make_brain(part: PartSpec | None, tools: Tools | None = None, today: Callable[[], date] = date.today) -> Brain:
    """Return the brain that a provider's entry asks for: a GGUF file, a server, else the router."""
    if part is not None and part.gguf:
        from orchestrator.local.brain.gguf.brain import GgufBrain
        from orchestrator.local.brain.gguf.model import language_model

        return GgufBrain(language_model(Path(part.gguf)), today)
    if part is not None and part.url:
        from orchestrator.local.brain.chat import ChatBrain

        key = part.api_key.get_secret_value() if part.api_key else None
        return ChatBrain(part.url, part.model or "default", key)
    from orchestrator.local.brain.router import Router
    from orchestrator.local.brain.understanding.encoder import SentenceEncoder

    return Router(SentenceEncoder(), tools)


def _prepare(parts: Parts, language: str | None) -> None:
    try:
        parts.prepare(language, language)
    except RealtimeError as error:
        if (language or ENGLISH) == ENGLISH or error.code != "not_installed":
            raise
        structlog.get_logger("orchestrator").warning("the team's language cannot be spoken", error=str(error))


def _transcriber(part: PartSpec | None) -> Transcriber:
    if part is None or _left_empty(part):
        return hearing(None)
    if part.url:
        from orchestrator.local.speech.remote import RemoteTranscriber

        return RemoteTranscriber(part.url, part.model, part.api_key)
    if part.folder:
        return hearing(Path(part.folder).expanduser())
    raise RealtimeError("`stt` needs `url` or `folder`.", code="invalid_provider", fatal=True)


def _speaker(part: PartSpec | None) -> Speaker:
    if part is None or _left_empty(part):
        return speaking()
    if part.url:
        from orchestrator.local.speech.remote import RemoteSpeaker

        return RemoteSpeaker(part.url, part.model, part.voice, part.api_key)
    raise RealtimeError("`tts` needs `url`.", code="invalid_provider", fatal=True)


def _left_empty(part: PartSpec) -> bool:
    """Whether an environment variable left `url` or `folder` empty, which means the embedded part too."""
    return "" in (part.url, part.folder) and not (part.url or part.folder)
