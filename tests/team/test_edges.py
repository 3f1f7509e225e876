"""Ways: their forms, their functions."""

from __future__ import annotations

from orchestrator.team import Handoff
from orchestrator.team.edges import TARGET
from tests.core.scene import team

TEAM = team(
    """
team: t
agents:
  a:
    instructions: x
    handoffs: {b: {context: {share: all, last: 5, drop: [a]}, returns: true, bridge: One moment.}}
    consult: [c, {d: plans}, {b: {timeout: 5, filler: Wait., context: all}}]
  b: {instructions: x, consult: {c: {filler: null}}}
  c: {kind: text, instructions: x}
  d: {kind: text, instructions: x}
"""
)


def test_the_three_forms_of_consults() -> None:
    """The same as for handoffs; by default there is a filler after two seconds, and `null` is silence."""
    first, second, third = TEAM.agents["a"].consult

    assert [(way.to, way.when, way.function) for way in (first, second, third)] == [
        ("c", "", "ask_c"),
        ("d", "plans", "ask_d"),
        ("b", "", "ask_b"),
    ]
    assert (first.timeout, first.filler and (first.filler.say, first.filler.after), first.context.share) == (
        30,
        ("", 2),
        "spoken",
    )
    assert (third.timeout, third.filler and third.filler.say, third.context.share) == (5, "Wait.", "all")
    assert TEAM.agents["b"].consult[0].filler is None


def test_a_handoff_in_full() -> None:
    """Its context, its bridge, and whether the caller can be given back."""
    (edge,) = TEAM.edges("a")

    assert (edge.context.share, edge.context.last, edge.context.drop) == ("all", 5, ("a",))
    assert (edge.bridge, edge.returns, edge.function) == ("One moment.", True, "transfer_to_b")


def test_the_way_back_has_the_same_name_everywhere() -> None:
    """Only agents that a returning handoff leads to have it."""
    back = TEAM.back("a")

    assert (back.to, back.function) == ("a", "hand_back")
    assert TEAM.gives_back("b")
    assert not TEAM.gives_back("a")
    assert isinstance(Handoff.model_validate({TARGET: "b"}), Handoff)
