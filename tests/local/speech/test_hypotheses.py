"""Tests of the choice between hypotheses."""

from __future__ import annotations

from orchestrator.local.speech.hypotheses import fitting, likeliest


def test_the_likeliest() -> None:
    """Who expects nothing takes the first."""
    assert likeliest([(-0.1, "one"), (-0.2, "two")]) == "one"


def test_a_near_one_that_fits() -> None:
    """A hypothesis that is nearly as likely counts if it is what was asked for."""
    heard = [(-0.4, "Yes, but it for."), (-0.48, "Yes, but at four.")]

    assert fitting(heard, lambda text: "four" in text) == "Yes, but at four."


def test_a_far_one_that_fits() -> None:
    """A hypothesis that is much less likely does not count, however well it fits."""
    heard = [(-0.4, "Yes."), (-1.4, "At four.")]

    assert fitting(heard, lambda text: 9.0 * ("four" in text)) == "Yes."


def test_one_that_goes_on() -> None:
    """Where the likeliest stopped in the middle of what was said, the one that goes on counts."""
    heard = [(-0.2, "Can you call me back?"), (-0.26, "Can you call me back? I'm Mary Fox."), (-0.27, "Can you?")]

    assert fitting(heard, lambda _: 0.0) == "Can you call me back? I'm Mary Fox."


def test_an_echo() -> None:
    """Words that are written twice were said once, if that is nearly as likely."""
    assert fitting([(-1.15, "Perfect Perfect"), (-1.18, "Perfect")], lambda _: 0.0) == "Perfect"
    assert fitting([(-0.2, "Bye bye."), (-1.0, "Bye.")], lambda _: 0.0) == "Bye bye."


def test_nothing_was_heard() -> None:
    """Silence stays silence."""
    assert fitting([(-0.2, "")], lambda _: 0.0) == ""
