"""One test by text, in simulated time: its caller types and presses keys, and hears the team at the pace of speech."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from orchestrator.core.effects import Announce, Effect
from orchestrator.core.events import CallerAsked, CallerLeft, CallerPressed, CallerSettings, CallerTyped, Ending, Event
from orchestrator.core.memory.shared import FIRST
from orchestrator.core.people.events import PersonDecided
from orchestrator.errors import OrchestratorError
from orchestrator.gateway.phone.keypad import Keypad
from orchestrator.observe.facts import Fact, ToolRan
from orchestrator.protocol.ids import make_id
from orchestrator.runner import Party, RunningCall
from orchestrator.runner.backends import Backends
from orchestrator.team.trials import Keys, Recorded, Silence, Spoken, Trial, Turn
from orchestrator.team.variables import render
from orchestrator.trials.arrivals import Arrivals
from orchestrator.trials.cast import SCRIPTED, Cast
from orchestrator.trials.comparing import compare_end, compare_turn
from orchestrator.trials.ear import Ear
from orchestrator.trials.mocks import Stage
from orchestrator.trials.present import Present
from orchestrator.trials.results import Attempt, Failure, Verdict
from orchestrator.trials.scripted import ScriptedModels
from orchestrator.trials.simulated_time import SimulatedLoop
from orchestrator.trials.spoken_text import FORMAT, SpokenText
from orchestrator.trials.witness import Seen, Words

TURN_SECONDS = 1800.0  # simulated, until the team has nothing more to say
AUDIO = {"input": {"format": {"type": FORMAT}}, "output": {"format": {"type": FORMAT}}}
SETTINGS = CallerSettings(session={"audio": AUDIO})


class TextCall:
    """The call of one test; it is made in a simulated event loop."""

    def __init__(self, cast: Cast, trial: Trial, seed: str) -> None:
        # What it runs on, and the test.
        self._cast, self._trial, self._loop = cast, trial, simulated()
        # What happened: facts, what arrived at whom, what was heard, and the values that variables have had.
        self._facts: list[Fact] = []
        self._arrivals = Arrivals()
        self._ear = Ear(self._loop.time, self._feed)
        self._values: dict[str, set[str]] = {}
        # Its tools, and its models if the test says what they do.
        self._stage = Stage(trial.given, self._loop.outside)
        self._scripted = ScriptedModels() if trial.scripted else None
        # Set when something has happened.
        self._stirred = asyncio.Event()
        # What was not as expected.
        self._failures: list[Failure] = []
        # How many facts were known when each turn began.
        self._turns: list[int] = []
        # The call.
        self._running = self._made(seed)

    def _made(self, seed: str) -> RunningCall:
        team, given, stage = self._cast.team, self._trial.given, self._stage
        call_id = make_id("sess_")
        party = Party(call_id, team)
        for name, value in given.variables.items():
            declared = team.variables.get(name)
            if fault := party.shared.variables.set(name, value, declared.set_by if declared else None):
                raise OrchestratorError(f"given.variables: {fault}.")
        providers = self._cast.providers(given.now.date(), self._loop)
        if self._scripted is not None:
            providers[SCRIPTED] = SpokenText(self._scripted)
        models = self._cast.models(scripted=self._scripted is not None)
        before = self._cast.hooks.before
        return RunningCall(
            place=party.place(call_id, FIRST, given.agent or team.start),
            team=team,
            tools=stage.tools(self._cast.tools),
            backends=Backends(providers, models, Present()),
            caller=self._ear,
            before=stage.tool(before) if before is not None and stage.knows(before.name) else None,
            seed=seed,
            takers=(self._take,),
            observers=(self._arrivals, self),
        )

    # --- what is seen of it ---

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Look again whether the team has nothing more to say; agree to whatever a person at the desk is asked."""
        self._stirred.set()
        for effect in effects:
            if isinstance(effect, Announce) and effect.name == "approval.requested":
                self._feed(PersonDecided(str(effect.fields["id"]), approve=True))

    def _take(self, fact: Fact) -> None:
        self._facts.append(fact)
        if isinstance(fact, ToolRan):
            self._note(fact.variables)

    def _note(self, variables: Mapping[str, Any]) -> None:
        for name, value in variables.items():
            if value not in (None, "", True, False):
                self._values.setdefault(name, set()).add(str(value))

    def _feed(self, event: Event) -> None:
        self._running.feed(event)

    def _seen(self, facts: int = 0, utterances: int = 0) -> Seen:
        state = self._running.state
        variables = state.variables.values()
        self._note(variables)
        heard = list(self._ear.utterances.values())
        speaker = heard[-1].agent if heard else ""
        return Seen(
            agent=state.route.active,
            words=[Words(agent=one.agent, text=one.text) for one in heard[utterances:]],
            facts=self._facts[facts:],
            arrived=self._arrivals.at(state.route.active),
            instructions=render(self._cast.team.agents[state.route.active].instructions, variables),
            voice=self._voice(speaker),
            values={name: frozenset(values) for name, values in self._values.items()},
            variables=variables,
            today=self._trial.given.now.date(),
        )

    def _voice(self, agent: str) -> str:
        spec = self._cast.team.agents.get(agent)
        voice = spec.session_fields()["audio"]["output"].get("voice") if spec is not None else None
        return str(voice or "")

    @property
    def waits_for(self) -> str:
        """What keeps the team from having nothing more to say; "" when nothing does."""
        state = self._running.state
        if self._ear.ending is not None:
            return ""
        if state.route.handoff is not None:
            return f"the handoff to {state.route.handoff.target}"
        if state.route.waiting is not None:
            return f"the person {state.route.waiting.person}"
        if state.caller.goodbye is not None:
            return "the end of the call"
        if tools := [one.name for one in state.functions.open.values() if one.of_team]:
            return f"the function {', '.join(tools)}"
        return "" if state.at_rest else f"the answer of {state.route.active} ({state.phase.value})"

    # --- its course ---

    async def hold(self) -> Attempt:
        """Hold the call, and compare."""
        began = self._loop.time()
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self._running.run(lambda: SETTINGS, {}), name="call")
            running.add_done_callback(lambda _: self._stirred.set())
            self._feed(CallerAsked())  # as a caller who has dialled, they expect to be greeted
            await self._talk()
            self._feed(CallerLeft("hang-up"))
        self._failures += compare_end(self._trial.end, self._seen())
        return self.attempt(self._loop.time() - began)

    def attempt(self, seconds: float = 0.0) -> Attempt:
        """Return what has come of it so far."""
        if self._ear.ending is Ending.FAILED:
            return Attempt(verdict=Verdict.BROKEN, reason="The call failed inside; the log says why.")
        return Attempt(
            verdict=Verdict.FAILED if self._failures else Verdict.PASSED,
            failures=tuple(self._failures),
            facts=tuple(self._facts),
            turns=tuple(self._turns),
            seconds=round(seconds, 3),
        )

    async def _talk(self) -> None:
        talk = self._trial.talk
        facts = utterances = 0
        if not isinstance(talk[0].caller, Silence):
            await self._until_over(None, talk[0])
            facts, utterances = len(self._facts), len(self._ear.utterances)
        for number, turn in enumerate(talk):
            self._turns.append(facts)
            if self._ear.ending is not None:
                self._fail(number, "talk", said_by(turn), None, f"the call is over: {self._ear.ending.value}")
                return
            await self._play(turn)
            following = talk[number + 1] if number + 1 < len(talk) else None
            if not await self._until_over(number, following):
                return
            self._failures += compare_turn(number, turn.expect, self._seen(facts, utterances))
            self._blame(number)
            facts, utterances = len(self._facts), len(self._ear.utterances)

    async def _play(self, turn: Turn) -> None:
        """Do what the caller does in a turn."""
        if self._scripted is not None:
            self._scripted.load(turn.model)
        match turn.caller:
            case Spoken(say=words) | Recorded(say=words):
                self._type(words)
            case Keys(keys=keys):
                await self._press(keys)
            case Silence(silence=seconds):
                await self._sleep(seconds)

    def _type(self, words: str) -> None:
        content = [{"type": "input_text", "text": words}]
        self._feed(CallerTyped({"id": make_id("item_"), "type": "message", "role": "user", "content": content}))
        self._feed(CallerAsked(patient=True))

    async def _press(self, keys: str) -> None:
        """Press keys as on a telephone, whose keypad tells of them when no more come."""
        told = asyncio.Event()

        def say(text: str) -> None:
            self._type(text)
            told.set()

        pad = Keypad(say)
        for key in keys:
            if self._ear.quiet_at > self._loop.time():
                self._feed(CallerPressed())
            pad.pressed(key)
        if not keys.endswith("#"):
            await told.wait()

    async def _sleep(self, seconds: float) -> None:
        """Let time pass, unless the call ends meanwhile."""
        until = self._loop.time() + seconds
        while self._ear.ending is None and (left := until - self._loop.time()) > 0:
            await self._stir(left)

    async def _stir(self, seconds: float | None = None) -> None:
        """Wait until something happens, for so long at the most."""
        self._stirred.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stirred.wait(), seconds)

    async def _until_over(self, number: int | None, following: Turn | None) -> bool:
        """Wait until the team has nothing more to say, or is interrupted in the last of it."""
        interrupt = following.interrupt if following is not None else None
        try:
            async with asyncio.timeout(TURN_SECONDS):
                while waits := bool(self.waits_for) or (interrupt is None and self._left() > 0):
                    await self._stir(None if self.waits_for else self._left())
                if interrupt is not None:
                    await self._interrupt(0 if number is None else number + 1, interrupt.after)
        except TimeoutError:
            self._fail(number, "rest", None, self.waits_for, f"the team was not done after {TURN_SECONDS:g} seconds")
            return False
        return not waits

    def _left(self) -> float:
        return 0.0 if self._ear.ending is not None else self._ear.quiet_at - self._loop.time()

    async def _interrupt(self, number: int, after: float) -> None:
        """Begin to speak so many seconds into the last answer."""
        begins = self._ear.answer_begins
        if begins is None:
            self._fail(number, "interrupt", after, None, "there was no answer to interrupt")
            return
        await self._sleep(begins + after - self._loop.time())
        if self._left() <= 0:
            heard = round(self._ear.quiet_at - begins, 3)
            self._fail(number, "interrupt", after, heard, "seconds: the answer was over by then")
            return
        self._feed(CallerPressed())  # the same as what the start of their speech does by voice

    def _blame(self, number: int) -> None:
        """Note what a test forgot to say: of tools, and of models."""
        for name, why in self._stage.faults.items():
            self._fail(number, "given.tools", None, name, why)
        self._stage.faults.clear()
        for step in self._scripted.unload() if self._scripted is not None else ():
            told = step.model_dump(mode="json", exclude_unset=True)
            self._fail(number, "model", told, None, f"{step.agent} was not asked for this")

    def _fail(self, turn: int | None, key: str, expected: Any, got: Any, note: str) -> None:
        self._failures.append(Failure(turn=turn, key=key, expected=expected, got=got, note=note))


def said_by(turn: Turn) -> Any:
    """Return what the caller does in a turn, as JSON."""
    return turn.caller.say if isinstance(turn.caller, Spoken) else turn.caller.model_dump(mode="json")


def simulated() -> SimulatedLoop:
    """Return the event loop that runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimulatedLoop)
    return loop
