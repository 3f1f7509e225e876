"""The pages are seen in one browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway.webrtc.browser import end_shared


@pytest.fixture(scope="package", autouse=True)
def browsers() -> Iterator[None]:
    """End what the tests have shared."""
    yield
    end_shared()
