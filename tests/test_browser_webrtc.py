"""The official browser transport, unchanged, in a real Chromium, against the sample team on `local`.

`OpenAIRealtimeWebRTC` of `@openai/agents-realtime` comes from npm once, as its own browser bundle. Its microphone is a
recording; what it hears is recorded in the page. Everything is on loopback.
"""

from __future__ import annotations

import asyncio
import base64
import functools
import http.server
import shutil
import subprocess
import tarfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from orchestrator.local.speech.speaking import hibari_speaker
from orchestrator.local.speech.voices import VOICES
from orchestrator.server.serve import build, running
from orchestrator.settings import Settings
from orchestrator.terminal.wav import write_wav
from tests.calls import desk, load
from tests.docs.pages import TELEPHONE_AND_WEBRTC, block
from tests.gateway.webrtc.browser import CHROMIUM, Page, chromium
from tests.patience import BUSY, PATIENCE

NPM = shutil.which("npm")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt-get install chromium)"),
    pytest.mark.skipif(NPM is None, reason="no npm is installed: the official browser client comes from there"),
]
ROOT = Path(__file__).parent.parent
PACKAGE = "@openai/agents-realtime@0.20.0"
HOME = ROOT / ".conformance" / "agents_realtime"  # kept between runs, ignored by git
RATE = 24_000
Event = dict[str, Any]
PAGE = """<!doctype html><meta charset="utf-8"><title>WebRTC</title><script type="module">
import { OpenAIRealtimeWebRTC, RealtimeAgent, RealtimeSession } from "./openai-realtime-agents.mjs";
const told = [], sound = [];
let heard = 0;

function record(stream) {
  const context = new AudioContext({ sampleRate: 24000 });
  const recorder = context.createScriptProcessor(1024, 1, 1);
  recorder.onaudioprocess = (event) => {
    const samples = event.inputBuffer.getChannelData(0);
    sound.push(Int16Array.from(samples, (one) => 32767 * one));
    heard += samples.length;
  };
  context.createMediaStreamSource(stream).connect(recorder).connect(context.destination);
}

window.call = async (baseUrl, apiKey) => {
  const transport = new OpenAIRealtimeWebRTC({
    baseUrl,
    changePeerConnection: (connection) => {
      connection.addEventListener("track", (event) => record(event.streams[0]));
      window.connection = connection;
      return connection;
    },
  });
  const session = new RealtimeSession(new RealtimeAgent({ name: "page" }), { transport, model: "helpdesk" });
  const began = performance.now();
  transport.on("*", (event) => told.push({ ...event, at: performance.now() - began, heard }));
  session.on("error", (event) => told.push({ type: "page.error", event: JSON.stringify(event.error ?? event) }));
  window.session = session;
  await session.connect({ apiKey });
  await new Promise((resolve) => setTimeout(resolve)); // it returns before it passes on the event that it waited for
  return { updated: told.some((event) => event.type === "session.updated"), callId: transport.callId };
};
window.told = (type) => told.filter((event) => event.type === type);
window.events = () => told;
window.recorded = () => {
  const whole = new Int16Array(heard);
  let at = 0;
  for (const piece of sound) { whole.set(piece, at); at += piece.length; }
  const bytes = new Uint8Array(whole.buffer);
  let text = "";
  for (let from = 0; from < bytes.length; from += 32768) {
    text += String.fromCharCode(...bytes.subarray(from, from + 32768));
  }
  return btoa(text);
};
window.received = async () => {
  for (const report of (await window.connection.getStats()).values()) {
    if (report.type === "inbound-rtp" && report.kind === "audio") return report.totalAudioEnergy;
  }
};
window.ready = true;
</script>"""


def bundle() -> Path:
    """Return the folder of the client's browser bundle, with our page in it; fetched once."""
    folder = HOME / "package" / "dist" / "bundle"
    if not folder.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        assert NPM is not None
        subprocess.run([NPM, "pack", "--silent", PACKAGE], cwd=HOME, check=True, capture_output=True, timeout=120)
        with tarfile.open(next(HOME.glob("*.tgz"))) as archive:
            archive.extractall(HOME, filter="data")
    (folder / "page.html").write_text(PAGE, encoding="utf-8")
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder: the page's own origin, which is not that of the team."""
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def recording(path: Path, seconds: float, words: str) -> None:
    """Write what the caller says after some seconds of silence, with a voice that is none of the team's."""
    pcm = hibari_speaker().synthesize(words, VOICES["alloy"], 1.0).tobytes()
    write_wav(path, bytes(int(seconds * RATE) * 2) + pcm + bytes(RATE * 2))


async def ephemeral_key(url: str) -> str:
    """Get a key for the page, as its own server would."""
    async with httpx.AsyncClient(headers={"authorization": "Bearer k-1"}) as client:
        address = url.replace("ws", "http", 1) + "/v1/realtime/client_secrets"
        made = await client.post(address, json={"session": {"type": "realtime"}})
    value: str = made.json()["value"]
    return value


