"""A language model in this process: one for each GGUF file, shared by all calls, which take turns.

llama.cpp writes one answer at a time, on one or two threads; what it has read of earlier prompts is kept for the next
one that begins alike. A thread of its own takes the answers that are asked for in the order in which they came; what
is only read in advance comes after them, and gives way.

xllamacpp opens an HTTP port besides, which cannot be switched off: on loopback only, and behind a key that nobody has.

Limits: 16 answers may wait, each 60 s in all; 256 tokens each; 8 prompts to be read in advance, of which the oldest
is left out; 512 MiB of prompts that were read. An answer that nobody waits for any more ends with the next token, or
when the next 64 tokens of its prompt are read.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import secrets
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from orchestrator.errors import RealtimeError
from orchestrator.text.chat import Answer, reported

INSTALL = "pip install 'voice-orchestrator[llm]'"
CONTEXT = 8192  # tokens of a prompt and its answer
AT_ONCE = 64  # tokens of a prompt that are read before the model looks whether it shall stop
TOKENS = 256  # of an answer
SECONDS = 60.0  # for an answer, its place in the queue included
WAITING, IN_ADVANCE = 16, 8
CACHE = 512  # MiB
CLOSE_SECONDS = 5.0
# What a server of one model is asked for, whatever the question: what is likeliest, and no thoughts.
OPTIONS = {
    "stream": True,
    "return_progress": True,  # a piece for each part of a prompt: there an answer can be stopped
    "cache_prompt": True,
    "temperature": 0,
    "max_tokens": TOKENS,
    "chat_template_kwargs": {"enable_thinking": False},
}
TRIAL = [{"role": role, "content": "Hello."} for role in ("system", "user", "assistant", "user")]
TRIAL_GRAMMAR = "%llguidance {}\nstart: /[a-z]+/"
Piece = Mapping[str, Any]
Send = Callable[[Piece | None], object]


@dataclass(eq=False, slots=True)
class Job:
    """An answer that is asked for."""

    body: Mapping[str, Any]
    send: Send  # takes the pieces, and None at the end
    in_advance: bool = False  # only reads the prompt
    dropped: bool = False  # nobody waits for it any more


class LanguageModel:
    """A model, and the thread that works with it."""

    def __init__(self, file: Path) -> None:
        """Load the file; blocks for some seconds. Raises `RealtimeError`, fatal: `not_installed` or `bad_model`."""
        # Its name in the log.
        self.host = file.name
        # llama.cpp.
        self._server = _server(file)
        # Guards what follows, and wakes the thread.
        self._changed = threading.Condition()
        # Answers that wait, and prompts to be read in advance.
        self._jobs: deque[Job] = deque()
        self._early: deque[Job] = deque(maxlen=IN_ADVANCE)
        # Whether the process ends.
        self._closed = False
        self._try()
        # Takes the jobs one by one.
        self._thread = threading.Thread(target=self._work, name=f"gguf:{file.name}", daemon=True)
        self._thread.start()
        # A thread that is still inside llama.cpp when Python ends would abort the process.
        atexit.register(self.close)

    async def ask(self, body: Mapping[str, Any], answer: Answer) -> AsyncGenerator[None, None]:
        """Add the pieces of an answer as they come, yielding after each; closing the iterator ends the answer.

        Raises `RealtimeError` when too many wait, when it takes too long, or for what llama.cpp refuses.
        """
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[Piece | None] = asyncio.Queue()
        job = Job(body, partial(_deliver, loop, pieces))
        until = loop.time() + SECONDS
        self._add(job)
        try:
            while (piece := await _before(until, pieces)) is not None:
                answer.add(piece)
                yield
        finally:
            job.dropped = True

    def read_in_advance(self, body: Mapping[str, Any]) -> None:
        """Have a prompt read when nothing else is to be done, so that answers to what begins like it come sooner."""
        with self._changed:
            if all(job.body != body for job in self._early):
                self._early.append(Job({**body, "max_tokens": 0}, lambda _: None, in_advance=True))
                self._changed.notify()

    def close(self) -> None:
        """End what is being written, and the thread; safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(CLOSE_SECONDS)

    def _add(self, job: Job) -> None:
        with self._changed:
            if len(self._jobs) >= WAITING:
                raise RealtimeError(f"{WAITING} answers wait for the model already", code="rate_limit_exceeded")
            self._jobs.append(job)
            self._changed.notify()

    def _next(self) -> Job | None:
        with self._changed:
            while not (self._closed or self._jobs or self._early):
                self._changed.wait()
            return None if self._closed else (self._jobs or self._early).popleft()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            if not job.dropped:
                self._run(job)
            job.send(None)

    def _run(self, job: Job) -> None:
        def take(piece: Piece) -> bool:
            job.send(piece)
            return self._closed or job.dropped or (job.in_advance and bool(self._jobs))

        try:
            self._server.handle_chat_completions({**OPTIONS, **job.body}, take)
        except Exception as error:  # whatever the library raises concerns this answer only
            job.send({"error": {"message": f"{type(error).__name__}: {error}"}})

    def _try(self) -> None:
        """Raise `RealtimeError` when the model cannot be spoken to: a template or a grammar that does not work."""
        failed: list[Any] = []
        body = {"model": self.host, "messages": TRIAL, "grammar": TRIAL_GRAMMAR, "max_tokens": 1}
        self._run(Job(body, lambda piece: failed.append(piece["error"]) if piece and "error" in piece else None))
        if failed:
            raise bad_model(self.host, f"cannot be used as a language model ({reported(failed[0])})")


