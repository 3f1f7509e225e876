"""Numbers as people say them and as recognisers write them."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.language import speaking
from orchestrator.local.brain.understanding.numbers import apart, find, value, written


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("four eight two one three", ["48213"]),
        ("double four oh two", ["4402"]),
        ("triple seven one two", ["77712"]),
        ("double 5127", ["55127"]),
        ("4, 8, 2, 1, 3", ["48213"]),
        ("4-8-2-1-3.", ["48213"]),
        ("48,213", ["48213"]),
        ("4 8 2 um 1 3", ["48213"]),
        ("forty-eight two thirteen", ["48213"]),
        ("twenty one", ["21"]),
        ("two hundred and five", ["205"]),
        ("three thousand", ["3000"]),
        ("19.50", ["19.50"]),
        ("nineteen people at table six", ["19", "6"]),
        ("two and a half kilos", ["2.5"]),
        ("a kilo and a half", ["1.5"]),
        ("half a pound", ["0.5"]),
        ("one point two five", ["1.25"]),
        ("two and a half thousand euros", ["2500"]),
        ("1.5 million", ["1500000"]),
        ("number 4017725, and 85 euros", ["4017725", "85"]),
        ("two hundred, and five more", ["200", "5"]),
        ("two and a half, a thousand", ["2.5", "1000"]),
        ("half past six", ["6"]),
        ("oh, hello", []),
        ("", []),
    ],
)
def test_numbers_are_found(text: str, digits: list[str]) -> None:
    """Digits said one by one are one number, whatever stands between them."""
    assert [spoken.digits for spoken in find(text)] == digits


def test_place_of_a_number_is_told() -> None:
    """What is before and after a number can be read on."""
    (spoken,) = find("order four eight, please")

    assert "order four eight, please"[spoken.start : spoken.end] == "four eight"


def test_long_numbers_are_written_as_digits() -> None:
    """Numbers of two digits and more become digits; a lone word such as "one" stays a word."""
    assert written("order four eight two, this one") == "order 482, this one"


@pytest.mark.parametrize(
    ("code", "text", "digits"),
    [
        ("de", "einundzwanzig", ["21"]),
        ("de", "zweihundertfünfzig", ["250"]),
        ("de", "neunzehnhundertvierundachtzig", ["1984"]),
        ("de", "vier acht zwei eins drei", ["48213"]),
        ("de", "doppel vier null zwei", ["4402"]),
        ("de", "ein Zimmer für zwei Personen", ["2"]),
        ("de", "19,50 oder 1.250", ["19.50", "1250"]),
        ("fr", "quatre-vingt-douze", ["92"]),
        ("fr", "soixante-dix-sept et vingt et un", ["7721"]),
        ("fr", "mille neuf cent quatre-vingt-quatre", ["1984"]),
        ("fr", "quatre huit deux un trois", ["48213"]),
        ("fr", "une chambre pour deux", ["2"]),
        ("es", "treinta y dos", ["32"]),
        ("es", "doscientos cincuenta", ["250"]),
        ("es", "mil novecientos ochenta y cuatro", ["1984"]),
        ("es", "cuatro ocho dos uno tres", ["48213"]),
        ("it", "ventuno", ["21"]),
        ("it", "trentatré", ["33"]),
        ("it", "millenovecentottantaquattro", ["1984"]),
        ("it", "quattro otto due uno tre", ["48213"]),
        ("it", "lei sei gentile", []),
        ("zh", "四八二一三", ["48213"]),
        ("zh", "幺三八", ["138"]),
        ("zh", "二十三", ["23"]),
        ("zh", "两百五十", ["250"]),
        ("zh", "一千零五", ["1005"]),
        ("zh", "三万两千", ["32000"]),
        ("zh", "订单号48213", ["48213"]),
        ("zh", "一个房间, 两位", ["2"]),
        ("zh", "请再说一遍, 有一点问题, 周三", []),
    ],
)
def test_numbers_of_other_languages(code: str, text: str, digits: list[str]) -> None:
    """Compounds, twenties, hundreds that are one word, numerals; an article is no number, nor is a weekday."""
    with speaking(code):
        assert [spoken.digits for spoken in find(text)] == digits


def test_a_lone_article_has_a_value_where_a_number_is_wanted() -> None:
    """ "Um ein Uhr" is one o'clock."""
    with speaking("de"):
        assert value("ein") == 1
        assert value("Uhr") is None


def test_numbers_apart() -> None:
    """None goes on behind a comma, but for the decimals that stand there."""
    assert [(one.digits, one.start) for one in apart("one, two bags, 1,250 grams")] == [
        ("1", 0),
        ("2", 5),
        ("1250", 15),
    ]
