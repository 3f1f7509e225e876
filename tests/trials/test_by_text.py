"""A line by text: what the caller says, presses, leaves unsaid and interrupts, and whom they reach."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.observe.facts import Answered, Interrupted, ToolRan
from orchestrator.trials.results import Verdict
from tests.trials.desks import TEAM, attempt, wrong


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
    assert made.failures[0].note == "the answer was over after 1.04 seconds"  # the greeting


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


@pytest.mark.parametrize("away", [True, False])
def test_somebody_outside_answers_unless_they_are_away(tmp_path: Path, away: bool) -> None:
    """Then the call is over; if nobody answers, the agent of the file has the caller."""
    office = "  office: {kind: outside, transfer: 'tel:+4930123', wait: {limit: 9, say: One moment., then: verify}}"
    text = TEAM.replace("handoffs: [verify, person]", "handoffs: [verify, person, office]")
    trial = """
        talk:
          - caller: The office, please.
            model: [{front: {calls: [{transfer_to_office: {reason: x}}]}}, {verify: Nobody is there.}]
        """
    here, gone = trial.replace(", {verify: Nobody is there.}", "") + "end: {ending: transferred}", trial
    gone = (
        gone.rstrip()
        + "\n            expect: {agent: verify, says: nobody is there}\n        given: {away: [office]}\n"
    )
    made = attempt(tmp_path, gone if away else here, team=text.replace("people:", f"{office}\npeople:"))

    assert made.failures == ()


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


def test_a_recording_is_typed_by_its_words(tmp_path: Path) -> None:
    """As far as they are known."""
    line = (
        "{caller: {wav: hello.wav, say: My order is late.}, model: [{front: Sorry.}], expect: {knows: order is late}}"
    )

    assert attempt(tmp_path, f"talk: [{line}]").failures == ()


def test_a_call_that_ends_while_the_caller_is_silent(tmp_path: Path) -> None:
    """They wait no longer than that."""
    trial = "talk: [{caller: {silence: 500}, expect: {says: Welcome}}]\nend: {ending: silence}"

    assert attempt(tmp_path, trial).seconds < 60
