"""What the agents run on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.providers.choosing import Choice
from orchestrator.providers.port import Provider

if TYPE_CHECKING:
    from orchestrator.runner.people import People


@dataclass(frozen=True, slots=True)
class Backends:
    """Models, and persons in the place of models."""

    providers: Mapping[str, Provider]
    models: Mapping[str, Sequence[Choice]]  # each agent's own, then those to fall back on; persons have none
    people: People
