"""What several tests of tests need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator.testing import ScriptedRealtime
from tests.trials.elsewhere import elsewhere


@pytest.fixture
def service() -> Iterator[ScriptedRealtime]:
    """A Realtime service outside this event loop."""
    with elsewhere(ScriptedRealtime()) as server:
        yield server
