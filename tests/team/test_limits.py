"""The limits of a call, the prices of models and what is kept of a call, as a team file sets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from orchestrator.team import check_team
from orchestrator.team.limits import Limit, Limits, Price, Record
from orchestrator.team.schema import Team
from tests.core import scene

AGENTS = {"front": {"name": "front", "instructions": "Help."}}


def test_a_call_has_limits_by_default() -> None:
    """A call ends after an hour, or after five minutes of silence; tokens and money have no limit."""
    limits = Limits()

    assert (limits.call.at, limits.silence.at, limits.tool, limits.handoffs) == (3600, 300, 20, 30)
    assert (limits.tokens, limits.money) == (None, None)


def test_a_limit_can_be_written_as_a_number() -> None:
    """Then the agent says goodbye in its own words."""
    limits = Limits.model_validate({"call": 60, "money": {"at": 0.5, "say": "Goodbye."}})

    assert limits.call == Limit(at=60, say="")
    assert limits.money == Limit(at=0.5, say="Goodbye.")


@pytest.mark.parametrize(
    "written",
    [{"call": 0}, {"silence": -1}, {"tokens": 0}, {"money": {"say": "Goodbye."}}, {"tool": 0}, {"handoffs": -1}],
    ids=str,
)
def test_impossible_limits_are_refused(written: dict[str, object]) -> None:
    """A limit of zero would end every call at once; one without a number would end none."""
    with pytest.raises(ValidationError):
        Limits.model_validate(written)


def test_no_handoffs_at_all_can_be_allowed() -> None:
    """Zero is a number of handoffs."""
    assert Limits.model_validate({"handoffs": 0}).handoffs == 0


def test_a_price_is_zero_where_it_is_not_written_and_never_negative() -> None:
    """A model may cost nothing for some kinds of tokens."""
    assert Price(audio_out=64).model_dump() == dict.fromkeys(Price.model_fields, 0.0) | {"audio_out": 64.0}
    with pytest.raises(ValidationError):
        Price.model_validate({"text_in": -1})


def record(value: object) -> Record | None:
    """Read the key `record` of a team."""
    return Team.model_validate({"team": "t", "start": "front", "agents": AGENTS, "record": value}).record


def test_words_are_kept_for_a_month_by_default() -> None:
    """And no sound; `true` says the same, and `false` keeps nothing."""
    kept = Team.model_validate({"team": "t", "start": "front", "agents": AGENTS}).record

    assert kept == record(True) == Record()
    assert (Record().transcript, Record().audio, Record().seconds) == (True, False, 30 * 24 * 3600)
    assert record(False) is None


@pytest.mark.parametrize(
    ("keep", "seconds"),
    [("1 day", 86400), ("12 hours", 43200), ("90 minutes", 5400), ("2 weeks", 1209600), ("forever", None)],
)
def test_a_span_of_time_has_a_unit(keep: str, seconds: float | None) -> None:
    """In words that people use; without an end it is `forever`."""
    assert Record(keep=keep).seconds == seconds


@pytest.mark.parametrize("keep", ["30", "0 days", "1 month", "days", ""])
def test_any_other_span_is_refused(keep: str) -> None:
    """A month has no length, and a number alone could be anything."""
    with pytest.raises(ValidationError):
        Record(keep=keep)


def test_a_team_may_have_a_quota() -> None:
    """By default there is none."""
    written = {"calls": 20, "calls_per_minute": 60, "dollars_per_day": 50}
    limits = Limits.model_validate(written)

    assert {name: getattr(limits, name) for name in written} == written
    assert {name: getattr(Limits(), name) for name in written} == dict.fromkeys(written)
    for name in written:
        with pytest.raises(ValidationError):
            Limits.model_validate({name: 0})


@pytest.mark.parametrize(("written", "share"), [("10%", 0.1), ("2.5 %", 0.025), ("0.5", 0.5), ("100%", 1.0)])
def test_a_canary_gets_a_share_of_the_calls(written: str, share: float) -> None:
    """In percent, or as a number."""
    team = scene.team(f"team: t\ncanary: {written}\nagents: {{a: {{instructions: Hi}}}}\n")

    assert team.canary == share


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("10 percent", "this is no share of the calls. Write 10% or 0.1."),
        ("0", "too small. Write a number greater than 0."),
        ("150%", "too large. Write 1 or less."),
    ],
)
def test_what_is_no_share_is_told(tmp_path: Path, written: str, what: str) -> None:
    """With its place."""
    path = tmp_path / "agents.yaml"
    path.write_text(f"team: t\ncanary: {written}\nagents: {{a: {{instructions: Hi}}}}\n", encoding="utf-8")

    (problem,) = check_team(path, environ={})

    assert str(problem) == f"agents.yaml:2:1 canary: {what}"
