"""A team as its record has it: all that the file sets, with `defaults` merged in, and no value of the environment.

What comes from an environment variable is written as in the file, `${NAME}`; a key, or a header of a tool, as
`secret:api_key`; the default of a secret variable as `secret:NAME`. Names, by which the parts of a team refer to each
other, and models stay what they are. `restored` makes a team of it that behaves alike in a call; its tests, its files,
and the places of values in them are gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from orchestrator.team.base import Strict
from orchestrator.team.edges import TARGET, Edge
from orchestrator.team.rules import AtMost, Before, Needs, StaysIn
from orchestrator.team.schema import Team

NAMES = frozenset(
    {"team", "start", "name", "to", "then", "desk", "kind", "by", "type", "model", "fallback", "voice", "tool"}
    | {"set_by", "keep", "pause_in", "drop", "needs", "rules", TARGET}
)


def secret(name: str) -> str:
    """Return what a record has in the place of a secret."""
    return f"secret:{name}"


def resolved(team: Team) -> dict[str, Any]:
    """Return a team as JSON."""
    written: dict[str, Any] = _plain(team, "", team.filled)
    written.pop("tests", None)
    for name in team.hidden:
        if written["variables"][name].get("default") is not None:
            written["variables"][name]["default"] = secret(name)
    return written


def restored(written: Mapping[str, Any]) -> Team:
    """Return the team; raises pydantic's `ValidationError` for one of another version."""
    return Team.model_validate(written)


def _plain(value: Any, key: str, filled: Mapping[str, str]) -> Any:
    match value:
        case Strict():
            fields = {name: field.alias or name for name, field in type(value).model_fields.items()}
            keys = {fields[name]: getattr(value, name) for name in fields if name in value.model_fields_set}
            return {name: _plain(each, name, filled) for name, each in keys.items()}
        case Before() | AtMost() | Needs() | StaysIn():
            return str(value)
        case SecretStr():
            return filled.get(value.get_secret_value(), secret(key))
        case Mapping() if key in ("headers", "env"):
            return {name: secret(name) for name in value}
        case Mapping():
            return {name: _plain(each, key, filled) for name, each in value.items()}
        case tuple() if value and all(isinstance(each, Edge) for each in value):
            edges = [_plain(each, key, filled) for each in value]
            return [{edge.pop(TARGET): edge} for edge in edges]
        case tuple():
            return [_plain(each, key, filled) for each in value]
        case str() if key == "http":
            return filled.get(value, value).partition("?")[0]  # a query may hold a key
        case str() if key not in NAMES:
            return filled.get(value, value)
    return value
