"""The page on tests in Python: its tests pass, its failure is what pytest shows, its tables are the code's names."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

from orchestrator import testing
from orchestrator.pytest_plugin.call import CallUnderTest
from orchestrator.pytest_plugin.team import TeamUnderTest
from tests.docs.pages import TEST_KIT, block, code_blocks, keys, read, rows, table
from tests.pytest_plugin.project import run

INSIDE = {"begin", "unused", "reports"}  # what the plugin itself calls


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a project with the team of the page, and its tools."""
    (tmp_path / "agents.yaml").write_text(block(TEST_KIT, "team"), encoding="utf-8")
    (tmp_path / "tools.py").write_text(block(TEST_KIT, "tools"), encoding="utf-8")
    ini = "[pytest]\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = error\n"
    (tmp_path / "pytest.ini").write_text(ini, encoding="utf-8")
    return tmp_path


def test_the_tests_pass(project: Path) -> None:
    """All that are shown: there is no Python on the page but tests and the tools."""
    marks = re.findall(r"<!-- test (\w+) -->", read(TEST_KIT))
    for mark in marks:
        (project / f"test_{mark}.py").write_text(block(TEST_KIT, f"test {mark}"), encoding="utf-8")
    shown = code_blocks(TEST_KIT, "python")
    assert len(shown) == len(marks) + 1

    output = run(project, "-q")

    assert f"{sum(text.count('def test_') for text in shown)} passed" in output, output


def test_a_failure_looks_as_is_shown(project: Path) -> None:
    """But for the width of the terminal."""
    text = block(TEST_KIT, "test shop").replace('call.agent == "billing"', 'call.agent == "front"', 1)
    (project / "test_shop.py").write_text(text, encoding="utf-8")
    output = run(project)

    for line in block(TEST_KIT, "failure").splitlines():
        assert line.strip("- ") in output, output


def test_every_name_is_explained() -> None:
    """Of `orchestrator.testing`, with the fields of what a test sets; its private names are not."""
    explained = {name for row in rows(table(TEST_KIT, "names")) for name in re.findall(r"`\.?(\w+)", row[0])}
    assert set(testing.__all__) <= explained
    assert all(getattr(testing, name).__doc__ for name in testing.__all__)
    for kind in (testing.Reply, testing.Faults, testing.Prompt):
        (row,) = (row[1] for row in rows(table(TEST_KIT, "names")) if f"`{kind.__name__}`" in row[0])
        assert {field.name for field in fields(kind)} <= set(re.findall(r"`(\w+)`", row))


def test_the_reference_is_complete() -> None:
    """What a team, a call and a fake call have, and nothing else."""
    section = read(TEST_KIT).split("\n### Reference\n", 1)[1]
    team, call, *_ = (rows(found.group(0)) for found in re.finditer(r"(?:^\|.*\n)+", section, re.MULTILINE))

    assert named(team) == {f"team.{name}" for name in public(TeamUnderTest)} | {"team.path"}
    assert named(call) == public(CallUnderTest) | {"greeting"}
    assert keys(TEST_KIT, "## Tools") == set(inspect.signature(testing.FakeCall).parameters)


def named(lines: list[list[str]]) -> set[str]:
    """Return the names in the first column of a table."""
    return {name for line in lines for name in re.findall(r"`([\w.]+)", line[0])}


def public(kind: type) -> set[str]:
    """Return the methods and properties of a class that a test may use."""
    return {name for name in vars(kind) if not name.startswith("_")} - INSIDE
