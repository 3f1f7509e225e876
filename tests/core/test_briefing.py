"""What an agent is told about what it could not hear."""

from __future__ import annotations

import json

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.state import Phase
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
