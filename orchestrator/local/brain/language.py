"""One language as the router understands it: word lists and expressions, read from `languages/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language."""

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
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    ordinals: Mapping[str, int]


@cache
def load(code: str = "en") -> Language:
    """Read the language with this ISO 639-1 code."""
    source = resources.files(__package__) / "languages" / f"{code}.yaml"
    words: dict[str, Any] = yaml.safe_load(source.read_text("utf-8"))
    acts: dict[str, dict[str, str]] = words["acts"]
    fillers = _either(words["fillers"])
    return Language(
        within={
            act: _compiled(_either(forms["within"].splitlines())) for act, forms in acts.items() if "within" in forms
        },
        whole={
            act: re.compile(
                rf"^(?:{fillers}|[\s,.])*(?:(?:{_either(forms['whole'].splitlines())})[\s,.!?]*)+$", re.IGNORECASE
            )
            for act, forms in acts.items()
            if "whole" in forms
        },
        repairs=_compiled(_either(words["repairs"].splitlines()), "[,.]?"),
        denials=tuple(re.compile(line, re.IGNORECASE) for line in words["denials"].splitlines()),
        joins=re.compile(rf"[,.;]?\s+\b(?:{_either(words['joins'])})\b,?\s+", re.IGNORECASE),
        questions=re.compile(rf"^(?:(?:{fillers})[,.]?\s+)*(?:{words['questions']})\b", re.IGNORECASE),
        fillers=re.compile(rf"^(?:(?:{fillers})\b[,.!]?\s*)+", re.IGNORECASE),
        hesitations=re.compile(rf"^(?:(?:{_either(words['hesitations'])})\b[,.!]?\s*)+", re.IGNORECASE),
        not_names=frozenset(words["not_names"].split()),
        titles=words["titles"],
        name_cues=tuple(words["name_cues"].splitlines()),
        weekdays=tuple(words["weekdays"]),
        months=tuple(words["months"]),
        ordinals=words["ordinals"],
    )


def _either(expressions: list[str]) -> str:
    return "|".join(expressions)


def _compiled(expression: str, end: str = "") -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{expression})(?![\w']){end}", re.IGNORECASE)
