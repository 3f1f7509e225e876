"""How much of a team its tests hold."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.cli import main
from orchestrator.errors import OrchestratorError
from orchestrator.trials.measures.measuring import untaken_edges

BANK = Path(__file__).parent.parent / "wrong"


@pytest.fixture(autouse=True)
def _log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the log of this process as it is."""
    for module in ("orchestrator.log", "orchestrator.trials.measures.measuring"):
        monkeypatch.setattr(f"{module}.set_up_log", lambda **_: None)


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """The bank with its tests, in a folder of its own."""
    for file in ("agents.yaml", "tools.py", "tests.yaml"):
        shutil.copy(BANK / file, tmp_path)
    return tmp_path / "agents.yaml"


def test_coverage_and_mutations_are_told(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After the tests: a table, and what no test notices, with its place in the team file."""
    assert main(["test", str(bank), "--coverage", "--fail-under", "50%", "--mutate"]) == 0
    told = capsys.readouterr().out

    assert "\ncoverage 90 %\n  handoffs     6 of 7  not taken: front → billing\n" in told
    assert "  rules        3 of 4  not taken: verify before billing\n" in told
    assert "\nmutations: 12 of 15 are noticed\n" in told
    assert "agents.yaml:9:5 rules.0: no test notices when the rule `verify before billing` is missing" in told


def test_too_little_coverage_fails(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code says so, although no test has failed."""
    assert main(["test", str(bank), "--fail-under", "99", "--only", "round in circles"]) == 1
    assert "1 passed" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["many", "101", "-1"])
def test_a_percentage_is_a_number(wrong: str) -> None:
    """From 0 to 100."""
    with pytest.raises(SystemExit):
        main(["test", "--fail-under", wrong])


def test_edges_that_no_test_has_taken_are_drawn_so(bank: Path) -> None:
    """`orchestrator graph --coverage` runs the tests first, and writes nothing but the drawing."""
    command = [sys.executable, "-m", "orchestrator.cli", "graph", str(bank), "--coverage"]
    drawn = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert drawn.startswith("flowchart LR\n")
    assert "[info" not in drawn
    marked = drawn.split("linkStyle ")[1].split()[0]
    edges = [line for line in drawn.splitlines() if "-->" in line or "-.->" in line]
    assert "agent_front -->" in edges[int(marked)]
    assert "agent_billing" in edges[int(marked)]


def test_a_team_without_tests_has_no_coverage(bank: Path) -> None:
    """With what to do."""
    (bank.parent / "tests.yaml").unlink()
    with pytest.raises(OrchestratorError, match="There are no tests"):
        untaken_edges(bank)


def test_secrets_are_not_in_a_report(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A card number that a test says is in its file; what the team makes of it is masked."""
    tests = bank.parent / "tests.yaml"
    tests.write_text(tests.read_text("utf-8").replace("says: It is paid", "says: It is not paid"), "utf-8")
    assert main(["test", str(bank)]) == 1
    told = capsys.readouterr().out
    assert "take_card" in told
    assert "4111" not in told
