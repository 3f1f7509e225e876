"""Messages of a media stream: those of Twilio's documentation, and whatever else a peer may send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.gateway.phone import media_streams
from orchestrator.gateway.phone.media_streams import Marked, Pressed, Spoken, Started, Stopped, payload_of, read

START = {
    "event": "start",
    "sequenceNumber": "1",
    "streamSid": "MZ18ad3ab5a668481ce02b83e7395059f0",
    "start": {
        "accountSid": "AC123",
        "streamSid": "MZ18ad3ab5a668481ce02b83e7395059f0",
        "callSid": "CA123",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"From": "+4930123", "To": "+4930456", "caller": "somebody else", "plan": "gold"},
    },
}


def media(payload: Any, **fields: Any) -> dict[str, Any]:
    """Make a `media` message."""
    told = {"track": "inbound", "chunk": "2", "timestamp": "5", "payload": payload, **fields}
    return {"event": "media", "sequenceNumber": "4", "streamSid": "MZ1", "media": told}


def test_the_start_names_the_stream_and_the_caller() -> None:
    """What Twilio says of the phone call goes before an application's parameter of the same name."""
    started = read(json.dumps(START))

    assert isinstance(started, Started)
    assert (started.stream, started.call) == ("MZ18ad3ab5a668481ce02b83e7395059f0", "CA123")
    told = {"caller": "+4930123", "called": "+4930456", "call_sid": "CA123", "plan": "gold"}
    assert told.items() <= started.variables().items()


def test_a_start_may_say_less() -> None:
    """Whoever answers with TwiML of their own need not tell the number."""
    started = read('{"event":"start","streamSid":"MZ1","start":{"customParameters":{"a":1,"b":"x","c":null}}}')

    assert isinstance(started, Started)
    assert started.variables() == {"b": "x"}


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ({"event": "connected", "protocol": "Call", "version": "1.0.0"}, None),
        (media("/" * 216), Spoken("/" * 216, 20.25)),
        (media("//8="), Spoken("//8=", 0.25)),
        (media("/w==", chunk=None, timestamp={}), Spoken("/w==", 0.125)),
        (media("////", track="outbound"), None),
        ({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "#"}}, Pressed("#")),
        ({"event": "mark", "streamSid": "MZ1", "mark": {"name": "m1"}}, Marked("m1")),
        ({"event": "stop", "stop": {"accountSid": "AC123", "callSid": "CA123"}}, Stopped()),
        ({"event": "news"}, None),
    ],
)
def test_messages_of_a_call(message: dict[str, Any], wanted: object) -> None:
    """Numbers and times of a frame are not looked at; an event that is not known yet means nothing."""
    assert read(json.dumps(message)) == wanted


NO_AUDIO: list[Any] = ["", "A", "AAA", "====", "AA=A", "A A=", "äöüß", 'A"},', None, 5, []]


@pytest.mark.parametrize(
    "frame",
    [
        "", "no json", "[]", "null", "1", '"media"', "{}", '{"event": []}', '{"event": {}}', "[" * 10_000,
        *(json.dumps(media(one)) for one in NO_AUDIO),
        '{"event":"media"}', '{"event":"media","media":[]}', '{"event":"media","media":{}}',
        '{"event":"dtmf","dtmf":{"digit":"12"}}', '{"event":"dtmf","dtmf":{"digit":5}}', '{"event":"mark","mark":"m"}',
        '{"event":"start"}', '{"event":"start","start":{}}', '{"event":"start","start":{"streamSid":"\\""}}',
        '{"event":"start","start":{"streamSid":"MZ1","mediaFormat":{"encoding":"audio/opus"}}}',
        '{"event":"start","start":{"streamSid":"MZ1","mediaFormat":{"sampleRate":1e999}}}',
        '{"event":"start","start":{"streamSid":"MZ1","customParameters":[1]}}',
    ],
    ids=lambda frame: frame[:60],
)  # fmt: skip
def test_what_is_wrong_is_a_value_error(frame: str) -> None:
    """Whoever reads has one error to think of."""
    with pytest.raises(ValueError):  # noqa: PT011 - the text is for the log
        read(frame)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda some: (
        st.lists(some) | st.dictionaries(st.text() | st.sampled_from([*START["start"], "digit", "name"]), some)
    ),
    max_leaves=8,
)


@given(st.sampled_from([*media_streams.READERS, "connected"]), JSON)
def test_nothing_that_a_peer_sends_is_another_error(event: str, body: Any) -> None:
    """Any JSON in the place of any message."""
    try:
        message = read(json.dumps({"event": event, event: body, "streamSid": body}))
    except ValueError:
        return
    assert message is None or type(message) in {Started, Spoken, Pressed, Marked, Stopped}


@pytest.mark.parametrize(
    ("frame", "payload"),
    [
        ('{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i","output_index":0,'
         '"content_index":0,"delta":"//8="}', "//8="),
        ('{"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "output_index": 0, '
         '"content_index": 0, "delta": "AAAA", "more": "x"}', "AAAA"),
        ('{"type":"response.output_audio.delta","response_id":"r","item_id":"i","output_index":0,'
         '"content_index":0,"delta":"\\/\\/8="}', "//8="),
        ('{"delta":"AAAA","type":"response.output_audio.delta"}', "AAAA"),
    ],
)  # fmt: skip
def test_the_agents_audio_is_cut_out_as_it_is(frame: str, payload: str) -> None:
    """Also when the service writes its frames in another way."""
    assert payload_of(frame) == payload


def test_messages_to_twilio() -> None:
    """Exactly the three that it takes."""
    assert [json.loads(one) for one in (
        media_streams.media("MZ1", "//8="), media_streams.mark("MZ1", "m1"), media_streams.clear("MZ1")
    )] == [
        {"event": "media", "streamSid": "MZ1", "media": {"payload": "//8="}},
        {"event": "mark", "streamSid": "MZ1", "mark": {"name": "m1"}},
        {"event": "clear", "streamSid": "MZ1"},
    ]  # fmt: skip


def test_p53_a_long_message_is_not_read() -> None:
    """P53: no message of a media stream is, and reading it would stop every call."""
    with pytest.raises(ValueError, match="too long"):
        read(json.dumps({"event": "media", "media": [[]] * media_streams.LONGEST}))
