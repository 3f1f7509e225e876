"""The tool with which an agent looks something up in text files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import structlog
from pydantic import Field

from orchestrator.errors import OrchestratorError
from orchestrator.team import ToolKeys
from orchestrator.team.functions import WHAT_TO_LOOK_UP
from orchestrator.tools.call_view import CallView
from orchestrator.tools.knowledge.index import Found, Index
from orchestrator.tools.knowledge.passages import Passage
from orchestrator.tools.python.arguments import Arguments
from orchestrator.tools.tool import Tool

ABOUT = "Look up what the documents say about: {titles}."
MOST_TITLES, TITLE = 30, 60  # headings that the description names; characters of one
FOUND = "Answer only from these passages. If they do not answer the question, say that you do not know."
NOTHING = "Nothing about this was found. Say that you do not know; do not guess."

log = structlog.get_logger("orchestrator")


def _takes(question: Annotated[str, Field(min_length=1, max_length=1000, description=WHAT_TO_LOOK_UP)]) -> None:
    """Have the arguments of the tool, for its schema."""


class LookUp(Tool):
    """Finds passages that answer a question."""

    kind = "knowledge"

    def __init__(self, name: str, keys: ToolKeys, passages: Sequence[Passage], index: Index) -> None:
        # What it takes.
        self._arguments = Arguments(_takes)
        described = keys.description or ABOUT.format(titles=", ".join(titles(passages)))
        super().__init__(name, described, self._arguments.schema, keys)
        # What is searched.
        self._index = index

    @property
    def waits(self) -> bool:
        """Whether it waits for something outside this process."""
        return self._index.is_remote

    def _read(self, arguments: str) -> dict[str, Any]:
        return self._arguments.read(arguments)

    async def _invoke(self, values: dict[str, Any], call: CallView) -> Any:
        question = values["question"]
        try:
            found = await self._index.find(question)
        except OrchestratorError as error:
            log.warning("a question was looked up by its words only", tool=self.name, error=str(error))
            found = await self._index.find_by_words(question)
        return {"passages": [_told(one) for one in found], "note": FOUND if found else NOTHING}


def _told(found: Found) -> dict[str, str]:
    """Return a passage as the model is given it."""
    return {"about": " > ".join(found.passage.headings) or found.passage.file, "text": found.passage.text}


def titles(passages: Sequence[Passage]) -> list[str]:
    """Return what passages are about: the headings right above them, or the names of their files."""
    named = (one.headings[-1] if one.headings else one.file for one in passages)
    plain = (name.replace(",", "").strip(" .:")[:TITLE] for name in named)
    return list(dict.fromkeys(plain))[:MOST_TITLES]
