"""A language model in this process: a real GGUF file, of one layer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local.brain.gguf import model as module
from orchestrator.local.brain.gguf.grammar import grammar
from orchestrator.local.brain.gguf.model import Job, LanguageModel, language_model
from orchestrator.text.chat import Answer
from tests.local.brain.gguf import tiny
from tests.patience import PATIENCE

pytest.importorskip("xllamacpp", reason="needs the extra `llm`")
LONGEST = 100_000
LONG = "Tell me everything about it. " * 40  # some thousand tokens: the model knows letters only


def asked(words: str, form: str = "", **more: Any) -> dict[str, Any]:
    """Return the body of a question."""
    told = [{"role": "system", "content": LONG}, {"role": "user", "content": words}]
    return {"model": "tiny", "messages": told, "grammar": form or grammar((), "auto"), **more}


async def answered(model: LanguageModel, body: dict[str, Any]) -> Answer:
    """Return the whole answer to a question."""
    answer = Answer(LONGEST)
    async with asyncio.timeout(PATIENCE):
        async for _ in model.ask(body, answer):
            pass
    return answer


def until_read(model: LanguageModel) -> None:
    """Wait until nothing is to be read in advance any more."""
    read = threading.Event()
    model._early.append(Job(asked("Last.", max_tokens=1), lambda piece: read.set() if piece is None else None))
    assert read.wait(PATIENCE)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageModel]:
    """Load a tiny model."""
    loaded = LanguageModel(tiny.write(tmp_path_factory.mktemp("model") / "tiny.gguf"))
    yield loaded
    loaded.close()


async def test_answer_keeps_to_the_grammar(model: LanguageModel) -> None:
    """Whatever the weights, what is written is what may be written."""
    answer = await answered(model, asked("Hello.", '%llguidance {}\nstart: "yes" | "no"'))

    assert answer.raw in ("yes", "no")
    assert answer.ending == "stop"


async def test_answer_has_an_end(model: LanguageModel) -> None:
    """A model that goes on and on is cut off."""
    answer = await answered(model, asked("Hello.", "%llguidance {}\nstart: /[a-z]+/", max_tokens=9))

    assert answer.ending == "length"
    assert 0 < len(answer.raw) <= 9


class Counted(Answer):
    """Counts how many tokens of the prompt had to be read."""

    read = 0

    def add(self, piece: Mapping[str, Any]) -> None:
        self.read = (piece.get("timings") or {}).get("prompt_n", self.read)


async def count(model: LanguageModel, system: str) -> int:
    """Return how many tokens are read for an agent's question."""
    answer = Counted(LONGEST)
    body = asked("Hello.", max_tokens=1)
    body["messages"][0]["content"] = system
    async with asyncio.timeout(PATIENCE):
        async for _ in model.ask(body, answer):
            pass
    return answer.read


async def test_what_two_prompts_begin_with_is_read_once(model: LanguageModel) -> None:
    """The agent's part of a prompt stays read, also when another agent's was read in between."""
    agents = (f"First. {LONG}", f"Second. {LONG}")

    first, _, again = [await count(model, system) for system in (*agents, agents[0])]

    assert first > 1000
    assert again < 100


async def test_prompt_that_was_read_in_advance_is_not_read_again(model: LanguageModel) -> None:
    """An agent's prompt is read before its first turn."""
    body = asked("Hello.")
    body["messages"][0]["content"] = f"In advance. {LONG}"

    model.read_in_advance(body)
    await asyncio.to_thread(until_read, model)

    assert await count(model, f"In advance. {LONG}") < 100


async def test_answers_come_in_the_order_of_the_questions(model: LanguageModel) -> None:
    """Calls that share a model take turns."""
    ended: list[int] = []

    async def ask(at: int) -> None:
        await answered(model, asked(f"Number {at}.", max_tokens=3))
        ended.append(at)

    await asyncio.gather(*(ask(at) for at in range(5)))

    assert ended == [0, 1, 2, 3, 4]


async def test_answer_that_nobody_waits_for_ends(model: LanguageModel) -> None:
    """A caller who interrupts stops the model: the next answer does not wait for the end of this one."""
    form = "%llguidance {}\nstart: /[a-z]{100,}/"
    stopped = Answer(LONGEST)
    async with asyncio.timeout(PATIENCE):
        pieces = model.ask(asked("Go on.", form, max_tokens=7000), stopped)
        while not stopped.raw:
            await anext(pieces)
        await pieces.aclose()
        await answered(model, asked("Hello.", max_tokens=1))

    assert len(stopped.raw) < 7000


