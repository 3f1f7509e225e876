"""The plugin as a user meets it: in a project of their own, run with `python -m pytest`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pytest_plugin.project import run
from tests.pytest_plugin.shop import SHOP, write_shop

PASSES = """
import asyncio

import pytest

from orchestrator import testing


def test_a_function(team):
    team.scripted("front", testing.call("find_order", number="7"))
    call = team.call(tools={"find_order": "It is here."})
    call.says("Where is order 7?")
    assert call.calls[0].arguments == {"number": "7"}


@pytest.mark.asyncio
async def test_on_asyncio(team):
    team.scripted("front", "Yes.")
    call = await team.call()
    assert await call.says("Hello?") == "Yes."
    await asyncio.sleep(0)


@pytest.mark.anyio
async def test_on_anyio(team, anyio_backend):
    team.scripted("front", "Yes.")
    call = await team.call()
    assert await call.presses("1#") == "Yes."


@pytest.mark.team("other/agents.yaml")
class TestAnother:
    def test_a_marker_names_the_file(self, team):
        assert team.path.parent.name == "other"
        team.scripted("desk")
        assert team.call().agent == "desk"

    def test_nothing_is_left_of_the_test_before(self, team):
        assert team.unused() == []
"""
FAILS = """
from orchestrator import testing


def test_of_an_agent(team):
    team.scripted("front", testing.call("find_order", number="7"))
    call = team.call(tools="real")
    call.says("Where is order 7?")
    assert call.agent == "billing"


def test_of_words(team):
    team.scripted("front", "It is on its way.")
    assert "paid" in team.call().says("Is it paid?")


def test_of_arguments(team):
    team.scripted("front", testing.call("find_order", number="7"))
    call = team.call(tools="real")
    call.says("Where is order 8?")
    assert call.calls[0].arguments == {"number": "8"}


def test_of_a_tool_without_a_mock(team):
    team.scripted("front", testing.call("find_order", number="7"))
    team.call().says("Where is order 7?")


def test_of_a_script_that_nobody_follows(team):
    team.scripted("billing", "It is paid.")
    team.call()
"""
BROKEN = """
import pytest


@pytest.mark.team("nowhere.yaml")
def test_no_file(team): ...


@pytest.mark.team("wrong.yaml")
def test_a_wrong_file(team): ...


@pytest.mark.team
def test_a_wrong_marker(team): ...
"""
LIGHT = """
import sys


def test_nothing_is_imported():
    ours = sorted(name for name in sys.modules if name.split(".")[0] == "orchestrator")
    assert ours == ["orchestrator", "orchestrator.pytest_plugin"]
    assert not {"pydantic", "structlog", "networkx"} & sys.modules.keys()


def test_no_async_plugin_is_needed(team):
    team.scripted("front", "Yes.")
    assert team.call().says("Hello?") == "Yes."
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a project with the team of the shop."""
    write_shop(tmp_path)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers --strict-config\nfilterwarnings = error\n"
        "asyncio_default_fixture_loop_scope = function\n"
    )
    return tmp_path


def test_tests_pass_with_and_without_an_event_loop(project: Path) -> None:
    """As functions, and with either async plugin; a marker names another team."""
    (project / "test_shop.py").write_text(PASSES)
    (project / "other").mkdir()
    (project / "other" / "agents.yaml").write_text("team: other\nagents: {desk: {instructions: Help.}}\n")

    output = run(project, "-q")

    assert "5 passed" in output or "6 passed" in output, output  # anyio runs a test once for each backend


def test_a_failing_test_says_what_happened(project: Path) -> None:
    """What was expected, what is, the test's own line, and the call as a person reads it."""
    (project / "test_shop.py").write_text(FAILS)
    output = run(project)
    parts = re.split(r"_{4,} (?:ERROR at teardown of )?(\w+) _{4,}\n", output)
    shown = dict(zip(parts[1::2], parts[2::2], strict=True))

    assert "E       AssertionError: assert 'front' == 'billing'" in shown["test_of_an_agent"]
    assert "--- <call with shop, agent='front'> ---" in shown["test_of_an_agent"]
    assert "front: Hello, this is Acme.\n" in shown["test_of_an_agent"]
    assert 'front → find_order({"number": "7"}) → Order 7 is on its way.\n' in shown["test_of_an_agent"]
    assert "assert 'paid' in 'It is on its way.'" in shown["test_of_words"]
    assert re.search(r"\{'number': '7'\} == \{'number': '8'\}|'7'.*!= .*'8'", shown["test_of_arguments"])
    assert "AssertionError: find_order is not mocked. Say what it does" in shown["test_of_a_tool_without_a_mock"]
    assert "billing: 'It is paid.'" in shown["test_of_a_script_that_nobody_follows"]
    assert "orchestrator/pytest_plugin" not in output  # no line of ours between the test and what is wrong
    assert "4 failed, 1 passed, 1 error" in output


def test_a_team_that_cannot_be_tested_is_an_error_of_the_test(project: Path) -> None:
    """Without a traceback: where, what, what to do."""
    (project / "test_shop.py").write_text(BROKEN)
    (project / "wrong.yaml").write_text(SHOP.replace("greeting:", "greting:"))
    output = run(project)

    assert f"{project}/nowhere.yaml: no such file. Name the team file in the marker" in output
    assert "wrong.yaml:10:5 agents.front.greting: unknown key. Did you mean 'greeting'?" in output
    assert "The marker `team` takes one path" in output
    assert "3 errors" in output
    assert "Traceback" not in output


def test_it_is_light_and_needs_no_other_plugin(project: Path) -> None:
    """Nothing of the package is imported before a test asks for a team; another file is named in the ini file."""
    (project / "test_shop.py").write_text(LIGHT)
    (project / "agents.yaml").rename(project / "shop.yaml")
    (project / "pytest.ini").write_text("[pytest]\norchestrator_team = shop.yaml\n")
    output = run(project, "-q", "-p", "no:asyncio", "-p", "no:anyio")

    assert "2 passed" in output, output


def test_it_can_be_switched_off(project: Path) -> None:
    """As every plugin."""
    (project / "test_shop.py").write_text("def test_nothing(team): ...\n")

    assert "fixture 'team' not found" in run(project, "-p", "no:orchestrator")
    assert "team(path)" in run(project, "--markers")
