"""An agent writes to another one: what the model is answered, and what is refused."""

from __future__ import annotations

import json

import pytest

from orchestrator.core import events as ev
from orchestrator.core.effects import Announce, Effect, OpenSession, SendFunctionOutput
from orchestrator.core.ids import SessionId, SessionKind, TimerKind
from orchestrator.core.memory.shared import WAITING
from orchestrator.core.seats.messages import LONGEST, STEPS
from orchestrator.core.session import SessionState
from tests.core.scene import expired, only, own, rules
from tests.core.seats.dispatch import DISPATCH, DISPATCH_TOOLS, Seats
from tests.core.seats.test_mail import announced, texts

CARD = "4111222244443333"


def outcome(effects: list[Effect]) -> dict[str, str]:
    """Return what the model was answered."""
    answered: dict[str, str] = json.loads(only(SendFunctionOutput, effects)[0].output)
    return answered


def asked(effects: list[Effect]) -> SessionId:
    """Return the session that is opened for an agent which works by itself."""
    (opened,) = (one for one in only(OpenSession, effects) if one.session.kind is SessionKind.CONSULT)
    return opened.session


def called(seats: Seats, arguments: str, name: str = "message_police") -> dict[str, str]:
    """Let the dispatcher call a function; return the answer."""
    session = own("dispatcher")
    call = ev.FunctionCalled(session, "r1", "i1", "m1", name, arguments)
    return outcome(seats.feed("caller", ev.ResponseStarted(session, "r1"), call)["caller"])


def test_the_model_is_answered_at_once() -> None:
    """Delivered, or waiting, and for whom."""
    seats = Seats()
    waiting = outcome(seats.write("caller", "police", "one")["caller"])
    seats.join("nurse")
    seats.feed(
        "caller", ev.ResponseStarted(own("dispatcher"), "r2"), ev.ResponseFinished(own("dispatcher"), "r2", "completed")
    )
    seats.join("police")

    assert waiting == {
        "outcome": "queued",
        "note": "Nobody is with police now: the message waits for the next caller there.",
    }
    assert outcome(seats.write("caller", "police", "two", call_id="m2")["caller"]) == {"outcome": "delivered"}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("{}", "Missing: text. Call message_police again with the whole message."),
        ('{"text": " "}', "Missing: text. Call message_police again with the whole message."),
        ("broken", "The arguments are not a JSON object. Call again with valid JSON."),
        (
            json.dumps({"text": "x" * (LONGEST + 1)}),
            "The message is longer than 4000 characters. Call message_police again with a shorter one.",
        ),
    ],
)
def test_a_message_that_cannot_be_read_is_refused(arguments: str, why: str) -> None:
    """The model can act on the reason."""
    assert called(Seats(), arguments) == {"outcome": "refused", "error": why}


def test_too_many_messages_for_one_agent_are_refused() -> None:
    """Those that wait are kept."""
    seats = Seats()
    for number in range(WAITING):
        assert outcome(seats.write("caller", "police", "x", call_id=f"m{number}")["caller"])["outcome"] == "queued"
    effects = seats.write("caller", "police", "x", call_id="more")["caller"]
    refused = outcome(effects)

    assert rules(effects) == ["messages"]
    assert refused["error"] == "16 messages wait for police already, and nobody has read them. Tell the caller."


def test_agents_do_not_write_to_each_other_for_ever() -> None:
    """After some messages in a row a caller has to say something."""
    seats = Seats()
    police = seats.join("police")
    ways = [("caller", "police"), ("police", "dispatcher")]
    for number in range(STEPS):
        seat, to = ways[number % 2]
        answered = outcome(seats.write(seat, to, "x", call_id=f"m{number}")[seat])
        assert answered["outcome"] == "delivered"
        session = seats.scenes[ways[1 - number % 2][0]].call.state.active.id
        seats.feed(ways[1 - number % 2][0], ev.ResponseStarted(session, f"s{number}"))
        seats.feed(ways[1 - number % 2][0], ev.ResponseFinished(session, f"s{number}", "completed"))
    refused = outcome(seats.write("caller", "police", "x", call_id="more")["caller"])
    assert refused["error"] == "Messages go back and forth without a word from a caller. Talk to yours first."

    police.turn("police", "i1", "I go there.")
    assert police.call.state.route.steps == 0


def test_a_message_is_refused_when_the_call_ends() -> None:
    """Nobody would read it."""
    seats = Seats()
    seats.feed("caller", expired(TimerKind.CALL))

    assert called(seats, '{"text": "x"}')["outcome"] == "refused"


def test_a_secret_does_not_travel_in_a_message() -> None:
    """`card stays in dispatcher`: its digits are taken out, however they are written."""
    seats = Seats()
    seats.join("police")
    seats.first.call.state.variables.set("card", CARD, "take_card")
    effects = seats.write("caller", "police", f"The card is {CARD}.")

    assert CARD not in texts(effects["police"])[0]


