"""Both forms of a call's request."""

from __future__ import annotations

import httpx
import pytest

from orchestrator.errors import CallerError
from orchestrator.gateway.webrtc.offers import MOST_CANDIDATES, MOST_LINES, Offer, read_offer

OFFER = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"
FORM = "multipart/form-data; boundary=b"


def test_the_offer_alone() -> None:
    """With or without parameters of the content type; the last line may lack its end."""
    assert read_offer("application/sdp", OFFER.encode()) == Offer(OFFER)
    assert read_offer("Application/SDP; charset=utf-8", OFFER.rstrip().encode()) == Offer(OFFER)


@pytest.mark.parametrize("kind", [None, "application/sdp"])
def test_the_form(kind: str | None) -> None:
    """As a browser's FormData or a client's files; unknown parts are ignored."""
    session = '{"type":"realtime","instructions":"Sei kurz und höflich."}'
    files = {"sdp": (None, OFFER.encode(), kind), "session": (None, session.encode(), None), "x": (None, b"y", None)}
    request = httpx.Request("POST", "http://x/", files=files)
    offer = read_offer(request.headers["content-type"], request.read())

    assert offer == Offer(OFFER, {"type": "realtime", "instructions": "Sei kurz und höflich."})


def test_the_form_without_a_session() -> None:
    """It may be left out."""
    body = f'--b\r\nContent-Disposition: form-data; name="sdp"\r\n\r\n{OFFER}\r\n--b--\r\n'

    assert read_offer(FORM, body.encode()) == Offer(OFFER)


@pytest.mark.parametrize(
    ("content_type", "body", "param"),
    [
        ("", OFFER, None),
        ("text/plain", OFFER, None),
        ("application/sdp", "", "sdp"),
        ("application/sdp", "\x00\xff", "sdp"),
        ("application/sdp", "v=0\r\n" + "a=x\r\n" * 20_000, "sdp"),
        (FORM, "", "sdp"),
        (FORM, "--b\r\n\r\nhello\r\n--b--", "sdp"),
        ("multipart/form-data", OFFER, "sdp"),
        (FORM, f'--b\r\nContent-Disposition: form-data; name="sdp"\r\n\r\n{OFFER}', None),
        (
            FORM,
            f'--b\r\nContent-Disposition: form-data; name="sdp"\r\n\r\n{OFFER}\r\n'
            '--b\r\nContent-Disposition: form-data; name="session"\r\n\r\n[]\r\n--b--',
            "session",
        ),
    ],
    ids=["no type", "text", "empty", "binary", "long", "empty form", "no name", "no boundary", "cut", "session"],
)
def test_what_is_refused(content_type: str, body: str, param: str | None) -> None:
    """With the part that is wrong; a form that was cut is read as far as it goes."""
    if body.endswith(OFFER) and "boundary" in content_type:
        assert read_offer(content_type, body.encode()).sdp.startswith("v=0")
        return
    with pytest.raises(CallerError) as refused:
        read_offer(content_type, body.encode())
    assert refused.value.param == param


def part(name: str, content: str, more: str = "") -> str:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{content}\r\n'


@pytest.mark.parametrize(
    "body",
    [
        "--b\r\n\r\n" * 120_000 + "--b--",
        part("x", "") * 20 + part("sdp", OFFER) + "--b--",
        "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(3000)),
        part("session", "[" * 100_000) + part("sdp", OFFER) + "--b--",
        part("session", '{"a":[' + "{}," * 30_000 + "{}]}") + part("sdp", OFFER) + "--b--",
        part("session", "\xff") + part("sdp", OFFER) + "--b--",
    ],
    ids=["empty parts", "many parts", "nested", "deep session", "wide session", "session"],
)
def test_p53_a_form_is_measured_before_it_is_read(body: str) -> None:
    """P53: parts are counted and never nested, and the session object is measured as an event is."""
    with pytest.raises(CallerError):
        read_offer(FORM, body.encode("latin-1"))


def test_a_form_as_programs_write_it() -> None:
    """Names without quotes, files, a boundary in quotes, headers in any spelling, words around the parts."""
    session = "--b \r\nContent-Type: x\r\nCONTENT-DISPOSITION: form-data; filename=a; name=session\r\n\r\n{}\r\n"
    body = "hello\r\n" + part("sdp", OFFER, '; filename="offer"') + session + "--b--\r\nbye"

    assert read_offer('multipart/form-data; charset=x; boundary="b"', body.encode()) == Offer(OFFER)


def test_p57_only_some_addresses_are_tried() -> None:
    """P57: each costs time, and is sent to; the first are kept, and all else."""
    lines = [f"a=candidate:{number} 1 udp 1 10.0.0.1 {number} typ host\r\n" for number in range(1, 201)]
    offer = OFFER + "".join(lines) + "a=mid:0\r\n"

    assert read_offer("application/sdp", offer.encode()).sdp == OFFER + "".join(lines[:MOST_CANDIDATES]) + "a=mid:0\r\n"


@pytest.mark.parametrize("more", ["a=ssrc:1 x:y\r\n" * 3000, "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\n" * 20])
def test_p57_an_offer_is_measured_before_it_is_read(more: str) -> None:
    """P57: its length, and its sections, each of which would open ports."""
    with pytest.raises(CallerError, match="longer than"):
        read_offer("application/sdp", (OFFER + more).encode())


# What the library takes for the end of a line, or for a space.
ENDS = ("\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")


@pytest.mark.parametrize("end", ENDS)
def test_p57_a_line_ends_where_the_library_ends_it(end: str) -> None:
    """P57: sections, names and addresses are counted as it will read them."""
    with pytest.raises(CallerError, match="longer than"):
        read_offer("application/sdp", (OFFER + f"m=audio 9 UDP/TLS/RTP/SAVPF 96{end}" * 20).encode())
    with pytest.raises(CallerError, match="share"):
        read_offer("application/sdp", (OFFER + f"a=x{end}a=mid:0{end}a=mid:0").encode())
    many = OFFER + f"a=candidate:1 1 udp 1 10.0.0.1 9 typ host{end}" * 200

    assert len(read_offer("application/sdp", many.encode()).sdp.splitlines()) == 2 + MOST_CANDIDATES


@pytest.mark.parametrize("space", [" ", "\t", "\u2003", "  ", ""])
def test_p57_names_that_take_seconds_to_resolve_are_left_out(space: str) -> None:
    """P57: however they are written, and they take no other address's place."""
    hidden = f"a=candidate:1 1 udp 1 d4cf2f0b.local{space}"
    lines = [f"{hidden}{' ' if space else ''}9 typ host" if space else hidden] * 50
    seen = "a=candidate:1 1 udp 1 10.0.0.1 9 typ host"

    assert read_offer("application/sdp", (OFFER + "\r\n".join([*lines, seen])).encode()) == Offer(f"{OFFER}{seen}\r\n")


def test_p57_no_two_kinds_of_lines_are_many() -> None:
    """P57: feedback for each of many codecs took seconds to read; it is about video, and left out."""
    codecs = "".join(f"a=rtpmap:{number} x/1\r\n" for number in range(600))
    sdp = read_offer("application/sdp", (OFFER + codecs + "a=rtcp-fb:* nack\r\n" * 600).encode()).sdp

    assert sdp.count("a=rtpmap") == MOST_LINES
    assert "rtcp-fb" not in sdp
