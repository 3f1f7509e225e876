"""What is kept of a call."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from orchestrator.team.base import Strict
from orchestrator.team.edges import Name

FOREVER = "forever"
SECONDS = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0}
SPAN = re.compile(rf"([1-9][0-9]{{0,4}}) ({'|'.join(SECONDS)})s?")
Span = Annotated[str, StringConstraints(pattern=f"^({SPAN.pattern}|{FOREVER})$")]


class Record(Strict):
    """What is kept of a call, and for how long."""

    transcript: bool = Field(True, description="whether words, arguments and outputs are kept")
    audio: bool = Field(False, description="whether the sound is kept")
    keep: Span = Field("30 days", description="how long after its end; `forever` for ever")
    pause_in: tuple[Name, ...] = Field((), description="agents that have the caller unrecorded")
    notice: str = Field("", description="what the first agent says, word for word, before anything else")

    @property
    def seconds(self) -> float | None:
        """How long a call is kept after its end; None for ever."""
        found = SPAN.fullmatch(self.keep)
        return int(found[1]) * SECONDS[found[2]] if found else None


def _kept(value: Any) -> Any:
    """Expand `record: true` and `record: false`."""
    return ({} if value else None) if isinstance(value, bool) else value


Kept = Annotated[Record | None, BeforeValidator(_kept, json_schema_input_type=bool | Record | None)]
