"""The frames that carry audio, recognised without parsing them."""

from __future__ import annotations

import base64
import json

import pytest

from orchestrator.protocol.audio_frames import append_ms, delta_audio

AUDIO = base64.b64encode(bytes(960)).decode()


@pytest.mark.parametrize(
    ("frame", "ms"),
    [
        (json.dumps({"type": "input_audio_buffer.append", "audio": AUDIO}), 20.0),
        (
            json.dumps({"type": "input_audio_buffer.append", "event_id": "e", "audio": AUDIO}, separators=(",", ":")),
            20.0,
        ),
        (json.dumps({"audio": AUDIO, "type": "input_audio_buffer.append"}), None),
        ('{"type":"input_audio_buffer.append"}', None),
        ('{"type":"input_audio_buffer.append","audio":5}', None),
        ('{"type":"input_audio_buffer.append","audio":"abc"}', None),
        ('{"type":"input_audio_buffer.append","audio":"', None),
        ('{"type":"input_audio_buffer.append","audio":"AAAA"', None),
        ('{"type":"input_audio_buffer.append","audio":null,"event_id":"e"}', None),
        ('{"type":"input_audio_buffer.append","x":{"audio":"AAAA"}}', None),
        (r'{"type":"input_audio_buffer.append","audio":"AA\/\/"}', None),
        ('{"type":"input_audio_buffer.append","audio":"AAAA","type":"session.update","session":{}}', None),
        ('{"type":"input_audio_buffer.append","audio":"AAAA","event_id":"e"}', 3 / 48),
        ('{"type":"input_audio_buffer.append", "event_id": "e", "audio": "AAAA"}', 3 / 48),
        ('{"type":"input_audio_buffer.append","audio":"AAAA","event_id":"e","x":1}', None),
        ('{"type":"input_audio_buffer.append","audio":"AAAA","event_id":"' + "e" * 513 + '"}', None),
    ],
)
def test_callers_audio_is_counted_without_parsing(frame: str, ms: float | None) -> None:
    """What cannot be recognised takes the full path."""
    assert append_ms(frame, 48) == ms


@pytest.mark.parametrize(
    ("frame", "found"),
    [
        pytest.param(
            '{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i",'
            '"output_index":0,"content_index":0,"delta":"AAA="}',
            ("r", "i", 2),
            id="as it is usually written",
        ),
        pytest.param('{"type":"response.output_audio.delta","delta":"AAAA"}', None, id="without its ids"),
        pytest.param(
            '{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i",'
            '"output_index":0,"content_index":0,"delta":"AA\\/A"}',
            None,
            id="escaped text",
        ),
        pytest.param(
            '{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i",'
            '"output_index":0,"content_index":0,"delta":"AAAA"',
            None,
            id="cut short",
        ),
        pytest.param('{"type":"response.done"}', None, id="another event"),
        *(
            pytest.param(
                '{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i",'
                f'"output_index":0,"content_index":{index},"delta":"{audio}"{tail}',
                None,
                id=f"P48: {index[:9]} {audio} {tail}",
            )
            for index, audio, tail in [
                ("0", "AAA", "}"),
                ("0", "AAAA", ' nonsense"}'),
                ("0", "AAAA", ',"type":"error"}'),
                ("0", "AAAA", ',"delta":5}'),
                ("0", "AAAA", "}}"),
                ("9" * 400, "AAAA", "}"),
                ("٣", "AAAA", "}"),
                ("00", "AAAA", "}"),
            ]
        ),
        pytest.param(
            '{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i",'
            '"output_index":0,"content_index":0,"delta":"AAAA", "obfuscation": "x1"}',
            ("r", "i", 3),
            id="padded",
        ),
        pytest.param(
            '{"type":"response.output_audio.delta","event_id":"e","response_id":"r\n","item_id":"i",'
            '"output_index":0,"content_index":0,"delta":"AAAA"}',
            None,
            id="P48: a line break in an id",
        ),
    ],
)
def test_a_services_audio_is_measured_without_parsing(frame: str, found: tuple[str, str, int] | None) -> None:
    """Its ids are cut out and its bytes follow from the length of the text; anything unusual takes the full path."""
    assert delta_audio(frame) == found
