"""A team with a person in it, and a call in which the caller waits for them or has them."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.core.tools.rules import ToolRule, ToolRules
from orchestrator.team import Filler
from tests.core.scene import FRONT, Scene, only

DESK = """
team: office
variables: {card: {type: string, secret: true}}
limits: {call: 3600, silence: 300, handoffs: 2}
rules: [card stays in billing]
agents:
  front:
    instructions: Find out what the caller needs.
    handoffs: [billing, colleague, nurse]
  billing:
    instructions: Solve questions about invoices.
    handoffs: [front, colleague, nurse]
  colleague:
    kind: person
    desk: support
    brief: spoken
    wait: {limit: 90, say: I am looking for a colleague., then: billing}
    handoffs: [billing, nurse]
    tools: [agents/x.py:find_order]
  nurse:
    kind: person
    desk: support
    wait: {limit: 30, say: I am looking for a nurse., then: front, sound: none}
people: {support: {}}
"""
TOOLS: ToolRules = {
    "front": {"find_order": ToolRule()},
    "billing": {"refund": ToolRule()},
    "colleague": {"find_order": ToolRule()},
    "nurse": {},
}
# A team in which everything can happen with persons; see the walk.
WARD = """
team: ward
variables:
  card: {type: string, set_by: take_card, secret: true}
  account: {type: string, pattern: "^[0-9]{6}$"}
limits: {call: 3600, silence: 300, handoffs: 4, tokens: 60000}
rules:
  - card stays in billing
  - billing before nurse
agents:
  front:
    instructions: Find out what the caller needs.
    fallback: [local]
    handoffs:
      billing: {bridge: One moment.}
      colleague: {returns: true, args: {amount: integer}}
      doctor: illness
      clinic: {when: a visit, context: summary}
  billing:
    instructions: Solve questions about invoices.
    press: true
    handoffs: {front: {context: summary}, nurse: {needs: [account]}, colleague: a human, vault: secrets, office: forms}
  vault: {instructions: "Guard account {{ variables.account }}.", handoffs: [front, nurse]}
  colleague:
    kind: person
    desk: support
    brief: spoken
    wait: {limit: 90, say: I am looking for a colleague., then: billing}
    handoffs: [billing, doctor, clinic]
    tools: [agents/x.py:find_order]
  nurse:
    kind: person
    desk: support
    wait: {limit: 30, say: I am looking for a nurse., then: vault, sound: none}
    handoffs: [colleague]
  clinic: {kind: outside, transfer: "tel:+4930123", wait: {limit: 20, say: I put you through., then: front}}
  office:
    kind: outside
    transfer: sip:office@example.com
    brief: none
    wait: {limit: 20, say: I connect you., then: vault}
  doctor:
    kind: person
    desk: support
    brief: none
    wait: {limit: 30, say: I am looking for a doctor., then: front}
people: {support: {}}
"""
WARD_TOOLS: ToolRules = {
    "front": {"find_order": ToolRule(Filler(say="I am still here."))},
    "billing": {"take_card": ToolRule()},
    "vault": {},
    "colleague": {"find_order": ToolRule()},
    "nurse": {},
    "doctor": {},
    "clinic": {},
    "office": {},
}
COLLEAGUE, NURSE = SessionId("colleague"), SessionId("nurse")


def waiting(person: str = "colleague", text: str = DESK) -> tuple[Scene, list[do.Effect]]:
    """A call in which the caller has just asked for a person; the other agents' sessions are open."""
    scene = Scene(text, TOOLS)
    scene.open("billing")
    scene.turn("front", "i1", "I want to talk to a person.")
    return scene, scene.transfer("front", person)


def said(scene: Scene, agent: str = "front", response: str = "line") -> list[do.Effect]:
    """Let the response with the transfer call end, and the waiting line be said and played."""
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.answer(agent, response, "I am looking for a colleague.", ms=1000.0)
    return scene.after(1.5, ev.SessionReported(FRONT, {"type": "rate_limits.updated"}))


def connected(person: str = "colleague") -> Scene:
    """A call in which a person has the caller."""
    scene, _ = waiting(person)
    said(scene)
    scene.feed(ev.SessionOpened(SessionId(person)))
    return scene


def announced(effects: list[do.Effect], name: str) -> list[do.Announce]:
    """Return what was announced under a name."""
    return [effect for effect in only(do.Announce, effects) if effect.name == name]
