"""Tests of e-mail addresses in what was heard."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.understanding.emails import find


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("It's anna.schmidt@example.com.", "anna.schmidt@example.com"),
        ("anna dot schmidt at example dot com", "anna.schmidt@example.com"),
        ("Anna at example.com, please", "anna@example.com"),
        ("send it to M. Keller at mailbox.org", "m.keller@mailbox.org"),
        ("my e-mail is jo underscore smith at my bank dot co dot uk", "jo_smith@mybank.co.uk"),
        ("anna dash schmidt at web dash mail dot com", "anna-schmidt@web-mail.com"),
        ("a n n a at example dot com", "anna@example.com"),
        ("A-N-N-A at example. com.", "anna@example.com"),
        ("Rosa Dotstone at example.com.", "rosa.stone@example.com"),
        ("No, it ends in org. Gloria.Stein at example.org", "gloria.stein@example.org"),
    ],
)
def test_an_address(text: str, address: str) -> None:
    """An address is found as it is said and as recognisers write it."""
    found = find(text)

    assert found is not None
    assert found.value == address


@pytest.mark.parametrize("text", ["I live at Mill Lane. Thank you.", "see you at 7.30", "at nine. Thanks", "Anna"])
def test_no_address(text: str) -> None:
    """A place or a time after "at" is no address."""
    assert find(text) is None


def test_the_place_of_an_address() -> None:
    """What stands before an address is not part of it."""
    text = "for October, to anna at example dot com please"
    found = find(text)

    assert found is not None
    assert text[found.start : found.end] == "anna at example dot com"


def test_the_letter_of_a_word_is_not_spelled() -> None:
    """What stands behind an apostrophe belongs to the word before."""
    found = find("It's anna dot o at example dot com")

    assert found is not None
    assert found.value == "anna.o@example.com"
