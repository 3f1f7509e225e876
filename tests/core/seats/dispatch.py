"""A team in which several callers take part, each with an agent of their own."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.call import Call
from orchestrator.core.state import MEMORY, Seat
from orchestrator.core.tools.rules import ToolRule, ToolRules
from tests.core.scene import Scene, own

DISPATCH = """
team: emergency
variables:
  card: {type: string, set_by: take_card, secret: true}
  place: {type: string}
rules: [card stays in dispatcher, send_car at most 2 per call]
limits: {call: 3600, silence: 300, handoffs: 6, tokens: 50000}
agents:
  dispatcher:
    instructions: Find out what has happened.
    handoffs: {nurse: {returns: true, bridge: I pass you on.}, chief: {returns: true}}
    consult: [records]
    messages: {medic: when somebody is hurt, police: when there is danger, records: notes, chief: what is important}
  medic:
    instructions: "Help the medic at {{ variables.place }}."
    messages: [dispatcher, police]
  police:
    instructions: Help the police officer.
    handoffs: [dispatcher]
    messages: [dispatcher, medic]
  nurse: {instructions: Calm people down., handoffs: [police]}
  records: {kind: text, instructions: Keep the records., messages: [dispatcher, police]}
  chief:
    kind: person
    desk: chiefs
    wait: {limit: 30, say: I call the chief., then: dispatcher}
people: {chiefs: {}}
"""
DISPATCH_TOOLS: ToolRules = {
    "dispatcher": {"take_card": ToolRule(), "send_car": ToolRule()},
    "medic": {},
    "police": {"send_car": ToolRule()},
    "nurse": {},
    "records": {},
    "chief": {},
}


class Seats:
    """A call with several seats, each a scene; all have the same clock and hear of each other at once."""

    def __init__(self, text: str = DISPATCH) -> None:
        self.first = Scene(text, DISPATCH_TOOLS)
        self.scenes = {"caller": self.first}
        self.welcome: list[do.Effect] = []  # what was done for the caller who joined last
        self.feed("caller", ev.CallerJoined(), ev.SessionOpened(own("dispatcher")))

    def join(self, agent: str) -> Scene:
        """Let a caller join with an agent, whose session opens; the seat is named like the agent."""
        scene = Scene(tools=DISPATCH_TOOLS)
        scene.now = self.first.now
        seat = Seat(self.first.call.state.shared, agent, agent)
        scene.call = Call(self.first.call.state.team, DISPATCH_TOOLS, seed=agent, memory=MEMORY, seat=seat)
        self.scenes[agent] = scene
        self.welcome = self.feed(agent, ev.CallerJoined(), ev.SessionOpened(own(agent)))[agent]
        return scene

    def feed(self, seat: str, *events: ev.Event) -> dict[str, list[do.Effect]]:
        """Feed events to a seat and let the others know; return the effects of all."""
        effects: dict[str, list[do.Effect]] = {name: [] for name in self.scenes}
        for event in events:
            here = self.scenes[seat].feed(event)
            effects[seat] += here
            for name, scene in self.scenes.items():
                if do.StirSeats() in here and name != seat:
                    effects[name] += scene.feed(ev.SeatsStirred())
        return effects

    def write(
        self, seat: str, to: str, text: str, *, urgent: bool = False, call_id: str = "m1"
    ) -> dict[str, list[do.Effect]]:
        """Let the agent that has a seat's caller write to another agent, in a response of its own."""
        session = self.scenes[seat].call.state.active.id
        arguments = f'{{"text": "{text}", "urgent": {str(urgent).lower()}}}'
        called = ev.FunctionCalled(session, f"r_{call_id}", f"i_{call_id}", call_id, f"message_{to}", arguments)
        finished = ev.ResponseFinished(session, f"r_{call_id}", "completed")
        return self.feed(seat, ev.ResponseStarted(session, f"r_{call_id}"), called, finished)
