"""The JSON body of a request as plain arguments: models fill in flat arguments far better than nested ones.

The members of the body are arguments, and so are those of an object in it, as `address_city`. What lies deeper is one
argument, an object. An object with a single member counts for nothing: `{"data": {"name": …}}` has an argument `name`.
What can have one value only is no argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from orchestrator.tools.openapi.schemas import Schema, without_null

LEVELS = 2  # of objects whose members are arguments
Path: TypeAlias = tuple[str, ...]  # names that lead to a value in the body; none: the whole body


class Incomplete(Exception):
    """Values are missing, without which the others cannot be sent."""

    def __init__(self, missing: list[Path], given: list[Path]) -> None:
        super().__init__(missing, given)
        # The fields.
        self.missing, self.given = missing, given


@dataclass(frozen=True, slots=True)
class Field:
    """A value in the body that is an argument."""

    path: Path
    schema: Schema
    required: bool  # in every body
    words: Path  # the names on the way that tell it from others


class Body:
    """The body of an operation's requests."""

    def __init__(self, schema: Schema, *, required: bool) -> None:
        # Whether there always is one.
        self._required = required
        # What is an argument.
        self.fields: list[Field] = []
        # What is always the same → its value.
        self._same: dict[Path, Any] = {}
        # Fields and objects that must be there whenever the object around them is.
        self._needed: set[Path] = set()
        # The objects whose members are arguments.
        self._objects: list[Path] = []
        if _is_open(schema):
            self._read(schema, (), (), LEVELS)
        else:
            self.fields.append(Field((), schema, required, ("body",)))

    def _read(self, schema: Schema, path: Path, words: Path, levels: int) -> None:
        self._objects.append(path)
        members = schema["properties"]
        single = len(members) == 1
        for name, member in members.items():
            at = (*path, name)
            if needed := name in schema.get("required", ()):
                self._needed.add(at)
            else:
                member = without_null(member)
            if needed and len(member.get("enum", ())) == 1:
                self._same[at] = member["enum"][0]
            elif _is_open(member) and (single or levels > 1):
                self._read(member, at, words if single else (*words, name), levels if single else levels - 1)
            else:
                self.fields.append(Field(at, member, self._is_required(at), (*words, name)))

    def _is_required(self, path: Path) -> bool:
        return self._required and all(path[:length] in self._needed for length in range(1, len(path) + 1))

    def put_together(self, values: Mapping[Path, Any]) -> Any:
        """Return the body with these values; None when there is none. Raises `Incomplete`."""
        if () in values:
            return values[()]
        if not values and not self._required:
            return None
        present = [path for path in self._objects if self._is_present(path, values)]
        missing = [
            field.path
            for field in self.fields
            if field.path in self._needed and field.path not in values and field.path[:-1] in present
        ]
        if missing:
            raise Incomplete(missing, list(values))
        whole: dict[str, Any] = {}
        for path in present:
            _reach(whole, path)
        for path, value in self._all(values, present):
            _reach(whole, path[:-1])[path[-1]] = value
        return whole

    def _all(self, values: Mapping[Path, Any], present: list[Path]) -> Iterator[tuple[Path, Any]]:
        yield from ((path, value) for path, value in self._same.items() if path[:-1] in present)
        yield from values.items()

    def _is_present(self, path: Path, values: Mapping[Path, Any]) -> bool:
        """Return whether an object is in the body: something in it is given, or it is needed."""
        if not path or any(each[: len(path)] == path for each in values):
            return True
        return path in self._needed and self._is_present(path[:-1], values)


def _is_open(schema: Schema) -> bool:
    """Return whether a value is an object that consists of its members."""
    return bool(schema.get("properties")) and not isinstance(schema.get("additionalProperties"), dict)


def _reach(whole: dict[str, Any], path: Path) -> dict[str, Any]:
    for step in path:
        whole = whole.setdefault(step, {})
    return whole
