"""Names as people say them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.language import speaking
from orchestrator.local.brain.understanding import names

ENGLISH = language.load("en")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("under the name Miller", "Miller"),
        ("my name is Anna Schmidt.", "Anna Schmidt"),
        ("my name is anna schmidt and i am late", "Anna Schmidt"),
        ("a table for Mr. Brown", "Brown"),
        ("this is Dr. Jane Fox", "Jane Fox"),
        ("It's M I double L E R", "Miller"),
        ("S-C-H-M-I-D-T", "Schmidt"),
        ("it's Yusuf Dehmir, D-E-M-I-R", "Yusuf Demir"),
        ("Schmitt, that is S C H M I D T", "Schmidt"),
        ("Anna Schmidt, third of May", "Anna Schmidt"),
        ("Well, it's for Tom Becker, on Monday", "Tom Becker"),
        ("I'm looking for a table", None),
        ("how much is a cleaning", None),
        ("I'm back", None),
        ("Jonas Keller here, please tell the nurse", "Jonas Keller"),
        ("Yes, Anna speaking", "Anna"),
        ("come here", None),
        ("it's Okonkwo, Ada Okonkwo", "Ada Okonkwo"),
    ],
)
def test_names_are_found(text: str, name: str | None) -> None:
    """After a cue, spelled, or before a comma; spelled letters correct the name that was said."""
    found = names.find(text, ENGLISH)

    assert (found.value if found else None) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("anna schmidt", "Anna Schmidt"),
        ("Well, it's Miller.", "Miller"),
        ("O'Connell", "O'Connell"),
        ("under becker, please", "Becker"),
        ("how much is a cleaning", ""),
        ("yes that's right", ""),
        ("I don't know", ""),
        ("a", ""),
        ("one two three four five", ""),
    ],
)
def test_an_answer_that_may_be_a_name(text: str, name: str) -> None:
    """What has words that no name has is none."""
    assert names.bare(text, ENGLISH) == name


@pytest.mark.parametrize(
    ("code", "text", "name"),
    [
        ("de", "mein Name ist Anna Schmidt", "Anna Schmidt"),
        ("de", "Guten Tag, ich brauche einen Termin", None),
        ("fr", "je m'appelle Anne Dupont", "Anne Dupont"),
        ("es", "me llamo Ana García", "Ana García"),
        ("it", "mi chiamo Anna Rossi", "Anna Rossi"),
        ("zh", "我叫张伟", "张伟"),
        ("zh", "我是李小明, 想预约洗牙", "李小明"),
        ("zh", "张伟, 一九八四年五月三号", "张伟"),
        ("zh", "我是想问一下", None),
        ("zh", "马上来", None),
    ],
)
def test_names_in_other_languages(code: str, text: str, name: str | None) -> None:
    """In Chinese a family name tells where a name is."""
    with speaking(code):
        found = names.find(text, language.load(code))

        assert (found.value if found else None) == name


def test_bare_name_without_spaces() -> None:
    """A Chinese answer may be nothing but a name."""
    with speaking("zh"):
        assert names.bare("欧阳小雨.", language.load("zh")) == "欧阳小雨"
        assert names.bare("不知道", language.load("zh")) == ""


def test_a_family_name_may_be_said_first() -> None:
    """ "Weber, Jonas Weber" is one name."""
    assert names.bare("Weber, Jonas Weber", language.load()) == "Jonas Weber"


def test_a_spelled_name_is_found_in_a_sentence() -> None:
    """The word that the letters spell is the name, and not what stands before it."""
    found = names.find("She's called Saoirse, that's S-A-O-I-R-S-E, and she's six", language.load("en"))

    assert found is not None
    assert found.value == "Saoirse"


@pytest.mark.parametrize(
    ("code", "text", "said"),
    [
        ("en", "He's called Bruno, and I'm Carla Mendes", [("Bruno", False), ("Carla Mendes", True)]),
        ("en", "My name is Priya Nair and it's our dog Toffee", [("Priya Nair", True), ("Toffee", False)]),
        ("en", "it's for the ferret Max", [("Max", False)]),
        ("en", "it's for a cat called Marbles, she's ill", [("Marbles", False)]),
        ("en", "her first name's Luna", [("Luna", False)]),
        ("en", "my daughter's name is Mia", [("Mia", False)]),
        ("en", "this is Ada Okonkwo speaking", [("Ada Okonkwo", True)]),
        ("en", "Jonas Keller here", [("Jonas Keller", True)]),
        ("en", "I'm Yusuf Dehmir, D-E-M-I-R", [("Yusuf Demir", True)]),
        ("en", "I'm called Anna", [("Anna", True)]),
        ("en", "I called Anna yesterday", []),
        ("en", "I'm here about my dog", []),
        ("en", "Carla Mendes", []),
        ("de", "Ich bin Carla Mendes und der Hund heißt Bruno", [("Carla Mendes", True), ("Bruno", False)]),
        ("fr", "Je m'appelle Carla Mendes et il s'appelle Bruno", [("Carla Mendes", True), ("Bruno", False)]),
        ("es", "Me llamo Carla Mendes y nuestro perro se llama Bruno", [("Carla Mendes", True), ("Bruno", False)]),
        ("it", "Mi chiamo Carla Mendes e il cane si chiama Bruno", [("Carla Mendes", True), ("Bruno", False)]),
        ("zh", "我叫王明", []),
    ],
)
def test_a_name_is_said_with_its_bearer(code: str, text: str, said: list[tuple[str, bool]]) -> None:
    """A name may be said of oneself or of another; a bare one is of neither."""
    with speaking(code):
        found = names.introduced(text, language.load(code), ["ferret"])

    assert [(one.name.value, one.own) for one in found] == said


@pytest.mark.parametrize(
    ("text", "name"), [("Sandoval", "Sandoval"), ("Ada Okonkwo.", "Ada Okonkwo"), ("no", ""), ("the Sandovals", "")]
)
def test_words_that_can_only_be_a_name(text: str, name: str) -> None:
    """Capitalised words that stand alone."""
    assert names.alone(text, ENGLISH) == name
