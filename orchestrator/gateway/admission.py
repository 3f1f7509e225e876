"""Admission: what a request may do here, decided in one place for every transport.

Each question has one method, and each answer is a decision: the right that was granted, or a `Refusal` with everything
that a peer is told. The transports only render it: as an `error` event and a close code (`websocket`), as an HTTP
status (`rest`, `webrtc/`), or as TwiML (`phone/`).

A request is checked in the same order everywhere: is it a browser page of another site, is there room for a call, is
its key right, does it ask for something that exists here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import structlog
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from orchestrator.errors import CallerError
from orchestrator.gateway import auth, closing, seats
from orchestrator.gateway.calls import COMING_BACK, Calls
from orchestrator.gateway.client_secrets import PREFIX, ClientSecret, ClientSecrets, Granted
from orchestrator.gateway.lag import Lag
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.phone.twilio_signature import BAD_TWILIO_SIGNATURE, NO_TWILIO_TOKEN, signed, url_of
from orchestrator.gateway.refusal import (
    DRAINING,
    NO_MODEL,
    NO_SUCH_MODEL,
    NO_SUCH_NUMBER,
    OVERLOADED,
    Refusal,
    for_now,
    full,
    too_much,
)
from orchestrator.gateway.teams.teams import Served
from orchestrator.log import PEER
from orchestrator.outside.api_keys import ApiKey
from orchestrator.protocol.beta import BETA_SHAPE
from orchestrator.settings import is_loopback
from orchestrator.team import Team

MOST_SIDEBANDS = 16  # sockets that read a call beside its caller; each gets all that the caller gets
LONGEST_NAME = 100  # characters of a model's name that are logged
Decision = TypeVar("Decision")
log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request may begin a call."""

    session: Mapping[str, Any] = field(default_factory=dict)  # what its client secret is bound to
    joining: seats.Joining | None = None  # the caller joins others in their call
    served: Served | None = None  # the team that it asks for, unless it joins others
    key: ApiKey | None = None  # with whose teams and limits; None: no key is needed here


FORWARDED = Refusal(
    "forbidden",
    "Without API keys only programs on this machine may connect, directly, and to its loopback address. "
    "Set ORCHESTRATOR_API_KEYS to serve other machines, other host names, or a proxy.",
    status=403,
    close=closing.BAD_KEY,
    early=True,
)
FOREIGN_PAGE = Refusal(
    "origin_not_allowed",
    "Browser pages of other sites may connect only if this server has API keys. Set ORCHESTRATOR_API_KEYS.",
    status=403,
    close=closing.BAD_REQUEST,
    early=True,
)
BAD_KEY = Refusal(
    "invalid_api_key",
    "Incorrect API key. Send an API key of this server, or a client secret that has not expired, as a bearer token.",
    status=401,
    close=closing.BAD_KEY,
)
ONLY_CALLS = Refusal(
    "invalid_api_key",
    "A client secret can only start calls. Use an API key for this request.",
    status=403,
    close=closing.BAD_KEY,
)
BETA = Refusal(
    BETA_SHAPE,
    "The beta version of the Realtime API is not supported. Remove the OpenAI-Beta header, or the subprotocol "
    "openai-beta.realtime-v1, and use the events and the session object of the GA version.",
    status=400,
    close=closing.BAD_REQUEST,
)
INTENT = Refusal(
    "invalid_value",
    "Only conversation sessions are supported. Connect with ?model= and without intent.",
    status=400,
    close=closing.BAD_REQUEST,
)
NO_SUCH_CALL = Refusal(
    "invalid_value",
    "There is no open call with this call_id.",
    status=404,
    close=closing.BAD_REQUEST,
)
NOBODY_TO_JOIN = replace(
    NO_SUCH_CALL, message="There is no open call with this id. Check `call`; the call may be over.", param="call"
)
NO_SEAT = replace(
    ONLY_CALLS,
    message="This client secret can only start calls of its own. To join a call, use an API key, or a client secret "
    "that was made for a seat in it.",
    param="call",
)
ONLY_SEAT = replace(
    ONLY_CALLS,
    message="This client secret is for one seat in an open call. Connect with ?call=, and with the call, the agent and "
    "the seat that it was made for.",
    param="call",
)
TOO_MANY_SIDEBANDS = Refusal(
    "too_many_sidebands",
    f"More than {MOST_SIDEBANDS} sockets would read this call beside its caller. Close one, or try again later.",
    status=503,
    close=closing.TOO_MANY_CALLS,
    early=True,
)