@cache
def language_model(file: Path) -> LanguageModel:
    """Return the model of a file, loaded once in a process; raises as `LanguageModel` does."""
    return LanguageModel(file)


def bad_model(name: str, why: str) -> RealtimeError:
    """Return the error for a file that is no usable model."""
    remedy = "Give `brain` the path of an instruction-tuned model in one GGUF file."
    return RealtimeError(f"The model file {name} {why}. {remedy}", code="bad_model", fatal=True)


def threads() -> int:
    """Return how many threads a model gets: two at most, and one core is left for speech.

    On a busy core a second thread makes it slower, many times: each step waits for both.
    """
    return max(1, min(2, (os.cpu_count() or 1) - 1))


def _server(file: Path) -> Any:
    if not file.is_file():
        raise bad_model(file.name, "does not exist")
    try:
        import xllamacpp
    except ImportError:
        message = f"A GGUF file as the brain needs the package 'xllamacpp', which is not installed. Run: {INSTALL}"
        raise RealtimeError(message, code="not_installed", fatal=True) from None
    options = xllamacpp.CommonParams()
    options.model.path = str(file)
    options.n_ctx, options.n_parallel = CONTEXT, 1
    options.n_batch = options.n_ubatch = AT_ONCE
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = threads()
    options.cache_ram_mib = CACHE
    options.port, options.api_keys, options.n_threads_http = 0, [secrets.token_hex()], 1
    options.endpoint_slots = options.warmup = False
    options.offline = True
    options.verbosity = -1
    try:
        return xllamacpp.Server(options)
    except RuntimeError:
        why = f"cannot be loaded: it is damaged, or of a kind that xllamacpp {xllamacpp.__version__} does not know"
        raise bad_model(file.name, why) from None


async def _before(until: float, pieces: asyncio.Queue[Piece | None]) -> Piece | None:
    try:
        async with asyncio.timeout_at(until):
            return await pieces.get()
    except TimeoutError:
        raise RealtimeError(f"the answer took longer than {SECONDS:.0f} seconds", code="timeout") from None


def _deliver(loop: asyncio.AbstractEventLoop, pieces: asyncio.Queue[Piece | None], piece: Piece | None) -> None:
    with suppress(RuntimeError):  # the event loop has closed, and nobody waits any more
        loop.call_soon_threadsafe(pieces.put_nowait, piece)
