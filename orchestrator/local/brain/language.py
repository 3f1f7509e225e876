"""The languages that the router understands and speaks, as data read from `languages/`, and which one is in use.

Everything that a caller or an author may write in a language of theirs is in its file; the code has the rules that the
languages share. One language is in use while a caller's turn is handled: `speaking` sets it, as a locale is set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from orchestrator.local.brain.number_words import Vocabulary, expressions, vocabulary

DEFAULT = "en"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster, where PyYAML has it
PART = re.compile(r"\{\{(\w+)\}\}")  # stands for an expression that several others contain
SIGNS = {"’": "'", "。": ". ", "、": ", ", "¿": "", "¡": "", "\u00a0": " ", "\u202f": " "}
FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # "，", "４"
PAUSES = (",", ".", "!", "?", ";", ":")
PLAIN = str.maketrans(SIGNS | {chr(code): sign + " " if sign in PAUSES else sign for code, sign in FULL_WIDTH.items()})
NARROW_SIGN = re.compile(r"(?<=[\u2e80-\u9fff])([,.!?;:]) ?(?=[\u2e80-\u9fff]|$)")
WIDE = {",": "，", ".": "。", "!": "！", "?": "？", ";": "；", ":": "："}
UNSPACED = re.compile(r"[\u2e80-\u9fff]")  # characters that are written without spaces between words
BETWEEN = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef]) +(?=[\u2e80-\u9fff\uff00-\uffef\d])")
UNSPACED_WORD = 2  # of such characters make a word, on average


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """The words of one language."""

    code: str  # ISO 639-1
    spaced: bool  # whether spaces part the words
    # What a sentence does → expressions that occur in it, and expressions that are the whole sentence.
    within: Mapping[str, re.Pattern[str]]
    whole: Mapping[str, re.Pattern[str]]
    repairs: re.Pattern[str]  # what stands before the right version of something
    denials: tuple[re.Pattern[str], ...]  # "not A, but B", with the groups `wrong` and `right`
    joins: re.Pattern[str]  # at which a sentence may hold a second request
    questions: re.Pattern[str]  # how a question begins
    fillers: re.Pattern[str]  # at the beginning of a sentence, without meaning
    hesitations: re.Pattern[str]  # those of them that are never part of what is meant
    not_names: frozenset[str]  # words that are never part of a name
    titles: str
    name_cues: tuple[str, ...]  # what stands before a name; the last one also before other things
    expressions: Mapping[str, re.Pattern[str]]  # all others, by name
    subjects: Mapping[str, re.Pattern[str]]  # words in the name and description of a parameter, by what they tell
    lines: Mapping[str, Any]  # what it says, by name
    numbers: Vocabulary
    words: Mapping[str, Any]  # the whole file


@cache
def load(code: str = DEFAULT) -> Language:
    """Read the language with this ISO 639-1 code."""
    words = _file(code)
    numbers = expressions(code, words["numbers"])
    words = _expanded(words, words["parts"] | numbers | {"ordinal_word": _either(words["ordinals"])})
    spaced: bool = words["spaced"]
    end, gap = (r"\b", r"\s+") if spaced else ("", r"\s*")
    acts: Mapping[str, Mapping[str, str]] = words["acts"]
    within = {act: forms["within"].splitlines() for act, forms in acts.items() if "within" in forms}
    fillers = _either(words["fillers"])
    return Language(
        code=code,
        spaced=spaced,
        within={act: _bounded(lines, spaced=spaced) for act, lines in within.items()},
        whole={act: _whole(forms["whole"], fillers) for act, forms in acts.items() if "whole" in forms},
        repairs=_bounded(words["repairs"].splitlines(), "[,.]?", spaced=spaced),
        denials=tuple(re.compile(line, re.IGNORECASE) for line in words["denials"].splitlines()),
        joins=re.compile(rf"[,.;]?{gap}{end}(?:{_either(words['joins'])}){end},?{gap}", re.IGNORECASE),
        questions=re.compile(rf"^(?:(?:{fillers})[,.]?\s+)*(?:{words['questions']}){end}", re.IGNORECASE),
        fillers=re.compile(rf"^(?:(?:{fillers}){end}[,.!]?\s*)+", re.IGNORECASE),
        hesitations=re.compile(rf"^(?:(?:{_either(words['hesitations'])}){end}[,.!]?\s*)+", re.IGNORECASE),
        not_names=frozenset(words["not_names"].split()),
        titles=words["titles"],
        name_cues=tuple(words["name_cues"].splitlines()),
        expressions=_named(words["expressions"], re.IGNORECASE) | _named(words["cased"]),
        subjects={name: _subject(name, text, code, spaced=spaced) for name, text in words["subjects"].items()},
        lines=words["lines"],
        numbers=vocabulary(code, words["numbers"]),
        words=words,
    )


def _file(code: str) -> Mapping[str, Any]:
    source = resources.files(__package__) / "languages" / f"{code}.yaml"
    words: Mapping[str, Any] = yaml.load(source.read_text("utf-8"), LOADER)
    return words


def _expanded(value: Any, parts: Mapping[str, str]) -> Any:
    """Put the expressions of `parts` in the place of their names: "{{month}}"."""
    if isinstance(value, dict):
        return {key: _expanded(one, parts) for key, one in value.items()}
    if isinstance(value, list):
        return [_expanded(one, parts) for one in value]
    while isinstance(value, str) and (inner := PART.search(value)):
        value = value[: inner.start()] + f"(?:{parts[inner[1]]})" + value[inner.end() :]
    return value


def _either(expressions: list[str]) -> str:
    return "|".join(expressions)


def _whole(text: str, fillers: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{fillers}|[\s,.])*(?:(?:{_lines(text)})[\s,.!?]*)+$", re.IGNORECASE)


def _named(texts: Mapping[str, str], flags: int = 0) -> dict[str, re.Pattern[str]]:
    return {name: re.compile(_lines(text), flags) for name, text in texts.items()}


def _lines(text: str) -> str:
    return _either(text.strip("\n").split("\n"))


def _bounded(expressions: list[str], end: str = "", *, spaced: bool) -> re.Pattern[str]:
    either = f"(?:{_either(expressions)})"
    return re.compile((rf"(?<![\w']){either}(?![\w'])" if spaced else either) + end, re.IGNORECASE)


def _subject(name: str, text: str, code: str, *, spaced: bool) -> re.Pattern[str]:
    """Return the words for a kind of parameter; names of parameters are English everywhere."""
    own = rf"\b(?:{text})\b" if spaced else text
    return re.compile(own if code == DEFAULT else f"{load().subjects[name].pattern}|{own}")


_in_use: ContextVar[Language | None] = ContextVar("language in use", default=None)


def current() -> Language:
    """Return the language in use: English where nobody has set another."""
    return _in_use.get() or load()


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use a language in this context."""
    before = _in_use.set(load(code))
    try:
        yield
    finally:
        _in_use.reset(before)


