"""Values that can be any thing."""

from __future__ import annotations

from datetime import date

import pytest

from orchestrator.local.brain.language import current, normalized, speaking
from orchestrator.local.brain.understanding import things
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.utterance import Context, Utterance

CONTEXT = Context(date(2026, 11, 28), vocabulary=frozenset({"room", "report", "bring", "prescription"}))
ITEM = Parameter("item", {"type": "string"}, required=True)


def heard(text: str) -> Utterance:
    """Return an utterance in which an item is looked for."""
    return Utterance(ITEM, text, answer=False, context=CONTEXT, said=text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("do you have Moby Dick?", "Moby Dick"),
        ("I need a hair dryer", "hair dryer"),
        ("can you bring me some extra pillows to room 412", "pillows"),
        ("Two club sandwiches to room 217 please", "club sandwiches"),
        ("it's for salbutamol", "salbutamol"),
        ("I need a new prescription", None),
        ("my name is Leo Grant", None),
        ("is it safe?", None),
    ],
)
def test_things_are_found(text: str, value: str | None) -> None:
    """What is named in capitals or asked for; neither a person, nor what the function is about."""
    found = things.wanted(heard(text))

    assert (found[0] if found else None) == value


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("de", "Können Sie mir bitte noch ein Handtuch bringen?", "Handtuch"),
        ("de", "Einen Moment bitte.", None),
        ("fr", "Je voudrais une serviette de bain.", "serviette de bain"),
        ("fr", "J'ai besoin d'un sèche-cheveux.", "sèche-cheveux"),
        ("fr", "Vous avez Le Petit Prince ?", "Le Petit Prince"),
        ("fr", "C'est parfait.", None),
        ("es", "Necesito otra toalla de baño.", "toalla de baño"),
        ("es", "Un momento.", None),
        ("it", "Vorrei un asciugamano da bagno.", "asciugamano da bagno"),
        ("it", "Ho bisogno di un'altra coperta.", "coperta"),
        ("zh", "请给我送两条毛巾。", "毛巾"),
        ("zh", "有《红楼梦》吗？", "红楼梦"),
    ],
)
def test_things_are_found_in_other_languages(code: str, text: str, value: str | None) -> None:
    """With the articles and counters of the language left out."""
    with speaking(code):
        said = normalized(text)
        context = Context(date(2026, 11, 28), words=current())
        found = things.wanted(Utterance(ITEM, said, answer=False, context=context, said=said))

    assert (found[0] if found else None) == value


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("de", "Ich habe starke Kopfschmerzen seit gestern", "starke Kopfschmerzen"),
        ("fr", "J'ai mal à la tête depuis hier", "mal à la tête"),
        ("fr", "Mon fils a une forte toux.", "forte toux"),
        ("es", "Tengo dolor de cabeza desde ayer", "dolor de cabeza"),
        ("it", "Ho mal di testa da ieri", "mal di testa"),
        ("zh", "我牙疼两天了", "牙疼"),
    ],
)
def test_what_somebody_has_in_other_languages(code: str, text: str, value: str) -> None:
    """Ailments often have no article."""
    with speaking(code):
        found = things.had(heard(text))

    assert found is not None
    assert found[0] == value


def test_the_matter_is_what_other_values_leave() -> None:
    """Greetings and what only repeats the function say nothing."""
    assert things.matter(heard("Hi, I'm in room  and the shower is stone cold")) == "the shower is stone cold"
    assert things.matter(heard("the shower is cold")) == ""


def test_what_somebody_has() -> None:
    """Without what comes before and after it."""
    found = things.had(heard("my little boy's got this horrible cough and I don't know what to do"))

    assert found is not None
    assert found[0] == "horrible cough"
    assert things.had(heard("it hurts")) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Hi, my dog's been limping since Sunday and I think he is ill", "my dog's been limping since Sunday"),
        ("It's for the cat, she's got something in her ear", "she's got something in her ear"),
        ("I'd like a check-up for our bird", "check-up"),
        ("I need a room", ""),
        ("He's called Bruno", ""),
        ("Would Tuesday work?", ""),
    ],
)
def test_a_matter_is_stated(text: str, value: str) -> None:
    """What is said of somebody, or wanted, unless it is what the function does."""
    assert things.stated(heard(text)) == value
