"""A test by text: its caller talks with a team whose models do what the test says, and what happens is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.observe.facts import Answered, Interrupted, Said, ToolRan
from orchestrator.trials import by_text
from orchestrator.trials.results import Verdict
from tests.trials.desks import TEAM, attempt, wrong

REFUND = """
given:
  variables: {branch: Kiel}
  tools: {check_pin: {returns: right, sets: {verified: true}, takes: 1.5}}
talk:
  - caller: I want my money back.
    model: [{front: {says: One moment., calls: [{transfer_to_verify: {reason: a refund}}]}}, {verify: Your PIN please.}]
    expect:
      agent: verify
      says: [one moment, your pin]
      says_not: welcome
      first_audio: 0.1
      handoff: {from: front, to: verify, within: 0.1, opens: PIN}
      knows: [money back, "/a refund/"]
      never_told: [Kiel]
      voice: cedar
  - caller: "My PIN is 4821"
    model:
      - verify: {calls: [{check_pin: {pin: "4821"}}]}
      - verify: {calls: [{transfer_to_billing: {reason: verified}}]}
      - billing: How much was it?
    expect:
      agent: billing
      handoff: billing
      calls: {check_pin: {pin: 4821}}
      never_calls: refund
      refused: []
      knows: Kiel
      voice: coral
