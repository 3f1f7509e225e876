"""One parameter of a function tool, from its JSON Schema, and the kind of words that it takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.local.brain.language import current, load, speaking
from orchestrator.local.brain.understanding import numbers

LENGTH = "digits_long"  # names the expression of "five digits"
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
PATTERN = re.compile(r"\^?(?:\\d|\[0-9\])\{(\d+)\}\$?")

SINGLE = re.compile(r"[\w-]+")  # a value of a list in a description
# Subjects whose description lists no values: "city, town or village".
NO_LIST = ("place", "day", "time", "phone", "email", "address", "number", "person")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a function."""

    name: str
    schema: Mapping[str, Any]
    required: bool

    @property
    def words(self) -> str:
        """Its name as words."""
        return spaced(self.name)

    @property
    def about(self) -> str:
        """Its name and description, from which its subject is guessed."""
        return f"{self.words} {self.schema.get('description', '')}".lower()

    def hints(self, *subjects: str) -> bool:
        """Return whether its name or description speaks of one of the subjects that a language's file has words for."""
        return any(current().subjects[subject].search(self.about) for subject in subjects)

    def named(self, *subjects: str) -> bool:
        """Return whether its name speaks of one of the subjects."""
        name = self.words.lower()
        return any(current().subjects[subject].search(name) for subject in subjects)

    @property
    def kind(self) -> str:
        """Its JSON type; of several, the first that is not null."""
        kinds = [option.get("type", "string") for option in self._options()]
        return next((kind for kind in kinds if kind != "null"), "string")

    @property
    def item(self) -> Parameter | None:
        """What each value of a list is; None when it is no list."""
        schemas = (option for option in self._options() if option.get("type") == "array")
        items = next((option.get("items") or {"type": "string"} for option in schemas), None)
        if items is None:
            return None
        return Parameter(self.name, {"description": self.schema.get("description", ""), **items}, self.required)

    @property
    def choices(self) -> list[Any]:
        """The values it can have, if they are listed."""
        if self.item is not None:
            return self.item.choices
        options = self._options()
        listed = [value for option in options for value in option.get("enum", [])]
        listed += [option["const"] for option in options if "const" in option]
        return listed or (self._described_choices() if self.kind == "string" else [])

    def _described_choices(self) -> list[str]:
        """Return the values that a description lists and says nothing else: "basic, plus or family"."""
        about = str(self.schema.get("description") or "").strip(" .")
        either = "|".join(dict.fromkeys(one.lines["or"] for one in (current(), load())))
        values = re.split(rf"\s*,\s*(?:(?:{either})\s+)?|\s+(?:{either})\s+", about)
        plain = len(values) > 2 and re.search(rf"\b(?:{either})\b", about) and all(map(SINGLE.fullmatch, values))
        return values if plain and not self.hints(*NO_LIST) else []

    @property
    def known(self) -> list[str]:
        """Values that its author names, of which it is likely one: `examples` of its schema."""
        return [str(value) for option in (self.schema, *self._options()) for value in option.get("examples") or ()]

    @property
    def pattern(self) -> str:
        """The expression that it must match; "" when there is none."""
        return next((str(one["pattern"]) for one in (self.schema, *self._options()) if one.get("pattern")), "")

    @property
    def length(self) -> int | None:
        """How many digits it has, if its pattern or description says so."""
        if found := PATTERN.fullmatch(self.pattern):
            return int(found.group(1))
        if self.pattern or self.hints("letters"):
            return None
        for language in dict.fromkeys((current(), load())):  # the author may write English for callers who do not
            if found := language.expressions[LENGTH].search(self.about):
                with speaking(language.code):
                    return int(numbers.find(found["n"])[0].digits)
        return None

    def _options(self) -> list[Mapping[str, Any]]:
        return list(self.schema.get("anyOf") or [self.schema])


def spaced(name: str) -> str:
    """Return an identifier as words: `order_number`, `order-number` and `orderNumber` are "order number"."""
    words = HUMP.sub(" ", name)
    return (words.lower() if words != name else name).replace("_", " ").replace("-", " ").strip()


def parameters(tool: Mapping[str, Any]) -> list[Parameter]:
    """Return a function tool's parameters."""
    schema = tool.get("parameters") or {}
    required = set(schema.get("required") or [])
    return [Parameter(name, part, required=name in required) for name, part in (schema.get("properties") or {}).items()]
