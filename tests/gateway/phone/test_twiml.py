"""The TwiML that phone calls are answered with."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as Xml

from orchestrator.gateway.phone import twiml as module
from orchestrator.gateway.phone.twiml import come_back, connect, later, twiml

BASE = "https://voice.example.com/a&b"


def read(verbs: str) -> Xml.Element:
    """Parse what is answered."""
    return Xml.fromstring(bytes(twiml(verbs).body))


def test_a_stream_has_its_urls_and_parameters() -> None:
    """With a ticket in its path, since a stream's URL has no query."""
    stream = read(connect(BASE, "T1", {'a"<': "x\x00&'"})).find("./Connect/Stream")

    assert stream is not None
    assert stream.attrib["url"] == "wss://voice.example.com/a&b/twilio/stream/T1"
    assert stream.attrib["statusCallback"] == "https://voice.example.com/a&b/twilio/status"
    assert [one.attrib for one in stream] == [{"name": 'a"<', "value": "x&'"}]
    assert read(connect(BASE)).find("./Connect/Stream").attrib["url"].endswith("/twilio/stream")  # type: ignore[union-attr]


def test_a_phone_call_asks_what_is_next() -> None:
    """By POST, which Twilio signs with its form."""
    (redirect,) = read(come_back(BASE, "T2"))

    assert redirect.attrib == {"method": "POST"}
    assert redirect.text == f"{BASE}/twilio/voice?resume=T2"


def test_later_is_in_a_second() -> None:
    """With the number of tries."""
    pause, redirect = read(later(BASE, "T2", 3))

    assert (pause.tag, pause.attrib) == ("Pause", {"length": "1"})
    assert parse_qs(urlsplit(redirect.text or "").query) == {"resume": ["T2"], "tries": ["3"]}


def test_each_sentence_ends_the_phone_call() -> None:
    """Nothing follows."""
    for verbs in (module.BUSY, module.LOST):
        assert [verb.tag for verb in read(verbs)] == ["Say", "Hangup"]
