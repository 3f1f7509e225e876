"""Secrets are taken out of a text, however they are written or said there."""

from __future__ import annotations

from functools import partial

import pytest

from orchestrator.core.memory.masking import FIRST, LAST, NEAR, Masker, forms
from tests.timing import seconds, takes_less_than

CARD = "4111222244443333"
SECRETS = {"card": CARD, "code": "510510", "pin": "4821", "policy": "AB12-CD34", "street": "12 Harbour Street"}
PATTERNS = {"account": r"^\d{6}$", "reference": r"^[A-Z]{2}-\d{5}$|^[A-Z]\d{7}\Z"}


def masker(patterns: dict[str, str] | None = None) -> Masker:
    return Masker({name: forms(value) for name, value in SECRETS.items()}, patterns or {})


SAID = [
    ("Ｍｙ card: ４１１１ ２２２２", "Ｍｙ card: [card]"),
    ("٤١١١٢٢٢٢ ४४४४", "[card]"),
    ("④①①① 𝟐𝟐𝟐𝟐", "[card]"),
    ("⒋⒈⒈⒈", "[card]"),
    ("4\u200b1\u00ad1\u20601", "[card]"),
    ("4_1_1_1 (2/2.2-2)", "[card])"),
    ("X510510Y", "[code]"),
    ("ref#X510510Y,", "ref#[code],"),
    ("99510510", "[code]"),
    ("我的卡号是4111 2222 4444 3333谢谢", "我的卡号是[card]谢谢"),
    ("我的卡号是四一一一，二二二二谢谢", "我的卡号是[card]谢谢"),
    ("我的号码是four eight two one谢谢", "我的号码是[pin]谢谢"),
    ("カードは４１１１です", "カードは[card]です"),
    ("카드는 사일일일 이이이이 입니다", "카드는 [card] 입니다"),
    ("เลข4111ครับ", "เลข[card]ครับ"),
    ("510 uh 510", "[code]"),
    ("five one oh, um, five one oh", "[code]"),
    ("It is 48 and then 21.", "It is [pin]."),
    ("forty-eight and then, er, twenty-one", "[pin]"),
    ("four eight dash two one", "[pin]"),
    ("four eight, oh, two one", "[pin]"),
    ("four thousand eight hundred and twenty one", "[pin]"),
    ("forty eight hundred twenty one", "[pin]"),
    ("four triple one double two double two", "[card]"),
    ("4 treble 1", "[card]"),
    ("vier eins eins eins", "[card]"),
    ("achtundvierzig, ähm, einundzwanzig", "[pin]"),
    ("fünf eins null, fünf eins null", "[code]"),
    ("Quarante et un, onze.", "[card]."),
    ("quarante-huit vingt-et-un", "[pin]"),
    ("cuarenta y ocho, este, veintiuno", "[pin]"),
    ("quarantotto ventuno", "[pin]"),
    ("quarenta e oito vinte e um", "[pin]"),
    ("achtenveertig eenentwintig", "[pin]"),
    ("fyra åtta två ett", "[pin]"),
    ("cztery osiem dwa jeden", "[pin]"),
    ("четыре восемь два один", "[pin]"),
    ("сорок восемь двадцать один", "[pin]"),
    ("czterdzieści osiem, dwadzieścia jeden", "[pin]"),
    ("čtyřicet osm dvacet jedna", "[pin]"),
    ("τέσσερα οκτώ δύο ένα", "[pin]"),
    ("dört sekiz iki bir", "[pin]"),
    ("أربعة ثمانية اثنان واحد", "[pin]"),
    ("Caller: 411\nfront: Go on, please.\nCaller: 122", "Caller: [card]\nfront: Go on, please.\nCaller: [card]"),
    ("4111 2222, then 4444 3333", "[card], then [card]"),
    ("48 of them, and 21 more", "[pin] of them, and [pin] more"),
    ("AB12-CD34 and a b one two c d", "[policy] and [policy]"),
    ("xab12cd34y", "[policy]"),
    ("It is A, B, uh, 12 CD.", "It is [policy]."),
    ("twelve Harbour Street", "[street]"),
    ("the Harbour", "the [street]"),
    (f"{CARD} 4821", "[card] [pin]"),
]


@pytest.mark.parametrize(("said", "told"), SAID)
def test_p62_a_secret_is_taken_out_however_it_is_said(said: str, told: str) -> None:
    """P62: digits of every script and form, inside words, between others, with fillers, as words of many languages."""
    assert masker().mask(said) == told


KEPT = [
    "It ends in 111, or 22.",
    "Order 7 of 11, please, for 2 people at 8.",
    "41 of them came, and 11 left",
    f"411 {'x' * NEAR} 122",
    "one moment, I am to call for you",
    "double the trouble and then five",
    "ab cd",
    "a ½ cup, ﬁve",
    "",
]


