"""The tool that looks something up."""

from __future__ import annotations

import json

import pytest
from structlog.testing import capture_logs

from orchestrator.errors import ToolError
from orchestrator.team.tools import Knowledge
from orchestrator.tools import CallView
from orchestrator.tools.knowledge.encoder import Memory
from orchestrator.tools.knowledge.index import Index
from orchestrator.tools.knowledge.look_up import FOUND, NOTHING, LookUp, titles
from orchestrator.tools.knowledge.passages import Passage, passages
from tests.tools.knowledge.encoders import Topics

TEXT = "# House\n\n## Paying\nWe take Visa.\n\nCash too.\n\n## Dogs, cats\nThey are welcome.\n"
CALL = CallView("call_1", "front")


def look_up(keys: Knowledge | None = None) -> LookUp:
    """Return the tool, and let it search by words."""
    found = passages(TEXT, "a.md")
    return LookUp("look_up", keys or Knowledge(files=("a.md",)), found, Index(found))


async def test_it_tells_passages_with_their_headings() -> None:
    """And what a model should do with them."""
    told = json.loads(await look_up().run('{"question": "Do you take Visa?"}', CALL, seconds=5))

    assert told == {"passages": [{"about": "House > Paying", "text": "We take Visa."}], "note": FOUND}


async def test_it_says_that_nothing_was_found() -> None:
    """So that a model does not guess."""
    told = json.loads(await look_up().run('{"question": "Who won the match?"}', CALL, seconds=5))

    assert told == {"passages": [], "note": NOTHING}


@pytest.mark.parametrize("arguments", ["{}", '{"question": ""}', '{"question": 7, "x": 1}', "no", '{"query": "Visa"}'])
async def test_it_takes_a_question(arguments: str) -> None:
    """And nothing else."""
    with pytest.raises(ToolError, match="Invalid arguments for look_up"):
        await look_up().run(arguments, CALL, seconds=5)


def test_models_are_told_what_the_documents_are_about() -> None:
    """By their headings, unless the team file describes them; it has all keys of tools."""
    described = look_up(Knowledge(files=("a.md",), description="Knows the house.", examples=("May I smoke?",)))

    assert look_up().description == "Look up what the documents say about: Paying, Dogs cats."
    assert described.description == 'Knows the house. For example: "May I smoke?".'
    assert described.kind == "knowledge"
    assert not described.waits
    assert titles([Passage("x", (), "docs/faq.txt", 1)] * 40) == ["docs/faq.txt"]


async def test_a_question_that_cannot_be_encoded_is_looked_up_by_words() -> None:
    """And the log says so."""
    found = passages(TEXT, "a.md")
    index, encoder = Index(found), Topics("visa", "dogs cats puppy")
    await index.prepare(encoder, Memory())
    tool = LookUp("look_up", Knowledge(files=("a.md",)), found, index)
    encoder.broken = encoder.remote = True

    with capture_logs() as logged:
        told = json.loads(await tool.run('{"question": "Do you take Visa?"}', CALL, seconds=5))

    assert told["passages"][0]["text"] == "We take Visa."
    assert [entry["event"] for entry in logged] == ["a question was looked up by its words only"]
    assert tool.waits
