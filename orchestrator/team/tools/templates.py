"""Templates in the team file: `{{ args.cents }}`, `{{ body.items.0.id }}`. Dotted paths, and no expressions.

A template that is nothing but one path keeps the type of what is there; within other text it is written as text. In a
mapping or a list every text is a template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator

BRACES = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+)*")
MOST_STEPS = 20  # of a path


class UnknownPath(Exception):
    """A path that leads to nothing; the text is the path."""


def check(text: str) -> str:
    """Return a template; raises ValueError for what is none."""
    for path in paths(text):
        if not PATH.fullmatch(path) or path.count(".") > MOST_STEPS:
            raise ValueError(f"invalid template: {{{{ {path} }}}} is not a path such as args.number or body.items.0.id")
    return text


Text = Annotated[str, AfterValidator(check)]


def paths(value: Any) -> Iterator[str]:
    """Yield the paths that a template, or what has templates in it, mentions."""
    if isinstance(value, str):
        yield from BRACES.findall(value)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from paths(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from paths(each)


def fill(value: Any, known: Mapping[str, Any]) -> Any:
    """Fill in a template, or all templates in a mapping or list; raises `UnknownPath`."""
    if isinstance(value, str):
        if (whole := BRACES.fullmatch(value.strip())) and PATH.fullmatch(whole[1]):
            return _at(known, whole[1])
        return BRACES.sub(lambda found: as_text(_at(known, found[1])), value)
    if isinstance(value, Mapping):
        return {key: fill(each, known) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [fill(each, known) for each in value]
    return value


def as_text(value: Any) -> str:
    """Write a value into a text: nothing for null, JSON for what is neither text nor a number."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _at(known: Any, path: str) -> Any:
    """Return what a path leads to."""
    for step in path.split("."):
        if isinstance(known, Mapping) and step in known:
            known = known[step]
        elif isinstance(known, list | tuple) and step.isdecimal() and step.isascii() and int(step) < len(known):
            known = known[int(step)]
        else:
            raise UnknownPath(path)
    return known
