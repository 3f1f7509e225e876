"""The gateway as an application: to be served as it is, or inside another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI

from orchestrator.library.team import Team
from orchestrator.server.serve import Paths, build, serve
from orchestrator.settings import Settings, read_settings
from orchestrator.tools.sources import Sources

Source = str | Path | Team  # a team file, a folder of them, or a team that is written in Python


def create_app(*teams: Source, settings: Settings | None = None) -> FastAPI:
    """Make an application that serves teams; raises `TeamError` with everything that is wrong with them.

    Without `settings` those of the environment hold (`ORCHESTRATOR_*`). An application that mounts it below a path has
    to run its lifespan (`app.router.lifespan_context`).
    """
    paths, written = _taken_apart(teams)
    return build(paths, settings or read_settings(), written=written).app


async def serve_team(
    *teams: Source, settings: Settings | None = None, tell: Callable[[str], None] = lambda _: None
) -> None:
    """Serve teams until the process is told to stop; `tell` is given what `orchestrator serve` prints.

    Raises `TeamError` with everything that is wrong with them, and `OrchestratorError` if it cannot listen.
    """
    paths, written = _taken_apart(teams)
    await serve(paths, settings or read_settings(), tell, written=written)


def _taken_apart(teams: tuple[Source, ...]) -> tuple[Paths, dict[Path, Sources]]:
    """Return where the teams are, and what is read in place of files."""
    paths = [team.path if isinstance(team, Team) else Path(team) for team in teams]
    return paths, {team.path: team.sources() for team in teams if isinstance(team, Team)}
