"""Which team files are served: those that are named, and all in folders that are named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.errors import Problem, TeamError

TESTS = "tests.yaml"  # tests of a team lie beside it


@dataclass(frozen=True, slots=True)
class TeamFiles:
    """The team files of a server, and the folders in which others may appear."""

    files: tuple[Path, ...]
    folders: tuple[Path, ...] = ()


def teams_in(folder: Path) -> list[Path]:
    """Return the team files in a folder: every `*.yaml` but tests and hidden files."""
    return [file for file in sorted(folder.glob("*.yaml")) if file.name != TESTS and not file.name.startswith(".")]


def find(paths: str | Path | Sequence[str | Path]) -> TeamFiles:
    """Return what paths stand for, each file once; raises `TeamError` for a folder without a team."""
    named = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    folders = tuple(path for path in named if path.is_dir())
    found: dict[Path, Path] = {}
    for path in named:
        below = teams_in(path) if path in folders else [path]
        if not below:
            remedy = "Name a folder with team files, or a team file."
            raise TeamError([Problem(str(path), "there is no *.yaml in this folder", remedy)])
        for file in below:
            found.setdefault(file.resolve(), file)
    return TeamFiles(tuple(found.values()), folders)


def told_apart(problems: Iterable[Problem], file: Path) -> list[Problem]:
    """Return the problems of one of several teams with the folder of its file, as files may have the same name."""
    folder = os.path.relpath(file.parent)
    if folder == ".":
        return list(problems)
    return [replace(problem, where=f"{folder}/{problem.where}") for problem in problems]
