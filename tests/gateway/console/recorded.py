"""A recorded call for the pages: its facts, and a server that has them where the REST API is."""

from __future__ import annotations

import io
import json
import math
import struct
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from orchestrator.gateway.console.pages import add_console
from orchestrator.observe.facts import CallBegan, CallEnded, Fact, Opening, Outcome, as_json
from orchestrator.observe.interactions import interactions
from tests.gateway.serving import serve_app
from tests.observe import happened

STARTED = 1_795_880_400.0  # unix seconds
CALL = "sess_recorded"
KEY = "page-key-1"


ABOUT = "the caller asks about order 77"
FORBIDDEN = "'billing' cannot take over before the caller was with identity."
CHOSEN: dict[str, Any] = {
    "function": "transfer_to_orders",
    "arguments": json.dumps({"reason": ABOUT, "order": "77"}),
    "decision": {"why": "wants something", "candidates": {"transfer_to_orders": 0.74, "transfer_to_billing": 0.71}},
    "asked": 19.9,
}
STORY: tuple[Fact, ...] = (
    CallBegan(start=0.0, end=0.0, agent="reception"),
    *happened.answered(1, 0.45, (0.9, 3.4), "reception", "Welcome to the helpdesk. What can I do for you?"),
    *happened.spoke(1, 3.9, 6.2, "reception", "I was charged twice."),
    happened.waited(6.2, 6.95, "reception", "resp_2"),
    *happened.answered(2, 6.25, (6.95, 9.2), "reception", "I am sorry. What is your customer number?"),
    *happened.spoke(2, 9.8, 12.0, "reception", "It is 1042."),
    happened.refused(12.3, "reception", "transfer_to_billing", rule="before", reason=FORBIDDEN),
    happened.handed("reception", "billing", 12.3, 12.3, "", warm=False, outcome=Outcome.FAILED, fault=FORBIDDEN),
    happened.handed("reception", "identity", 12.6, 13.02, "the customer is to be checked first"),
    happened.waited(12.0, 13.02, "identity", "resp_4"),
    happened.ran(
        "check_customer",
        13.2,
        13.9,
        "identity",
        {"number": "1042"},
        '{"verified": true, "name": "secret:name"}',
        variables={"verified": True, "customer": "1042"},
    ),
    *happened.answered(
        4, 12.61, (13.02, 16.1), "identity", "Thank you, I have found you. Before I go on, may I", cut=True
    ),
    happened.interrupted(15.9, 16.1, "identity", "resp_4"),
    *happened.spoke(3, 15.9, 18.6, "identity", "It is about the invoice of order 77.", over=True),
    happened.handed("identity", "orders", 19.2, 20.9, ABOUT, warm=False, **CHOSEN),
    happened.waited(18.6, 20.9, "orders", "resp_5"),
    happened.ran(
        "find_order",
        21.0,
        26.0,
        "orders",
        {"number": "77"},
        "The order service did not answer within 5 seconds.",
        outcome=Outcome.FAILED,
    ),
    *happened.answered(5, 19.9, (20.9, 23.5), "orders", "One moment, I look for order 77."),
    *happened.answered(6, 26.1, (26.8, 29.4), "orders", "I cannot find it at the moment. Is it about the delivery?"),
    *happened.spoke(4, 30.0, 32.2, "orders", "No, about the invoice!"),
    happened.handed("orders", "billing", 32.8, 33.2, "the caller's invoice"),
    happened.waited(32.2, 33.2, "billing", "resp_7"),
    happened.asked(33.5, 35.6, "billing"),
    happened.ran(
        "find_invoice", 33.6, 34.3, "billing", {"order": 77}, '{"invoice": "A-9", "charged": 2, "amount": 19.9}'
    ),
    *happened.answered(7, 32.81, (33.2, 34.6), "billing", "I look at your invoice."),
    happened.held("billing", 12.4, 12.9, 36.0, Opening.WARM, fate="lost", code="1006", reason="The connection broke."),
    happened.held("billing", 36.2, 36.7, 61.0, Opening.ACTIVE),
    *happened.answered(8, 36.8, (37.5, 43.0), "billing", "You were charged twice, indeed. I pay 19.90 euros back."),
    *happened.spoke(5, 43.8, 46.0, "billing", "Can I talk to a person, please?"),
    happened.waited(46.0, 46.8, "billing", "resp_9"),
    *happened.answered(9, 46.1, (46.8, 48.6), "billing", "Of course. Stay on the line."),
    happened.awaited(48.8, 56.0, "colleague", reason="the caller wants a person"),
    happened.handed("billing", "colleague", 48.8, 56.4, "the caller wants a person"),
    *happened.answered(10, 55.9, (56.4, 60.1), "colleague", "Hello, this is Ada. I have sent the refund."),
    happened.held("reception", 0.0, 0.45, 50.0, Opening.ACTIVE, fate="renewed"),
    happened.held("reception", 50.0, 50.5, 61.0, Opening.WARM),
    happened.held("identity", 0.5, 1.0, 61.0, Opening.WARM),
    happened.held("orders", 18.9, 20.1, 61.0, Opening.ACTIVE),
    happened.held("planner", 33.5, 33.9, 35.7, Opening.CONSULT),
    happened.announced("person.left", 60.3, agent="colleague", reason="the call is over"),
    CallEnded(start=0.0, end=61.0, ending="left", reason="hung up", agent="colleague"),
)


