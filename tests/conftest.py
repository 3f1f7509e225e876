"""What holds for all tests, before any of them is imported."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

from orchestrator.server import garbage_collection
from tests.patience import PATIENCE

HERE = Path(__file__).resolve().parent
# As a server has it, and as early: numpy's threads would spin on every core, and each test would wait for all others.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Calls are recorded where a test asks for it, also by servers and commands that tests start.
os.environ["ORCHESTRATOR_RECORDS"] = "none"
# Servers and commands that tests start would compile the whole package each time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Modules with tests of many seconds. They come first: were one of them the last, only one process would be busy.
LONG = {
    "test_story.py",
    "test_long_call.py",
    "test_telephony_speech.py",
    "test_official_client.py",
    "test_browser_webrtc.py",
    "test_desk_speech.py",
    "test_people_speech.py",
    "test_endurance.py",
    "test_edits.py",
    "test_fuzz.py",
    "test_walk.py",
    "test_crash.py",
    "test_dialogues.py",
    "test_killing.py",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let long tests begin first."""
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Let garbage collection pass over what all tests share: a million objects."""
    with garbage_collection.loading():
        if [Path(each).resolve() for each in session.config.args] == [HERE]:
            import_share()
        return (yield)


def import_share() -> None:
    """Import first what no other process begins with: what one of them has compiled, the others find compiled."""
    own = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    of = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    for path in sorted(HERE.rglob("test_*.py"))[own::of] if of > 1 else ():
        with suppress(Exception, pytest.skip.Exception):  # which is reported when the file is collected
            import_module(".".join(path.relative_to(HERE.parent).with_suffix("").parts))


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """Let the scripted service, and whoever watches the event loop, be as patient as the tests are."""
    from orchestrator.server import watchdog
    from orchestrator.testing import connection, server

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watchdog, "BLOCKED", PATIENCE)
        for module in (connection, server):
            patch.setattr(module, "WAIT_SECONDS", PATIENCE)
        yield
