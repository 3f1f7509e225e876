"""Several callers in one call: who may join, and how it ends."""

from __future__ import annotations

import pytest

from orchestrator.core import events as ev
from orchestrator.core.effects import EndCall
from orchestrator.core.memory.shared import SEATS
from tests.core.scene import only, own, refused, rules
from tests.core.seats.dispatch import DISPATCH, Seats


@pytest.mark.parametrize(
    ("agent", "seat", "why"),
    [
        ("nobody", "new", "There is no agent 'nobody' in this team with whom a caller can begin. Agents: dispatcher"),
        ("records", "new", "There is no agent 'records'"),
        ("chief", "new", "There is no agent 'chief'"),
        ("police", "caller", "The seat 'caller' is taken."),
        ("dispatcher", "new", "'dispatcher' cannot take over while another caller of this call is with it."),
        ("medic", "new", "'medic' cannot take over before these are known: place."),
    ],
)
def test_who_cannot_join_is_told_why(agent: str, seat: str, why: str) -> None:
    """What is wrong with the agent, or with the name of the seat."""
    assert str(Seats().first.call.seat_refusal(agent, seat)).startswith(why)


def test_a_rule_that_says_who_comes_first_holds_for_a_new_seat_too() -> None:
    """The new caller was with nobody yet."""
    seats = Seats(DISPATCH.replace("rules: [", "rules: [nurse before police, "))

    assert seats.first.call.seat_refusal("police", "new") == (
        "'police' cannot take over before the caller was with nurse."
    )


def test_the_number_of_seats_is_limited() -> None:
    """They are counted while their callers are there."""
    seats = Seats()
    state = seats.first.call.state
    for number in range(SEATS - 1):
        state.shared.take(f"other {number}", state)

    assert seats.first.call.seat_refusal("police", "new") == "A call has 8 callers at most."


def test_nobody_joins_a_call_that_ends() -> None:
    """Neither while the goodbye is said, nor later."""
    seats = Seats()
    assert seats.first.call.seat_refusal("police", "new") is None
    seats.feed("caller", ev.CallerLeft("bye"))

    assert seats.first.call.seat_refusal("police", "new") == "The call is ending."


def test_an_agent_has_one_caller_at_a_time() -> None:
    """Another seat is not handed over to it, by whatever way; later it can be."""
    seats = Seats()
    seats.join("nurse")
    seats.first.transfer("dispatcher", "nurse")
    assert seats.first.call.refusal("nurse") == "'nurse' cannot take over while another caller of this call is with it."
    seats.feed("nurse", ev.CallerLeft("bye"))

    assert seats.first.call.refusal("nurse") is None


def test_a_transfer_to_an_agent_with_another_caller_is_refused() -> None:
    """The model is told why."""
    seats = Seats()
    seats.join("nurse")

    effects = seats.first.transfer("dispatcher", "nurse")
    assert rules(effects) == ["occupied"]
    assert refused(effects)["error"] == "'nurse' cannot take over while another caller of this call is with it."


def test_a_call_goes_on_until_the_last_caller_leaves() -> None:
    """Whoever came first may leave first."""
    seats = Seats()
    seats.join("police")
    effects = seats.feed("caller", ev.CallerLeft("bye"))
    assert not only(EndCall, effects["police"])

    assert only(EndCall, seats.feed("police", ev.CallerLeft("bye"))["police"])


def test_a_call_can_end_with_its_first_caller() -> None:
    """`ends_with: first`: the others hear no more; another one that leaves ends nothing."""
    seats = Seats(f"{DISPATCH}\nends_with: first\n")
    seats.join("police")
    seats.join("nurse")
    assert not only(EndCall, seats.feed("nurse", ev.CallerLeft("bye"))["caller"])
    (ended,) = only(EndCall, seats.feed("caller", ev.CallerLeft("bye"))["police"])

    assert (ended.ending, ended.reason) == (ev.Ending.FINISHED, "the first caller has left")


def test_nothing_that_is_only_passed_on_stirs_other_seats() -> None:
    """Audio above all."""
    seats = Seats()
    seats.join("police")
    effects = seats.feed(
        "caller", ev.CallerSpoke("frame", 20.0), ev.AudioProduced(own("dispatcher"), "r", "i", 20.0, "f")
    )

    assert effects["police"] == []
