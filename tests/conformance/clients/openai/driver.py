"""Drives the official `openai` package: `client.realtime.connect`."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))
import driving
import openai
from openai.resources.realtime.realtime import AsyncRealtimeConnection

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tell the weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


class Caller(driving.Caller):
    """A call by the official client."""

    call: AsyncRealtimeConnection

    async def __aenter__(self) -> Caller:
        self._stack = AsyncExitStack()
        client = openai.AsyncOpenAI(api_key=self.job.key, base_url=f"{self.job.url}/v1")
        await self._stack.enter_async_context(client)
        self.call = await self._stack.enter_async_context(client.realtime.connect(model=self.job.model))
        self._replies: dict[str, driving.Reply] = {}
        await self.call.session.update(session=self._session())
        self._tasks = [asyncio.ensure_future(work()) for work in (self._read, self._speak)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await self._stack.aclose()

    def _session(self) -> Any:
        detection = {"type": "server_vad", "silence_duration_ms": 500} if self.detection else None
        heard = {"turn_detection": detection, "transcription": {"model": "gpt-transcribe"}}
        return {"type": "realtime", "audio": {"input": heard}, "tools": [WEATHER] if self.tools else []}

    async def type(self, text: str) -> None:
        await self.call.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        )
        await self.call.response.create()

    async def push_to_talk(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), 960):
            await self.call.input_audio_buffer.append(audio=base64.b64encode(pcm[at : at + 960]).decode())
        await self.call.input_audio_buffer.commit()
        await self.call.response.create()

    async def provoke(self) -> None:
        await self.call.response.cancel()
        await self.until(lambda: self.errors, "an error")
        await self.call.conversation.item.retrieve(item_id="item_of_nobody")
        await self.until(lambda: len(self.errors) > 1, "a second error")

    async def _speak(self) -> None:
        if self.detection:
            async for frame in self.microphone.frames():
                await self.call.input_audio_buffer.append(audio=base64.b64encode(frame).decode())

    async def _read(self) -> None:
        async for event in self.call:
            match event.type:
                case "response.output_audio.delta":
                    pcm = base64.b64decode(event.delta)
                    self._reply(event.response_id).pcm += pcm
                    self.speakers.play(event.item_id, pcm)
                case "response.output_audio_transcript.done":
                    self._reply(event.response_id).text += event.transcript
                case "response.output_text.done":
                    self._reply(event.response_id).text += event.text
                case "input_audio_buffer.speech_started":
                    await self._interrupted()
                case "response.done":
                    await self._done(event.response)
                case "error":
                    self.errors.append(f"{event.error.code}: {event.error.message}")
            self.changed()

    def _reply(self, response_id: str) -> driving.Reply:
        if response_id not in self._replies:
            self._replies[response_id] = driving.Reply()
            self.replies.append(self._replies[response_id])
        return self._replies[response_id]

    async def _interrupted(self) -> None:
        """Stop the loudspeakers and say how much was heard, as the guide of the Realtime API tells clients to do."""
        for item_id, ms in self.speakers.stop().items():
            self.interrupted = True
            if ms:
                await self.call.conversation.item.truncate(item_id=item_id, content_index=0, audio_end_ms=ms)

    async def _done(self, response: Any) -> None:
        calls = [item for item in response.output if item.type == "function_call"]
        for item in calls:
            if item.name != "get_weather":
                self.errors.append(f"was asked for {item.name}, which it does not have")
                continue
            told = self.weather(**json.loads(item.arguments))
            output = {"type": "function_call_output", "call_id": item.call_id, "output": told}
            await self.call.conversation.item.create(item=output)
        if calls:
            await self.call.response.create()
        if response.id in self._replies:
            self._replies[response.id].done = True


driving.main(Caller, openai.__version__)
