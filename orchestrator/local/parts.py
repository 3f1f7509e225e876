"""Builds the parts of the embedded provider from its entry in the team file.

Models are loaded once per process; the brain belongs to one provider.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.errors import RealtimeError
from orchestrator.local.models import not_installed
from orchestrator.local.speech import turns
from orchestrator.local.speech.speaking import Speaker, hibari_speaker
from orchestrator.local.speech.transcription import Transcriber, whisper
from orchestrator.local.speech.turns import Probability

if TYPE_CHECKING:
    from orchestrator.local.brain.port import Brain

DEFAULT_VOICE = "marin"
# Two calls that start at the same time must not load everything twice.
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a session works with."""

    brain: Brain
    transcriber: Transcriber
    speaker: Speaker
    probability: Callable[[], Probability] = turns.SpeechProbability  # one per session
    default_voice: str = DEFAULT_VOICE


def load(spec: Any, brain: Brain | None = None) -> Parts:
    """Load the parts that `spec` (a `ProviderSpec` or None) asks for; blocks for up to two seconds the first time.

    Raises `RealtimeError`: `not_installed`, `bad_model` or `invalid_provider`, all fatal.
    """
    with _loading:
        try:
            turns.warm()
            brain = brain or make_brain(_value(spec, "brain"))
            return Parts(brain, _transcriber(_part(spec, "stt")), _speaker(_part(spec, "tts")))
        except ImportError as error:
            raise not_installed(error.name or "a package of the extra 'local'") from None


def make_brain(part: Any) -> Brain:
    """Return the brain that a provider's entry asks for: one on a server when it has a `url`, else the router."""
    if part is not None and part.url:
        from orchestrator.local.brain.chat import ChatBrain

        key = part.api_key.get_secret_value() if part.api_key else None
        return ChatBrain(part.url, part.model or "default", key)
    from orchestrator.local.brain.encoder import SentenceEncoder
    from orchestrator.local.brain.router import Router

    return Router(SentenceEncoder())


def _transcriber(part: Mapping[str, Any] | None) -> Transcriber:
    if part is None:
        return whisper(None)
    if part["url"]:
        from orchestrator.local.speech.remote import RemoteTranscriber

        return RemoteTranscriber(part["url"], part["model"], part["api_key"])
    if part["folder"]:
        return whisper(Path(part["folder"]).expanduser())
    raise RealtimeError("`stt` needs `url` or `folder`.", code="invalid_provider", fatal=True)


def _speaker(part: Mapping[str, Any] | None) -> Speaker:
    if part is None:
        return hibari_speaker()
    if part["url"]:
        from orchestrator.local.speech.remote import RemoteSpeaker

        return RemoteSpeaker(part["url"], part["model"], part["voice"], part["api_key"])
    raise RealtimeError("`tts` needs `url`.", code="invalid_provider", fatal=True)


def _part(spec: Any, name: str) -> Mapping[str, Any] | None:
    """Return the settings of a part on a server or in a folder, with every key; None means the embedded part.

    A `url` or `folder` that an environment variable leaves empty means the embedded part too.
    """
    part = _value(spec, name)
    places = [_value(part, key) for key in ("url", "folder")] if part is not None else [""]
    if "" in places and not any(places):
        return None
    return {key: _value(part, key) for key in ("url", "model", "voice", "folder", "api_key")}


def _value(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, Mapping) else getattr(holder, key, None)