end: {agent: billing, variables: {verified: true, branch: Kiel}, handoffs: 2, refused: [], ending: left, cost: 0}
"""


def test_a_whole_call_is_held_and_compared(tmp_path: Path) -> None:
    """Agents, words, arguments, what arrived where, voices, variables and the end are as the test says."""
    made = attempt(tmp_path, REFUND)

    assert made.failures == ()
    assert made.verdict is Verdict.PASSED
    assert len(made.turns) == 2
    assert made.seconds > 3  # of its own time: the greeting, the answers and the tool


def test_what_is_expected_and_not_so_is_told(tmp_path: Path) -> None:
    """Each with its turn and its key."""
    made = attempt(
        tmp_path,
        """
        talk:
          - caller: I want my money back.
            model: [{front: {calls: [{transfer_to_verify: {reason: a refund}}]}}, {verify: Welcome. Your PIN please.}]
            expect: {agent: front, says: sorry, says_not: welcome, handoff: billing, knows: Kiel, never_told: money,
                     voice: coral, calls: check_pin, consults: expert, refused: needs, first_audio: 5}
        end: {variables: {verified: true}, handoffs: 0, ending: goodbye}
        """,
    )
    keys = ["agent", "says", "says_not", "handoff", "calls", "refused", "consults", "knows", "never_told", "voice"]
    end = ["variables.verified", "handoffs", "ending"]

    assert made.verdict is Verdict.FAILED
    assert wrong(made) == [*((0, key) for key in keys), *((None, key) for key in end)]


def test_a_rule_refuses_a_model_that_misbehaves(tmp_path: Path) -> None:
    """The model of the test does what no model should do."""
    made = attempt(
        tmp_path,
        """
        given: {agent: verify}
        talk:
          - caller: My money!
            model: [{verify: {calls: [{transfer_to_billing: {reason: x}}]}}, {verify: I need your PIN first.}]
            expect: {agent: verify, refused: needs, says: PIN first}
        end: {handoffs: 0}
        """,
    )

    assert made.failures == ()


def test_the_caller_interrupts(tmp_path: Path) -> None:
    """The answer ends there; what was not said by then is not heard, and its agent knows that."""
    made = attempt(
        tmp_path,
        """
        talk:
          - caller: Tell me everything.
            model: [{front: "One two three four five six seven eight nine ten eleven twelve."}]
            expect: {says: one two, says_not: twelve}
          - {caller: Stop., interrupt: 1, model: [{front: I stop.}], expect: {says: I stop, says_not: twelve}}
        """,
    )
    cut = [fact for fact in made.facts if isinstance(fact, Answered) and fact.cut]

    assert made.failures == ()
    assert [round(fact.end - fact.start, 3) for fact in cut] == [1.0]
    assert sum(isinstance(fact, Interrupted) for fact in made.facts) == 1


def test_a_handoff_after_an_interruption_brings_only_what_was_heard(tmp_path: Path) -> None:
    """What the caller did not hear does not travel."""
    made = attempt(
        tmp_path,
        """
        talk:
          - {caller: Hm., model: [{front: "One two three four five six seven eight nine ten eleven twelve."}]}
          - caller: Verify me.
            interrupt: 1
            model: [{front: {calls: [{transfer_to_verify: {reason: x}}]}}]
            expect: {agent: verify, knows: one two, never_told: twelve}
        """,
    )

    assert made.failures == ()


def test_an_answer_that_is_over_cannot_be_interrupted(tmp_path: Path) -> None:
    """The test says how long it was."""
    made = attempt(tmp_path, "talk: [{caller: Hi., interrupt: 5, model: [{front: Yes.}]}]")

    assert wrong(made) == [(0, "interrupt")]
    assert made.failures[0].got == pytest.approx(1.04)  # of the greeting


def test_keys_are_pressed(tmp_path: Path) -> None:
    """The agent is told as by a telephone: at the hash, or when no more come."""
    made = attempt(
        tmp_path,
        """
        talk:
          - {caller: {keys: "12#"}, model: [{front: Thank you.}], expect: {says: thank, knows: "pressed 1 2 #"}}
          - {caller: {keys: "7"}, interrupt: 0.2, model: [{front: Seven.}], expect: {knows: pressed 7}}
        """,
    )

    assert made.failures == ()
    assert sum(isinstance(fact, Interrupted) for fact in made.facts) == 1


def test_silence_takes_time(tmp_path: Path) -> None:
    """A greeting belongs to the silence with which a caller begins; after the limit the call ends."""
    made = attempt(
        tmp_path,
        """
        talk:
          - {caller: {silence: 2}, expect: {says: Welcome, agent: front}}
          - {caller: {silence: 600}, expect: {says: Okay}}
          - {caller: Hello, model: [{front: Hello.}]}
        end: {ending: silence}
        """,
    )

    assert wrong(made) == [(2, "talk")]
    assert 30 < made.seconds < 60


def test_an_unmocked_tool_is_named(tmp_path: Path) -> None:
    """With what to write."""
    talk = "talk: [{caller: 'PIN 1', model: [{verify: {calls: [{check_pin: {pin: '1'}}]}}]}]"
    made = attempt(tmp_path, f"given: {{agent: verify}}\n{talk}")

    assert wrong(made) == [(0, "given.tools")]
    assert "given.tools.check_pin" in made.failures[0].note
    assert "tools: real" in made.failures[0].note


def test_real_tools_run(tmp_path: Path) -> None:
    """All of them, or one by its name; time that they take by themselves is no time of the call."""
    trial = """
    given: {agent: verify, tools: %s}
    talk:
      - caller: go
        model: [{verify: {calls: [{check_pin: {pin: "1"}}, {note: {text: hi}}]}}, {verify: Done.}]
        expect: {calls: [check_pin, note], says: done, knows: "noted: hi"}
    end: {variables: {verified: true}}
    """
    whole, one = (attempt(tmp_path, trial % tools) for tools in ("real", "{check_pin: real, note: 'noted: hi'}"))

    assert whole.failures == one.failures == ()
    assert {fact.end - fact.start for fact in whole.facts if isinstance(fact, ToolRan)} == {0.0}


def test_a_step_that_nobody_takes_is_a_failure(tmp_path: Path) -> None:
    """The test says what a model does, and it was not asked."""
    made = attempt(tmp_path, "talk: [{caller: Hi, model: [{front: Hello.}, {billing: Yes.}]}]")

    assert wrong(made) == [(0, "model")]
    assert made.failures[0].expected == {"agent": "billing", "says": "Yes."}


def test_a_call_that_the_team_ends(tmp_path: Path) -> None:
    """Its last words are heard; who wants to go on talking cannot."""
    made = attempt(
        tmp_path,
        """
        given: {agent: verify}
        talk:
          - caller: That is all.
            model: [{verify: {says: Goodbye., calls: [{end_call: {}}]}}]
            expect: {says: goodbye}
          - {caller: Hello, model: [{front: Hello.}]}
        end: {ending: finished}
        """,
    )

    assert wrong(made) == [(1, "talk")]
    assert made.failures[0].note == "the call is over: finished"


def test_a_person_takes_the_call_and_agrees(tmp_path: Path) -> None:
    """Somebody is at the desk in a test: they take calls after a moment, and let tools run."""
    made = attempt(
        tmp_path,
        """
        given: {agent: billing, variables: {branch: Kiel}, tools: {refund: done}}
        talk:
          - caller: Ten euros.
            model: [{billing: {calls: [{refund: {amount: 10}}]}}, {billing: There you are.}]
            expect: {calls: {refund: {amount: 10}}, says: there you are}
          - caller: Back to the front.
            model: [{billing: {calls: [{transfer_to_front: {reason: x}}]}}, {front: Yes.}]
          - caller: A person, please.
            model: [{front: {calls: [{transfer_to_person: {reason: x}}]}}]
            expect: {agent: person, handoff: person, says: find somebody}
        """,
    )

    assert made.failures == ()


def test_a_consulted_agent_answers(tmp_path: Path) -> None:
    """Its model takes a step too, and is not heard."""
    made = attempt(
        tmp_path,
        """
        given: {agent: verify}
        talk:
          - caller: Is it open?
            model: [{verify: {calls: [{ask_expert: {question: open}}]}}, {expert: It is.}, {verify: It is open.}]
            expect: {consults: expert, says: It is open, knows: It is.}
        """,
    )
    heard = [fact.text for fact in made.facts if isinstance(fact, Said) and fact.who == "verify"]

    assert made.failures == ()
    assert heard[-1] == "It is open."


def test_a_secret_is_found_in_any_spelling(tmp_path: Path) -> None:
    """What a variable has held is not told to the next agent, however it was written."""
    team = TEAM.replace("pin: {default: null, secret: true}", "pin: null")
    trial = """
    given: {variables: {pin: "4821"}}
    talk:
      - caller: It is four eight two one.
        model: [{front: {calls: [{transfer_to_verify: {reason: x}}]}}]
        expect: {agent: verify, never_told: pin}
    """

    assert wrong(attempt(tmp_path, trial, team=team)) == [(0, "never_told")]
    assert wrong(attempt(tmp_path, trial)) == []


def test_a_variable_that_cannot_be_given_breaks_the_test(tmp_path: Path) -> None:
    """The reason says which."""
    made = attempt(tmp_path, "given: {variables: {colour: red}}\ntalk: [{caller: Hi, model: [{front: Yes.}]}]")

    assert (made.verdict, made.reason) == (Verdict.BROKEN, "given.variables: there is no variable 'colour'.")


def test_a_team_that_never_comes_to_rest_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure says what it waited for; what comes after is not tried."""
    monkeypatch.setattr(by_text, "TURN_SECONDS", 3.0)
    made = attempt(
        tmp_path,
        """
        given: {agent: verify, tools: {note: {takes: 5}}}
        talk:
          - {caller: go, model: [{verify: {calls: [{note: {text: hi}}]}}]}
          - {caller: again, model: [{verify: Yes.}]}
        """,
    )

    assert [(one.turn, one.key, one.got) for one in made.failures] == [(0, "rest", "the function note")]


@pytest.mark.parametrize("repeats", [3])
def test_each_run_is_the_same(tmp_path: Path, repeats: int) -> None:
    """Facts with their times and ids, to the last letter."""
    runs: list[Any] = [attempt(tmp_path, REFUND) for _ in range(repeats)]

    assert len({repr(run) for run in runs}) == 1
