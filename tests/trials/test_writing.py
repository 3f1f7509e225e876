"""A test of a team, made of a recorded call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.cli import main
from orchestrator.core import events as ev
from orchestrator.errors import OrchestratorError
from orchestrator.team import load_team
from orchestrator.team.limits import Record
from orchestrator.team.trials import Trial
from orchestrator.team.trials.files import read_cases
from orchestrator.trials.writing import test_of as written_of  # not a test of ours
from orchestrator.trials.writing import write
from tests.core.scene import FRONT, HELPDESK
from tests.records.test_recorder import call, said, scene, talk
from tests.replay.record import CORPUS
from tests.replay.talks import TEAM, billed, ended, team_file

CARD = "4111222244443333"
SECRETS = TEAM.replace("company: Acme", "company: Acme, card: {type: string, secret: true}, phone: null")


def read(text: str) -> dict[str, Any]:
    """Read a test, as a team's file would."""
    ((_, body),) = yaml.safe_load(text).items()
    Trial.model_validate(body)
    return dict(body)


def test_a_call_becomes_a_test() -> None:
    """What the caller said, what tools did, and what came of each turn."""
    text = written_of(billed())
    body = read(text)

    assert text.startswith("# Made of the call sess_1: run it, and keep of it what matters.\ncall sess_1:\n")
    assert body["given"]["tools"] == {"find_invoice": {"returns": "It is paid.", "sets": {"account": "A-1"}}}
    first, second = body["talk"]
    assert first["caller"] == "My invoice, please."
    assert first["expect"] == {
        "agent": "billing",
        "handoff": {"from": "front", "to": "billing"},
        "calls": [{"find_invoice": {"number": "n-77"}}],
    }
    assert second == {"caller": "Thanks.", "expect": {"agent": "billing"}}
    assert body["end"] == {"variables": {"account": "A-1"}, "refused": [], "ending": "left"}


def test_it_is_read_as_a_file_of_tests(tmp_path: Path) -> None:
    """Beside the team of the call, without a mistake in it."""
    path = team_file(tmp_path)
    (tmp_path / "tests").mkdir()
    call_file = tmp_path / "call.jsonl"
    call_file.write_text("\n".join(billed(text=TEAM)), encoding="utf-8")
    told = write(str(call_file), tmp_path / "tests" / "paid.yaml")
    cases, problems = read_cases(load_team(path), [tmp_path / "tests" / "paid.yaml"])

    assert told == f"Wrote {tmp_path}/tests/paid.yaml. Try it: orchestrator test"
    assert ([case.name for case in cases], problems) == (["call sess_1"], [])
    assert write(str(call_file), None) == (tmp_path / "tests" / "paid.yaml").read_text(encoding="utf-8")


