"""A call goes on here that another node had, or that this one had and whose caller had lost the connection.

It is made as its last checkpoint has it. What happened since then happens again, without effects but on the caller's
side; then the transport runs the call like any other (`OpenCall.run`), which begins with the core's `CallTakenOver`.
Callers who come back are served in the order in which they come, one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from time import thread_time

import structlog

from orchestrator.core.events import Event
from orchestrator.core.memory.shared import FIRST
from orchestrator.core.state import Phase
from orchestrator.core.takeover.checkpoint import CheckpointError
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.errors import CallerError
from orchestrator.fleet.port import WINDOW, Claimed, Lost, Reason
from orchestrator.gateway import closing
from orchestrator.gateway.calls import COMING_BACK, Calls
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.refusal import Refusal, for_now, full
from orchestrator.gateway.resuming import checkpoint
from orchestrator.gateway.resuming.past import Happened, ends, events, steps
from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.runner import Party
from orchestrator.runner.call import new_core
from orchestrator.runner.toolbox import Toolbox

AT_ONCE = 0.005  # seconds of processor time in which events happen again before calls that go on have their turn
LONGEST_HEARD = 10  # digits of milliseconds
NOT_THERE = "the caller was gone before the call went on"
log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True)
class Taken:
    """A call that this node has taken over, and the version with which it goes on."""

    claimed: Claimed
    version: Version


class NotResumed(Exception):
    """A caller cannot come back to a call."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        # What the caller is told.
        self.refusal = refusal


def not_resumable(why: str) -> Refusal:
    """Refuse a caller who cannot come back."""
    return Refusal("call_not_resumable", f"{why} Begin a new call.", 404, closing.NOT_RESUMABLE)


NO_CLUSTER = not_resumable("This server is not part of a cluster, so no call can be resumed.")
OVER = not_resumable("The call is over.")
BROKEN = not_resumable("The call cannot be restored.")
NOT_SERVED = not_resumable("The team of the call is not served here.")
UNREACHABLE = Refusal(
    "cluster_unreachable",
    "The cluster cannot be reached now. Try again with the same token in a moment.",
    status=503,
    close=closing.TRY_AGAIN,
)
REFUSALS: Mapping[Reason, Refusal] = {
    Reason.ENDED: OVER,
    Reason.EXPIRED: not_resumable("Nobody came back to the call in time."),
    Reason.UNKNOWN: not_resumable("The call is not known."),
    Reason.USED: not_resumable("The token is not the newest one of the call: another connection has it."),
    Reason.FORGED: not_resumable("The token is not one of this cluster."),
    Reason.STRANDED: not_resumable("The call cannot be taken over."),
    Reason.UNREACHABLE: UNREACHABLE,
}


def heard(said: str | None) -> CallTakenOver:
    """Read what a caller says to have heard, `ITEM:MS`; raises `CallerError`."""
    if said is None:
        return CallTakenOver()
    item_id, _, ms = said.rpartition(":")
    if not item_id or not (ms.isascii() and ms.isdigit()) or len(ms) > LONGEST_HEARD:
        message = "Write heard=ITEM:MS, the id of an item and the milliseconds of it that were played."
        raise CallerError(message, code="invalid_value", param="heard")
    return CallTakenOver(item_id, int(ms))


async def take_over(calls: Calls, token: str) -> Taken:
    """Take over the call that a token is for; raises `NotResumed`."""
    if calls.fleet is None:
        raise NotResumed(NO_CLUSTER)
    claimed = await calls.fleet.claim(token)
    if isinstance(claimed, Lost):
        raise NotResumed(REFUSALS[claimed.reason])
    version = version_of(calls.teams, claimed)
    if version is None:
        claimed.held.release()
        raise NotResumed(NOT_SERVED)
    return Taken(claimed, version)


def version_of(teams: Teams, claimed: Claimed) -> Version | None:
    """Return the version with which a call goes on: its own if this node has it, else the current one of its team."""
    served, wanted = teams.find(claimed.header["team"]), claimed.header["hash"]
    if served is None:
        return None
    version = next((one for one in served.versions if one.hash == wanted), served.current)
    if version.hash != wanted:
        said = {"call": claimed.call_id, "team": version.name, "version": version.hash, "before": wanted}
        log.warning("the call goes on with another version", **said)
    return version


