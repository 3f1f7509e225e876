"""A walk over legal orders of events: a small world of sessions, tools and timers that reacts to the core's effects.

At each step one of the things that *could* happen now happens. Lists of arbitrary events would be useless: most are
illegal. After each step the invariants of the design are asserted.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.away.events import OutsideAnswered, OutsideEnded, Reach, Status
from orchestrator.core.call import progress
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.core.in_progress import FunctionCall
from orchestrator.core.people.events import PersonDecided, PersonNoted, PersonTook, Purpose, When
from orchestrator.core.session import SessionState
from orchestrator.core.state import MEMORY, Phase, Seat
from orchestrator.core.tools.events import ToolProgressed, ToolsChanged
from orchestrator.core.tools.rules import ToolRule, ToolRules, WhenLate
from orchestrator.core.turn import Turn
from orchestrator.core.wording import MARKER, SUMMARY
from orchestrator.team import Team, consult_tools, handoff_tools, message_tools
from orchestrator.team.people import Confirm

CARD = "4111222244443333"
# What a person has to agree to before it runs, whichever agent of a team has it.
APPROVED = ("refund", "find_order", "send_car")
# How often timers run out, where it is not 0.15.
RARE = {
    TimerKind.ANSWER: 0.05,
    TimerKind.CALL: 0.002,
    TimerKind.SILENCE: 0.002,
    TimerKind.RENEW: 0.03,
    TimerKind.CONSULT: 0.03,
    TimerKind.AWAY: 0.05,
}
Step = Callable[[], ev.Event]


@dataclass
class Upstream:
    """One agent's session as the service sees it."""

    open: bool = False
    opening: bool = False
    asked: int = 0  # response.create not answered yet
    asides: int = 0  # out-of-band ones
    active: str | None = None  # the response that runs
    aside: str | None = None
    cancelled: bool = False
    speaking: bool = False
    item: str = ""  # of the turn being spoken
    untranscribed: list[str] = field(default_factory=list)
    pending: Counter[str] = field(default_factory=Counter)  # function calls not answered, by the service's ids
    items: set[str] = field(default_factory=set)  # that the core added


