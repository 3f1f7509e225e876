"""A call of a test: its caller talks with a team whose models do what the test says, and what happens is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.core import functions
from orchestrator.observe.facts import Said
from orchestrator.testing import ScriptedRealtime, call, say
from orchestrator.trials import holding
from orchestrator.trials.results import Verdict
from tests.trials.desks import TEAM, TOOLS, attempt, on_service, wrong

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
        end: {variables: {verified: true}, handoffs: 0, ending: finished}
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


def test_an_unmocked_tool_is_named(tmp_path: Path) -> None:
    """With what to write."""
    talk = "talk: [{caller: 'PIN 1', model: [{verify: {calls: [{check_pin: {pin: '1'}}]}}]}]"
    made = attempt(tmp_path, f"given: {{agent: verify}}\n{talk}")

    assert wrong(made) == [(0, "given.tools")]
    assert "given.tools.check_pin" in made.failures[0].note
    assert "tools: real" in made.failures[0].note


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


def test_a_team_that_never_comes_to_rest_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure says what it waited for; what comes after is not tried."""
    monkeypatch.setattr(holding, "TURN_SECONDS", 3.0)
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


def test_a_mistake_inside_breaks_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says nothing about the team, and names the mistake."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(holding, "compare_turn", fail)
    made = attempt(tmp_path, "talk: [{caller: Hi, model: [{front: Hello.}]}]")
    assert (made.verdict, made.reason) == (Verdict.BROKEN, "ZeroDivisionError: ours")


def test_a_call_that_fails_inside_breaks_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says why."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(functions, "go_on", fail)
    made = attempt(tmp_path, "talk: [{caller: Hi, model: [{front: Hello.}]}]")
    assert made.verdict is Verdict.BROKEN
    assert "the log" in made.reason


def test_a_greeting_that_does_not_end_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller does not come to their first turn."""
    monkeypatch.setattr(holding, "TURN_SECONDS", 0.5)
    made = attempt(tmp_path, "talk: [{caller: Hi, model: [{front: Hello.}]}]")

    assert wrong(made) == [(0, "rest")]
    assert made.turns == ()


PERSONA = """
given: {tools: {check_pin: {returns: right, sets: {verified: true}}}}
caller: {persona: impatient, goal: a refund, turns: 5, brain: bank/caller-realtime}
expect: {reaches: verify, never_reaches: billing, says_not: stupid, calls: check_pin, judge: [%s]}
"""
KIND, RUDE = '{"holds": true, "quote": "Your PIN please."}', '{"holds": false, "quote": "Your PIN please."}'


@pytest.mark.parametrize(("verdict", "keys"), [(KIND, []), (RUDE, ["judge"]), ("Yes.", ["judge"])])
def test_a_simulated_caller_holds_a_call(
    tmp_path: Path, service: ScriptedRealtime, verdict: str, keys: list[str]
) -> None:
    """A language model finds their words until they hang up; then a judge is asked."""
    for words in ("I want a refund.", "My PIN is 4821.", "Thanks, bye. [hang up]", verdict):
        service.reply("caller-realtime", say(words))
    service.reply("front", say("Welcome."))
    service.reply("front", call("transfer_to_verify", reason="a refund"))
    service.reply("verify", say("Your PIN please."))
    service.reply("verify", call("check_pin", pin="4821"))
    service.reply("verify", say("It is right."))
    team = on_service(service.url)
    made = attempt(tmp_path, PERSONA % "the agents are polite", team=team)
    said = [fact.text for fact in made.facts if isinstance(fact, Said) and fact.who == "caller"]

    assert [one.key for one in made.failures] == keys
    assert said == ["I want a refund.", "My PIN is 4821.", "Thanks, bye."]
    assert len(made.turns) == 3


def test_a_judge_is_not_asked_about_what_was_measured(tmp_path: Path, service: ScriptedRealtime) -> None:
    """A call that failed is not judged."""
    service.reply("caller-realtime", say("Goodbye. [hang up]"))
    made = attempt(tmp_path, PERSONA % "the agents are polite", team=on_service(service.url))

    assert [one.key for one in made.failures] == ["calls", "reaches"]
    assert len([one for one in service.sessions if one.model == "caller-realtime"]) == 1


BEFORE = 'team: bank\nrecord: {notice: This call is recorded.}\nbefore: {tool: "tools.py:lookup"}'
LOOKUP = '''
async def lookup(call):
    """Look the caller up."""
    raise AssertionError("the real one runs")
'''


@pytest.mark.parametrize(
    ("tools", "branch"), [("{}", "null"), ("{lookup: {sets: {branch: Bonn}}}", "Bonn")], ids=["without", "mocked"]
)
def test_what_runs_before_a_call_is_a_tool_too(tmp_path: Path, tools: str, branch: str) -> None:
    """It is mocked by its name, and does not run otherwise; that the call is recorded is said before the greeting."""
    made = attempt(
        tmp_path,
        f"""
        given: {{tools: {tools}}}
        talk: [{{caller: {{silence: 1}}, expect: {{says: [recorded. Welcome, Acme]}}}}]
        end: {{variables: {{branch: {branch}}}}}
        """,
        team=TEAM.replace("team: bank", BEFORE),
        tools=TOOLS + LOOKUP,
    )

    assert made.failures == ()


def test_a_response_that_fails_is_asked_for_again(tmp_path: Path) -> None:
    """Which takes the next step; a function that does not exist is refused."""
    made = attempt(
        tmp_path,
        """
        talk:
          - {caller: Hi, model: [{front: {fails: server_error}}, {front: Hello.}], expect: {says: hello}}
          - caller: Hi
            model: [{front: {calls: [{nothing: {}}]}}, {front: Oh.}]
            expect: {says: oh, refused: unknown}
        """,
    )

    assert made.failures == ()
