"""The pytest plugin: the fixture `team`, for tests of a team that are written in Python.

It is loaded by every run of pytest where this package is installed, so it brings nothing until a test asks for a team.
`pytest -p no:orchestrator` runs without it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from orchestrator.pytest_plugin.team import TeamUnderTest

PASSED = pytest.StashKey[bool]()  # whether the test itself did
FIXTURE, MARK, FILE, MODEL = "team", "team", "orchestrator_team", "orchestrator_model"
NO_FILE = (
    "{path}: no such file. Name the team file in the marker `team(path)`, or in the ini option `orchestrator_team`."
)
ONE_PATH = "The marker `team` takes one path: `@pytest.mark.team('agents.yaml')`."

UNUSED = "Scripted responses that no model was asked for:\n{steps}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the ini options."""
    parser.addini(FILE, "the team file of the fixture `team`, from the root directory", default="agents.yaml")
    parser.addini(MODEL, "what agents run on that name no model themselves, when a test scripts none", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Explain the marker."""
    config.addinivalue_line("markers", f"{MARK}(path): the team file of the fixture `team`, from the root directory")


@pytest.fixture
def team(request: pytest.FixtureRequest) -> Iterator[TeamUnderTest]:
    """The team of the file in `orchestrator_team` or in the marker `team`; its calls end with the test."""
    from orchestrator.errors import TeamError
    from orchestrator.pytest_plugin.logged import through_logging
    from orchestrator.pytest_plugin.team import TeamUnderTest

    path, under_test, wrong = _path(request), None, ""
    if not path.is_file():
        pytest.fail(NO_FILE.format(path=path), pytrace=False)
    try:
        under_test = TeamUnderTest(path, seed=request.node.nodeid, model=request.config.getini(MODEL))
    except TeamError as error:
        wrong = str(error)
    if under_test is None:
        pytest.fail(wrong, pytrace=False)
    with through_logging(), under_test:
        yield under_test
    if request.node.stash.get(PASSED, False) and (unused := under_test.unused()):
        pytest.fail(UNUSED.format(steps="\n".join(unused)), pytrace=False)


def _path(request: pytest.FixtureRequest) -> Path:
    mark = request.node.get_closest_marker(MARK)
    if mark is None:
        return request.config.rootpath / str(request.config.getini(FILE))
    if len(mark.args) != 1 or mark.kwargs:
        pytest.fail(ONE_PATH, pytrace=False)
    return request.config.rootpath / str(mark.args[0])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the calls of a test that failed: who said what, which tools ran, and who had the caller."""
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    reports = getattr(getattr(item, "funcargs", {}).get(FIXTURE), "reports", None)
    if report.when == "call" and report.failed and reports is not None:
        report.sections += reports()
    return report
