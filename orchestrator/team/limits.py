"""The limits of a call, what models cost, what is kept of a call, and how many calls a version gets."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints

from orchestrator.team.base import FLOAT, Short, Strict
from orchestrator.team.edges import Name

FOREVER = "forever"
SECONDS = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0}
SPAN = re.compile(rf"([1-9][0-9]{{0,4}}) ({'|'.join(SECONDS)})s?")
Span = Annotated[str, StringConstraints(pattern=f"^({SPAN.pattern}|{FOREVER})$")]


class Limit(Short):
    """A limit, and what the caller hears when it ends the call."""

    short: ClassVar[str] = "at"
    at: float = Field(gt=0)
    say: str = Field(default="", description="spoken word for word; without it the agent says goodbye in its own words")


class Quota(Strict):
    """How much may be asked of a team, or by a key: new calls that would be more are refused."""

    calls: int | None = Field(default=None, ge=1, description="calls at once")
    calls_per_minute: int | None = Field(default=None, ge=1, le=100_000, description="new calls a minute")
    dollars_per_day: float | None = Field(
        default=None, gt=0, description="US dollars a day, calculated from `prices`; new calls are refused then"
    )


class Limits(Quota):
    """When a call ends: seconds, counts and money; and when a new one is refused."""

    call: Limit = Field(default=Limit(at=3600), description="seconds that a call may last")
    silence: Limit = Field(default=Limit(at=300), description="seconds of silence")
    tokens: Limit | None = Field(default=None, description="tokens of all agents, input and output")
    money: Limit | None = Field(default=None, description="US dollars, calculated from `prices`")
    answer: float = Field(default=10.0, gt=0, description="seconds in which nothing may come of an answer")
    tool: float = Field(default=20.0, gt=0, description="seconds that a tool may take")
    handoffs: int = Field(default=30, ge=0, description="handoffs in a call; after that the agent must help the caller")


class Price(Strict):
    """What a model costs, in US dollars per million tokens."""

    text_in: float = Field(default=0.0, ge=0)
    text_cached: float = Field(default=0.0, ge=0)
    text_out: float = Field(default=0.0, ge=0)
    audio_in: float = Field(default=0.0, ge=0)
    audio_cached: float = Field(default=0.0, ge=0)
    audio_out: float = Field(default=0.0, ge=0)


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


PERCENT = re.compile(r"([0-9]{1,3}(\.[0-9]+)?) ?%")


def _share(value: Any) -> Any:
    """Read `10%`, and numbers as they are."""
    if not isinstance(value, str) or FLOAT.fullmatch(value):
        return value
    if found := PERCENT.fullmatch(value):
        return float(found[1]) / 100
    raise ValueError("this is no share of the calls")


Share = Annotated[
    float,
    Field(gt=0, le=1),
    BeforeValidator(_share, json_schema_input_type=Annotated[str, Field(pattern=f"^{PERCENT.pattern}$")] | float),
]