def test_what_turns_out_to_be_secret_does_not_travel_in_a_message_that_waits() -> None:
    """It is taken out when the message is delivered."""
    seats = Seats()
    seats.write("caller", "police", f"The card is {CARD}.")
    seats.first.call.state.variables.set("card", CARD, "take_card")
    seats.join("police")

    assert CARD not in texts(seats.welcome)[-1]


def test_both_ends_remember_a_message() -> None:
    """The sender's next session is told that it wrote it."""
    seats = Seats()
    seats.join("police")
    seats.write("caller", "police", "one")
    seats.feed("caller", ev.SessionLost(own("dispatcher"), "reset"))
    told = texts(seats.feed("caller", ev.SessionOpened(own("dispatcher")))["caller"])

    assert "Message to police: one" in told


def test_an_agent_that_never_has_a_caller_works_on_a_message_by_itself() -> None:
    """It is told who writes; what it says comes back as a message."""
    seats = Seats()
    effects = seats.write("caller", "records", "Note: two hurt.")["caller"]
    assert outcome(effects) == {"outcome": "delivered"}
    (opened,) = (one for one in only(OpenSession, effects) if one.session.kind is SessionKind.CONSULT)
    assert opened.session == SessionId("records", SessionKind.CONSULT, 1)
    told = texts(seats.feed("caller", ev.SessionOpened(opened.session))["caller"])
    assert told[0].startswith("dispatcher writes to you. Do with your functions what the message asks for.")
    assert told[-1] == "Note: two hurt."

    seats.first.speech(opened.session, "c1", "It is noted.")
    seats.feed(
        "caller", ev.ResponseStarted(own("dispatcher"), "r2"), ev.ResponseFinished(own("dispatcher"), "r2", "completed")
    )
    back = seats.feed("caller", ev.ResponseFinished(opened.session, "c1", "completed"))["caller"]
    assert texts(back) == ["Message from records: It is noted."]
    assert len(announced(back, "message.sent")) == len(announced(back, "message.delivered")) == 1


def test_such_an_agent_that_does_not_answer_says_so() -> None:
    """In a message, too."""
    seats = Seats()
    effects = seats.write("caller", "records", "Note: two hurt.")["caller"]
    (opened,) = (one for one in only(OpenSession, effects) if one.session.kind is SessionKind.CONSULT)
    back = seats.feed("caller", expired(TimerKind.CONSULT, opened.session))["caller"]

    assert texts(back)[0].startswith("Message from records: records did not answer: no answer within 30 seconds.")


def test_such_an_agent_can_write_to_others() -> None:
    """Its message counts as one more that follows."""
    seats = Seats()
    seats.join("police")
    effects = seats.write("caller", "records", "Note: two hurt.")["caller"]
    (opened,) = (one for one in only(OpenSession, effects) if one.session.kind is SessionKind.CONSULT)
    seats.feed("caller", ev.SessionOpened(opened.session), ev.ResponseStarted(opened.session, "c1"))
    call = ev.FunctionCalled(opened.session, "c1", "i1", "m9", "message_police", '{"text": "Two hurt."}')
    effects_of_all = seats.feed("caller", call)

    assert texts(effects_of_all["police"]) == ["Message from records: Two hurt."]
    assert seats.scenes["police"].call.state.route.steps == 2
    assert seats.first.call.state.active.state is SessionState.READY
    assert [one.name for one in only(Announce, effects_of_all["caller"])] == ["message.sent"]


def test_agents_that_never_have_a_caller_do_not_thank_each_other() -> None:
    """What one says about a message of another is read by nobody."""
    archive = "  archive: {kind: text, instructions: Keep the past.}\n  chief:"
    text = DISPATCH.replace("messages: [dispatcher, police]}\n  chief:", f"messages: [archive]}}\n{archive}")
    seats = Seats(text)
    seats.first.call.state.functions.tools = {**DISPATCH_TOOLS, "archive": {}}
    opened = asked(seats.write("caller", "records", "Note: two hurt.")["caller"])
    seats.feed("caller", ev.SessionOpened(opened), ev.ResponseStarted(opened, "c1"))
    call = ev.FunctionCalled(opened, "c1", "i1", "m9", "message_archive", '{"text": "Two hurt."}')
    other = asked(seats.feed("caller", call)["caller"])
    seats.feed("caller", ev.SessionOpened(other))
    seats.first.speech(other, "c2", "Thank you.")
    effects = seats.feed("caller", ev.ResponseFinished(other, "c2", "completed"))["caller"]

    assert not announced(effects, "message.sent")


def test_too_many_agents_at_work_are_refused() -> None:
    """As questions are."""
    seats = Seats()
    answers = [outcome(seats.write("caller", "records", "x", call_id=f"m{number}")["caller"]) for number in range(5)]

    assert [answer["outcome"] for answer in answers] == ["delivered"] * 4 + ["refused"]
