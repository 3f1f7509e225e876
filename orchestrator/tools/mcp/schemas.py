"""What is checked here of the arguments that a server wants: no more than costs little, whatever it has written.

Schemas come from servers, and arguments are checked in the event loop that carries calls. References in a circle, or a
pattern such as `(a+)+$`, take as long as whoever wrote them likes. So only plain keys are checked, in a copy of bounded
size without references. The model is shown all of it, and the server checks the rest itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MOST = 500  # schemas in one, with all that it refers to; what is beyond is not checked
DEEPEST = 20  # schemas inside each other
KEPT = (
    *("type", "enum", "const", "default", "required"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("minLength", "maxLength", "minItems", "maxItems"),
)
ANYTHING: Mapping[str, Any] = {}


def checked(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a schema is checked: never more than it demands."""
    return _Copy(schema).of(schema, 0)


class _Copy:
    """The copying of one schema."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        # The whole, which references begin at.
        self._root = root
        # How many further ones it may have.
        self._left = MOST

    def of(self, schema: Any, depth: int) -> dict[str, Any]:
        """Return the copy of a schema that stands in it."""
        self._left -= 1
        schema = self._meant(schema)
        if self._left < 0 or depth > DEEPEST:
            return {}
        found = {key: schema[key] for key in KEPT if key in schema}
        for key, alternatives in (("anyOf", "anyOf"), ("oneOf", "anyOf"), ("allOf", "allOf")):
            # Of several copies more may fit than of what they were made of, so that `oneOf` is not checked as such.
            if key in schema and alternatives not in found:
                found[alternatives] = [self.of(each, depth + 1) for each in schema[key]]
        if isinstance(schema.get("items"), Mapping) and "prefixItems" not in schema:
            found["items"] = self.of(schema["items"], depth + 1)
        if "properties" in schema:
            found["properties"] = {name: self.of(each, depth + 1) for name, each in schema["properties"].items()}
        if schema.get("additionalProperties") is False and "patternProperties" not in schema:
            found["additionalProperties"] = False
        return found

    def _meant(self, schema: Any) -> Mapping[str, Any]:
        """Return a schema, or the one inside the whole that it only refers to."""
        if not isinstance(schema, Mapping):  # true or false
            return ANYTHING
        if "$ref" not in schema:
            return schema
        found: Any = self._root
        for step in _steps(schema["$ref"]):
            found = found.get(step) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) and "$ref" not in found else ANYTHING


def _steps(reference: str) -> Iterator[str]:
    """Yield where a reference leads from the whole; one that leads elsewhere leads to nothing."""
    if not reference.startswith("#/"):
        yield reference
        return
    for step in reference[2:].split("/"):
        yield step.replace("~1", "/").replace("~0", "~")
