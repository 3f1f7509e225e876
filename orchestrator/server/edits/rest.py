"""The versions of the teams over HTTP: which there are, and which of them new calls get (`/v1/teams`)."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException, Request

from orchestrator.errors import CallerError, Problem
from orchestrator.gateway import auth, closing
from orchestrator.gateway.admission import Admission, logged
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.rest import body_of, http_error, with_key
from orchestrator.gateway.teams.teams import Served, Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.protocol.checks import fields, number, text
from orchestrator.server.edits.edits import SHORT, Edits, Outcome, Reloaded, versions_of
from orchestrator.server.edits.team_file import TeamFile

SHARE = fields({"share": number(0.0, 1.0)}, {})
HASH = fields({"hash": text(64, shortest=4)}, {})
NO_ADMIN_KEY = Refusal(
    "forbidden",
    "Set ORCHESTRATOR_ADMIN_KEY to change over HTTP what this server serves. Edits of its files and SIGHUP need none.",
    status=403,
    close=closing.BAD_KEY,
)
BAD_ADMIN_KEY = Refusal(
    "invalid_api_key",
    "Incorrect admin key. Send the one in ORCHESTRATOR_ADMIN_KEY as a bearer token.",
    status=401,
    close=closing.BAD_KEY,
)
log = structlog.get_logger("orchestrator")


def add_teams(app: FastAPI) -> None:
    """Add the routes to the application."""
    app.add_api_route("/v1/teams", teams, response_model=None)
    for below, answer in (("", reload), ("/rollback", roll_back), ("/canary", canary), ("/promote", promote)):
        app.add_api_route(f"/v1/teams/{{name}}{below}", answer, methods=["POST"], response_model=None)


async def teams(request: Request) -> dict[str, Any]:
    """List the teams with their versions, the calls on each, and why the last edit was refused."""
    may: Collection[str] | None = None
    if not _is_admin(request):
        await with_key(request)
        admission: Admission = request.app.state.admission
        may = admission.may(request)
    calls: Calls = request.app.state.calls
    edits: Edits | None = request.app.state.edits
    files = [] if edits is None else edits.files
    named = {file.name: file for file in files}
    listed = [_told(calls, served.name, named.get(served.name)) for served in calls.teams.visible(may)]
    unserved = [_told(calls, file.path.stem, file) for file in files if not file.name and may is None]
    return {"object": "list", "data": [*listed, *unserved], "process": os.getpid()}


async def reload(request: Request, name: str) -> dict[str, Any]:
    """Read the files of a team again, and serve what they say."""
    edits = await _edits(request)
    file = _file(edits, name)
    return _answer(request, file, await edits.reload(file.path, anew=True))


async def roll_back(request: Request, name: str) -> dict[str, Any]:
    """Give new calls a version from before; its files are not touched, and the next edit of them counts."""
    edits = await _edits(request)
    served = _served(request, name)
    body = await body_of(request)
    HASH(body, "")
    version = served.find(body["hash"])
    if version is None:
        known = ", ".join(one.hash[:SHORT] for one in served.versions)
        message = f"{name!r} has no version {body['hash']!r}, or more than one. It has: {known}."
        raise CallerError(message, code="invalid_value", param="hash")
    if problems := edits.clashes(version, name):
        raise CallerError("\n".join(map(str, problems)), code="invalid_value", param="hash")
    request.app.state.calls.teams.roll_back(served, version)
    return _done(request, name, "rolled back")


async def canary(request: Request, name: str) -> dict[str, Any]:
    """Change the share of the new calls that a canary gets; without one, make one of what is in the files."""
    edits = await _edits(request)
    served = _served(request, name)
    body = await body_of(request)
    SHARE(body, "")
    share = float(body["share"])
    if served.canary is not None:
        served.try_out(served.canary, share)
        return _done(request, name, Outcome.CANARY.value)
    file = _file(edits, name)
    reloaded = await edits.reload(file.path, anew=False, share=share)
    if reloaded.outcome is Outcome.UNCHANGED:
        message = f"The files of {name!r} say what is served already. Write `canary: {share:.0%}` into an edit of them."
        raise CallerError(message, code="invalid_value")
    return _answer(request, file, reloaded)


async def promote(request: Request, name: str) -> dict[str, Any]:
    """Give all new calls the canary."""
    await _edits(request)
    served = _served(request, name)
    if served.canary is None:
        raise CallerError(f"{name!r} has no canary.", code="invalid_value")
    request.app.state.calls.teams.promote(served)
    return _done(request, name, "promoted")


# --- who may ---


async def _edits(request: Request) -> Edits:
    """Return what takes edits into service, if the request may change what is served; raises the HTTP error."""
    calls: Calls = request.app.state.calls
    settings = calls.settings
    if settings.admin_key is None and settings.api_keys:
        raise http_error(logged(NO_ADMIN_KEY, request, "request refused"))
    if settings.admin_key is None:
        await with_key(request)
    elif not _is_admin(request):
        raise http_error(logged(BAD_ADMIN_KEY, request, "request refused"))
    if settings.workers > 1:
        message = (
            f"This server has {settings.workers} processes, and a request reaches one of them. Edit the files, or send "
            f"SIGHUP to process {os.getppid()}: then all of them read the files again."
        )
        raise HTTPException(409, {"code": "several_processes", "message": message})
    edits: Edits | None = request.app.state.edits
    if edits is None:
        message = "The teams of this server were made in code, and are not read from files."
        raise HTTPException(409, {"code": "no_files", "message": message})
    return edits


def _is_admin(request: Request) -> bool:
    key = request.app.state.calls.settings.admin_key
    return key is not None and auth.carried(request, (key,)) is not None


# --- what is answered ---


def _file(edits: Edits, name: str) -> TeamFile:
    file = edits.find(name)
    if file is None:
        raise HTTPException(404, {"code": "team_not_found", "message": f"This server has no team {name!r}."})
    return file


def _served(request: Request, name: str) -> Served:
    registry: Teams = request.app.state.calls.teams
    served = registry.find(name)
    if served is None:
        raise HTTPException(404, {"code": "team_not_found", "message": f"This server has no team {name!r}."})
    return served


def _done(request: Request, name: str, outcome: str) -> dict[str, Any]:
    calls: Calls = request.app.state.calls
    edits: Edits = request.app.state.edits
    served = calls.teams.find(name)  # None: its file is gone
    current = served.current.hash[:SHORT] if served is not None else "none"
    log.info("team changed by request", team=name, outcome=outcome, current=current, **auth.who(request))
    return {"outcome": outcome, **_told(calls, name, edits.find(name))}


def _answer(request: Request, file: TeamFile, reloaded: Reloaded) -> dict[str, Any]:
    """Say what has become of an edit; raises the HTTP error if it was refused."""
    if reloaded.outcome is Outcome.REFUSED:
        message = "\n".join(map(str, reloaded.problems))
        listed = [_problem(problem) for problem in reloaded.problems]
        raise HTTPException(422, {"code": "invalid_team", "message": message, "problems": listed})
    return _done(request, file.name, reloaded.outcome.value)


def _problem(problem: Problem) -> Mapping[str, Any]:
    return {"where": problem.where, "what": problem.what, "remedy": problem.remedy}


def _told(calls: Calls, name: str, file: TeamFile | None) -> dict[str, Any]:
    """Describe a team: its versions, those that only run on included, and why its last edit was refused."""
    served = calls.teams.find(name)
    states = {} if served is None else versions_of(served)
    known = {id(version): state for state, found in states.items() for version in found}
    versions = [version for found in states.values() for version in found]
    running = {id(call.version): call.version for call in calls.of(name)}
    versions += [version for at, version in running.items() if at not in known]

    def described(version: Version) -> dict[str, Any]:
        state = known.get(id(version), "ending")
        part = 0.0 if served is None else served.share
        share = {"current": 1.0 - part, "canary": part}.get(state, 0.0)
        said = {"hash": version.hash[:SHORT], "state": state, "share": round(share, 4)}
        return {**said, "since": int(version.since), "calls": len(calls.on(version))}

    told: dict[str, Any] = {"name": name, "versions": [described(version) for version in versions]}
    if file is not None:
        told["file"] = str(file.path)
        if file.problems:
            told["refused"] = {"at": int(file.refused), "problems": [str(problem) for problem in file.problems]}
    return told
