"""Takes what is edited into service: new calls get the new version of a team, running calls end on theirs.

The files are read, checked and loaded aside, in a thread. With an error the version before stays, and the error is told
in the log and to whoever asks. One edit is loaded at a time, for at most `LOAD_SECONDS`: code of a tool file that hangs
keeps its thread, and the next edit is loaded all the same. Whatever asks the disk does it in a thread, since a network
mount that hangs must not stop the calls.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

import structlog

from orchestrator.errors import OrchestratorError, Problem, TeamError
from orchestrator.gateway.teams.clashes import clashes
from orchestrator.gateway.teams.teams import Served, Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.server.edits.team_file import TeamFile
from orchestrator.server.edits.tidying import Tidying
from orchestrator.server.edits.watch import Changed, Stamps, Watch
from orchestrator.server.team_files import teams_in
from orchestrator.threads import Hanging, Threads
from orchestrator.tools.sources import Sources, stamp_of

LOAD_SECONDS = 120.0
MOST_LOADS = 4  # that hang at a time, before a further one has to wait
MOST_TOLD = 20  # errors of one edit in the log
TURN = 0.001  # seconds that a thread may compute while the event loop wants to
SHORT = 12  # digits of a hash that are shown
Load: TypeAlias = Callable[[Path, Sources], Version]
Prepare: TypeAlias = Callable[[Version], Awaitable[None]]
Found = TypeVar("Found")
log = structlog.get_logger("orchestrator")


class Outcome(Enum):
    """What has become of an edit."""

    SERVED = "served"
    CANARY = "canary"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What has become of a team file that was read again."""

    outcome: Outcome
    version: Version | None = None
    problems: tuple[Problem, ...] = ()


class NotSeen(TeamError):
    """The files of a team cannot be looked at now: they are looked at again."""


