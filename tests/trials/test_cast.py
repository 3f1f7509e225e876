"""What tests run on."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import pytest

from orchestrator.team import Team, load_team
from orchestrator.trials import cast as module
from orchestrator.trials.cast import SCRIPTED, Cast, embedded
from orchestrator.trials.simulated_time import SimulatedLoop
from tests.trials.desks import TEAM, TOOLS


def bank(folder: Path, team: str = TEAM) -> Team:
    """Return the bank."""
    (folder / "agents.yaml").write_text(team, encoding="utf-8")
    (folder / "tools.py").write_text(TOOLS, encoding="utf-8")
    return load_team(folder / "agents.yaml")


def test_a_scripted_model_has_the_name_of_its_agent(tmp_path: Path) -> None:
    """So that each agent takes its own steps; persons have none."""
    cast = Cast(bank(tmp_path), wanted="openai/x", environ={})
    models = cast.models(scripted=True)

    assert {agent: choices[0].name for agent, choices in models.items()} == {
        agent: f"{SCRIPTED}/{agent}" for agent in ("front", "verify", "billing", "expert")
    }
    assert {choices[0].name for choices in cast.models(scripted=False).values()} == {"openai/x"}


def test_nothing_is_loaded_that_no_agent_runs_on(tmp_path: Path) -> None:
    """A scripted test needs no model."""
    cast = Cast(bank(tmp_path), wanted="openai/x", environ={"OPENAI_API_KEY": "k"})

    async def names() -> set[str]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        return set(cast.providers(date(2026, 1, 1), loop))

    assert cast.missing() == ""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        assert "local" not in runner.run(names())


def test_a_local_model_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    """As when the team is served."""
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(60))
    team = TEAM.replace("team: bank", "team: bank\nproviders: {local: {brain: {gguf: broken.gguf}}}")
    reason = Cast(bank(tmp_path, team), wanted="local", environ={}).missing()

    assert "broken.gguf" in reason


@pytest.mark.speech
def test_embedded_models_are_kept_for_the_same_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """A team that differs in a rule only would load the same again."""
    monkeypatch.setattr(module, "_last", [])
    tools = {"front": [{"type": "function", "name": "f", "description": "Do it."}]}
    first = embedded(None, "English", tools)

    assert embedded(None, "English", {"front": [*tools["front"]]}) is first
    assert embedded(None, "English", {}) is not first
