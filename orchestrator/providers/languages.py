"""Languages that the embedded provider lacks: a warning at the start, so that no caller has to find out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from orchestrator.errors import Problem
from orchestrator.team import Team

if TYPE_CHECKING:
    from orchestrator.providers.choosing import Choice
    from orchestrator.team.positions import Path
    from orchestrator.team.schema import PartSpec

CODE = re.compile(r"([a-z]{2,3})(?:[-_][a-z\d_-]+)?", re.IGNORECASE)  # "en", "en-GB", "zh_Hans_CN"
ENGLISH = frozenset({"en", "eng", "english", "englisch", "anglais", "inglés", "ingles", "inglese", "engels"})
BRACKETED = re.compile(r"\(.*?\)")  # "English (US and UK)"
LISTED = re.compile(r"[,;/+&]|\b(?:and|or|und|et)\b", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+")
# What each part of the provider does with a language, in the order of a conversation.
HEARS, THINKS, SPEAKS = ("stt", "hear"), ("brain", "understand"), ("tts", "speak")


def is_english(language: str) -> bool:
    """Return whether a language is English and no other, however it is written: "en-GB", "British English"."""
    plain = BRACKETED.sub(" ", language).strip()
    if code := CODE.fullmatch(plain):
        return code[1].lower() in ENGLISH or plain.lower() in ENGLISH
    return all(ENGLISH.intersection(map(str.lower, WORD.findall(part))) for part in LISTED.split(plain))


def unspoken(team: Team, models: Mapping[str, Sequence[Choice]]) -> list[Problem]:
    """Return a warning for each place where the team names a language that `local`, which it may run on, lacks."""
    agents = [name for name, choices in models.items() if any(choice.provider == "local" for choice in choices)]
    spec = team.providers.get("local")
    own = {part for part in ("stt", "brain", "tts") if spec is not None and _is_replaced(getattr(spec, part))}
    found: dict[str, Problem] = {}
    for path, language, parts in _named(team, agents):
        lacking = [part for part in parts if part[0] not in own]
        if lacking and not is_english(language):
            where = team.place(*path)
            # Agents may share the place: `defaults`.
            found.setdefault(where.split(" ")[0], _warning(team, path, where, language, lacking))
    return list(found.values())


def _named(team: Team, agents: Sequence[str]) -> Iterator[tuple[Path, str, Sequence[tuple[str, str]]]]:
    """Yield each language named for these agents: where, which, and the parts that must know it."""
    if team.language and agents:
        voiced = any(team.agents[name].kind == "voice" for name in agents)
        yield ("language",), team.language, (HEARS, THINKS, SPEAKS) if voiced else (THINKS,)
    for name in agents:
        heard = team.agents[name].transcription if team.agents[name].kind == "voice" else None
        if heard is not None and heard.language:
            yield ("agents", name, "transcription", "language"), heard.language, (HEARS, THINKS)
        for at, language in enumerate(heard.languages or () if heard is not None else ()):
            yield ("agents", name, "transcription", "languages", at), language, (HEARS, THINKS)


def _is_replaced(part: PartSpec | None) -> bool:
    """Return whether a part is a server or program of the team's own; a folder of Whisper still hears English."""
    return part is not None and not part.folder and "" not in part.written().values()


def _warning(team: Team, path: Path, where: str, language: str, lacking: Sequence[tuple[str, str]]) -> Problem:
    able = _listed([verb for _, verb in lacking], "or")
    named = "this language" if team.from_environment(*path) else repr(language)
    what = f"the provider 'local' cannot {able} {named}, only English"
    parts = _listed([f"`{part}`" for part, _ in lacking], "and")
    remedy = f"Run these agents on another provider, or set {parts} of `providers.local` to one that knows it."
    return Problem(where, what, remedy, fatal=False)


def _listed(words: Sequence[str], last: str) -> str:
    return f" {last} ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
