"""A team without one thing, one at a time."""

from __future__ import annotations

from orchestrator.team import Team
from orchestrator.trials.mutations import mutations, unnoticed
from tests.core.scene import team

BANK = """
team: bank
variables: {account: {type: string}, pin: {type: string}, card: {type: string}}
rules:
  - card stays in billing
  - account stays in front, billing
agents:
  front:
    instructions: Find out what the caller needs.
    handoffs: {verify: , billing: {needs: [account, pin]}}
    consult: [planner]
    messages: [desk]
  verify: {instructions: Check who calls.}
  billing: {instructions: Solve questions.}
  planner: {kind: text, instructions: Plan.}
  desk: {instructions: Help.}
anywhere: [desk]
"""


def test_a_team_lacks_one_thing_at_a_time() -> None:
    """Rules, needs, handoffs, consults, messages; with the place in the file."""
    found = list(mutations(team(BANK)))

    assert [mutation.lacks for mutation in found] == [
        "the rule `card stays in billing`",
        "the rule `account stays in front, billing`",
        "the handoff from anywhere to desk",
        "the handoff from front to verify",
        "the need of account from front to billing",
        "the need of pin from front to billing",
        "the handoff from front to billing",
        "the consult from front to planner",
        "the message from front to desk",
    ]
    assert found[0].where == "agents.yaml:5:5 rules.0"
    assert found[6].where == "agents.yaml:10:26 agents.front.handoffs.billing"


def test_it_has_everything_else() -> None:
    """Each mutation differs from the team in what it lacks, and nowhere else."""
    whole = team(BANK)
    rule, _, anywhere, verify, account, *_, consult, message = (mutation.team for mutation in mutations(whole))

    assert [str(each) for each in rule.rules] == ["account stays in front, billing"]
    assert anywhere.anywhere == ()
    assert [edge.to for edge in verify.agents["front"].handoffs] == ["billing"]
    assert [edge.needs for edge in account.agents["front"].handoffs] == [(), ("pin",)]
    assert account.rules == whole.rules
    assert consult.agents["front"].consult == ()
    assert consult.agents["front"].messages == whole.agents["front"].messages
    assert message.agents["front"].messages == ()
    assert message.files == whole.files


def test_what_no_test_notices_is_told() -> None:
    """A test that passes with a mutation does not hold what it lacks."""

    def passes(one: Team) -> bool:
        return len(one.rules) == 2 and bool(one.anywhere)

    found = [mutation.lacks for mutation in unnoticed(team(BANK), passes)]
    assert found[0] == "the handoff from front to verify"
    assert len(found) == 6
