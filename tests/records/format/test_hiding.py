"""Secrets in the lines of a record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.core.memory.masking import Masker, forms
from orchestrator.records.format.hiding import ITEMS, Hider, as_json

CARD = "4929183827463951"


def hider(*cards: str, pattern: str = "", shown: frozenset[str] = frozenset()) -> Hider:
    """Know some cards."""
    masker = Masker({"card": frozenset().union(*map(forms, cards))}, {"card": pattern} if pattern else {})
    return Hider(lambda: masker, shown=shown)


def event(**fields: Any) -> dict[str, Any]:
    """A line of an event."""
    return {"t": 4929.1838, "in": fields}


def test_a_secret_has_its_name_in_its_place() -> None:
    """However it was said."""
    said = "It is four nine two nine, one eight three eight, thanks."
    line = hider(CARD).line(event(type="TurnTranscribed", item_id="i", text=said))

    assert line["in"]["text"] == "It is secret:card, thanks."


def test_ids_names_and_numbers_of_ours_stay() -> None:
    """They would be taken apart where they happen to hold digits of a secret."""
    fields = {
        "type": "ResponseFinished",
        "session": "s4929",
        "response_id": "resp_4929183",
        "status": "4929",
        "usage": {"input_tokens": 4929},
        "cost": 4929.0,
        "payload": {"event_id": "event_49291838", "response": {"id": "4929", "name": "f4929"}},
    }

    assert hider(CARD).line(event(**fields)) == event(**fields)


def test_json_in_a_text_stays_json() -> None:
    """Numbers in it are the caller's, and so are keys, whatever they are called."""
    arguments = json.dumps({"id": CARD, "card": int(CARD), CARD: [4929, True, 1.5], "note": 'his "card"'})
    line = hider(CARD).line(event(type="FunctionCalled", arguments=arguments))

    hidden = ["secret:card", True, 1.5]
    assert json.loads(line["in"]["arguments"]) == {
        "id": "secret:card",
        "card": "secret:card",
        "secret:card": hidden,
        "note": 'his "card"',
    }


def test_json_without_a_secret_stays_as_it_was_written() -> None:
    """To the last space."""
    line = event(type="ToolReturned", output='{ "a" :1}')

    assert hider(CARD).line(line) == line


@pytest.mark.parametrize("text", ['{"card": 4929183827463951', "[4929183827463951", "[" * 100_000 + CARD])
def test_what_only_looks_like_json_is_text(text: str) -> None:
    """A model may have stopped in the middle."""
    line = hider(CARD).line(event(type="FunctionCalled", arguments=text))

    assert "4929183827" not in line["in"]["arguments"]


def test_variables_are_the_callers() -> None:
    """Numbers among them too."""
    line = hider(CARD).line(event(type="ToolReturned", variables={"id": int(CARD), "kept": 7}))

    assert line["in"]["variables"] == {"id": "secret:card", "kept": 7}


def test_a_secret_that_is_said_bit_by_bit_is_found() -> None:
    """By an agent within an item, by the caller from turn to turn."""
    one = hider(CARD)
    words = [one.line(event(type="TranscriptProduced", item_id="i", text=part)) for part in ("My 492", "918", "382.")]
    turns = [one.line(event(type="TurnTranscribed", item_id=part, text=part)) for part in ("492", "918", "382")]

    assert [line["in"]["text"] for line in words[1:]] == ["secret:card", "secret:card."]
    assert [line["in"]["text"] for line in turns[1:]] == ["secret:card"] * 2


def test_only_the_last_items_are_remembered() -> None:
    """A call may have thousands."""
    one = hider(CARD)
    for number in range(3 * ITEMS):
        one.line(event(type="TranscriptProduced", item_id=f"i{number}", text="a"))

    assert len(one._said) == ITEMS


def test_a_line_is_masked_again_as_a_line() -> None:
    """What is secret by now is taken out of it, and its ids stay; the header has nothing of the caller."""
    line = json.dumps(event(type="TurnTranscribed", item_id="i49291838", text=f"card {CARD}"))
    header = json.dumps({"v": 1, "seed": CARD})
    one = hider(CARD)

    assert json.loads(one.text(line)) == event(type="TurnTranscribed", item_id="i49291838", text="card secret:card")
    assert one.text(header) == header


def test_a_text_is_masked_but_for_ids_and_what_the_header_says() -> None:
    """The writer masks each text of header and summary."""
    one = hider(pattern=r"\d{4}", shown=frozenset({"Since 1984."}))

    assert one.text("It was 1984") == "It was secret:card"
    assert one.text("Since 1984.") == "Since 1984."
    assert one.text("sess_ab1984cd") == "sess_ab1984cd"
    assert one.text('{"not json 1984') == '{"not json secret:card'


@pytest.mark.parametrize(
    "value",
    [
        {"t": 1.000001, "in": {"text": '“Äh…” 😀 \n\t"\\/ \x00\x7f', "list": [1, None, True, [], {}], "": ""}},
        {"large": 2**70, "small": -5e-324, "more": [1e16, 1e22, 0.1, 100.0, -0.0]},
        {"half": "a \ud83d b", "other": "\udc00"},
        {"none": [float("inf"), float("-inf")]},
    ],
)
def test_a_line_reads_as_what_was_written(value: dict[str, Any]) -> None:
    """Whatever JSON can hold, on one line, and not longer than it has to be."""
    line = as_json(value)

    assert json.loads(line) == value
    assert "\n" not in line
    assert len(line) <= len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def test_hidden_arguments_are_hidden_wherever_a_function_is_called() -> None:
    """In events, effects and payloads, whichever tool it is; JSON stays JSON."""
    masker = Masker({}, {})
    one = Hider(lambda: masker, arguments=frozenset({"pin"}))
    arguments = '{"pin": "4821", "city": "Kiel"}'
    line = event(
        type="FunctionCalled", arguments=arguments, payload={"response": {"output": [{"arguments": arguments}]}}
    )

    hidden = '{"pin": "•••", "city": "Kiel"}'
    assert one.line(line) == event(
        type="FunctionCalled", arguments=hidden, payload={"response": {"output": [{"arguments": hidden}]}}
    )
