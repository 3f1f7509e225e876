"""The TwiML that phone calls are answered with."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as Xml

import pytest

from orchestrator.core.effects import Dial
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


def dialled(address: str, seconds: float = 20.4, caller: str = "+4930123") -> tuple[Xml.Element, Xml.Element]:
    """Return the verb that calls somebody, and whom."""
    wanted = Dial("office", address, seconds, "a brief")
    (verb,) = read(module.dial(BASE, "rtc_1", "T2", wanted, caller=caller, called="+4930456"))
    (noun,) = verb
    return verb, noun


def test_somebody_outside_is_called() -> None:
    """For as long as the file says; Twilio asks what they are told, and what is next; they see who calls."""
    verb, number = dialled("tel:+4930999")

    assert (number.tag, number.text) == ("Number", "+4930999")
    assert number.attrib == {"url": f"{BASE}/twilio/calls/rtc_1/brief?resume=T2", "method": "POST"}
    assert verb.attrib == {
        "action": f"{BASE}/twilio/calls/rtc_1/next?resume=T2",
        "method": "POST",
        "timeout": "20",
        "answerOnBridge": "true",
        "callerId": "+4930123",
    }


def test_a_caller_who_hides_their_number_calls_from_the_number_that_was_called() -> None:
    """Twilio refuses to call from anything else; one who is nobody's number calls from none."""
    assert dialled("sip:a@example.com", caller="anonymous")[0].attrib["callerId"] == "+4930456"
    assert dialled("sip:a@example.com")[1].tag == "Sip"
    wanted = Dial("office", "tel:+4930999", 20.0, "")
    assert "callerId" not in module.dial(BASE, "rtc_1", "T2", wanted, caller="sip:x", called="sip:y")


@pytest.mark.parametrize(("seconds", "rings"), [(0.1, "1"), (4000.0, "600")])
def test_twilio_lets_a_telephone_ring_for_ten_minutes_at_most(seconds: float, rings: str) -> None:
    """And for a second at least."""
    assert dialled("tel:+4930999", seconds)[0].attrib["timeout"] == rings


def test_words_are_read_out_in_the_language_of_the_team() -> None:
    """In Twilio's own where there is none, or none that it knows; no words are no verb."""
    (german,) = read(module.say("Grüße <b>\x00", "de"))
    assert (german.text, german.attrib) == ("Grüße <b>", {"language": "de-DE"})
    assert [read(module.say("x", language))[0].attrib for language in ("tlh", None)] == [{}, {}]
    assert module.say("", "de") == ""


def test_a_stream_can_be_of_one_call() -> None:
    """So that the process that has the call gets it."""
    stream = read(connect(BASE, "T1", path="/twilio/calls/rtc_1/stream")).find("./Connect/Stream")

    assert stream is not None
    assert stream.attrib["url"].endswith("/twilio/calls/rtc_1/stream/T1")


def test_each_sentence_ends_the_phone_call() -> None:
    """Nothing follows."""
    for verbs in (module.BUSY, module.LOST):
        assert [verb.tag for verb in read(verbs)] == ["Say", "Hangup"]
