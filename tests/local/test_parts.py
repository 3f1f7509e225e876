"""A provider's entry in the team file says which parts are elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from orchestrator.errors import RealtimeError
from orchestrator.local.brain.chat import ChatBrain
from orchestrator.local.brain.gguf.brain import GgufBrain
from orchestrator.local.brain.router import Router
from orchestrator.local.parts import load, make_brain
from orchestrator.local.speech.embedded import Hearing, Speaking
from orchestrator.local.speech.remote import RemoteSpeaker, RemoteTranscriber
from orchestrator.team.schema import PartSpec, ProviderSpec
from tests.local.brain.gguf import tiny
from tests.local.scene import Script, echo

SERVER = PartSpec(url="http://127.0.0.1:9/v1", model="any")


@pytest.mark.speech
def test_servers_take_the_place_of_parts() -> None:
    """Recognition and speech elsewhere: any voice name will do."""
    parts = load(ProviderSpec(stt=SERVER, tts=SERVER), Script(echo))
    assert isinstance(parts.transcriber, RemoteTranscriber)
    assert isinstance(parts.speaker, RemoteSpeaker)
    assert parts.speaker.voices is None


@pytest.mark.speech
def test_embedded_parts_are_loaded_once() -> None:
    """Two providers share the models; the brain given is used."""
    brain = Script(echo)
    one, two = load(None, brain), load(ProviderSpec(), Script(echo))
    assert one.transcriber is two.transcriber
    assert one.speaker is two.speaker
    assert one.brain is brain


@pytest.mark.speech
@pytest.mark.parametrize("spec", [ProviderSpec(stt=PartSpec(model="x")), ProviderSpec(tts=PartSpec(folder="x"))])
def test_a_part_without_a_place_is_refused(spec: ProviderSpec) -> None:
    """`invalid_provider`, fatal, naming the part."""
    with pytest.raises(RealtimeError, match=r"`(stt|tts)` needs") as caught:
        load(spec, Script(echo))
    assert (caught.value.code, caught.value.fatal) == ("invalid_provider", True)


@pytest.mark.speech
def test_a_place_that_is_left_empty_is_the_embedded_part() -> None:
    """`url: "${STT_URL:-}"` is a server where there is one."""
    spec = ProviderSpec(stt=PartSpec(url="", model="any"), tts=PartSpec(url="", voice="any"))
    one, two = load(spec, Script(echo)), load(None, Script(echo))
    assert (one.transcriber, one.speaker) == (two.transcriber, two.speaker)


@pytest.mark.speech
def test_a_language_whose_packages_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says so with the command, and what is typed can still be answered; a damaged model is an error."""
    fault = RealtimeError("The package is missing. Run: pip install …", code="not_installed", fatal=True)

    def fail(_: object, language: str | None) -> None:
        if language == "zh":
            raise fault

    monkeypatch.setattr(Speaking, "prepare", fail)
    monkeypatch.setattr(Hearing, "prepare", lambda *_: None)
    with capture_logs() as logs:
        load(None, Script(echo), "zh")
    assert [entry["error"] for entry in logs] == [str(fault)]
    fault.code = "bad_model"
    with pytest.raises(RealtimeError):
        load(None, Script(echo), "zh")
    load(None, Script(echo), "de")


async def test_a_brain_on_a_server() -> None:
    """`providers: {local: {brain: {url: …, model: …}}}` makes the chat brain; its key stays hidden."""
    brain = make_brain(PartSpec(url="http://127.0.0.1:11434/v1", model="qwen3:4b", api_key="sk-secret"))

    assert isinstance(brain, ChatBrain)
    assert "sk-secret" not in repr(brain)
    await brain.close()


def test_a_brain_in_a_file(tmp_path: Path) -> None:
    """`providers: {local: {brain: {gguf: …}}}` makes a brain on that model, which all of them share."""
    pytest.importorskip("xllamacpp", reason="needs the extra `llm`")
    part = PartSpec(gguf=str(tiny.write(tmp_path / "tiny.gguf")))

    brain, other = make_brain(part), make_brain(part)

    assert isinstance(brain, GgufBrain)
    assert isinstance(other, GgufBrain)
    assert brain._model is other._model
    brain._model.close()


@pytest.mark.speech
@pytest.mark.parametrize("spec", [None, PartSpec(url=""), PartSpec(gguf="")])
def test_the_router_is_the_default_brain(spec: PartSpec | None) -> None:
    """Without a server the embedded router decides."""
    assert isinstance(make_brain(spec), Router)
