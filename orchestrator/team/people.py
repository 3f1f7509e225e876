"""Persons among the agents: how a caller waits for one, at the desk or at a telephone outside, who may do what at the
desk, and what is decided there.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, SecretStr, StringConstraints

from orchestrator.team.base import Copied, Short, Strict
from orchestrator.team.edges import Name

May = Literal["listen", "note", "take", "approve"]
# A number with its country code, or an address of a telephone system that is reached by SIP.
PhoneAddress = Annotated[
    str, StringConstraints(pattern=r"^(tel:\+[1-9][0-9]{1,14}|sips?:[A-Za-z0-9._+%~-]{1,64}@[A-Za-z0-9.:;=_-]{1,190})$")
]
EVERYTHING: tuple[May, ...] = ("listen", "note", "take", "approve")


class Wait(Strict):
    """How a caller waits for a person."""

    limit: float = Field(gt=0, description="seconds to wait for somebody to take the call, or to answer the telephone")
    say: str = Field(min_length=1, description="what the caller hears first, word for word")
    then: Name = Field(description="the agent that gets the caller if nobody takes the call, or whoever did is gone")
    sound: Literal["hold", "none"] = Field("hold", description="what the caller hears while nobody speaks")


class Confirm(Short):
    """Who has to agree before a tool runs."""

    short: ClassVar[str] = "by"
    by: Literal["caller", "person"]
    desk: Name | None = Field(None, description="the role that is asked; by default the first that may approve")
    within: float = Field(60.0, gt=0, description="seconds that a person has to answer")
    refusal: str = Field(
        "Nobody was there to approve this. Tell the caller that it cannot be done now.",
        min_length=1,
        description="what the agent is told when nobody answers in time",
    )


def _agreement(value: Any) -> Any:
    """Expand `confirm: true`."""
    return ("caller" if value else None) if isinstance(value, bool) else value


Agreement = Annotated[Confirm | None, BeforeValidator(_agreement, json_schema_input_type=bool | Confirm | None)]


class Role(Strict):
    """Who works at a desk, and what they may do there."""

    keys: Copied[SecretStr] | None = Field(None, description="keys of the role, separated by commas")
    may: tuple[May, ...] = Field(EVERYTHING, description="what the role may do; by default everything")
    secrets: Literal["hidden", "shown"] = Field("hidden", description="whether it sees secret variables")

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The keys that admit to this role."""
        written = self.keys.get_secret_value() if self.keys else ""
        return tuple(key.strip() for key in written.split(",") if key.strip())
