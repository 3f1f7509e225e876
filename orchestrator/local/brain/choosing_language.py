"""Which language to speak with a caller."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.local.brain.dialogue.patterns import expression
from orchestrator.local.brain.language import DEFAULT, code_of
from orchestrator.providers.session_object import SPEAK_LANGUAGE, WRITE_LANGUAGE

TOLD = [re.compile(f"^{expression(template)}$", re.MULTILINE) for template in (SPEAK_LANGUAGE, WRITE_LANGUAGE)]


def language_of(instructions: str, transcribed: str = "") -> str:
    """Return the code of the team's language, as the instructions have it, else that of the transcription."""
    told = (found["language"] for template in TOLD for found in template.finditer(instructions))
    return next((code for named in (*told, transcribed) if (code := code_of(named))), DEFAULT)


def transcribed_in(session: Mapping[str, Any]) -> str:
    """Return the language in which a session's caller is transcribed; "" where nobody has set one."""
    return str((session["audio"]["input"].get("transcription") or {}).get("language") or "")
