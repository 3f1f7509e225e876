"""Drives Pipecat's `OpenAIRealtimeLLMService` in a pipeline between a microphone and loudspeakers."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent))
import driving
import pipecat
from loguru import logger
from pipecat.adapters.schemas.function_schema import FunctionSchema
from pipecat.adapters.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    LLMRunFrame,
    OutputAudioRawFrame,
    ProposedUserStartedSpeakingFrame,
    ProposedUserStoppedSpeakingFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies
from pipecat.workers.runner import WorkerRunner

WEATHER = FunctionSchema(
    name="get_weather",
    description="Tell the weather in a city.",
    properties={"city": {"type": "string"}},
    required=["city"],
)

# Here the caller is the first to say something, by voice. Pipecat's guides let the agent greet first, and the service
# needs that: it answers the first words of a pipeline that never ran a second time, in text.
SPOKEN = ("audio_vad", "push_to_talk", "handoff")


class Microphone(BaseInputTransport):
    """The caller's voice; with turn detection off only what is said while a button is held."""

    def __init__(self, caller: Caller, params: TransportParams) -> None:
        super().__init__(params)
        self._caller = caller
        self._task: asyncio.Task[None] | None = None
        # Whether it is on, and how much was taken from it.
        self.on, self.taken = caller.detection, 0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self._task = self.create_task(self._speak())

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._task:
            await self.cancel_task(self._task)

    async def _speak(self) -> None:
        async for pcm in self._caller.microphone.frames():
            if self.on:
                await self.push_audio_frame(InputAudioRawFrame(pcm, driving.RATE, 1))
                self.taken += len(pcm)
                self._caller.changed()


class Loudspeakers(BaseOutputTransport):
    """They take as long to play as the audio is."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self._due = 0.0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        now = asyncio.get_running_loop().time()
        self._due = max(now, self._due) + len(frame.audio) / driving.BYTES_PER_MS / 1000
        await asyncio.sleep(self._due - now)
        return True


class Listener(FrameProcessor):
    """Between the service and the loudspeakers: takes down what the service says, and when it was heard."""

    def __init__(self, caller: Caller) -> None:
        super().__init__()
        self._caller = caller
        # The reply that is coming, and whether the loudspeakers speak.
        self._reply: driving.Reply | None = None
        self._speaking = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not self._caller.left:
            self._take_down(frame, direction)
        await self.push_frame(frame, direction)

    def _take_down(self, frame: Frame, direction: FrameDirection) -> None:
        match frame:
            case TTSTextFrame() if direction is FrameDirection.DOWNSTREAM:
                self._begun().text += frame.text
            case TTSAudioRawFrame():
                self._begun().pcm += frame.audio
            case LLMFullResponseEndFrame():
                if self._reply and not self._reply.pcm:
                    self._reply.done = True
                self._reply = None
            case BotStartedSpeakingFrame():
                self._speaking = True
            case BotStoppedSpeakingFrame():
                self._speaking = False
                self._heard()
            case InterruptionFrame():
                self._caller.interrupted |= self._speaking
                self._reply = None
                self._heard()
        self._caller.changed()

    def _heard(self) -> None:
        for reply in self._caller.replies:
            reply.done = reply is not self._reply

    def _begun(self) -> driving.Reply:
        if self._reply is None:
            self._reply = driving.Reply()
            self._caller.replies.append(self._reply)
        return self._reply


class Caller(driving.Caller):
    """A call by a pipeline without instructions of its own: the team is the model."""

    # Whether it hung up: the service asks for one more reply when a pipeline is cancelled.
    left = False
    _greetings = 0

    async def __aenter__(self) -> Caller:
        heard = events.AudioInput(
            transcription=events.InputAudioTranscription(),
            turn_detection=events.SemanticTurnDetection() if self.detection else False,
        )
        self._service = OpenAIRealtimeLLMService(
            api_key=self.job.key,
            base_url=f"{self.job.url.replace('http', 'ws', 1)}/v1/realtime",
            settings=OpenAIRealtimeLLMService.Settings(
                model=self.job.model,
                session_properties=events.SessionProperties(audio=events.AudioConfiguration(input=heard)),
            ),
        )
        self._service.register_function("get_weather", self._get_weather)
        context = LLMContext(tools=ToolsSchema(standard_tools=[WEATHER])) if self.tools else LLMContext()
        by_button = LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies())
        user, assistant = LLMContextAggregatorPair(context, user_params=None if self.detection else by_button)
        params = TransportParams(audio_in_enabled=True, audio_out_enabled=True)
        self._microphone = Microphone(self, params)
        pipeline = Pipeline(
            [self._microphone, user, self._service, Listener(self), Loudspeakers(params), assistant],
        )
        rates = PipelineParams(audio_in_sample_rate=driving.RATE, audio_out_sample_rate=driving.RATE)
        self._worker = PipelineWorker(pipeline, params=rates)
        started = False

        @self._worker.event_handler("on_pipeline_started")
        async def on_pipeline_started(worker: PipelineWorker, frame: Frame) -> None:
            nonlocal started
            started = True
            self.changed()

        @self._worker.event_handler("on_pipeline_error")
        async def on_pipeline_error(worker: PipelineWorker, frame: Any) -> None:
            self.errors.append(frame.error)
            self.changed()

        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        self._running = asyncio.ensure_future(runner.run())
        await self.until(lambda: started, "the start of the pipeline")
        self._typed = False
        if self.job.scenario in SPOKEN:
            await self._worker.queue_frames([LLMRunFrame()])
            await self.replied()
            self._greetings = 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.left = True
        await self._worker.cancel()
        await self._running

    async def replied(self, count: int = 1) -> None:
        await super().replied(count + self._greetings)

    async def type(self, text: str) -> None:
        if not self._typed:
            self._typed = True
            message: Any = {"role": "user", "content": text}
            await self._worker.queue_frames([LLMMessagesAppendFrame([message], run_llm=True)])
            return
        # The service sends only its first context; what is appended later it sends as a message of the system.
        # So the next ones go by its events (pipecat-ai/pipecat#3442 is to change that).
        content = [events.ItemContent(type="input_text", text=text)]
        item = events.ConversationItem(type="message", role="user", content=content)
        await self._service.send_client_event(events.ConversationItemCreateEvent(item=item))
        await self._service.send_client_event(events.ResponseCreateEvent())

    async def push_to_talk(self, pcm: bytes) -> None:
        await self._microphone.push_frame(ProposedUserStartedSpeakingFrame())
        self.microphone.say(self.job.speech["hours"])
        self._microphone.on = True
        await self.until(lambda: self._microphone.taken >= len(pcm), "the end of the speech")
        self._microphone.on = False
        await self._microphone.push_frame(ProposedUserStoppedSpeakingFrame())

    async def provoke(self) -> None:
        # Neither comes up as an error of the pipeline: the first is logged, the second raised here.
        await self._service.send_client_event(events.ResponseCancelEvent())
        with self._raised():
            await self._service.retrieve_conversation_item("item_of_nobody")
        await self.until(lambda: self.errors, "an error")

    @contextmanager
    def _raised(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.errors.append(str(error))

    async def _get_weather(self, params: FunctionCallParams) -> None:
        await params.result_callback(self.weather(**params.arguments))


logger.remove()
logger.add(sys.stderr, level="DEBUG")
driving.main(Caller, pipecat.version())
