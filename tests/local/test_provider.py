"""The provider imports and loads nothing before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local import LocalProvider
from orchestrator.providers.configure import configure
from orchestrator.team import ProviderSpec
from tests.patience import PATIENCE

HEAVY = ("numpy", "onnxruntime", "ctranslate2", "soxr", "hibari", "httpx")


def test_importing_it_is_cheap() -> None:
    """No speech package is imported with `orchestrator.local`, nor by making a provider."""
    code = (
        "import sys, orchestrator.local as local; local.LocalProvider(None);"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert done.stdout.strip() == "[]"


async def test_a_missing_package_is_a_clear_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra: `not_installed`, fatal, with the command to run."""
    for name in [name for name in sys.modules if name.startswith("orchestrator.local.")]:
        if name != "orchestrator.local.provider":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(RealtimeError, match="pip install") as caught:
        await LocalProvider(None).open("router")
    assert (caught.value.code, caught.value.fatal) == ("not_installed", True)


@pytest.mark.speech
async def test_it_can_be_asked_in_text() -> None:
    """An agent of `kind: text` has a session as any other; it lives for ever unless the team file says otherwise."""
    for spec, age in ((None, None), (ProviderSpec(max_age=5), 5)):
        session = await LocalProvider(spec).open_text("embedded")
        left = await configure(session, {"type": "realtime", "output_modalities": ["text"]})
        session.send('{"type":"response.create","response":{"instructions":"Say exactly: Hello."}}')
        await session.read(lambda frame: '"response.done"' in frame and '"output_text"' in frame)
        await session.close()
        assert left == age
