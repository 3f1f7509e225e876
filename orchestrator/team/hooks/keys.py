"""The keys of the team file that name what is called around a call."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, SecretStr

from orchestrator.team.base import Copied, Short

WITHIN, LONGEST = 2.0, 10.0  # seconds that a function has before a call; the caller waits for it


class BeforeCall(Short):
    """A function that runs when a call begins, before an agent has the caller."""

    short: ClassVar[str] = "tool"
    tool: str = Field(min_length=1, description="the function, such as agents/crm.py:who_calls")
    within: float = Field(WITHIN, gt=0, le=LONGEST, description="seconds that it has; then the call begins without it")

    @property
    def name(self) -> str:
        """The name by which variables name it (`set_by`)."""
        return self.tool.rpartition(":")[2]


class AfterCall(Short):
    """Who is given a call that has ended: a function, or an address."""

    short: ClassVar[str] = "tool"
    tool: str | None = Field(None, min_length=1, description="the function, such as agents/crm.py:log_call")
    url: Copied[str] | None = Field(None, description="the address that the call is posted to, as JSON")
    secret: Copied[SecretStr] | None = Field(None, description="what the requests to the address are signed with")