class Admission:
    """Decides for one server, from its settings, its keys and its load."""

    def __init__(self, calls: Calls) -> None:
        # The calls that are open, and the team and the settings they are served with.
        self._calls = calls
        # The client secrets that start calls.
        self.secrets = ClientSecrets(calls.settings.secret)
        # The API keys; without any, this machine may do everything.
        self._keys = calls.settings.keys
        # How far the server is behind with its work.
        self.lag = Lag()

    def call(self, request: HTTPConnection) -> Admitted | Refusal:
        """Decide whether a request may start a call."""
        PEER.set(auth.who(request))
        return logged(self._foreign(request) or self.room() or self._begin(request), request)

    def back(self, request: HTTPConnection) -> Refusal | None:
        """Decide whether there is room for a caller who comes back to a call; their token is a key of its own."""
        PEER.set(auth.who(request))
        return logged(self._foreign(request) or self.room_to_come_back(), request)

    def again(self, admitted: Admitted, request: HTTPConnection) -> Refusal | None:
        """Decide once more, right before the call begins, whether it may: others came meanwhile."""
        refusal = self.room() or _occupied(admitted.joining) or self._too_much(_team_of(admitted), admitted.key)
        return logged(refusal, request)

    def join(self, request: HTTPConnection) -> OpenCall | Refusal:
        """Decide whether a request may join the open call that its `call_id` names."""
        return logged(self._foreign(request) or self._sideband(request), request)

    def api(self, request: HTTPConnection) -> Refusal | None:
        """Decide whether a request may use the REST API: only with an API key, where the server has any."""
        PEER.set(auth.who(request))
        return logged(self._api_key(request) or self._foreign(request), request, "request refused")

    def desk(self, request: HTTPConnection) -> Refusal | None:
        """Decide whether a request without a key of the role may work at the desk: as for the REST API."""
        return self._foreign(request) or self._api_key(request)

    def phone(self, request: HTTPConnection, path: str, form: Iterable[tuple[str, str]] = ()) -> Refusal | None:
        """Decide whether a request may start a phone call: it comes from Twilio, and there is room."""
        PEER.set(auth.who(request))
        return logged(self._twilio(request, path, form) or self.room(), request)

    def phone_back(self, request: HTTPConnection, path: str, form: Iterable[tuple[str, str]] = ()) -> Refusal | None:
        """Decide whether a phone call may come back to its call: it comes from Twilio, and there is room for that."""
        PEER.set(auth.who(request))
        return logged(self._twilio(request, path, form) or self.room_to_come_back(), request)

    def dialled(self, parameters: Mapping[str, str], request: HTTPConnection) -> Served | Refusal:
        """Decide which team answers a phone call: the one that a parameter names, else the one of its number."""
        model, number = parameters.get("model"), parameters.get("To", "")
        served = self.team(model, None) if model else self._calls.teams.dialled(number) or NO_SUCH_NUMBER
        if not isinstance(served, Refusal):
            served = self._too_much(served.current.team, None) or served
        return logged(served, request)

    def may(self, request: HTTPConnection) -> frozenset[str] | None:
        """Return the teams that a request may see whose API key is right; None: all."""
        key = self._key(request)
        return key.teams if key is not None else None

    def made(self, request: HTTPConnection, session: Mapping[str, Any], seconds: int, seat: Any) -> ClientSecret:
        """Make a client secret, which may do what the API key may with which it is made."""
        return self.secrets.make(session, seconds, seat, key=self._key(request))

    def team(self, model: str | None, may: frozenset[str] | None) -> Served | Refusal:
        """Decide which team answers for a model's name, to a key that may use some of them; not logged."""
        served = self._calls.teams.choose(model, may)
        if served is None:
            return NO_SUCH_MODEL if model else NO_MODEL
        if model not in (None, served.name):
            said = {"model": str(model)[:LONGEST_NAME], "team": served.name, **PEER.get()}
            log.info("the team answers for another model", **said)
        return served

    def twilio(self, request: HTTPConnection, path: str, form: Iterable[tuple[str, str]]) -> Refusal | None:
        """Decide whether a request comes from Twilio."""
        PEER.set(auth.who(request))
        return logged(self._twilio(request, path, form), request, "request refused")

    def room(self) -> Refusal | None:
        """Return why no new call can be taken now; not logged, because health checks ask too."""
        return self._room(1)

    def room_to_come_back(self) -> Refusal | None:
        """Return why nobody can come back to a call now. A call that exists has precedence over new ones.

        When a node dies, others have its calls, above what they would take otherwise: of calls as of lag.
        """
        refusal = self._room(COMING_BACK)
        return for_now(refusal) if refusal is not None else None

    def _room(self, times: int) -> Refusal | None:
        """Return why there is no room within so many times the limits."""
        settings = self._calls.settings
        if self._calls.draining:
            return DRAINING
        if self._calls.connected >= times * settings.max_calls:
            return full(times * settings.max_calls)
        return OVERLOADED if self.lag.seconds > times * settings.max_lag else None

    def find(self, request: HTTPConnection, call_id: str) -> OpenCall | None:
        """Return an open call that a request may see."""
        call, may = self._calls.find(call_id), self.may(request)
        return call if call is not None and (may is None or call.version.name in may) else None

    def _foreign(self, request: HTTPConnection) -> Refusal | None:
        """Check that a server without API keys is asked by this machine itself."""
        if self._calls.settings.api_keys:
            return None
        if auth.forwarded(request.headers):
            return FORWARDED
        return FOREIGN_PAGE if auth.foreign_page(request.headers) else None

    def _begin(self, request: HTTPConnection) -> Admitted | Refusal:
        """Check key and query, the team or the seat of a caller who joins others, and the limits."""
        granted = self._client(request)
        if isinstance(granted, Refusal):
            return granted
        joining = self._joining(request, granted)
        if isinstance(joining, Refusal):
            return joining
        admitted = Admitted(granted.session, joining, key=self._counts_for(request, granted))
        if joining is None:
            return self.offered(admitted, request.query_params.get("model"))
        return _occupied(joining) or self._too_much(joining.call.version.team, admitted.key) or admitted

    def offered(self, admitted: Admitted, model: object) -> Admitted | Refusal:
        """Decide which team a caller gets who names a model, within its limits; a client secret that names one wins."""
        named = admitted.session.get("model") or model
        may = admitted.key.teams if admitted.key is not None else None
        served = self.team(named if isinstance(named, str) else None, may)
        if isinstance(served, Refusal):
            return served
        return self._too_much(served.current.team, admitted.key) or replace(admitted, served=served)

    def _too_much(self, team: Team, key: ApiKey | None) -> Refusal | None:
        """Return which limit one more call would exceed."""
        exceeded = self._calls.meters.exceeded(team, key)
        if exceeded is None:
            return None
        self._calls.watching.of(team.name)["limit_refusals_total"].labels(exceeded.whose, exceeded.limit).inc()
        return too_much(exceeded)

    def _counts_for(self, request: HTTPConnection, granted: Granted) -> ApiKey | None:
        """Return the API key that a request carries, or with which its client secret was made."""
        if _secret(request) is None:
            return self._key(request)
        maker = next((key for key in self._keys if self.secrets.mark(key.secret) == granted.maker), None)
        if maker is not None:
            return replace(maker, teams=granted.teams)
        return None if granted.teams is None else ApiKey(SecretStr(""), granted.teams)

    def _client(self, request: HTTPConnection) -> Granted | Refusal:
        """Check key and query; a client secret that has expired is refused also by a server without API keys."""
        secret = _secret(request)
        granted = self.secrets.read(secret) if secret is not None else Granted() if self._known(request) else None
        if granted is None:
            return BAD_KEY
        return self._unsupported(request) or granted

    def _joining(self, request: HTTPConnection, granted: Granted) -> seats.Joining | Refusal | None:
        """Check who may join which call; a client secret for a seat is for nothing else, and no other is for a seat."""
        asked, own = seats.asked_for(request.query_params), granted.seat
        if "call" not in asked:
            return ONLY_SEAT if own else None
        if own is None and _secret(request) is not None:
            return NO_SEAT
        if own is not None and any(own[name] != value for name, value in asked.items()):
            return ONLY_SEAT
        wanted = {**asked, **(own or {})}
        try:
            seats.check(wanted, "")
        except CallerError as error:
            return _refusal(error)
        seat = seats.named(wanted)["seat"]
        may = self.may(request) if own is None else granted.teams
        party = [call for call in self._calls.party(wanted["call"]) if may is None or call.version.name in may]
        ways = [seats.Joining(call, wanted["agent"], seat) for call in party]
        # Of those who are in the call one may be leaving, whom nobody can join.
        return next((way for way in ways if way.refused is None), ways[0] if ways else NOBODY_TO_JOIN)

    def _unsupported(self, request: HTTPConnection) -> Refusal | None:
        query = request.query_params
        if auth.speaks_beta(request.headers):
            return BETA
        if "intent" in query:
            return INTENT
        return None

    def _sideband(self, request: HTTPConnection) -> OpenCall | Refusal:
        decision = self._client(request)
        if isinstance(decision, Refusal):
            return decision
        if refusal := self._api_key(request):
            return refusal
        call = self.find(request, request.query_params["call_id"])
        if call is None:
            return NO_SUCH_CALL
        return TOO_MANY_SIDEBANDS if call.caller.readers > MOST_SIDEBANDS else call

    def _key(self, request: HTTPConnection) -> ApiKey | None:
        at = auth.carried(request, [key.secret for key in self._keys])
        return None if at is None else self._keys[at]

    def _known(self, request: HTTPConnection) -> bool:
        """Return whether a request carries one of the API keys, or none is needed."""
        return not self._keys or self._key(request) is not None

    def _api_key(self, request: HTTPConnection) -> Refusal | None:
        if self._known(request):
            return None
        return BAD_KEY if _secret(request) is None else ONLY_CALLS

    def _twilio(self, request: HTTPConnection, path: str, form: Iterable[tuple[str, str]]) -> Refusal | None:
        """Check Twilio's signature. Without the account's token only this machine may call, to try it out."""
        settings = self._calls.settings
        if settings.twilio_auth_token is None:
            peer = request.client.host if request.client is not None else ""
            private = is_loopback(settings.host) and not settings.api_keys and is_loopback(peer)
            return None if private and self._foreign(request) is None else NO_TWILIO_TOKEN
        given, token = request.headers.get("x-twilio-signature", ""), settings.twilio_auth_token.get_secret_value()
        socket = request.scope["type"] == "websocket"
        right = signed(given, token, url_of(request, settings.public_url, path), form, socket=socket)
        return None if right else BAD_TWILIO_SIGNATURE


