"""A call in a test: a small team, its sessions opened on demand, and short words for common events."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, Timer, TimerKind
from orchestrator.core.state import MEMORY
from orchestrator.core.tools.rules import ToolRule, ToolRules
from orchestrator.team import Filler, Team, load_team

HELPDESK = """
team: helpdesk
variables: {account: null, company: Acme}
limits: {call: 3600, silence: 300, handoffs: 5}
agents:
  front:
    instructions: Find out what the caller needs.
    greeting: Hello, this is Acme.
    warm: next
    handoffs:
      billing: invoices
      tech: {when: broken things, opening: greet}
      stock: {args: {sku: string}, context: summary}
      vault: secrets
  billing:
    instructions: Solve questions about invoices.
    warm: none
    handoffs:
      front: {context: all}
      tech: {context: none, opening: wait}
  tech:
    instructions: Fix technical problems.
    greeting: Technical help here.
    turn_detection: {type: server_vad, interrupt_response: false}
    warm: all
    handoffs: [front]
  stock:
    instructions: Look into the shelves.
    warm: none
    handoffs: {front: {opening: greet}}
  vault:
    instructions: "Guard account {{ variables.account }}."
    handoffs: [front]
"""
TOOLS: ToolRules = {
    "front": {"find_order": ToolRule()},
    "billing": {"find_invoice": ToolRule()},
    "tech": {},
    "stock": {},
    "vault": {},
}
# A team that uses all that agents may do together; the rules of the walk are about it.
TEAMWORK = """
team: bank
variables:
  account: {type: string, pattern: "^[0-9]{6}$"}
  verified: {type: boolean, set_by: check_pin}
  card: {type: string, set_by: take_card, secret: true}
limits: {call: 3600, silence: 300, handoffs: 8, tokens: 50000}
rules:
  - verify before billing
  - refund at most 1 per call
  - refund needs card
  - card stays in billing
agents:
  front:
    instructions: Find out what the caller needs.
    fallback: [local]
    handoffs:
      verify: {returns: true, context: all}
      billing: {needs: [account, verified], bridge: One moment., context: {share: spoken, last: 5}}
    consult:
      planner: {when: how to pay}
  verify:
    instructions: Check who calls.
    handoffs: {billing: {needs: [verified]}}
  billing:
    instructions: Solve questions about invoices.
    fallback: [local]
    handoffs: {front: {context: {share: all, drop: [billing]}}, verify: {returns: true, bridge: I pass you on.}}
    consult:
      planner: {context: all, filler: Please wait., timeout: 20}
      lawyer: what the law says
  planner:
    kind: text
    instructions: Work out plans.
    consult: {lawyer: {context: none, filler: null}, broker: rates}
  lawyer: {kind: text, instructions: Know the law., consult: [broker]}
  broker: {kind: text, instructions: Know the rates.}
"""
TEAMWORK_TOOLS: ToolRules = {
    "front": {},
    "verify": {"check_pin": ToolRule()},
    "billing": {"refund": ToolRule(Filler(say="I am still here.")), "take_card": ToolRule()},
    "planner": {"rates": ToolRule()},
    "lawyer": {},
    "broker": {},
}
# The same tools, but billing has those of a server that lists sometimes these, and sometimes others.
SERVED_TOOLS: ToolRules = {
    **TEAMWORK_TOOLS,
    "billing": {"take_card": ToolRule(), "mcp:bank": ToolRule(Filler(say="I am still here."))},
}
FRONT, BILLING, TECH, STOCK, VAULT, VERIFY = (
    SessionId(agent) for agent in ("front", "billing", "tech", "stock", "vault", "verify")
)
E = TypeVar("E")


def own(agent: str | SessionId) -> SessionId:
    """Return an agent's own session; a session stays what it is."""
    return agent if isinstance(agent, SessionId) else SessionId(agent)


def expired(kind: TimerKind, about: SessionId | str = "") -> ev.TimerExpired:
    """A timer that has run out."""
    return ev.TimerExpired(Timer(kind, about))


def done(session: SessionId, response: str) -> tuple[ev.Event, ...]:
    """What a session reports at the end of a response that was heard."""
    sound = ev.AudioProduced(session, response, f"item_{response}", 20.0, f"audio {response}")
    return sound, ev.ResponseFinished(session, response, "completed")


