"""What a speech server answers is heard, whatever it is; what is no sound is refused with words."""

from __future__ import annotations

import base64
import io
import json
import sys
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from orchestrator.errors import RealtimeError
from orchestrator.local.speech.pcm_stream import ALAW, MULAW, PCM
from orchestrator.local.speech.received import MOST, Received, recognized
from tests.local.speech.test_pcm_stream import same, tone, wav, written

RAW = written(tone(24_000), PCM, 16)
WAV = wav(written(tone(16_000), PCM, 16), 16_000)


def heard(data: bytes, content_type: str = "", piece: int = 960) -> NDArray[np.int16]:
    """Return what an answer sounds like."""
    received = Received(content_type)
    parts = [received.add(data[at : at + piece]) for at in range(0, len(data), piece)]
    return np.concatenate((*parts, received.finish()))


def compressed(codec: str, container: str, rate: int) -> bytes:
    """Return the tone, compressed."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate, layout="mono")
        samples = (tone(rate) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = rate
        fifo = av.AudioFifo()
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=rate)
        for one in resampler.resample(frame):
            fifo.write(one)
        for one in fifo.read_many(stream.codec_context.frame_size or 1024, partial=True):
            out.mux(stream.encode(one))
        out.mux(stream.encode(None))
    return file.getvalue()


def sounds(samples: NDArray[np.int16]) -> bool:
    """Return whether this is the tone, as a codec keeps it."""
    middle = samples[4000:9000]
    crossings = int((np.diff(np.signbit(middle)) != 0).sum())
    return 11_000 < len(samples) < 14_500 and abs(crossings * 24_000 / 2 / len(middle) - 440) < 10


@pytest.mark.parametrize(
    ("rate", "content_type"),
    [
        (24_000, ""),
        (24_000, "audio/pcm"),
        (24_000, "application/octet-stream"),
        (24_000, "text/html; charset=utf-8"),
        (24_000, "audio/wav"),
        (16_000, "audio/pcm;rate=16000"),
        (8_000, "audio/L16; rate=8000; channels=1"),
        (22_050, "audio/l16;codec=pcm;rate=22050"),
        (48_000, 'audio/x-raw; rate="48000"'),
        (24_000, "audio/pcm; rate=often"),
    ],
)
@pytest.mark.parametrize("piece", [1, 333, 100_000])
def test_p69_raw_sound_has_the_rate_that_its_type_says(rate: int, content_type: str, piece: int) -> None:
    """P69: without one it is 24 kHz; a name that is no sound's does not matter."""
    assert same(heard(written(tone(rate), PCM, 16), content_type, piece))


def test_p69_l16_is_heard_in_either_byte_order() -> None:
    """P69: the standard says the one, most servers write the other."""
    swapped = np.frombuffer(written(tone(16_000), PCM, 16), "<i2").astype(">i2").tobytes()

    assert same(heard(swapped, "audio/L16; rate=16000"))


@pytest.mark.parametrize(("content_type", "kind"), [("audio/basic", MULAW), ("audio/pcma;rate=8000", ALAW)])
def test_p69_telephone_sound_is_heard(content_type: str, kind: int) -> None:
    """P69: 8 kHz and one byte a sample."""
    assert same(heard(written(tone(8_000), kind, 8), content_type))


@pytest.mark.parametrize("content_type", ["", "audio/pcm", "audio/wav", "audio/mpeg", "text/plain"])
def test_p69_a_wav_is_one_whatever_it_is_called(content_type: str) -> None:
    """P69: its rate is that of its header."""
    assert same(heard(WAV, content_type))


@pytest.mark.parametrize(
    ("codec", "container", "rate", "content_type"),
    [
        ("libmp3lame", "mp3", 24_000, ""),
        ("libmp3lame", "mp3", 44_100, "audio/mpeg"),
        ("libmp3lame", "mp3", 16_000, "audio/pcm"),
        ("libopus", "ogg", 48_000, ""),
        ("flac", "flac", 24_000, "application/octet-stream"),
        ("aac", "adts", 24_000, "audio/aac"),
        ("libopus", "webm", 48_000, "audio/webm"),
        ("pcm_s16be", "aiff", 22_050, ""),
        ("pcm_mulaw", "au", 8_000, "audio/basic"),
        ("pcm_s16be", "caf", 24_000, "application/octet-stream"),
    ],
)
def test_p69_what_is_compressed_is_decoded(codec: str, container: str, rate: int, content_type: str) -> None:
    """P69: by its content, at any rate."""
    assert sounds(heard(compressed(codec, container, rate), content_type))


