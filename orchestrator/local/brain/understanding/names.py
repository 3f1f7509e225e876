"""Names as people say them: with or without a cue, with a title, spelled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from orchestrator.local.brain.language import DEFAULT, Expression, Language
from orchestrator.local.brain.understanding import spelling
from orchestrator.local.brain.understanding.acts import without_pleasantries
from orchestrator.local.brain.understanding.spelling import Spelled

WORD = r"[^\W\d_][\w'’-]*"
STREET, STANDING = Expression("street_name"), Expression("standing_name")
SPELLED = Expression("spelled")
DOUBLED = Expression("doubled")
PLEASE = Expression("please_at_end")
OWN_CUE = Expression("own_cue")
NO_NAME_AFTER = Expression("no_name_after")
OWN, OWN_END = Expression("own_name"), Expression("own_name_end")
OTHERS, NOUN_BEFORE = Expression("other_name"), Expression("noun_of_name")
CAPITALISED = re.compile(r"(?<!\S)([^\W\d_a-z][\w'’-]*) $")  # a word that may belong to the name behind it
MOST_WORDS = 4
ALIKE = 0.5  # likeness from which spelled letters spell a word that was said
LONGEST = 24  # letters of one word of a name
NEAR = 12  # most characters between a name and the letters that spell it


@dataclass(frozen=True, slots=True)
class Name:
    """A name and where it stands in a text."""

    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Introduced:
    """A name of which the caller says whose it is."""

    name: Name
    own: bool  # the caller's own; otherwise that of somebody or something else


def introduced(text: str, language: Language, nouns: Iterable[str] = ()) -> list[Introduced]:
    """Return the names whose bearers are said: "I'm Carla Mendes", "he's called Bruno", "our dog Toffee".

    `nouns` are words for who or what else has a name, beside those of the language.
    """
    if not language.spaced:
        return []
    either = "|".join(re.escape(noun) for noun in nouns if noun) or "$^"
    before = re.compile(NOUN_BEFORE.pattern.pattern.replace("{}", either), re.IGNORECASE)
    mine = [_after(cue, text, language) for cue in OWN.finditer(text)]
    mine += [_signed(text[: end.start()], language) for end in OWN_END.finditer(text)]
    others = [_after(cue, text, language) for pattern in (OTHERS.pattern, before) for cue in pattern.finditer(text)]
    found: list[Introduced] = []
    for own, names in ((True, mine), (False, others)):
        for name in filter(None, names):
            if not any(name.start < one.name.end and one.name.start < name.end for one in found):
                found.append(Introduced(name, own=own))
    return sorted(found, key=lambda one: one.name.start)


def _after(cue: re.Match[str], text: str, language: Language) -> Name | None:
    """Return the capitalised words behind a cue, with the letters that spell one of them."""
    title = re.match(rf"(?:{language.titles})\s+", text[cue.end() :], re.IGNORECASE)
    end = start = cue.end() + (title.end() if title else 0)
    words: list[str] = []
    while len(words) < MOST_WORDS and (word := re.compile(rf" ?({WORD})").match(text, end)):
        if not word[1][0].isupper() or not _may_be(word[1], language):
            break
        words.append(word[1])
        end = word.end()
    if not words:
        return None
    name = _in_full(Name(" ".join(words), start, end), text)
    spelled = spelling.find(text[name.end :]) if language.code == DEFAULT else _letters(text[name.end :])
    if spelled and spelled.start <= NEAR and (whole := _respelled(name.value, spelled.value)):
        return Name(whole, name.start, name.end + spelled.end)
    return name


def _signed(text: str, language: Language) -> Name | None:
    """Return the capitalised words with which a text ends: "Jonas Keller" before "here"."""
    match = re.search(rf"((?:{WORD} ){{0,2}}{WORD})$", text)
    words = match.group(1).split() if match else []
    while words and not (words[0][0].isupper() and _may_be(words[0], language)):
        words.pop(0)
    if not words or not all(word[0].isupper() and _may_be(word, language) for word in words):
        return None
    value = " ".join(words)
    return Name(value, len(text) - len(value), len(text))


def _in_full(name: Name, text: str) -> Name:
    """Return a surname that the whole name follows as that: "Okonkwo, Ada Okonkwo"."""
    whole = re.compile(rf",\s+((?:{WORD} ){{1,3}}{re.escape(name.value)})\b", re.IGNORECASE).match(text, name.end)
    return Name(whole[1], name.start, whole.end()) if whole else name


def find(text: str, language: Language, *, own: bool = True) -> Name | None:
    """Return the first name with a cue, or spelled. `own`: "for Anna" counts too."""
    if not language.spaced:
        return _unspaced(text, language, own=own)
    spelled = spelling.find(text) if language.code == DEFAULT else _letters(text)
    ends = (_signed(text[: end.start()], language) for end in OWN_END.finditer(text))
    name = _cued(text, language, own=own) or next(filter(None, ends), None) or _leading(text, language)
    if spelled is None:
        return name
    if name is not None and name.end <= spelled.start and (whole := _respelled(name.value, spelled.value)):
        return Name(whole, name.start, spelled.end)
    if near := _meant(text[: spelled.start], spelled.value, language):
        return Name(_respelled(near.value, spelled.value), near.start, spelled.end)
    return Name(spelled.value, spelled.start, spelled.end)


def _meant(text: str, letters: str, language: Language) -> Name | None:
    """Return the name before letters that spell a word of it, with the capitalised words beside that word."""
    words = list(re.finditer(WORD, text))
    near = [SequenceMatcher(None, word.group(0).lower(), letters.lower()).ratio() for word in words]
    if not near or max(near) < ALIKE:
        return None
    first = last = len(near) - 1 - near[::-1].index(max(near))
    while first > 0 and _joins(words[first - 1], words[first], text, language):
        first -= 1
    while last + 1 < len(words) and _joins(words[last + 1], words[last], text, language):
        last += 1
    found = [_cased(word.group(0)) for word in words[first : last + 1]]
    return Name(" ".join(found), words[first].start(), words[last].end())


def _joins(word: re.Match[str], neighbour: re.Match[str], text: str, language: Language) -> bool:
    """Return whether a word belongs to the same name as its neighbour."""
    between = text[min(word.end(), neighbour.end()) : max(word.start(), neighbour.start())]
    return between == " " and word.group(0)[0].isupper() and _may_be(word.group(0), language)


def written(text: str, start: int, end: int, language: Language) -> Name:
    """Return the name that stands at a place as it is written: with capitals, in full, as the letters after it say."""
    plain = without_pleasantries(language.fillers.sub("", text[start:end]), language)  # "Hiya, Ada Wu"
    start = end - len(plain) if text[start:end].endswith(plain) else start
    value = PLEASE.sub("", plain).strip(" .,!?")
    spelled = spelling.find(text[start:])
    if spelled is not None and start + spelled.start <= end + NEAR:
        said = text[start : min(end, start + spelled.start)].strip(" .,!?")
        value = (_respelled(said, spelled.value) if said else "") or spelled.value
        end = max(end, start + spelled.end)
    value = re.sub(rf"^(?:{language.titles})\s+", "", value, flags=re.IGNORECASE)
    family, _, whole = value.partition(", ")
    if family and whole.lower().endswith(family.lower()):  # "Tran, Minh Tran"
        value = whole
    return Name(" ".join(map(_cased, value.split())), start, end)


def beginning(text: str, start: int, language: Language) -> int:
    """Return where a name begins of which a word was found: "Cobbler's" of "Cobbler's Row"."""
    while (before := CAPITALISED.search(text, 0, start)) and _may_be(before[1], language):
        start = before.start()
    return start


def _respelled(said: str, letters: str) -> str:
    """Return a name with the word in it that was spelled; "" when no word of it was."""
    words = said.split()
    if "".join(words).casefold() == letters.casefold():  # first and last name
        return said
    near = [SequenceMatcher(None, word.lower(), letters.lower()).ratio() for word in words]
    if max(near) < ALIKE:
        return ""
    words[near.index(max(near))] = letters
    return " ".join(words)


def bare(text: str, language: Language) -> str:
    """Return a text that is nothing but a name, without "well, it's"; "" when it is something else."""
    if not language.spaced:
        found = _unspaced(text, language, own=True)
        return found.value if found else ""
    plain = PLEASE.sub("", language.fillers.sub("", text.strip())).strip(" .,!")
    cues = "|".join(language.name_cues)
    plain = re.sub(rf"^(?:{cues})\s+", "", plain, flags=re.IGNORECASE)
    plain = re.sub(rf"^(?:{language.titles})\s+", "", plain, flags=re.IGNORECASE).strip(" .,!")
    words = plain.replace(",", " ").split()
    if len(words) > 2 and words[0] == words[-1]:  # "Weber, Jonas Weber"
        words = words[1:]
    if not 1 <= len(words) <= MOST_WORDS or not all(_may_be(word, language) for word in words):
        return ""
    return " ".join(_cased(word) for word in words)


def alone(text: str, language: Language) -> str:
    """Return a text that is nothing but capitalised words which may be a name; "" when it is something else."""
    words = text.strip(" .,!?").split()
    fits = 1 <= len(words) <= MOST_WORDS and all(word[0].isupper() and _may_be(word, language) for word in words)
    return " ".join(words) if fits and language.spaced else ""


def _cued(text: str, language: Language, *, own: bool) -> Name | None:
    strong, weak = language.name_cues
    words_after = re.compile(rf"(?:(?:{language.titles})\s+)?((?:{WORD}[ ]?){{1,{MOST_WORDS}}})", re.IGNORECASE)
    for cues, strict in ((strong, False), (weak, True)):
        for cue in re.finditer(rf"\b(?:{cues})\s+", text, re.IGNORECASE):
            match = words_after.match(text, cue.end())
            if match is None or (OWN_CUE.search(cue.group(0)) and not own):
                continue
            words: list[str] = []
            for word in match.group(1).split():
                if not _may_be(word, language) or (strict and not word[0].isupper()):
                    break
                words.append(word)
            if words and not (strict and NO_NAME_AFTER.match(match.group(1))):
                length = len(" ".join(words))
                name = Name(" ".join(map(_cased, words)), match.start(1), match.start(1) + length)
                return _in_full(name, text)
    return None


def _unspaced(text: str, language: Language, *, own: bool) -> Name | None:
    """Return a name where no spaces part the words: after a cue, or where a sentence begins with it."""
    strong, weak = language.name_cues
    lead = language.fillers.match(text.lstrip())
    begin = len(text) - len(text.lstrip()) + (lead.end() if lead else 0)
    places = [
        *(cue.end() for cue in re.finditer(rf"(?:{strong})\s*", text)),
        *(cue.end() for cue in re.finditer(rf"(?:{weak})\s*", text) if own or not OWN_CUE.search(cue.group())),
        begin,
    ]
    found = (language.expressions["person_name"].match(text, place) for place in places)
    names = (Name(match.group(), *match.span()) for match in found if match)
    not_names = tuple(language.not_names)
    return next((name for name in names if not name.value.startswith(not_names)), None)


def _leading(text: str, language: Language) -> Name | None:
    """Return a name of two or three capitalised words before a comma, or alone: "Anna Schmidt, third of May"."""
    start = len(text) - len(language.fillers.sub("", text.lstrip()).lstrip())
    match = re.match(r"((?:[^\W\d_a-z][\w'’-]* ?){2,3})(?:,|\.|$)", text[start:])
    if match is None or not all(_may_be(word, language) for word in match.group(1).split()):
        return None
    value = match.group(1).strip()
    return Name(value, start, start + len(value))


def standing(text: str, language: Language) -> Name | None:
    """Return two or three capitalised words in the middle of a text that are no street: "my daughter, Maja Wozniak"."""
    for match in STANDING.finditer(text):
        words = match.group(1).split()
        titled = re.match(language.titles, words[0], re.IGNORECASE)
        if not titled and all(_may_be(word, language) for word in words) and not STREET.search(match.group(1)):
            return Name(" ".join(words), match.start(1), match.start(1) + len(" ".join(words)))
    return None


def _may_be(word: str, language: Language) -> bool:
    plain = word.strip(".,").lower().replace("’", "'")
    return bool(re.fullmatch(WORD, plain)) and plain not in language.not_names and len(plain) <= LONGEST


def _cased(word: str) -> str:
    return word if any(letter.isupper() for letter in word) else "-".join(part.capitalize() for part in word.split("-"))


def _letters(text: str) -> Spelled | None:
    """Return the first spelled word in a language that only has letters and "double": "M I doppel L E R"."""
    found = SPELLED.search(text)
    if found is None:
        return None
    return Spelled("".join(filter(str.isalpha, DOUBLED.sub(r"\1\1", found.group(0)))).title(), *found.span())
