"""What the seats of one call share."""

from __future__ import annotations

from orchestrator.core import events as ev
from orchestrator.core.effects import AddItem, EndCall, StartTimer
from orchestrator.core.ids import TimerKind
from orchestrator.core.memory.shared import SEATS
from tests.core.scene import only, own
from tests.core.seats.dispatch import Seats


def told(effects: list[AddItem]) -> list[str]:
    """Return the texts of items."""
    return [str(effect.item["content"][0]["text"]) for effect in effects]


def test_what_was_said_on_other_seats_reaches_an_agent_as_text() -> None:
    """Whoever joins is told what was said, with the names of the seats; so is whoever gets the caller next."""
    seats = Seats()
    seats.first.turn("dispatcher", "i1", "There is a fire.")
    police = seats.join("police")
    assert not only(AddItem, seats.feed("police", ev.SessionLost(own("police"), "x"))["police"])
    known = [str(line) for line in police.call.state.transcript.known("police")]
    assert "Caller (caller): There is a fire." in known[0]

    seats.feed("police", ev.SessionOpened(own("police")))
    police.turn("police", "i2", "I am there.")
    seats.feed("caller", ev.SessionOpened(own("nurse")))
    effects = seats.first.transfer("dispatcher", "nurse")
    assert "Caller (police): I am there." in told(only(AddItem, effects))[0]


def test_an_agent_is_told_of_other_seats_once() -> None:
    """What it knows is not repeated when it gets the caller again."""
    seats = Seats()
    police = seats.join("police")
    seats.feed("caller", ev.SessionOpened(own("nurse")))
    police.turn("police", "i1", "I am there.")
    seats.first.moved("dispatcher", "nurse")
    back = seats.first.function("nurse", "opening_fc1", "hand_back", '{"reason": "calm"}', call_id="fc2")
    assert "I am there." in told(only(AddItem, back))[0]
    seats.feed(
        "caller", ev.ResponseStarted(own("dispatcher"), "r9"), ev.ResponseFinished(own("dispatcher"), "r9", "completed")
    )
    seats.first.turn("dispatcher", "i2", "And now?")

    again = seats.first.transfer("dispatcher", "nurse", call_id="fc3")
    assert "I am there." not in told(only(AddItem, again))[0]


def test_what_was_said_on_a_seat_that_was_left_is_remembered() -> None:
    """As much of it as of seats that are open; the oldest are forgotten."""
    seats = Seats()
    for number in range(SEATS + 1):
        police = seats.join("police")
        police.turn("police", "i1", f"word {number}")
        seats.feed("police", ev.CallerLeft("bye"))
    seats.join("police")
    (known,) = seats.scenes["police"].call.state.transcript.known("police")

    assert "word 0" not in str(known)
    assert f"word {SEATS}" in str(known)


def test_a_variable_that_one_seat_sets_is_known_to_all() -> None:
    """And sessions whose instructions mention it are configured again."""
    seats = Seats()
    seats.feed("caller", ev.CallerConfigured(ev.CallerSettings()))
    seats.first.call.state.variables.set("place", "Kiel")
    medic = seats.join("medic")
    medic.call.state.variables.set("place", "Bonn")
    effects = seats.feed("caller", ev.CallerPressed())

    assert [effect.variables for effect in effects["medic"] if hasattr(effect, "variables")] == [{"place": "Bonn"}]


def test_the_time_of_a_call_counts_from_its_first_caller() -> None:
    """Whoever joins late has what is left of it."""
    seats = Seats()
    seats.first.now += 600
    seats.join("police")
    (limit,) = (start for start in only(StartTimer, seats.welcome) if start.timer.kind is TimerKind.CALL)

    assert limit.seconds == 3000


def test_a_call_that_has_used_up_its_tokens_ends_for_all() -> None:
    """Each seat says its own goodbye."""
    seats = Seats()
    police = seats.join("police")
    seats.first.speech("dispatcher", "r1")
    finished = ev.ResponseFinished(own("dispatcher"), "r1", "completed", usage={"input_tokens": 60_000})
    effects = seats.feed("caller", finished)

    assert police.call.state.caller.goodbye is not None
    assert only(StartTimer, effects["police"])[0].timer.kind is TimerKind.GOODBYE
    assert not only(EndCall, effects["police"])
