"""Admission: which request may do what, and what a refused one is told, whatever the transport."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from starlette.requests import HTTPConnection

from orchestrator.errors import CallerError
from orchestrator.gateway import admission as admission_module
from orchestrator.gateway import auth, closing
from orchestrator.gateway import calls as calls_module
from orchestrator.gateway.admission import Admission, Admitted
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.lag import SAMPLES
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.phone.twilio_signature import BAD_TWILIO_SIGNATURE, NO_TWILIO_TOKEN, signature
from orchestrator.gateway.refusal import DRAINING, Refusal
from orchestrator.gateway.seats import Joining
from orchestrator.settings import Settings
from tests.gateway.serving import ScriptedCall, helpdesk, serving_only

KEY = {"api-key": "k-123"}
BETA = "realtime, openai-beta.realtime-v1"
TOKEN = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open calls that nothing runs."""
    monkeypatch.setattr(calls_module, "RunningCall", ScriptedCall)


def admission(**settings: Any) -> tuple[Admission, Calls]:
    calls = Calls(teams=serving_only(helpdesk()), settings=Settings(**settings))
    return Admission(calls), calls


def request(query: str = "", *, kind: str = "websocket", **headers: str) -> HTTPConnection:
    """Make a request of this machine, as the server hands it over."""
    named = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "scheme": "ws", "path": "/", "query_string": query.encode(), "headers": named}
    return HTTPConnection({**scope, "client": ("127.0.0.1", 5000), "server": ("127.0.0.1", 8080)})


@dataclass
class Row:
    """A request that may not start a call."""

    id: str
    code: str
    status: int
    close: int
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    early: bool = False


