"""A line by text, in simulated time: its caller types and presses keys, and hears the team at the pace of speech.

By text, what a spoken call has is judged so: `first_audio` and `handoff.within` are times of the call, in which models
take none, and tools what their mocks say; `voice` is what the agent's session is configured with. Turn detection hears
nothing here: neither its pauses nor its `idle_timeout_ms` are tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from orchestrator.core.away.events import OutsideEnded, Status
from orchestrator.core.effects import Announce, Dial, Effect
from orchestrator.core.events import CallerAsked, CallerLeft, CallerPressed, CallerSettings, CallerTyped, Ending, Event
from orchestrator.core.memory.shared import FIRST
from orchestrator.core.people.events import PersonDecided
from orchestrator.errors import OrchestratorError
from orchestrator.gateway.phone.keypad import Keypad
from orchestrator.observe.watch import Lookers
from orchestrator.protocol.ids import make_id
from orchestrator.runner import Party, RunningCall
from orchestrator.runner.backends import Backends
from orchestrator.team.trials import Keys, Line, Recorded, Silence, Spoken, Trial
from orchestrator.trials.cast import SCRIPTED, Cast
from orchestrator.trials.ear import Ear
from orchestrator.trials.mocks import Stage
from orchestrator.trials.present import Present
from orchestrator.trials.scripted import ScriptedModels
from orchestrator.trials.simulated_time import SimulatedLoop
from orchestrator.trials.spoken_text import FORMAT, SpokenText
from orchestrator.trials.waiting import waits_for
from orchestrator.trials.witness import Seen, Witness, Words

AUDIO = {"input": {"format": {"type": FORMAT}}, "output": {"format": {"type": FORMAT}}}
SETTINGS = CallerSettings(session={"audio": AUDIO})
INSTANT = 1e-6  # seconds; timers that are due within such a time ring at once, and the clock stands still


class TextLine:
    """The call of one test; it is made in a simulated event loop."""

    def __init__(self, cast: Cast, trial: Trial, seed: str) -> None:
        # What it runs on, and the clock.
        self._cast, self._loop = cast, simulated()
        # What is seen of it, and heard.
        self.witness = Witness(cast.team, trial.given.now.date())
        self._ear = Ear(self._loop.time, self._feed)
        # Its tools, and its models if the test says what they do.
        self.stage = Stage(trial.given, self._loop.outside)
        self.scripted = ScriptedModels() if trial.scripted else None
        # Set when something has happened.
        self._stirred = asyncio.Event()
        # Who runs models.
        self.providers = cast.providers(trial.given.now.date(), self._loop)
        # Who does not come, or answer; who is at the desk.
        self._away, self._present = trial.given.away, Present(trial.given.away)
        # The call.
        self._running = self._made(trial, seed)

    def _made(self, trial: Trial, seed: str) -> RunningCall:
        team, given, call_id = self._cast.team, trial.given, make_id("sess_")
        party = Party(call_id, team)
        for name, value in given.variables.items():
            declared = team.variables.get(name)
            if fault := party.shared.variables.set(name, value, declared.set_by if declared else None):
                raise OrchestratorError(f"given.variables: {fault}.")
        if self.scripted is not None:
            self.providers[SCRIPTED] = SpokenText(self.scripted)
            self._present = self.scripted.present(trial.given.away)
        models = self._cast.models(scripted=self.scripted is not None)
        before = self._cast.hooks.before
        return RunningCall(
            place=party.place(call_id, FIRST, given.agent or team.start),
            team=team,
            tools=self.stage.tools(self._cast.tools),
            backends=Backends(self.providers, models, self._present),
            caller=self._ear,
            before=self.stage.tool(before) if before is not None and self.stage.knows(before.name) else None,
            seed=seed,
            lookers=Lookers((self.witness.take,), (self.witness, self)),
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Hold the call while the block lasts; then the caller hangs up."""
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self._running.run(lambda: SETTINGS, {}), name="call")
            running.add_done_callback(lambda _: self._stirred.set())
            self._feed(CallerAsked())  # as a caller who has dialled, they expect to be greeted
            yield
            self._feed(CallerLeft("hang-up"))

    # --- what is seen of it ---

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Look again whether the team has nothing more to say; agree to whatever a person at the desk is asked.

        Somebody outside answers, and has talked at once, unless the test says that they are away.
        """
        self._stirred.set()
        for effect in effects:
            if isinstance(effect, Announce) and effect.name == "approval.requested":
                self._feed(PersonDecided(str(effect.fields["id"]), approve=True))
            elif isinstance(effect, Dial) and effect.agent in self._away:
                self._feed(OutsideEnded(Status.NO_ANSWER))
                self._feed(CallerAsked())  # they are back
            elif isinstance(effect, Dial):
                self._feed(OutsideEnded(Status.COMPLETED))

    def _feed(self, event: Event) -> None:
        self._running.feed(event)

    @property
    def marks(self) -> tuple[int, int]:
        """How many facts are known, and how much was said."""
        return len(self.witness.facts), len(self._ear.utterances)

    def masked(self, text: str) -> str:
        """Return a text without the values of secret variables."""
        return self._running.masked(text)

    def seen(self, marks: tuple[int, int] = (0, 0)) -> Seen:
        """Return what happened since then."""
        heard = [Words(agent=one.agent, text=one.text) for one in self._ear.utterances.values()]
        return self.witness.seen(self._running.state, heard, facts=marks[0], words=marks[1])

    @property
    def ending(self) -> Ending | None:
        """How the call has ended; None while it goes on."""
        return self._ear.ending

    @property
    def waits_for(self) -> str:
        """What keeps the team from having nothing more to say; "" when nothing does."""
        return "" if self.ending is not None else waits_for(self._running.state) or self._present.waits_for

    # --- what the caller does ---

    async def do(self, line: Line) -> None:
        """Do what the caller does in a turn."""
        match line:
            case Spoken(say=words) | Recorded(say=words):
                self.type(words)
            case Keys(keys=keys):
                await self._press(keys)
            case Silence(silence=seconds):
                await self._pass(seconds)

    def type(self, words: str, *, patient: bool = False) -> None:
        """Say something, and expect an answer; `patient`: as keys do, which wait for their turn."""
        content = [{"type": "input_text", "text": words}]
        self._feed(CallerTyped({"id": make_id("item_"), "type": "message", "role": "user", "content": content}))
        self._feed(CallerAsked(patient=patient))

    async def _press(self, keys: str) -> None:
        """Press keys as on a telephone, whose keypad tells of them when no more come."""
        told = asyncio.Event()

        def say(text: str) -> None:
            self.type(text, patient=True)
            told.set()

        pad = Keypad(say)
        for key in keys:
            if self._unheard > 0:
                self._feed(CallerPressed())
            pad.pressed(key)
        if not keys.endswith("#"):
            await told.wait()

    async def _pass(self, seconds: float) -> None:
        """Let time pass, unless the call ends meanwhile."""
        until = self._loop.time() + seconds
        while self.ending is None and (left := until - self._loop.time()) > INSTANT:
            await self._stir(left)

    async def _stir(self, seconds: float | None = None) -> None:
        """Wait until something happens, for so long at the most."""
        self._stirred.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), seconds)

    @property
    def _unheard(self) -> float:
        """How many seconds it takes until all was heard that has been said."""
        left = 0.0 if self.ending is not None else self._ear.quiet_at - self._loop.time()
        return left if left > INSTANT else 0.0

    async def listen(self) -> None:
        """Hear all that the team has to say."""
        while self.waits_for or self._unheard:
            await self._stir(None if self.waits_for else self._unheard)

    async def cut_in(self, after: float) -> str:
        """Begin to speak so many seconds into the team's last answer; return why that cannot be, "" when it can.

        What is said then follows; what was not heard by then is not heard any more.
        """
        while self.waits_for:
            await self._stir()
        begins = self._ear.answer_begins
        if begins is None:
            return "there was no answer to interrupt"
        await self._pass(begins + after - self._loop.time())
        if not self._unheard:
            return f"the answer was over after {self._ear.quiet_at - begins:.2f} seconds"
        self._feed(CallerPressed())  # the same as what the start of their speech does by voice
        return ""


def simulated() -> SimulatedLoop:
    """Return the event loop that runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimulatedLoop)
    return loop