async def test_too_many_answers_are_refused(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue is bounded: who comes too late is told so at once."""
    monkeypatch.setattr(module, "WAITING", 0)

    with pytest.raises(RealtimeError, match="wait for the model already"):
        await answered(model, asked("Hello."))


async def test_answer_that_takes_too_long_is_given_up(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time in the queue counts."""
    monkeypatch.setattr(module, "SECONDS", 0.0)

    with pytest.raises(RealtimeError, match="took longer than"):
        await answered(model, asked("Hello."))


@pytest.mark.parametrize("body", [asked("Hello.", "root ::= ("), asked("long " * 9000), {"messages": "none"}])
async def test_what_llama_cpp_refuses_is_an_error_of_this_answer(model: LanguageModel, body: dict[str, Any]) -> None:
    """A broken grammar, a prompt that is too long, no messages: the next answer works."""
    with pytest.raises(RealtimeError):
        await answered(model, body)

    assert (await answered(model, asked("Hello.", '%llguidance {}\nstart: "yes"'))).raw == "yes"


async def test_reading_in_advance_gives_way(model: LanguageModel) -> None:
    """An answer that somebody waits for goes first; the oldest of too many prompts are forgotten."""
    for at in range(30):
        body = asked("Hello.")
        body["messages"][0]["content"] = f"{at} {LONG}"
        model.read_in_advance(body)

    assert len(model._early) <= module.IN_ADVANCE
    assert (await answered(model, asked("Hello.", '%llguidance {}\nstart: "yes"'))).raw == "yes"


def test_closing_ends_the_thread(tmp_path: Path) -> None:
    """A process that ends stops what is being written."""
    model = LanguageModel(tiny.write(tmp_path / "tiny.gguf"))
    begun = threading.Event()
    body = asked("Go on.", "%llguidance {}\nstart: /[a-z]{5000,}/", max_tokens=7000)
    model._add(Job(body, lambda _: begun.set()))
    assert begun.wait(PATIENCE)

    model.close()
    model.close()

    assert not model._thread.is_alive()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "does not exist"),
        (b"", "cannot be loaded"),
        (b"GGUF" + bytes(100), "cannot be loaded"),
        (b"<html>", "loaded"),
    ],
)
def test_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes | None, why: str) -> None:
    """Missing, empty, damaged, something else: the file, what is wrong, what to do; fatal."""
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(RealtimeError, match=f"model.gguf .*{why}.*Give `brain` the path") as caught:
        LanguageModel(file)
    assert (caught.value.code, caught.value.fatal) == ("bad_model", True)


def test_half_a_file_is_refused(tmp_path: Path) -> None:
    """A download that broke off is told at the start."""
    file = tiny.write(tmp_path / "model.gguf")
    file.write_bytes(file.read_bytes()[:-20_000])

    with pytest.raises(RealtimeError, match="damaged"):
        LanguageModel(file)


def test_template_that_takes_no_conversation_is_refused(tmp_path: Path) -> None:
    """A model whose chat template fails would fail in every turn: it is told at the start."""
    template = "{{ raise_exception('no system message, please') }}"
    file = tiny.write(tmp_path / "model.gguf", tokenizer__chat_template=template)

    with pytest.raises(RealtimeError, match=r"cannot be (used as a language model|loaded)"):
        LanguageModel(file)


def test_file_is_loaded_once(tmp_path: Path) -> None:
    """All providers of a process share a model."""
    file = tiny.write(tmp_path / "tiny.gguf")

    one, two = language_model(file), language_model(file)
    one.close()

    assert one is two


def test_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, its name and the command to install it."""
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", None)

    with pytest.raises(RealtimeError, match=r"xllamacpp.*voice-orchestrator\[llm\]") as caught:
        LanguageModel(tiny.write(tmp_path / "tiny.gguf"))
    assert (caught.value.code, caught.value.fatal) == ("not_installed", True)


@pytest.mark.parametrize(("cores", "count"), [(1, 1), (2, 1), (3, 2), (64, 2), (None, 1)])
def test_speech_keeps_a_core(monkeypatch: pytest.MonkeyPatch, cores: int | None, count: int) -> None:
    """At most two threads, and never all cores."""
    monkeypatch.setattr("os.cpu_count", lambda: cores)

    assert module.threads() == count
