"""The tests that come with teams: of the sample, of `orchestrator init`, and of the team that uses every key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.trials.measures.coverage import cover
from orchestrator.trials.reading import read
from orchestrator.trials.results import Verdict
from orchestrator.trials.run import Options, each_result
from tests.bank import bank

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "orchestrator" / "samples"


@pytest.mark.parametrize(
    ("team_file", "skipped", "untaken"),
    [
        (lambda folder: ROOT / "agents.yaml", [], set()),
        (lambda folder: SAMPLES / "hotel" / "agents.yaml", [], set()),
        (lambda folder: SAMPLES / "dispatch" / "agents.yaml", [], set()),
        (bank, ["somebody in a hurry"], set()),
    ],
    ids=["sample", "hotel", "dispatch", "bank"],
)
def test_they_pass_and_take_every_edge(
    tmp_path: Path, team_file: Callable[[Path], Path], skipped: list[str], untaken: set[tuple[str, str]]
) -> None:
    """Also those along which a person gives the caller away, and the way on when none comes."""
    cast, cases, warnings = read([team_file(tmp_path)], wanted="local", environ={})
    results = [result for _, result in each_result(cast, cases, Options(environ={}))]
    names = {agent: [tool.name for tool in own] for agent, own in cast.tools.items()}
    coverage = cover(cast.team, names, [attempt.facts for result in results for attempt in result.attempts])

    assert warnings == []
    assert [(result.name, result.attempts[0].failures) for result in results if result.bad] == []
    assert [result.name for result in results if result.verdict is Verdict.SKIPPED] == skipped
    assert coverage.untaken_edges == untaken
