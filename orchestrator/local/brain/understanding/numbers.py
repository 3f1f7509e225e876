"""Numbers as people say them and recognisers write them: words, single digits, "double four", with pauses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.local.brain.language import Expression, current
from orchestrator.local.brain.number_words import Vocabulary, plain_word

TOKEN = re.compile(r"\d+(?:[.,]\d+(?!\d|[.,]\d))?|[^\W\d_]+(?:'[^\W\d_]+)?|[^\s\w]")
BETWEEN_COMMAS = re.compile(r"(?:[^,]|,(?=\d))+")
POINT = Expression("point")  # between the two parts of a decimal: "one point five"
FOUR, TWENTY, EIGHTY = 4, 20, 80  # "quatre-vingt", the one number that is a product


@dataclass(frozen=True, slots=True)
class Number:
    """A series of number words or digits in a text."""

    digits: str  # what it comes to: "48213", "7", "19.5"
    start: int  # where it stands in the text
    end: int


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign in a text."""

    word: str
    parts: tuple[str, ...]  # the number words in it
    start: int
    end: int


def find(text: str) -> list[Number]:
    """Return the numbers in a text, in order; a series of single digits is one number."""
    known = current().numbers
    found: list[Number] = []
    run: list[Token] = []
    for token in [*_tokens(text, known), Token("", (), len(text), len(text))]:
        ends = run and token.word.isalpha() and run[-1].word == ","  # "number 4017725, and 85 euros"
        if token.parts or (run and token.word in known.pauses and not ends):
            run.append(token)
            continue
        _close(run, found, known)
        run = []
    return _with_fractions(text, found)


def apart(text: str) -> list[Number]:
    """Return the numbers in a text, none of which goes on behind a comma: "only two, twelve would be too many"."""
    return [
        Number(one.digits, part.start() + one.start, part.start() + one.end)
        for part in BETWEEN_COMMAS.finditer(text)
        for one in find(part.group())
    ]


def _with_fractions(text: str, whole: list[Number]) -> list[Number]:
    """Put together what is said in parts, "one point five" and "two and a half", and add what is less than one."""
    found: list[Number] = []
    for number in whole:
        last = found[-1] if found else None
        if last and last.digits.isdigit() and POINT.pattern.fullmatch(text, last.end, number.start):
            found[-1] = Number(f"{last.digits}.{number.digits}", last.start, number.end)
        else:
            found.append(number)
    behind, alone = (current().words[key] for key in ("fractions_behind", "fractions_alone"))
    for part, value in behind:
        found = [_increased(text, number, part, value) for number in found]
    for part, value in alone:
        for match in re.finditer(part, text, re.IGNORECASE):
            apart = [one for one in found if one.end <= match.start() or one.start >= match.end()]
            found = [*apart, Number(str(value), *match.span())]
    return _multiplied(text, sorted(found, key=lambda number: number.start))


def _multiplied(text: str, parts: Sequence[Number]) -> list[Number]:
    """Put together a fraction and what it is a fraction of: "two and a half thousand"."""
    known, found = current().numbers, list[Number]()
    for number in parts:
        last, word = found[-1] if found else None, plain_word(text[number.start : number.end])
        if last and "." in last.digits and word in known.scales and not text[last.end : number.start].strip(" -"):
            value = float(last.digits) * known.scales[word]
            found[-1] = Number(str(int(value)) if value == int(value) else str(value), last.start, number.end)
        else:
            found.append(number)
    return found


def _increased(text: str, number: Number, part: str, value: float) -> Number:
    """Return a number with the fraction that stands behind it."""
    match = re.compile(part, re.IGNORECASE).match(text, number.end)
    if match is None or not number.digits.isdigit():
        return number
    return Number(str(int(number.digits) + value), number.start, match.end())


def _tokens(text: str, known: Vocabulary) -> list[Token]:
    tokens: list[Token] = []
    if known.numerals:
        return _signs(text, known)
    for match in TOKEN.finditer(text):
        word = plain_word(match.group())
        if match.group()[0].isdigit() and not match.group().isdigit():
            tokens += _figures(match, known)
        else:
            tokens.append(Token(word, tuple(known.parts(word)), match.start(), match.end()))
    return tokens


