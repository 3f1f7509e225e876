"""Every file of `broken/` has a mistake that people make; the lines that `check` prints are at its top."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.team.broken_teams import FILES, MARK, SECRETS, expected, printed, problems, write


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_p42_each_mistake_is_reported_with_position_problem_and_remedy(path: Path) -> None:
    """P42, P43: line and column, what is wrong, what to do; no value of the environment is shown."""
    found = problems(path)
    text = path.read_text(encoding="utf-8")

    assert printed(path) == expected(path) != []
    assert text.startswith("# ")
    assert not text.startswith(MARK)
    assert all(problem.where.startswith(f"{path.name}:") and problem.what and problem.remedy for problem in found)
    assert not [line for line in printed(path) for secret in SECRETS.values() if secret in line]


def test_expected_lines_can_be_rewritten(tmp_path: Path) -> None:
    """The old lines are replaced, and positions are those of the rewritten file."""
    path = tmp_path / "t.yaml"
    path.write_text("# Nothing is right.\n#> of old\nteem: t\n", encoding="utf-8")
    write(path)

    assert path.read_text(encoding="utf-8").splitlines() == [
        "# Nothing is right.",
        "#> t.yaml:5:1: the key 'team' is missing. Begin the file with `team: name`.",
        "#> t.yaml:5:1: the key 'agents' is missing. "
        "Add an agent: `agents: {front: {instructions: Help the caller.}}`.",
        "#> t.yaml:5:1 teem: unknown key. Did you mean 'team'?",
        "teem: t",
    ]
