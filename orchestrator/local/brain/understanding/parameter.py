"""One parameter of a function tool, from its JSON Schema, and the kind of words that it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WORDS = "three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
COUNTED = {word: count for count, word in enumerate(WORDS.split(), 3)}
LENGTH = re.compile(rf"\b(\d{{1,2}}|{'|'.join(COUNTED)})[ -]digits?\b")
PATTERN = re.compile(r"\^?(?:\\d|\[0-9\])\{(\d+)\}\$?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    schema: Mapping[str, Any]
    required: bool

    @property
    def about(self) -> str:
        """Its name and description, from which its subject is guessed."""
        return f"{self.name.replace('_', ' ')} {self.schema.get('description', '')}".lower()

    def hints(self, *words: str) -> bool:
        """Return whether one of the words occurs in its name or description."""
        return bool(re.search(rf"\b(?:{'|'.join(words)})\b", self.about))

    def named(self, *words: str) -> bool:
        """Return whether one of the words occurs in its name."""
        return bool(re.search(rf"\b(?:{'|'.join(words)})\b", self.name.replace("_", " ").lower()))

    @property
    def kind(self) -> str:
        """Its JSON type; of several, the first that is not null."""
        kinds = [option.get("type", "string") for option in self._options()]
        return next((kind for kind in kinds if kind != "null"), "string")

    @property
    def choices(self) -> list[Any]:
        """The values it can have, if they are listed."""
        options = self._options()
        listed = [value for option in options for value in option.get("enum", [])]
        return listed + [option["const"] for option in options if "const" in option]

    @property
    def known(self) -> list[str]:
        """Values that its author names, of which it is likely one: `examples` of its schema."""
        return [str(value) for option in (self.schema, *self._options()) for value in option.get("examples") or ()]

    @property
    def length(self) -> int | None:
        """How many digits it has, if its pattern or description says so."""
        if found := PATTERN.fullmatch(str(self.schema.get("pattern") or "")):
            return int(found.group(1))
        if found := LENGTH.search(self.about):
            return COUNTED.get(found.group(1)) or int(found.group(1))
        return None

    def _options(self) -> list[Mapping[str, Any]]:
        return list(self.schema.get("anyOf") or [self.schema])


def parameters(tool: Mapping[str, Any]) -> list[Parameter]:
    """Return a function tool's parameters."""
    schema = tool.get("parameters") or {}
    required = set(schema.get("required") or [])
    return [Parameter(name, part, required=name in required) for name, part in (schema.get("properties") or {}).items()]
