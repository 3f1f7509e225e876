"""The two routes of Twilio: who may call, what TwiML is answered, what is refused."""

from __future__ import annotations

import asyncio
from typing import Any
from xml.etree import ElementTree as Xml

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from orchestrator.gateway.phone.twilio_signature import signature
from tests.gateway.serving import Gateway, serve
from tests.patience import PATIENCE
from tests.phone import ringing

TOKEN = "0123456789abcdef"
PUBLIC = "https://voice.example.com"
FORM = {"From": "+49 30 <1> & \"2\"", "To": "+4930456", "CallSid": "CA1", "CallStatus": "ringing"}  # fmt: skip


async def dial(gateway: Gateway, query: str = "", url: str | None = None, **headers: str) -> httpx.Response:
    """Ask for the TwiML of a phone call, signed for `url` if one is given."""
    if url is not None:
        headers["X-Twilio-Signature"] = signature(TOKEN, url, FORM.items())
    return await gateway.post(f"/twilio/voice{query}", data=FORM, headers=headers)


def stream_of(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    """Return the URL and the parameters of the TwiML's stream."""
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    (stream,) = Xml.fromstring(answer.text).findall("./Connect/Stream")
    return stream.attrib["url"], {one.attrib["name"]: one.attrib["value"] for one in stream}


def ws(gateway: Gateway) -> str:
    return f"ws://127.0.0.1:{gateway.port}"


# --- TwiML ---


async def test_a_phone_call_is_connected_to_the_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who calls, and what the URL of the number says, are parameters; the stream's URL has no query."""
    async with serve(monkeypatch) as gateway:
        url, parameters = stream_of(await dial(gateway, "?plan=gold&From=nobody&odd=%00%3C"))

    assert url == f"ws://127.0.0.1:{gateway.port}/twilio/stream"
    told = {name: FORM[name] for name in ("From", "To", "CallSid")}
    assert parameters == {"plan": "gold", "odd": "<", **told}


@pytest.mark.parametrize(
    ("settings", "headers", "wanted"),
    [
        ({"public_url": PUBLIC + "/"}, {}, "wss://voice.example.com/twilio/stream"),
        ({"public_url": PUBLIC + ":8443/orchestrator"}, {}, "wss://voice.example.com:8443/orchestrator/twilio/stream"),
        ({}, {"Host": "localhost:7"}, "ws://localhost:7/twilio/stream"),
        ({"root_path": "/voice"}, {"Host": "localhost:7"}, "ws://localhost:7/voice/twilio/stream"),
    ],
)
async def test_the_streams_url_is_the_public_one(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], headers: dict[str, str], wanted: str
) -> None:
    """As the setting says; without it, as the request came."""
    async with serve(monkeypatch, **settings) as gateway:
        url, _ = stream_of(await dial(gateway, **headers))

    assert url == wanted


async def test_a_phone_call_too_many_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """In words, since a person listens; a stream that comes all the same is refused before the upgrade."""
    async with serve(monkeypatch, max_calls=1) as gateway, ringing(ws(gateway)) as phone:
        await phone.start()
        await asyncio.wait_for(gateway.news.wait(), PATIENCE)
        answer = await dial(gateway)
        with pytest.raises(InvalidStatus) as refused:
            async with ringing(ws(gateway)):
                pass
        await phone.socket.close()

    assert refused.value.response.status_code == 503
    response = Xml.fromstring(answer.text)
    assert [verb.tag for verb in response] == ["Say", "Hangup"]
    assert "All our lines are busy" in (response[0].text or "")


async def test_a_form_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes and in fields; what is no form is one without fields."""
    async with serve(monkeypatch) as gateway:
        assert (await gateway.post("/twilio/voice", content=b"a" * 1_100_000)).status_code == 413
        assert (await gateway.post("/twilio/voice", content=b"a=1&" * 1000)).status_code == 400
        assert stream_of(await gateway.post("/twilio/voice", content=b"\xff\xfe{}"))[1] == {}


# --- who may call ---


@pytest.mark.parametrize("base", [PUBLIC, "https://voice.example.com:443"])
async def test_twilio_is_known_by_its_signature(monkeypatch: pytest.MonkeyPatch, base: str) -> None:
    """Over the public URL with its query, and the form."""
    async with serve(monkeypatch, public_url=PUBLIC, twilio_auth_token=TOKEN) as gateway:
        good = await dial(gateway, "?plan=gold&x=%20", url=f"{base}/twilio/voice?plan=gold&x=%20")
        bad = [
            await dial(gateway, "?plan=gold"),
            await dial(gateway, "?plan=lead", url=f"{base}/twilio/voice?plan=gold"),
            await dial(gateway, url=f"{base}/twilio/stream"),
        ]

    assert stream_of(good)[1]["plan"] == "gold"
    assert [answer.status_code for answer in bad] == [403, 403, 403]
    assert "X-Twilio-Signature" in bad[0].json()["error"]["message"]


async def test_without_a_public_url_the_request_says_what_was_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that passes the host on is enough."""
    async with serve(monkeypatch, twilio_auth_token=TOKEN) as gateway:
        headers = {"Host": "a.example", "X-Forwarded-Proto": "https"}
        assert (await dial(gateway, url="https://a.example/twilio/voice", **headers)).status_code == 200


@pytest.mark.parametrize("url", [f"{base}://voice.example.com/twilio/stream" for base in ("wss", "https")])
@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_stream_is_known_by_its_signature(monkeypatch: pytest.MonkeyPatch, url: str, slash: str) -> None:
    """In each way in which Twilio may have written the URL."""
    async with serve(monkeypatch, public_url=PUBLIC, twilio_auth_token=TOKEN) as gateway:
        headers = {"X-Twilio-Signature": signature(TOKEN, url + slash)}
        async with ringing(ws(gateway), additional_headers=headers) as phone:
            await phone.start()
            await phone.hang_up()
            assert await phone.closed() == 1000


@pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": signature("other", f"{PUBLIC}/twilio/stream")}])
async def test_a_stream_without_a_signature_is_refused(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    """Before the upgrade: whoever finds the URL could talk at our expense."""
    async with serve(monkeypatch, public_url=PUBLIC, twilio_auth_token=TOKEN) as gateway:
        with pytest.raises(InvalidStatus) as refused:
            async with ringing(ws(gateway), additional_headers=headers):
                pass

    assert refused.value.response.status_code == 403
    assert gateway.calls == []


@pytest.mark.parametrize(
    ("settings", "headers"),
    [
        ({"api_keys": "one-key"}, {}),
        ({"host": "0.0.0.0", "api_keys": "one-key"}, {}),
        ({}, {"Origin": "https://evil.example"}),
        ({}, {"X-Forwarded-For": "203.0.113.7"}),
    ],
    ids=["keys", "others can reach it", "a page of a browser", "a tunnel"],
)
async def test_without_the_token_only_this_machine_calls(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], headers: dict[str, str]
) -> None:
    """For trying it out; the answer says which setting is missing."""
    async with serve(monkeypatch, **settings) as gateway:
        answer = await dial(gateway, **headers)
        with pytest.raises(InvalidStatus) as refused:
            async with ringing(ws(gateway), additional_headers=headers):
                pass

    assert answer.status_code == refused.value.response.status_code == 403
    assert "ORCHESTRATOR_TWILIO_AUTH_TOKEN" in answer.json()["error"]["message"]
    assert b"ORCHESTRATOR_TWILIO_AUTH_TOKEN" in (refused.value.response.body or b"")
