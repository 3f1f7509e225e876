"""What the agents run on."""

from __future__ import annotations

from orchestrator.people.desk import Desk
from orchestrator.providers.choosing import Choice
from orchestrator.runner.backends import Backends
from tests.runner.fakes import Provider


def test_models_and_persons_stand_side_by_side() -> None:
    """The desk is where persons come from."""
    backends = Backends({"p": Provider()}, {"front": (Choice("p", "m", "test"),)}, Desk())

    assert backends.models["front"][0].name == "p/m"
    assert isinstance(backends.people, Desk)
