"""Numbers and codes that identify something: "48213", "K T two one, W X B", "B as in bravo, 70312"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestrator.local.brain.language import Expression
from orchestrator.local.brain.understanding import numbers
from orchestrator.local.brain.understanding.misheard.numbers import without_extra
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.spelling import LIKE
from orchestrator.local.brain.understanding.utterance import Read, Utterance

MIXED = Expression("mixed")  # "ABC123", "AB 123"
CODE_PARTS = Expression("code_parts")  # "two letters", in the description of a code
LONG_ENOUGH = 3  # fewest signs of what is taken for an identifier without being asked for
FEW_LETTERS = 4  # most letters that are one part of a code: "WXB"
TOKEN = re.compile(r"(?<!['’])\b[^\W_]+\b(?!['’])")
# An example in a description: "12B", "AB-123".
SHOWN = re.compile(r"\b(?=[A-Z\d-]*\d)(?=[A-Z\d-]*[A-Z])[A-Z\d]+(?:-[A-Z\d]+)*\b")
RUNS = re.compile(r"[A-Z]+|\d+|-")
GAP = re.compile(r"[\s,.\-–/]*(?:\b(?:and|then|um|uh|er)\b[\s,.\-–/]*)?")  # between two parts of one code
AS_IN = re.compile(rf"(?<=\b[A-Za-z]){LIKE}", re.IGNORECASE)
LETTER_O = re.compile(r"(?<=\b[A-Z][ ,.-])O\b|\bO(?=[ ,.-]{1,2}[A-Z]\b)")  # beside other letters it is no zero
PLACEHOLDER = "Ж"  # a letter that is no numeral and no accented "o"
MOST_PARTS = 12
JOINTS = ("", "-", " ")


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
        if match := MIXED.search(utterance.text):
            return re.sub(r"\s", "", match.group(0)).upper(), utterance.without(*match.span())
        if utterance.answer and (found := _mixed(utterance)):
            return found
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
    return f"^{''.join(parts)}$" if len(parts) > 1 else ""


def _alike(run: str) -> str:
    """Return the form of a part of an example: "1234" has four digits, but "12" may as well be a smaller number."""
    if not run.isdigit():
        return f"[A-Z]{{{len(run)}}}" if run.isalpha() else re.escape(run)
    return f"\\d{{{len(run)}}}" if len(run) >= LONG_ENOUGH else f"\\d{{1,{len(run) + 1}}}"


def _of_form(utterance: Utterance, pattern: str) -> Read | None:
    """Read letters and digits that together have the required form: "A B one two three"."""
    core = pattern.removeprefix("^").removesuffix("$")
    if match := re.search(rf"(?<![\w-]){core}(?![\w-])", utterance.text, re.IGNORECASE):
        return match.group(0).upper(), utterance.without(*match.span())
    text, parts = _parts(utterance.text)
    for some in _spans(parts):
        for joint in JOINTS:
            value = joint.join(part.value for part in some)
            for cased in (value.upper(), value):
                if re.fullmatch(pattern, cased):
                    return cased, f"{text[: some[0].start]} {text[some[-1].end :]}"
    return None


def _mixed(utterance: Utterance) -> Read | None:
    """Read letters and digits of a code of which nobody said what it looks like."""
    text, parts = _parts(utterance.text)
    for some in _spans(parts):
        value = "".join(part.value for part in some).upper()
        if len(value) >= LONG_ENOUGH and re.search("[A-Z]", value) and re.search(r"\d", value):
            return value, f"{text[: some[0].start]} {text[some[-1].end :]}"
    return None


def _parts(said: str) -> tuple[str, list[list[Part]]]:
    """Return a text with its numbers in digits, and the series of parts in it that may be codes."""
    text = LETTER_O.sub(PLACEHOLDER, AS_IN.sub("", said))
    for number in reversed(numbers.find(text)):
        text = f"{text[: number.start]}{number.digits}{text[number.end :]}"
    text = text.replace(PLACEHOLDER, "O")
    found: list[list[Part]] = []
    last = -1
    for token in TOKEN.finditer(text):
        if not _may_be(token.group(0)):
            continue
        if last < 0 or not GAP.fullmatch(text, last, token.start()):
            found.append([])
        found[-1].append(Part(token.group(0), *token.span()))
        last = token.end()
    return text, found


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


def _digits(utterance: Utterance, pattern: str, length: int | None) -> Read:
    runs = [(run.digits.replace(".", ""), run) for run in numbers.find(utterance.text)]
    if pattern and not length:
        runs = [entry for entry in runs if re.fullmatch(pattern, entry[0])]
    if length:
        halves = ((digits[:length] if digits[:length] == digits[length:] else digits, run) for digits, run in runs)
        exact = [entry for entry in halves if len(entry[0]) == length]
        runs = exact or [(once, run) for digits, run in runs if (once := without_extra(digits, length))]
    named = "|".join(map(re.escape, utterance.parameter.words.lower().split()))
    called = re.compile(rf"\b(?:{named}) (?:number |is |it's )*$", re.IGNORECASE)  # "room 12" is long enough
    runs = [
        entry for entry in runs
        if utterance.answer or len(entry[0]) >= LONG_ENOUGH or called.search(utterance.text[: entry[1].start])
    ]  # fmt: skip
    if not runs:
        return None, utterance.text
    runs = [entry for entry in runs if called.search(utterance.text[: entry[1].start])] or runs
    digits, run = max(runs, key=lambda entry: len(entry[0]))
    return (int(digits) if utterance.parameter.kind == "integer" else digits), utterance.without(run.start, run.end)
