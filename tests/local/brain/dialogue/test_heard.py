"""What the caller has just said."""

from __future__ import annotations

from orchestrator.local.brain import language
from orchestrator.local.brain.dialogue.heard import hear
from orchestrator.local.brain.understanding.acts import Act

ENGLISH = language.load("en")


def test_what_words_alone_tell() -> None:
    """Acts, question, correction, agreement."""
    heard = hear("Yes, but at four", ENGLISH)
    assert (heard.agreed, heard.question, heard.repair) == (True, False, None)
    assert hear("no wait, Thursday", ENGLISH).repair is not None
    assert hear("thanks", ENGLISH).only(Act.THANKS)
    assert hear("How much is it?", ENGLISH).question