def figures(call: str = CALL, **said: Any) -> dict[str, Any]:
    """Return a call as the list has it."""
    return {
        "id": call,
        "object": "call",
        "team": "helpdesk",
        "team_hash": "abc123",
        "started": STARTED,
        "ended": STARTED + 61.0,
        "ending": "left",
        "reason": "hung up",
        "agent": "colleague",
        "agents": ["reception", "identity", "orders", "billing", "colleague"],
        "seconds": 61.0,
        "turns": 5,
        "handoffs": 4,
        "tools": 3,
        "tokens": {"input": 7140, "output": 810},
        "cost": 0.036,
        "audio": True,
        **said,
    }


def recording(seconds: float = 61.0) -> bytes:
    """Return a stereo recording, with a tone on the caller's side only."""
    made, rate = io.BytesIO(), 8000
    with wave.open(made, "wb") as file:
        file.setparams((2, 2, rate, 0, "NONE", ""))
        tone = (round(6000 * math.sin(index / 4)) for index in range(round(seconds * rate)))
        file.writeframes(b"".join(struct.pack("<hh", sample, 0) for sample in tone))
    return made.getvalue()


@dataclass
class Records:
    """What the server has, and what it was asked for."""

    calls: dict[str, dict[str, Any]] = field(default_factory=lambda: {CALL: figures()})
    timelines: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {CALL: [as_json(one) for one in STORY]})
    variables: dict[str, Any] = field(default_factory=lambda: {"verified": True, "card": "secret:card"})
    measures: dict[str, Any] = field(default_factory=lambda: interactions(STORY))
    delivery: dict[str, Any] | None = None
    fault: str = ""  # why no call can be deleted
    key: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)  # the queries of the list

    def check(self, request: Request) -> None:
        """Raise the HTTP error of a request that lacks the key."""
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            raise refusal(401, "A key is needed.")

    def found(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Return the calls that a query finds, those after a call where it names one."""
        calls = list(self.calls.values())
        if "after" in query:
            calls = calls[[call["id"] for call in calls].index(query["after"]) + 1 :]
        agent, ending = query.get("agent"), query.get("ending")
        calls = [call for call in calls if agent in (None, *call["agents"]) and ending in (None, call["ending"])]
        calls = [call for call in calls if query.get("team") in (None, call["team"])]
        text = query.get("text", "").lower()
        return [call for call in calls if text in json.dumps(self.timelines.get(call["id"], [])).lower()]

    def serve(self, app: FastAPI, most: int = 50) -> None:
        """Add the REST API of calls to an application."""

        async def calls(request: Request) -> dict[str, Any]:
            self.check(request)
            self.asked.append(dict(request.query_params))
            found = self.found(self.asked[-1])
            return {"object": "list", "data": found[:most], "has_more": len(found) > most}

        async def call(request: Request, call: str) -> dict[str, Any]:
            self.check(request)
            if call not in self.timelines:
                raise refusal(404, "There is no call with this id.")
            figures = self.calls.get(call, {"id": call})
            more = {"variables": self.variables, "interactions": self.measures, "delivery": self.delivery}
            return {**figures, "timeline": self.timelines[call], **more}

        async def delete(request: Request, call: str) -> dict[str, Any]:
            self.check(request)
            if self.fault:
                raise refusal(503, self.fault)
            del self.calls[call], self.timelines[call]
            return {"id": call, "deleted": True}

        async def audio(request: Request, call: str) -> Response:
            self.check(request)
            return Response(recording(), media_type="audio/wav")

        async def lines(request: Request, call: str) -> Response:
            self.check(request)
            return Response('{"v": 1}\n', media_type="application/jsonl")

        answers: dict[str, Callable[..., Any]]
        answers = {"": calls, "/{call}": call, "/{call}/audio": audio, "/{call}/lines": lines}
        for path, answer in answers.items():
            app.router.routes.insert(0, APIRoute(f"/v1/calls{path}", answer, response_model=None))
        app.router.routes.insert(0, APIRoute("/v1/calls/{call}", delete, methods=["DELETE"], response_model=None))


def refusal(status: int, message: str) -> HTTPException:
    """Return an error in the shape of the API."""
    return HTTPException(status, {"code": None, "message": message})


async def told(_: Request, error: Exception) -> Response:
    """Answer an error as the gateway does."""
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code)


@asynccontextmanager
async def recorded(records: Records, most: int = 50) -> AsyncIterator[str]:
    """Serve the pages and records; yields the address."""
    app = FastAPI()
    add_console(app)
    app.add_exception_handler(HTTPException, told)
    records.serve(app, most)
    async with serve_app(app) as port:
        yield f"http://127.0.0.1:{port}"
