"""One set of commands, for people, for hooks and for CI."""

from __future__ import annotations

import re

import yaml

from tests.docs.generated import targets
from tests.docs.pages import ROOT, read, rows


def test_ci_calls_the_commands_that_people_call() -> None:
    """Whatever `.ci/run` makes is a command of the Makefile, and the tests are the README's."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    known = {row[0].strip("`") for row in rows(targets())}

    called = re.findall(r"^make \w+", script, re.MULTILINE)
    assert called == ["make check", "make test", "make coverage", "make conformance"]
    assert set(called) <= known
    assert "<!-- test command -->" in script


def test_hooks_run_what_make_check_runs() -> None:
    """No hook that CI does not know, and none is missing."""
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    tools = {hook["entry"].removesuffix(" --force-exclude") for hook in repo["hooks"]}
    recipe = read("Makefile")

    assert tools == {"ruff check", "ruff format --check", "mypy"}
    assert all(re.search(rf"^\t{tool}\b", recipe, re.MULTILINE) for tool in tools)
