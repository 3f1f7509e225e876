"""The README: short, its team runs, its commands are what a newcomer and CI run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.team import check_team, load_team
from orchestrator.tools import check_tools, load_tools
from tests.docs.generated import written_team
from tests.docs.pages import PAGES, PERFORMANCE, README, block, read, rows, table

LINES = 300


def test_it_is_short() -> None:
    """Whoever opens it can read it to the end; the rest stands in the guides."""
    assert read(README).count("\n") <= LINES


def test_it_leads_to_every_page() -> None:
    """No page has to be found by chance."""
    assert [page for page in PAGES[1:] if f"]({page})" not in read(README)] == []


def test_its_figures_are_those_of_the_page_on_performance() -> None:
    """Who measures again changes both."""
    page = set(re.findall(r"\d+(?:\.\d+)?", table(PERFORMANCE, "figures")))
    here = {figure for row in rows(table(README, "figures")) for figure in re.findall(r"\d+(?:\.\d+)?", row[1])}

    assert here <= page
    assert len(here) >= 4


def test_the_team_runs(tmp_path: Path) -> None:
    """P46: fifteen lines, without a warning; its tool is found, its agents have voices of their own."""
    text = block(README, "team")
    path = written_team(tmp_path, text)
    team = load_team(path, environ={})

    assert len(text.splitlines()) == 15
    assert [*check_team(path, environ={}), *check_tools(team)] == []
    assert [tool.name for tool in load_tools(team)["billing"]] == ["find_invoice"]
    assert len({str(agent.voice) for agent in team.agents.values()}) == 3


@pytest.mark.parametrize("mark", ["run command", "test command"])
def test_the_two_commands_are_one_line_each(mark: str) -> None:
    """CI cuts the second one at its `&&`: what installs, and what tests."""
    (line,) = block(README, mark).splitlines()

    install, run = line.split(" && ")
    assert install.startswith("pip install -e ")
    assert run in ("orchestrator serve", "pytest")
