"""A provider, its sessions and a caller, in process: what a running call stands between."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from orchestrator.core.away.events import Reach
from orchestrator.core.effects import Dial, TellWords
from orchestrator.core.events import CallerAsked, CallerSettings, Ending
from orchestrator.core.memory.shared import FIRST
from orchestrator.core.state import MEMORY
from orchestrator.observe.watch import NOBODY, Lookers
from orchestrator.people.desk import Desk
from orchestrator.providers.choosing import Choice
from orchestrator.providers.port import Take
from orchestrator.runner import Party, Place, RunningCall
from orchestrator.runner.backends import Backends
from orchestrator.team import Team
from orchestrator.tools import Tool
from orchestrator.tools.mcp.sources import NO_SOURCES, Sources
from tests.core.scene import team
from tests.patience import PATIENCE

TEAM = team("team: t\nlimits: {tool: 5}\nagents: {front: {instructions: Hi}}\n")


class QuietSession:
    """A session that confirms its configuration, says what it is fed, and remembers what it is sent."""

    max_age = None

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.frames: asyncio.Queue[str | Exception] = asyncio.Queue()
        self.frames.put_nowait('{"type":"session.created"}')
        self.closed = False
        self.news = asyncio.Event()

    def send(self, frame: str) -> None:
        self.sent.append(frame)
        self.news.set()
        if "session.update" in frame:
            self.frames.put_nowait('{"type":"session.updated"}')

    async def read(self, take: Take) -> None:
        enough = False
        while not enough:
            frame = await self.frames.get()
            if isinstance(frame, Exception):
                raise frame
            enough = take(frame)

    async def was_sent(self, part: str) -> None:
        """Wait until a frame with these words was sent."""
        async with asyncio.timeout(PATIENCE):
            while not any(part in frame for frame in self.sent):
                self.news.clear()
                await self.news.wait()

    async def close(self) -> None:
        self.closed = True


class Provider:
    """Opens quiet sessions, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.sessions: list[QuietSession] = []
        self.opened = asyncio.Event()

    async def open(self, model: str) -> QuietSession:
        if self.error is not None:
            raise self.error
        self.sessions.append(QuietSession())
        self.opened.set()
        return self.sessions[-1]

    async def open_text(self, model: str) -> QuietSession:
        return await self.open(model)


class Ear:
    """A caller that remembers what it is told; may break."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.told: list[tuple[str, Any]] = []
        self.ended: tuple[Ending, str] | None = None
        self.changed = asyncio.Event()

    def _note(self, kind: str, value: Any) -> None:
        if self.broken:
            raise RuntimeError("a mistake of ours")
        self.told.append((kind, value))
        self.changed.set()

    def play(self, item_id: str, frame: str) -> None:
        self._note("play", frame)

    def start_hold(self, response_id: str, item_id: str) -> None:
        self._note("hold", "begins")

    def play_hold(self, response_id: str, item_id: str, ms: int) -> None:
        self._note("hold", str(ms))

    def press_keys(self, response_id: str, item_id: str, keys: str) -> None:
        self._note("keys", keys)

    def stop_playback(self, *, told: bool = False) -> None:
        self._note("stop", None)

    def tell_words(self, words: TellWords) -> None:
        self._note("words", words.text)

    def tell(self, payload: Mapping[str, Any]) -> None:
        self._note("tell", payload["type"])

    def end_response(self, response_id: str, status: str) -> None:
        self._note("end_response", status)

    def refuse(self, code: str, message: str, param: str | None, event_id: str | None, kind: str = "") -> None:
        self._note("refuse", code)

    def announce(self, name: str, fields: Mapping[str, Any]) -> None:
        if name == "call.started":
            return
        self._note("announce", name)

    @property
    def reach(self) -> Reach:
        return Reach.NOBODY

    def dial(self, effect: Dial) -> None:
        self._note("dial", effect.address)

    def end(self, ending: Ending, reason: str) -> None:
        self.ended = (ending, reason)


def call(
    provider: Provider,
    ear: Ear,
    *tools: Tool,
    of: Team = TEAM,
    memory: int = MEMORY,
    place: Place | None = None,
    lookers: Lookers = NOBODY,
    sources: Sources = NO_SOURCES,
) -> RunningCall:
    models = {name: (Choice("p", "m", "test"),) for name in of.agents}
    return RunningCall(
        place=place or Party("call_1", of).place("call_1", FIRST, of.start),
        team=of,
        tools=dict.fromkeys(of.agents, tools),
        backends=Backends({"p": provider}, models, Desk()),
        caller=ear,
        memory=memory,
        lookers=lookers,
        sources=sources,
    )


async def started(running: RunningCall, provider: Provider) -> tuple[asyncio.Task[None], QuietSession]:
    """Run a call until its first session is configured and used."""
    task = asyncio.ensure_future(running.run(CallerSettings, {}))
    running.feed(CallerAsked())
    await asyncio.wait_for(provider.opened.wait(), PATIENCE)
    await provider.sessions[0].was_sent("response.create")
    return task, provider.sessions[0]
