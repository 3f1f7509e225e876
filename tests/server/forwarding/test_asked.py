"""Which call a request is about."""

from __future__ import annotations

import pytest

from orchestrator.server.forwarding.asked import Asked, asked, call_of_desk, is_desk, without_call

CALL = "sess_abc123"


def scope(kind: str, path: str, root: str = "") -> dict[str, object]:
    where, _, query = path.partition("?")
    return {"type": kind, "path": root + where, "root_path": root, "query_string": query.encode()}


@pytest.mark.parametrize(
    ("kind", "path", "wanted"),
    [
        ("websocket", f"/v1/realtime?call_id={CALL}", Asked(CALL)),
        ("websocket", f"/v1/realtime?call={CALL}&agent=front", Asked(CALL)),
        ("websocket", f"/v1/realtime?call_id={CALL}&call=rtc_x", Asked(CALL)),
        ("http", f"/v1/realtime/calls?call={CALL}&agent=front", Asked(CALL)),
        ("http", f"/v1/realtime/calls/{CALL}/hangup", Asked(CALL)),
        ("http", "/v1/realtime/calls/rtc_x/refer", Asked("rtc_x")),
        ("http", "/twilio/calls/rtc_x/next?resume=y", Asked("rtc_x", or_here=True)),
        ("http", "/twilio/calls/rtc_x/brief", Asked("rtc_x", or_here=True)),
        ("http", f"/v1/calls/{CALL}", Asked(CALL, recorded=True)),
        ("http", f"/v1/calls/{CALL}/lines", Asked(CALL, recorded=True)),
        ("http", f"/v1/calls/{CALL}/audio?seat=x", Asked(CALL, recorded=True, sound=True)),
    ],
)
@pytest.mark.parametrize("root", ["", "/voice"])
def test_requests_about_a_call_name_it(kind: str, path: str, wanted: Asked, root: str) -> None:
    """In the path or in the query, with a proxy's prefix or without."""
    assert asked(scope(kind, path, root)) == wanted


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("websocket", "/v1/realtime?model=helpdesk"),
        ("websocket", f"/v1/realtime?resume=rt_1&call_id={CALL}"),
        ("websocket", f"/v1/realtime?desk=nurses&call_id={CALL}"),
        ("websocket", f"/twilio/stream?call_id={CALL}"),
        ("websocket", "/v1/realtime?call_id=../../x"),
        ("http", "/v1/realtime/calls"),
        ("http", "/v1/realtime/calls/x%2Fy/hangup"),
        ("http", f"/v1/realtime/calls/{CALL}/answer"),
        ("http", "/v1/calls"),
        ("http", f"/v1/calls/{CALL}/audio/x"),
        ("http", "/v1/calls/sess_\n"),
        ("http", "/twilio/calls/x/next"),
        ("http", "/twilio/voice?resume=x"),
        ("http", "/healthz"),
    ],
)
def test_others_name_none(kind: str, path: str) -> None:
    """They begin or resume a call, work at the desk, or are about something else."""
    assert asked(scope(kind, path)) is None


def test_a_worker_comes_for_all_calls_or_for_one() -> None:
    """The one can be left out of what is asked."""
    one = scope("websocket", f"/v1/realtime?desk=nurses&call_id={CALL}&name=A+b", "/voice")

    assert is_desk(one)
    assert call_of_desk(one) == CALL
    assert without_call(one)["query_string"] == b"desk=nurses&name=A+b"
    assert call_of_desk(without_call(one)) == ""
    assert is_desk(scope("websocket", "/v1/realtime?desk="))
    assert not is_desk(scope("websocket", "/v1/realtime?model=desk"))
    assert not is_desk(scope("http", "/v1/realtime?desk=nurses"))
