"""Words that are shared out among parameters."""

from __future__ import annotations

from orchestrator.local.brain.understanding.claims.shares import Claim, shared_out


def claim(parameter: str, start: int, end: int, likelier: float, *, clause: bool = False) -> Claim:
    """Return a claim to words that are their own value."""
    return Claim(parameter, f"{start}-{end}", start, end, likelier, clause)


def shares(*claims: Claim) -> dict[str, str]:
    """Return what each parameter gets."""
    named = {one.parameter: [other for other in claims if other.parameter == one.parameter] for one in claims}
    return {one.parameter: one.value for one in shared_out(named.values())}


def test_no_words_are_two_values() -> None:
    """All together are as likely as can be; who loses the best words may get others, or none."""
    owner, pet = claim("owner", 0, 10, 2.1), claim("pet", 0, 10, 3.1)

    assert shares(owner, pet) == {"pet": "0-10"}
    assert shares(owner, pet, claim("pet", 20, 25, 1.5)) == {"owner": "0-10", "pet": "20-25"}
    assert shares(claim("pet", 0, 10, -1.0)) == {}
    assert shares() == {}


def test_a_thing_may_be_named_in_a_clause() -> None:
    """Which is another value as a whole; two clauses, or a thing that is only partly in one, cannot both be right."""
    happened = claim("happened", 3, 40, 1.0, clause=True)

    assert shares(happened, claim("animal", 3, 6, 0.5)) == {"happened": "3-40", "animal": "3-6"}
    assert shares(happened, claim("why", 3, 30, 0.5, clause=True)) == {"happened": "3-40"}
    assert shares(happened, claim("animal", 0, 6, 0.5)) == {"happened": "3-40"}
