"""A team with somebody outside, and a call in which the caller is connected to them."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.away.events import Reach
from orchestrator.core.ids import TimerKind
from orchestrator.core.tools.rules import ToolRule, ToolRules
from tests.core.scene import FRONT, Scene, expired

PRACTICE = """
team: practice
variables: {card: {type: string, secret: true}, account: null}
limits: {call: 3600, silence: 300, handoffs: 2}
people: {support: {}}
agents:
  front:
    instructions: Find out what the caller needs.
    handoffs:
      billing: invoices
      clinic: {when: a visit, needs: [account]}
      office: {when: forms, bridge: I put you through to the office., returns: true}
      lawyer: trouble
      nurse: illness
  billing:
    instructions: Solve questions about invoices.
    handoffs: [front, clinic, office]
  nurse:
    kind: person
    desk: support
    wait: {limit: 30, say: I am looking for a nurse., then: front}
    handoffs: [office]
  clinic:
    kind: outside
    transfer: tel:+4930123
    wait: {limit: 20, say: I connect you., then: billing}
  office:
    kind: outside
    transfer: tel:+4930456
    brief: spoken
    wait: {limit: 25, say: One moment., then: front}
  lawyer:
    kind: outside
    transfer: sip:lawyer@example.com
    brief: none
    wait: {limit: 15, say: I call the lawyer., then: billing}
"""
TOOLS: ToolRules = {
    "front": {"find_order": ToolRule(), "end_call": ToolRule()},
    "billing": {},
    "nurse": {},
    "clinic": {},
    "office": {},
    "lawyer": {},
}


def talking(reach: Reach = Reach.TELEPHONE, text: str = PRACTICE) -> Scene:
    """A call whose caller has said what they want."""
    scene = Scene(text, TOOLS)
    scene.feed(ev.CallerJoined(reach=reach), ev.SessionOpened(FRONT))
    scene.turn("front", "i1", "I want to talk to the office.")
    return scene


def leaving(to: str = "office", reach: Reach = Reach.TELEPHONE) -> tuple[Scene, list[do.Effect]]:
    """A call in which an agent has just asked for somebody outside."""
    scene = talking(reach)
    return scene, scene.transfer("front", to)


def away(to: str = "office", reach: Reach = Reach.TELEPHONE) -> tuple[Scene, list[do.Effect]]:
    """A call whose caller has been told so, and is being connected."""
    scene, _ = leaving(to, reach)
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.answer("front", "line", "I put you through.", ms=1000.0)
    return scene, scene.after(1.5, expired(TimerKind.GOODBYE))
