"""How often the right passage is found for a question: the documents and questions beside this module."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from orchestrator.local.sentences import Sentences
from orchestrator.tools.knowledge import index as module
from orchestrator.tools.knowledge.encoder import Memory
from orchestrator.tools.knowledge.files import read_passages
from orchestrator.tools.knowledge.index import Found, Index
from orchestrator.tools.knowledge.passages import Passage
from orchestrator.tools.sources import Sources

HERE = Path(__file__).parent
CHOSEN, HELD_OUT = ("hotel", "vet"), ("pool", "rathaus")  # sets with which weights were chosen, and the others
WAYS = ("words", "encoder", "both")
_memory = Memory()


@dataclass(slots=True)
class Tally:
    """What came of the questions."""

    answered: int = 0  # questions that a passage answers
    first: int = 0  # of these, with that passage first
    among: int = 0  # with it among the three
    unanswered: int = 0  # questions that nothing answers
    silent: int = 0  # of these, with nothing found

    def __str__(self) -> str:
        return (
            f"{self.first} of {self.answered} first, {self.among} of {self.answered} in three; "
            f"nothing found for {self.silent} of {self.unanswered} without an answer"
        )


@cache
def questions() -> dict[str, list[dict[str, str]]]:
    """Return the questions of each set."""
    found: dict[str, Any] = yaml.safe_load((HERE / "questions.yaml").read_text(encoding="utf-8"))
    return found


def passages_of(documents: str) -> list[Passage]:
    """Return the passages of a set."""
    folder = HERE / "documents" / documents
    return read_passages([path.name for path in sorted(folder.iterdir())], folder, Sources())


async def index_of(documents: str, way: str) -> Index:
    """Return the index of a set."""
    found = Index(passages_of(documents))
    if way != "words":
        await found.prepare(Sentences(), _memory)
    return found


async def measure(sets: tuple[str, ...], way: str) -> Tally:
    """Ask all questions of some sets in one of the ways."""
    tally, by_words = Tally(), module.BY_WORDS
    module.BY_WORDS = 0.0 if way == "encoder" else by_words
    try:
        for documents in sets:
            index = await index_of(documents, way)
            for question in questions()[documents]:
                count(tally, question, await index.find(question["ask"]))
    finally:
        module.BY_WORDS = by_words
    return tally


def count(tally: Tally, question: dict[str, str], found: list[Found]) -> None:
    """Count what was found for a question."""
    if "found" not in question:
        tally.unanswered += 1
        tally.silent += not found
        return
    right = [question["found"] in one.passage.text for one in found]
    tally.answered += 1
    tally.first += right[:1] == [True]
    tally.among += any(right)