def test_the_command_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`orchestrator test --write CALL`."""
    (tmp_path / "call.jsonl").write_text("\n".join(billed()), encoding="utf-8")

    assert main(["test", "--write", str(tmp_path / "call.jsonl")]) == 0
    assert "call sess_1:" in capsys.readouterr().out


def test_no_secret_is_in_it() -> None:
    """A name in capitals stands for it, and a comment says what to do; arguments with it are anything."""
    one, memory, kept = scene(None, SECRETS)
    talk(one, ev.CallerJoined(variables={"phone": "+49 431 1", "other": 1}), ev.SessionOpened(FRONT))
    talk(one, ev.TurnCommitted(FRONT, "t1"), said(FRONT, "t1", f"My card is {CARD}."), ev.ResponseStarted(FRONT, "r1"))
    talk(one, call(FRONT, "r1", "find_order", {"number": CARD, "kind": "x"}))
    made = next(iter(one.call.state.functions.open))
    one.now += 2
    talk(one, ev.ToolReturned(made, '{"found": [true]}', {"card": CARD}), ev.CallerLeft())
    kept.close(9.0)
    text = written_of(memory.lines)
    body = read(text)

    assert CARD not in text
    assert "# In the place of CARD write a value that is made up: no secret is in a record." in text
    assert body["talk"][0]["caller"] == "My card is CARD."
    assert body["talk"][0]["expect"]["calls"] == [{"find_order": {"number": "*", "kind": "x"}}]
    assert body["given"]["tools"]["find_order"] == {
        "returns": {"found": [True]},
        "sets": {"card": "CARD"},
        "takes": 2.0,
    }
    assert body["given"]["variables"] == {"phone": "+49 431 1"}
    assert "variables" not in body["end"]


def test_several_calls_of_a_tool_are_several_mocks() -> None:
    """One that failed fails; one that was given up is not told what it returned; keys are keys."""
    one, memory, kept = scene(None, TEAM)
    open_now = one.call.state.functions.open
    keys = {"id": "k1", "role": "user", "content": [{"text": "The caller pressed 1 2 # on the keypad."}]}
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT), ev.CallerTyped(keys), ev.ResponseStarted(FRONT, "r1"))
    talk(one, call(FRONT, "r1", "find_order", {"number": "1"}))
    talk(one, ev.ToolFailed(next(iter(open_now)), "it is away"))
    talk(one, ev.FunctionCalled(FRONT, "r1", "i2", "c2", "find_order", "[1]"))
    talk(one, ev.ToolReturned(next(iter(open_now)), "Seven.", transfer=ev.CallerReferred("tech")))
    talk(one, ev.FunctionCalled(FRONT, "r1", "i3", "c3", "find_order", "{}"), ev.CallerLeft())
    kept.close(9.0)
    text = written_of(memory.lines)
    body = read(text)

    assert body["given"]["tools"]["find_order"] == [{"fails": "it is away"}, {"returns": "Seven."}, {}]
    assert body["talk"][0]["caller"] == {"keys": "12#"}
    assert body["talk"][0]["expect"]["calls"] == [
        {"find_order": {"number": "1"}},
        {"find_order": {}},
        {"find_order": {}},
    ]
    assert "# A tool moved the caller or ended the call" in text


def test_refusals_and_interruptions_are_expected() -> None:
    """Words that nothing came of belong to the next ones."""
    one, memory, kept = scene(None, TEAM.replace("billing: invoices", "billing: {when: invoices, needs: [account]}"))
    talk(one, ev.CallerJoined(), ev.SessionOpened(FRONT), ev.ResponseStarted(FRONT, "r0"))
    talk(one, ev.AudioProduced(FRONT, "r0", "i0", 9000.0, "a"))
    one.now += 0.5
    talk(one, ev.SpeechStarted(FRONT, "t1"), ended(FRONT, "r0", "i0", "Hello, this is Acme."))
    talk(one, ev.TurnCommitted(FRONT, "t1"), said(FRONT, "t1", "Hm."), ev.SpeechStarted(FRONT, "t2"))
    talk(one, ev.TurnCommitted(FRONT, "t2"), said(FRONT, "t2", "My invoice!"), ev.ResponseStarted(FRONT, "r1"))
    talk(one, call(FRONT, "r1", "transfer_to_billing", {"reason": "x"}), ev.CallerLeft())
    kept.close(9.0)
    body = read(written_of(memory.lines))

    (turn,) = body["talk"]
    assert turn["caller"] == "Hm. My invoice!"
    assert turn["interrupt"] == 0.5
    assert turn["expect"]["refused"] == ["needs"]
    assert "refused" not in body["end"]


def test_a_call_without_words_makes_no_test() -> None:
    """The message says why."""
    with pytest.raises(OrchestratorError, match="no words of the caller"):
        written_of(billed(Record(transcript=False), f"{HELPDESK}record: {{transcript: false}}\n"))


@pytest.mark.parametrize("name", ["contexts", "consult", "person", "seats", "emergency", "goodbye"])
def test_every_kind_of_call_makes_a_test(name: str) -> None:
    """Of a call on several seats, that of who began it."""
    text = written_of((CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())

    assert read(text)["talk"]
    assert ("# Other callers took part" in text) == (name in ("seats", "emergency"))
