"""`orchestrator test`."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import parse

import pytest

from orchestrator.cli import main
from orchestrator.trials.options import none_of
from tests.trials.made import CASE

TEAM = """team: bank
variables: {verified: {type: boolean, default: false, set_by: check_pin}}
rules: [refund needs verified]
agents:
  front: {instructions: x, greeting: Welcome., handoffs: [billing], tools: [tools.py:check_pin]}
  billing: {instructions: x, voice: coral, handoffs: [front], tools: [tools.py:refund]}
tests:
  money back:
    given: {tools: {check_pin: {returns: right, sets: {verified: true}}}}
    talk:
      - caller: My PIN is 4821.
        model:
          - front: {calls: {check_pin: {pin: "4821"}}}
          - front: {calls: transfer_to_billing}
          - billing: Your refund is on its way.
        expect: {agent: billing, says: refund, calls: [{check_pin: {pin: "4821"}}], voice: coral}
  too early:
    talk:
      - caller: I want my money back.
        model: [{front: {calls: transfer_to_billing}}, {billing: {calls: refund}}, {billing: First your PIN.}]
        expect: {refused: needs, agent: front}
"""
TOOLS = """
def check_pin(pin: str, call) -> None:
    \"\"\"Check.\"\"\"
    call.variables["verified"] = pin == "1"


def refund() -> None:
    \"\"\"Pay.\"\"\"
"""


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the log of this process as it is."""
    monkeypatch.setattr("orchestrator.log.set_up_log", lambda **_: None)


@pytest.fixture
def bank(tmp_path: Path) -> str:
    """Write a team whose tests say what its models do."""
    (tmp_path / "tools.py").write_text(TOOLS, encoding="utf-8")
    (tmp_path / "bank.yaml").write_text(TEAM, encoding="utf-8")
    return str(tmp_path / "bank.yaml")


def test_the_exit_code_says_whether_all_tests_passed(bank: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The report says what was expected and what was got; colours are for terminals."""
    assert main(["test", bank]) == 1
    out = capsys.readouterr().out
    assert "\npassed   money back  " in f"\n{out}"
    assert "\nfailed   too early\nbank.yaml:19:9 tests.too early.talk.0\n" in out
    assert '\n  agent: expected "front"\n         got      "billing"\n' in out
    assert "\x1b" not in out

    assert main(["test", bank, "--only", "MONEY"]) == 0
    assert "1 passed in " in capsys.readouterr().out


def test_results_are_written_as_junit_xml(bank: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also of tests that were repeated."""
    file = tmp_path / "junit.xml"
    assert main(["test", bank, "--repeat", "3", "--junit", str(file)]) == 1

    root = parse(file).getroot()
    assert root is not None
    assert (root.attrib["tests"], root.attrib["failures"]) == ("2", "1")
    assert "pass^1 0.50, pass^2 0.50, pass^3 0.50" in capsys.readouterr().out


@pytest.mark.parametrize("count", ["0", "101", "many"])
def test_a_wrong_number_of_attempts_is_wrong_usage(count: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is bounded."""
    with pytest.raises(SystemExit) as caught:
        main(["test", "--repeat", count])
    assert caught.value.code == 2
    assert "from 1 to 100" in capsys.readouterr().err


def test_no_tests_are_an_error(bank: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise a misspelt name would pass."""
    assert main(["test", bank, "--only", "monye"]) == 1
    assert "No test has 'monye' in its name. There are 'money back', 'too early'." in capsys.readouterr().err
    assert none_of([], "") == (
        "There are no tests. Write them under `tests:` in the team file, or in tests.yaml beside it."
    )
    assert none_of([CASE], "x").endswith("There are 'refund'.")


def test_warnings_are_told_before(bank: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They do not stop the tests."""
    (tmp_path / "tests.yaml").write_text("bye: {talk: [{caller: Bye., model: [front: Bye.]}]}", encoding="utf-8")
    assert main(["test", bank, "--only", "bye"]) == 0
    assert capsys.readouterr().err.startswith("warning: tests.yaml:1:1 bye: this test expects nothing.")


def test_by_voice(bank: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Tests that say what models do are skipped with the reason; mutations are tried by text."""
    assert main(["test", bank, "--by", "voice"]) == 0
    assert capsys.readouterr().out.count("by voice, models are real") == 2

    assert main(["test", bank, "--by", "voice", "--mutate"]) == 1
    assert "do so by text" in capsys.readouterr().err
