"""What a line is about: set by whoever holds the request or the call, read where the line is written."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar

WORDS = logging.getLogger("orchestrator.words")  # what is said in calls; off unless transcripts are enabled
WORDS.setLevel(logging.CRITICAL + 1)
MASK: ContextVar[Callable[[str], str]] = ContextVar("mask", default=str)  # hides the secrets of the current call
# Who sent the current request: its address, and a short hash of the key that it came with.
PEER: ContextVar[Mapping[str, str]] = ContextVar("peer", default={})  # noqa: B039  # never changed in place
