"""Numbers and codes that identify something: "48213", "K T two one, W X B", "B as in bravo, 70312"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from orchestrator.local.brain.language import Expression
from orchestrator.local.brain.understanding import numbers
from orchestrator.local.brain.understanding.misheard.numbers import without_extra
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.spelling import letters_said
from orchestrator.local.brain.understanding.utterance import Read, Utterance

MIXED = Expression("mixed")  # "ABC123", "AB 123"
CODE_PARTS = Expression("code_parts")  # "two letters", in the description of a code
LONG_ENOUGH = 3  # fewest signs of what is taken for an identifier without being asked for
FEW_LETTERS = 4  # most letters that are one part of a code: "WXB"
FEW_DIGITS = 4  # most digits of a part of a number, behind which "and then" goes on
TOKEN = re.compile(r"(?<!['’])\b[^\W_]+\b(?!['’])")
# An example in a description: "12B", "AB-123".
SHOWN = re.compile(r"\b(?=[A-Z\d-]*\d)(?=[A-Z\d-]*[A-Z])[A-Z\d]+(?:-[A-Z\d]+)*\b")
RUNS = re.compile(r"[A-Z]+|\d+|-")
# Between two parts of one code.
GAP = re.compile(r"[\s,.\-–/]*(?:\b(?:and|then|um|uh|er|followed|by|comes|plus|next)\b[\s,.\-–/]*)*", re.IGNORECASE)
FAR = 32  # most letters between two parts of a code whose form is known: "and the numbers are"
TOGETHER = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])(?!\d+(?:st|nd|rd|th|am|pm)\b)[A-Za-z\d]+\b")  # "LB66"
MASK = "Ж"  # in the place of what was read: a letter that is no numeral and no accented "o"
LETTER_O = re.compile(r"(?<=\b[A-Z][ ,.-])O\b|\bO(?=[ ,.-]{1,2}[A-Z]\b)")  # beside other letters it is no zero
MOST_PARTS = 12
# Words that a recogniser writes for letters.
HOMOPHONES = {
    "are": "R", "our": "R", "ar": "R", "you": "U", "why": "Y", "see": "C", "sea": "C", "be": "B", "bee": "B",
    "tea": "T", "tee": "T", "pea": "P", "pee": "P", "queue": "Q", "cue": "Q", "jay": "J", "kay": "K", "eye": "I",
    "ex": "X", "el": "L", "em": "M", "en": "N", "ess": "S", "gee": "G", "dee": "D", "vee": "V", "zed": "Z",
}  # fmt: skip
HOMOPHONE = re.compile(rf"\b(?:{'|'.join(HOMOPHONES)})\b(?!['’])", re.IGNORECASE)
JOINTS = ("", "-", " ")
# Short words that are no part of a code, unless nothing stands between them and its other parts.
WORDS = frozenset(
    {"I", "A", "AN", "IT", "IS", "THE", "AND", "THEN", "MY", "OK", "ARE", "IN", "AT", "OF", "TO", "NO", "OH"}
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what may be a code, and where it stands in the text."""

    value: str
    start: int
    end: int


def identifier(utterance: Utterance) -> Read:
    """Read a number that identifies something: the one of the required length or form, else the longest."""
    parameter = utterance.parameter
    pattern, length = form(parameter), parameter.length
    if pattern and not length and (found := _of_form(utterance, pattern)):
        return found
    if parameter.kind != "integer" and not pattern and not length:
        match, found = MIXED.search(utterance.text), _mixed(utterance) if utterance.answer else None
        written = re.sub(r"\s", "", match.group(0)).upper() if match else ""
        if found and len(found[0]) > len(written):
            return found
        if match:
            return written, utterance.without(*match.span())
    return _digits(utterance, pattern if parameter.pattern else "", length)


def form(parameter: Parameter) -> str:
    """Return the form that a code must have: by its pattern, or by what its description shows or says of letters."""
    if pattern := parameter.pattern:
        return pattern
    if parameter.kind == "string" and (shown := SHOWN.search(str(parameter.schema.get("description") or ""))):
        return f"^{''.join(_alike(run) for run in RUNS.findall(shown.group(0)))}$"
    if parameter.kind != "string" or not parameter.hints("letters"):
        return ""
    signs = {"l": "[A-Z]", "d": r"\d"}
    parts = [
        f"{signs['l' if part['letters'] else 'd']}{{{numbers.value(part['n']) or 1}}}"
        for part in CODE_PARTS.finditer(parameter.about)
    ]
    return f"^{''.join(parts)}$" if len(parts) > 1 or "[A-Z]" in "".join(parts) else ""


def is_called(parameter: Parameter, before: str) -> bool:
    """Return whether the words before a number call it by the parameter's name: "room 12", "for room number seven"."""
    named = "|".join(map(re.escape, parameter.words.lower().split()))
    return re.search(rf"\b(?:{named}) (?:number |is |it's )*$", before, re.IGNORECASE) is not None


def _alike(run: str) -> str:
    """Return the form of a part of an example: "1234" has four digits, but "12" may as well be a smaller number."""
    if not run.isdigit():
        return f"[A-Z]{{{len(run)}}}" if run.isalpha() else re.escape(run)
    return f"\\d{{{len(run)}}}" if len(run) >= LONG_ENOUGH else f"\\d{{1,{len(run) + 1}}}"