@pytest.mark.parametrize("said", KEPT)
def test_what_is_no_secret_is_kept(said: str) -> None:
    """Few digits, digits that only happen to be near each other, and words that contain none of it."""
    assert masker().mask(said) == said


ALIKE = [
    ("It is 123456.", "It is [account]."),
    ("one two three, four five six", "[account]"),
    ("12-34-56 or 12345 6", "[account] or [account]"),
    ("我的账号是123456谢谢", "我的账号是[account]谢谢"),
    ("1234567, 12345, and 12 or 3456", "1234567, 12345, and 12 or 3456"),
    ("AB-12345, ＡＢ-12345 and K1234567", "[reference], [reference] and [reference]"),
    ("ab-12345, AB-123456, XAB-12345, K12345678", "ab-12345, AB-[account], XAB-12345, K12345678"),
]


@pytest.mark.parametrize(("said", "told"), ALIKE)
def test_p62_what_looks_like_a_secret_is_taken_out(said: str, told: str) -> None:
    """P62: a whole number that matches the pattern of a secret, written or said."""
    assert Masker({}, PATTERNS).mask(said) == told


@pytest.mark.parametrize(
    "said", ["DE12 3456 7890 1234 5678 90", "DE12-3456-7890-1234-5678-90", "DE 12345678901234567890"]
)
def test_p62_what_looks_like_a_secret_may_be_written_in_groups(said: str) -> None:
    """P62: the pattern describes it without what stands between them."""
    known = Masker({}, {"iban": r"^DE\d{20}$"})

    assert known.mask(f"It is {said}.") == "It is [iban]."
    assert known.mask(f"It is {said}1.") == f"It is {said}1."


def test_patterns_are_found_inside_a_text() -> None:
    """Their anchors mean the ends of a number there; in a set of characters they mean themselves."""
    found = Masker({}, {"x": r"^[]^$]?\d\$?$"})

    assert found.mask("a 5 b 55 c") == "a [x] b 55 c"


def test_p62_a_secret_that_began_before_a_text_is_seen() -> None:
    """P62: what was said before is not repeated."""
    assert masker().mask("2222", before="Caller: 41 11\n") == "[card]"
    assert masker().mask("222 4", before="Caller: 41 1122\n") == "[card]"
    assert masker().mask("22", before="Caller: 41 11 2\n") == "[card]"
    assert masker().mask("Yes, 22", before="Caller: nothing\n") == "Yes, 22"
    assert masker().mask("Yes.", before=f"Caller: {CARD}\n") == "Yes."


SLOW = [
    "1 ",
    "111 ",
    "4111 ",
    "1234567890",
    "four one one x ",
    "oh to for one ",
    "我的卡号是四一一",
    "４１１ ",
    "a",
    "-",
]
SLOW += [
    "-",
    "AB-12345 ",
    "ab 12 ",
    "twenty ",
    "hundred ",
    "double ",
    "quatre vingt ",
    "cinq ",
    "uh ",
    "AB-1",
    "harbour ",
]


@pytest.mark.parametrize("said", SLOW)
def test_p62_the_time_is_in_proportion_and_bounded(said: str) -> None:
    """P62: whatever is in the text, and however many secrets there are."""
    known = masker(PATTERNS)
    short, long, cut = ((said * length)[:length] for length in (5_000, 40_000, 4_000_000))
    limit = 30 * seconds(partial(known.mask, short)) + 0.3
    assert takes_less_than(limit, partial(known.mask, long))
    assert takes_less_than(limit + 0.5, partial(known.mask, cut))


def test_p62_of_a_long_text_the_middle_is_left_out() -> None:
    """P62: nobody can read so much; its beginning and its end are kept, without the secrets in them."""
    told = masker().mask(f"First {CARD}. {'word ' * FIRST * 20} Last {CARD}.")

    assert told.startswith("First [card]. word")
    assert told.endswith("word  Last [card].")
    assert "characters left out" in told
    assert len(told) < FIRST + LAST + 100
    assert len(Masker({}, {}).mask("x" * 100_000)) == 100_000


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("4111 2222", {"41112222"}),
        ("AB12-cd34", {"ab12cd34"}),
        ("two oh five four", {"twoohfivefour", "2054"}),
        ("12 Harbour Street", {"12harbourstreet"}),
        ("twenty-one Main", {"twentyonemain", "21main"}),
        ("  ", set()),
    ],
)
def test_a_secret_is_looked_for_bare(value: str, found: set[str]) -> None:
    """Without what stands between, and with number words as digits."""
    assert forms(value) == found
