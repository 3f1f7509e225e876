"""What a caller does in a test: one turn after another, or what a simulated caller wants."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from orchestrator.team.base import Short, Strict
from orchestrator.team.edges import Name
from orchestrator.team.trials.expectations import Expected
from orchestrator.team.trials.given import Json

Noise = Literal["none", "white", "street", "office", "babble"]


class Spoken(Short):
    """Words of the caller: typed by text; by voice spoken, with a voice and with noise."""

    short: ClassVar[str] = "say"
    say: str = Field(min_length=1, max_length=4000)
    voice: str | None = Field(None, description="a voice of the `local` provider")
    noise: Noise = Field("none", description="what is heard behind the caller")
    snr: float = Field(10.0, ge=-20, le=60, description="how much louder the caller is than the noise, in dB")


class Recorded(Strict):
    """A recording of the caller's words: a WAV file beside the tests. By text, `say` is typed instead."""

    wav: str = Field(min_length=1)
    say: str = Field("", description="what is said in it")
    noise: Noise = "none"
    snr: float = Field(10.0, ge=-20, le=60)


class Keys(Strict):
    """Keys of a telephone that the caller presses."""

    keys: Annotated[str, StringConstraints(pattern=r"^[0-9A-D*#]{1,32}$")]


class Silence(Strict):
    """The caller says nothing for so many seconds."""

    silence: float = Field(gt=0, le=600)


def _line(value: Any) -> Any:
    """Expand words to what they are: something spoken."""
    return {"say": value} if isinstance(value, str) else value


Line = Annotated[
    Spoken | Recorded | Keys | Silence,
    BeforeValidator(_line, json_schema_input_type=str | Spoken | Recorded | Keys | Silence),
]


class Interrupt(Short):
    """When the caller speaks although the team does."""

    short: ClassVar[str] = "after"
    after: float = Field(ge=0, le=60, description="seconds into the team's last answer")


class Step(Strict):
    """What a model does in one response, in a test that says so: it speaks, calls functions, or both."""

    agent: Name
    says: str = ""
    calls: tuple[dict[str, dict[str, Json]], ...] = Field((), description="function → its arguments")
    fails: str | None = Field(None, description="the response fails, with this code")


def _step(value: Any) -> Any:
    """Expand `billing: It is paid.`, which says whose model speaks."""
    if isinstance(value, dict) and len(value) == 1 and "agent" not in value:
        ((agent, does),) = value.items()
        return {"agent": agent, **(does if isinstance(does, dict) else {"says": does})}
    return value


class Turn(Strict):
    """One turn of the caller, and what is expected once the team has nothing more to say."""

    caller: Line
    interrupt: Interrupt | None = None
    model: tuple[Annotated[Step, BeforeValidator(_step, json_schema_input_type=dict[Name, Any] | Step)], ...] = Field(
        (), description="what the agents' models do in this turn, in place of real models"
    )
    expect: Expected = Expected()


class Persona(Strict):
    """A caller whose words a language model finds."""

    persona: str = Field("patient", min_length=1, description="how they are: impatient, confused, chatty …")
    goal: str = Field(min_length=1, description="what they want")
    knows: dict[str, Json] = Field(default_factory=dict, description="what they can tell when asked")
    turns: int = Field(12, ge=1, le=60, description="after so many turns they hang up")
    brain: str | None = Field(None, description="provider/model (default: the option --brain)")
