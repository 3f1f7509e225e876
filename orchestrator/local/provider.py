"""The embedded provider: speech recognition, a router and speech synthesis from packages, with no key or network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from orchestrator.errors import RealtimeError
from orchestrator.providers.languages import code_of
from orchestrator.providers.port import Provider, Session

if TYPE_CHECKING:
    from orchestrator.local.brain.port import Brain
    from orchestrator.local.parts import Parts, Tools
    from orchestrator.team import ProviderSpec

LOAD_SECONDS = 120.0  # the speech models take two seconds; a language model is read from disk, gigabytes of it


class LocalProvider(Provider):
    """A provider whose models run in this process.

    `spec` is the team file's `providers.local`: its `brain`, `stt` and `tts` can each replace a part by another.
    `language` is the team's, as its file names it. Nothing is imported or loaded before the first session is opened;
    `brain` is for tests; `today` returns the date where the callers are.
    """

    def __init__(
        self,
        spec: ProviderSpec | None = None,
        language: str | None = None,
        *,
        brain: Brain | None = None,
        tools: Tools | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        # The team file's entry.
        self._spec = spec
        # The code of the team's language; None: it has not said which, or one that is not known.
        self._language = code_of(language)
        # Given by a test; None: made from the spec.
        self._brain = brain
        # Agent → the definitions of its own functions, by which the router knows whom to transfer to.
        self._tools = tools
        # What a brain takes "tomorrow" from.
        self._today = today
        # Loaded by the first session.
        self._parts: Parts | None = None
        # Lets one session load while others wait.
        self._loading = asyncio.Lock()

    def load(self) -> None:
        """Load the models now rather than for the first session; raises as `open` does."""
        self._parts = self._load()

    async def open(self, model: str) -> Session:
        """Open a session; loads the models the first time, at most two minutes.

        Raises `RealtimeError`: `not_installed`, `bad_model` or `invalid_provider` (fatal), or `timeout`.
        """
        try:
            async with asyncio.timeout(LOAD_SECONDS), self._loading:
                if self._parts is None:
                    self._parts = await asyncio.to_thread(self._load)
        except TimeoutError:
            raise RealtimeError("The models were not loaded in time.", code="timeout") from None
        from orchestrator.local.session import LocalSession

        return LocalSession(model, self._parts, self._spec.max_age if self._spec else None, self._language)

    def _load(self) -> Parts:
        try:
            from orchestrator.local import parts
        except ImportError as error:
            from orchestrator.local.models import not_installed

            if (error.name or "").startswith("orchestrator"):
                raise  # a bug of ours, not a missing package
            raise not_installed(error.name or "numpy") from None
        return parts.load(self._spec, self._brain, self._language, self._tools, self._today)
