"""The parts of the pages that are written by the program: tables of the code, drawings, output of commands.

`make docs` writes them into the pages; a test compares them with what stands there.
"""

from __future__ import annotations

import argparse
import ast
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic.fields import FieldInfo

from orchestrator.cli import SAMPLES, parser
from orchestrator.gateway.closing import close_table
from orchestrator.observe.metrics import METRICS
from orchestrator.providers.prices import PRICES
from orchestrator.settings import Settings
from orchestrator.team import Price, check_team, draw_mermaid, load_team
from orchestrator.team.base import Strict
from orchestrator.team.trials import (
    EndExpected,
    Expected,
    Given,
    HandoffExpected,
    Interrupt,
    Keys,
    Mock,
    Persona,
    Recorded,
    Silence,
    Spoken,
    Step,
    Trial,
    Turn,
    WholeExpected,
)
from orchestrator.trials.reading import read
from orchestrator.trials.reports.report import Report
from orchestrator.trials.run import Options, each_result
from tests.docs import pages

PAIN = re.compile(r"\bP\d\d\b")


@dataclass(frozen=True)
class Part:
    """One part of a page: where it stands, and who writes it."""

    page: str
    mark: str
    write: Callable[[], str]
    code: bool = False  # a block of code rather than a table

    def stands(self) -> str:
        """Return what the page has now."""
        return pages.block(self.page, self.mark) if self.code else pages.table(self.page, self.mark)

    def put(self) -> None:
        """Write it into the page."""
        shape = r"(```\w*\n).*?(```)" if self.code else r"()(?:\|.*\n)+()"
        text = pages.read(self.page)
        pattern = re.compile(rf"(<!-- {re.escape(self.mark)} -->\n+){shape}", re.DOTALL if self.code else 0)
        changed, count = pattern.subn(lambda found: f"{found[1]}{found[2]}{self.write()}{found[3]}", text)
        assert count == 1, f"{self.page} has no {self.mark!r}"
        (pages.ROOT / self.page).write_text(changed, encoding="utf-8")


def markdown(*lines: tuple[str, ...]) -> str:
    """Write a table; the first line is its head."""
    head, *rest = lines
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ("---",) * len(head), *rest))


def written_team(folder: Path, text: str) -> Path:
    """Write the README's team into a folder, with its tool; returns the team file."""
    (folder / "agents").mkdir()
    (folder / "agents" / "billing.py").write_text(pages.block(pages.README, "tool"), encoding="utf-8")
    path = folder / "agents.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def small_graph() -> str:
    """Draw the README's team."""
    with TemporaryDirectory() as folder:
        return draw_mermaid(load_team(written_team(Path(folder), pages.block(pages.README, "team")), environ={}))


def check_output() -> str:
    """Report the README's team with one key misspelt."""
    head, last = pages.block(pages.README, "team").split("  billing:\n")
    text = f"{head}  billing:\n{last.replace('handoffs:', 'handofs:', 1)}"
    with TemporaryDirectory() as folder:
        return "".join(f"{problem}\n" for problem in check_team(written_team(Path(folder), text), environ={}))


