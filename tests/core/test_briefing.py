"""What an agent is told about what it could not hear."""

from __future__ import annotations

import json

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.briefing import ONE_BY_ONE, TOGETHER
from orchestrator.core.ids import TimerKind
from orchestrator.core.state import Phase
from orchestrator.core.wording import SAID_EARLIER
from tests.core.scene import (
    BILLING,
    FRONT,
    TEAMWORK,
    VERIFY,
    Scene,
    bank,
    bridging,
    expired,
    only,
)


def test_p03_the_target_is_told_not_to_greet_again_and_the_old_words_are_not_its_own() -> None:
    """P03: `opening: continue`; what the old agent said is a note, never an assistant item of the new one."""
    scene = Scene()
    scene.open("billing")
    scene.answer("front", "r1", "Goodbye and thanks.")
    (item,) = only(do.AddItem, scene.transfer("front", "billing"))

    assert item.item["role"] == "system"
    assert "no greeting" in item.item["content"][0]["text"]
    assert "front: Goodbye and thanks." in item.item["content"][0]["text"]


def test_p07_the_way_back_tells_only_what_the_first_agent_missed() -> None:
    """P07: no foreign function-call ids, nothing twice."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", "My invoice is wrong.")
    scene.moved("front", "billing")
    scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"))
    scene.turn("billing", "i2", "And my router is broken.")

    (item,) = only(do.AddItem, scene.transfer("billing", "front", call_id="fc2"))

    text = item.item["content"][0]["text"]
    assert "Caller: And my router is broken." in text
    assert "My invoice is wrong." not in text
    assert "fc1" not in json.dumps(dict(item.item))


def test_context_all_carries_tool_facts() -> None:
    """An edge may pass on what tools returned."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    scene.turn("billing", "i1", "How much is it?")
    scene.function("billing", "opening_fc1", "find_invoice", call_id="tool")
    scene.feed(ev.ToolReturned(scene.ours("tool"), "40 euros"))
    (item,) = only(do.AddItem, scene.function("billing", "opening_fc1", "transfer_to_front", call_id="fc2"))

    assert "find_invoice → 40 euros" in item.item["content"][0]["text"]


def test_p17_context_drop_last_and_secrets() -> None:
    """P17: what was said at billing stays there, and the secret is in no briefing, whoever says it."""
    scene = bridging()
    scene.feed(ev.ResponseStarted(BILLING, "r8"))
    scene.function("billing", "r8", "take_card", call_id="card")
    scene.feed(ev.ToolReturned(scene.ours("card"), "thanks", {"card": "4111222244443333"}))
    scene.feed(ev.ResponseFinished(BILLING, "r8", "completed"))
    scene.feed(ev.ResponseStarted(BILLING, "r9"), ev.ResponseFinished(BILLING, "r9", "completed"))
    scene.turn("billing", "i5", "It was four one one one 2222 4444 3333.")
    told = only(
        do.AddItem, scene.transfer("billing", "verify", '{"reason": "card 4111222244443333 is blocked"}', "fc5")
    )
    text = told[0].item["content"][0]["text"]

    assert "[card] is blocked" in text
    assert "It was [card]." in text
    scene.feed(ev.ResponseStarted(VERIFY, "r10"), ev.ResponseFinished(VERIFY, "r10", "completed"))
    scene.turn("verify", "i6", "Back, please.")
    told = only(do.AddItem, scene.transfer("verify", "billing", "{}", "fc6"))
    assert "Back, please." in told[0].item["content"][0]["text"]


def test_p17_what_stays_in_an_agent_need_not_be_a_secret() -> None:
    """P17: the rule alone keeps it there, in what was said and in the reason; who may know it is told."""
    scene = bridging(TEAMWORK.replace(", secret: true", ""))
    scene.feed(ev.ResponseStarted(BILLING, "r8"))
    scene.function("billing", "r8", "take_card", call_id="card")
    scene.feed(ev.ToolReturned(scene.ours("card"), "thanks", {"card": "4111222244443333"}))
    scene.feed(ev.ResponseFinished(BILLING, "r8", "completed"))
    scene.feed(ev.ResponseStarted(BILLING, "r9"), ev.ResponseFinished(BILLING, "r9", "completed"))
    scene.turn("billing", "i5", "It was four one one one 2222 4444 3333.")
    told = only(
        do.AddItem, scene.transfer("billing", "verify", '{"reason": "card 4111222244443333 is blocked"}', "fc5")
    )
    assert "4111222244443333" not in told[0].item["content"][0]["text"]
    assert "It was [card]." in told[0].item["content"][0]["text"]

    scene.feed(ev.ResponseStarted(VERIFY, "r10"), ev.ResponseFinished(VERIFY, "r10", "completed"))
    reference = [{"type": "item_reference", "id": "i5"}]
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked({"conversation": "none", "input": reference})))
    assert create.options["input"][0]["content"][0]["text"] == "It was [card]."
    scene.turn("verify", "i6", "It is 4111222244443333.")
    told = only(do.AddItem, scene.transfer("verify", "billing", "{}", "fc6"))
    assert "It is 4111222244443333." in told[0].item["content"][0]["text"]


