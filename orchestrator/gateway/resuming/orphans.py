"""Calls whose node is gone and to which nobody came back: they are ended, so that their records and hooks are whole."""

from __future__ import annotations

import asyncio

import structlog

from orchestrator.core.events import CallerLeft, Event
from orchestrator.fleet.port import Claimed, Fleet
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.resuming.continuing import NotResumed, Taken, continued, version_of

LOOK_SECONDS = 5.0
NOBODY = "the caller did not come back"
log = structlog.get_logger("orchestrator")


async def end_orphans(calls: Calls, fleet: Fleet) -> None:
    """Look for such calls as long as the application runs."""
    while True:
        while (claimed := await fleet.claim_orphan()) is not None:
            await end(calls, claimed)
        await asyncio.sleep(LOOK_SECONDS)


async def end(calls: Calls, claimed: Claimed, *events: Event) -> None:
    """End a call as if its caller had hung up when it was lost; leave one to others whose team is not served here.

    `events` are what has happened meanwhile.
    """
    version = version_of(calls.teams, claimed)
    if version is None:
        log.warning("call not ended for its node", call=claimed.call_id, reason="this node does not serve its team")
        claimed.held.release()
        return
    try:
        async with continued(calls, Taken(claimed, version), last=(*events, CallerLeft(NOBODY))) as call:
            log.info("call ended for its node", call=claimed.call_id, node=claimed.from_node, reason=NOBODY)
        await known(call)
    except NotResumed:
        pass  # the log says why
    except Exception:
        log.exception("call lost", call=claimed.call_id)
        claimed.held.end()
    except asyncio.CancelledError:  # this node stops: another ends the call
        claimed.held.release()
        raise


async def known(call: OpenCall) -> None:
    """Wait until those who keep a call know all of it; until then another node could end it instead."""
    done = asyncio.Event()
    call.running.when_known(done.set)
    await done.wait()
