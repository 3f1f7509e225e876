"""The keys of an agent that are those of the session object."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from orchestrator.protocol import session
from orchestrator.team.base import Strict
from orchestrator.team.session_keys import NoiseReduction, SemanticVad, ServerVad, Transcription


def test_defaults_are_those_of_the_session_object() -> None:
    """What the file leaves out means the same as what a session leaves out."""
    vad = ServerVad(type="server_vad")

    assert (vad.threshold, vad.silence_duration_ms) == (
        session.THRESHOLD.default,
        session.SILENCE_DURATION_MS.default,
    )
    assert SemanticVad(type="semantic_vad").eagerness == "auto"


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (ServerVad, {"type": "server_vad", "threshold": 2}),
        (ServerVad, {"type": "semantic_vad"}),
        (SemanticVad, {"type": "semantic_vad", "eagerness": "wild"}),
        (Transcription, {"model": ""}),
        (NoiseReduction, {"type": "no_field"}),
    ],
)
def test_what_a_session_would_refuse_is_refused(kind: type[Strict], written: dict[str, object]) -> None:
    """Before a session is opened."""
    with pytest.raises(ValidationError):
        kind.model_validate(written)
