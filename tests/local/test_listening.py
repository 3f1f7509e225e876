"""The caller's audio becomes turns, items and transcripts."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from orchestrator.local.brain.port import Say
from tests.local.scene import Talk, kinds, silence, speech, talk, word_for_word

TURN = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "response.created",
]
ADDED = ["conversation.item.added", "conversation.item.done"]


async def test_a_turn_found_by_voice_activity_is_answered() -> None:
    """Speech, then silence: the turn's events, the transcription, the answer."""
    async with talk() as client:
        await client.update(audio={"input": {"transcription": {"model": "any"}}})
        client.hear(silence(1000), speech(800), silence(700))
        events = await client.until("response.done")
        assert kinds(events)[:6] == TURN
        started, stopped = events[0], events[1]
        assert started["item_id"] == stopped["item_id"] == events[2]["item_id"] == events[3]["item"]["id"]
        assert 640 <= started["audio_start_ms"] <= 740
        assert 2240 <= stopped["audio_end_ms"] <= 2380
        assert events[3]["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        completed = next(event for event in events if event["type"].endswith("transcription.completed"))
        assert completed["usage"]["type"] == "duration"
        assert client.brain.seen[0].items[0]["content"][0]["transcript"] == completed["transcript"]


async def test_without_transcription_the_model_still_hears() -> None:
    """`transcription: null` only means that the client is not told."""
    async with talk() as client:
        client.hear(speech(800), silence(700))
        events = await client.until("response.done")
        assert not [event for event in events if "transcription" in event["type"]]
        assert events[-1]["response"]["output"][0]["content"][0]["transcript"].endswith(" ms")


async def test_recognition_starts_before_the_silence_is_long_enough() -> None:
    """After 160 ms of silence; the audio it gets ends there, and it is not done again."""
    async with talk() as client:
        client.hear(speech(800), silence(700))
        await client.until("response.done")
        (length,) = client.ears.lengths
        assert 960 * 16 <= length <= 1040 * 16


async def test_a_guess_is_thrown_away_when_speech_resumes() -> None:
    """A pause of 300 ms does not end the turn; its end is recognised with all that was said."""
    async with talk() as client:
        await client.update(audio={"input": {"transcription": {"model": "any"}}})
        client.hear(speech(800), silence(300), speech(800), silence(700))
        events = await client.until("response.done")
        assert kinds(events)[:6] == TURN
        completed = next(event for event in events if event["type"].endswith("transcription.completed"))
        assert int(completed["transcript"].split()[0]) > 2000


async def silence_at_the_end(
    heard: str, detection: dict[str, Any] | None = None, *, language: str | None = None
) -> int:
    """Return how many milliseconds of silence end a turn in which this is heard, as the session tells it."""
    async with talk(language=language) as client:
        client.ears.text = heard
        await client.update(audio={"input": {"turn_detection": detection or {"type": "server_vad"}}})
        client.hear(speech(800))
        await client.last("input_audio_buffer.speech_started")
        while not (ends := [one for one in client.log if one["type"] == "input_audio_buffer.speech_stopped"]):
            client.hear(silence(64))
            for _ in range(2):  # what was heard is known before more is heard
                client.send("conversation.item.retrieve", item_id="none")
                await client.refused()
        return int(ends[0]["audio_end_ms"]) - 800


@pytest.mark.parametrize(
    ("heard", "least", "most"),
    [("Where is my order?", 240, 350), ("Hello.", 440, 560), ("One more thing,", 850, 970)],
)
async def test_what_was_heard_decides_how_long_the_silence_is(heard: str, least: int, most: int) -> None:
    """A finished sentence ends sooner, an unfinished one later."""
    assert least <= await silence_at_the_end(heard) <= most


@pytest.mark.parametrize(
    ("language", "heard", "least", "most"),
    [
        ("de", "Wo ist meine Bestellung?", 240, 350),
        ("de", "Noch eine Frage,", 850, 970),
        ("de", "Where is my order?", 440, 560),
        ("zh", "我的订单在哪里？", 240, 350),
    ],
)
async def test_it_does_so_in_the_language_of_the_call(language: str, heard: str, least: int, most: int) -> None:
    """In which the transcriber is asked to hear."""
    assert least <= await silence_at_the_end(heard, language=language) <= most


@pytest.mark.parametrize(("said", "team", "heard"), [("de-DE", None, "de"), (None, "zh", "zh"), (None, None, None)])
async def test_the_transcriber_is_told_the_language(said: str | None, team: str | None, heard: str | None) -> None:
    """The one of the transcription, else the team's."""
    async with talk(language=team) as client:
        client.hear(speech(800), silence(700))
        await client.until("response.done")
        await client.update(audio={"input": {"transcription": {"model": "any", "language": said or ""}}})
        client.hear(speech(800), silence(700))
        await client.until("response.done")
        assert set(client.ears.languages) == {team, heard}


@pytest.mark.parametrize("heard", ["Where is my order?", "One more thing,"])
async def test_a_silence_that_was_set_is_kept(heard: str) -> None:
    """To the step of 32 ms, whatever was heard."""
    assert 590 <= await silence_at_the_end(heard, {"type": "server_vad", "silence_duration_ms": 600}) <= 670


async def test_eagerness_scales_the_silence() -> None:
    """`semantic_vad` waits by what was heard too."""
    for eagerness, least in (("low", 400), ("high", 190)):
        ended = await silence_at_the_end("Where is my order?", {"type": "semantic_vad", "eagerness": eagerness})
        assert least <= ended <= least + 130


async def test_push_to_talk() -> None:
    """`turn_detection: null`: commit makes the item and starts nothing; clear forgets; too little is refused."""
    async with talk() as client:
        await client.update(audio={"input": {"turn_detection": None}})
        client.hear(speech(500))
        client.send("input_audio_buffer.clear")
        client.hear(speech(50))
        client.send("input_audio_buffer.commit", event_id="too-early")
        refused = await client.refused()
        assert refused["code"] == "input_audio_buffer_commit_empty"
        assert refused["event_id"] == "too-early"
        client.hear(speech(600), silence(1000))
        client.send("input_audio_buffer.commit")
        events = await client.until("conversation.item.done")
        assert kinds(events) == ["input_audio_buffer.committed", *ADDED]
        client.send("response.create")
        response = (await client.last("response.done"))["response"]
        heard = int(response["output"][0]["content"][0]["transcript"].removesuffix(" ms"))
        assert heard == 1650  # the refused 50 ms are still there


@pytest.mark.parametrize(
    ("kind", "audio"),
    [
        ({"type": "audio/pcm", "rate": 24000}, bytes(2)),
        ({"type": "audio/pcmu"}, b"\xff"),
        ({"type": "audio/pcma"}, b"\xd5"),
    ],
    ids=["pcm", "pcmu", "pcma"],
)
@pytest.mark.parametrize("ms", [20, 99, 100, 101, 128, 500])
@pytest.mark.parametrize("detects", [False, True], ids=["by hand", "turn detection"])
async def test_p73_a_turn_of_a_tenth_of_a_second(kind: dict[str, Any], audio: bytes, ms: int, *, detects: bool) -> None:
    """P73: what the client has sent is what is counted, in every format, in frames of 20 ms or less."""
    detection = {"type": "server_vad", "prefix_padding_ms": 0} if detects else None
    rate = 24 if kind["type"] == "audio/pcm" else 8
    async with talk() as client:
        await client.update(audio={"input": {"format": kind, "turn_detection": detection}})
        for at in range(0, ms, 20):
            client.hear(base64.b64encode(audio * rate * min(20, ms - at)).decode())
        client.send("input_audio_buffer.commit")
        if ms >= 100:
            assert (await client.last("conversation.item.done"))["item"]["role"] == "user"
        else:
            assert f"only has {ms}.00ms" in (await client.refused())["message"]


async def test_a_transcription_that_fails_is_reported() -> None:
    """`…transcription.failed`, and the brain sees no transcript."""
    async with talk(lambda _: [Say("Pardon?")]) as client:
        await client.update(audio={"input": {"transcription": {"model": "any"}}})
        client.ears.error = ValueError("broken")
        client.hear(speech(300), silence(700))
        events = await client.until("response.done")
        assert [event for event in events if event["type"].endswith("transcription.failed")]
        assert client.brain.seen[0].items[0]["content"][0]["transcript"] is None


async def test_odd_audio_harms_nothing() -> None:
    """No bytes, half a sample, and a minute in one frame: no event of their own, and the session goes on."""
    async with talk() as client:
        client.hear("", "AA==", "AAAA", silence(60_000))
        client.send("input_audio_buffer.clear")
        assert kinds(await client.until("input_audio_buffer.cleared")) == ["input_audio_buffer.cleared"]


async def test_audio_in_an_item_is_heard() -> None:
    """A whole utterance given as one item is transcribed before the answer."""
    async with talk() as client:
        item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": speech(700)}]}
        client.send("conversation.item.create", item=item)
        client.send("response.create")
        response = (await client.last("response.done"))["response"]
        assert response["output"][0]["content"][0]["transcript"] in ("699 ms", "700 ms")


async def test_clearing_the_buffer_begins_a_new_item() -> None:
    """What was said before is in no turn."""
    async with talk() as client:
        client.hear(speech(300))
        started = await client.last("input_audio_buffer.speech_started")
        client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")
        client.hear(silence(300), speech(400), silence(700))
        assert (await client.last("input_audio_buffer.committed"))["item_id"] != started["item_id"]
        await client.until("response.done")
        assert max(client.ears.lengths) < 1100 * 16


LONG = "This is a long answer that goes on and on. " * 6  # some 13 s
WORDS = ["input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed"]


async def over_an_agent(client: Talk, said: str = LONG) -> None:
    """Let the client begin to play what the agent says."""
    client.send("response.create", response=word_for_word(said))
    await client.until("response.done")


async def heard_of(client: Talk, *audio: str) -> list[str]:
    """Return what the session tells of the caller while it hears this, in order."""
    since = len(client.log)
    for one in audio:
        client.hear(one)
        for _ in range(3):  # what was heard is known before more is heard
            client.send("conversation.item.retrieve", item_id="none")
            await client.refused()
    return [event["type"] for event in client.log[since:] if event["type"] in WORDS]


@pytest.mark.parametrize("heard", ["Mm-hmm.", ""])
async def test_a_backchannel_over_an_agent_is_not_told(heard: str) -> None:
    """Nothing is told, and what is said next is a turn of its own."""
    async with talk() as client:
        await over_an_agent(client)
        client.ears.text = heard
        assert await heard_of(client, speech(400), silence(300), silence(800)) == []
        client.ears.text = "I have a question."
        assert await heard_of(client, speech(800), silence(300), silence(800)) == WORDS


async def test_an_interruption_is_told_as_soon_as_its_words_are_known() -> None:
    """While the caller speaks, with the place where they began."""
    async with talk() as client:
        await over_an_agent(client)
        client.ears.text = "How much is a ticket?"
        assert await heard_of(client, silence(320), speech(400)) == []
        assert await heard_of(client, speech(160)) == WORDS[:1]
        started = next(event for event in client.log if event["type"] == WORDS[0])
        assert 0 <= started["audio_start_ms"] <= 100


async def test_a_short_word_is_told_at_the_pause_behind_it() -> None:
    """ "Stop" is no backchannel."""
    async with talk() as client:
        await over_an_agent(client)
        client.ears.text = "Stop."
        assert await heard_of(client, speech(300), silence(200)) == WORDS[:1]


async def test_whoever_speaks_on_is_believed() -> None:
    """Whatever is heard."""
    async with talk() as client:
        await over_an_agent(client)
        client.ears.text = "Okay."
        assert await heard_of(client, *[speech(200)] * 6) == []
        assert await heard_of(client, speech(300)) == WORDS[:1]


async def test_a_yes_answers_a_question_that_is_still_spoken() -> None:
    """It is no backchannel then."""
    async with talk() as client:
        await over_an_agent(
            client, "Would you like me to book a table for two people on Friday evening at half past seven?"
        )
        client.ears.text = "Yes."
        assert await heard_of(client, speech(300), silence(200), silence(300)) == WORDS


async def test_what_a_client_commits_or_clears_in_doubt_is_settled() -> None:
    """A commit makes a turn of it, a clear forgets it, and so does turn detection that is switched off."""
    async with talk() as client:
        await over_an_agent(client)
        client.ears.text = "Okay."
        client.hear(speech(300))
        client.send("input_audio_buffer.commit")
        await client.until("input_audio_buffer.committed")
        client.hear(speech(300))
        client.send("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")
        client.hear(speech(300))
        await client.update(audio={"input": {"turn_detection": None}})
        assert await heard_of(client, silence(900)) == []


async def test_without_interruption_the_client_is_told_at_once() -> None:
    """`interrupt_response: false` leaves it to the client what speech over an agent means."""
    async with talk() as client:
        await client.update(audio={"input": {"turn_detection": {"type": "server_vad", "interrupt_response": False}}})
        await over_an_agent(client)
        assert await heard_of(client, speech(100)) == WORDS[:1]


async def test_who_goes_on_after_a_pause_has_not_finished() -> None:
    """No word is waited for: an answer that has hardly begun is not interrupted, but taken back."""
    async with talk() as client:
        client.ears.text = "How much is a ticket?"
        await heard_of(client, speech(800), silence(300), silence(800))
        await client.until("response.done")
        client.ears.text = "Okay."
        assert await heard_of(client, speech(100)) == WORDS[:1]


async def test_who_speaks_later_may_only_show_that_they_listen() -> None:
    """While the same answer is spoken."""
    async with talk() as client:
        client.ears.text = "How much is a ticket?"
        await heard_of(client, speech(800), silence(300), silence(800))
        await client.until("response.done")
        client.send("response.create", response=word_for_word(LONG))
        await client.until("response.done")
        client.ears.text = "Okay."
        assert await heard_of(client, silence(1200), speech(300), silence(300), silence(800)) == []
