"""The log of a team under test goes where pytest looks for logs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from orchestrator.pytest_plugin.logged import through_logging


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    if before is not None:
        structlog.configure(**before)


def test_pytest_captures_it(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    """From the level that the project has set; afterwards structlog is as it was."""
    with through_logging():
        log = structlog.get_logger("orchestrator")
        log.info("unimportant")
        log.warning("tool failed", tool="find")

    assert caplog.messages == ["event='tool failed' tool='find'"]
    assert capsys.readouterr().out == ""
    assert not structlog.is_configured()


def test_a_project_that_has_set_up_structlog_is_left_alone() -> None:
    """It has its own idea of a log."""
    with structlog.testing.capture_logs() as logs:
        structlog.configure()
        before = structlog.get_config()
        with through_logging():
            assert structlog.get_config() == before
    assert logs == []
