"""The keys of what is called around a call, and their short forms."""

from __future__ import annotations

from orchestrator.team.hooks.keys import AfterCall, BeforeCall


def test_a_reference_alone_is_enough() -> None:
    """Two seconds are what a caller waits at most, unless the file says otherwise."""
    before = BeforeCall.model_validate("agents/crm.py:who_calls")

    assert (before.tool, before.name, before.within) == ("agents/crm.py:who_calls", "who_calls", 2.0)
    assert AfterCall.model_validate("agents/crm.py:log_call").tool == "agents/crm.py:log_call"


def test_a_secret_is_not_shown() -> None:
    """Wherever the keys are printed."""
    after = AfterCall.model_validate({"url": " https://crm.example.com/calls\n", "secret": '"abcdefghijklmnop"'})

    assert after.url == "https://crm.example.com/calls"
    assert after.secret is not None
    assert after.secret.get_secret_value() == "abcdefghijklmnop"
    assert "abcdef" not in repr(after)
