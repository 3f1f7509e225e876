"""Words stop an agent, unless they only show that somebody listens."""

from __future__ import annotations

import pytest

from orchestrator.local.interruptions.evidence import interrupts
from orchestrator.providers.languages import LANGUAGES

LONG = 900.0
BACKCHANNELS = {
    "en": ["Mm-hmm.", "mm hmm", "Uh-huh.", "Okay, okay.", "Yeah, yeah", "I see.", "Right!", "All right.", "Hmm..."],
    "de": ["Mhm.", "Ja, ja.", "Genau.", "Ach so.", "Alles klar, okay.", "Verstehe."],
    "fr": ["Oui, oui.", "D'accord.", "Hum.", "Très bien.", "Je vois."],
    "es": ["Sí, sí.", "Vale.", "Ajá.", "Muy bien.", "Ya, ya veo."],
    "it": ["Sì, sì.", "Va bene.", "Ho capito.", "Certo, certo."],
    "zh": ["嗯。", "好的，好的。", "是的。", "明白了。", "不错。"],
}
INTERRUPTIONS = {
    "en": ["Stop.", "No.", "Wait!", "Sorry?", "Hello?", "Okay, but"],
    "de": ["Stopp.", "Nein.", "Moment.", "Ja, aber", "Wie bitte?"],
    "fr": ["Non.", "Attendez.", "Pardon ?", "Oui, mais"],
    "es": ["No.", "Espere.", "Perdón.", "Sí, pero"],
    "it": ["No.", "Aspetti.", "Scusi.", "Sì, ma"],
    "zh": ["停。", "不对。", "等一下。", "喂？"],
}


def pairs(words: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Return them one by one."""
    return [(language, text) for language, texts in words.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), pairs(BACKCHANNELS))
def test_a_backchannel_stops_nobody(language: str, text: str) -> None:
    """However long it takes; but where the agent is asking something it is an answer."""
    assert not interrupts(text, LONG, language, asked=False)
    assert interrupts(text, LONG, language, asked=True)


@pytest.mark.parametrize(("language", "text"), pairs(INTERRUPTIONS))
def test_a_short_word_stops_an_agent(language: str, text: str) -> None:
    """At once."""
    assert interrupts(text, 300.0, language, asked=False)


@pytest.mark.parametrize("text", ["A hum.", "Mamma", "I...", "Bitchu."])
def test_what_a_cough_sounds_like_stops_nobody(text: str) -> None:
    """Words that a recogniser makes of a short noise are not believed; the same words, said at length, are."""
    assert not interrupts(text, 450.0, "en", asked=False)
    assert text == "Mamma" or interrupts(text, LONG, "en", asked=False)


def test_several_words_are_believed_early() -> None:
    """No cough is "how much is"."""
    assert interrupts("How much is", 450.0, "en", asked=False)
    assert interrupts("我的订单号码", 450.0, "zh", asked=False)


@pytest.mark.parametrize("text", ["", " ", "...", "(…)"])
def test_no_words_mean_nothing(text: str) -> None:
    """Not even where something was asked."""
    assert not interrupts(text, LONG, "en", asked=True)


def test_any_word_of_an_unknown_language_stops_an_agent() -> None:
    """Nobody knows what is a backchannel in it."""
    assert interrupts("joo", 300.0, "fi", asked=False)


def test_every_language_has_the_lists() -> None:
    """And this test tries them."""
    assert set(LANGUAGES) == set(BACKCHANNELS) == set(INTERRUPTIONS)