ROWS = [
    Row("page", "origin_not_allowed", 403, 4000, headers={"Origin": "https://evil.example"}, early=True),
    Row("no key", "invalid_api_key", 401, 3000, settings={"api_keys": "k-123"}),
    Row("wrong key", "invalid_api_key", 401, 3000, headers={"api-key": "no"}, settings={"api_keys": "k-123"}),
    Row("bad secret", "invalid_api_key", 401, 3000, headers={"Authorization": "Bearer ek_madeup"}),
    Row("beta", "beta_api_shape_disabled", 400, 4000, headers={"OpenAI-Beta": "realtime=v1"}),
    Row(
        "beta page", "beta_api_shape_disabled", 400, 4000, headers={"Sec-WebSocket-Protocol": "openai-beta.realtime-v1"}
    ),
    Row("rebound name", "forbidden", 403, 3000, headers={"Host": "evil.example"}, early=True),
    Row("proxy", "forbidden", 403, 3000, headers={"X-Forwarded-For": "10.1.2.3"}, early=True),
    Row("intent", "invalid_value", 400, 4000, query="intent=transcription"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_p38_who_may_not_start_a_call(row: Row) -> None:
    """P38: each reason has its code, HTTP status and close code, and is logged once."""
    mine, _ = admission(**row.settings)
    with structlog.testing.capture_logs() as logs:
        refusal = mine.call(request(row.query, **row.headers))

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.status, refusal.close) == (row.code, row.status, row.close)
    assert refusal.early is row.early
    assert "k-123" not in refusal.message
    assert [(line["event"], line["path"], line["reason"]) for line in logs] == [("call refused", "/", row.code)]
    assert logs[0]["message"] == refusal.message
    assert (logs[0]["peer"], logs[0]["key"] == "none") == (
        "127.0.0.1",
        not auth.keys_given(request(**row.headers)),
    )


def test_who_may_start_a_call() -> None:
    """Anybody on this machine without keys, else who has a key; a client secret brings its session object."""
    assert isinstance(admission()[0].call(request("model=helpdesk")), Admitted)
    mine, calls = admission(api_keys="k-123")
    secret = mine.secrets.make({"type": "realtime", "instructions": "Be brief."}).value
    assert mine.call(request(**KEY)) == Admitted(served=calls.teams.default, key=calls.settings.keys[0])
    admitted = mine.call(request(Authorization=f"Bearer {secret}"))

    assert isinstance(admitted, Admitted)
    assert admitted.session["instructions"] == "Be brief."


def test_who_may_join_others_in_their_call() -> None:
    """Anybody on this machine without keys, else who has an API key; the id is any that the call has, or began with."""
    for settings, headers in (({}, {}), ({"api_keys": "k-123"}, KEY)):
        mine, calls = admission(**settings)
        key = next(iter(calls.settings.keys), None)
        with calls.open("sess_") as first:
            query = f"call={first.call_id}&agent=billing"
            assert mine.call(request(query, **headers)) == Admitted({}, Joining(first, "billing", "billing"), key=key)
            named = mine.call(request(f"{query}&seat=Anna", **headers))
            assert named == Admitted({}, Joining(first, "billing", "Anna"), key=key)
            assert isinstance(named, Admitted)
            with calls.open("sess_", joining=named.joining) as second:
                by_second = mine.call(request(f"call={second.call_id}&agent=billing", **headers))
                assert by_second == Admitted({}, Joining(first, "billing", "billing"), key=key)
                calls._register._open.pop(first.call_id)
                later = mine.call(request(query, **headers))
                assert later == Admitted({}, Joining(second, "billing", "billing"), key=key)


def test_who_joins_does_not_depend_on_who_is_leaving() -> None:
    """Somebody who is in the call and stays is enough; when nobody stays it is refused."""
    mine, calls = admission()
    with calls.open("sess_") as first, calls.open("sess_", joining=Joining(first, "front", "Anna")) as second:
        query = f"call={first.call_id}&agent=billing"
        leave(first)
        assert mine.call(request(query)) == Admitted({}, Joining(second, "billing", "billing"))
        leave(second)
        refusal = mine.call(request(query))

    assert isinstance(refusal, Refusal)
    assert refusal.message == "The call is ending."


def leave(call: OpenCall) -> None:
    """Let a caller say goodbye."""
    assert isinstance(call.running, ScriptedCall)
    call.running.leaving = True


@dataclass
class Seat:
    """A request that may not join a call; `seat` is what its client secret is for, if it has one."""

    id: str
    query: str
    code: str
    status: int
    close: int
    param: str = "call"
    seat: dict[str, str] | None = None
    secret: bool = False


CALL = {"call": "{call}", "agent": "billing", "seat": "Anna"}
SEATS = [
    Seat("unknown", "call=sess_none&agent=billing", "invalid_value", 404, 4000),
    Seat("no agent", "call={call}", "missing_required_parameter", 400, 4000, "agent"),
    Seat("no name", "call={call}&agent=billing&seat=", "invalid_value", 400, 4000, "seat"),
    Seat("agent", "call={call}&agent=nobody", "seat_refused", 400, 4000, "agent"),
    Seat("taken", "call={call}&agent=billing&seat=taken", "seat_refused", 400, 4000, "seat"),
    Seat("secret", "call={call}&agent=billing", "invalid_api_key", 403, 3000, secret=True),
    Seat("own call", "model=helpdesk", "invalid_api_key", 403, 3000, seat=CALL),
    Seat("other call", "call=sess_none", "invalid_api_key", 403, 3000, seat=CALL),
    Seat("other agent", "call={call}&agent=front", "invalid_api_key", 403, 3000, seat=CALL),
    Seat("other seat", "call={call}&seat=Berta", "invalid_api_key", 403, 3000, seat=CALL),
    Seat("taken meanwhile", "call={call}", "seat_refused", 400, 4000, "seat", seat={**CALL, "seat": "taken"}),
]


@pytest.mark.parametrize("row", SEATS, ids=lambda row: row.id)
def test_who_may_not_join_others_in_their_call(row: Seat) -> None:
    """Each reason has its code and names the parameter; a client secret is for its seat, or for no seat at all."""
    mine, calls = admission(api_keys="k-123")
    with calls.open("sess_") as call:
        headers = KEY
        if row.secret or row.seat:
            seat = row.seat and {name: value.format(call=call.call_id) for name, value in row.seat.items()}
            headers = {"Authorization": f"Bearer {mine.secrets.make({'type': 'realtime'}, seat=seat).value}"}
        refusal = mine.call(request(row.query.format(call=call.call_id), **headers))

    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.status, refusal.close, refusal.param) == (row.code, row.status, row.close, row.param)


def test_a_client_secret_for_a_seat_opens_it() -> None:
    """With its session object; the call has to be named, and what else is named has to be right."""
    mine, calls = admission(api_keys="k-123")
    with calls.open("sess_") as call:
        seat = {"call": call.call_id, "agent": "billing", "seat": "Anna"}
        secret = mine.secrets.make({"type": "realtime", "instructions": "Be brief."}, seat=seat).value
        for more in ("", "&agent=billing", "&agent=billing&seat=Anna"):
            admitted = mine.call(request(f"call={call.call_id}{more}", Authorization=f"Bearer {secret}"))
            assert isinstance(admitted, Admitted)
            assert admitted.session["instructions"] == "Be brief."
            assert admitted.joining == Joining(call, "billing", "Anna")


