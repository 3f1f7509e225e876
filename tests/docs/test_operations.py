"""The page on operations: what it names exists, and what exists it names."""

from __future__ import annotations

import tomllib

from starlette.routing import Mount, Route, WebSocketRoute

from orchestrator.server.app import create_app
from orchestrator.settings import Settings
from orchestrator.team import load_team
from tests.docs.pages import GUIDES, MAHILO, OPERATIONS, ROOT, keys, read
from tests.gateway.serving import serving_only


def test_every_extra_is_explained() -> None:
    """What can be installed beside the server."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert keys(OPERATIONS, "## Installing") == set(project["optional-dependencies"])


def test_every_route_is_named_in_a_guide() -> None:
    """Whatever a client can ask this server for is written down, beside the files of the page."""
    team = load_team(ROOT / "agents.yaml", environ={})
    app = create_app(teams=serving_only(team), settings=Settings())
    paths = {
        route.path.replace(":path", "") for route in app.routes if isinstance(route, Route | WebSocketRoute | Mount)
    }
    text = " ".join(read(page) for page in (*GUIDES, MAHILO))

    assert [path for path in sorted(paths - {"/console/{path}"}) if f"{path}" not in text] == []
