"""The page on persons: its team runs, and every key and event of the desk is in its tables."""

from __future__ import annotations

import re
from pathlib import Path

from orchestrator.gateway.desk.events import EVENTS
from orchestrator.team import load_team
from orchestrator.team.people import Role, Wait
from tests.docs.pages import PEOPLE, block, read


def test_its_team_is_right(tmp_path: Path) -> None:
    """With a key from the environment."""
    path = tmp_path / "agents.yaml"
    path.write_text(f"team: shop\n{block(PEOPLE, 'person')}", encoding="utf-8")
    team = load_team(path, environ={"SUPPORT_KEYS": "key-of-support"})

    assert team.persons == ("colleague",)
    assert team.people["support"].secret_keys == ("key-of-support",)


def test_every_key_and_event_is_explained() -> None:
    """Of the file and of the socket."""
    page = read(PEOPLE)

    for key in (
        *(f"wait.{name}" for name in Wait.model_fields),
        *(f"people.ROLE.{name}" for name in Role.model_fields),
    ):
        assert f"| `{key}` |" in page, key
    sends = page[page.index("### What a desk sends") :]
    assert set(re.findall(r"`(team\.person\.\w+|team\.approval\.\w+|[a-z_]+\.[a-z_.]+)`", sends)) >= set(EVENTS)
