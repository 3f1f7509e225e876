"""What is known of the caller, and what of it is secret."""

from __future__ import annotations

import pytest

from orchestrator.core.memory.variables import HIDDEN, REMEMBERED, Variables
from orchestrator.team import Variable

CARD = "4111222244443333"


def variables() -> Variables:
    return Variables(
        {
            "account": Variable(type="string", pattern="^[0-9]{6}$"),
            "verified": Variable(type="boolean", set_by="check_pin"),
            "card": Variable(type="string", secret=True),
            "pin": Variable(default="2054", secret=True),
        },
        {"card", "pin"},
    )


def test_values_are_as_declared() -> None:
    """What is not, is refused with what it must be like, and changes nothing."""
    known = variables()

    assert known.set("account", "123456") == ""
    assert known.set("account", "12") == "account must match ^[0-9]{6}$"
    assert known.set("account", 123456) == "account must be of type string"
    assert known.set("acount", "1") == "there is no variable 'acount'"
    assert known.get("account") == "123456"
    assert known.values()["account"] == "123456"
    assert known.set("account", None) == ""
    assert known.get("account") is None


def test_anybody_may_read_what_is_no_secret() -> None:
    """Of a secret only that it is known; another variable that repeats one has its name in its place."""
    known = variables()
    known.set("account", "205400")
    assert known.shown() == {"account": "[pin]", "verified": None, "card": None, "pin": HIDDEN}

    known.set("account", "123456")
    known.set("card", CARD)
    known.set("verified", True, "check_pin")
    assert known.shown() == {"account": "123456", "verified": True, "card": HIDDEN, "pin": HIDDEN}


def test_only_its_tool_sets_a_variable_with_set_by() -> None:
    """No model and no other tool can claim it."""
    known = variables()
    assert known.set("verified", True) == "verified is set by check_pin only"
    assert known.set("verified", True, "find_order") == "verified is set by check_pin only"
    assert not known.met("verified")

    assert known.set("verified", False, "check_pin") == ""
    assert not known.met("verified")
    assert known.set("verified", True, "check_pin") == ""
    assert known.met("verified")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"My card is {CARD}.", "My card is [card]."),
        ("It is 4111 2222-4444 3333, yes.", "It is [card], yes."),
        ("four triple one two two two two", "[card]"),
        ("forty one eleven, twenty two", "[card]"),
        ("It ends in 3333.", "It ends in [card]."),
        ("It ends in 33.", "It ends in 33."),
        ("Order 7 of 11, please.", "Order 7 of 11, please."),
        (f"x{CARD}y", "[card]"),
        ("PIN two oh five four", "PIN [pin]"),
        ("", ""),
    ],
)
def test_p17_a_secret_is_taken_out_however_it_is_said(said: str, told: str) -> None:
    """P17: digits, groups, words, a part that is long enough."""
    known = variables()
    known.set("card", CARD)

    assert known.mask(said) == told
    assert known.mask(said, ["card", "pin"]) == said


def test_what_was_secret_before_stays_secret() -> None:
    """A number that the caller corrected was spoken too; how many are remembered is bounded."""
    known = variables()
    for number in range(REMEMBERED + 1):
        known.set("card", f"{number + 10}98765")

    assert known.mask("1198765 and 2698765") == "[card] and [card]"
    assert known.mask("It is 10.") == "It is 10."


def test_flags_and_nothing_hide_no_words() -> None:
    """A secret that is not set, or only true or false, is in no text."""
    known = Variables(
        {"flag": Variable(type="boolean", default=True, secret=True), "none": Variable(secret=True)}, {"flag", "none"}
    )

    assert known.mask("True or None") == "True or None"
    assert known.masked("flag", []) is True
    assert known.masked("none", []) is None


def test_p62_another_variable_that_holds_a_secret_is_masked() -> None:
    """P62: a model that repeats a number into a second variable tells nobody by it."""
    known = Variables(
        {
            "card": Variable(type="string", secret=True),
            "note": Variable(type="string"),
            "order": Variable(type="integer"),
            "paid": Variable(type="boolean"),
        },
        {"card"},
    )
    known.set("card", CARD)
    known.set("note", "4111 2222, then 4444 3333")
    known.set("order", int(CARD))
    known.set("paid", True)

    assert [known.masked(name, []) for name in ("card", "note", "order", "paid")] == [
        CARD,
        "[card], then [card]",
        "[card]",
        True,
    ]
    assert known.masked("note", ["card"]) == "4111 2222, then 4444 3333"
    known.set("order", 77)
    assert known.masked("order", []) == 77


def test_p62_what_looks_like_a_secret_is_one_before_a_tool_has_set_it() -> None:
    """P62: by the pattern that the team file declares, for those who may not know the variable."""
    known = Variables({"account": Variable(type="string", pattern=r"^\d{6}$", secret=True)}, {"account"})

    assert known.mask("It is 123456, or one two three, four five six.") == "It is [account], or [account]."
    assert known.mask("It is 1234567.") == "It is 1234567."
    assert known.mask("It is 123456.", ["account"]) == "It is 123456."


def test_a_secret_may_be_set_to_what_is_no_word() -> None:
    """There is nothing to look for."""
    known = Variables({"card": Variable(type="string", secret=True)}, {"card"})

    assert known.set("card", " - ") == ""
    assert known.mask("a - b") == "a - b"
