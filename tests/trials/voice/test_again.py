"""A recorded call is held again by voice, and shown beside the old one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.cli import main
from orchestrator.observe.facts import HandedOver, Outcome, Said, ToolRan
from orchestrator.team import load_team
from orchestrator.trials.results import Attempt, Verdict
from orchestrator.trials.voice.again import Again, Pair, Side, pairs, report, spoken, told
from orchestrator.trials.writing import Recorded
from tests.replay.talks import TEAM, billed, team_file

SAME = Side(agent="front", caller="Hi.", said=["front: Good day."])
NOW = (
    Said(start=0.0, end=0.0, who="front", text="Hello.", item_id="a"),
    Said(start=1.0, end=1.0, who="caller", text=" My invoice please", item_id="b"),
    HandedOver(start=1.0, end=1.2, source="front", target="billing", reason="", warm=True, outcome=Outcome.COMPLETED),
    ToolRan(
        start=2.0,
        end=2.0,
        agent="billing",
        name="find_invoice",
        call_id="c",
        arguments='{"number": "n-7"}',
        output="",
        outcome=Outcome.COMPLETED,
    ),
)


def test_the_same_is_said_and_nothing_expected(tmp_path: Path) -> None:
    """With the tools of then; what the team of today does not know is left out."""
    team = load_team(team_file(tmp_path))
    trial = spoken(Recorded(billed(text=TEAM)), team.model_copy(update={"variables": {}}))

    assert [turn.caller.model_dump(exclude_unset=True) for turn in trial.talk] == [
        {"say": "My invoice, please."},
        {"say": "Thanks."},
    ]
    assert not any(turn.expect.model_fields_set for turn in trial.talk)
    assert trial.given.variables == {}
    assert "find_invoice" in trial.given.tools


def test_turns_are_shown_beside_each_other() -> None:
    """The greeting first; what did not come again is empty."""
    made = Attempt(verdict=Verdict.PASSED, facts=NOW, turns=(1,))
    greeting, first, second = pairs(Recorded(billed()), made, "front")

    assert (greeting.now.said, greeting.now.agent) == (["front: Hello."], "front")
    assert first.now == Side(
        agent="billing", caller="My invoice please", said=[], tools=['find_invoice {"number": "n-7"}']
    )
    assert first.then.tools == ['find_invoice {"number": "n-77"}']
    assert first.then.caller == "My invoice, please."
    assert (second.now.caller, second.now.agent) == ("", "billing")
    assert [pair.same for pair in (greeting, first, second)] == [True, False, True]


def test_what_is_printed() -> None:
    """Words may differ; agents and tools may not."""
    other = Side(agent="front", caller="Hi", said=["front: Hello."])
    done = Again("sess_1", [Pair(SAME, other)])
    assert list(report(done)) == [
        "sess_1 by voice: the same agents and tools",
        "0",
        "  then  caller: Hi.",
        "        front: Good day.",
        "        → front",
        "  now   caller: Hi",
        "        front: Hello.",
        "        → front",
    ]

    moved = Again("sess_1", [Pair(SAME, Side(agent="billing"))], ["it was late"])
    lines = list(report(moved))
    assert lines[:2] == ["sess_1 by voice: 1 of 1 turns are different", "0  different"]
    assert lines[-1] == "note: it was late"
    assert json.loads(json.dumps(told(moved)))["same"] is False


def test_one_call_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Not the last ones: a call takes as long as it was."""
    with pytest.raises(SystemExit):
        main(["replay", "--last", "3", "--by", "voice"])
    assert "takes one call" in capsys.readouterr().err


@pytest.mark.speech
def test_a_call_is_held_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a caller who speaks, with the team that is named."""
    monkeypatch.setattr("orchestrator.log.set_up_log", lambda **_: None)
    monkeypatch.setenv("ORCHESTRATOR_MODEL", "local/embedded")
    record = tmp_path / "call.jsonl"
    record.write_text("\n".join(billed(text=TEAM)), encoding="utf-8")

    main(["replay", str(record), "--by", "voice", "--team", str(team_file(tmp_path)), "--format", "json"])
    out = capsys.readouterr().out
    shown = json.loads(out[out.index("\n{\n") :] if not out.startswith("{") else out)
    assert [turn["then"]["caller"] for turn in shown["turns"]] == ["", "My invoice, please.", "Thanks."]
    assert "invoice" in shown["turns"][1]["now"]["caller"].casefold()
