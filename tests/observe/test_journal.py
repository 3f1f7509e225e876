"""What is logged of the words of a call."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from orchestrator.core.effects import Announce
from orchestrator.core.events import RequestRefused, ResponseFinished, SeatsStirred
from orchestrator.core.ids import SessionId
from orchestrator.log import WORDS
from orchestrator.observe.journal import LONGEST, Journal
from orchestrator.testing import say
from tests.calls import desk

FRONT = SessionId("front")


def failed(details: Any) -> ResponseFinished:
    return ResponseFinished(FRONT, "r1", "failed", payload={"response": {"status_details": details}})


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            RequestRefused(FRONT, "invalid_value", "", payload={"error": {"message": "4111 is no path"}}),
            "[card] is no path",
        ),
        (RequestRefused(FRONT, "unknown_error", "", payload={"error": {"message": {"a": 1}}}), "{'a': 1}"),
        (RequestRefused(FRONT, "unknown_error", ""), ""),
        (RequestRefused(FRONT, "response_cancel_not_active", "", payload={"error": {"message": "late"}}), None),
        (failed({"error": {"message": "x" * 9000}}), "x" * LONGEST),
        (failed(None), ""),
        (ResponseFinished(FRONT, "r1", "completed"), None),
    ],
)
def test_p61_the_log_has_the_words_of_a_provider(event: RequestRefused | ResponseFinished, told: str | None) -> None:
    """P61: without the call's secrets, as far as they are of use; what is the echo of a race is no news."""
    journal = Journal("call_1", "t", lambda text: text.replace("4111", "[card]"))
    with structlog.testing.capture_logs() as logs:
        if isinstance(event, RequestRefused):
            journal.provider_refused(event)
        else:
            journal.provider_failed(event)
    assert [line["reason"] for line in logs] == ([] if told is None else [told])


def test_every_line_names_the_seat_of_a_caller_who_has_joined_others() -> None:
    """And the call that was joined; what agents write to each other is logged without what they write."""
    journal = Journal("call_2", "t", lambda text: text, {"seat": "Anna", "joined": "call_1"})
    sent = {"from": "front", "to": "medic", "id": "msg_1", "urgent": True, "outcome": "delivered"}
    with structlog.testing.capture_logs() as logs:
        told = [Announce("message.sent", sent), Announce("person.message", {"text": "They are angry."})]
        journal.observe(SeatsStirred(), told, 1.0)

    names = {"call": "call_2", "team": "t", "seat": "Anna", "joined": "call_1"}
    assert logs == [{"event": "message sent", "log_level": "info", **names, **sent}]


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_words_of_a_call_are_logged_with_the_call_they_are_of(
    wanted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they are wanted."""
    monkeypatch.setattr(WORDS, "isEnabledFor", lambda level: wanted)
    with structlog.testing.capture_logs() as logs:
        async with desk() as desk_, desk_.caller() as caller:
            desk_.service.reply("front", say("What can I do?"))
            await caller.type("Hello.")
            await caller.until("response.done")

    said = [line for line in logs if line["event"] == "said"]
    told = [("caller", "Hello."), ("front", "What can I do?")]
    assert [(line["who"], line["text"]) for line in said] == (told if wanted else [])
    assert all(line["call"] == caller.events[0]["session"]["id"] for line in said)
