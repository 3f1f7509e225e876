"""A test, and where it is written."""

from __future__ import annotations

from pathlib import Path

from orchestrator.team import load_team
from orchestrator.team.positions import Positions
from orchestrator.team.trials import Trial
from orchestrator.team.trials.cases import Case, cases_of

TEAM = """team: bank
agents:
  front: {instructions: x}
tests:
  hello:
    talk:
      - caller: Hello.
        expect:
          says: welcome
          calls: ${WORD}
"""


def test_each_key_of_a_test_has_its_place(tmp_path: Path) -> None:
    """A list of one entry may be written without brackets; what is not written has the place of what is around it."""
    path = tmp_path / "agents.yaml"
    path.write_text(TEAM.replace("calls: ${WORD}", "never_told: ${WORD}"), encoding="utf-8")
    (case,) = cases_of(load_team(path, environ={"WORD": "card"}))

    assert case.file == path.resolve()
    assert case.place("talk", 0, "expect", "says", 0) == "agents.yaml:9:11 tests.hello.talk.0.expect.says"
    assert case.place("talk", 0, "expect", "agent") == "agents.yaml:8:9 tests.hello.talk.0.expect.agent"
    assert [case.line(), case.line("talk", 0), case.line("talk", 0, "expect", "voice")] == [5, 7, 8]
    assert case.hidden("talk", 0, "expect", "never_told", 0)
    assert not case.hidden("talk", 0, "expect", "says", 0)
    assert case.recording("calls/a.wav") == tmp_path.resolve() / "calls" / "a.wav"


def test_a_test_of_no_file_begins_at_its_first_line() -> None:
    """One that a program has made."""
    case = Case("x", Trial.model_validate({"talk": [{"caller": "Hello."}]}), Path("x.yaml"), Positions("x.yaml"))

    assert case.line("talk", 0) == 1
    assert case.whole
