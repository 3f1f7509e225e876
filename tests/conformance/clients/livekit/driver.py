"""Drives LiveKit's `openai.realtime.RealtimeModel` in an `AgentSession` without a room: own microphone and speakers."""

from __future__ import annotations

import asyncio
import importlib.metadata
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))
import aiohttp
import driving
from livekit import rtc
from livekit.agents import Agent, AgentSession, TurnHandlingOptions, function_tool, io
from livekit.plugins import openai


class Microphone(io.AudioInput):
    """What `AgentSession` reads the caller's voice from."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(label="Suite")
        self._caller = caller
        self._frames: AsyncIterator[bytes] = caller.microphone.frames()
        self._on = True
        # How much was taken from it since it was switched on.
        self.taken = 0

    async def __anext__(self) -> rtc.AudioFrame:
        while True:
            pcm = await anext(self._frames)
            if self._on:
                self.taken += len(pcm)
                self._caller.changed()
                return rtc.AudioFrame(pcm, driving.RATE, 1, len(pcm) // 2)

    def on_attached(self) -> None:
        self._on, self.taken = True, 0

    def on_detached(self) -> None:
        self._on = False


class Loudspeakers(io.AudioOutput):
    """What `AgentSession` plays replies on: a segment each, that takes as long as it is."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(label="Suite", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=driving.RATE)
        self._caller = caller
        # Name of the segment that is played, and how many there were.
        self._segment, self._count = "", 0
        self._end: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._segment:
            self._count += 1
            self._segment = f"segment {self._count}"
            self._caller.begin()
            self.on_playback_started(created_at=asyncio.get_running_loop().time())
        pcm = bytes(frame.data.cast("b"))
        self._caller.replies[-1].pcm += pcm
        self._caller.speakers.play(self._segment, pcm)
        self._caller.changed()

    def flush(self) -> None:
        super().flush()
        if self._segment:
            self._end = asyncio.ensure_future(self._play_out())

    def clear_buffer(self) -> None:
        cut = self._caller.speakers.stop()
        if not self._segment:
            return
        if self._end:
            self._end.cancel()
        self._caller.interrupted = True
        self._finish(cut.get(self._segment, 0) / 1000, interrupted=True)

    async def _play_out(self) -> None:
        await self._caller.speakers.silence()
        self._finish(self._caller.replies[-1].audio_ms / 1000, interrupted=False)

    def _finish(self, seconds: float, *, interrupted: bool) -> None:
        self._segment, self._end = "", None
        self.on_playback_finished(playback_position=seconds, interrupted=interrupted)
        self._caller.changed()


class Caller(driving.Caller):
    """A call by an agent without instructions of its own: the team is the model."""

    call: AgentSession[None]

    async def __aenter__(self) -> Caller:
        self._stack = AsyncExitStack()
        http = await self._stack.enter_async_context(aiohttp.ClientSession())
        settings: dict[str, Any] = {} if self.detection else {"turn_detection": None}
        model = openai.realtime.RealtimeModel(
            base_url=f"{self.job.url}/v1", model=self.job.model, api_key=self.job.key, http_session=http, **settings
        )
        # The server tells of speech, so no detector of its own; there is no echo to get used to.
        turns: TurnHandlingOptions = {"turn_detection": "realtime_llm" if self.detection else "manual"}
        self.call = AgentSession(llm=model, vad=None, aec_warmup_duration=None, turn_handling=turns)
        self._microphone = Microphone(self)
        self.call.input.audio = self._microphone
        self.call.output.audio = Loudspeakers(self)
        self.call.on("conversation_item_added", self._added)
        self.call.on("error", lambda event: self._failed(event.error))
        self.call.on("close", lambda event: self._failed(event.error) if event.error else None)

        @function_tool(name="get_weather", description="Tell the weather in a city.")
        async def get_weather(city: str) -> str:
            return self.weather(city)

        self._agent = Agent(instructions="")
        self.call.input.set_audio_enabled(self.detection)
        await self.call.start(self._agent)
        self._stack.push_async_callback(self.call.aclose)
        if self.tools:
            await self._agent.update_tools([get_weather])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def type(self, text: str) -> None:
        speech = self.call.generate_reply(user_input=text)
        speech.add_done_callback(lambda done: self._failed(done.exception()) if done.exception() else None)

    async def push_to_talk(self, pcm: bytes) -> None:
        self.call.clear_user_turn()
        self.call.input.set_audio_enabled(True)
        self.microphone.say(self.job.speech["hours"])
        await self.until(lambda: self._microphone.taken >= len(pcm), "the end of the speech")
        self.call.input.set_audio_enabled(False)
        self.call.commit_user_turn()

    async def provoke(self) -> None:
        session = self._agent.realtime_llm_session
        session.truncate(message_id="item_of_nobody", modalities=["audio"], audio_end_ms=100)
        await self.until(lambda: self.errors, "an error")

    def begin(self) -> None:
        """A reply begins to be heard."""
        self.replies.append(driving.Reply())

    def _added(self, event: Any) -> None:
        """Take the text of a reply: LiveKit tells of it when it was played."""
        if event.item.type == "message" and event.item.role == "assistant":
            if not self.replies or self.replies[-1].done:
                self.begin()
            self.replies[-1].text = event.item.text_content
            self.replies[-1].done = True
        self.changed()

    def _failed(self, error: Any) -> None:
        self.errors.append(str(getattr(error, "error", error)))
        self.changed()


driving.main(Caller, importlib.metadata.version("livekit-plugins-openai"))
