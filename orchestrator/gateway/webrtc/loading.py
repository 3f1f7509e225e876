"""The extra `webrtc`, which is loaded with the first offer only."""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
from importlib.util import find_spec
from types import ModuleType

import structlog

from orchestrator.errors import CallerError

NOT_INSTALLED = "WebRTC is not installed on this server. Install it with: pip install 'voice-orchestrator[webrtc]'"
log = structlog.get_logger("orchestrator")


def installed() -> bool:
    """Return whether the extra is there, without loading it."""
    try:
        return find_spec("aiortc") is not None
    except ValueError:  # it was loaded, and is no module
        return False


async def load(name: str) -> ModuleType:
    """Load a module that needs the extra; raises `CallerError` if it is not installed."""
    first = name not in sys.modules
    try:
        module = await asyncio.to_thread(importlib.import_module, name)
    except ImportError as error:
        log.warning("webrtc is not installed", error=str(error))
        raise CallerError(NOT_INSTALLED, code="not_installed") from None
    if first:
        gc.freeze()  # what was loaded once is not scanned again and again, which stops every call
    return module
