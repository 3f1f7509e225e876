"""Every file of `broken/` is a mistake that a person would make; what is told of it stands at its head."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.team.broken_teams import FILES, MARK, SECRETS, expected, problems, told, write


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_p42_each_mistake_is_told_with_place_fault_and_remedy(path: Path) -> None:
    """P42, P43: line and column, what is wrong, what to do; no value of the environment is shown."""
    found = problems(path)
    text = path.read_text(encoding="utf-8")

    assert told(path) == expected(path) != []
    assert text.startswith("# ")
    assert not text.startswith(MARK)
    assert all(problem.where.startswith(f"{path.name}:") and problem.what and problem.remedy for problem in found)
    assert not [line for line in told(path) for secret in SECRETS.values() if secret in line]


def test_what_is_told_can_be_written_anew(tmp_path: Path) -> None:
    """The lines of before are replaced, and places are those of the file as it is then."""
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
