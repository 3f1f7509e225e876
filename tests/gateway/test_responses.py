"""Open responses as the caller saw them; their closing is tested through the projection."""

from __future__ import annotations

from orchestrator.gateway.responses import OpenResponse


def test_names_and_items_are_remembered() -> None:
    """The name of a function call in the making is known by its item, and which items may be played."""
    response = OpenResponse({"id": "r", "conversation_id": None})
    call = {"id": "f", "type": "function_call", "name": "open_door"}
    response.note({"type": "response.output_item.added", "output_index": 0, "item": call})

    assert response.aside
    assert response.name_of("f") == "open_door"
    assert response.name_of("other") == ""
    assert response.items == {"f"}


def test_parts_that_were_never_added_change_nothing() -> None:
    """A delta without its part is passed by; closing still ends the response once."""
    response = OpenResponse({"id": "r", "conversation_id": "c"})
    response.note({"type": "response.output_item.added", "output_index": 0, "item": {"id": "m", "type": "message"}})
    response.note({"type": "response.output_text.delta", "item_id": "m", "content_index": 3, "delta": "x"})

    kinds = [event["type"] for event in response.close("failed")]
    assert kinds == ["conversation.item.done", "response.output_item.done", "response.done"]


def test_p47_a_response_whose_end_was_lost_is_closed_as_complete() -> None:
    """P47: as the service spells it, without details."""
    (done,) = OpenResponse({"id": "r", "conversation_id": "c"}).close("completed")

    assert (done["response"]["status"], done["response"]["status_details"]) == ("completed", None)
