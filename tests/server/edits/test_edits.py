"""Edits that are taken into service, refused, tried out and taken back; and what is left of a thousand of them."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from orchestrator.errors import RealtimeError
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.teams.teams import MOST_KEPT
from orchestrator.gateway.teams.version import Version
from orchestrator.server.edits import edits as edits_module
from orchestrator.server.edits.edits import Outcome
from orchestrator.server.edits.team_file import TeamFile
from orchestrator.settings import Settings
from orchestrator.tools import CallView
from orchestrator.tools.sources import Sources
from tests.patience import PATIENCE
from tests.server.edits.house import House, serve, write


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    """Take edits into service as a server does."""
    idle = asyncio.Event()
    task = asyncio.create_task(house.edits.run(idle, watch=True))  # noqa: TID251
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def told(version: Version) -> str:
    """Run the tool of a version."""
    return await version.tools["front"][0].run("{}", CallView(id="call_1", agent="front"), seconds=10)


async def test_an_edit_is_served_and_the_version_before_is_kept(tmp_path: Path) -> None:
    """Instructions, tools and what they import are all of one version."""
    house = serve(tmp_path)
    one = house.served.current

    edited = await house.edit("two")

    assert (edited.outcome, edited.version) == (Outcome.SERVED, house.served.current)
    assert (house.says(), house.served.kept) == ("Help as two.", [one])
    assert (await told(house.served.current), await told(one)) == ("two", "one")
    assert one.hash != house.served.current.hash
    assert {path.name for path in one.files} == {"agents.yaml", "front.md", "tools.py", "crm.py", "late.py"}


async def test_what_has_not_changed_is_not_loaded_again(tmp_path: Path) -> None:
    """Whatever the times of the files say; unless somebody says so, as code may have read more."""
    house = serve(tmp_path)
    one = house.served.current

    assert (await house.edit("one")).outcome is Outcome.UNCHANGED
    assert house.served.current is one
    assert house.edits.look() == {}
    assert (await house.edit("one", anew=True)).outcome is Outcome.SERVED
    assert (house.served.current is not one, house.served.kept) == (True, [])
    assert house.served.current.hash == one.hash


BROKEN = {
    "agents.yaml": ("team: shop\nagents: [", "agents.yaml:2:10"),
    "tools.py": ("1 / 0\n", "ZeroDivisionError"),
    "crm.py": ("def f(:\n", "crm.py:1: invalid syntax"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_with_an_error_the_version_before_stays(tmp_path: Path, name: str) -> None:
    """The error is told, once: where, what, what to do. The next edit counts."""
    house = serve(tmp_path)
    one, (text, what) = house.served.current, BROKEN[name]
    (tmp_path / name).write_text(text, encoding="utf-8")

    with capture_logs() as logs:
        refused = await house.edits.reload(house.path, anew=False)
        again = await house.edits.reload(house.path, anew=False)

    assert (refused.outcome, again.outcome, house.served.current) == (Outcome.REFUSED, Outcome.REFUSED, one)
    assert house.file.problems == refused.problems
    first, last = logs
    assert what in first["problem"]
    assert str(refused.problems[0]) == first["problem"]
    assert (last["event"], last["version"]) == ("the version before stays", one.hash[:12])
    assert (await house.edit("one")).outcome is Outcome.UNCHANGED
    assert (house.file.problems, house.served.current) == ((), one)


async def test_models_that_cannot_be_loaded_are_an_error(tmp_path: Path) -> None:
    """The version is ready when it is served."""
    house = serve(tmp_path)

    async def fail(_: Version) -> None:
        raise RealtimeError("The model is not there.")

    house.edits._prepare = fail
    (problem,) = (await house.edit("two")).problems

    assert problem.what == "The model is not there"
    assert house.says() == "Help as one."


async def test_code_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next edit is taken all the same; while too many hang, none is begun."""
    house = serve(tmp_path)
    go = threading.Event()
    monkeypatch.setattr(edits_module, "LOAD_SECONDS", 0.05)
    house.edits._load = lambda _, __: go.wait(PATIENCE)  # type: ignore[assignment, return-value]
    full, found = f"{edits_module.MOST_LOADS} edits before have not been loaded yet", list[str]()
    async with asyncio.timeout(PATIENCE):
        while full not in found:  # on a busy machine an edit may be given up before its code is run
            found.append((await house.edit(f"{len(found)}")).problems[0].what)
    go.set()

    assert len(found) > edits_module.MOST_LOADS
    assert {*found[:-1]} == {"was not loaded within 0.05 seconds"}


async def test_calls_go_on_while_a_version_is_loaded(tmp_path: Path) -> None:
    """Threads take shorter turns then, and not afterwards."""
    house, before, turns = serve(tmp_path), sys.getswitchinterval(), list[float]()
    load = house.edits._load

    def watched(path: Path, sources: Sources) -> Version:
        turns.append(sys.getswitchinterval())
        return load(path, sources)

    house.edits._load = watched
    await house.edit("two")

    assert turns == [pytest.approx(0.001)]
    assert sys.getswitchinterval() == before