def pitch(pcm: bytes) -> float:
    """Return the median pitch of a voice in Hz."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    pitches = []
    for at in range(0, len(samples) - 1920, 960):
        frame = samples[at : at + 1920] - samples[at : at + 1920].mean()
        if np.sqrt((frame**2).mean()) < 300:
            continue
        likeness = np.correlate(frame, frame, "full")[1919:]
        lag = 48 + int(likeness[48:400].argmax())  # 60 to 500 Hz
        if likeness[lag] > 0.5 * likeness[0]:
            pitches.append(RATE / lag)
    assert len(pitches) > 10, "no voice is heard"
    return float(np.median(pitches))


@asynccontextmanager
async def page(folder: Path, origin: str, microphone: Path) -> AsyncIterator[Page]:
    """Open the page in a browser with a microphone that plays a recording once."""
    flags = (
        f"--use-file-for-fake-audio-capture={microphone}%noloop",
        "--allow-loopback-in-peer-connection",  # machines without a network
    )
    async with chromium(*flags) as tab:
        await tab.open(f"{origin}/page.html")
        await tab.until("window.ready")
        yield tab


def between(events: list[Event], response: int, sound: bytes) -> bytes:
    """Return what the page heard of a response: the first one, the second …"""
    started, ended = (
        [event["heard"] for event in events if event["type"] in kinds][response]
        for kinds in (("output_audio_buffer.started",), ("output_audio_buffer.stopped", "output_audio_buffer.cleared"))
    )
    return sound[started * 2 : ended * 2]


def transcripts(events: list[Event], kind: str) -> list[str]:
    """Return the transcripts of a kind of events."""
    return [event["transcript"] for event in events if event["type"] == kind]


async def test_the_printed_example_runs(tmp_path: Path) -> None:
    """The one of the guide, as printed, with another address and a key."""
    example = block(TELEPHONE_AND_WEBRTC, "webrtc")
    async with desk() as at:
        key = at.admission.secrets.make({"type": "realtime"}).value
        script = example.replace("http://127.0.0.1:8080", at.url.replace("ws", "http", 1))
        script = script.replace("ek_KEY", key).replace("@openai/agents-realtime", "./openai-realtime-agents.mjs")
        html = f'<!doctype html><script type="module">{script}\nwindow.session = session;</script>'
        (bundle() / "example.html").write_text(html, encoding="utf-8")
        with served(bundle()) as origin:
            async with chromium("--allow-loopback-in-peer-connection") as tab:
                await tab.open(f"{origin}/example.html")
                await tab.until("window.session?.transport.status === 'connected'")
                await tab.run("session.transport.requestResponse()")
                await tab.until("session.history.some((item) => item.role === 'assistant')")
                await tab.run("session.close()")
        await at.quiet()


@pytest.mark.speech
async def test_the_official_browser_client_talks_to_the_team(tmp_path: Path) -> None:
    """An ephemeral key, a greeting, the caller's words, a handoff to another voice, an interruption, goodbye."""
    settings = Settings(port=0, drain=0.0, api_keys="k-1", max_lag=BUSY)
    microphone = tmp_path / "caller.wav"
    recording(microphone, 8.0, "I have a question about my invoice.")
    house = build(ROOT / "agents.yaml", settings, environ={})
    load(house)
    async with running(house, settings) as url:
        key, calls = await ephemeral_key(url), url.replace("ws", "http", 1) + "/v1/realtime/calls?events=team"
        with served(bundle()) as origin:
            async with page(tmp_path, origin, microphone) as tab:
                connected = await tab.run(f"call('{calls}', '{key}')")
                await tab.run("session.transport.requestResponse()")
                await tab.until("told('output_audio_buffer.stopped').length >= 1")
                energy = [await tab.run("received()")]
                await tab.until("told('team.handoff.completed').length >= 1")
                await tab.until("told('output_audio_buffer.stopped').length >= 2")
                energy.append(await tab.run("received()"))
                await tab.run("session.sendMessage('What are your opening hours?')")
                await tab.until("told('output_audio_buffer.started').length >= 3")
                await tab.run("session.interrupt()")
                await tab.until("told('conversation.item.truncated').length >= 1")
                events: list[Event] = await tab.run("events()")
                sound = base64.b64decode(await tab.run("recorded()"))
                roles = await tab.run("session.history.map((item) => item.role)")
                opened = house.app.state.calls.find(connected["callId"])
                await tab.run("session.close()")
                await asyncio.wait_for(house.app.state.calls.emptied.wait(), PATIENCE)

    assert opened is not None
    assert connected["updated"]  # it has not given up waiting for it
    assert [event["type"] for event in events[:2]] == ["session.created", "session.updated"]
    errors = [event for event in events if event["type"] in ("error", "page.error")]
    late = "response_cancel_not_active"  # an answer may be made, though not played, before the client cancels it
    assert [event for event in errors if late not in str(event)] == []
    heard = transcripts(events, "conversation.item.input_audio_transcription.completed")
    assert "invoice" in heard[0].lower()
    said = transcripts(events, "response.output_audio_transcript.done")
    assert said[0].startswith("Brightwell Home")
    assert "invoice" in said[1]
    moved = next(event for event in events if event["type"] == "team.handoff.completed")
    assert (moved["from"], moved["to"]) == ("reception", "billing")
    assert 0.01 < energy[0] < energy[1] - 0.01
    reception, billing = (pitch(between(events, response, sound)) for response in range(2))
    assert abs(reception / billing - 1) > 0.1, f"one voice: {reception:.0f} and {billing:.0f} Hz"
    cleared = [event for event in events if event["type"] == "output_audio_buffer.cleared"]
    cut = next(event for event in events if event["type"] == "conversation.item.truncated")
    assert len(cleared) == 1
    assert cut["audio_end_ms"] >= 0
    assert roles[:3] == ["assistant", "user", "assistant"]
