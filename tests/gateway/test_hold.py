"""The hold sound as a response."""

from __future__ import annotations

import json

from orchestrator.gateway import hold
from orchestrator.protocol.audio_frames import delta_audio
from orchestrator.protocol.hold import hold_sound


def test_it_begins_like_what_agents_say() -> None:
    """With the ids that the core has given, and an item in the conversation."""
    events = list(hold.opening("resp_1", "item_1"))

    assert [event["type"] for event in events] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
    ]
    assert events[0]["response"]["id"] == "resp_1"
    assert events[2]["item"]["id"] == "item_1"


def test_its_audio_is_a_frame_like_any_other() -> None:
    """A client plays it without knowing what it is."""
    frame = hold.frame("resp_1", "item_1", "audio/pcmu", 200, 400)

    assert delta_audio(frame) == ("resp_1", "item_1", 3200)
    assert json.loads(frame)["delta"] == hold_sound("audio/pcmu", 200, 400)