class World:
    """Everything around one call."""

    def __init__(self, team: Team, tools: ToolRules, seed: int, party: World | None = None, agent: str = "") -> None:
        self.random = random.Random(seed)
        self.team, self.tools, self.seed = team, tools, f"walk {seed}"
        self.persons = set(team.persons)
        self.call: Call
        seat = Seat(party.call.state.shared, f"{agent} {seed}", agent) if party is not None else None
        self.tools = party.tools if party is not None else self.varied(tools)
        self.call = Call(team, self.tools, seed=self.seed, memory=MEMORY, seat=seat)
        self.sources = {agent: list(own) for agent, own in self.call.state.functions.sources.items() if own}
        self.asked: dict[str, str] = {}  # function call that a person decides on → tool
        self.agreed: set[str] = set()  # tools to which a person has agreed, and which have not run since
        self.ups: defaultdict[SessionId, Upstream] = defaultdict(Upstream)
        self.now, self.count, self.steps = 0.0, 0, 0
        self.timers: set[Timer] = set()
        self.due: dict[Timer, float] = {}
        self.running: set[str] = set()  # tools
        self.items: list[str] = []
        self.frames: set[str] = set()  # caller frames neither sent nor dropped with a word
        self.speakers: dict[str, str] = {}  # item → agent
        self.speaker: str | None = None  # whose farewell was going on before this event
        self.told = False  # the caller was told that audio is dropped
        self.hold: str | None = None  # the response that is the hold sound
        self.over = False
        self.joined = False
        self.visited = {self.call.state.route.active}  # agents that have had the caller
        self.runs: Counter[str] = party.runs if party is not None else Counter()  # tool → times it ran in the call
        self.posted: dict[str, bool] = party.posted if party is not None else {}  # message → it has come to its end
        self.stirs = False  # something happened that may matter to other seats
        self.names: dict[str, str] = {}  # function call → tool
        self.trail: list[ev.Event] = []

    def varied(self, tools: ToolRules) -> ToolRules:
        """Let answers do anything when they are late, and a person have to agree to some."""
        asks, kinds = Confirm(by="person") if self.team.people else None, list(WhenLate)

        def one(name: str, rule: ToolRule) -> ToolRule:
            approval = asks if name.rpartition("/")[2] in APPROVED else None
            return replace(rule, approval=approval, when_late=self.random.choice(kinds))

        return {agent: {name: one(name, rule) for name, rule in own.items()} for agent, own in tools.items()}

    def id(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.count}"

    # --- what could happen now ---

    def choices(self) -> list[tuple[float, Step]]:
        steps = [*self.from_caller(), *self.from_desk(), *self.from_outside()]
        for session, up in list(self.ups.items()):
            steps += self.from_session(session, up)
        for call_id in sorted(self.running):
            steps.append((1, partial(self.tool_done, call_id)))
        if self.sources:
            steps.append((0.3, self.change_tools))
            steps += [(0.3, partial(ToolProgressed, call_id)) for call_id in sorted(self.running)]
        for timer in sorted(self.timers, key=str):
            steps.append((RARE.get(timer.kind, 0.15), partial(self.expire, timer)))
        return steps

    def from_caller(self) -> list[tuple[float, Step]]:
        tools = ({"type": "function", "name": "client_tool"},)
        steps: list[tuple[float, Step]] = [
            (4, self.speak),
            (0.5, lambda: ev.CallerTyped({"id": self.known("typed"), "role": "user", "content": [{"text": "hello"}]})),
            (0.5, lambda: ev.CallerAsked({"instructions": "x"} if self.random.random() < 0.3 else {})),
            (0.1, lambda: ev.CallerAsked({"conversation": "none"})),
            (0.3, ev.CallerInterrupted),
            (0.3, ev.CallerPressed),
            (0.1, ev.CallerCommitted),
            (0.1, self.clear),
            (0.1, lambda: ev.CallerConfigured(ev.CallerSettings(tools=tools))),
            (0.1, lambda: ev.CallerReferred(self.random.choice(list(self.team.agents)))),
            (0.004, ev.CallerLeft),
        ]
        if self.items:
            item = self.random.choice(self.items)
            steps += [
                (0.2, lambda: ev.CallerTruncated(item, self.random.randrange(-5, 900))),
                (0.05, lambda: ev.CallerDeleted(item)),
                (0.05, lambda: ev.CallerRetrieved(item)),
            ]
        for function in self.call.state.functions.open.values():
            if not function.of_team:
                steps.append((1, partial(self.answer, function.call_id)))
            steps.append((0.01, partial(self.answer, function.call_id)))
        return steps

    def from_desk(self) -> list[tuple[float, Step]]:
        if not self.persons:
            return []
        return [
            (0.1, lambda: PersonTook(self.random.choice([*self.team.persons, self.team.start]), f"card {CARD}")),
            (0.2, self.note),
            (0.02, lambda: PersonDecided("call_nobody_asked_about", approve=True)),
            *((0.4, partial(self.decide, made)) for made in self.asked),
        ]

    def from_outside(self) -> list[tuple[float, Step]]:
        """What somebody outside does: answers, or does not."""
        often = 2.0 if self.call.state.phase is Phase.AWAY else 0.01
        ended = [status for status in Status if status is not Status.COMPLETED]
        return [
            (often / 2, OutsideAnswered),
            (often / 4, lambda: OutsideEnded(Status.COMPLETED, 30.0)),
            (often, lambda: OutsideEnded(self.random.choice(ended), gone=self.random.random() < 0.05)),
        ]

    def decide(self, made: str) -> ev.Event:
        approve = self.random.random() < 0.6
        if approve:
            self.agreed.add(made)
        return PersonDecided(made, approve, "no reason")

    def note(self) -> ev.Event:
        return PersonNoted(f"card {CARD}", self.random.choice(list(Purpose)), self.random.choice(list(When)))

    def known(self, kind: str) -> str:
        self.items.append(self.id(kind))
        return self.items[-1]

    def answer(self, call_id: str) -> ev.Event:
        return ev.CallerAnswered({"id": self.id("out"), "call_id": call_id})

    def speak(self) -> ev.Event:
        frame = self.id("frame")
        if self.call.state.phase is not Phase.AWAY:  # what is said to somebody outside is not for the team
            self.frames.add(frame)
        return ev.CallerSpoke(frame, self.random.choice([20.0, 20.0, 4000.0]))

    def clear(self) -> ev.Event:
        if self.call.state.listening:
            self.frames.clear()
        return ev.CallerCleared()

    def from_session(self, session: SessionId, up: Upstream) -> list[tuple[float, Step]]:
        if up.opening:
            return [(3, lambda: self.opened(session)), (0.3, lambda: self.lose(session))]
        if not up.open:
            return []
        steps: list[tuple[float, Step]] = [(0.03, lambda: self.lose(session))]
        if session.agent in self.persons:
            steps += self.from_person(session, up)
        elif session.kind is not SessionKind.OWN:
            pass  # nobody speaks to it
        elif up.speaking:
            steps.append((2, lambda: self.commit_turn(session)))
        else:
            steps.append((0.4, lambda: self.start_turn(session)))
        if up.untranscribed:
            steps.append((1.5, lambda: self.transcribe(session)))
        if up.asked and up.active is None:
            steps.append((3, lambda: self.start(session)))
        elif up.asked:
            steps.append((3, lambda: self.refuse(session)))
        if up.asides and up.aside is None:
            steps.append((2, lambda: self.start_aside(session)))
        if up.active is not None:
            steps += self.from_response(session, up)
        if up.aside is not None:
            steps.append((1, lambda: ev.TranscriptProduced(session, str(up.aside), "aside", "sum")))
            steps.append((1, lambda: self.finish_aside(session)))
            steps.append((0.5, lambda: self.call_function(session, str(up.aside))))
        steps.append((0.1, lambda: ev.RequestRefused(session, "invalid_value", "no")))
        steps.append((0.1, lambda: ev.SessionReported(session, {"type": "rate_limits.updated"})))
        return steps

    def from_person(self, session: SessionId, up: Upstream) -> list[tuple[float, Step]]:
        steps: list[tuple[float, Step]] = [(0.3, lambda: self.hear(session))]
        if up.active is None:
            steps.append((0.8, lambda: self.speak_up(session)))
        return steps

    def from_response(self, session: SessionId, up: Upstream) -> list[tuple[float, Step]]:
        active = str(up.active)
        item = f"item_{active}"
        steps: list[tuple[float, Step]] = [
            (3.0 if up.cancelled else 1.0, lambda: self.finish(session)),
            (1, lambda: ev.TranscriptProduced(session, active, item, " word")),
            (0.3, lambda: ev.ResponseProgressed(session, active, {"type": "response.output_item.added"})),
            (0.3, lambda: ev.ResponseProgressed(session, active, {"type": "response.output_item.done"})),
            (0.1, lambda: ev.TranscriptProduced(session, active, item, "")),
            (0.3, lambda: ev.ItemReported(session, item, {"item": {"role": "assistant"}})),
        ]
        if session.kind is SessionKind.OWN:
            steps.append((1.5, lambda: ev.AudioProduced(session, active, item, 400.0, self.heard(session, item))))
        if not up.cancelled:
            steps.append((0.8, lambda: self.call_function(session, active)))
        return steps

    def heard(self, session: SessionId, item: str) -> str:
        self.speakers[item] = session.agent
        if item not in self.items:
            self.items.append(item)
        return item

    # --- how it happens ---

    def opened(self, session: SessionId) -> ev.Event:
        self.ups[session] = Upstream(open=True)
        return ev.SessionOpened(session, self.random.choice([None, 300.0]))

    def lose(self, session: SessionId) -> ev.Event:
        self.ups[session] = Upstream()
        return ev.SessionLost(session, "gone", fatal=self.random.random() < 0.02)

    def start_turn(self, session: SessionId) -> ev.Event:
        up = self.ups[session]
        up.speaking, up.item = True, self.id("turn")
        up.cancelled = up.cancelled or up.active is not None
        return ev.SpeechStarted(session, up.item)

    def commit_turn(self, session: SessionId) -> ev.Event:
        up = self.ups[session]
        up.speaking = False
        up.untranscribed.append(up.item)
        up.asked += up.active is None and not up.asked and self.random.random() < 0.9  # turn detection asks itself
        return ev.TurnCommitted(session, up.item)

    def transcribe(self, session: SessionId) -> ev.Event:
        item = self.ups[session].untranscribed.pop(0)
        known = self.call.state.variables.get("card")
        words = [f"it is four one one one {CARD[4:12]} 3333", "my words"] if known else ["my words"]
        return ev.TurnTranscribed(session, item, self.random.choice([*words, None]))

    def start(self, session: SessionId) -> ev.Event:
        up = self.ups[session]
        up.asked -= 1
        up.active, up.cancelled = self.id("resp"), False
        return ev.ResponseStarted(session, up.active)

    def refuse(self, session: SessionId) -> ev.Event:
        self.ups[session].asked -= 1
        return ev.RequestRefused(session, "conversation_already_has_active_response", "busy")

    def speak_up(self, session: SessionId) -> ev.Event:
        self.ups[session].asked += 1  # nobody asks a person
        return self.start(session)

    def hear(self, session: SessionId) -> ev.Event:
        item = self.id("turn")
        self.ups[session].untranscribed.append(item)
        return ev.TurnCommitted(session, item)

    def start_aside(self, session: SessionId) -> ev.Event:
        up = self.ups[session]
        up.asides -= 1
        up.aside = self.id("aside")
        metadata = self.random.choice([None, {MARKER: SUMMARY}])
        return ev.ResponseStarted(session, up.aside, {"response": {"metadata": metadata}}, aside=True)

    def finish_aside(self, session: SessionId) -> ev.Event:
        up = self.ups[session]
        aside, up.aside = str(up.aside), None
        return ev.ResponseFinished(session, aside, "completed")

    def finish(self, session: SessionId) -> ev.Event:
        up = self.ups[session]
        active, up.active = str(up.active), None
        status = "cancelled" if up.cancelled else self.random.choice(["completed"] * 8 + ["incomplete", "failed"])
        up.cancelled = False
        return ev.ResponseFinished(session, active, status, usage={"input_tokens": 50})

    def call_function(self, session: SessionId, response_id: str) -> ev.Event:
        name = session.agent
        offered = [part for tools in (handoff_tools, consult_tools, message_tools) for part in tools(name, self.team)]
        names = [*self.call.state.functions.tools[name], *(str(tool["name"]) for tool in offered)]
        if self.random.random() < 0.3 or not names:
            ways = [f"{way}_{name}" for name in self.team.agents for way in ("transfer_to", "ask")]
            names = ["client_tool", "nonsense", "hand_back", *ways]
        up = self.ups[session]
        call_id = "call_0" if response_id == up.active and self.random.random() < 0.3 else self.id("call")
        up.pending[call_id] += response_id == up.active  # what is called beside the conversation cannot be answered
        said = {"reason": f"card {CARD}", "amount": 3, "question": f"what of {CARD}", "account": "123456"}
        said |= {"text": f"card {CARD}", "urgent": self.random.random() < 0.3, "keys": "1w2#"}
        arguments = self.random.choice([*[json.dumps(said)] * 6, "{}", "broken"])
        return ev.FunctionCalled(session, response_id, self.id("item"), call_id, self.random.choice(names), arguments)

    def tool_done(self, call_id: str) -> ev.Event:
        self.running.discard(call_id)
        name = self.names.pop(call_id)
        if self.random.random() < 0.3:
            ran = self.random.random() < 0.5
            self.runs[name] -= not ran
            return ev.ToolFailed(call_id, "it broke", ran)
        variables = {"account": "654321", "verified": True, "card": CARD, "none": 1}
        variables = variables if self.random.random() < 0.7 else {}
        agents = list(self.team.agents)
        transfer = ev.CallerReferred(self.random.choice(agents)) if self.random.random() < 0.1 else None
        parting = ev.Parting(self.random.choice(["", "Bye."])) if self.random.random() < 0.01 else None
        return ev.ToolReturned(call_id, "fine", variables, transfer, parting)

    def change_tools(self) -> ev.Event:
        """Let servers list some of the tools that they can have."""
        names = self.random.sample(["refund", "rates", "search"], self.random.randrange(4))
        tools = {agent: dict.fromkeys(names, sources[0]) for agent, sources in self.sources.items()}
        return ToolsChanged(tools, tuple(tools), () if names else ("bank",))

    def expire(self, timer: Timer) -> ev.Event:
        self.timers.discard(timer)
        self.now = max(self.now, self.due.pop(timer))  # nothing else has happened meanwhile
        return ev.TimerExpired(timer)

    # --- the walk ---

    def arrive(self) -> None:
        """Let the caller join; some have done things before, while the team's `before` took its time."""
        while self.random.random() < 0.4 and not self.over:
            self.step()
        self.joined = True
        if not self.over:
            found, reach = {"account": "654321", "none": 1}, self.random.choice([*Reach, Reach.TELEPHONE])
            self.feed(ev.CallerJoined(found=found, by="who_calls", reach=reach))

    def step(self) -> None:
        """Let one thing happen and check what the core wants done about it."""
        weights, steps = zip(*self.choices(), strict=True)
        event = self.random.choices(steps, weights)[0]()
        self.feed(event)

    def feed(self, event: ev.Event) -> None:
        self.now += self.random.choice([0.0, 0.001, 0.02, 0.4])
        self.trail.append(event)
        self.speaker = self.call.state.caller.floor.farewell
        self.before, self.stirs = self.call.state.route.active, False
        listeners = {self.call.state.listener.id}
        function = self.answered(event)
        when = self.when_late(function)
        effects = self.handled(event)
        self.check_late(event, function, when, effects)
        listeners.add(self.call.state.listener.id)
        heard = Counter(effect.frame for effect in effects if isinstance(effect, do.SendAudio))
        assert {effect.session for effect in effects if isinstance(effect, do.SendAudio)} <= listeners
        assert not isinstance(event, ev.CallerSpoke) or heard[event.frame] <= 1, "the caller is heard by two"
        assert not (self.over and effects), "effects after the end"
        for effect in effects:
            self.check(effect)
        if any(isinstance(effect, do.Refuse) and "dropped" in effect.message for effect in effects):
            self.told = True
        self.steps += 1
        self.check_state()

    def answered(self, event: ev.Event) -> FunctionCall | None:
        """Return the function call that a tool answers."""
        functions = self.call.state.functions.open
        return functions.get(event.call_id) if isinstance(event, ev.ToolReturned | ev.ToolFailed) else None

    def when_late(self, function: FunctionCall | None) -> WhenLate | None:
        """Return what has to become of an answer that is late; None for any other."""
        if function is None or not function.late:
            return None
        session = self.call.state.sessions.find(function.session)
        goes_on = session is not None and session.response.due  # because of another function
        when = function.rule.when_late
        return WhenLate.WHEN_IDLE if goes_on and when is WhenLate.SILENT else when

    def check_late(
        self, event: ev.Event, function: FunctionCall | None, when: WhenLate | None, effects: list[do.Effect]
    ) -> None:
        """Assert that a late answer interrupts, or brings an agent to speak, only if it is of that kind."""
        if function is None:
            return
        moved = isinstance(event, ev.ToolReturned) and (event.transfer or event.parting)
        assert moved or when is WhenLate.INTERRUPT or do.StopPlayback(told=True) not in effects, "an answer interrupts"
        asked = [one.session for one in effects if isinstance(one, do.CreateResponse)]
        assert moved or when is not WhenLate.SILENT or function.session not in asked, "a silent answer is spoken of"

    def handled(self, event: ev.Event) -> list[do.Effect]:
        return self.call.handle(event, self.now)

    def check(self, effect: do.Effect) -> None:  # noqa: C901 - one case an effect
        """Perform one effect in this world; assert that it is legal."""
        assert not self.over or isinstance(effect, do.StirSeats), "an effect after EndCall"
        match effect:
            case do.OpenSession(session=session, variables=variables):
                self.may_know(session, variables)
                warm = session.kind is not SessionKind.CONSULT
                assert warm or set(self.team.before(session.agent)) <= self.visited, "asked too early"
                assert not self.ups[session].open
                assert not self.ups[session].opening
                self.ups[session].opening = True
            case do.CloseSession(session=session):
                del self.ups[session]
            case do.ReplaceSession(session=session, successor=successor):
                assert self.ups[successor].open
                self.ups[session] = self.ups.pop(successor)
            case do.StartTimer(timer=timer, seconds=seconds):
                self.timers.add(timer)
                self.due[timer] = self.now + seconds
            case do.StopTimer(timer=timer):
                assert timer in self.timers, f"{timer} does not run"
                self.timers.discard(timer)
            case do.RunTool(session=session, call_id=call_id, name=name, variables=variables):
                self.may_know(session, variables)
                free = not self.team.people or name not in APPROVED
                assert free or call_id in self.agreed, "a tool runs to which nobody has agreed"
                self.running.add(call_id)
                self.names[call_id] = name
                self.runs[name] += 1
                most = self.team.most(name)
                assert most is None or self.runs[name] <= most, "a tool ran too often"
                assert all(self.call.state.variables.met(needed) for needed in self.team.needed_by(name))
            case do.CancelTool(call_id=call_id):
                self.running.discard(call_id)
            case do.Dial(agent=agent):
                assert self.call.state.phase is Phase.AWAY
                assert agent in self.team.outsiders
                assert set(self.team.before(agent)) <= self.visited, "a rule was passed by"
                assert not any(up.open or up.opening for session, up in self.ups.items() if self.own(session))
            case do.EndCall():
                self.over = True
            case do.Announce(name="approval.requested", fields=fields):
                self.asked[fields["id"]] = fields["name"]
            case do.Announce(name="approval.answered", fields=fields):
                assert self.asked.pop(fields["id"]) == fields["name"], "decided twice"
            case do.StirSeats():
                self.stirs = True
            case do.Announce(name="message.sent", fields=fields):
                assert fields["id"] not in self.posted
                alone = self.team.agents[fields["to"]].kind == "text"
                self.posted[fields["id"]] = alone  # what such an agent says is another message
            case do.Announce(name="message.delivered" | "message.undelivered", fields=fields):
                assert not self.posted[fields["id"]], "a message has two endings"
                self.posted[fields["id"]] = True
            case do.PlayAudio(item_id=item_id):
                heard = {self.call.state.route.active, self.call.state.caller.floor.farewell, self.speaker, self.before}
                assert self.speakers[item_id] in heard, "somebody without the caller is heard"
            case do.SendAudio(session=session, frame=frame):
                assert session.kind is SessionKind.OWN, "a consulted agent hears the caller"
                assert self.ups[session].open
                self.frames.discard(frame)
            case do.PressKeys():
                assert self.ups[SessionId(self.call.state.route.active)].active is None, "tones over an answer"
                assert self.hold is None, "tones over the hold sound"
            case do.StartHold(response_id=response_id):
                assert self.hold is None, "two hold sounds"
                self.hold = response_id
            case do.PlayHold(response_id=response_id):
                assert response_id == self.hold
            case do.EndResponse(response_id=response_id):
                self.hold = None if response_id == self.hold else self.hold
            case do.CreateResponse(session=session, options=options):
                up = self.ups[session]
                assert session.agent not in self.persons, "a person is asked to speak"
                assert up.open
                if options.get("conversation") == "none":
                    up.asides += 1
                else:
                    assert up.active is None, "a second response"
                    up.asked += 1
            case do.CancelResponse(session=session):
                assert self.ups[session].open
                self.ups[session].cancelled = self.ups[session].active is not None
            case do.SendFunctionOutput(session=session, call_id=call_id, output=output):
                assert self.ups[session].open
                assert self.ups[session].pending[call_id] > 0, "answered twice, or somewhere else"
                self.ups[session].pending[call_id] -= 1
                json.dumps(output)
            case do.AddItem(session=session, item=item):
                up = self.ups[session]
                assert up.open
                assert item["id"] not in up.items, "two items of one id"
                up.items.add(item["id"])
                if "call_id" in item:
                    assert up.pending[item["call_id"]] > 0, "answered twice, or somewhere else"
                    up.pending[item["call_id"]] -= 1
                told = " ".join(str(part.get("text")) for part in item.get("content", ()))
                earlier = self.call.state.sessions.own[session.agent].earlier  # what was said on its own session
                own = item.get("role") in ("user", "assistant") and session.kind is SessionKind.OWN
                own = own or (earlier is not None and item["id"] in earlier.item_ids)
                secret = self.call.state.variables.get("card") is not None
                assert own or not secret or not any(part in told for part in (CARD, CARD[4:12])), "a secret travels"
            case (
                do.TruncateAudio(session=session)
                | do.DeleteItem(session=session)
                | do.RetrieveItem(session=session)
                | do.CommitAudio(session=session)
                | do.ClearAudio(session=session)
                | do.ConfigureSession(session=session)
            ):
                assert self.ups[session].open, f"{effect} to a session that is not open"
                speaks = self.ups[session].active is not None and not self.ups[session].cancelled
                only_tools = isinstance(effect, do.ConfigureSession) and isinstance(self.trail[-1], ToolsChanged)
                assert not (only_tools and speaks), "a session is told of tools while it speaks"
                if isinstance(effect, do.TruncateAudio):
                    assert effect.ms > 0
            case _:
                pass

    @staticmethod
    def own(session: SessionId) -> bool:
        """Return whether it is an agent's own session."""
        return session.kind is SessionKind.OWN

    def may_know(self, session: SessionId, variables: Mapping[str, object]) -> None:
        """Assert that no agent is given what stays in others."""
        for name in variables:
            assert self.team.may_know(session.agent, name), f"{name} leaves its agents"

    def check_state(self) -> None:
        """Assert the invariants that hold between events."""
        state = self.call.state
        if state.phase is Phase.ENDED:
            assert self.over
            assert state.seat not in state.shared.seats
            assert self.hold is None, "a hold sound without an end"
            assert state.route.waiting is None, "somebody waits after the end"
            assert state.route.away is None, "somebody is away after the end"
            assert not self.timers
            assert not self.running
            assert all(session.state is SessionState.CLOSED for session in state.sessions)
            return
        assert self.timers == set(state.agenda.timers)
        progress(state)
        assert not state.agenda.take(), "the progress pass was due after an event that did not bring it"
        self.check_phase()
        floor = state.caller.floor
        if floor.farewell is not None and (floor.bridge is None or floor.bridge[0] != floor.farewell):
            assert state.sessions.own[floor.farewell].response.busy, "a farewell that is over keeps the floor"
        self.check_teamwork()
        self.check_people()
        for timer in self.timers:
            if timer.kind in (TimerKind.ANSWER, TimerKind.OWED):
                assert isinstance(timer.about, SessionId)
                waiting_for = state.sessions.find(timer.about)
                assert waiting_for is not None
                assert waiting_for.ready, f"{timer} waits for a session that is closed"
        for session in state.sessions:
            assert session.ready == self.ups[session.id].open
            if session.agent in self.persons:
                assert session.response.owed is None, "a person owes something"
            elif session.consult is None and (session.response.busy or session.turn is not Turn.QUIET):
                assert Timer(TimerKind.ANSWER, session.id) in self.timers, "a session that nobody watches"
            if session.response.owed and session.ready:
                paused = Timer(TimerKind.OWED, session.id) in self.timers
                assert session.response.busy or session.turn.speaking or paused, "a debt nobody pays"
            if session is not state.active:
                assert session.turn is Turn.QUIET, "a turn on a session without the caller"
        waiting = {e.frame for e in state.caller.hold._waiting if isinstance(e, ev.CallerSpoke)}
        assert self.frames <= waiting or self.told, "caller audio was lost without a word"
        self.frames &= waiting
        if not waiting:
            self.told = False

    def check_phase(self) -> None:
        """Assert that each phase has what it needs to end."""
        state = self.call.state
        assert (state.route.handoff is not None) == (state.phase is Phase.HANDING_OFF)
        if state.phase is Phase.HANDING_OFF:
            assert Timer(TimerKind.HANDOFF) in self.timers
        if state.phase in (Phase.OPENING, Phase.RECOVERING):
            opening = state.active.state is SessionState.OPENING
            assert opening or not self.joined or Timer(TimerKind.REOPEN, state.active.id) in self.timers
        if state.phase is Phase.TALKING:
            assert state.active.ready
        if state.phase is Phase.AWAY:
            assert state.route.away is not None
            assert state.caller.goodbye is None
        assert (state.phase is Phase.AWAY) == (Timer(TimerKind.AWAY) in self.timers)
        if state.route.away is not None and state.phase not in (Phase.AWAY, Phase.RECOVERING):
            assert state.caller.goodbye is not None, "a caller who never leaves"
        if state.caller.floor.farewell is not None:
            assert Timer(TimerKind.FAREWELL) in self.timers
        if state.caller.goodbye is not None:
            assert Timer(TimerKind.GOODBYE) in self.timers

    def check_teamwork(self) -> None:
        """Assert what holds of agents together: rules, questions, the way the caller took."""
        state = self.call.state
        self.visited.add(state.route.active)
        for agent in self.visited:
            assert set(self.team.before(agent)) <= self.visited, "a rule was passed by"
        assert self.team.agents[state.route.active].kind not in ("text", "outside")
        asked = state.sessions.consults()
        for session in asked:
            assert Timer(TimerKind.CONSULT, session.id) in self.timers
            assert session.consult is not None
            assert session.consult.call_id is None or session.consult.call_id in state.functions.open
            assert session.consult.depth <= 2
        waiting_for = sum(function.answerer.value == "consult" for function in state.functions.open.values())
        assert (
            sum(session.consult is not None and session.consult.call_id is not None for session in asked) == waiting_for
        )
        assert len(asked) <= 4

    def check_people(self) -> None:
        """Assert that who waits is served, and that no person is kept for nothing."""
        state = self.call.state
        waiting, handoff = state.route.waiting, state.route.handoff
        wanted = {state.route.active, state.caller.floor.farewell, handoff and handoff.target}
        if waiting is not None:
            wanted.add(waiting.person)
            assert handoff is None, "a caller waits and is moved"
            closed = state.sessions.own[waiting.person].state is SessionState.CLOSED
            assert waiting.in_vain or not closed, "nobody is asked"
            assert waiting.taken or waiting.in_vain or Timer(TimerKind.WAIT) in self.timers
            assert waiting.hold is None or Timer(TimerKind.HOLD) in self.timers, "the hold sound stops by itself"
        else:
            assert Timer(TimerKind.WAIT) not in self.timers
            assert Timer(TimerKind.HOLD) not in self.timers
        assert self.hold == (waiting.hold[0] if waiting is not None and waiting.hold is not None else None)
        for person in self.persons:
            assert person in wanted or state.sessions.own[person].state is SessionState.CLOSED, "a person for nothing"