def test_what_has_changed_before_a_call_begins() -> None:
    """While a body is read others may come: the room and the seat are looked at again."""
    mine, calls = admission()
    with calls.open("sess_") as call:
        free, taken = (Admitted({}, Joining(call, "billing", seat)) for seat in ("Anna", "taken"))
        assert mine.again(Admitted(served=calls.teams.default), request()) is None
        assert mine.again(free, request()) is None
        refusal = mine.again(taken, request())
        assert refusal is not None
        assert (refusal.code, refusal.param) == ("seat_refused", "seat")
        calls._register.draining = True
        assert mine.again(free, request()) == DRAINING


def test_p59_nothing_is_given_to_another_machine() -> None:
    """P59: without keys, whatever is asked for; with keys the key decides."""
    foreign = [{"Host": "evil.example"}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=10.0.0.1"}]
    for headers in foreign:
        mine, calls = admission()
        with calls.open("sess_") as call:
            secret = {"Authorization": f"Bearer {mine.secrets.make({'type': 'realtime'}).value}"}
            assert mine.api(request(**headers)) == admission_module.FORWARDED
            assert mine.call(request(**headers, **secret)) == admission_module.FORWARDED
            assert mine.join(request(f"call_id={call.call_id}", **headers)) == admission_module.FORWARDED
            assert mine.phone(request(**headers), "/twilio/stream") == NO_TWILIO_TOKEN
        assert admission(api_keys="k-123")[0].api(request(**KEY, **headers)) is None


def test_p69_any_model_is_the_team() -> None:
    """P69: the only team answers for a name that programs have built in, and the log says so."""
    with structlog.testing.capture_logs() as logs:
        mine, calls = admission()
        for name in ("gpt-realtime", "helpdesk"):
            assert mine.call(request(f"model={name}")) == Admitted(served=calls.teams.default)

    assert [(line["event"], line["model"], line["team"]) for line in logs] == [
        ("the team answers for another model", "gpt-realtime", "helpdesk")
    ]


def full(mine: Admission, calls: Calls) -> None:
    calls.settings = calls.settings.model_copy(update={"max_calls": 1})


def draining(mine: Admission, calls: Calls) -> None:
    calls._register.draining = True


def late(mine: Admission, calls: Calls) -> None:
    for _ in range(SAMPLES):
        mine.lag.note(1.0)


@pytest.mark.parametrize(
    ("happen", "code", "close"),
    [(full, "too_many_calls", 4029), (draining, "draining", 1001), (late, "overloaded", 4029)],
)
def test_a_server_without_room_refuses_every_kind_of_call(
    happen: Callable[[Admission, Calls], None], code: str, close: int
) -> None:
    """With 503 before the upgrade, as a server error that may be tried again later; open calls can still be joined."""
    mine, calls = admission()
    with calls.open("sess_") as call:
        happen(mine, calls)
        for refusal in (mine.room(), mine.call(request()), mine.phone(request(), "/twilio/stream")):
            assert isinstance(refusal, Refusal)
            assert (refusal.code, refusal.status, refusal.close, refusal.early) == (code, 503, close, True)
            assert refusal.busy
            assert refusal.error["type"] == "server_error"
            assert refusal.headers == {"Retry-After": "5"}
        assert mine.join(request(f"call_id={call.call_id}")) is call
        assert mine.api(request()) is None


@pytest.mark.parametrize(("lag", "calls_there", "room"), [(0.4, 1, True), (0.6, 1, False), (0.4, 2, False)])
def test_who_comes_back_has_twice_the_room(lag: float, calls_there: int, room: bool) -> None:
    """Of calls and of lag: a call that exists has precedence. Beyond it its caller is to try again, anywhere."""
    mine, calls = admission(max_calls=1, max_lag=0.25)
    for _ in range(SAMPLES):
        mine.lag.note(lag)
    with ExitStack() as stack:
        for _ in range(calls_there):
            stack.enter_context(calls.open("sess_"))
        refusals = mine.back(request()), mine.phone_back(request(), "/twilio/stream"), mine.room_to_come_back()
        assert mine.room() is not None

    for refusal in refusals:
        assert (refusal is None) is room
        if refusal is not None:
            assert (refusal.status, refusal.close, refusal.early) == (503, closing.TRY_AGAIN, True)
            assert refusal.headers == {"Retry-After": "1"}


def test_room_is_made_by_a_call_that_ends() -> None:
    """The limit counts open calls."""
    mine, calls = admission(max_calls=1)
    with calls.open("sess_"):
        assert mine.room() is not None

    assert mine.room() is None


def test_who_may_join_a_call() -> None:
    """Who has an API key and names an open call; a client secret may not."""
    mine, calls = admission(api_keys="k-123")
    secret = {"Authorization": f"Bearer {mine.secrets.make({'type': 'realtime'}).value}"}
    with calls.open("sess_") as call:
        query = f"call_id={call.call_id}"
        assert mine.join(request(query, **KEY)) is call
        refused = [mine.join(request(query)), mine.join(request(query, **secret))]
        unknown = mine.join(request("call_id=sess_none", **KEY))

    for refusal in refused:
        assert isinstance(refusal, Refusal)
        assert (refusal.code, refusal.close) == ("invalid_api_key", 3000)
    assert refused[1] == admission_module.ONLY_CALLS
    assert isinstance(unknown, Refusal)
    assert (unknown.code, unknown.close) == ("invalid_value", 4000)


def test_who_may_use_the_rest_api() -> None:
    """Who has an API key; a client secret is told that it cannot, and a page of another site needs a key."""
    mine, _ = admission(api_keys="k-123")
    secret = {"Authorization": f"Bearer {mine.secrets.make({'type': 'realtime'}).value}"}
    assert mine.api(request(**KEY)) is None
    with structlog.testing.capture_logs() as logs:
        assert mine.api(request()) == admission_module.BAD_KEY
    assert [(line["event"], line["reason"]) for line in logs] == [("request refused", "invalid_api_key")]
    assert mine.api(request(**secret)) == admission_module.ONLY_CALLS
    assert mine.api(request(**KEY, Origin="https://evil.example")) is None

    assert admission()[0].api(request()) is None
    assert admission()[0].api(request(Origin="https://evil.example")) == admission_module.FOREIGN_PAGE


def test_who_may_start_a_phone_call() -> None:
    """Twilio, by its signature; without the account's token only this machine, where no API key is needed."""
    mine, _ = admission(twilio_auth_token=TOKEN, public_url="https://voice.example.com")
    signed = signature(TOKEN, "wss://voice.example.com/twilio/stream")
    assert mine.phone(request(X_Twilio_Signature=signed), "/twilio/stream") is None
    with structlog.testing.capture_logs() as logs:
        refusal = mine.phone(request(X_Twilio_Signature=signed), "/twilio/voice")
    assert refusal == BAD_TWILIO_SIGNATURE
    assert "X-Twilio-Signature" in logs[0]["message"]  # its code does not tell it from a missing token

    assert admission()[0].phone(request(), "/twilio/stream") is None
    assert admission(api_keys="k-123")[0].phone(request(), "/twilio/stream") == NO_TWILIO_TOKEN


def test_what_a_call_was_to_begin_with_is_wrong() -> None:
    """The caller is told which field it is, and the log says that the call was refused."""
    error = CallerError("The name is taken.", code="invalid_value", param="session.tools[0].name")
    with structlog.testing.capture_logs() as logs:
        refusal = admission_module.refuse_call(error, request())

    assert (refusal.code, refusal.close, refusal.error["param"]) == ("invalid_value", 4000, "session.tools[0].name")
    assert logs[0]["event"] == "call refused"


@pytest.mark.parametrize("refusal", [one for one in vars(admission_module).values() if isinstance(one, Refusal)])
def test_what_a_refused_peer_is_told(refusal: Refusal) -> None:
    """A whole sentence, an error object in the service's shape, and a close code of the table."""
    assert set(refusal.error) == {"type", "code", "message", "param"}
    assert refusal.message.endswith(".")
    assert refusal.close in closing.BY_CODE


def test_p55_every_refusal_says_who_was_refused() -> None:
    """P55: whatever was asked for."""
    mine, _ = admission(api_keys="k-123")
    wrong = request("call_id=sess_none", api_key="wrong")
    with structlog.testing.capture_logs() as logs:
        for refuse in (mine.call, mine.join, mine.api, lambda one: mine.phone(one, "/twilio/stream")):
            refuse(wrong)
        admission_module.refuse_call(CallerError("The name is taken.", code="invalid_value"), wrong)

    assert [(line["peer"], line["key"]) for line in logs] == [("127.0.0.1", auth.who(wrong)["key"])] * 5
