"""The extra is loaded with the first offer."""

from __future__ import annotations

import sys

import pytest

from orchestrator.errors import CallerError
from orchestrator.gateway.webrtc.loading import installed, load


async def test_it_is_there() -> None:
    """A module that needs it is loaded, once."""
    assert installed()
    assert await load("orchestrator.gateway.webrtc.peer") is sys.modules["orchestrator.gateway.webrtc.peer"]


async def test_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who needs it is told what to install."""
    monkeypatch.setitem(sys.modules, "aiortc", None)
    monkeypatch.delitem(sys.modules, "orchestrator.gateway.webrtc.desk_peer", raising=False)
    assert not installed()
    with pytest.raises(CallerError, match=r"pip install 'voice-orchestrator\[webrtc\]'") as refused:
        await load("orchestrator.gateway.webrtc.desk_peer")

    assert refused.value.code == "not_installed"