async def test_a_canary_gets_some_of_the_calls(tmp_path: Path) -> None:
    """Until the key is gone: then all of them, or the version from before again."""
    house = serve(tmp_path)
    one = house.served.current

    assert (await house.edit("two", more="canary: 25%")).outcome is Outcome.CANARY
    canary = house.served.canary
    assert canary is not None
    got = [house.served.pick(f"sess_{number}") for number in range(1000)]
    assert 200 < got.count(canary) < 300
    assert got.count(one) == 1000 - got.count(canary)

    assert (await house.edit("two")).outcome is Outcome.SERVED
    assert (house.says(), house.served.canary, house.served.kept) == ("Help as two.", None, [one])
    two = house.served.current
    assert (await house.edit("three", more="canary: 0.5")).outcome is Outcome.CANARY
    assert (await house.edit("two")).outcome is Outcome.SERVED
    assert (house.served.current, house.served.canary) == (two, None)


async def test_the_first_version_of_a_team_is_no_canary(tmp_path: Path) -> None:
    """There is none that could have the other calls; it is none when it is read again either."""
    house = serve(tmp_path, more="canary: 10%")
    assert (house.served.canary, house.says()) == (None, "Help as one.")

    assert (await house.edit("one", more="canary: 10%", anew=True)).outcome is Outcome.SERVED
    assert house.served.canary is None
    assert (await house.edit("two", more="canary: 10%")).outcome is Outcome.CANARY


async def test_after_rolling_back_the_next_edit_counts(tmp_path: Path) -> None:
    """Not what is in the files already."""
    house = serve(tmp_path)
    one = house.served.current
    await house.edit("two")
    house.teams.roll_back(house.served, one)

    assert (await house.edit("two")).outcome is Outcome.UNCHANGED
    assert (house.served.current, house.edits.look()) == (one, {})
    assert (await house.edit("three")).outcome is Outcome.SERVED
    assert house.served.kept[0] is one


async def test_a_team_may_get_another_name(tmp_path: Path) -> None:
    """Not that of one from another file."""
    house = serve(tmp_path, folders=(tmp_path,))
    write(tmp_path, "two", name="clinic", file="clinic.yaml")
    assert (await house.edits.reload(tmp_path / "clinic.yaml", anew=False)).outcome is Outcome.SERVED
    write(tmp_path, "three", name="shop", file="clinic.yaml")
    (problem,) = (await house.edits.reload(tmp_path / "clinic.yaml", anew=False)).problems
    assert problem.what == f"the team of {house.path} has the name 'shop' too"
    write(tmp_path, "four", name="hotel", file="clinic.yaml")
    assert (await house.edits.reload(tmp_path / "clinic.yaml", anew=False)).outcome is Outcome.SERVED

    assert sorted(served.name for served in house.teams) == ["hotel", "shop"]
    assert (house.edits.find("hotel") is not None, house.edits.find("clinic")) == (True, None)


async def test_files_come_into_a_served_folder_and_go(tmp_path: Path) -> None:
    """The last team stays, and so does one whose file was named by itself."""
    house = serve(tmp_path, folders=(tmp_path,))
    other = tmp_path / "clinic.yaml"
    other.write_text("team: clinic\nagents: [", encoding="utf-8")
    assert set(house.edits.look()) == {other}
    assert (await house.edits.reload(other, anew=False)).outcome is Outcome.REFUSED
    assert (house.edits.look(), house.edits.find("clinic") is not None) == ({}, True)
    write(tmp_path, "two", name="clinic", file="clinic.yaml")
    await house.edits.reload(other, anew=False)
    assert len(house.teams) == 2

    other.unlink()
    assert (await house.edits.reload(other, anew=False)).outcome is Outcome.REMOVED
    assert ([served.name for served in house.teams], house.edits.find("clinic")) == (["shop"], None)
    house.path.unlink()
    (problem,) = (await house.edits.reload(house.path, anew=False)).problems
    assert problem.what == "is gone, and is the only team"
    house.edits._folders = ()
    (problem,) = (await house.edits.reload(house.path, anew=False)).problems
    assert problem.what == "cannot be read: No such file or directory"
    assert house.says() == "Help as one."


async def test_a_file_that_changes_is_read_again_by_itself(tmp_path: Path) -> None:
    """Also one that a tool imports, and one that was missing."""
    house = serve(tmp_path)
    async with running(house):
        (tmp_path / "front.md").write_text("Edited.", encoding="utf-8")
        await until(lambda: house.says() == "Edited.")
        (tmp_path / "front.md").rename(tmp_path / "moved.md")
        await until(lambda: house.file.problems != ())
        (tmp_path / "front.md").write_text("Back.", encoding="utf-8")
        await until(lambda: house.says() == "Back.")
        back = house.served.current
        (tmp_path / "late.py").write_text("NAME = 'edited'\n", encoding="utf-8")
        await until(lambda: house.served.current is not back)

    assert await told(house.served.current) == "edited"


