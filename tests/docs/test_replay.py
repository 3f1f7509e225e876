"""The page on replay: its examples run, and print what is shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from orchestrator.cli import main
from orchestrator.records import Archive
from orchestrator.replay.edited import Verdict
from orchestrator.trials.writing import write
from tests.calls import TOOLS
from tests.docs.pages import REPLAY, block, rows, table
from tests.replay.contexts import WAYS
from tests.replay.record import CORPUS
from tests.replay.talks import stored

NUMBER = re.compile(r"sess_\w+|[0-9]+(?:\.[0-9]+)?")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the commands of the page run: a call, and an edited team."""
    monkeypatch.chdir(tmp_path)
    lines = (CORPUS / "contexts.jsonl").read_text(encoding="utf-8")
    (tmp_path / "call.jsonl").write_text(lines, encoding="utf-8")
    edited = WAYS.format(url="ws://127.0.0.1:1").replace("context: all", "context: all, needs: [customer]")
    (tmp_path / "edited.yaml").write_text(edited, encoding="utf-8")
    (tmp_path / "tools.py").write_text(TOOLS, encoding="utf-8")
    address = f"sqlite:///{tmp_path}/calls.db"
    monkeypatch.setenv("ORCHESTRATOR_RECORDS", address)
    for number in (1, 2):
        stored(Archive(address), lines.splitlines(), f"sess_{number}", started=1_795_900_000.0 + number)
    return tmp_path


def plain(text: str) -> str:
    """Return a text without its numbers and ids, which are those of one run."""
    return NUMBER.sub("0", text).strip()


@pytest.mark.parametrize("mark", ["exact", "edited", "many"])
def test_the_examples_print_what_is_shown(mark: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """But for times and numbers."""
    command, shown = block(REPLAY, mark).split("\n", 1)
    main(shlex.split(command)[2:])

    assert (folder / "call.jsonl").is_file()
    assert plain(capsys.readouterr().out) == plain(shown)


def test_the_test_that_is_shown_is_the_one_that_is_made(folder: Path) -> None:
    """Of the same call."""
    assert plain(write(str(folder / "call.jsonl"), None)) == plain(block(REPLAY, "test"))


def test_every_verdict_is_explained() -> None:
    """With its exit code."""
    assert {row[0].strip("`") for row in rows(table(REPLAY, "verdicts"))} == {verdict.value for verdict in Verdict}
