"""Who said what, and what each agent has heard of it."""

from __future__ import annotations

from orchestrator.core.memory.transcript import BRIEFINGS, LINES, TEXT, Transcript, message
from orchestrator.team import Context

SPOKEN, ALL = Context(), Context(share="all")


def spoken() -> Transcript:
    transcript = Transcript()
    transcript.caller_spoke("front", "i1")
    transcript.transcribed("i1", "My bill is wrong.")
    transcript.agent_said("front", "i2", "I will")
    transcript.agent_said("front", "i2", " connect you.")
    return transcript


def test_an_agent_hears_what_happened_elsewhere_since_it_last_had_the_caller() -> None:
    """P07: the watermark per agent: nothing twice, nothing missed, on the way there and back."""
    transcript = spoken()
    assert [str(line) for line in transcript.news("billing", SPOKEN)] == [
        "Caller: My bill is wrong.",
        "front: I will connect you.",
    ]

    transcript.mark("billing")
    transcript.mark("front")
    transcript.caller_typed("billing", "i3", "It says 40.")
    assert transcript.news("billing", SPOKEN) == []
    assert [str(line) for line in transcript.news("front", SPOKEN)] == ["Caller: It says 40."]


def test_tool_results_travel_only_when_asked_for() -> None:
    """The context `all` carries tool facts, `spoken` does not."""
    transcript = spoken()
    transcript.tool_returned("front", "c1", "find_order", "shipped")

    assert "Tool: find_order → shipped" in [str(line) for line in transcript.news("billing", ALL)]
    assert len(transcript.news("billing", SPOKEN)) == 2


def test_words_are_awaited_until_they_are_transcribed() -> None:
    """Only the caller's last line counts; words that could not be understood end the wait too."""
    transcript = Transcript()
    assert not transcript.incomplete
    transcript.caller_spoke("front", "i1")
    transcript.agent_said("front", "i2", "Yes?")
    assert transcript.incomplete

    assert transcript.transcribed("unknown", "x") is None
    line = transcript.transcribed("i1", None)
    assert line is not None
    assert str(line) == "Caller: (not understood)"
    assert transcript.transcribed("i1", "again") is None
    assert not transcript.incomplete


def test_an_interrupted_line_keeps_the_words_that_were_heard() -> None:
    """The next agent is not told what the caller never heard."""
    transcript = Transcript()
    transcript.agent_said("front", "i1", "one two three four")
    transcript.cut("i1", 0.5)
    assert [str(line) for line in transcript.history()] == ["front: one two …"]

    transcript.cut("i1", 0.0)
    transcript.cut("i1", 0.5)
    transcript.cut("unknown", 0.5)
    assert transcript.history() == []


def test_what_an_agent_knew_is_its_own_lines_and_what_it_was_told_in_order() -> None:
    """Own lines keep their item ids; nothing of other agents comes with it."""
    transcript = Transcript()
    transcript.caller_typed("front", "i1", "My card is 4111.")
    transcript.briefed("billing", "card: 4111, pin: 2054", passed=("card",))
    transcript.caller_typed("billing", "i2", "It says 40.")
    transcript.agent_said("billing", "i3", "So it is.")
    transcript.tool_returned("billing", "c1", "find", "40")
    transcript.tool_returned("front", "c2", "look", "50")
    told, typed, said, found = transcript.known("billing")

    assert (told.text, told.passed) == ("card: 4111, pin: 2054", ("card",))
    assert typed.item() == message("user", "input_text", "It says 40.", "i2")
    assert said.item() == message("assistant", "output_text", "So it is.", "i3")
    assert str(found) == "Tool: find → 40"


def test_lines_are_bounded() -> None:
    """P36: memory does not grow with the call, and only so much travels."""
    transcript = Transcript()
    for number in range(LINES + 5):
        transcript.caller_typed("front", f"i{number}", "x")
        transcript.briefed("billing", "y")

    assert transcript.count == LINES + 5
    assert transcript.transcribed("i0", "y") is None
    assert len(transcript.history()) == LINES
    assert len(transcript.known("billing")) == BRIEFINGS
    assert transcript.count == LINES + 5
    assert len(transcript.news("billing", SPOKEN)) == SPOKEN.last


def test_a_forgotten_line_travels_no_more() -> None:
    """A deleted item is in nobody's history."""
    transcript = spoken()
    transcript.forget("i1")
    transcript.forget("i1")

    assert [str(line) for line in transcript.news("billing", SPOKEN)] == ["front: I will connect you."]


def test_p54_only_so_many_words_are_remembered() -> None:
    """P54: the oldest lines make room, whoever said them and however long they are."""
    transcript = Transcript()
    for number in range(50):
        transcript.caller_typed("front", f"typed{number}", "x" * 200_000)
    transcript.caller_spoke("front", "spoken")
    transcript.tool_returned("front", "c1", "dump", "x" * 50_000)
    transcript.transcribed("spoken", "y" * 10_000)
    assert [line.item_id for line in transcript.history()] == ["typed49", "spoken", "c1"]
    assert transcript.size == sum(len(line.text or "") for line in transcript.history()) <= TEXT
    for item_id in ("typed49", "c1", "spoken", "unknown"):
        transcript.cut(item_id, 0.5)
        transcript.forget(item_id)
    assert transcript.size == 0


def test_p54_a_line_without_end_is_cut() -> None:
    """P54: a service that says megabytes in one item, a tool that returns them."""
    transcript = spoken()
    for _ in range(100):
        transcript.agent_said("front", "endless", "word " * 2000)
    transcript.tool_returned("front", "c1", "dump", "x" * 50_000_000)
    assert transcript.size <= TEXT
    assert [line.item_id for line in transcript.history()] == ["c1"]


def test_p54_briefings_are_bounded_too() -> None:
    """P54: of what one agent was told, the oldest goes; the latest stays."""
    transcript = Transcript()
    for number in range(20):
        transcript.briefed("front", f"{number} " + "x" * 100_000)
    assert [str(line.text)[:2] for line in transcript.known("front")] == ["18", "19"]
