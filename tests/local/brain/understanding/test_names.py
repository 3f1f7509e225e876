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
