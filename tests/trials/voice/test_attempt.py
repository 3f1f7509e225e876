"""Attempts by voice: bounded in real time, and skipped by name where they cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.observe.facts import Said
from orchestrator.providers.choosing import Choice
from orchestrator.team import load_team
from orchestrator.team.trials import Trial
from orchestrator.trials.cast import Cast
from orchestrator.trials.voice import voices
from orchestrator.trials.voice.attempt import hindrance, hold
from tests.chat_server import chat_server
from tests.trials.desks import case
from tests.trials.elsewhere import elsewhere
from tests.trials.personas.asking import answer

TEAM = "team: desk\nagents: {front: {instructions: Listen., greeting: Good day., model: local/embedded}}\n"
SPOKEN = Trial.model_validate({"talk": [{"caller": "Hi."}]})
SILENT = Trial.model_validate({"talk": [{"caller": {"keys": "1#"}}]})
SCRIPTED = Trial.model_validate({"talk": [{"caller": "Hi.", "model": [{"front": "Hello."}]}]})


@pytest.fixture
def brain() -> Iterator[str]:
    """A language model outside this event loop, which plays a caller of one turn; its address."""
    with elsewhere(chat_server()) as server:
        server.answers += [answer("Good morning."), answer("Thank you.")]
        yield server.url.replace("http", "ws")


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


@pytest.mark.speech
def test_a_simulated_caller_speaks(tmp_path: Path, brain: str) -> None:
    """A voice says what a language model finds."""
    team = TEAM.replace("team: desk\n", f'team: desk\nproviders: {{brains: {{url: "{brain}"}}}}\n')
    (tmp_path / "agents.yaml").write_text(team, encoding="utf-8")
    cast = Cast(load_team(tmp_path / "agents.yaml"), wanted=None, environ={})
    assert cast.missing() == ""

    mine = case("simulated", "{caller: {goal: a greeting, turns: 1}, expect: {reaches: front}}")
    made, waits = hold(cast, mine, "simulated 0", Choice("brains", "qwen3:4b", "a test"), 60.0)
    said = [fact for fact in made.facts if isinstance(fact, Said) and fact.who == "caller"]
    assert (waits, made.failures) == (None, ())
    assert [fact.text for fact in said] == ["Good morning."]
    assert not said[0].typed
