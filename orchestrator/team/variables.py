"""Variables of a call in instructions: `{{ variables.name }}`; rendering fails when one is unset."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from orchestrator.errors import Problem, TeamError

MENTION = re.compile(r"\{\{\s*variables\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
# What was probably meant as a variable: `{variables.name}`, `{{ name }}`.
NEARLY = re.compile(r"\{{1,2}\s*(variables?\.)?([A-Za-z_][A-Za-z0-9_]*)\s*\}{1,2}")


def mentioned(text: str) -> frozenset[str]:
    """Return the names of the variables that a text needs."""
    return frozenset(MENTION.findall(text))


def unfilled(text: str, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what only looks like a variable in a text, once each: the text as written, and the variable's name."""
    found = {match[0]: match for match in NEARLY.finditer(MENTION.sub("", text))}
    yield from ((written, match[2]) for written, match in found.items() if match[1] or match[2] in names)


def render(text: str, variables: Mapping[str, Any]) -> str:
    """Fill the variables' values into a text; raises `TeamError` when one is unset."""
    unset = sorted(name for name in mentioned(text) if variables.get(name) is None)
    if unset:
        what = f"the instructions need {', '.join(repr(name) for name in unset)}, but no value is set"
        raise TeamError([Problem("variables", what, "Give it a default in the team file, or set it in a tool first.")])
    return MENTION.sub(lambda match: str(variables[match.group(1)]), text)
