"""What is seen of a call: in a turn, and in the whole of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

from orchestrator.core.call import Call
from orchestrator.core.effects import SendFunctionOutput
from orchestrator.core.events import TimerExpired
from orchestrator.core.ids import SessionId, Timer, TimerKind
from orchestrator.observe.facts import CallBegan, Outcome, ToolRan
from orchestrator.team import load_team
from orchestrator.trials.witness import Witness, Words
from tests.trials.desks import TEAM, TOOLS

TODAY = date(2026, 12, 1)
BEGAN = CallBegan(start=0.0, end=0.0, agent="front")
HEARD = [Words(agent="front", text="One."), Words(agent="verify", text="Two.")]


def test_facts_words_and_arrivals_are_those_since_a_mark(tmp_path: Path) -> None:
    """What has arrived at an agent, and the values that a variable has had, are those of the whole call."""
    (tmp_path / "agents.yaml").write_text(TEAM, encoding="utf-8")
    (tmp_path / "tools.py").write_text(TOOLS, encoding="utf-8")
    team = load_team(tmp_path / "agents.yaml")
    witness, state = Witness(team, TODAY), Call(team, {}, seed="x").state
    set_twice = {"variables": {"branch": "Kiel", "verified": True}, "arguments": "{}", "output": "", "call_id": "c"}
    ran = ToolRan(start=1.0, end=1.0, agent="front", name="f", outcome=Outcome.COMPLETED, **set_twice)  # type: ignore[arg-type]
    witness.take(BEGAN)
    witness.take(ran)
    event, output = TimerExpired(Timer(TimerKind.CALL)), SendFunctionOutput(SessionId("front"), "c", "done")
    witness.observe(event, [output], 1.0)
    state.variables.set("branch", "Bonn")
    seen = witness.seen(state, HEARD, facts=1, words=1)

    assert (seen.agent, seen.voice, seen.today) == ("front", "cedar", TODAY)
    assert (seen.facts, seen.words, seen.arrived) == ([ran], HEARD[1:], ("done",))
    assert seen.values == {"branch": frozenset({"Kiel", "Bonn"})}
    assert seen.variables["branch"] == "Bonn"
    assert seen.instructions == "Listen. We have refunds."


def test_instructions_are_those_with_the_variables_of_the_call(tmp_path: Path) -> None:
    """Without a variable that they need there are none."""
    team = """
    team: a
    variables: {name: null, pin: {default: "4821", secret: true}}
    agents: {front: {instructions: "You help {{ variables.name }}, {{ variables.pin }}."}}
    """
    (tmp_path / "agents.yaml").write_text(dedent(team), encoding="utf-8")
    loaded = load_team(tmp_path / "agents.yaml")
    witness, state = Witness(loaded, TODAY), Call(loaded, {}, seed="x").state

    assert witness.seen(state, []).instructions == ""
    state.variables.set("name", "Ann")
    assert witness.seen(state, []).instructions == "You help Ann, 4821."


def test_who_has_said_nothing_has_no_voice(tmp_path: Path) -> None:
    """Nor has one whose agent is not known."""
    (tmp_path / "agents.yaml").write_text("team: a\nagents: {front: {instructions: Listen.}}", encoding="utf-8")
    team = load_team(tmp_path / "agents.yaml")
    witness, state = Witness(team, TODAY), Call(team, {}, seed="x").state

    assert witness.seen(state, []).voice == ""
    assert witness.seen(state, [Words(agent="", text="")]).voice == ""
