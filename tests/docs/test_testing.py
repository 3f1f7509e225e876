"""The page on tests of a team: its examples run, and its keys are those that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from orchestrator.cli import parser
from orchestrator.team.base import Strict
from orchestrator.team.trials import Trial
from orchestrator.trials.measures.measuring import coverage_of, mutated
from orchestrator.trials.reading import read
from orchestrator.trials.reports.explained import explained
from orchestrator.trials.results import Verdict
from orchestrator.trials.run import Options, each_result
from tests.docs.generated import TEST_KEYS, hotel
from tests.docs.pages import README, ROOT, TESTING, block, code_blocks, rows, table
from tests.docs.pages import read as page_of


@pytest.fixture(scope="module")
def team_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the team of the page, without its own tests."""
    path = hotel(tmp_path_factory.mktemp("hotel"))
    (path.parent / "tests.yaml").unlink()
    return path


@pytest.mark.parametrize("mark", ["first", "expected", "caller", "voice", "tools", "scripted"])
def test_the_examples_pass(team_file: Path, mark: str) -> None:
    """On the embedded provider, with the team that `orchestrator init` creates."""
    file = team_file.parent / f"{mark}.yaml"
    file.write_text(block(TESTING, mark), encoding="utf-8")
    cast, cases, warnings = read([team_file, file], wanted="local", environ={})
    done = list(each_result(cast, cases, Options(environ={})))

    assert warnings == []
    assert [line for case, result in done if result.bad for line in explained(case, result.attempts[0])] == []
    assert len(done) == len(yaml.safe_load(block(TESTING, mark)))


def test_the_example_with_a_simulated_caller_is_skipped(team_file: Path) -> None:
    """Its words need a language model, and the reason says how to name one."""
    file = team_file.parent / "simulated.yaml"
    file.write_text(block(TESTING, "simulated"), encoding="utf-8")
    cast, cases, _ = read([team_file, file], wanted="local", environ={})
    ((_, result),) = each_result(cast, cases, Options(environ={}))

    assert result.verdict is Verdict.SKIPPED
    assert "--brain" in result.attempts[0].reason


def test_coverage_and_mutations_are_as_shown() -> None:
    """Of the bank whose tests are tried on fifty wrong versions of it."""
    cast, cases, _ = read([ROOT / "tests" / "trials" / "wrong" / "agents.yaml"], wanted=None, environ={})
    options = Options(environ={})
    done = list(each_result(cast, cases, options))

    assert block(TESTING, "coverage").strip() == coverage_of(cast, [result for _, result in done]).table()
    assert block(TESTING, "mutations").strip() == mutated(cast, done, options)


def test_the_example_of_the_first_page_passes(tmp_path: Path) -> None:
    """With the sample team."""
    file = tmp_path / "tests.yaml"
    file.write_text(block(README, "test"), encoding="utf-8")
    cast, cases, _ = read([ROOT / "agents.yaml", file], wanted="local", environ={})
    ((case, result),) = each_result(cast, cases, Options(environ={}))

    assert list(explained(case, result.attempts[0])) == []


def test_every_example_is_one_of_them() -> None:
    """None is forgotten; the last one is of GitHub."""
    marks = re.findall(r"<!-- (\w+) -->\n```yaml", page_of(TESTING))

    assert marks == ["first", "expected", "caller", "voice", "tools", "scripted", "simulated", "github"]
    assert len(marks) == len(code_blocks(TESTING, "yaml"))


def test_the_commands_of_the_page_are_right() -> None:
    """Those of the workflow, and those that a reader types."""
    steps = yaml.safe_load(block(TESTING, "github"))["jobs"]["test"]["steps"]
    typed = ['test --only "wants a room"', "init hotel", "schema --tests"]
    commands = [step["run"].removeprefix("orchestrator ") for step in steps if "orchestrator " in step.get("run", "")]

    assert len([parser().parse_args(words.split()[:3]) for words in commands]) == 2
    assert [parser().parse_args(re.findall(r'[^" ]+|"[^"]*"', words)).run.__name__ for words in typed] == [
        "run",
        "init",
        "schema",
    ]


def test_every_key_has_a_meaning() -> None:
    """Of every mapping that a test can have."""

    def below(model: type[Strict]) -> set[type[Strict]]:
        found = {model}
        for field in model.model_fields.values():
            for each in _models_in(field.annotation):
                found |= below(each)
        return found

    documented = {model for models in TEST_KEYS.values() for model in models}
    assert below(Trial) == documented
    for mark in TEST_KEYS:
        assert [row for row in rows(table(TESTING, f"keys of {mark}")) if row[1] in ("", "None")] == []


def _models_in(annotation: object) -> list[type[Strict]]:
    """Return the mappings in the type of a key."""
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return [annotation]
    inner = getattr(annotation, "__args__", ())
    return [model for each in inner for model in _models_in(each)]