@asynccontextmanager
async def continued(
    calls: Calls, taken: Taken, taken_over: CallTakenOver | None = None, *, last: Sequence[Event] = ()
) -> AsyncIterator[OpenCall]:
    """Open a call that was taken over, as it was, for the transport to run it; raises `NotResumed`.

    `taken_over` is what the caller's side knows of what they heard. Without it there is no caller any more, and the
    call ends with its `last` events. A call that the transport does not come to run is left for its caller to come back
    once more.
    """
    claimed = taken.claimed
    with _opened(calls, taken, taken_over) as call:
        try:
            if taken_over is not None:
                calls.retelling.came_back()
            async with calls.retelling.turn:
                await _restore(call, taken)
            for event in last:
                call.running.restore(event, call.running.now)
            _retell(calls, call, taken, last)
        except Exception:
            raise _broken(claimed) from None
        except BaseException:
            call.release(NOT_THERE)
            raise
        if taken_over is not None and call.running.state.phase is Phase.ENDED:
            claimed.held.over()
            raise NotResumed(OVER)
        try:
            yield call
        finally:
            if taken_over is not None and call.holding is not None and not call.holding.begun:
                call.release(NOT_THERE)


def _opened(calls: Calls, taken: Taken, taken_over: CallTakenOver | None) -> AbstractContextManager[OpenCall]:
    """Return the call as it was when it began; what has happened since is to be restored."""
    claimed = taken.claimed
    most = COMING_BACK * calls.settings.max_calls
    # Others came while Redis was asked. What this node has already takes no more room; an orphan is only ended.
    if taken_over is not None and calls.connected >= most and calls.find(claimed.call_id) is None:
        claimed.held.release()
        raise NotResumed(for_now(full(most)))
    try:
        ended = ends(claimed.lines)
    except Exception:
        raise _broken(claimed) from None
    began = asyncio.get_running_loop().time() - min(max(claimed.age, ended), ended + WINDOW)
    return calls.go_on(taken.version, claimed, began, taken_over)


def _broken(claimed: Claimed) -> NotResumed:
    """End a call that cannot be restored; the exception that is being handled says why."""
    log.exception("call not restored", call=claimed.call_id)
    claimed.held.end()
    return NotResumed(BROKEN)


async def _restore(call: OpenCall, taken: Taken) -> None:
    """Let a call be as its checkpoint has it; let happen again what came after that, or all, if there is none."""
    lines, began = taken.claimed.lines[_skipped(call, taken) :], thread_time()
    for happened in events(steps(lines), call.view, call.caller.projection):
        call.running.restore(happened.event, happened.t)
        if thread_time() - began > AT_ONCE:
            await asyncio.sleep(0)
            began = thread_time()


def _skipped(call: OpenCall, taken: Taken) -> int:
    """Let a call be as its checkpoint has it; return how many lines that stands for."""
    if taken.claimed.checkpoint is None:
        return 0
    count, written = taken.claimed.checkpoint
    try:
        checkpoint.load(call.running, call.caller, taken.version, written)
    except CheckpointError as error:
        log.info("the call is restored without its checkpoint", call=call.call_id, reason=str(error))
        return 0
    return count


def _retell(calls: Calls, call: OpenCall, taken: Taken, last: Sequence[Event]) -> None:
    """Let those who keep the call know what happened in it, later."""
    version, header, call_id = taken.version, taken.claimed.header, call.call_id
    place = Party(call_id, version.team).place(call_id, FIRST, header["agent"])
    box = Toolbox(version.team, version.tools, version.sources)
    core = new_core(version.team, box, header["seed"], version.memory, place)
    past = ((step.event, step.t) for step in steps(taken.claimed.lines) if isinstance(step, Happened))
    ended = ((event, call.running.now) for event in last)
    calls.retelling.add(call, call.running.retell(core, chain(past, ended)))
