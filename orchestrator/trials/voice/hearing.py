"""What a caller hears by voice: the server's events, played at the pace of speech."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.protocol.audio import PCM_RATE
from orchestrator.trials.heard import Heard

BYTES_PER_SECOND = 2.0 * PCM_RATE


class Hearing(Heard):
    """Takes the server's events, in seconds of the call."""

    def take(self, event: Mapping[str, Any], now: float) -> None:
        """Take an event of the server."""
        match event["type"]:
            case "response.output_audio.delta":
                seconds = len(event["delta"]) * 3 / 4 / BYTES_PER_SECOND
                self.add_sound(str(event["response_id"]), str(event["item_id"]), seconds, now)
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                self.add_words(str(event["response_id"]), str(event["item_id"]), event["delta"])
            case "team.response.started":
                self.speaks(str(event["response_id"]), str(event["agent"]))
