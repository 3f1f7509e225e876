"""Effects as a record has them, and as a person reads them."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.memory.shared import Shared
from orchestrator.records.format.hiding import Hider
from orchestrator.replay.wording import diff, lines, passed_on, same_secrets, written
from tests.core.scene import FRONT, TEAMWORK, team

ASKED = ev.CallerAsked()
WORD = ev.TranscriptProduced(FRONT, "r", "i", "word")


def test_effects_are_written_as_in_a_record() -> None:
    """Secrets are hidden; what the event says is not said again."""
    shared = Shared(team(TEAMWORK))
    shared.variables.set("card", "4111222244443333", "take_card")
    hider = Hider(shared.variables.masker)
    event = ev.ResponseProgressed(FRONT, "r", {"type": "x"})
    found = written([do.TellCaller({"type": "x"}), do.SendFunctionOutput(FRONT, "c", "4111222244443333")], event, hider)

    assert found[0] == {"type": "TellCaller", "payload": "="}
    assert found[1]["output"] == "secret:card"


def test_audio_and_words_are_passed_on() -> None:
    """Whatever form they have; nothing else is."""
    assert passed_on({"type": "PlayAudio", "item_id": "i"}, ASKED)
    assert passed_on({"type": "TellCaller", "payload": {"type": "response.output_text.delta"}}, ASKED)
    assert passed_on({"type": "TellCaller", "payload": {}}, ASKED)
    assert passed_on({"type": "TellCaller", "payload": "="}, WORD)
    assert not passed_on({"type": "TellCaller", "payload": "="}, ev.SpeechStarted(FRONT, "t", {"type": "x"}))
    assert not passed_on({"type": "StopPlayback"}, ASKED)


def test_secrets_have_one_spelling() -> None:
    """A team without any has nothing to look for."""
    for spelling in ("It is [card], 7.", "It is secret:card, 8."):
        assert same_secrets([{"text": spelling}], ["card"]) == [{"text": "It is secret, secret."}]
    assert same_secrets({"text": "It is [card]."}, []) == {"text": "It is [card]."}
    assert same_secrets({"text": "A card, 7.", "n": 1}, ["card"]) == {"text": "A card, 7.", "n": 1}


def test_a_difference_is_read_line_by_line() -> None:
    """What both have is not repeated, but for a line around it."""
    item = {"type": "AddItem", "session": "front", "item": {"id": "m", "content": [{"text": "one\ntwo"}]}}
    other = {"type": "AddItem", "session": "front", "item": {"id": "m", "content": [{"text": "one\nthree"}]}}

    assert list(lines(item)) == [
        "AddItem front",
        "  item:",
        "    id: m",
        "    content[]:",
        "      text: one",
        "        two",
    ]
    assert diff([item], [other]) == ["@@ -5,2 +5,2 @@", "       text: one", "-        two", "+        three"]
    long = list(lines({"type": "X", "text": "x" * 200}))
    assert long == ["X", f"  text: {'x' * 160}", f"    {'x' * 40}"]
    assert list(lines({"type": "X", "seconds": 1.5, "some": []})) == ["X", "  seconds: 1.5", "  some: []"]
