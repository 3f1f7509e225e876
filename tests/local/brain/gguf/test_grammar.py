"""What a model may write, held by llama.cpp itself: the tiny model writes at random within the grammar."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from orchestrator.local.brain.gguf.grammar import called, described, grammar, said
from orchestrator.local.brain.gguf.model import LanguageModel
from orchestrator.text.chat import Answer
from tests.local.brain.gguf import tiny
from tests.patience import PATIENCE


def tool(name: str, *, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """Return a function."""
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "name": name, "description": f"Does {name}.", "parameters": schema}


SIZE = tool("choose", required=("size",), size={"type": "string", "enum": ["small", "large"]})
WHEN = tool("book", required=("day", "time"), day={"type": "string", "format": "date"}, time={"format": "time", "type": "string"})  # fmt: skip  # noqa: E501


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageModel]:
    """Load a tiny model."""
    pytest.importorskip("xllamacpp", reason="needs the extra `llm`")
    loaded = LanguageModel(tiny.write(tmp_path_factory.mktemp("model") / "tiny.gguf"))
    yield loaded
    loaded.close()


async def written(model: LanguageModel, form: str, words: str = "Hello.") -> Any:
    """Return what a model writes."""
    answer = Answer(100_000)
    body = {"model": "tiny", "messages": [{"role": "user", "content": words}], "grammar": form, "max_tokens": 1000}
    async with asyncio.timeout(PATIENCE):
        async for _ in model.ask(body, answer):
            pass
    return json.loads(answer.raw) if answer.ending == "stop" else answer.raw


async def test_function_that_must_be_called_is_called(model: LanguageModel) -> None:
    """`required`, or its name: a call, with arguments that its schema allows."""
    for choice in ("required", {"type": "function", "name": "choose"}):
        made = await written(model, grammar([SIZE], choice))
        assert made["call"] == "choose"
        assert made["arguments"]["size"] in ("small", "large")
        assert made["arguments"].keys() == {"size"}


async def test_days_and_times_are_whole(model: LanguageModel) -> None:
    """Formats are held to, and no time has decimals without end."""
    made = await written(model, grammar([WHEN], "required"))

    assert len(made["arguments"]["day"]) == len("2026-12-01")
    assert len(made["arguments"]["time"]) == len("15:30")


async def test_only_words_where_nothing_may_be_called(model: LanguageModel) -> None:
    """`none`, or no functions: words."""
    for form in (grammar([SIZE], "none"), grammar([], "auto")):
        raw = await written(model, form)
        assert (raw["say"] if isinstance(raw, dict) else raw.removeprefix('{"say":"'))[0] not in '{"<['


async def test_references_belong_to_their_own_function(model: LanguageModel) -> None:
    """Two functions may each define a type of the same name."""
    tools = []
    for name, values in (("one", ["a"]), ("two", ["b"])):
        made = tool(name, required=("kind",), kind={"$ref": "#/$defs/Kind"})
        made["parameters"]["$defs"] = {"Kind": {"type": "string", "enum": values}}
        tools.append(made)

    for name, value in (("one", "a"), ("two", "b")):
        chosen = {"type": "function", "name": name}
        assert await written(model, grammar(tools, chosen)) == {"call": name, "arguments": {"kind": value}}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "description": "unknown keyword", "x-order": 3, "contentEncoding": "none"},
        {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
        {"type": "array", "items": {"type": "string", "format": "date"}, "maxItems": 2},
        {"type": "object", "properties": {"format": {"type": "string", "enum": ["pdf"]}}, "required": ["format"]},
        {"type": "string", "pattern": "^[0-9]{5}$"},
        {"type": ["string", "null"], "enum": ["x", None]},
    ],
)
async def test_schemas_of_all_kinds_are_taken(model: LanguageModel, schema: dict[str, Any]) -> None:
    """What Python functions and clients send makes a grammar: what is written is a call with that argument."""
    raw = await written(model, grammar([tool("do", required=("it",), it=schema)], "required"))

    assert raw["arguments"].keys() == {"it"} if isinstance(raw, dict) else raw.startswith('{"call":"do"')


def test_functions_are_described_in_few_words() -> None:
    """Name, parameters with their types, and what it does, on one line."""
    about = tool("book", required=("day",), day={"type": "string", "format": "date", "description": "The day."}, n={"type": "integer"})  # fmt: skip  # noqa: E501

    assert described([about]).splitlines()[-1] == "- book(day: string, date, The day., n?: integer): Does book."
    assert "The functions" not in described([])


def test_history_is_written_as_the_model_writes() -> None:
    """What was said and called before has the form that the model has to keep to."""
    assert json.loads(said('He said "no"\nand {left}.')) == {"say": "He said  no and  left ."}
    assert json.loads(called("a", '{"b": 1}')) == {"call": "a", "arguments": {"b": 1}}
