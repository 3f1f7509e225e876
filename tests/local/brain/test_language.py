"""Languages as data."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.language import (
    Expression,
    asks,
    closed_up,
    current,
    length,
    normalized,
    speaking,
)
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.providers import languages

LANGUAGES = tuple(languages.LANGUAGES)  # each has a file
BRAIN = Path(language.__file__).parent
LISTS = (
    "parts", "groups", "small_talk", "dates", "times", "more", "months_short", "email_signs", "periods",
    "date_parts", "helping",    "scales", "fractions", "with",
)  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_act_has_words(code: str) -> None:
    """A language file that lacks one would never recognise it."""
    loaded = language.load(code)

    assert loaded.within.keys() | loaded.whole.keys() == {act.value for act in Act}
    assert [len(loaded.words[name]) for name in ("weekdays", "months", "ordinals")] == [7, 12, 31]
    assert len(loaded.lines["hours"]) == len(loaded.lines["full_hours"]) == 24


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_has_the_same_parts(code: str) -> None:
    """What English has, the others have: a name that is missing would fail in a call."""
    wanted, given = language.load().words, language.load(code).words

    assert dict(_names(given)) == dict(_names(wanted))
    assert given["groups"].keys() == wanted["groups"].keys()


@pytest.mark.parametrize("code", LANGUAGES)
def test_lines_are_filled_in_with_the_same_things(code: str) -> None:
    """A line may leave something out, but names nothing that it is not given."""
    for name, line in language.load(code).lines.items():
        unknown = set(re.findall(r"{(\w+)}", str(line))) - FILLED.get(name, FILLED["*"])
        assert not unknown, f"{code}: {name}"


FILLED = {
    "*": {
        "able",
        "who",
        "what",
        "aim",
        "name",
        "names",
        "label",
        "value",
        "day",
        "time",
        "month",
        "weekday",
        "year",
        "n",
    }
    | set(re.findall(r"{(\w+)}", str(language.load().lines))),
    "shall_i_listed": {"aim", "values", "inner", "labelled", "listed"},
    "shall_i": {"aim", "values", "inner", "labelled"},
} | dict.fromkeys(
    ("o_clock", "quarter_past", "half_past", "quarter_to", "minutes"),
    frozenset({"hour", "next", "full", "full_next", "twelve", "figure", "minute", "period"}),
)


def _names(words: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, bool]]:
    for name, value in words.items():
        if name in LISTS:
            continue
        yield f"{above}{name}", True
        if isinstance(value, dict):
            yield from _names(value, f"{name}.")


def test_every_expression_in_the_code_has_words() -> None:
    """A name that no file has would fail in a call."""
    named = {
        str(node.args[0].value)
        for path in BRAIN.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Expression"
        if isinstance(node.args[0], ast.Constant)
    }

    assert named <= language.load().expressions.keys()


@pytest.mark.parametrize(
    ("code", "name", "text", "found"),
    [
        ("de", "recalls", "Wann war der Termin noch mal?", "Wann war der Termin noch mal"),
        ("de", "recalls", "Ich komme gleich.", None),
        ("de", "impossible", "Ich kann nicht am ", "nicht am "),
        ("de", "is_thing", "Das ist richtig.", None),
        ("fr", "recalls", "Quel était le prix ?", "Quel était"),
        ("fr", "recalls", "Je viens demain.", None),
        ("fr", "impossible", "je ne peux pas venir ", "peux pas venir "),
        ("fr", "is_thing", "C'est parfait.", None),
        ("fr", "name_of", "le nom du médicament", "nom du médicament"),
        ("fr", "nights_said", "deux semaines", "deux semaines"),
        ("fr", "placed", "je suis dans la chambre 304", "dans la chambre 304"),
        ("fr", "standing_name", "pour ma fille, Léa Martin", "Léa Martin"),
        ("fr", "standing_name", "il a été évité", None),
        ("fr", "standing_name", "au 5 rue Victor Hugo", None),
        ("es", "recalls", "A qué hora ha dicho?", "qué hora ha dicho"),
        ("es", "recalls", "El médico me dijo que viniera.", None),
        ("es", "impossible", "no puedo ir ", "no puedo ir "),
        ("es", "instead", "mejor una mesa", "mejor "),
        ("es", "instead", "me siento mejor", None),
        ("es", "standing_name", "vivo en la calle Antonio Machado", None),
        ("it", "recalls", "A che ora ha detto?", "che ora ha detto"),
        ("it", "impossible", "non posso venire ", "non posso venire "),
        ("it", "instead", "Prenda invece un tavolo", "invece"),
        ("it", "instead", "invece di venerdì", None),
        ("it", "standing_name", "per mia figlia, Giulia Rossi", "Giulia Rossi"),
        ("zh", "recalls", "多少钱来着?", "来着"),
        ("zh", "nights_said", "两个星期", "两个星期"),
        ("zh", "placed", "我住304房间", "住304房间"),
        ("zh", "form", "五位数字", "五位数字"),
        ("zh", "form", "订单号, 五位数字", None),
    ],
)
def test_expressions_of_other_languages(code: str, name: str, text: str, found: str | None) -> None:
    """Each finds what is said so in its language, and not what only looks like it."""
    match = language.load(code).expressions[name].search(text)

    assert (match[0] if match else None) == found


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_week_in_nights_has_a_name(code: str) -> None:
    """The groups are read by name."""
    assert language.load(code).expressions["nights_said"].groupindex.keys() == {"n", "week"}


def test_one_language_is_in_use() -> None:
    """It is English where nobody has set another, and again afterwards."""
    please = Expression("please_at_end")

    assert please.search("a table, please")
    with speaking("de"):
        assert current().code == "de"
        assert please.search("einen Tisch, bitte")
        assert not please.search("a table, please")
    assert current().code == "en"


def test_signs_become_plain() -> None:
    """Full-width signs and curly apostrophes are read as the others."""
    assert normalized("I’m here") == "I'm here"
    assert normalized("订单４８２１３，谢谢。") == "订单48213, 谢谢. "


def test_signs_become_wide_again() -> None:
    """What is passed on in a caller's words is written as they would write it."""
    with speaking("zh"):
        assert language.widened("空调坏了, 请派人来. 谢谢!") == "空调坏了，请派人来。谢谢！"
    assert language.widened("Yes, please.") == "Yes, please."


def test_length_is_counted_in_words() -> None:
    """Without spaces between words, two characters count as one."""
    assert length("a table for two") == 4
    assert length("我要预约 OK") == 3


def test_no_spaces_are_left_between_characters() -> None:
    """Sentences that were put together are closed up where the script has no spaces."""
    assert closed_up("好的。 请问您贵姓？ OK then") == "好的。请问您贵姓？ OK then"
    assert closed_up("Yes. No.") == "Yes. No."


def test_questions_end_with_a_question_mark() -> None:
    """Of either width."""
    assert asks("Really? ")
    assert asks("是吗？")
    assert not asks("Yes.")