class Expression:
    """An expression of the language in use, by its name in the language's file."""

    def __init__(self, name: str) -> None:
        # Its name.
        self._name = name

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression of the language in use; English's where its file lacks it."""
        return current().expressions.get(self._name) or load().expressions[self._name]

    def search(self, text: str) -> re.Match[str] | None:
        """Find it in a text."""
        return self.pattern.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        """Find it at the beginning of a text."""
        return self.pattern.match(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Find all its places in a text."""
        return self.pattern.finditer(text)

    def sub(self, by: str, text: str) -> str:
        """Replace it in a text."""
        return self.pattern.sub(by, text)


def normalized(text: str) -> str:
    """Return a caller's words with the signs that the expressions have: "’" and full-width ones become plain."""
    return text.translate(PLAIN)


def widened(text: str) -> str:
    """Return a caller's words with full-width signs again, where the language in use has them."""
    return text if current().spaced else NARROW_SIGN.sub(lambda sign: WIDE[sign[1]], text)


def length(text: str) -> int:
    """Return how many words a text has; where no spaces part them, an estimate."""
    signs = len(UNSPACED.findall(text))
    return len(UNSPACED.sub(" ", text).split()) + -(-signs // UNSPACED_WORD)


def asks(text: str) -> bool:
    """Return whether what is said is a question."""
    return text.rstrip().endswith(("?", "？"))


def closed_up(text: str) -> str:
    """Return a text without the spaces between characters that are written without them."""
    return BETWEEN.sub("", text)
