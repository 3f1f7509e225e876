"""Takes the values of secret variables out of what a report shows: it may be read, and kept, by many."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from enum import Enum
from typing import Any, TypeVar

from orchestrator.observe.facts import Fact

F = TypeVar("F", bound=Fact)


def masked(value: Any, mask: Callable[[str], str]) -> Any:
    """Return a JSON value without secrets."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return mask(value)
    if isinstance(value, Mapping):
        return {name: masked(each, mask) for name, each in value.items()}
    return [masked(each, mask) for each in value] if isinstance(value, list | tuple) else value


def masked_fact(fact: F, mask: Callable[[str], str]) -> F:
    """Return a fact without secrets."""
    return replace(fact, **{each.name: masked(getattr(fact, each.name), mask) for each in fields(fact)})
