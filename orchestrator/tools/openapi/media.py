"""Which content of an operation is JSON: the only kind that is sent."""

from __future__ import annotations

from orchestrator.tools.openapi.reading import Document, Placed

JSON = "application/json"
ANY = "*/*"


def json_content(document: Document, content: Placed) -> Placed | None:
    """Return what a file says of the JSON among several kinds of content; None if there is none."""
    kinds = {kind.partition(";")[0].strip().lower(): document.mapping(each) for kind, each in content.items()}
    if JSON in kinds:
        return kinds[JSON]
    return next((each for kind, each in kinds.items() if kind.endswith("+json") or kind == ANY), None)
