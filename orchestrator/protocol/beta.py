"""The keys that session objects and responses had in the protocol's beta version, and where each is now.

A client that speaks the beta version would be refused for one key after the other, so all are named at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.errors import CallerError

BETA_SHAPE = "beta_api_shape_disabled"  # the code of a client that speaks the beta version throughout
FORMAT = "audio.{}.format, an object: {{'type': 'audio/pcm', 'rate': 24000}}, or of type 'audio/pcmu' or 'audio/pcma'"
# Key → where it is now; None when it is gone.
MOVED: Mapping[str, str | None] = {
    "modalities": "output_modalities",
    "voice": "audio.output.voice",
    "speed": "audio.output.speed",
    "input_audio_format": FORMAT.format("input"),
    "output_audio_format": FORMAT.format("output"),
    "input_audio_transcription": "audio.input.transcription",
    "input_audio_noise_reduction": "audio.input.noise_reduction",
    "turn_detection": "audio.input.turn_detection",
    "max_response_output_tokens": "max_output_tokens",
    "temperature": None,
}


def moved(check: Callable[[Any, str], None], *, typed: bool) -> Callable[[Any, str], None]:
    """Return a check that first refuses an object with old keys, naming all of them.

    `typed`: in the GA version it has a `type`. One without is of a client that speaks the beta version.
    """

    def check_moved(value: Any, path: str) -> None:
        old = [key for key in value if key in MOVED] if isinstance(value, Mapping) else []
        if old:
            places = "; ".join(f"'{path}.{key}' {_now(key, path)}" for key in old)
            beta = typed and "type" not in value
            why = "The beta version of the Realtime API is not supported. " if beta else ""
            code = BETA_SHAPE if beta else "unknown_parameter"
            raise CallerError(f"{why}Unknown parameters: {places}.", code=code, param=f"{path}.{old[0]}")
        check(value, path)

    return check_moved


def _now(key: str, path: str) -> str:
    place = MOVED[key]
    return f"is now {path}.{place}" if place else "is gone, leave it out"
