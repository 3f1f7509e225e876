"""One test of a team."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from orchestrator.team.base import Strict
from orchestrator.team.trials.expectations import EndExpected, WholeExpected
from orchestrator.team.trials.given import Given
from orchestrator.team.trials.talk import Persona, Turn

TrialName = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f]+$")]


class Trial(Strict):
    """A test: what holds, what the caller does, and what is expected."""

    given: Given = Field(Given(), description="what holds when the test begins")
    talk: tuple[Turn, ...] = Field((), description="what the caller does, turn by turn")
    end: EndExpected = Field(EndExpected(), description="what is expected at the end of the call")
    caller: Persona | None = Field(None, description="a simulated caller, in place of `talk`")
    expect: WholeExpected = Field(WholeExpected(), description="what is expected of the call of a simulated caller")

    @model_validator(mode="after")
    def _one_caller(self) -> Self:
        if (self.caller is None) == (not self.talk):
            raise ValueError(
                "a test has either `talk` or a simulated `caller`. Write `talk: [{caller: Good morning.}]`"
            )
        if self.caller is not None and "end" in self.model_fields_set:
            raise ValueError(
                "there is no `end` with a simulated caller. Write under `expect` what you expect at the end"
            )
        if self.caller is None and "expect" in self.model_fields_set:
            raise ValueError(
                "there is no `expect` of a whole talk. Write `expect` in a turn, and `end` for the end of the call"
            )
        return self

    @property
    def scripted(self) -> bool:
        """Whether it says what the agents' models do."""
        return any(turn.model for turn in self.talk)


Trials = dict[TrialName, Trial]
