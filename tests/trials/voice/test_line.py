"""A line by voice: calls through the endpoint of a server in this process, with the real models, in simulated time."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.observe.facts import CallEnded, FirstAudio, Interrupted, Said
from orchestrator.team import load_team
from orchestrator.trials.cast import Cast
from orchestrator.trials.holding import Holding
from orchestrator.trials.results import Attempt
from orchestrator.trials.simulated_time import SimulatedLoop
from orchestrator.trials.voice.line import VoiceLine
from tests.trials.desks import case, wrong

pytestmark = pytest.mark.speech
TEAM = """
team: museum
variables: {ticket: null, verified: {default: false, set_by: check}}
agents:
  front:
    instructions: |
      You answer questions about the museum.
      Opening hours: We are open from ten in the morning until six in the evening, on all days but Monday.
    greeting: Museum, good day.
    voice: marin
    handoffs: {shop: the caller wants to buy something}
    tools: [tools.py:check, end_call]
  shop:
    instructions: You sell postcards. Ask what the caller wants to buy.
    greeting: This is the shop. What would you like to buy?
    voice: cedar
"""
TOOLS = '''
def check(number: str) -> str:
    """Check a number."""
    return "right"
'''


def held(folder: Path, trial: str) -> Attempt:
    """Hold a test of the museum."""
    (folder / "agents.yaml").write_text(TEAM, encoding="utf-8")
    (folder / "tools.py").write_text(TOOLS, encoding="utf-8")
    cast = Cast(load_team(folder / "agents.yaml"), wanted="local/embedded", environ=os.environ)
    assert cast.missing() == ""
    mine = case("a test", trial)

    async def hold() -> Attempt:
        return await Holding(mine.trial, VoiceLine(cast, mine, "a test 0")).hold()

    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(hold())


def test_a_caller_speaks_and_is_answered(tmp_path: Path) -> None:
    """Then interrupts, and is handed over; words, voices and times are those of what was heard."""
    made = held(
        tmp_path,
        """
        given: {variables: {verified: true}}
        talk:
          - caller: "What are your opening hours?"
            expect: {agent: front, says: ten in the morning, first_audio: 2, voice: marin}
          - caller: {say: I want to buy a postcard., voice: man}
            interrupt: 0.5
            expect: {agent: shop, handoff: {from: front, within: 1, opens: taking over}, voice: cedar}
        end: {handoffs: 1, variables: {verified: true}}
        """,
    )
    said = [fact for fact in made.facts if isinstance(fact, Said) and fact.who == "caller"]

    assert made.failures == ()
    assert len(said) == 2
    assert not any(fact.typed for fact in said)
    assert any(isinstance(fact, FirstAudio) for fact in made.facts)
    assert [fact.ending for fact in made.facts if isinstance(fact, CallEnded)] == ["left"]


def test_keys_silence_and_who_has_the_caller_first(tmp_path: Path) -> None:
    """Keys come as words, at the hash or when no more come; silence is heard for as long as the test says."""
    made = held(
        tmp_path,
        """
        given: {agent: shop}
        talk:
          - {caller: {keys: "12#"}, expect: {agent: shop, knows: "pressed 1 2 #"}}
          - {caller: {silence: 3}, expect: {agent: shop}}
          - {caller: {keys: "7"}, expect: {knows: pressed 7}}
        """,
    )

    assert made.failures == ()
    assert made.seconds > 5
    assert not any(isinstance(fact, Interrupted) for fact in made.facts)


def test_an_answer_that_is_over_cannot_be_interrupted(tmp_path: Path) -> None:
    """The test says how long it was."""
    made = held(tmp_path, 'talk: [{caller: "What are your opening hours?", interrupt: 20}]')

    assert wrong(made) == [(0, "interrupt")]
    assert made.failures[0].note.startswith("the answer was over after ")


def test_an_agent_ends_the_call(tmp_path: Path) -> None:
    """Nothing can be said after that, and the test says so."""
    made = held(
        tmp_path,
        """
        talk:
          - {caller: "That is all, thank you. Goodbye."}
          - {caller: "Are you there?"}
        end: {ending: finished}
        """,
    )

    assert wrong(made) == [(1, "talk")]
    assert made.failures[0].note.startswith("the call is over: ")


def test_a_call_that_cannot_begin(tmp_path: Path) -> None:
    """The server is closed, and the test says why."""
    with pytest.raises(ExceptionGroup) as raised:
        held(tmp_path, "{given: {variables: {nobody: x}}, talk: [{caller: {silence: 1}}]}")

    assert isinstance(raised.value.exceptions[0], OrchestratorError)
    assert "given.variables" in str(raised.value.exceptions[0])
