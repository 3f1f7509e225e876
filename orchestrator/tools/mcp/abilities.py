"""What each agent can do, for the embedded provider, which sends callers to whoever can: also what servers list now.

What only one agent's `answers` tell counts as a function that tells it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchestrator.team.functions import TELL
from orchestrator.tools.mcp.sources import Sources, offer
from orchestrator.tools.tool import Tool

Definitions = list[dict[str, Any]]


SIGNS = re.compile(r"\W+")


class Abilities(Mapping[str, Definitions]):
    """Agent → the definitions of its tools, as they are when they are looked at."""

    def __init__(
        self,
        tools: Mapping[str, Sequence[Tool]],
        sources: Sources,
        answers: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        # Agent → its own, and where it has others from.
        known = {agent: [tool.definition() for tool in own] for agent, own in tools.items()}
        # A server that a provider calls is no function, and nothing that this provider knows of.
        self._own = {agent: [tool for tool in own if tool["type"] == "function"] for agent, own in known.items()}
        for agent, told in _only_theirs(answers or {}).items():
            self._own[agent] = [*self._own.get(agent, ()), *(_telling(*one) for one in told.items())]
        self._sources = sources
        # Agent → what servers listed when it was looked at last, and what came of that.
        self._seen: dict[str, tuple[object, Definitions]] = {}

    def __getitem__(self, agent: str) -> Definitions:
        """Return the definitions of an agent's tools."""
        own, sources = self._own[agent], self._sources.get(agent, ())
        if not sources:
            return own
        listed = [source.server.tools for source in sources]
        seen, found = self._seen.get(agent, (None, own))
        if seen != listed:
            found = [*own, *(tool.definition() for tool in offer(sources, {tool["name"] for tool in own}).tools)]
            self._seen[agent] = listed, found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._own)

    def __len__(self) -> int:
        return len(self._own)


def _only_theirs(answers: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return for each agent the answers that no other has: for one that several have nobody is sent elsewhere."""
    having = Counter(question for told in answers.values() for question in told)
    return {agent: {one: told[one] for one in told if having[one] == 1} for agent, told in answers.items()}


def _telling(question: str, answer: str) -> dict[str, Any]:
    """Return the definition of a function that would tell what an agent knows."""
    name = SIGNS.sub("_", question.lower()).strip("_")
    return {"type": "function", "name": name, "description": f"{TELL}{answer}", "parameters": {}}