def _of_form(utterance: Utterance, pattern: str) -> Read | None:
    """Read letters and digits that together have the required form: "A B one two three"."""
    core = pattern.removeprefix("^").removesuffix("$")
    cased = re.IGNORECASE if r"\d" in pattern or utterance.text.strip(" .").isalpha() else 0  # "WHISKY" or "whisky"
    if match := re.search(rf"(?<![\w-]){core}(?![\w-])", utterance.text, cased):
        return match.group(0).upper(), utterance.without(*match.span())
    if found := _in_parts(utterance, pattern):
        return found
    letters = HOMOPHONE.sub(lambda word: HOMOPHONES[word[0].lower()], utterance.text) if utterance.answer else ""
    return _in_parts(replace(utterance, text=letters), pattern) if letters != utterance.text and letters else None


def _in_parts(utterance: Utterance, pattern: str) -> Read | None:
    """Read letters and digits that stand apart."""
    parts = _parts(utterance.text)
    lower = r"\d" in pattern
    short = [part for part in _parts(utterance.text, lower=lower) if part.value.upper() not in WORDS]
    for some in _spans([*_series(parts, utterance.text), *_series(short, utterance.text, FAR)]):
        for joint in JOINTS:
            value = joint.join(part.value for part in some)
            for written in (value.upper(), value, *_with_o(some, joint)):
                if re.fullmatch(pattern, written):
                    return written, utterance.without(some[0].start, some[-1].end)
    return None


def _with_o(parts: Sequence[Part], joint: str) -> Iterator[str]:
    """Yield a code in which what was taken for a zero is the letter beside it, or the letter a zero."""
    values = [part.value.upper() for part in parts]
    for at in range(1, len(values)):
        if values[at - 1].isalpha() and values[at].startswith("0"):
            yield joint.join([*values[:at], f"O{values[at][1:]}", *values[at + 1 :]])
    yield joint.join("0" if value == "O" else value for value in values)


def _mixed(utterance: Utterance) -> Read | None:
    """Read letters and digits of a code of which nobody said what it looks like."""
    for some in _spans(_series(_parts(utterance.text), utterance.text)):
        value = "".join(part.value for part in some).upper()
        if len(value) >= LONG_ENOUGH and re.search("[A-Z]", value) and re.search(r"\d", value):
            return value, utterance.without(some[0].start, some[-1].end)
    return None


def _parts(said: str, *, lower: bool = False) -> list[Part]:
    """Return the letters and numbers in a text that may be parts of codes; short words, too, if `lower` ones may be."""
    found = [Part(letters, start, end) for letters, start, end in letters_said(said)]
    found += [Part("O", *match.span()) for match in LETTER_O.finditer(said)]
    found += [Part(match.group(), *match.span()) for match in TOGETHER.finditer(said)]
    rest = said
    for part in found:
        rest = f"{rest[: part.start]}{MASK * (part.end - part.start)}{rest[part.end :]}"
    for number in numbers.find(rest):
        found.append(Part(number.digits, number.start, number.end))
        rest = f"{rest[: number.start]}{MASK * (number.end - number.start)}{rest[number.end :]}"
    for token in TOKEN.finditer(rest):
        word = token.group(0)
        if MASK not in word and (_may_be(word) or (lower and len(word) <= FEW_LETTERS)):
            found.append(Part(word, *token.span()))
    return sorted({part.start: part for part in found}.values(), key=lambda part: part.start)


def _series(parts: Sequence[Part], said: str, far: int = 0) -> list[list[Part]]:
    """Return the parts that follow each other with little between them, or at most `far` letters."""
    found: list[list[Part]] = []
    for part in parts:
        end = found[-1][-1].end if found else 0
        if not found or not (GAP.fullmatch(said, end, part.start) or part.start - end <= far):
            found.append([])
        found[-1].append(part)
    return found


def _may_be(word: str) -> bool:
    if len(word) == 1 or any(map(str.isdigit, word)):
        return True
    return word.isalpha() and word.isupper() and len(word) <= FEW_LETTERS


def _spans(series: Sequence[Sequence[Part]]) -> Iterator[Sequence[Part]]:
    """Yield the pieces of each series, the longest first."""
    for parts in series:
        for length in range(min(len(parts), MOST_PARTS), 0, -1):
            for at in range(len(parts) - length + 1):
                yield parts[at : at + length]


def _joined(said: str) -> list[numbers.Number]:
    """Return the numbers in a text; what is said in parts is one: "one two three, and then four five"."""
    found: list[numbers.Number] = []
    for one in numbers.find(said):
        last = found[-1] if found else None
        if last and GAP.fullmatch(said, last.end, one.start) and max(len(last.digits), len(one.digits)) <= FEW_DIGITS:
            found[-1] = numbers.Number(last.digits + one.digits, last.start, one.end)
        else:
            found.append(one)
    return found


def _digits(utterance: Utterance, pattern: str, length: int | None) -> Read:
    runs = [(run.digits.replace(".", ""), run) for run in _joined(utterance.text)]
    if pattern and not length:
        runs = [entry for entry in runs if re.fullmatch(pattern, entry[0])]
    if length:
        halves = ((digits[:length] if digits[:length] == digits[length:] else digits, run) for digits, run in runs)
        exact = [entry for entry in halves if len(entry[0]) == length]
        runs = exact or [(once, run) for digits, run in runs if (once := without_extra(digits, length))]
    called = [entry for entry in runs if is_called(utterance.parameter, utterance.text[: entry[1].start])]
    runs = called or [entry for entry in runs if utterance.answer or len(entry[0]) >= LONG_ENOUGH]
    if not runs:
        return None, utterance.text
    digits, run = max(runs, key=lambda entry: len(entry[0]))
    return (int(digits) if utterance.parameter.kind == "integer" else digits), utterance.without(run.start, run.end)
