"""The response of a session: asked for, running, refused, owed."""

from __future__ import annotations

import pytest

from orchestrator.core.response import ASIDES, RESPONSE_MOVES, Ask, Response, ResponseState

GREET = Ask({"instructions": "hi"}, event_id="e1")


def asked() -> Response:
    """Return a response that was asked for."""
    response = Response()
    response.ask(GREET)
    return response


def test_a_response_is_asked_for_runs_and_is_done() -> None:
    """One round more since the caller's last turn."""
    response = asked()
    response.started("r1")
    assert (response.state, response.id) == (ResponseState.ACTIVE, "r1")

    assert not response.finished("another")
    assert response.finished("r1")
    assert (response.state, response.id, response.rounds) == (ResponseState.IDLE, None, 1)
    assert not response.finished("r1")


def test_what_turn_detection_makes_was_not_asked_for() -> None:
    """And the caller had a turn: rounds are counted anew."""
    response = asked()
    response.started("r1")
    response.finished("r1")
    response.started("r2")

    assert response.asked is None
    assert response.rounds == 0


def test_a_second_start_of_the_same_kind_changes_only_the_id() -> None:
    """A service may forget to say that one is done."""
    response = asked()
    response.started("r1")
    response.started("r2")

    assert (response.state, response.id) == (ResponseState.ACTIVE, "r2")


def test_the_caller_asking_begins_a_new_count_of_rounds() -> None:
    """It is their turn, though nothing was said."""
    response = asked()
    response.started("r1")
    response.finished("r1")
    response.ask(Ask(by_caller=True))

    assert response.rounds == 0


def test_p22_a_refused_response_is_owed_again() -> None:
    """P22: a refused response.create is not forgotten, and a newer debt stays."""
    response = asked()
    response.owe_again()
    assert (response.state, response.owed) == (ResponseState.IDLE, GREET)

    newer = Ask({"instructions": "newer"})
    response = asked()
    response.owe(newer)
    response.owe_again()
    assert response.owed == newer


def test_a_refusal_that_arrives_after_another_response_began_is_owed_until_that_is_done() -> None:
    """Turn detection's response may start between our asking and the refusal: what runs is not what we asked for."""
    response = asked()
    response.started("made by turn detection")
    response.owe_again()

    assert response.state is ResponseState.ACTIVE
    assert response.owed == GREET
    assert response.asked is None


def test_what_is_not_wanted_any_more_is_not_owed_again() -> None:
    """It was to be cancelled as soon as it starts."""
    response = asked()
    response.unheard.next = True
    assert response.ending
    response.owe_again()

    assert response.owed is None
    assert not response.unheard.next
    assert not response.ending


@pytest.mark.parametrize(("event_id", "param"), [("e1", None), (None, "response.tools")], ids=["event", "param"])
def test_an_error_that_means_the_response_ends_the_asking(event_id: str | None, param: str | None) -> None:
    """It would be refused again, so it is not asked for again."""
    response = asked()

    assert response.rejected(event_id, param)
    assert (response.state, response.asked, response.owed) == (ResponseState.IDLE, None, None)


def test_an_error_about_something_else_changes_nothing() -> None:
    """Another event's, nobody's, or after the response began."""
    response = asked()
    assert not response.rejected("e2", None)
    assert not response.rejected(None, None)
    assert not response.rejected(None, "item.id")

    response.started("r1")
    assert not response.rejected("e1", None)
    assert response.busy


def test_a_response_that_was_interrupted_is_ending() -> None:
    """Another one can be asked for."""
    response = asked()
    response.started("r1")
    assert not response.ending

    response.unheard.muted = "r1"
    assert response.ending


def test_an_answer_is_due_until_something_is_asked_for_or_begins() -> None:
    """One response tells of all the function calls that were answered before it."""
    wanted, owed, begun = Response(), Response(), Response()
    for response in (wanted, owed, begun):
        response.due = True
    wanted.ask(GREET)
    owed.owe(GREET)
    begun.started("r1")

    assert not any(response.due for response in (wanted, owed, begun))


def test_illegal_moves_are_mistakes_of_ours() -> None:
    """The table names every legal move."""
    with pytest.raises(AssertionError, match=r"IDLE to ResponseState.IDLE"):
        Response().move(ResponseState.IDLE)
    assert set(RESPONSE_MOVES) == set(ResponseState)


def test_what_runs_beside_the_conversation_is_remembered_within_bounds() -> None:
    """P58: the oldest is forgotten first; a session that is gone has none."""
    response = Response()
    for number in range(ASIDES + 1):
        response.started_aside(f"r{number}")
    assert len(response.asides) == ASIDES
    assert "r0" not in response.asides

    response.close()
    assert not response.asides
