"""What a team can do, and what of it some calls have taken."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest

from orchestrator.observe.facts import Fact, Outcome, Refused
from orchestrator.team import Team
from orchestrator.trials.measures.coverage import Kind, Point, cover, points, taken
from tests.core.scene import team
from tests.observe.happened import announced, asked, awaited, handed, ran, refused

BANK = """
team: bank
variables:
  account: {type: string}
  verified: {type: boolean, set_by: check_pin}
  card: {type: string, set_by: take_card, secret: true}
rules: [verify before billing, refund at most 1 per call, refund needs card, card stays in billing]
people: {desk: {may: [take]}}
agents:
  front:
    instructions: Find out what the caller needs.
    fallback: [local]
    handoffs: {verify: {returns: true}, billing: {needs: [account, verified]}}
    consult: [planner]
    messages: [billing]
  verify: {instructions: Check who calls., handoffs: [colleague]}
  billing: {instructions: Solve questions., handoffs: {front: {returns: true}}}
  colleague: {kind: person, desk: desk, wait: {say: Please wait., limit: 90, then: billing}}
  planner: {kind: text, instructions: Plan.}
"""
TOOLS: Mapping[str, Collection[str]] = {"verify": ["check_pin"], "billing": ["refund", "take_card"]}


@pytest.fixture(scope="module")
def bank() -> Team:
    return team(BANK)


def test_all_that_can_happen_is_listed(bank: Team) -> None:
    """One line for each; who is handed over to front has a way of their own to get there."""
    assert [f"{point.kind}: {point}" for point in points(bank, TOOLS)] == [
        "handoffs: front → verify",
        "handoffs: front → billing",
        "needs: front: billing needs account",
        "needs: front: billing needs verified",
        "given back: verify → front",
        "consults: front asks planner",
        "messages: front → billing",
        "fallbacks: front: local",
        "handoffs: verify → colleague",
        "tools: verify: check_pin",
        "handoffs: billing → front",
        "tools: billing: refund",
        "tools: billing: take_card",
        "handoffs: colleague → billing",
        "rules: verify before billing",
        "rules: refund at most 1 per call",
        "rules: refund needs card",
        "rules: card stays in billing",
    ]


def no(name: str, rule: str, reason: str) -> Refused:
    return refused(agent="billing" if name == "refund" else "front", name=name, rule=rule, reason=reason)


NEEDED = "billing needs verified, which check_pin sets."
MESSAGE: dict[str, Any] = {"from": "front", "to": "billing"}
LEFT: dict[str, Any] = {"from": "verify", "to": "colleague"}
CASES: list[tuple[list[Fact], set[str]]] = [
    ([handed("front", "verify")], {"handoffs: front → verify"}),
    ([handed("front", "verify", outcome=Outcome.FAILED)], set()),
    ([handed("verify", "front")], {"given back: verify → front"}),
    (
        [asked(outcome=Outcome.COMPLETED)],
        {"consults: front asks planner"},
    ),
    ([asked(outcome=Outcome.FAILED)], set()),
    ([ran("check_pin", agent="verify")], {"tools: verify: check_pin"}),
    ([no("transfer_to_billing", "needs", NEEDED)], {"needs: front: billing needs verified"}),
    ([no("transfer_to_billing", "before", "before verify")], {"rules: verify before billing"}),
    ([no("ask_billing", "before", "before verify")], {"rules: verify before billing"}),
    ([no("transfer_to_billing", "handoffs", "too many")], set()),
    ([no("refund", "at most", "ran already")], {"rules: refund at most 1 per call"}),
    ([no("refund", "needs", "refund needs card.")], {"rules: refund needs card"}),
    ([no("refund", "needs", "refund needs card-holder.")], set()),
    (
        [ran("take_card", agent="billing", variables={"card": "secret:card"}), handed("billing", "front")],
        {"tools: billing: take_card", "handoffs: billing → front", "rules: card stays in billing"},
    ),
    ([announced("variables.set", values={"card": "x"}), handed("front", "billing")], {"handoffs: front → billing"}),
    ([announced("session.fallback", agent="front", model="local")], {"fallbacks: front: local"}),
    ([announced("message.sent", **MESSAGE)], {"messages: front → billing"}),
    ([announced("session.renewed", agent="front")], set()),
    ([awaited(agent="colleague", outcome=Outcome.FAILED)], {"handoffs: colleague → billing"}),
    ([awaited(agent="colleague")], set()),
    ([announced("transfer.started", **LEFT)], {"handoffs: verify → colleague"}),
    ([announced("transfer.ended", to="colleague", status="busy")], {"handoffs: colleague → billing"}),
    ([announced("transfer.ended", to="colleague", status="completed")], set()),
]


@pytest.mark.parametrize(("timeline", "expected"), CASES, ids=[str(index) for index in range(len(CASES))])
def test_what_happened_is_taken(bank: Team, timeline: list[Fact], expected: set[str]) -> None:
    """What failed, and what another limit refused, is not."""
    found = taken(bank, timeline) & set(points(bank, TOOLS))
    assert {f"{point.kind}: {point}" for point in found} == expected


def test_the_table_names_what_was_not_taken(bank: Team) -> None:
    """How much of each kind, and how much in all."""
    coverage = cover(
        bank, TOOLS, [[handed("front", "verify"), handed("verify", "colleague")], [ran("check_pin", agent="verify")]]
    )

    assert coverage.counts[Point(Kind.HANDOFF, "front", "verify")] == 1
    assert coverage.table().splitlines()[:3] == [
        "coverage 17 %",
        "  handoffs     2 of 5  not taken: front → billing, billing → front, colleague → billing",
        "  given back   0 of 1  not taken: verify → front",
    ]
    assert "  tools        1 of 3  not taken: billing: refund, billing: take_card" in coverage.table()


def test_edges_that_no_call_has_taken(bank: Team) -> None:
    """By who has the function, and its name, as a drawing marks them."""
    assert cover(bank, TOOLS, [[handed("front", "verify"), handed("colleague", "billing")]]).untaken_edges == {
        ("front", "transfer_to_billing"),
        ("front", "ask_planner"),
        ("front", "message_billing"),
        ("verify", "transfer_to_colleague"),
        ("billing", "transfer_to_front"),
    }


def test_a_team_that_can_do_nothing_is_covered() -> None:
    """One agent without tools has nothing to take."""
    alone = team("team: alone\nagents: {front: {instructions: Talk.}}")
    assert cover(alone, {}, []).table() == "coverage 100 %"
