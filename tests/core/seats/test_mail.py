"""Messages on their way: when they are delivered, in which order, and that each comes to one end."""

from __future__ import annotations

from orchestrator.core import events as ev
from orchestrator.core.effects import AddItem, Announce, CancelResponse, CreateResponse, Effect
from orchestrator.core.memory.shared import SENT
from tests.core.scene import only, own
from tests.core.seats.dispatch import Seats


def texts(effects: list[Effect]) -> list[str]:
    """Return what sessions are told."""
    return [str(effect.item["content"][0]["text"]) for effect in only(AddItem, effects)]


def announced(effects: list[Effect], name: str) -> list[dict[str, object]]:
    """Return the fields of what is announced by one name."""
    return [dict(effect.fields) for effect in only(Announce, effects) if effect.name == name]


def test_a_message_is_told_to_the_agent_which_then_speaks() -> None:
    """Its session gets one item, and is asked."""
    seats = Seats()
    seats.join("police")
    effects = seats.write("caller", "police", "Two men with masks.")

    assert texts(effects["police"]) == ["Message from dispatcher: Two men with masks."]
    assert [create.session for create in only(CreateResponse, effects["police"])] == [own("police")]
    (sent,) = announced(effects["caller"], "message.sent")
    (delivered,) = announced(effects["police"], "message.delivered")
    assert sent == {"from": "dispatcher", "to": "police", "id": sent["id"], "urgent": False, "outcome": "delivered"}
    assert delivered == {"from": "dispatcher", "to": "police", "id": sent["id"]}


def test_an_agent_that_speaks_finishes_first() -> None:
    """Then it speaks of the message."""
    seats = Seats()
    seats.join("police")
    seats.feed("police", ev.ResponseStarted(own("police"), "p1"))
    effects = seats.write("caller", "police", "Two men.")["police"]
    assert texts(effects)
    assert not only(CreateResponse, effects)

    done = seats.feed("police", ev.ResponseFinished(own("police"), "p1", "completed"))["police"]
    assert only(CreateResponse, done)


def test_an_urgent_message_interrupts() -> None:
    """What the agent says is stopped at once."""
    seats = Seats()
    seats.join("police")
    seats.feed("police", ev.ResponseStarted(own("police"), "p1"))

    assert only(CancelResponse, seats.write("caller", "police", "He has a gun!", urgent=True)["police"])


def test_messages_wait_in_order_for_a_caller() -> None:
    """Whoever joins with the agent hears all of them."""
    seats = Seats()
    for number in ("one", "two"):
        effects = seats.write("caller", "police", number, call_id=number)["caller"]
        assert announced(effects, "message.sent")[0]["outcome"] == "queued"
    police = seats.join("police")
    lines = [str(line.text) for line in police.call.state.transcript.history()]

    assert lines == ["Message from dispatcher: one", "Message from dispatcher: two"]


def test_a_message_waits_for_a_session_that_comes_back() -> None:
    """And what was delivered before is told to the new session again."""
    seats = Seats()
    seats.join("police")
    seats.write("caller", "police", "one", call_id="m1")
    seats.feed("police", ev.SessionLost(own("police"), "reset"))
    (sent,) = announced(seats.write("caller", "police", "two", call_id="m2")["caller"], "message.sent")
    assert sent["outcome"] == "queued"
    effects = seats.feed("police", ev.SessionOpened(own("police")))["police"]

    assert texts(effects)[0] == "Message from dispatcher: one"
    assert texts(effects)[-1] == "Message from dispatcher: two"


def test_a_message_that_nobody_read_is_announced_when_the_call_ends() -> None:
    """Once, by the last seat."""
    seats = Seats()
    seats.join("nurse")
    seats.write("caller", "police", "one")
    assert not announced(seats.feed("caller", ev.CallerLeft("bye"))["caller"], "message.undelivered")
    (lost,) = announced(seats.feed("nurse", ev.CallerLeft("bye"))["nurse"], "message.undelivered")

    assert (lost["from"], lost["to"]) == ("dispatcher", "police")


def test_a_message_to_a_person_appears_at_their_desk() -> None:
    """It waits for the call that they take, and they can read it before."""
    seats = Seats()
    (shown,) = announced(seats.write("caller", "chief", "We need you.")["caller"], "person.message")

    assert (shown["desk"], shown["text"]) == ("chiefs", "We need you.")


def test_the_last_messages_are_remembered() -> None:
    """Those that were delivered, too, and those to agents that work by themselves; whoever keeps records looks here."""
    seats = Seats()
    seats.join("police")
    seats.write("caller", "police", "Two men.")
    seats.write("caller", "medic", "He bleeds.")
    seats.write("caller", "records", "A note.")
    sent = seats.first.call.state.shared.sent

    assert [(one.to, one.text) for one in sent] == [
        ("police", "Two men."),
        ("medic", "He bleeds."),
        ("records", "A note."),
    ]
    assert sent.maxlen == SENT
