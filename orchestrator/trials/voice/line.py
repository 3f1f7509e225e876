"""A line by voice, in real time: a server in this process, and a caller who speaks to its public endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress

from orchestrator.core.events import Ending
from orchestrator.core.state import State
from orchestrator.errors import OrchestratorError
from orchestrator.gateway.phone.keypad import Keypad
from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.providers.port import Provider
from orchestrator.server.app import create_app
from orchestrator.server.serve import Deployment, running
from orchestrator.settings import Settings
from orchestrator.team.trials import Keys, Line, Silence
from orchestrator.team.trials.cases import Case
from orchestrator.terminal.connection import open_connection
from orchestrator.tools.hooks import Hooks
from orchestrator.trials.cast import Cast
from orchestrator.trials.mocks import Stage
from orchestrator.trials.present import Present
from orchestrator.trials.scripted import ScriptedModels
from orchestrator.trials.voice.caller import STEP, Expects, VoiceCaller
from orchestrator.trials.voice.sounding import sound
from orchestrator.trials.voice.visitor import Visitor
from orchestrator.trials.waiting import waits_for
from orchestrator.trials.witness import Seen, Witness, Words

QUIET = 0.5  # seconds in which nothing more comes
OPENS = 30.0  # seconds in which a call begins
GOODBYE = 5.0  # seconds until a call has ended of which the caller has hung up


class VoiceLine:
    """The call of one test, on the loop that runs."""

    def __init__(self, cast: Cast, case: Case, seed: str) -> None:
        trial = case.trial
        # What is seen of it.
        self.witness = Witness(cast.team, trial.given.now.date())
        # Its tools. Its models are real.
        self.stage = Stage(trial.given, nullcontext)
        self.scripted: ScriptedModels | None = None
        # Who runs models.
        self.providers: dict[str, Provider] = cast.live(trial.given.now.date())
        # What the caller says, in the order of the test.
        self._case = case
        self._sounds = {turn.caller: sound(turn.caller, case.recording) for turn in trial.talk}
        # What is served, and by which settings.
        self._settings = Settings(
            host="127.0.0.1", port=0, api_keys=(), records="none", drain=0.0, max_lag=60.0, root_path="", workers=1
        )
        self._served = self._deployment(cast)
        # The call on the server's side, and its caller.
        self._visitor = Visitor(cast.team, trial.given, self._served.app.state.calls, self.witness)
        self._served.app.state.calls.watching.visiting = self._visitor.begin
        self._seed = seed
        self._caller: VoiceCaller | None = None

    def _deployment(self, cast: Cast) -> Deployment:
        """Return the team of the test, as it is served; nobody is told of its calls when they have ended."""
        given = self._case.trial.given
        team = cast.team.model_copy(update={"start": given.agent or cast.team.start, "after_call": None})
        before, models = cast.hooks.before, cast.models(scripted=False)
        version = Version(
            team=team,
            tools=self.stage.tools(cast.tools),
            hooks=Hooks(self.stage.tool(before) if before is not None and self.stage.knows(before.name) else None),
            providers=self.providers,
            models=models,
            memory=self._settings.call_memory,
        )
        teams = Teams([version])
        return Deployment(teams, create_app(teams=teams, settings=self._settings, people=Present(given.away)))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Hold the call while the block lasts; then the caller hangs up. The server is closed whatever happens."""
        async with running(self._served, self._settings) as url:
            socket = await open_connection(f"{url}/v1/realtime", None)
            async with socket, asyncio.TaskGroup() as group:
                self._caller = caller = VoiceCaller(socket, self._seed)
                tasks = [group.create_task(one, name="caller") for one in (caller.read(), caller.send_audio())]
                try:
                    await caller.ask()
                    await self._begun()
                    yield
                    await caller.hang_up()
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._served.app.state.calls.emptied.wait(), GOODBYE)
                finally:
                    for task in tasks:
                        task.cancel()

    async def _begun(self) -> None:
        """Wait until the call is there; raises `OrchestratorError` if it could not begin."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._on.begun.wait(), OPENS)
        if self._visitor.fault or self._visitor.call is None:
            raise OrchestratorError(self._visitor.fault or "the server has not opened the call")

    @property
    def _on(self) -> VoiceCaller:
        assert self._caller is not None  # the line is open
        return self._caller

    # --- what is seen of it ---

    @property
    def marks(self) -> tuple[int, int]:
        """How many facts are known, and how much was said."""
        return len(self.witness.facts), len(self._on.hearing.utterances)

    def masked(self, text: str) -> str:
        """Return a text without the values of secret variables."""
        return self._visitor.call.masked(text) if self._visitor.call is not None else text

    def seen(self, marks: tuple[int, int] = (0, 0)) -> Seen:
        """Return what happened since then."""
        heard = [Words(agent=one.agent, text=one.text) for one in self._on.hearing.utterances.values()]
        return self.witness.seen(self._state, heard, facts=marks[0], words=marks[1])

    @property
    def _state(self) -> State:
        assert self._visitor.call is not None  # the line is open
        return self._visitor.call.state

    @property
    def ending(self) -> Ending | None:
        """How the call has ended; None while it goes on."""
        return self._visitor.ending

    @property
    def waits_for(self) -> str:
        """What keeps the team from having nothing more to say; "" when nothing does."""
        if self._caller is None or self._visitor.call is None or self.ending is not None:
            return ""
        return waits_for(self._state) or ("" if self._on.expects is Expects.NOTHING else self._on.expects.value)

    # --- what the caller does ---

    async def do(self, line: Line) -> None:
        """Do what the caller does in a turn."""
        match line:
            case Keys(keys=keys):
                await self._press(keys)
            case Silence(silence=seconds):
                await self._on.wait(seconds)
            case _:
                sounds = self._sounds.get(line)
                if sounds is None:  # a language model has found the words just now
                    sounds = await asyncio.to_thread(sound, line, self._case.recording)
                await self._on.say(*sounds)

    async def _press(self, keys: str) -> None:
        """Press keys: a program beside the line tells of them in words, as a telephone does."""
        told: asyncio.Queue[str] = asyncio.Queue()
        pad = Keypad(told.put_nowait)
        for key in keys:
            pad.pressed(key)
        await self._on.type(await told.get())

    async def listen(self) -> None:
        """Hear all that the team has to say."""
        quiet = 0.0
        while quiet < QUIET and not self._on.over.is_set():
            await self._on.wait(STEP)
            quiet = 0.0 if self.waits_for or self._on.unheard else quiet + STEP

    async def cut_in(self, after: float) -> str:
        """Wait until the team's last answer was heard for so long; return why that cannot be, "" when it can.

        What the caller says next interrupts it, as soon as the service hears that somebody speaks.
        """
        state, hearing = self._state, self._on.hearing
        while not self._on.over.is_set():
            goes_on = state.route.handoff is not None or any(one.of_team for one in state.functions.open.values())
            begins = None if goes_on or self._on.expects is not Expects.NOTHING else hearing.answer_begins
            if begins is not None and self._on.unheard and self._on.now >= begins + after:
                return ""
            if not self.waits_for and not self._on.unheard:
                break
            await self._on.wait(STEP)
        if hearing.answer_begins is None:
            return "there was no answer to interrupt"
        return f"the answer was over after {hearing.quiet_at - hearing.answer_begins:.2f} seconds"