def test_p69_mp3_without_a_tag_is_known_by_its_frames() -> None:
    """P69: and PCM that begins with the same bits is not taken for it."""
    whole = compressed("libmp3lame", "mp3", 24_000)
    size = whole[6] << 21 | whole[7] << 14 | whole[8] << 7 | whole[9]
    bare = whole[10 + size :]
    assert bare[0] == 0xFF
    assert sounds(heard(bare, "", 100))

    quiet = np.concatenate((np.full(4, -1025, "<i2"), (tone(24_000) * 32767).astype("<i2")))
    for kind in ("", "audio/pcm"):
        assert np.array_equal(heard(quiet.tobytes(), kind, 7), quiet)


def text(data: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(data).decode()


def pieces() -> list[str]:
    """Return the sound in JSON documents, 20 ms each."""
    steps = range(0, len(RAW), 960)
    return [json.dumps({"type": "speech.audio.delta", "audio": text(RAW[at : at + 960])}) for at in steps]


JSONS: dict[str, Callable[[], str]] = {
    "audio": lambda: json.dumps({"audio": text(RAW), "id": "abcd"}),
    "nested": lambda: json.dumps({"result": [{"type": "speech"}, {"data": {"audioContent": text(WAV)}}]}),
    "a data address": lambda: json.dumps({"audio": f"data:audio/wav;base64,{text(WAV)}"}),
    "a rate": lambda: json.dumps({"b64_json": text(written(tone(16_000), PCM, 16)), "sample_rate": 16000}),
    "hexadecimal": lambda: json.dumps({"data": {"audio": WAV.hex(), "status": 2}}),
    "nothing else": lambda: json.dumps(text(WAV)),
    "a stream": lambda: "".join(f"event: x\ndata: {piece}\n\n" for piece in [*pieces(), "[DONE]"]),
    "lines": lambda: "\n".join(pieces()),
}


@pytest.mark.parametrize("written_as", JSONS.values(), ids=list(JSONS))
def test_p69_sound_in_json_is_heard(written_as: Callable[[], str]) -> None:
    """P69: wherever it stands in it, in one document or in many."""
    assert same(heard(written_as().encode(), "application/json"))


@pytest.mark.parametrize(
    ("data", "content_type", "words"),
    [
        (b"", "audio/pcm", "nothing"),
        (b'{"error": {"message": "no such voice", "code": "secret"}}', "application/json", "JSON without audio"),
        (b'{"audio": null}', "", "JSON without audio"),
        (b'{"audio": "done"}', "", "JSON without audio"),
        (b'{"url": "https://files.example/speech.wav"}', "audio/pcm", "JSON without audio"),
        (
            json.dumps({"audio": text(b"<html><body>no such page, sorry</body></html>" * 9)}).encode(),
            "",
            "JSON without",
        ),
        (b"[" * 100_000, "application/json", "JSON without audio"),
        (b'{"audio": "' + b"x" * 1001, "application/json", "JSON without audio"),
        (b"<!DOCTYPE html><title>Sign in</title>", "", "text instead of audio"),
        (b"Model not loaded yet.", "text/plain", "text instead of audio"),
        (b"ID3" + bytes(500), "audio/mpeg", "MP3 that cannot be decoded"),
        (b"OggS" + bytes(500), "", "Ogg that cannot be decoded"),
        (wav(bytes(100), 24_000, kind=2, bits=4), "audio/wav", "a WAV file in a format that cannot be read"),
        (WAV[:30], "", "a WAV file without audio"),
        (RAW, "audio/pcm; rate=1", "cannot be converted"),
        (RAW, "audio/pcm; channels=0", "cannot be converted"),
    ],
)
def test_p69_what_is_no_sound_is_refused_with_words(data: bytes, content_type: str, words: str) -> None:
    """P69: what it was instead; nothing that the server has said is repeated."""
    with pytest.raises(RealtimeError, match=words) as caught:
        heard(data, content_type)

    assert caught.value.code == "bad_audio"
    assert "secret" not in str(caught.value)


def test_p69_without_a_decoder_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """P69: the package that decodes is not among those of the extra."""
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(RealtimeError, match=r"MP3\. Let it answer with PCM or WAV"):
        heard(compressed_before)


def test_an_answer_that_does_not_end_is_refused() -> None:
    """What has to be complete is bounded."""
    received = Received("audio/mpeg")
    received.add(b"ID3" + bytes(1000))
    with pytest.raises(RealtimeError, match="more than"):
        received.add(bytes(MOST))


def test_what_is_too_short_is_waited_for() -> None:
    """Unless there is no more of it."""
    assert recognized(b"RIF", "", last=False) is None
    assert recognized(b"\0\0", "", last=True) == "PCM"


compressed_before = compressed("libmp3lame", "mp3", 24_000)
