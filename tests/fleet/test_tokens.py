"""Tokens by which callers come back."""

from __future__ import annotations

import pytest

from orchestrator.fleet.tokens import Tokens


def test_a_token_says_which_call_and_after_which_change_of_hands() -> None:
    """To every node with the same secret."""
    token = Tokens("secret").make("call_ü", 7)

    assert token.startswith("rt_")
    assert token.isascii()
    assert Tokens("secret").read(token) == ("call_ü", 7)


def test_the_same_call_and_epoch_have_the_same_token() -> None:
    """It is a signature, not a lottery: nodes need not remember it."""
    assert Tokens("secret").make("call", 1) == Tokens("secret").make("call", 1)
    assert Tokens("secret").make("call", 1) != Tokens("secret").make("call", 2)


@pytest.mark.parametrize("place", [3, 10, 40, -1])
def test_a_token_that_was_changed_anywhere_is_not_ours(place: int) -> None:
    """Neither its signature nor what is signed."""
    token = list(Tokens("secret").make("call_1", 1))
    token[place] = "A" if token[place] != "A" else "Q"

    assert Tokens("secret").read("".join(token)) is None


@pytest.mark.parametrize("token", ["", "rt_", "rt_A", "rt_AAAA", "ek_AAAA", "rt_" + "A" * 500, "rt_ü", "rt_ =="])
def test_anything_else_is_not_ours(token: str) -> None:
    """And raises nothing."""
    assert Tokens("secret").read(token) is None


def test_a_token_of_another_secret_is_not_ours() -> None:
    """Its signature does not fit."""
    assert Tokens("other").read(Tokens("secret").make("call_1", 1)) is None