def refuse_call(error: CallerError, request: HTTPConnection) -> Refusal:
    """Refuse a call for what it was to begin with: its session object, or its SDP offer."""
    return logged(_refusal(error), request)


def _refusal(error: CallerError) -> Refusal:
    return Refusal(error.code, str(error), 400, closing.BAD_REQUEST, param=error.param)


def _team_of(admitted: Admitted) -> Team:
    """Return the team of a caller who was admitted."""
    if admitted.joining is not None:
        return admitted.joining.call.version.team
    assert admitted.served is not None, "who joins nobody has a team"
    return admitted.served.current.team


def _occupied(joining: seats.Joining | None) -> Refusal | None:
    """Return why a seat cannot be taken now."""
    error = joining.refused if joining is not None else None
    return _refusal(error) if error is not None else None


def _secret(request: HTTPConnection) -> str | None:
    """Return the client secret that a request carries."""
    return next((key for key in auth.keys_given(request) if key.startswith(PREFIX)), None)


def logged(decision: Decision, request: HTTPConnection, event: str = "call refused") -> Decision:
    """Return a decision; a refusal is logged, with who is refused and what they are told."""
    if isinstance(decision, Refusal):
        said = {"path": auth.path_of(request), "reason": decision.code, "message": decision.message}
        log.info(event, **said, **auth.who(request))
    return decision
