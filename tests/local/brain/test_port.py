"""The port between a local session and whoever decides what it says."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.chat import ChatBrain
from orchestrator.local.brain.port import make_brain
from orchestrator.local.brain.router import Router
from orchestrator.team import PartSpec


async def test_server_in_the_team_file_is_asked() -> None:
    """`providers: {local: {brain: {url: …, model: …}}}` chooses the chat brain; its key stays hidden."""
    brain = make_brain(PartSpec(url="http://127.0.0.1:11434/v1", model="qwen3:4b", api_key="sk-secret"))

    assert isinstance(brain, ChatBrain)
    assert "sk-secret" not in repr(brain)
    await brain.close()


@pytest.mark.speech
def test_router_is_the_default() -> None:
    """Without a server the embedded router decides."""
    assert isinstance(make_brain(None), Router)
