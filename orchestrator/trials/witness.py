"""What happened in a turn of a test, and in its call: what a test's expectations are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from orchestrator.observe.facts import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the caller was told by an agent, as far as they heard it."""

    agent: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What happened: in a turn until the team had nothing more to say, or in the whole call."""

    agent: str  # who has the caller at its end
    words: Sequence[Words] = ()
    facts: Sequence[Fact] = ()
    arrived: Sequence[str] = ()  # at that agent, since the call began
    instructions: str = ""  # of that agent
    voice: str = ""  # that spoke last
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)  # variable → those that it has had, as text
    variables: Mapping[str, Any] = field(default_factory=dict)  # as they are at its end
    today: date  # as the caller's clock shows it