async def test_everything_is_read_again_when_somebody_says_so(tmp_path: Path) -> None:
    """Changed or not; a bug in one of them keeps nobody from the next one."""
    house = serve(tmp_path)
    one, load, failed = house.served.current, house.edits._load, threading.Event()

    def fail(*_: object) -> Version:
        failed.set()
        raise ArithmeticError

    async with running(house):
        house.edits._load = fail
        house.edits.everything()
        await until(failed.is_set)
        house.edits._load = load
        house.edits.everything()
        await until(lambda: house.served.current is not one)

    assert house.served.current.hash == one.hash


async def test_no_file_is_looked_at_beside_the_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is done: the disk may be slow, and the event loop carries audio."""
    house, looking = serve(tmp_path, folders=(tmp_path,)), set[threading.Thread]()
    real: dict[str, Callable[..., Any]] = {name: getattr(Path, name) for name in ("stat", "open", "glob")}

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        def look(*given: Any, **how: Any) -> Any:
            looking.add(threading.current_thread())
            return function(*given, **how)

        return look

    other = tmp_path / "clinic.yaml"
    for name, function in real.items():
        monkeypatch.setattr(Path, name, noted(function))
    one = house.served.current
    async with running(house):
        house.edits.everything()
        await until(lambda: house.served.current is not one)
        with ThreadPoolExecutor() as elsewhere:  # who edits
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(elsewhere, write, tmp_path, "two")
            await until(lambda: house.says() == "Help as two.")
            await loop.run_in_executor(elsewhere, partial(write, tmp_path, "two", name="clinic", file="clinic.yaml"))
            await until(lambda: house.teams.find("clinic") is not None)
            await loop.run_in_executor(elsewhere, other.unlink)
            await until(lambda: house.teams.find("clinic") is None)
            await loop.run_in_executor(elsewhere, partial(house.path.write_text, "team: [", encoding="utf-8"))
            await until(lambda: house.file.problems)

    assert looking
    assert threading.main_thread() not in looking


async def test_a_disk_that_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was edited is still noticed when it answers again."""
    house, go = serve(tmp_path), threading.Event()
    with monkeypatch.context() as hanging:
        hanging.setattr(edits_module, "LOAD_SECONDS", 0.05)
        hanging.setattr(TeamFile, "same", lambda _: go.wait(PATIENCE))
        refused = await house.edit("two")
    go.set()

    assert refused.problems[0].what == "was not loaded within 0.05 seconds"
    assert set(house.edits.look()) == {house.path}
    assert (await house.edits.reload(house.path, anew=False)).outcome is Outcome.SERVED


async def test_a_folder_that_hangs_keeps_no_team_from_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those in it that are known are read all the same."""
    house, go, read = serve(tmp_path, folders=(tmp_path,)), threading.Event(), threading.Event()
    monkeypatch.setattr(edits_module, "LOAD_SECONDS", 0.05)
    monkeypatch.setattr(edits_module, "teams_in", lambda _: go.wait(PATIENCE) and [])
    house.edits._load = lambda _, __: read.set()  # type: ignore[assignment, return-value]
    with capture_logs() as logs:
        async with running(house):
            house.edits.everything()
            await until(lambda: any(log["event"] == "folders of teams not looked at" for log in logs))
        go.set()

    assert read.is_set()


def left() -> tuple[int, int, int, int]:
    """Count what there is: objects, modules, loggers, threads."""
    gc.collect()
    gc.collect()
    return len(gc.get_objects()), len(sys.modules), len(logging.root.manager.loggerDict), threading.active_count()


async def test_a_thousand_edits_under_load_leave_nothing_behind(tmp_path: Path) -> None:
    """No modules, versions, tasks or objects, while calls open and close; and each of them takes as long as the first.

    A call that was there before them all ends on its version.
    """
    house = serve(tmp_path)
    calls = Calls(teams=house.teams, settings=Settings(max_calls=1000))
    open_calls: set[asyncio.Task[None]] = set()

    async def call() -> None:
        with calls.open("sess_") as one:
            version = one.version
            await asyncio.sleep(0.02)
            assert one.version is version

    async def edit(numbers: range) -> float:
        began = time.process_time()
        for number in numbers:
            assert (await house.edit(f"{number}")).outcome is Outcome.SERVED
            task = asyncio.create_task(call())  # noqa: TID251
            open_calls.add(task)
            task.add_done_callback(open_calls.discard)
        await asyncio.gather(*open_calls)
        return time.process_time() - began

    with capture_logs(), calls.open("sess_") as first:
        old = weakref.ref(first.version)
        warm = await edit(range(100))
        before, tasks = left(), len(asyncio.all_tasks())
        last = sum([await edit(range(100 * hundred, 100 * (hundred + 1))) for hundred in range(1, 10)])
        after = left()
        said = await told(first.version)

    del first
    gc.collect()
    assert (said, old()) == ("one", None)
    assert len(house.served.versions) == MOST_KEPT + 1
    assert (after[1:], len(asyncio.all_tasks())) == (before[1:], tasks)
    assert abs(after[0] - before[0]) < 200  # of some 80,000
    assert last / 9 < 3 * warm