def test_a_part_of_the_call_can_stay_behind() -> None:
    """`context: {drop: [billing]}`, and `last` lines only."""
    scene = bridging()
    scene.turn("billing", "i4", "My secret wish.")
    told = only(do.AddItem, scene.transfer("billing", "front", "{}", "fc4"))

    assert "My secret wish." not in told[0].item["content"][0]["text"]


def test_words_transcribed_while_the_new_agent_is_away_are_told_when_it_is_back() -> None:
    """They were said to the agent before."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", None)
    scene.transfer("front", "billing")
    scene.feed(expired(TimerKind.TRANSCRIPT), ev.ResponseStarted(BILLING, "b1"))
    scene.feed(ev.ResponseFinished(BILLING, "b1", "completed"), ev.SessionLost(BILLING, "reset"))
    scene.feed(ev.TurnTranscribed(FRONT, "i1", "Invoice 77."))
    items = only(do.AddItem, scene.feed(ev.SessionOpened(BILLING)))

    assert any("Invoice 77." in item.item["content"][0]["text"] for item in items)


def test_words_transcribed_during_the_next_handoff_are_part_of_its_briefing() -> None:
    """They were said to the first agent; nobody else is told of them meanwhile."""
    scene = bank("verify")
    scene.turn("front", "late", None)
    scene.feed(ev.ResponseStarted(FRONT, "r1"), ev.FunctionCalled(FRONT, "r1", "i", "fc0", "transfer_to_verify", "{}"))
    scene.feed(expired(TimerKind.TRANSCRIPT), ev.ResponseStarted(VERIFY, "opening"))
    scene.feed(ev.FunctionCalled(VERIFY, "opening", "i", "pin", "check_pin", "{}"))
    scene.feed(ev.ToolReturned(scene.ours("pin"), "right", {"verified": True}))
    scene.function("verify", "opening", "transfer_to_billing", call_id="fc1")
    assert scene.call.state.phase is Phase.HANDING_OFF
    assert not only(do.AddItem, scene.feed(ev.TurnTranscribed(FRONT, "late", "I want my money back.")))

    (item, *_) = only(do.AddItem, scene.feed(ev.SessionOpened(BILLING)))
    assert "I want my money back." in item.item["content"][0]["text"]


def test_p62_a_secret_that_is_said_over_several_turns_is_not_finished_by_late_words() -> None:
    """P62: three digits were said before, three come late."""
    scene = bank("verify")
    scene.call.state.variables.set("card", "4111222244443333", "take_card")
    scene.turn("front", "i1", "It is 411.")
    scene.turn("front", "i2", None)
    scene.transfer("front", "verify", "{}")
    scene.feed(expired(TimerKind.TRANSCRIPT), ev.ResponseStarted(VERIFY, "v1"))
    (late,) = only(do.AddItem, scene.feed(ev.TurnTranscribed(FRONT, "i2", "And 122, please.")))

    assert late.item["content"][0]["text"] == "[card], please."


def test_p62_a_briefing_shows_no_number_that_looks_like_a_secret() -> None:
    """P62: by its pattern, before a tool has set it; in what was said and in the arguments of the handoff."""
    card = 'card: {type: string, pattern: "^[0-9]{16}$", set_by: take_card, secret: true}'
    scene = bank("verify", text=TEAMWORK.replace("card: {type: string, set_by: take_card, secret: true}", card))
    scene.turn("front", "i1", "It is 4111 2222 4444 3333.")
    (told,) = only(do.AddItem, scene.transfer("front", "verify", '{"reason": "4111222244443333 is blocked"}'))

    assert "Caller: It is [card]." in told.item["content"][0]["text"]
    assert "Reason: [card] is blocked" in told.item["content"][0]["text"]


def long_call() -> Scene:
    """A call of thirty turns, whose session was lost and is back."""
    scene = Scene()
    scene.open()
    for number in range(30):
        scene.turn("front", f"i{number}", f"Words {number}.")
    scene.feed(ev.SessionLost(FRONT, "reset by peer"))
    return scene


def texts(added: list[do.AddItem]) -> list[str]:
    """What a session was told, item by item."""
    return [one.item["content"][0]["text"] for one in added]


def test_a_session_that_is_opened_again_is_told_the_older_lines_together() -> None:
    """In their order, before the last ones, which have their own ids; the caller hears nothing of it."""
    scene = long_call()
    effects = scene.feed(ev.SessionOpened(FRONT))
    earlier, *recent = only(do.AddItem, effects)

    lines = [f"Words {number}." for number in range(30)]
    assert texts([earlier]) == [
        "\n".join([SAID_EARLIER.format(lines="").strip(), *(f"Caller: {one}" for one in lines[:10])])
    ]
    assert texts(recent)[:ONE_BY_ONE] == lines[10:]
    assert [one.item["id"] for one in recent][:ONE_BY_ONE] == [f"i{number}" for number in range(10, 30)]
    assert scene.feed(ev.ItemReported(FRONT, str(earlier.item["id"]), {"item": earlier.item})) == []


def test_what_an_agent_was_told_stands_among_the_older_lines_where_it_was_told() -> None:
    """A note that has the number of the line after it is not lost between the two, and stays masked."""
    scene = Scene()
    scene.open()
    for number in range(30):
        if number in (0, 10, 20):
            scene.call.state.transcript.briefed("front", f"Note {number}.")
        scene.turn("front", f"i{number}", f"Words {number}.")
    scene.feed(ev.SessionLost(FRONT, "reset by peer"))
    told = "\n".join(texts(only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))))

    for number in (0, 10, 20):
        assert told.count(f"Note {number}.") == 1
        assert told.index(f"Note {number}.") < told.index(f"Words {number}.")


def test_an_older_line_that_is_deleted_is_taken_out_of_what_was_told_together() -> None:
    """The session is told the rest anew, at the beginning; with the last of them nothing is left to tell."""
    scene = long_call()
    told, *_ = only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))

    effects = scene.feed(ev.CallerDeleted("i3"))
    (anew,) = only(do.AddItem, effects)
    assert only(do.DeleteItem, effects) == [do.DeleteItem(FRONT, str(told.item["id"]))]
    assert anew.previous_item_id == "root"
    assert "Words 3." not in texts([anew])[0]
    assert "Words 2." in texts([anew])[0]
    assert "conversation.item.deleted" in [effect.payload["type"] for effect in only(do.TellCaller, effects)]

    for number in (0, 1, 2, 4, 5, 6, 7, 8):
        scene.feed(ev.CallerDeleted(f"i{number}"))
    last = scene.feed(ev.CallerDeleted("i9"))
    assert len(only(do.DeleteItem, last)) == 1
    assert only(do.AddItem, last) == []
    assert only(do.DeleteItem, scene.feed(ev.CallerDeleted("i12"))) == [do.DeleteItem(FRONT, "i12")]


def test_an_older_line_can_be_named_like_any_other() -> None:
    """Retrieved, it comes from the transcript; a reference is written out; what is put behind it stands behind all."""
    scene = long_call()
    earlier, *_ = only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))

    (told,) = only(do.TellCaller, scene.feed(ev.CallerRetrieved("i3")))
    assert told.payload["item"]["id"] == "i3"
    assert told.payload["item"]["content"] == [{"type": "input_text", "text": "Words 3."}]
    assert only(do.RetrieveItem, scene.feed(ev.CallerRetrieved("i20"))) == [do.RetrieveItem(FRONT, "i20")]

    typed = {"id": "new", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "And this?"}]}
    (added,) = only(do.AddItem, scene.feed(ev.CallerTyped(typed, previous_item_id="i3")))
    assert added.previous_item_id == earlier.item["id"]

    named = [{"type": "item_reference", "id": one} for one in ("i3", "i20")]
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked({"conversation": "none", "input": [*named, typed]})))
    assert create.options["input"][0]["content"] == [{"type": "input_text", "text": "Words 3."}]
    assert create.options["input"][1:] == [named[1], typed]


def test_what_would_be_too_long_for_one_item_is_told_in_several() -> None:
    """In order, also when something of it was deleted; one line alone may be longer."""
    scene = Scene()
    scene.open()
    for number in range(25):
        long = {0: TOGETHER, 2: TOGETHER // 2, 4: TOGETHER // 2}.get(number, 0)
        scene.turn("front", f"i{number}", f"{number} " + "x" * long)
    scene.feed(ev.SessionLost(FRONT, "reset by peer"))
    told = only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))
    parts = [one for one in told if one.item["content"][0]["text"].startswith(SAID_EARLIER.format(lines=""))]
    assert [text.count("Caller:") for text in texts(parts)] == [1, 3, 1]

    effects = scene.feed(ev.CallerDeleted("i3"))
    anew = only(do.AddItem, effects)
    assert [one.item_id for one in only(do.DeleteItem, effects)] == [one.item["id"] for one in parts]
    assert [one.previous_item_id for one in anew] == ["root", *(one.item["id"] for one in anew[:-1])]
