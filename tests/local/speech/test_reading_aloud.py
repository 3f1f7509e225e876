"""Text is split where a reader breathes, and identifiers are spelled."""

from __future__ import annotations

import pytest

from orchestrator.local.speech.reading_aloud import chunks, for_speech, is_latin, is_unspaced, reading, sentences
from orchestrator.providers.languages import LANGUAGES


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Order 48213 is here.", "Order four eight two one three is here."),
        ("Order 1005.", "Order one zero zero five."),
        ("Ticket AB-12345678.", "Ticket A B one two three four, five six seven eight."),
        ("Call 555123456.", "Call five five five, one two three, four five six."),
        ("It costs $1250 or 1,250 dollars.", "It costs $1250 or 1,250 dollars."),
        ("It costs 103.15 €.", "It costs €103.15."),
        ("It costs USD 1,250.00 or 12.5 £.", "It costs $1,250.00 or £12.5."),
        ("At 7:30 pm on March 3, 2026.", "At 7:30 pm on March 3, 2026."),
        ("**Open** until `six`", "Open until six"),
        ("See [our page](https://example.com).", "See our page."),
    ],
)
def test_numbers_and_markup(written: str, said: str) -> None:
    """Identifiers digit by digit; amounts, times and years as they are; no markup."""
    assert for_speech(written) == said


def test_sentences() -> None:
    """Full stops of titles and decimals end nothing; what has no word is not said."""
    text = "I found Dr. Smith. It costs 3.50 euros! Really?\nYes. …"
    assert sentences(text) == ["I found Dr. Smith.", "It costs 3.50 euros!", "Really?", "Yes."]


def test_chunks_are_the_text() -> None:
    """The deltas of a transcript add up to it."""
    text = " One  two three. "
    assert "".join(chunks(text)) == text


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Hello.", True), ("Café Müller, łódź", True), ("48213", True), ("", True), ("Anna 您好", True),
        ("您好 Anna", True), ("您好。", False), ("您的订单 48213 已发货", False), ("Здравствуйте", False),
        ("Καλημέρα", False), ("こんにちは", False), ("안녕하세요", False), ("مرحبا", False), ("नमस्ते", False),
        ("您好,我是 Ann,请讲", False),
    ],
)  # fmt: skip
def test_scripts(text: str, latin: bool) -> None:
    """Most of the letters decide; digits are no letters."""
    assert is_latin(text) is latin


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("de", "Bestellung 48213 kommt um 15:30 Uhr.", "Bestellung vier acht zwei eins drei kommt um 15 Uhr 30."),
        ("de", "Um 9:00, für 1.250,50 €.", "Um 9 Uhr, für 1250 Euro 50."),
        ("de", "Am 3. Mai 2026, 1250 Euro, 5 ₣.", "Am 3. Mai 2026, 1250 Euro, 5 ₣."),
        ("fr", "La commande 48213, à 15:30, pour 12,50 €.",
         "La commande quatre huit deux un trois, à 15 heures 30, pour 12 euros 50."),
        ("es", "El pedido AB-4821, a las 15:30, $5.", "El pedido A B cuatro ocho dos uno, a las 15 y 30, 5 dólares."),
        ("it", "L'ordine 48213, alle 9:00, 12,05 €.", "L'ordine quattro otto due uno tre, alle 9, 12 euro e 5."),
        ("zh", "您的订单48213下午3:30到，共￥12.00。", "您的订单四八二一三下午3点30分到，共12元。"),
        ("zh", "订单123456：¥12.50，2026年。", "订单一二三，四五六：12元50分，2026年。"),
        ("nl", "Order 48213.", "Order four eight two one three."),
    ],
)  # fmt: skip
def test_numbers_in_other_languages(language: str, written: str, said: str) -> None:
    """By the data of the language; identifiers, times and amounts. One that is not known is read as English."""
    assert for_speech(written, language) == said


def test_sentences_in_other_languages() -> None:
    """German ordinals and abbreviations end nothing; Chinese sentences need no space between them."""
    german = "Am 3. Mai kommt Fr. Schmidt, z. B. um zehn. Passt das?"
    assert sentences(german, "de") == ["Am 3. Mai kommt Fr. Schmidt, z. B. um zehn.", "Passt das?"]
    assert sentences("您好！“请问几点？”下午三点。", "zh") == ["您好！", "“请问几点？”", "下午三点。"]


def test_chunks_of_a_script_without_spaces() -> None:
    """Each character is one, since each is spoken as one."""
    assert list(chunks("您的 order 已发货。")) == ["您", "的", " order", " 已", "发", "货", "。"]
    assert (is_unspaced(" 您好"), is_unspaced("Hello 您好")) == (True, False)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_language_can_be_read(language: str) -> None:
    """Ten digits, and an apology; words for amounts and times where the engine has none."""
    how = reading(language)
    assert len(set(how.digits)) == 10
    assert how.apology
    assert language == "en" or (len(how.amount), len(how.clock), set(how.money)) == (2, 2, {"€", "$", "£", "¥"})
