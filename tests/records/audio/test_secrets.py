"""Which turns hold a secret: from the events of a call and their times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from orchestrator.core.effects import Announce, SendAudio
from orchestrator.core.events import (
    ResponseFinished,
    SessionLost,
    SpeechStarted,
    SpeechStopped,
    TranscriptProduced,
    TurnCommitted,
    TurnTranscribed,
)
from orchestrator.core.ids import SessionId
from orchestrator.core.memory.masking import Masker, forms
from orchestrator.core.memory.variables import HIDDEN
from orchestrator.records.audio.secrets import (
    CATCH_UP,
    LEAD,
    TAIL,
    TURNS,
    UNKNOWN,
    SecretTurns,
    replayed,
    secret_set,
)

FRONT, BILLING = SessionId("front"), SessionId("billing")
CARD = "4929123456781234"


@dataclass
class Scene:
    """A call in which somebody listens for secrets."""

    known: list[str] = field(default_factory=list)
    silent: list[tuple[float, float]] = field(default_factory=list)  # stretches of the caller
    items: list[str] = field(default_factory=list)  # of agents

    def __post_init__(self) -> None:
        self.turns = SecretTurns(
            self._mask,
            silence=lambda start, end: self.silent.append((start, end)),
            silence_item=lambda item_id, start: self.items.append(item_id),
        )

    def _mask(self, text: str) -> str:
        return Masker({"card": frozenset().union(*map(forms, self.known))}, {}).mask(text) if self.known else text

    def take(self, event: Any, now: float) -> None:
        """Let something happen."""
        self.turns.take(event, now, changed=False)

    def caller(self, item_id: str, text: str | None, start: float, end: float, session: SessionId = FRONT) -> None:
        """Let the caller say something that is transcribed a moment later."""
        self.take(SpeechStarted(session, item_id), start)
        self.take(SpeechStopped(session, item_id), end)
        self.take(TurnCommitted(session, item_id), end)
        if text is not None:
            self.take(TurnTranscribed(session, item_id, text), end + 0.4)

    def agent(self, item_id: str, text: str, now: float) -> None:
        """Let an agent say something."""
        for word in text.split():
            self.take(TranscriptProduced(FRONT, "r", item_id, f"{word} "), now)
        self.take(ResponseFinished(FRONT, "r", "completed"), now + 1)

    def learn(self, secret: str, now: float) -> None:
        """Let a secret become known."""
        self.known.append(secret)
        self.turns.take(SessionLost(BILLING, "gone"), now, changed=True)


def span(start: float, end: float) -> tuple[float, float]:
    """Return what is silent of a turn."""
    return (start - LEAD, end + TAIL)


def test_a_turn_that_holds_a_known_secret() -> None:
    """And no other."""
    scene = Scene([CARD])
    scene.caller("1", "My card, please.", 5, 6)
    scene.caller("2", "It is 4929 1234 5678 1234.", 10, 14)
    scene.caller("3", "Thank you.", 20, 21)

    assert scene.silent == [span(10, 14)]


def test_a_turn_that_was_said_before_the_secret_was_known() -> None:
    """By the caller, and by the agent who repeated it; once."""
    scene = Scene()
    scene.caller("1", "Four nine two nine, one two three four, five six seven eight, one two three four.", 10, 14)
    scene.agent("a", "So that is 4929 1234 5678 1234?", 15)
    scene.caller("2", "Yes.", 20, 21)
    assert (scene.silent, scene.items) == ([], [])

    for _ in range(2):
        scene.learn(CARD, 22)
    assert (scene.silent, scene.items) == ([span(10, 14)], ["a"])


def test_an_agent_that_reads_a_secret_aloud() -> None:
    """Also where the service tells its words at the end only, or the session is lost while it speaks."""
    scene = Scene([CARD])
    scene.agent("a", "It is 4929 1234 5678 1234.", 5)
    said = {"id": "b", "content": [{"transcript": "Again: 4929 1234 5678 1234."}]}
    scene.take(ResponseFinished(FRONT, "r", "completed", payload={"response": {"output": [said]}}), 9)
    scene.take(TranscriptProduced(FRONT, "r", "c", "4929 1234 5678"), 12)
    scene.take(SessionLost(FRONT, "gone"), 13)
    scene.agent("d", "Goodbye.", 15)

    assert scene.items == ["a", "b", "c"]


def test_a_number_over_several_turns() -> None:
    """Neither would give it away alone."""
    scene = Scene([CARD])
    scene.caller("1", "Hello there.", 5, 6)
    scene.caller("2", "49, 2", 10, 12)
    scene.caller("3", "9, 12", 14, 16)
    scene.caller("4", "Thank you.", 20, 21)

    assert {span(10, 12), span(14, 16)} <= set(scene.silent)


def test_words_that_are_not_known() -> None:
    """What was said shortly before a secret was set is taken to hold it; not what was said long ago, or afterwards."""
    scene = Scene()
    scene.caller("1", None, 5, 6)
    scene.caller("2", None, 5 + UNKNOWN, 6 + UNKNOWN)
    scene.caller("3", "Hello there.", 8 + UNKNOWN, 9 + UNKNOWN)
    scene.learn(CARD, 20 + UNKNOWN)
    scene.caller("4", None, 30 + UNKNOWN, 31 + UNKNOWN)
    scene.turns.end()

    assert scene.silent == [span(5 + UNKNOWN, 6 + UNKNOWN)]


def test_turns_that_are_ended_by_hand() -> None:
    """Nobody reports when they began: after the one before."""
    scene = Scene([CARD])
    scene.take(TurnCommitted(FRONT, "1"), 10)
    scene.take(TurnCommitted(FRONT, "2"), 20)
    scene.take(TurnTranscribed(FRONT, "2", CARD), 21)

    assert scene.silent == [span(10, 20)]


def test_a_turn_that_another_session_heard_again() -> None:
    """It was said when it was said, not when it was replayed; what is said afterwards has its own time."""
    scene = Scene([CARD])
    scene.take(SpeechStarted(FRONT, "1"), 10)
    scene.turns.replay(BILLING, 12.0, 15)
    scene.caller("2", CARD, 15.1, 15.2, BILLING)
    scene.caller("3", CARD, 30, 32, BILLING)

    assert 15 + 5 + CATCH_UP < 30
    assert scene.silent == [span(10, 15.2), span(30, 32)]


def test_audio_that_was_held() -> None:
    """It was said since then; without any, only now."""
    scene = Scene([CARD])
    scene.turns.replay(BILLING, 12.0, 15)
    scene.caller("1", CARD, 15.1, 15.2, BILLING)
    scene.turns.replay(FRONT, None, 30)
    scene.caller("2", CARD, 30.5, 31, FRONT)

    assert scene.silent == [span(12, 15.2), span(30, 31)]


def test_other_seats_may_know_more_in_the_end() -> None:
    """All turns are checked once more when the call is over."""
    scene = Scene()
    scene.caller("1", CARD, 10, 14)
    scene.known.append(CARD)
    scene.turns.end()

    assert scene.silent == [span(10, 14)]


def test_a_call_in_which_nothing_was_said() -> None:
    """It ends."""
    Scene([CARD]).turns.end()


def test_the_last_turns_are_remembered() -> None:
    """Older ones are not found any more: memory is bounded."""
    scene = Scene()
    scene.caller("0", CARD, 1, 2)
    for number in range(TURNS):
        scene.caller(f"more {number}", "Hello.", 10 + number, 10.5 + number)
    scene.learn(CARD, 500)

    assert span(1, 2) not in scene.silent


@pytest.mark.parametrize(
    ("values", "expected"),
    [({"card": HIDDEN}, True), ({"name": "Ann", "card": HIDDEN}, True), ({"name": "Ann"}, False)],
)
def test_it_shows_that_a_secret_was_set(values: dict[str, str], *, expected: bool) -> None:
    """By what is announced."""
    assert secret_set([Announce("call.started"), Announce("variables.set", {"values": values})]) is expected


def test_what_was_replayed_to_whom() -> None:
    """By the audio that an event sends."""
    assert replayed([Announce("x"), SendAudio(FRONT, "f"), SendAudio(FRONT, "g")]) == FRONT
    assert replayed([Announce("x")]) is None
