"""OpenAPI files of these tests: those beside this one, and small ones of a test's own."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from orchestrator.tools.openapi.operations import Operation, list_operations, read_operation
from orchestrator.tools.openapi.reading import Document, Fault, Placed, read_document
from orchestrator.tools.openapi.schemas import Schema, Schemas

FILES = Path(__file__).parent / "data"
SCHEMAS = """\
openapi: 3.1.0
components:
  schemas:
"""


def document(name: str) -> Document:
    """Read one of the files."""
    return read_document((FILES / name).read_bytes(), name)


def written(text: str) -> Document:
    """Read a file with this text."""
    return read_document(dedent(text).encode(), "api.yaml")


def operation(found: Document, name: str, *given: str) -> tuple[Operation, list[Fault]]:
    """Read one operation of a file; `given` are headers of the team file."""
    listed = next(one for one in list_operations(found)[0] if one.name == name)
    return read_operation(found, listed, frozenset(given))


def schema_of(text: str, name: str = "It") -> Schema:
    """Return what becomes of the schema with this name; the text is what a file has under `schemas`."""
    found = written(SCHEMAS + indent(dedent(text), "    "))
    schemas = found.mapping(found.mapping(found.root["components"])["schemas"])
    return Schemas(found).read(schemas[name])


def placed(value: object) -> Placed:
    """Return a value as a mapping of a file."""
    assert isinstance(value, Placed)
    return value
