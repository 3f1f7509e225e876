"""A call whose caller meets every way in which what was said travels: spoken, all, a summary, nothing."""

from __future__ import annotations

from orchestrator.testing.script import call, say
from tests.calls import TEAM, desk

WAYS = TEAM.replace(
    "    handoffs: [billing, tech]",
    "    handoffs:\n      billing: {{context: all}}\n      tech: {{context: summary, args: {{device: string}}}}\n",
).replace("    handoffs: [front]\n  tech", "    handoffs: {{front: {{context: none, opening: greet}}}}\n  tech")


async def every_context() -> None:
    """Let a caller go from agent to agent and back."""
    async with desk(WAYS) as house, house.caller() as caller:

        async def asks(words: str, handoffs: int, answers: int) -> None:
            await caller.type(words)
            await caller.until("team.handoff.completed", handoffs)
            await caller.until("response.done", answers, where=lambda event: bool(event["response"]["output"]))

        house.service.reply("front", call("transfer_to_billing", reason="an invoice"))
        await asks("My invoice, please.", 1, 1)
        house.service.reply("billing", call("transfer_to_front", reason="a broken radio"))
        await asks("My radio is broken, too.", 2, 2)
        house.service.reply("front", call("transfer_to_tech", reason="a radio", device="radio"))
        house.service.reply("front", say("They have a radio that is broken."))
        await asks("Yes, it is silent.", 3, 3)
