"""Which worker a request is for, by its first line."""

from __future__ import annotations

import pytest

from orchestrator.server.routing import starts_call, worker_of

WORKERS = 2


@pytest.mark.parametrize(
    ("line", "worker"),
    [
        (b"GET /v1/realtime?call_id=sess_bXYZ HTTP/1.1\r\n", 1),
        (b"GET /v1/realtime?events=team&call_id=rtc_aXYZ HTTP/1.1\r\n", 0),
        (b"GET /v1/realtime?call%5Fid=rtc%5FbXYZ HTTP/1.1\r\n", 1),
        (b"GET //openai/v1/realtime/?call_id=sess%5FbXYZ HTTP/1.1\r\n", 1),
        (b"GET /v1/realtime?call_id=sess_aX&call_id=sess_bX HTTP/1.1\r\n", 1),  # as the application reads it
        (b"GET /v1/realtime?model=x&call=sess_bXYZ&agent=y HTTP/1.1\r\n", 1),
        (b"GET /v1/realtime?call=sess_aXYZ&call_id=sess_bXYZ HTTP/1.1\r\n", 1),  # a sideband socket
        (b"POST /v1/realtime/calls?call=sess_bXYZ&agent=y HTTP/1.1\r\n", 1),
        (b"POST /v1/realtime/calls?call_id=sess_bXYZ HTTP/1.1\r\n", None),
        (b"POST /v1/realtime/client_secrets?call=sess_bXYZ HTTP/1.1\r\n", None),
        (b"POST /v1/realtime/calls/rtc_bXYZ/hangup HTTP/1.1\r\n", 1),
        (b"POST /v1/realtime/calls/rtc%5fbXYZ/hangup HTTP/1.1\r\n", 1),
        (b"POST /v1/realtime/calls/%72tc_%62XYZ/hangup HTTP/1.1\r\n", 1),
        (b"POST /voice/v1//realtime/calls//rtc_bXYZ/hangup/ HTTP/1.1\r\n", 1),
        (b"POST /twilio/calls/rtc_bXYZ/next?resume=x HTTP/1.1\r\n", 1),
        (b"GET /twilio/calls/rtc_bXYZ/stream/TICKET HTTP/1.1\r\n", 1),
        (b"POST /v1/realtime/calls HTTP/1.1\r\n", None),
        (b"GET /v1/realtime?call_id=rtc_zXYZ HTTP/1.1\r\n", None),
        (b"GET /v1/realtime?x=/calls/rtc_bXYZ HTTP/1.1\r\n", None),
        (b"GET /v1/realtime?x=/calls/rtc_bXYZ&call_id=rtc_aXYZ HTTP/1.1\r\n", 0),
        (b"POST /v1/realtime/calls/rtc_aXYZ/hangup?call_id=rtc_bXYZ HTTP/1.1\r\n", 0),
        (b"GET /readyz?call_id=rtc_bXYZ HTTP/1.1\r\n", None),
        (b"GET / HTTP/1.1\r\nReferer: /calls/rtc_bXYZ\r\n", None),
        (b"GET /v1/realtime?call_id=rtc_\xff HTTP/1.1\r\n", None),
        (b"GET /v1/realtime?call_id=rtc_ HTTP/1.1\r\n", None),
        (b"GET /ws/medic HTTP/1.1\r\n", 0),
        (b"GET /voice/ws HTTP/1.1\r\n", 0),
        (b"GET /ws/voice-stream/medic?x=1 HTTP/1.1\r\n", 0),
        (b"GET /conversations/medic/police HTTP/1.1\r\n", 0),
        (b"GET /messages?call_id=rtc_bXYZ HTTP/1.1\r\n", 0),
        (b"GET /v1/realtime?x=/ws HTTP/1.1\r\n", None),
        (b"GET\r\n", None),
        (b"", None),
    ],
)
def test_p56_a_request_about_a_call_names_its_worker(line: bytes, worker: int | None) -> None:
    """P56: by the first letter of the call's id, however it is written; the path alone decides, never another query."""
    assert worker_of(line, WORKERS) == worker


@pytest.mark.parametrize(
    ("line", "starts"),
    [
        (b"GET /v1/realtime?model=x HTTP/1.1\r\n", True),
        (b"GET //voice/realtime/ HTTP/1.1\r\n", True),
        (b"POST /v1/realtime/calls?model=x HTTP/1.1\r\n", True),
        (b"GET /twilio/stream HTTP/1.1\r\n", True),
        (b"GET /v1/realtime?call=sess_b&agent=y HTTP/1.1\r\n", True),
        (b"GET /ws/medic HTTP/1.1\r\n", True),
        (b"GET /ws/voice-stream/medic HTTP/1.1\r\n", True),
        (b"GET /v1/realtime?call_id=sess_b HTTP/1.1\r\n", False),
        (b"POST /v1/realtime/calls/rtc_b/hangup HTTP/1.1\r\n", False),
        (b"GET /readyz?x=/realtime HTTP/1.1\r\n", False),
        (b"", False),
    ],
)
def test_p56_a_request_that_may_begin_a_call(line: bytes, starts: bool) -> None:
    """P56: health checks and requests about calls do not count among what a worker has to do."""
    assert starts_call(line) is starts
