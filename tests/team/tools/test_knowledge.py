"""The text files of an agent, in the team file."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from orchestrator.team.tools import LOOK_UP, Knowledge

READ = TypeAdapter(Knowledge)


@pytest.mark.parametrize(
    "written",
    ["faq.txt", ["faq.txt"], {"files": "faq.txt"}, {"files": ["faq.txt"]}],
    ids=lambda value: str(type(value)),
)
def test_it_has_short_forms(written: object) -> None:
    """A path, a list of them, or all keys."""
    assert READ.validate_python(written).files == ("faq.txt",)


def test_its_tool_has_a_name_of_its_own_if_it_says_so() -> None:
    """Otherwise all have the same."""
    assert READ.validate_python("faq.txt").names == (LOOK_UP,)
    assert READ.validate_python({"files": "faq.txt", "name": "handbook"}).names == ("handbook",)
    assert not READ.validate_python("faq.txt").more


@pytest.mark.parametrize("written", [[], {"files": []}, {"file": "faq.txt"}, {"url": "https://x.test"}, None])
def test_without_files_it_is_nothing(written: object) -> None:
    """Nor with an unknown key."""
    with pytest.raises(ValidationError):
        READ.validate_python(written)


def test_editors_know_its_forms() -> None:
    """Text, a list, or a mapping."""
    schema = Knowledge.model_json_schema()

    assert [one.get("type") for one in schema["anyOf"][0]["anyOf"]] == ["string", "array"]
