"""What a caller does in a test: one turn after another, or what a simulated caller wants."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag

from orchestrator.team.base import Short, Strict
from orchestrator.team.edges import Name
from orchestrator.team.trials.expectations import CallExpected, Expected, Many
from orchestrator.team.trials.given import Json

CALLERS = ("woman", "man")  # voices that no agent has
Noise = Literal["none", "white", "street", "office", "babble"]


class Spoken(Short):
    """Words of the caller: typed by text; by voice spoken, with a voice and with noise."""

    short: ClassVar[str] = "say"
    say: str = Field(min_length=1, max_length=4000, description="the words")
    voice: str | None = Field(None, description="whose voice, by voice: woman (default), man, or one of an agent")
    noise: Noise = Field("none", description="what is heard behind the caller: none, white, street, office or babble")
    snr: float = Field(10.0, ge=-20, le=60, description="how much louder the caller is than the noise, in dB")


class Recorded(Strict):
    """A recording of the caller's words: a WAV file beside the tests. By text, `say` is typed instead."""

    wav: str = Field(min_length=1, description="the file, relative to the file of the test")
    say: str = Field("", description="what is said in it")
    noise: Noise = Field("none", description="what is heard behind the caller: none, white, street, office or babble")
    snr: float = Field(10.0, ge=-20, le=60, description="how much louder the caller is than the noise, in dB")


class Keys(Strict):
    """Keys of a telephone that the caller presses."""

    keys: Annotated[str, StringConstraints(pattern=r"^[0-9A-D*#]{1,32}$")] = Field(
        description="digits, A to D, * and #"
    )


class Silence(Strict):
    """The caller says nothing for so many seconds."""

    silence: float = Field(gt=0, le=600, description="how long")


def _line(value: Any) -> Any:
    """Expand words to what they are: something spoken."""
    return {"say": value} if isinstance(value, str) else value


def _kind(value: Any) -> str:
    """Return what a line is meant to be, by its main key, so that its mistakes are told of that kind alone."""
    kinds = {"wav": Recorded, "keys": Keys, "silence": Silence}
    meant = (kind for key, kind in kinds.items() if isinstance(value, dict) and key in value)
    return type(value).__name__ if isinstance(value, Strict) else next(meant, Spoken).__name__


Line = Annotated[
    Annotated[Spoken, Tag("Spoken")]
    | Annotated[Recorded, Tag("Recorded")]
    | Annotated[Keys, Tag("Keys")]
    | Annotated[Silence, Tag("Silence")],
    Discriminator(_kind),
    BeforeValidator(_line, json_schema_input_type=str | Spoken | Recorded | Keys | Silence),
]


class Interrupt(Short):
    """When the caller speaks although the team does."""

    short: ClassVar[str] = "after"
    after: float = Field(ge=0, le=60, description="seconds into the team's last answer")


class Step(Strict):
    """What a model does in one response, in a test that says so: it speaks, calls functions, or both."""

    agent: Name = Field(description="whose model it is; `billing: It is paid.` is short for agent and says")
    says: str = Field("", description="what it says")
    calls: Many[CallExpected] = Field((), description="functions that it calls, with their arguments")
    fails: str | None = Field(None, description="the response fails, with this code")


def _step(value: Any) -> Any:
    """Expand `billing: It is paid.`, which says whose model speaks."""
    if isinstance(value, dict) and len(value) == 1 and "agent" not in value:
        ((agent, does),) = value.items()
        return {"agent": agent, **(does if isinstance(does, dict) else {"says": does})}
    return value


class Turn(Strict):
    """One turn of the caller, and what is expected once the team has nothing more to say."""

    caller: Line = Field(description="words, or {say, voice, noise, snr}, {wav}, {keys} or {silence}")
    interrupt: Interrupt | None = Field(None, description="the caller speaks although the team does")
    model: tuple[Annotated[Step, BeforeValidator(_step, json_schema_input_type=dict[Name, Any] | Step)], ...] = Field(
        (), description="what the agents' models do in this turn, in place of real models"
    )
    expect: Expected = Field(Expected(), description="what is expected once the team has nothing more to say")


class Persona(Strict):
    """A caller whose words a language model finds."""

    persona: str = Field("patient", min_length=1, description="how they are: impatient, confused, chatty …")
    goal: str = Field(min_length=1, description="what they want")
    knows: dict[str, Json] = Field(default_factory=dict, description="what they can tell when asked")
    turns: int = Field(12, ge=1, le=60, description="after so many turns they hang up")
    brain: str | None = Field(None, description="provider/model (default: the option --brain)")
