"""Vectors that are remembered and compared."""

from __future__ import annotations

import importlib.util

import pytest

from orchestrator.tools.knowledge.encoder import TOGETHER, Memory, Vectors
from tests.tools.knowledge.encoders import Topics


async def test_what_was_encoded_is_not_encoded_again() -> None:
    """Unless it is by another encoder."""
    memory, one, other = Memory(), Topics("dog cat"), Topics("dog cat", name="other")

    first = await memory.encode(one, ["dog", "house", "dog"])
    again = await memory.encode(one, ["house", "cat"])
    await memory.encode(other, ["dog"])

    assert first[0] == first[2] == again[1]
    assert first[1] == again[0]
    assert one.encoded == ["dog", "house", "cat"]
    assert other.encoded == ["dog"]


async def test_the_oldest_are_forgotten() -> None:
    """What was used last is kept."""
    memory, encoder = Memory(most=2), Topics("a")
    await memory.encode(encoder, ["one", "two"])
    await memory.encode(encoder, ["one", "three"])
    encoder.encoded.clear()
    await memory.encode(encoder, ["one", "three", "two"])

    assert encoder.encoded == ["two"]


async def test_many_texts_are_encoded_in_batches() -> None:
    """So that no request, and no turn of a thread, is too long."""
    sizes: list[int] = []

    class Counting(Topics):
        async def encode(self, texts: object) -> list[list[float]]:
            assert isinstance(texts, list)
            sizes.append(len(texts))
            return await super().encode(texts)

    await Memory().encode(Counting("a"), [str(number) for number in range(2 * TOGETHER + 1)])

    assert sizes == [TOGETHER, TOGETHER, 1]


@pytest.mark.parametrize("numpy", [True, False])
def test_vectors_are_compared_with_and_without_numpy(numpy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endpoint needs no numpy."""
    if numpy:
        pytest.importorskip("numpy")
    else:
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert Vectors([[1.0, 0.0], [0.0, 1.0]]).near([0.6, 0.8]) == pytest.approx([0.6, 0.8])
    assert Vectors(()).near([0.6, 0.8]) == []