def team(text: str = HELPDESK) -> Team:
    """Load a team from YAML text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "agents.yaml"
        path.write_text(text, encoding="utf-8")
        return load_team(path)


class Scene:
    """One call and its clock."""

    def __init__(self, text: str = HELPDESK, tools: ToolRules = TOOLS, memory: int = MEMORY) -> None:
        self.call = Call(team(text), tools, seed="test", memory=memory)
        self.now = 100.0
        self._made: dict[str, str] = {}  # a session's id of a function call → ours of the newest

    def feed(self, *events: ev.Event) -> list[do.Effect]:
        """Feed events at the present moment; return all their effects."""
        effects = []
        for event in events:
            effects += self.call.handle(event, self.now)
            self._made |= {function.call_id: made for made, function in self.call.state.functions.open.items()}
        return effects

    def ours(self, call_id: str) -> str:
        """Return the core's own id of a function call."""
        return self._made[call_id]

    def after(self, seconds: float, *events: ev.Event) -> list[do.Effect]:
        """Feed events some seconds later."""
        self.now += seconds
        return self.feed(*events)

    def open(self, *agents: str, settings: ev.CallerSettings | None = None) -> list[do.Effect]:
        """Let the caller join and the sessions of the first agent and others open."""
        joined = self.feed(ev.CallerJoined(settings or ev.CallerSettings()), ev.SessionOpened(FRONT))
        return joined + self.feed(*(ev.SessionOpened(own(agent)) for agent in agents))

    def turn(self, agent: str | SessionId, item_id: str, text: str | None = "I need help.") -> list[do.Effect]:
        """Let the caller say something to an agent; None: not transcribed yet."""
        said = self.feed(ev.SpeechStarted(own(agent), item_id), ev.TurnCommitted(own(agent), item_id))
        return said + (self.feed(ev.TurnTranscribed(own(agent), item_id, text)) if text is not None else [])

    def speech(self, agent: str | SessionId, response: str, text: str = "Sure.", ms: float = 400.0) -> list[do.Effect]:
        """Let an agent begin a response and say something."""
        item = f"item_{response}"
        return self.feed(
            ev.ResponseStarted(own(agent), response, {"type": "response.created"}),
            ev.TranscriptProduced(own(agent), response, item, text),
            ev.AudioProduced(own(agent), response, item, ms, f"audio {response}"),
        )

    def speech_frame(self, agent: str | SessionId, response: str) -> list[do.Effect]:
        """Let an agent produce one more frame of audio."""
        return self.feed(ev.AudioProduced(own(agent), response, f"item_{response}", 20.0, f"audio {response}"))

    def answer(self, agent: str | SessionId, response: str, text: str = "Sure.", ms: float = 400.0) -> list[do.Effect]:
        """Let an agent give a whole response."""
        return self.speech(agent, response, text, ms) + self.feed(
            ev.ResponseFinished(own(agent), response, "completed")
        )

    def function(
        self, agent: str | SessionId, response: str, name: str, arguments: str = "{}", call_id: str = "fc1"
    ) -> list[do.Effect]:
        """Let an agent call a function in a response that runs."""
        return self.feed(ev.FunctionCalled(own(agent), response, f"item_{call_id}", call_id, name, arguments))

    def transfer(
        self, source: str, target: str, arguments: str = '{"reason": "an invoice"}', call_id: str = "fc1"
    ) -> list[do.Effect]:
        """Let an agent begin a response that hands the caller over."""
        started = self.feed(ev.ResponseStarted(own(source), f"resp_{call_id}", {"type": "response.created"}))
        return started + self.function(source, f"resp_{call_id}", f"transfer_to_{target}", arguments, call_id)

    def moved(self, source: str, target: str, call_id: str = "fc1") -> list[do.Effect]:
        """Let a handoff run to its end: the target's response begins, the source's is done."""
        effects = self.transfer(source, target, call_id=call_id)
        effects += self.feed(ev.ResponseFinished(own(source), f"resp_{call_id}", "completed"))
        return effects + self.feed(ev.ResponseStarted(own(target), f"opening_{call_id}", {"type": "response.created"}))


def only(kind: type[E], effects: list[do.Effect]) -> list[E]:
    """Return the effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def alone(kind: type[E], effects: list[do.Effect]) -> E:
    """Return the one effect that there is, of this kind."""
    (effect,) = effects
    assert isinstance(effect, kind)
    return effect


def bank(*agents: str, text: str = TEAMWORK) -> Scene:
    """A call with the bank, its first session open."""
    scene = Scene(text, TEAMWORK_TOOLS)
    scene.open(*agents)
    return scene


def refused(effects: list[do.Effect]) -> dict[str, str]:
    """Return what a model was told instead."""
    said: dict[str, str] = json.loads(only(do.SendFunctionOutput, effects)[0].output)
    return said


def rules(effects: list[do.Effect]) -> list[str]:
    """Return the kinds of rules by which function calls were refused."""
    announced = only(do.Announce, effects)
    return [effect.fields["rule"] for effect in announced if effect.name == "function.refused"]


def told(effects: list[do.Effect]) -> str:
    """Return the output that a model was given first."""
    return only(do.SendFunctionOutput, effects)[0].output


def frame(number: int) -> ev.CallerSpoke:
    """20 ms of the caller's audio."""
    return ev.CallerSpoke(f"frame {number}", 20.0)


def calling(name: str = "find_order", settings: ev.CallerSettings | None = None) -> tuple[Scene, list[do.Effect]]:
    """A call in which front has called a function in a response that still runs."""
    scene = Scene()
    scene.open(settings=settings)
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    return scene, scene.function("front", "r1", name, '{"number": "48213"}')


def serving(agent: str = "front") -> Scene:
    """A call with the bank; the caller is with an agent that has just begun a response."""
    scene = bank(agent)
    if agent == "billing":
        scene.call.state.route.visited.add("verify")
        scene.call.state.variables.set("account", "123456")
        scene.call.state.variables.set("verified", True, "check_pin")
        scene.moved("front", "billing")
        scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"), expired(TimerKind.FAREWELL))
    scene.feed(ev.ResponseStarted(own(agent), "r1"))
    return scene


def verified(scene: Scene) -> None:
    """Let the caller be with `verify`, which finds out who they are."""
    scene.moved("front", "verify")
    scene.function("verify", "opening_fc1", "check_pin", call_id="pin")
    right = ev.ToolReturned(scene.ours("pin"), "right", {"verified": True})
    scene.feed(right, ev.ResponseFinished(VERIFY, "opening_fc1", "completed"))


def bridging(text: str = TEAMWORK) -> Scene:
    """Let billing, which bridges its handoffs with a line, have the caller."""
    scene = bank("verify", "billing", text=text)
    verified(scene)
    scene.turn("verify", "i2")
    scene.moved("verify", "billing", call_id="fc2")
    scene.feed(ev.ResponseFinished(BILLING, "opening_fc2", "completed"))
    scene.turn("billing", "i3")
    return scene
