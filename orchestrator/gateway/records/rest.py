"""Recorded calls over REST: listed, shown, heard, deleted; by API key only. See `docs/records.md` for the shapes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response, StreamingResponse

from orchestrator.core.memory.shared import FIRST
from orchestrator.errors import CallerError
from orchestrator.gateway.admission import Admission
from orchestrator.gateway.rest import with_key
from orchestrator.observe.facts import as_json
from orchestrator.observe.interactions import interactions
from orchestrator.records import Archive, Filter, RecordsError, UnknownCall
from orchestrator.records.audio import Stereo, stereo
from orchestrator.records.reading import read_call
from orchestrator.records.transcript import transcript

T = TypeVar("T")
MOST = 500  # calls in one list
LONGEST = 200  # characters of a filter
NOT_KEPT = "Calls are not recorded: ORCHESTRATOR_RECORDS is none."
RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)  # of one part; several are answered with the whole
TEXTS, TIMES = ("agent", "ending", "team", "text", "after"), ("since", "until")


def add_records(app: FastAPI) -> None:
    """Add the routes to the application."""
    for method, path, answer in (
        ("GET", "/v1/calls", find),
        ("GET", "/v1/calls/{call_id}", show),
        ("GET", "/v1/calls/{call_id}/lines", lines),
        ("GET", "/v1/calls/{call_id}/audio", audio),
        ("DELETE", "/v1/calls/{call_id}", delete),
    ):
        app.add_api_route(path, answer, methods=[method], response_model=None, dependencies=[Depends(with_key)])


async def find(request: Request) -> dict[str, Any]:
    """List calls, the newest first (`GET /v1/calls`)."""
    admission: Admission = request.app.state.admission
    wanted = replace(filter_of(request), teams=admission.may(request))
    calls = await reading(request, lambda archive: archive.find(wanted))
    return {"object": "list", "data": [call_object(call) for call in calls], "has_more": len(calls) == wanted.limit}


async def show(request: Request, call_id: str) -> Response:
    """Tell what happened in a call (`GET /v1/calls/{call_id}`)."""
    return JSONResponse(await reading(request, lambda archive: told(archive, named(archive, call_id, request))))


async def lines(request: Request, call_id: str) -> Response:
    """Return the record of a call as JSON lines (`GET /v1/calls/{call_id}/lines`)."""
    found = await reading(request, lambda archive: archive.lines(named(archive, call_id, request)))
    return StreamingResponse((f"{line}\n" for line in found), media_type="application/jsonl")


async def audio(request: Request, call_id: str) -> Response:
    """Return the recording of a call, or the part that a `Range` asks for (`GET /v1/calls/{call_id}/audio`)."""
    seat = request.query_params.get("seat", FIRST)
    sound = await reading(request, lambda archive: recording(archive, named(archive, call_id, request), seat))
    headers = {"accept-ranges": "bytes", "content-type": sound.media_type}
    asked = RANGE.fullmatch(request.headers.get("range", ""))
    start, end = part(asked, sound.size) if asked else (0, sound.size)
    if start >= end:
        return Response(status_code=416, headers={"content-range": f"bytes */{sound.size}"})
    if asked:
        headers["content-range"] = f"bytes {start}-{end - 1}/{sound.size}"
    headers["content-length"] = str(end - start)
    return StreamingResponse(sound.pieces(start, end), 206 if asked else 200, headers)


def named(archive: Archive, call_id: str, request: Request) -> str:
    """Return the id of a call that a request may see; raises `UnknownCall`."""
    admission: Admission = request.app.state.admission
    may, found = admission.may(request), archive.named(call_id)
    if may is not None and archive.summary(found)["team"] not in may:
        raise UnknownCall(call_id)
    return found


def recording(archive: Archive, call_id: str, seat: str) -> Stereo:
    """Return the sound of a call; raises the HTTP error if there is none."""
    sound = stereo(archive.database.folder, call_id, seat)
    if sound is None:
        message = "There is no recording of this call. Set `record: {audio: true}` in the team file."
        raise HTTPException(404, {"code": "no_recording", "message": message})
    return sound


def part(asked: re.Match[str], size: int) -> tuple[int, int]:
    """Return the bytes that a `Range` asks for: the first, and the one after the last."""
    first, last = asked[1], asked[2]
    if not first:
        return max(0, size - int(last or 0)), size
    return int(first), min(size, int(last) + 1) if last else size


async def delete(request: Request, call_id: str) -> dict[str, Any]:
    """Delete a call and its recordings (`DELETE /v1/calls/{call_id}`)."""
    await reading(request, lambda archive: archive.delete(named(archive, call_id, request)))
    return {"id": call_id, "object": "call", "deleted": True}


def filter_of(request: Request) -> Filter:
    """Read which calls are wanted; raises `CallerError`."""
    asked = request.query_params
    given: dict[str, Any] = {name: asked[name][:LONGEST] for name in TEXTS if asked.get(name)}
    for name in TIMES:
        if asked.get(name):
            given[name] = _number(name, asked[name], float)
    limit = _number("limit", asked.get("limit", "50"), int)
    return Filter(**given, limit=max(1, min(limit, MOST)))


def _number(name: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except ValueError:
        message = f"Invalid value: {text[:LONGEST]!r}. Write a number; times are unix seconds."
        raise CallerError(message, code="invalid_value", param=name) from None


async def reading(request: Request, do: Callable[[Archive], T]) -> T:
    """Do something with the recorded calls in a thread; raises the HTTP error."""
    records = request.app.state.records
    if records is None:
        raise HTTPException(404, {"code": "not_recorded", "message": NOT_KEPT})
    try:
        return await run_in_threadpool(do, records.archive)
    except UnknownCall:
        message = "There is no recorded call with this id."
        raise HTTPException(404, {"code": "call_not_found", "message": message}) from None
    except RecordsError:
        message = "The database of the calls cannot be used now. The log says why."
        raise HTTPException(503, {"code": "records_unavailable", "message": message}) from None


def told(archive: Archive, call_id: str) -> dict[str, Any]:
    """Return a call with its timeline."""
    call, facts = read_call(archive, call_id)
    return {
        **call_object(call),
        "transcript": [line.told() for line in transcript(facts)],
        "timeline": [as_json(fact) for fact in facts],
        "interactions": interactions(facts),
    }


def call_object(call: dict[str, Any]) -> dict[str, Any]:
    """Return a call as lists show it."""
    none = {"seconds": None, "turns": 0, "handoffs": 0, "tools": 0, "tokens": {"input": 0, "output": 0}, "cost": 0.0}
    return {**none, **call, "object": "call"}
