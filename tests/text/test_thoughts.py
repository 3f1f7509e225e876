"""The thoughts of reasoning models: no word of them is said, in whatever pieces they come."""

from __future__ import annotations

import pytest

from orchestrator.text.thoughts import PAIRS, Words


def said(raw: str, size: int) -> str:
    """Return what is said of an answer that comes in pieces of a size."""
    words = Words()
    for at in range(0, len(raw), size):
        words.add(raw[at : at + size])
    return words.said(ended=True)


def test_what_may_be_a_thought_is_held_back() -> None:
    """Until it is clear whether a mark begins; at the end it is text."""
    words, seen = Words(), []
    for piece in ("Two <", "th", "ree <think", ">secret</thi", "nk> Four <"):
        words.add(piece)
        seen.append(words.said())

    assert seen == ["Two ", "Two ", "Two <three ", "Two <three ", "Two <three Four "]
    assert words.said(ended=True) == "Two <three Four <"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("<think>They greet.</think>\n\n Hello. ", "Hello. "),
        ("One. <think>a < b</think>  Two.<think></think> <think>x</think>\nThree.", "One. Two.Three."),
        ("<think>never ends </thin", ""),
        ("One. <thinking>never ends", "One. "),
        ("a <thinking> b </think> c", "a c"),
        ("<<think>x</think>y", "<y"),
        ("<thi", "<thi"),
        ("I should greet. </think>\n\nHello.", "Hello."),
        ("One.</think>Two.</thinking>Three.", "Three."),
        ("Hm.</think><think>Hm?</think> Hello.", "Hello."),
        ("</think>Hello.", "Hello."),
        ("<THINK>x</Think>Hello.", "Hello."),
        ("a < b, [thin] and </them>", "a < b, [thin] and </them>"),
        ("", ""),
    ],
)
def test_p65_thoughts_are_no_words(raw: str, words: str, size: int) -> None:
    """P65: whole, without an end, without a beginning, several; the white space after a thought belongs to it."""
    assert said(raw, size) == words


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_p65_each_spelling_is_known(opening: str, closing: str, size: int) -> None:
    """P65: every family of models has its own, in capitals or not; the first mark may be missing."""
    assert said(f"{opening}They greet.{closing}\nHello.", size) == "Hello."
    assert said(f"{opening.upper()}They greet.{closing.upper()}Hello.", size) == "Hello."
    assert said(f"They greet.{closing}\nHello.", size) == "Hello."


def test_p65_what_was_passed_on_stays() -> None:
    """P65: a thought that shows itself only at its end is cut to what is out already."""
    words = Words(held=True)
    words.add("They greet. I ")
    assert words.said() == ""
    words.held = False
    words.passed_on = len("They greet. ")
    words.add("should too.</think> Hello.")

    assert (words.said(), words.unopened) == ("They greet. Hello.", True)


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(
    "raw",
    [
        "<|channel|>analysis<|message|>They greet.<|end|><|start|>assistant<|channel|>final<|message|>Hello.<|return|>",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary<|message|>Hello.<|end|>",
        "<|channel|>final<|message|>Hello.",
        "<think>They greet.</think>\n<answer>\nHello.</answer>",
        "<|START_THINKING|>They greet.<|END_THINKING|><|START_RESPONSE|>Hello.<|END_RESPONSE|>",
        "<|begin_of_thought|>Hm.<|end_of_thought|>\n\n<|begin_of_solution|>Hello.<|end_of_solution|>",
        "Hello.<|im_end|>",
        "<response>Hello.</response>",
    ],
)
def test_p65_what_frames_the_words_is_none_of_them(raw: str, size: int) -> None:
    """P65: marks of what is to be said, of its channel and of its end."""
    assert said(raw, size) == "Hello."
