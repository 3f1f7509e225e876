"""The first line of a record."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.events import CallerJoined
from orchestrator.core.tools.rules import ToolRule, ToolRules, WhenLate
from orchestrator.records.format import RecordError
from orchestrator.records.format.header import Header, TeamHeader, read_header, stand_in
from orchestrator.team import Filler
from orchestrator.team.people import Confirm
from tests.core.scene import team

TEXT = """
team: t
variables:
  card: {type: integer, secret: true, default: 4929183827463951}
  pin: {type: string, pattern: "^[0-9]{4}$"}
  city: Kiel
rules: [pin stays in front]
agents: {front: {instructions: Help.}}
"""
RULES: ToolRules = {
    "front": {
        "pay": ToolRule(
            Filler(say="One moment."), Confirm(by="person"), when_late=WhenLate.INTERRUPT, hidden=frozenset({"pin"})
        ),
        "look": ToolRule(idempotent=True),
    }
}


def header() -> Header:
    """The header of a call, as it is read."""
    common = TeamHeader(
        team(TEXT),
        team_hash="4f",
        models={"front": "a/b"},
        rules=RULES,
        memory=99,
    )
    said = common.of("sess_1", started=5.0, seed="abc", agent="front", formats={"input": {"type": "audio/pcm"}})
    return read_header(json.dumps(said))


def test_it_says_what_the_call_was() -> None:
    """Who looks at a call needs nothing else."""
    said = header().said

    assert {name: said[name] for name in ("v", "call", "started", "agent", "models", "formats")} == {
        "v": 1,
        "call": "sess_1",
        "started": 5.0,
        "agent": "front",
        "models": {"front": "a/b"},
        "formats": {"input": {"type": "audio/pcm"}},
    }
    assert said["package"]
    assert "4929183827463951" not in json.dumps(said)


def test_a_call_is_made_of_it() -> None:
    """With the same seed, tools, approvals and memory."""
    one = header()
    call = one.call(one.team, "abc")

    assert call.state.functions.tools == RULES
    assert call.state.caller.memory == 99
    assert call.handle(CallerJoined(), 0.0)


def test_secrets_have_values_that_are_made_up() -> None:
    """Also those that stay in some agents; whatever they must be like, they can be set to that."""
    one = header()
    variables = one.team.variables

    assert one.stand_ins == {"secret:card": stand_in("card"), "secret:pin": stand_in("pin")}
    assert variables["card"].default == stand_in("card")
    assert variables["pin"].fault(stand_in("pin")) == ""
    assert variables["city"].default == "Kiel"
    assert (len(stand_in("pin")), stand_in("pin").isdigit(), stand_in("pin") == stand_in("card")) == (16, True, False)


def test_all_its_texts_are_known() -> None:
    """Nothing of them was said in a call."""
    common = TeamHeader(team(TEXT), team_hash="4f", models={}, rules=RULES, memory=1)

    assert {"Help.", "One moment.", "pin stays in front"} <= common.texts
    assert common.hidden == {"pin"}


@pytest.mark.parametrize("line", ["", "{", "[]", '{"t": 1}'])
def test_what_is_no_header_is_refused(line: str) -> None:
    """It may be any file."""
    with pytest.raises(RecordError, match="no record of a call"):
        read_header(line)


@pytest.mark.parametrize("version", [0, 2, "1"])
def test_another_version_is_refused_with_what_can_read_it(version: object) -> None:
    """The package that wrote it."""
    with pytest.raises(RecordError, match=r"versions 1 to 1 can be read here. It was written by orchestrator 9.9"):
        read_header(json.dumps({"v": version, "package": "9.9"}))


def test_a_team_of_another_version_is_refused_with_a_reason() -> None:
    """Its keys may mean something else by now."""
    with pytest.raises(RecordError, match=r"version 9.9 of orchestrator, whose team file is not understood here"):
        _ = Header({"package": "9.9", "team": {"team": "t", "voices": 3}}).team