class Edits:
    """The files behind the teams that a server serves."""

    def __init__(self, teams: Teams, load: Load, prepare: Prepare, *, folders: Iterable[Path] = ()) -> None:
        # What is served.
        self._teams = teams
        # Loads a version, in a thread; then makes it ready for its first call.
        self._load, self._prepare = load, prepare
        # Each team file by its path; the folders in which others may appear.
        self._files: dict[Path, TeamFile] = {}
        self._folders = tuple(folders)
        # Frees the versions of the start.
        self._tidying = Tidying()
        # One edit is loaded at a time, in threads that do not keep the process from stopping; others look at files.
        self._lock, self._threads, self._looking = asyncio.Lock(), Threads(MOST_LOADS), Threads(MOST_LOADS)
        # Team files that are to be read again, if they still look like that; set when there is one.
        self._changed: dict[Path, Stamps] = {}
        self._wake = asyncio.Event()
        # All are to be read again, whatever they look like.
        self._everything = False

    def began(self, path: Path, version: Version, sources: Sources) -> None:
        """Note what a team was read from that is served from the start, before there are calls."""
        file = self._files[path] = TeamFile(path)
        file.accept(version.name, version.hash, version.team.folder, sources, file.stamps_of(sources))
        self._tidying.begin(version)

    @property
    def files(self) -> list[TeamFile]:
        """The team files."""
        return list(self._files.values())

    def find(self, name: str) -> TeamFile | None:
        """Return the file of a team; one that is in no state to be served is found by the name of the file."""
        named = {file.name or file.path.stem: file for file in self.files}
        return named.get(name)

    # --- noticing ---

    def look(self) -> Changed:
        """Return the team files that do not look as they did when they were read; called in a thread."""
        changed = {file.path: now for file in self.files if (now := file.look()) is not None}
        return {**changed, **{path: {path: stamp_of(path)} for path in self._appeared()}}

    def _appeared(self) -> list[Path]:
        """Return the team files in the folders that are not known yet; called in a thread."""
        return [path for folder in self._folders for path in teams_in(folder) if path not in self._files]

    async def run(self, idle: asyncio.Event, *, watch: bool) -> None:
        """Take edits into service until cancelled; `idle` is set while no call is open.

        `watch`: files are read again as soon as they have changed, not only when somebody says so.
        """
        loop = asyncio.get_running_loop()
        watching = Watch(self.look, lambda changed: _from_thread(loop, self._note, changed))
        if watch:
            watching.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._take_changes(), name="edits")
                group.create_task(self._tidying.run(idle), name="tidying")
        finally:
            watching.stop()

    def _note(self, changed: Changed) -> None:
        self._changed.update(changed)
        self._wake.set()

    def everything(self) -> None:
        """Read all files again, whether they have changed or not (SIGHUP); returns at once."""
        self._everything = True
        self._wake.set()

    async def _take_changes(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._everything:
                self._everything = False
                self._changed.update({file.path: {} for file in self.files})
                await self._take()
                self._changed.update({path: {} for path in await self._new_ones()})
            await self._take()

    async def _take(self) -> None:
        while self._changed:
            path, stamps = self._changed.popitem()
            try:
                if not stamps or not await self._was_read(path):
                    await self.reload(path, anew=not stamps)
            except Exception:  # a bug must not keep the next edit from being taken
                log.exception("an edit could not be taken", file=str(path))

    async def _new_ones(self) -> list[Path]:
        """Return the team files that are not known yet; none if their folders cannot be looked at."""
        try:
            return await self._aside("the folders of teams", self._appeared)
        except (TeamError, OSError) as error:
            log.warning("folders of teams not looked at", reason=str(error))
            return []

    async def _was_read(self, path: Path) -> bool:
        """Return whether a file that had changed was read meanwhile."""
        file = self._files.get(path)
        return file is not None and await self._aside(str(path), file.look) is None

    # --- reading again ---

    async def reload(self, path: Path, *, anew: bool, share: float | None = None) -> Reloaded:
        """Read a team file again and serve what it says.

        `anew`: also if nothing has changed, as code may read more than the files that are known. `share` of the calls
        get it, whatever the file says.
        """
        async with self._lock:
            file = self._files.get(path)
            if file is None:
                file = self._files[path] = TeamFile(path)
            where, sources = str(path), Sources()
            try:
                if await self._aside(where, partial(self._is_gone, file)):
                    return await self._remove(file)
                if not anew and file.hash and not file.problems and await self._aside(where, file.same):
                    stamps = await self._aside(where, file.look)
                    file.seen(file.stamps if stamps is None else stamps)
                    return Reloaded(Outcome.UNCHANGED)
                version = await self._loaded(file, sources)
                stamps = await self._aside(where, partial(file.stamps_of, sources))
            except NotSeen as error:
                return self._refuse(file, error.problems, sources, file.stamps)
            except TeamError as error:
                return await self._look_and_refuse(file, error.problems, sources)
            return self._serve(file, version, sources, stamps, anew=anew, share=share)

    async def _aside(self, where: str, work: Callable[[], Found]) -> Found:
        """Look at files in a thread; raises `NotSeen` if that takes too long."""
        try:
            async with _in_time(where):
                found: Found = await self._looking.run(work, "edit")
        except TeamError as error:
            raise NotSeen(error.problems) from None
        return found

    async def _loaded(self, file: TeamFile, sources: Sources) -> Version:
        """Load a version aside; raises `TeamError` with whatever keeps it from being served."""
        where = str(file.path)
        try:
            async with _in_time(where):
                with _short_turns():
                    version: Version = await self._threads.run(partial(self._load, file.path, sources), "edit")
                await self._prepare(version)
        except TeamError:
            raise
        except OrchestratorError as error:  # its models cannot be loaded
            raise TeamError([Problem(where, str(error).rstrip("."))]) from None
        if found := self.clashes(version, file.name):
            raise TeamError(found)
        return version

    def clashes(self, version: Version, name: str) -> list[Problem]:
        """Return what keeps a version of the team of this name from being served beside the other teams."""
        others = [served for served in self._teams if served.name != name]
        running = [one for served in others for one in (served.current, served.canary) if one is not None]
        return list(dict.fromkeys(clashes(version, running)))

    def _serve(
        self, file: TeamFile, version: Version, sources: Sources, stamps: Stamps, *, anew: bool, share: float | None
    ) -> Reloaded:
        before, renamed = file.hash, file.name not in ("", version.name)
        if renamed:
            self._teams.remove(file.name)
        file.accept(version.name, version.hash, version.team.folder, sources, stamps)
        if version.hash == before and not anew:
            return Reloaded(Outcome.UNCHANGED)
        served = self._teams.find(version.name)
        share = version.team.canary if share is None else share
        if served is None or served.current.hash == version.hash:
            share = None  # there is nothing else that the other calls could get
        if served is not None and served.current.hash == version.hash and not anew:
            self._teams.roll_back(served, served.current)  # a canary was taken back
            version = served.current
        else:
            self._teams.put(version, share)
        outcome = Outcome.SERVED if share is None else Outcome.CANARY
        said = {"team": version.name, "version": version.hash[:SHORT], "file": str(file.path)}
        log.info("team edited", **said, **({"share": share} if outcome is Outcome.CANARY else {}))
        for warning in version.warnings:
            log.warning("team edited, with a warning", team=version.name, warning=str(warning))
        return Reloaded(outcome, version)

    async def _look_and_refuse(self, file: TeamFile, problems: Iterable[Problem], sources: Sources) -> Reloaded:
        try:
            stamps = await self._aside(str(file.path), partial(file.stamps_with_folders, sources))
        except NotSeen:
            stamps = file.stamps
        return self._refuse(file, problems, sources, stamps)

    def _refuse(self, file: TeamFile, problems: Iterable[Problem], sources: Sources, stamps: Stamps) -> Reloaded:
        found = tuple(problems)
        told = file.problems
        file.refuse(found, time.time(), sources, stamps)
        if found != told:  # else a file beside it has changed, and the errors are the same
            for problem in found[:MOST_TOLD]:
                log.error("edit refused", team=file.name or file.path.stem, problem=str(problem))
            served = self._teams.find(file.name)
            if served is not None:
                stays = served.current.hash[:SHORT]
                log.error("the version before stays", team=file.name, version=stays, errors=len(found))
        return Reloaded(Outcome.REFUSED, problems=found)

    def _is_gone(self, file: TeamFile) -> bool:
        """Whether the file was taken out of a folder that is served; one that was named by itself is missed.

        Called in a thread.
        """
        return file.path.parent in self._folders and not file.path.exists()

    async def _remove(self, file: TeamFile) -> Reloaded:
        if file.name and len(self._teams) == 1:
            problem = Problem(str(file.path), "is gone, and is the only team", "Stop the server, or put a team there.")
            return await self._look_and_refuse(file, [problem], Sources())
        del self._files[file.path]
        if file.name:
            self._teams.remove(file.name)
            log.info("team removed", team=file.name, file=str(file.path))
        return Reloaded(Outcome.REMOVED)


def versions_of(served: Served) -> Mapping[str, list[Version]]:
    """Return the versions of a team by what they are: the current one, a canary, those that are kept."""
    canary = [served.canary] if served.canary is not None else []
    return {"current": [served.current], "canary": canary, "kept": served.kept}


@asynccontextmanager
async def _in_time(where: str) -> AsyncIterator[None]:
    """Bound what is done with the files of a team; raises `TeamError`."""
    try:
        async with asyncio.timeout(LOAD_SECONDS):
            yield
    except TimeoutError:
        what = f"was not loaded within {LOAD_SECONDS:g} seconds"
        remedy = "Let its tool files do less when they are imported, and see whether its disk answers."
        raise TeamError([Problem(where, what, remedy)]) from None
    except Hanging:
        what = f"{MOST_LOADS} edits before have not been loaded yet"
        raise TeamError([Problem(where, what, "See what its tool files, or its disk, wait for.")]) from None


@contextmanager
def _short_turns() -> Iterator[None]:
    """Let threads take shorter turns during the block: calls would wait 5 ms for each event, now they wait 1 ms."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _from_thread(loop: asyncio.AbstractEventLoop, call: Callable[[Changed], None], changed: Changed) -> None:
    try:
        loop.call_soon_threadsafe(call, changed)
    except RuntimeError:  # the event loop has closed
        return
