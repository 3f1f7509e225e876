"""Variables of a call in instructions: `{{ variables.name }}`, rendered strictly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.errors import Problem, TeamError

MENTION = re.compile(r"\{\{\s*variables\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")


def mentioned(text: str) -> frozenset[str]:
    """Return the names of the variables that a text needs."""
    return frozenset(MENTION.findall(text))


def render(text: str, variables: Mapping[str, Any]) -> str:
    """Put the variables' values into a text; raises `TeamError` when one is unset."""
    unset = sorted(name for name in mentioned(text) if variables.get(name) is None)
    if unset:
        what = f"the instructions need {', '.join(repr(name) for name in unset)}, which nobody has set"
        raise TeamError([Problem("variables", what, "Give it a value in the team file, or set it in a tool before.")])
    return MENTION.sub(lambda match: str(variables[match.group(1)]), text)
