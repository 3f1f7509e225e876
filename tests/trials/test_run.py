"""Tests of a team are run: on a scripted model, on `local`, on a service, and not at all where something is missing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from orchestrator.errors import TeamError
from orchestrator.observe.facts import HandedOver, SessionHeld, ToolRan
from orchestrator.team import load_team
from orchestrator.testing import ScriptedRealtime, call, say
from orchestrator.trials import simulated_time
from orchestrator.trials.results import Result, Verdict
from orchestrator.trials.run import By, Options, run_trials
from tests.trials.desks import TEAM, TOOLS, attempt, case, on_service, wrong

SAMPLE = Path(__file__).parents[2] / "agents.yaml"
HELLO = "talk: [{caller: Hi, model: [{front: Hello.}], expect: {says: %s}}]"
ORDER = """
given: {now: 2026-12-01 10:00, tools: {first_aid: Switch it off and on., book_engineer: Booked.}}
talk:
  - {caller: My internet does not work, expect: {agent: technical, handoff: technical, voice: echo}}
  - {caller: Please send an engineer., expect: {says: "/day|when/"}}
  - {caller: On Friday at ten., interrupt: 0.8, expect: {calls: {book_engineer: {time: "10:00"}}, says: booked}}
end: {handoffs: 1}
"""


def runs(folder: Path, trials: dict[str, str], options: Options | None = None) -> list[Result]:
    """Run tests of the bank."""
    (folder / "agents.yaml").write_text(TEAM, encoding="utf-8")
    (folder / "tools.py").write_text(TOOLS, encoding="utf-8")
    cases = [case(name, trial) for name, trial in trials.items()]
    return run_trials(load_team(folder / "agents.yaml"), cases, options)


def test_one_test_does_not_touch_the_others(tmp_path: Path) -> None:
    """Whatever is wrong with it; each is named with its place."""
    broken = "given: {variables: {colour: red}}\ntalk: [{caller: Hi, model: [{front: Hello.}]}]"
    found = runs(tmp_path, {"a": broken, "b": HELLO % "hello", "c": HELLO % "goodbye"})

    assert [one.verdict for one in found] == [Verdict.BROKEN, Verdict.PASSED, Verdict.FAILED]
    assert [one.where for one in found] == [
        "tests.yaml:1:1 tests.a",
        "tests.yaml:1:1 tests.b",
        "tests.yaml:1:1 tests.c",
    ]


def test_tests_are_chosen_and_repeated(tmp_path: Path) -> None:
    """By a part of their names; attempts differ in their ids only."""
    found = runs(tmp_path, {"Hello": HELLO % "hello", "other": HELLO % "x"}, Options(only="hell", repeat=3))

    assert [(one.name, len(one.attempts), one.verdict) for one in found] == [("Hello", 3, Verdict.PASSED)]
    assert len({repr(one.facts) for one in found[0].attempts}) == 3


def test_what_cannot_be_run_is_skipped_with_the_reason(tmp_path: Path) -> None:
    """A simulated caller, a recording without its words, a model without its key."""
    trials = {
        "simulated": "caller: {goal: a refund}",
        "nobody": "caller: {goal: a refund, brain: nobody/x}",
        "router": "caller: {goal: a refund, brain: local}",
        "recorded": "talk: [{caller: {wav: a.wav}, model: [{front: Hello.}]}]",
        "spoken": "talk: [{caller: Hi}]",
    }
    found = runs(tmp_path, trials, Options(model="openai/gpt-realtime-2.1", environ={}))
    reasons = [one.attempts[0].reason for one in found]

    assert {one.verdict for one in found} == {Verdict.SKIPPED}
    assert "--brain" in reasons[0]
    assert "nobody" in reasons[1]
    assert "router" in reasons[2]
    assert "a.wav" in reasons[3]
    assert "OPENAI_API_KEY" in reasons[4]


def test_an_unknown_provider_is_named(tmp_path: Path) -> None:
    """No test that needs it runs."""
    found = runs(tmp_path, {"spoken": "talk: [{caller: Hi}]"}, Options(model="nobody/x", environ={}))

    assert "nobody" in found[0].attempts[0].reason


def test_tools_that_cannot_be_loaded_are_an_error(tmp_path: Path) -> None:
    """As for whoever serves the team."""
    with pytest.raises(TeamError, match="check_pin"):
        attempt(tmp_path, HELLO % "hello", tools="")


def test_a_tool_that_hangs_does_not_hang_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time limit is reached in the time of the call, after the wall's clock has waited a while."""
    monkeypatch.setattr(simulated_time, "HANGS", 0.2)
    tools = TOOLS.replace("time.sleep(0.01)", "import tests.trials.test_run as here; here.HANGING.wait(60)")
    HANGING.clear()
    try:
        made = attempt(
            tmp_path,
            """
            given: {agent: billing, variables: {branch: Kiel}, tools: real}
            talk:
              - caller: Ten.
                model: [{billing: {calls: [{refund: {amount: 10}}]}}, {billing: Sorry.}]
                expect: {says: sorry, knows: did not finish}
            """,
            tools=tools,
        )
    finally:
        HANGING.set()

    assert made.failures == ()
    assert [round(fact.end - fact.start) for fact in made.facts if isinstance(fact, ToolRan)] == [20]


HANGING = threading.Event()


def test_a_test_ends_on_the_wall_too(tmp_path: Path) -> None:
    """However busy it is; the failure says so."""
    made = attempt(tmp_path, HELLO % "hello", options=Options(seconds=0.0))

    assert made.verdict is Verdict.FAILED
    assert wrong(made) == [(None, "rest")]
    assert "on the wall" in made.failures[0].note


def test_a_service_is_waited_for_as_long_as_it_takes(tmp_path: Path, service: ScriptedRealtime) -> None:
    """It is asked for text; its connections live through silence that passes at once."""
    service.reply("front", say("One moment."), call("transfer_to_verify", reason="x"), held=False)
    service.reply("verify", say("Your PIN please."))
    service.reply("verify", say("I wait."))
    team = on_service(service.url).replace("    greeting: Welcome to Acme.\n", "")
    made = attempt(
        tmp_path,
        """
        talk:
          - {caller: {silence: 1}, expect: {agent: verify, says: [one moment, your pin]}}
          - {caller: {silence: 100}}
          - {caller: Wait., expect: {says: I wait}}
        """,
        team=team,
    )

    assert made.failures == ()
    assert {fact.fate for fact in made.facts if isinstance(fact, SessionHeld)} == {"closed"}
    assert {tuple(one.session.fields["output_modalities"]) for one in service.sessions} == {("text",)}


@pytest.mark.speech
def test_the_embedded_models_hold_the_calls_of_tests() -> None:
    """The sample team on `local`: in its own time, on the date that the test names, the same in each run."""
    found = [
        run_trials(load_team(SAMPLE), [case("engineer", ORDER)], Options(model="local", environ={}))[0]
        for _ in range(3)
    ]

    assert [one.attempts[0].failures for one in found] == [(), (), ()]
    assert len({repr(one) for one in found}) == 1
    assert any(isinstance(fact, HandedOver) for fact in found[0].attempts[0].facts)


def test_by_voice_what_models_do_cannot_be_said(tmp_path: Path) -> None:
    """Such tests are skipped, each by its name."""
    (found,) = runs(tmp_path, {"a": HELLO % "hello"}, Options(by=By.VOICE))

    assert (found.name, found.verdict) == ("a", Verdict.SKIPPED)
    assert "models are real" in found.attempts[0].reason