def large_graph() -> str:
    """Draw the team that uses every key."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "agents.yaml"
        path.write_text(pages.block(pages.TEAM_FILE, "everything"), encoding="utf-8")
        return draw_mermaid(load_team(path, environ={}))


def sample_graph() -> str:
    """Draw the sample team of this repository."""
    return draw_mermaid(load_team(pages.ROOT / "agents.yaml", environ={}))


def settings() -> str:
    """List the settings."""
    lines = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in ((), None) else str(field.default)
        lines.append((f"`ORCHESTRATOR_{name.upper()}`", default, str(field.description)))
    return markdown(("variable", "default", "meaning"), *lines)


def prices() -> str:
    """List the prices of models that are known."""
    lines = [(f"`{name}`", *(f"{dollars:g}" for _, dollars in price)) for name, price in PRICES.items()]
    return markdown(("model", *(name.replace("_", " ") for name in Price.model_fields)), *lines)


def metrics() -> str:
    """List the metrics."""
    lines = []
    for one in METRICS:
        kind = "histogram" if one.buckets else "counter" if one.name.endswith("_total") else "gauge"
        lines.append((f"`{one.name}`", kind, ", ".join(f"`{label}`" for label in one.labels), one.help))
    return markdown(("metric", "kind", "labels", "meaning"), *lines)


def commands() -> str:
    """List the commands of the command line and their options."""
    (below,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    lines: list[tuple[str, ...]] = []
    for name, command in below.choices.items():
        options = [action for action in command._actions if action.dest not in ("help", "debug")]
        named = [_name(action) for action in options if not action.option_strings]
        lines.append((f"`{' '.join(('orchestrator', name, *named))}`", "", str(command.description)))
        lines += [("", f"`{_name(action)}`", action.help or "") for action in options if action.option_strings]
    return markdown(("command", "option", "meaning"), *lines)


def _name(action: argparse.Action) -> str:
    """Return how an argument is written on the command line."""
    value = str(action.metavar or "/".join(action.choices or ()) or action.dest.upper())
    if action.option_strings:
        return action.option_strings[0] if action.nargs == 0 else f"{action.option_strings[0]} {value}"
    return {"?": f"[{value}]", "*": f"[{value} …]"}.get(str(action.nargs), value)


# Mark → the models whose keys its table has, but for those of another table.
TEST_KEYS: dict[str, tuple[type[Strict], ...]] = {
    **{model.__name__: (model,) for model in (Trial, Given, Mock, Turn, Interrupt, Step, Expected, HandoffExpected)},
    "EndExpected": (EndExpected,),
    "Persona": (Persona,),
    "Line": (Spoken, Recorded, Keys, Silence),
    "WholeExpected": (WholeExpected,),
}


def test_keys(mark: str) -> str:
    """List the keys of a mapping in a test."""
    fields = {name: field for model in reversed(TEST_KEYS[mark]) for name, field in model.model_fields.items()}
    above = set(EndExpected.model_fields) if mark == "WholeExpected" else set()
    order = dict.fromkeys(name for model in TEST_KEYS[mark] for name in model.model_fields if name not in above)
    lines = [(f"`{fields[name].alias or name}`", _with_default(fields[name])) for name in order]
    return markdown(("key", "meaning"), *lines)


def _with_default(field: FieldInfo) -> str:
    """Return the meaning of a key, and its default where that is a plain value."""
    default = field.default
    plain = isinstance(default, str | int | float | datetime) and default not in ("", 0.0)
    told = f"; `{default:%Y-%m-%d %H:%M}` by default" if isinstance(default, datetime) else f"; `{default}` by default"
    return f"{field.description}{told if plain else ''}".replace("|", "\\|")


def failing_test() -> str:
    """Run the tests of the hotel after breakfast was moved, and report."""
    with TemporaryDirectory() as folder:
        path = hotel(Path(folder))
        path.write_text(path.read_text(encoding="utf-8").replace("seven to ten", "eight to ten"), encoding="utf-8")
        cast, cases, _ = read([path], wanted="local", environ={})
        lines: list[str] = []
        report = Report(lines.append, coloured=False)
        for case, result in each_result(cast, cases, Options(environ={})):
            report.tell(case, result)
        report.close(1.0)
    return "".join(f"{line}\n" for line in lines)


def hotel(folder: Path) -> Path:
    """Write the team of `orchestrator init` into a folder; returns the team file."""
    compiled = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SAMPLES / "hotel", folder, dirs_exist_ok=True, ignore=compiled)
    return folder / "agents.yaml"


def targets() -> str:
    """List the commands of the Makefile."""
    found = re.findall(r"^([a-z]+):.*?## (.*)$", pages.read("Makefile"), re.MULTILINE)
    return markdown(("command", "what it does"), *((f"`make {name}`", text) for name, text in found))


@dataclass(frozen=True)
class Held:
    """One test, and the pain points that its docstring names."""

    path: str
    name: str
    points: frozenset[str]


@cache
def held() -> tuple[Held, ...]:
    """Return all tests, those of whole calls first."""
    return tuple(_tests())


def _tests() -> Iterator[Held]:
    whole = pages.ROOT / "tests" / "test_calls.py"
    for path in sorted((pages.ROOT / "tests").rglob("test_*.py"), key=lambda path: (path != whole, str(path))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                points = frozenset(PAIN.findall(ast.get_docstring(node) or ""))
                yield Held(str(path.relative_to(pages.ROOT)), node.name, points)


def pain_points(group: str) -> str:
    """Complete a table of pain points by the first test that holds each of them."""
    lines = [
        (*row[:4], next((f"[`{test.name}`](../{test.path})" for test in held() if row[0] in test.points), ""))
        for row in pages.rows(pages.table(pages.PAIN_POINTS, group))
    ]
    return markdown(("", "what users report", "seen in", "here", "held by"), *lines)


GROUPS = (
    "handoff", "responses", "sessions", "configuration", "silence", "peers", "callers", "authors", "programs",
)  # fmt: skip
PARTS = (
    Part(pages.README, "graph", small_graph, code=True),
    Part(pages.README, "check", check_output, code=True),
    Part(pages.TEAM_FILE, "everything graph", large_graph, code=True),
    Part(pages.TEAM_FILE, "sample graph", sample_graph, code=True),
    Part(pages.TEAM_FILE, "prices", prices),
    Part(pages.OPERATIONS, "commands", commands),
    Part(pages.OPERATIONS, "settings", settings),
    Part(pages.OBSERVABILITY, "metrics", metrics),
    Part(pages.OPERATIONS, "close codes", lambda: f"{close_table()}\n"),
    Part(pages.CONTRIBUTING, "commands", targets),
    Part(pages.TESTING, "failure", failing_test, code=True),
    *(Part(pages.TESTING, f"keys of {mark}", partial(test_keys, mark)) for mark in TEST_KEYS),
    *(Part(pages.PAIN_POINTS, group, partial(pain_points, group)) for group in GROUPS),
)
