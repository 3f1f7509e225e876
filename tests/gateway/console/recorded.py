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
from orchestrator.observe.facts import (
    Answered,
    CallBegan,
    CallEnded,
    CallerTurn,
    Consulted,
    Fact,
    FirstAudio,
    HandedOver,
    Happened,
    Inferred,
    Interrupted,
    Opening,
    Outcome,
    PersonWaited,
    Refused,
    Said,
    SessionHeld,
    ToolRan,
    as_json,
)
from tests.gateway.serving import serve_app

STARTED = 1_795_880_400.0  # unix seconds
CALL = "sess_recorded"
KEY = "page-key-1"


def spoke(number: int, start: float, end: float, agent: str, words: str, *, over: bool = False) -> list[Fact]:
    """Let the caller speak."""
    item = f"item_caller_{number}"
    return [
        CallerTurn(start=start, end=end, agent=agent, item_id=item, over=over),
        Said(start=end + 0.3, end=end + 0.3, who="caller", text=words, item_id=item),
    ]


def answered(
    number: int, asked: float, heard: tuple[float, float], agent: str, words: str, *, cut: bool = False
) -> list[Fact]:
    """Let an agent answer."""
    response, (start, end) = f"resp_{number}", heard
    status = "cancelled" if cut else "completed"
    made = {"agent": agent, "response_id": response}
    tokens = {"input": 420 + 60 * number, "output": 90}
    inferred = Inferred(
        start=asked, end=(start + end) / 2, session=agent, status=status, error=None, tokens=tokens, cost=0.004, **made
    )
    return [
        Said(start=(start + end) / 2, end=(start + end) / 2, who=agent, text=words, item_id="", response_id=response),
        inferred,
        Answered(start=start, end=end, asked=asked, status=status, cut=cut, heard=True, **made),
    ]


def waited(number: int, start: float, end: float, agent: str) -> Fact:
    """Let the caller wait for an answer."""
    return FirstAudio(start=start, end=end, agent=agent, response_id=f"resp_{number}")


def handed(source: str, target: str, start: float, end: float, reason: str, **more: Any) -> Fact:
    """Hand the caller over."""
    given = {"warm": True, "outcome": Outcome.COMPLETED, **more}
    return HandedOver(start=start, end=end, source=source, target=target, reason=reason, asked=start + 0.004, **given)


def ran(start: float, end: float, agent: str, name: str, arguments: dict[str, Any], output: str, **more: Any) -> Fact:
    """Run a tool."""
    given = {"outcome": Outcome.COMPLETED, **more}
    called: dict[str, Any] = {"name": name, "call_id": f"call_{name}", "arguments": json.dumps(arguments)}
    return ToolRan(start=start, end=end, agent=agent, output=output, **called, **given)


def held(agent: str, start: float, opened: float, end: float, opening: Opening, **more: Any) -> Fact:
    """Hold a session."""
    given = {"fate": "closed", **more}
    return SessionHeld(start=start, end=end, agent=agent, session=agent, opened=opened, opening=opening, **given)


ABOUT = "the caller asks about order 77"
STORY: tuple[Fact, ...] = (
    CallBegan(start=0.0, end=0.0, agent="reception"),
    *answered(1, 0.45, (0.9, 3.4), "reception", "Welcome to the helpdesk. What can I do for you?"),
    *spoke(1, 3.9, 6.2, "reception", "I was charged twice."),
    waited(2, 6.2, 6.95, "reception"),
    *answered(2, 6.25, (6.95, 9.2), "reception", "I am sorry. What is your customer number?"),
    *spoke(2, 9.8, 12.0, "reception", "It is 1042."),
    Refused(
        start=12.3,
        end=12.3,
        agent="reception",
        name="transfer_to_billing",
        rule="before",
        reason="'billing' cannot take over before the caller was with identity.",
    ),
    HandedOver(
        start=12.3,
        end=12.3,
        source="reception",
        target="billing",
        reason="",
        warm=False,
        outcome=Outcome.FAILED,
        fault="'billing' cannot take over before the caller was with identity.",
    ),
    handed("reception", "identity", 12.6, 13.02, "the customer is to be checked first"),
    waited(4, 12.0, 13.02, "identity"),
    ran(
        13.2,
        13.9,
        "identity",
        "check_customer",
        {"number": "1042"},
        '{"verified": true, "name": "secret:name"}',
        variables={"verified": True, "customer": "1042"},
    ),
    *answered(4, 12.61, (13.02, 16.1), "identity", "Thank you, I have found you. Before I go on, may I", cut=True),
    Interrupted(start=15.9, end=16.1, agent="identity", response_id="resp_4"),
    *spoke(3, 15.9, 18.6, "identity", "It is about the invoice of order 77.", over=True),
    handed("identity", "orders", 19.2, 20.9, ABOUT, warm=False),
    waited(5, 18.6, 20.9, "orders"),
    ran(
        21.0,
        26.0,
        "orders",
        "find_order",
        {"number": "77"},
        "The order service did not answer within 5 seconds.",
        outcome=Outcome.FAILED,
    ),
    *answered(5, 19.9, (20.9, 23.5), "orders", "One moment, I look for order 77."),
    *answered(6, 26.1, (26.8, 29.4), "orders", "I cannot find it at the moment. Is it about the delivery?"),
    *spoke(4, 30.0, 32.2, "orders", "No, about the invoice!"),
    handed("orders", "billing", 32.8, 33.2, "the caller's invoice"),
    waited(7, 32.2, 33.2, "billing"),
    Consulted(start=33.5, end=35.6, agent="billing", to="planner", outcome=Outcome.COMPLETED),
    ran(33.6, 34.3, "billing", "find_invoice", {"order": 77}, '{"invoice": "A-9", "charged": 2, "amount": 19.9}'),
    *answered(7, 32.81, (33.2, 34.6), "billing", "I look at your invoice."),
    held("billing", 12.4, 12.9, 36.0, Opening.WARM, fate="lost", code="1006", reason="The connection broke."),
    held("billing", 36.2, 36.7, 61.0, Opening.ACTIVE),
    *answered(8, 36.8, (37.5, 43.0), "billing", "You were charged twice, indeed. I pay 19.90 euros back."),
    *spoke(5, 43.8, 46.0, "billing", "Can I talk to a person, please?"),
    waited(9, 46.0, 46.8, "billing"),
    *answered(9, 46.1, (46.8, 48.6), "billing", "Of course. Stay on the line."),
    PersonWaited(start=48.8, end=56.0, agent="colleague", outcome=Outcome.COMPLETED),
    handed("billing", "colleague", 48.8, 56.4, "the caller wants a person"),
    *answered(10, 55.9, (56.4, 60.1), "colleague", "Hello, this is Ada. I have sent the refund."),
    held("reception", 0.0, 0.45, 50.0, Opening.ACTIVE, fate="renewed"),
    held("reception", 50.0, 50.5, 61.0, Opening.WARM),
    held("identity", 0.5, 1.0, 61.0, Opening.WARM),
    held("orders", 18.9, 20.1, 61.0, Opening.ACTIVE),
    held("planner", 33.5, 33.9, 35.7, Opening.CONSULT),
    Happened(start=60.3, end=60.3, name="person.left", fields={"agent": "colleague", "reason": "the call is over"}),
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
            return {**figures, "timeline": self.timelines[call], "variables": self.variables}

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