def _figures(match: re.Match[str], known: Vocabulary) -> list[Token]:
    """Read "19,50" as a decimal, "1.250" as thousands, and digits with other signs between them one by one."""
    written, start = match.group(), match.start()
    sign = "." if "." in written else ","
    whole, _, rest = written.partition(sign)
    one_by_one = match.string[:start].endswith(sign)  # "4,8,2"
    if sign == known.decimal and not one_by_one and (sign == "." or len(rest) < 3):
        return [Token(written, (f"{whole}.{rest}",), start, match.end())]
    middle = start + len(whole)
    return [
        Token(whole, (whole,), start, middle),
        Token(sign, (), middle, middle + 1),
        Token(rest, (rest,), middle + 1, match.end()),
    ]


def _signs(text: str, known: Vocabulary) -> list[Token]:
    """Read numerals that are written without spaces, each as a word."""
    skipped = {at for found in known.never.finditer(text) for at in range(*found.span())} if known.never else set()
    tokens: list[Token] = []
    for match in re.finditer(rf"\d+(?:\.\d+)?|[{''.join(known.numerals)}]|[^\s]", text):
        word = match.group()
        number = (word[0].isdecimal() or word in known.numerals) and match.start() not in skipped
        tokens.append(Token(word, (word,) if number else (), match.start(), match.end()))
    return tokens


def _close(run: list[Token], found: list[Number], known: Vocabulary) -> None:
    while run and (not run[-1].parts or run[-1].parts[-1] in known.times):
        run.pop()
    words = [part for token in run for part in token.parts]
    lone = len(words) == 1 and words[0] in known.weak
    if words and not lone and (value := _value(words, known)):
        found.append(Number(value, run[0].start, run[-1].end))


def _value(words: list[str], known: Vocabulary) -> str:
    if any(word in known.scales or known.values.get(word, 0) >= 100 for word in words):
        return _sum(words, known)
    out: list[str] = []
    times, open_number, room = 1, 0, 0
    for word in words:
        if word in known.times:
            times = known.times[word]
            continue
        if word[0].isdecimal():
            out += [str(open_number)] if room else []
            out.append(word[0] * (times - 1) + word)  # "double 5127" is 55127
            times, room = 1, 0
            continue
        number = known.values[word]
        if times == 1 and room and 0 < number < room:
            open_number, room = open_number + number, known.rooms.get(number, 1)
        elif times == 1 and (number, open_number, room) == (TWENTY, FOUR, 1) and TWENTY in known.rooms:
            open_number, room = EIGHTY, TWENTY
        else:
            out += [str(open_number)] if room else []
            digits = str(number)
            out += [digits[0] * (times - 1)]
            open_number, room = number, known.rooms.get(number, 1)
        times = 1
    return "".join([*out, *([str(open_number)] if room else [])])


def _sum(words: list[str], known: Vocabulary) -> str:
    """Return a number with hundreds or thousands: what was said before a scale is multiplied by it."""
    total = part = last = 0.0
    for word in words:
        if word in known.scales:
            scale = known.scales[word]
            if scale >= known.large:
                total, part, last = total + ((part + last) or 1) * scale, 0.0, 0.0
            else:
                part, last = part + (last or 1) * scale, 0.0
        elif word not in known.times:
            number = float(word) if word[0].isdecimal() else known.values[word]
            last = EIGHTY if (last, number) == (FOUR, TWENTY) else last + number
    value = total + part + last
    return str(int(value)) if value == int(value) else str(value)


def value(text: str) -> int | None:
    """Return the whole number that a text is, in words or digits; "ein" is one here. None when it is no number."""
    known = current().numbers
    words = [part for token in _tokens(text, known) for part in token.parts]
    found = _value(words, known) if words else ""
    return int(float(found)) if found else None


def written(text: str) -> str:
    """Return a text in which number words of two digits or more are written as digits."""
    for number in reversed(find(text)):
        if len(number.digits) > 1:
            text = f"{text[: number.start]}{number.digits}{text[number.end :]}"
    return text
