"""What a caller hears in a test."""

from __future__ import annotations

from orchestrator.trials.heard import Heard


def test_sound_is_played_without_gaps_and_words_that_are_cut_are_not_heard() -> None:
    """Half of the first item, none of the second; what still comes of them is not heard either."""
    heard = Heard()
    assert (heard.quiet_at, heard.answer_begins) == (0.0, None)
    heard.speaks("r1", "front")
    for item in ("a", "b"):
        heard.add_words("r1", item, "one two three four")
        heard.add_sound("r1", item, 2.0, 10.0)
    assert (heard.quiet_at, heard.answer_begins) == (14.0, 10.0)

    assert heard.stop(11.0) == [("a", 1000), ("b", 0)]
    heard.add_words("r1", "a", " five")
    assert [(one.agent, one.text) for one in heard.utterances.values()] == [("front", "one two"), ("front", "")]
    assert heard.quiet_at == 11.0
    assert heard.stop(11.0) == []
