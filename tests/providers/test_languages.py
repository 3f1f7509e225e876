"""A language that the embedded provider lacks is a warning with its place and what to do."""

from __future__ import annotations

import pytest

from orchestrator.providers.choosing import Choice
from orchestrator.providers.languages import is_english, unspoken
from tests.core.scene import team

LOCAL, OPENAI = Choice("local", "embedded", "why"), Choice("openai", "gpt-realtime-2.1", "why")
TEAM = """
team: t
start: a
{top}
agents:
  a: {{instructions: x, consult: [b], {a}}}
  b: {{instructions: x, description: y, kind: text}}
"""


def warned(top: str = "", a: str = "", *, on: tuple[Choice, ...] = (LOCAL,), b: Choice = OPENAI) -> list[str]:
    """Return the warnings about a team whose agent `a` runs on `on`."""
    problems = unspoken(team(TEAM.format(top=top, a=a)), {"a": on, "b": (b,)})
    assert not any(problem.fatal for problem in problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    "language",
    [
        "English", "english", "ENGLISH", "en", "EN", "en-GB", "en_US", "en-us", "eng", "British English", "US English",
        "American English", "English (UK)", "English (US and UK)", "Plain English", "Englisch",
    ],
)  # fmt: skip
def test_english_is_english(language: str) -> None:
    """In all its spellings it gives no warning."""
    assert is_english(language)
    assert warned(f'language: "{language}"', "transcription: {model: m, languages: [en, en-GB]}") == []


@pytest.mark.parametrize(
    "language",
    [
        "German", "de", "de-DE", "zh", "Chinese", "中文", "fr", "es-419", "Deutsch", "English and German", "en, fr",
        "German or English", "the caller's language", "zh_Hans_CN", "Welsh",
    ],
)  # fmt: skip
def test_another_language_is_not(language: str) -> None:
    """Alone, or beside English."""
    assert not is_english(language)
    assert len(warned(f'language: "{language}"')) == 1


def test_the_teams_language() -> None:
    """Where it is, what is lacking, and the three parts to replace."""
    assert warned("language: Chinese") == [
        "agents.yaml:4:1 language: the provider 'local' cannot hear, understand or speak 'Chinese', only English. Run "
        "these agents on another provider, or set `stt`, `brain` and `tts` of `providers.local` to one that knows it."
    ]


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("transcription: {model: m, language: de}", "agents.a.transcription.language"),
        ("transcription: {model: m, languages: [en, de]}", "agents.a.transcription.languages.1"),
    ],
)
def test_the_callers_language(key: str, place: str) -> None:
    """What callers are said to speak must be heard and understood."""
    (warning,) = warned(a=key)
    assert f" {place}: the provider 'local' cannot hear or understand 'de', only English." in warning


def test_defaults_are_reported_once() -> None:
    """Agents that share a setting share the warning."""
    file = "team: t\nstart: a\ndefaults: {transcription: {model: m, language: de}}\nagents: {a: {instructions: x, "
    both = team(file + "handoffs: [b]}, b: {instructions: x, description: y}}")
    (problem,) = unspoken(both, {"a": (LOCAL,), "b": (LOCAL,)})
    assert problem.where.startswith("agents.yaml:3:")


@pytest.mark.parametrize(
    ("on", "count"), [((OPENAI,), 0), ((OPENAI, LOCAL), 1), ((LOCAL, OPENAI), 1), ((Choice("azure", "x", "why"),), 0)]
)
def test_only_agents_on_local_count(on: tuple[Choice, ...], count: int) -> None:
    """As their model or as a fallback."""
    assert len(warned("language: de", on=on)) == count


def test_a_text_agent_need_only_understand() -> None:
    """It neither hears nor speaks."""
    (warning,) = warned("language: de", on=(OPENAI,), b=LOCAL)
    assert "cannot understand 'de', only English" in warning


@pytest.mark.parametrize(
    ("parts", "lacking"),
    [
        ("{stt: {url: 'http://h'}}", "understand or speak"),
        ("{stt: {url: 'http://h'}, brain: {url: 'http://h', model: m}}", "speak"),
        ("{stt: {url: ''}, brain: {url: '', model: m}, tts: {url: ''}}", "hear, understand or speak"),
        ("{stt: {folder: whisper}}", "hear, understand or speak"),
    ],
)
def test_parts_of_ones_own_are_trusted(parts: str, lacking: str) -> None:
    """A server may know the language; an address left empty is no server, and a Whisper folder is used for English."""
    (warning,) = warned(f"language: de\nproviders: {{local: {parts}}}")
    assert f"cannot {lacking} 'de'" in warning


def test_three_parts_of_ones_own_lack_nothing() -> None:
    """Then there is nothing to warn of."""
    parts = "{stt: {url: 'http://h'}, brain: {url: 'http://h'}, tts: {url: 'http://h'}}"
    assert warned(f"language: de\nproviders: {{local: {parts}}}", "transcription: {model: m, language: de}") == []


def test_a_value_from_the_environment_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be secret, as all of them."""
    monkeypatch.setenv("SPOKEN", "Klingon")
    (warning,) = warned("language: ${SPOKEN}")
    assert "cannot hear, understand or speak this language, only English" in warning
    assert "Klingon" not in warning
