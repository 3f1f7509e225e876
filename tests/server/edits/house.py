"""A team on disk that is edited, and the server's part that takes its edits into service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from orchestrator.gateway.teams.teams import Served, Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.server.edits.edits import Edits, Reloaded
from orchestrator.server.edits.team_file import TeamFile
from orchestrator.server.loading import load, load_models
from orchestrator.settings import Settings
from orchestrator.tools.sources import Sources

TEAM = """\
team: {name}
{more}
providers: {{service: {{url: "ws://127.0.0.1:1"}}}}
agents:
  front: {{instructions: {{file: front.md}}, model: service/gpt, tools: [tools.py]}}
"""
TOOLS = """\
import logging
from typing import Optional
from .crm import SIZE

log = logging.getLogger(__name__)
DATA = bytearray(SIZE)

class Order:
    data = DATA

def find(number: Optional[int] = None) -> str:
    "Find."
    from .late import NAME
    return NAME
"""


def write(folder: Path, version: str, *, name: str = "shop", file: str = "agents.yaml", more: str = "") -> Path:
    """Write a version of a team: its tool returns the name of the version."""
    (folder / file).write_text(TEAM.format(name=name, more=more), encoding="utf-8")
    texts = {"tools.py": TOOLS, "crm.py": "SIZE = 1000\n", "late.py": f"NAME = {version!r}\n"}
    for path, text in {**texts, "front.md": f"Help as {version}."}.items():
        (folder / path).write_text(text, encoding="utf-8")
    return folder / file


@dataclass
class House:
    """What is served of a folder, and its edits."""

    path: Path
    teams: Teams
    edits: Edits

    @property
    def served(self) -> Served:
        """The team."""
        found = self.teams.find("shop")
        assert found is not None
        return found

    @property
    def file(self) -> TeamFile:
        """What is known of its file."""
        (found,) = (file for file in self.edits.files if file.path == self.path)
        return found

    async def edit(self, version: str, *, more: str = "", anew: bool = False) -> Reloaded:
        """Write a version, and take it into service."""
        write(self.path.parent, version, more=more)
        return await self.edits.reload(self.path, anew=anew)

    def says(self) -> str:
        """Return what the instructions of the current version say."""
        return self.served.current.team.agents["front"].instructions


def serve(folder: Path, version: str = "one", *, folders: tuple[Path, ...] = (), more: str = "") -> House:
    """Serve a team as a server does."""
    path, settings, sources = write(folder, version, more=more), Settings(), Sources()
    first = load(path, settings, {}, sources)
    teams = Teams([first])
    edits = Edits(teams, partial(_load, settings), load_models, folders=folders)
    edits.began(path, first, sources)
    return House(path, teams, edits)


def _load(settings: Settings, path: Path, sources: Sources) -> Version:
    return load(path, settings, {}, sources)
