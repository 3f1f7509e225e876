"""Which content of an operation is JSON: the only kind that is sent."""

from __future__ import annotations

from orchestrator.tools.openapi.reading import Document, Placed

JSON = "application/json"
ANY = "*/*"


def json_content(document: Document, content: Placed) -> tuple[str, Placed] | None:
    """Return the type that is JSON among several, and what a file says of it; None if there is none."""
    kinds = {kind.partition(";")[0].strip().lower(): document.mapping(each) for kind, each in content.items()}
    for kind in (JSON, *kinds):
        if kind in kinds and (kind == JSON or kind.endswith("+json")):
            return kind, kinds[kind]
    return (JSON, kinds[ANY]) if ANY in kinds else None
