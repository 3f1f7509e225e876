"""A call that a program begins itself: without a socket, in the process of the server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from orchestrator.core.events import Ending
from orchestrator.errors import OrchestratorError
from orchestrator.gateway.admission import Admission, Admitted
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.websocket import WebSocketTransport

WAITING = 256  # events that wait for the program; then the rest waits before them, and is bounded as for any caller


class ProgramCall:
    """A call, as the program that is its caller has it."""

    def __init__(self, call: OpenCall) -> None:
        # The call.
        self._call = call
        # Events for the program; None ends them.
        self.events: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue(WAITING)

    @property
    def id(self) -> str:
        """The id of the call, in the log and the record."""
        return self._call.call_id

    def send(self, kind: str, **fields: Any) -> None:
        """Send a client event of the Realtime protocol; what is wrong with it comes back as an `error` event."""
        self._call.received(json.dumps({"type": kind, **fields}))

    def type(self, text: str) -> None:
        """Say something as text, and ask for the answer."""
        content = [{"type": "input_text", "text": text}]
        self.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        self.send("response.create")

    async def __aiter__(self) -> AsyncIterator[Mapping[str, Any]]:
        """Yield the server's events until the call is over."""
        while (event := await self.events.get()) is not None:
            yield event


@asynccontextmanager
async def start_call(
    app: FastAPI, team: str | None = None, *, variables: Mapping[str, Any] | None = None, events: str = "team"
) -> AsyncIterator[ProgramCall]:
    """Call a team of an application of `create_app` whose lifespan runs; leaving the block hangs up.

    `variables` are what is known of the caller, `events` the groups of additional events (`?events=`). Raises
    `OrchestratorError` if there is no such team, no room for the call, or a limit of the team is reached.
    """
    calls: Calls = app.state.calls
    admission: Admission = app.state.admission
    served = calls.teams.choose(team)
    if served is None:
        what = "Several teams are served, and none is the default" if team is None else f"There is no team {team!r}"
        raise OrchestratorError(f"{what}. Name one of: {', '.join(one.name for one in calls.teams)}.")
    decision = admission.room() or admission.offered(Admitted(), team)
    if isinstance(decision, Refusal):
        raise OrchestratorError(decision.message)
    with calls.open("sess_", served) as call:
        program, outbox = ProgramCall(call), Outbox(on_full=call.too_slow)

        async def give(frame: str) -> None:
            await program.events.put(json.loads(frame))

        async def write() -> None:
            await outbox.write(give)
            await program.events.put(None)

        call.caller.listen(outbox, frozenset(events.split(",")))
        async with asyncio.TaskGroup() as group:
            running = group.create_task(call.run(WebSocketTransport(outbox), variables), name=f"{call.call_id}:run")
            writing = group.create_task(write(), name=f"{call.call_id}:write")
            try:
                yield program
            finally:
                call.hang_up(Ending.LEFT, "the program has hung up")
                await running
                writing.cancel()
