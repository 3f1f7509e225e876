"""The tool that ends the call, which a team file names without a path: `tools: [end_call]`."""

from __future__ import annotations

from orchestrator.tools.call_view import CallView

# What callers say when they are done, where the team file does not say it.
EXAMPLES = ("Goodbye", "That is all, thank you")


async def end_call(call: CallView) -> None:
    """End the call when the caller needs nothing more. Say goodbye first, then call this."""
    call.end()
