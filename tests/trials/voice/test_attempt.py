"""Attempts by voice: bounded in real time, and skipped by name where they cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.team import load_team
from orchestrator.team.trials import Trial
from orchestrator.trials.cast import Cast
from orchestrator.trials.voice import voices
from orchestrator.trials.voice.attempt import hindrance, hold
from tests.trials.desks import case

TEAM = "team: desk\nagents: {front: {instructions: Listen., greeting: Good day., model: local/embedded}}\n"
SPOKEN = Trial.model_validate({"talk": [{"caller": "Hi."}]})
SILENT = Trial.model_validate({"talk": [{"caller": {"keys": "1#"}}]})
SCRIPTED = Trial.model_validate({"talk": [{"caller": "Hi.", "model": [{"front": "Hello."}]}]})


def test_why_a_test_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Models are real, callers speak English; who does not speak needs no voice."""
    monkeypatch.setattr(voices, "missing", lambda: "no voices")
    (tmp_path / "agents.yaml").write_text(TEAM, encoding="utf-8")
    team = load_team(tmp_path / "agents.yaml")
    foreign = team.model_copy(update={"language": "German"})

    assert hindrance(team, SCRIPTED).startswith("by voice, models are real")
    assert "English" in hindrance(foreign, SPOKEN)
    assert (hindrance(foreign, SILENT), hindrance(team, SILENT)) == ("", "")
    assert hindrance(team, SPOKEN) == "no voices"


@pytest.mark.speech
def test_a_test_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """What it waits for is known, and its server is gone, so that the next one can begin."""
    (tmp_path / "agents.yaml").write_text(TEAM, encoding="utf-8")
    cast = Cast(load_team(tmp_path / "agents.yaml"), wanted=None, environ=os.environ)
    assert cast.missing() == ""

    made, waits = hold(cast, case("late", "talk: [{caller: {silence: 100}}]"), "late 0", None, 3.0)
    assert waits is not None
    assert made.seconds == 3.0
    made, waits = hold(cast, case("next", "talk: [{caller: {silence: 0.1}, expect: {agent: front}}]"), "0", None, 60.0)
    assert (waits, made.failures) == (None, ())
