"""Which content of a request is JSON."""

from __future__ import annotations

import pytest

from orchestrator.tools.openapi.media import json_content
from tests.tools.openapi.files import written


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("{text/csv: {x: a}, application/json: {x: b}}", "b"),
        ("{'Application/JSON; charset=utf-8': {x: b}}", "b"),
        ("{application/vnd.shop+json: {x: c}}", "c"),
        ("{'*/*': {x: d}}", "d"),
        ("{multipart/form-data: {x: e}}", None),
        ("{}", None),
    ],
)
def test_json_among_other_content(content: str, found: str | None) -> None:
    """Whatever it is called; `*/*` is JSON too."""
    document = written(f"openapi: 3.1.0\ncontent: {content}")

    media = json_content(document, document.mapping(document.root["content"]))

    assert (media and media[1]["x"]) == found
    assert media is None or media[0] in ("application/json", "application/vnd.shop+json")
